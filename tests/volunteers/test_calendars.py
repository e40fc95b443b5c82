"""Calendar files: what stands in them, and who can fetch them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from portal.core.logs import discreet
from portal.core.models import Role
from tests.conftest import make_user
from volunteers import calendars, feeds, places
from volunteers.models import CalendarFeed, DutyShift, TeamMember, VolunteerTeam
from volunteers.types import MemberStatus

DAY = timedelta(days=1)


@pytest.fixture
def soon():
    return timezone.now().replace(minute=0, second=0, microsecond=0) + 2 * DAY


@pytest.fixture
def join(enrol, the_north):
    def join(username, name):
        user = make_user(username, Role.VOLUNTEER, region=the_north.community)
        volunteer = enrol(name="(to be replaced)")
        volunteer.person = user.person
        volunteer.person.name = name
        volunteer.person.save()
        volunteer.save()
        volunteer.user = user
        return volunteer

    return join


@pytest.fixture
def wang(join):
    return join("wang", "王小明")


@pytest.fixture
def li(join):
    return join("li", "李小龙")


def events(content: bytes) -> list:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def fetched(client, token: str) -> list:
    answer = client.get(f"/calendar/{token}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    return events(answer.content)


class TestEvents:
    def test_it_works(self, client, wang, li, make_shift, soon, north, the_north):
        the_north.station.phone = "0755-12345678"
        the_north.station.save()
        shift = make_shift(soon)
        places.assign(shift, volunteer=wang, by=north)
        places.assign(shift, volunteer=li, by=north)
        _feed, token = feeds.renew(by=wang.user)
        (event,) = fetched(client, token)
        assert (event.start, event.end) == (shift.starts_at, shift.ends_at)
        assert str(event["STATUS"]) == "CONFIRMED"
        assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
        assert "0755-12345678" in event["DESCRIPTION"]
        assert "李**" in event["DESCRIPTION"]
        assert "李小龙" not in event["DESCRIPTION"]
        zones = Calendar.from_ical(client.get(f"/calendar/{token}.ics").content).walk("VTIMEZONE")
        assert [str(zone["TZID"]) for zone in zones] == ["Asia/Shanghai"]

    def test_what_changes_keeps_its_uid_and_counts_up(self, wang, make_shift, soon, north):
        place = places.assign(make_shift(soon), volunteer=wang, by=north)
        (before,) = events(calendars.of_volunteer(wang))
        DutyShift.objects.filter(pk=place.shift_id).update(note="带钥匙")
        (noted,) = events(calendars.of_volunteer(wang))
        places.withdraw(place, by=None)
        (gone,) = events(calendars.of_volunteer(wang))
        assert before["UID"] == noted["UID"] == gone["UID"]
        assert before["SEQUENCE"] < noted["SEQUENCE"] < gone["SEQUENCE"]
        assert str(gone["STATUS"]) == "CANCELLED"

    def test_a_shift_that_is_called_off_stays_as_cancelled(self, wang, make_shift, soon, north, the_north):
        place = places.assign(make_shift(soon), volunteer=wang, by=north)
        (before,) = events(calendars.of_station(the_north.station))
        places.call_off(place.shift, by=north, reason="台风")
        for content in (calendars.of_volunteer(wang), calendars.of_station(the_north.station)):
            (event,) = events(content)
            assert str(event["STATUS"]) == "CANCELLED"
            assert "台风" in event["DESCRIPTION"]
        assert event["SEQUENCE"] > before["SEQUENCE"]

    def test_a_row_that_was_read_before_the_last_change_does_not_set_the_count_back(self, make_shift, soon):
        shift = make_shift(soon)
        old = DutyShift.objects.get(pk=shift.pk)
        for title in ("一", "二"):
            shift.title = title
            shift.save()
        old.max_people = 5
        old.save()
        old.refresh_from_db()
        assert old.revision == 3  # the old title came back, which is a change

    def test_a_place_that_is_taken_changes_no_calendar(self, make_shift, soon):
        shift = make_shift(soon)
        DutyShift.objects.filter(pk=shift.pk).update(taken=1)
        shift.refresh_from_db()
        assert shift.revision == 0

    def test_words_cannot_break_out_of_their_line(self, wang, make_shift, soon, north):
        shift = make_shift(soon, title="值班\r\nATTENDEE:mailto:x@y.z", note="；,;\\\n" + "长" * 150)
        places.assign(shift, volunteer=wang, by=north)
        content = calendars.of_volunteer(wang)
        (event,) = events(content)
        assert "ATTENDEE" not in event
        assert "长" * 150 in event["DESCRIPTION"]
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))

    def test_one_shift_is_saved_from_its_page(self, client, wang, make_shift, soon, north):
        place = places.assign(make_shift(soon), volunteer=wang, by=north)
        places.assign(make_shift(soon + DAY), volunteer=wang, by=north)
        client.force_login(wang.user)
        answer = client.get(f"/volunteer/me/shifts/{place.pk}/shift.ics")
        (event,) = events(answer.content)
        assert event["UID"] in {each["UID"] for each in events(calendars.of_volunteer(wang))}
        assert "attachment" in answer["Content-Disposition"]

    def test_a_calendar_takes_as_many_queries_for_many_as_for_few(self, wang, make_shift, soon, north):
        def count():
            with CaptureQueriesContext(connection) as queries:
                calendars.of_volunteer(wang)
            return len(queries)

        places.assign(make_shift(soon), volunteer=wang, by=north)
        few = count()
        for number in range(1, 12):
            places.assign(make_shift(soon + number * DAY), volunteer=wang, by=north)
        assert count() == few


class TestAddresses:
    def test_the_address_is_shown_once(self, client, wang):
        client.force_login(wang.user)
        made = client.post("/volunteer/me/calendar/", {"step": "renew"})
        assert made.status_code == 201
        assert made["Cache-Control"] == "no-store"
        address = made.context["address"]
        assert address in made.content.decode()
        assert address not in client.get("/volunteer/me/calendar/").content.decode()
        token = address.rsplit("/", 1)[1].removesuffix(".ics")
        assert token not in CalendarFeed.objects.get().digest
        client.logout()
        assert fetched(client, token) == []

    def test_a_new_address_ends_the_one_before(self, client, wang):
        _feed, first = feeds.renew(by=wang.user)
        _feed, second = feeds.renew(by=wang.user)
        assert client.get(f"/calendar/{first}.ics").status_code == 404
        assert fetched(client, second) == []

    def test_a_revoked_address_opens_nothing(self, client, wang):
        _feed, token = feeds.renew(by=wang.user)
        client.force_login(wang.user)
        client.post("/volunteer/me/calendar/", {"step": "revoke"})
        assert client.get(f"/calendar/{token}.ics").status_code == 404

    @pytest.mark.parametrize("token", ["x", "0" * 32, "%00", "..%2f", "长"])
    def test_an_address_that_was_never_made_opens_nothing(self, client, db, token):
        assert client.get(f"/calendar/{token}.ics").status_code == 404

    def test_an_account_that_is_closed_reads_nothing(self, client, wang):
        _feed, token = feeds.renew(by=wang.user)
        wang.user.is_active = False
        wang.user.save()
        assert client.get(f"/calendar/{token}.ics").status_code == 404

    def test_an_address_does_not_stand_in_a_log(self, wang):
        _feed, token = feeds.renew(by=wang.user)
        assert token not in discreet(f"GET /calendar/{token}.ics 200")
        assert "0123456789abcdef" not in discreet("GET /checkin/7/0123456789abcdef0123456789ab/ 302")


class TestOfOthers:
    def test_a_station_is_for_those_who_run_its_duty(self, client, north, keeper, south, helper, wang, the_north):
        address = f"/desk/duty/calendar/{the_north.station.pk}/"
        for user, status in ((north, 201), (keeper, 201), (south, 404), (helper, 403), (wang.user, 403)):
            client.force_login(user)
            assert client.post(address, {"step": "renew"}).status_code == status

    def test_whoever_no_longer_runs_it_no_longer_reads_it(
        self, client, keeper, the_north, wang, make_shift, soon, north
    ):
        places.assign(make_shift(soon), volunteer=wang, by=north)
        _feed, token = feeds.renew(by=keeper, station=the_north.station)
        (event,) = fetched(client, token)
        assert "王**" in event["DESCRIPTION"]
        keeper.memberships.update(is_active=False)
        assert client.get(f"/calendar/{token}.ics").status_code == 404

    def test_a_team_is_for_its_leaders_and_those_who_look_after_it(self, client, north, wang, li, the_north, south):
        team = VolunteerTeam.objects.create(name="先锋队", kind="party", region=the_north.community)
        member = {"team": team, "status": MemberStatus.ACTIVE, "joined_on": timezone.localdate()}
        TeamMember.objects.create(volunteer=wang, is_leader=True, **member)
        TeamMember.objects.create(volunteer=li, **member)
        own, desk = f"/volunteer/me/teams/{team.pk}/calendar/", f"/desk/teams/{team.pk}/calendar/"
        for user, address, status in (
            (wang.user, own, 201), (li.user, own, 404), (north, own, 403), (north, desk, 201), (south, desk, 404),
            (wang.user, desk, 403),
        ):  # fmt: skip
            client.force_login(user)
            assert client.post(address, {"step": "renew"}).status_code == status, (user, address)
            assert client.get(address).status_code == (200 if status == 201 else status)

    def test_a_teams_calendar_has_the_shifts_of_its_members(self, wang, li, the_north, make_shift, soon, north):
        team = VolunteerTeam.objects.create(name="先锋队", kind="party", region=the_north.community)
        TeamMember.objects.create(team=team, volunteer=wang, status=MemberStatus.ACTIVE, joined_on=timezone.localdate())
        place = places.assign(make_shift(soon), volunteer=wang, by=north)
        places.assign(place.shift, volunteer=li, by=north)
        places.assign(make_shift(soon + DAY), volunteer=li, by=north)
        (event,) = events(calendars.of_team(team))
        assert "王**" in event["DESCRIPTION"]
        assert "李**" not in event["DESCRIPTION"]
        places.withdraw(place, by=None)
        (event,) = events(calendars.of_team(team))
        assert str(event["STATUS"]) == "CANCELLED"
