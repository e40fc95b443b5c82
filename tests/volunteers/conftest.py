"""A station with a shift, and people on the register."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import Membership, Organization, Person, Role, User
from portal.core.people import new_person
from tests.api.conftest import _no_calls_yet, api, machine  # noqa: F401
from tests.conftest import make_user
from tests.volunteers.arriving import join, on_duty, station  # noqa: F401
from volunteers import attendance, brands, member_reports, places, rosters
from volunteers.models import DutyShift, DutyTemplate, HourEntry, Volunteer, VolunteerTeam, WeeklyAvailability
from volunteers.quarters import Quarter
from volunteers.roster import job
from volunteers.types import CheckMethod, HourAccount, VolunteerStatus

MORNING = datetime(2026, 12, 2, 9, 0, tzinfo=ZONE)
# A week from now, at nine: far enough to be answered, near enough for a template's weeks.
SOON = datetime.combine(timezone.localdate(timezone=ZONE) + timedelta(days=7), time(9), ZONE)
# Seconds for the solver.
QUICK = {"cover": 1.0, "fairness": 0.5, "wishes": 0.5}
V1 = "/api/v1/"


def ids(answer) -> list[int]:
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


@pytest.fixture
def browser(client):
    """`browser(north)` is signed in as her."""

    def browser(user):
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def district(the_north):
    """Runs the district of the north."""
    return make_user("district", Role.DISTRICT, region=the_north.district)


@pytest.fixture
def enrol(the_north):
    def enrol(name: str = "王小明", **values) -> Volunteer:
        made = Volunteer.objects.count() + 1
        values.setdefault("home_region", the_north.community)
        values.setdefault("status", VolunteerStatus.ACTIVE)
        return Volunteer.objects.create(person=Person.objects.create(name=name), number=f"{made:09d}", **values)

    return enrol


@pytest.fixture
def anytime(enrol):
    """Somebody who has time on every day from 8 to 22."""

    def anytime(name="王小明", *, starts=time(8), ends=time(22), **values) -> Volunteer:
        person = enrol(name, **values)
        for weekday in range(7):
            WeeklyAvailability.objects.create(volunteer=person, weekday=weekday, starts=starts, ends=ends)
        return person

    return anytime


@pytest.fixture
def member(enrol):
    """Somebody on the register who belongs to the party."""

    def member(name: str = "王小明", **values) -> Volunteer:
        found = enrol(name, **values)
        found.person.is_party_member = True
        found.person.save()
        return found

    return member


@pytest.fixture
def branch(the_south):
    """A member's own branch lies anywhere."""
    kind = Organization.Kind.GENERAL_BRANCH
    return Organization.objects.create(name="南区教育局机关党总支", kind=kind, region=the_south.district)


@pytest.fixture
def secretary(branch):
    """Has a role in the branch."""
    return make_user("secretary", Role.UNIT_CONTACT, organization=branch)


@pytest.fixture
def wang(member):
    return member("王小明")


@pytest.fixture
def reported(wang, branch, north, the_north):
    """The member reported when the quarter began, and 95 minutes of today are approved."""
    report = member_reports.report(wang, branch=branch, by=north, reported_on=Quarter.now().first)
    HourEntry.objects.create(
        volunteer=wang, region=the_north.community, account=HourAccount.APPROVED, minutes=95,
        on=timezone.localdate(timezone=ZONE),
    )  # fmt: skip
    return report


@pytest.fixture
def make_shift(the_north):
    def make_shift(starts_at: datetime = MORNING, *, minutes: int = 180, **values) -> DutyShift:
        values.setdefault("station", the_north.station)
        values.setdefault("district", the_north.district)
        values.setdefault("title", "日常值班")
        return DutyShift.objects.create(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes), **values)

    return make_shift


@pytest.fixture
def open_signup():
    return {"signup_opens_at": MORNING - timedelta(days=7), "signup_closes_at": MORNING}


@pytest.fixture
def make_person(db):
    def make_person(name: str, phone: str) -> Person:
        person = new_person(name=name, phone=phone)
        person.save()
        return person

    return make_person


@pytest.fixture
def soon():
    """Within the hours that the coverage watch looks at."""
    return timezone.now().replace(second=0, microsecond=0) + timedelta(hours=20)


@pytest.fixture
def person(enrol, the_north):
    """`person("王小明")`: on the register, with an account, and with time whenever it is."""

    def person(name):
        volunteer = enrol(name)
        user = User.objects.create_user(f"v{volunteer.number}", person=volunteer.person)
        Membership.objects.create(user=user, role=Role.VOLUNTEER, region=the_north.community)
        days = [WeeklyAvailability(volunteer=volunteer, weekday=day, starts="00:00", ends="23:59") for day in range(7)]
        WeeklyAvailability.objects.bulk_create(days)
        return volunteer, user

    return person


@pytest.fixture
def two(person, make_shift, north, soon):
    """Two people on two shifts of one station."""
    (first, one), (second, other) = person("王小明"), person("李小红")
    mine = places.assign(make_shift(soon), volunteer=first, by=north)
    theirs = places.assign(make_shift(soon + timedelta(days=1)), volunteer=second, by=north)
    return mine, theirs, one, other


@pytest.fixture
def shift(make_shift):
    return make_shift(SOON)


@pytest.fixture
def volunteer(wang, the_north):
    """The account of somebody on the register."""
    user = make_user("volunteer", Role.VOLUNTEER, region=the_north.community)
    user.person = wang.person
    user.save()
    return user


@pytest.fixture
def proposed(shift, wang, north):
    return places.assign(shift, volunteer=wang, by=north, answer_by=SOON - timedelta(days=1))


@pytest.fixture
def template(the_north):
    return DutyTemplate.objects.create(
        station=the_north.station, title="晚间一小时", rule="FREQ=DAILY", first_day=SOON.date(), starts=time(19),
        ends=time(20), weeks_ahead=2,
    )  # fmt: skip


@pytest.fixture
def served(make_shift, wang, north):
    """Nine hours of yesterday: eight count, one has to be decided."""
    yesterday = datetime.combine(timezone.localdate(timezone=ZONE) - timedelta(days=1), time(8), ZONE)
    place = places.assign(make_shift(yesterday, minutes=9 * 60), volunteer=wang, by=north)
    later = yesterday + timedelta(hours=9)
    attendance.check_in(place, by=north, how=CheckMethod.STAFF, at=yesterday, now=later)
    return attendance.check_out(place, by=north, how=CheckMethod.STAFF, at=later, now=later)


@pytest.fixture
def roster(shift, wang, north, the_north):
    WeeklyAvailability.objects.create(volunteer=wang, weekday=SOON.weekday(), starts=time(8), ends=time(20))
    return rosters.ask(the_north.station, first_day=SOON.date(), last_day=SOON.date(), by=north)


@pytest.fixture
def draft(roster):
    return job.run(roster.pk, seconds=QUICK)


@pytest.fixture
def me(wang, the_north):
    """The account of 王小明."""
    account = make_user("wang", Role.VOLUNTEER, region=the_north.community)
    account.person = wang.person
    account.save()
    return account


@pytest.fixture
def team(the_north):
    return VolunteerTeam.objects.create(name="先锋队", kind="party", region=the_north.community)


@pytest.fixture
def project(team, north):
    return brands.start(team, name="红色调解室", on=timezone.localdate(timezone=ZONE) - timedelta(days=30), by=north)
