"""A station with a shift, and people on the register."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import Membership, Organization, Person, Role, User
from portal.core.people import new_person
from tests.api.conftest import _no_calls_yet, api, machine  # noqa: F401
from tests.conftest import make_user
from volunteers import member_reports, places
from volunteers.models import DutyShift, HourEntry, Volunteer, WeeklyAvailability
from volunteers.quarters import Quarter
from volunteers.types import HourAccount, VolunteerStatus

MORNING = datetime(2026, 12, 2, 9, 0, tzinfo=ZONE)


@pytest.fixture
def browser(client):
    """`browser(north)` is signed in as her."""

    def browser(user):
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def enrol(the_north):
    def enrol(name: str = "王小明", **values) -> Volunteer:
        made = Volunteer.objects.count() + 1
        values.setdefault("home_region", the_north.community)
        values.setdefault("status", VolunteerStatus.ACTIVE)
        return Volunteer.objects.create(person=Person.objects.create(name=name), number=f"{made:09d}", **values)

    return enrol


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
