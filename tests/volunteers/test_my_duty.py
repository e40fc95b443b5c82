"""A volunteer's own pages of duty and hours, and somebody else who tries all of them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.humanize import day_in_words
from portal.core.models import Role
from stations.models import Station
from tests.conftest import make_user
from tests.volunteers.conftest import SOON
from volunteers import attendance, certificates, ledger, open_shifts, places, whereabouts
from volunteers.models import Assignment, HourClaim, HourEntry, Skill, VolunteerSkill, WeeklyAvailability
from volunteers.types import AssignmentStatus, CheckMethod, ClaimKind, HourAccount, VolunteerStatus

DAY = timedelta(days=1)


@pytest.fixture
def now():
    """The middle of tomorrow's morning, from which shifts are counted."""
    tomorrow = timezone.now().astimezone(ZONE) + DAY
    return tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)


@pytest.fixture
def join(enrol, the_north):
    """Somebody on the register with an account."""

    def join(username, **values):
        user = make_user(username, Role.VOLUNTEER, region=the_north.community)
        volunteer = enrol(name="(to be replaced)", **values)
        volunteer.person = user.person
        volunteer.save()
        volunteer.user = user
        return volunteer

    return join


@pytest.fixture
def wang(join):
    return join("wang")


@pytest.fixture
def li(join):
    return join("li")


@pytest.fixture
def open_shift(make_shift, now):
    def open_shift(starts_at=None, **values):
        window = {"signup_opens_at": now - 10 * DAY, "signup_closes_at": now + 30 * DAY}
        return make_shift(starts_at or now + DAY, **window, **values)

    return open_shift


@pytest.fixture
def mine(client, wang):
    """The client of wang."""
    client.force_login(wang.user)
    return client


class TestShifts:
    def test_it_works(self, mine, wang, make_shift, now, north):
        asked = places.assign(make_shift(now), volunteer=wang, by=north, answer_by=now - timedelta(hours=1))
        coming = places.assign(make_shift(now + DAY), volunteer=wang, by=north)
        page = mine.get("/volunteer/me/shifts/")
        assert (page.context["to_answer"], page.context["coming"]) == ([asked], [coming])
        words = mine.get(f"/volunteer/me/shifts/{asked.pk}/").content.decode()
        assert f"/volunteer/me/shifts/{asked.pk}/accept/" in words

    def test_a_shift_says_where_with_whom_and_whom_to_call(self, mine, wang, li, make_shift, now, north, the_north):
        the_north.station.phone, the_north.station.address = "0755-12345678", "北大道1号"
        the_north.station.save()
        li.person.name = "李小龙"
        li.person.save()
        shift = make_shift(now)
        place = places.assign(shift, volunteer=wang, by=north)
        places.assign(shift, volunteer=li, by=north)
        words = mine.get(f"/volunteer/me/shifts/{place.pk}/").content.decode()
        for said in ("0755-12345678", "北大道1号", "李**", f"/stations/{the_north.station.pk}/"):
            assert said in words
        assert "李小龙" not in words

    def test_a_proposal_is_accepted(self, mine, wang, make_shift, now, north):
        place = places.assign(make_shift(now), volunteer=wang, by=north, answer_by=now - timedelta(hours=1))
        mine.post(f"/volunteer/me/shifts/{place.pk}/accept/")
        place.refresh_from_db()
        assert place.status == AssignmentStatus.CONFIRMED

    def test_a_proposal_is_declined_with_a_reason(self, mine, wang, make_shift, now, north):
        place = places.assign(make_shift(now), volunteer=wang, by=north, answer_by=now - timedelta(hours=1))
        address = f"/volunteer/me/shifts/{place.pk}/decline/"
        assert mine.get(address).status_code == 200
        mine.post(address, {"reason": "出差"})
        place.refresh_from_db()
        assert (place.status, place.reason) == (AssignmentStatus.DECLINED, "出差")
        assert mine.get("/volunteer/me/shifts/past/").context["page"].object_list[0] == place

    def test_an_answer_that_comes_too_late_is_told(self, mine, wang, make_shift, now, north):
        place = places.assign(make_shift(now), volunteer=wang, by=north, answer_by=timezone.now() - DAY)
        assert "/accept/" not in mine.get(f"/volunteer/me/shifts/{place.pk}/").content.decode()
        answer = mine.post(f"/volunteer/me/shifts/{place.pk}/accept/", follow=True)
        assert answer.status_code == 200
        place.refresh_from_db()
        assert place.status == AssignmentStatus.PROPOSED

    def test_a_place_is_given_back_once(self, mine, wang, make_shift, now, north):
        place = places.assign(make_shift(now), volunteer=wang, by=north)
        address = f"/volunteer/me/shifts/{place.pk}/withdraw/"
        for _twice in range(2):
            assert mine.post(address, {"reason": ""}).status_code == 302
        place.shift.refresh_from_db()
        assert place.shift.taken == 0

    def test_a_reason_that_is_too_long_is_told_and_kept(self, mine, wang, make_shift, now, north):
        place = places.assign(make_shift(now), volunteer=wang, by=north)
        answer = mine.post(f"/volunteer/me/shifts/{place.pk}/withdraw/", {"reason": "忙" * 101})
        assert answer.status_code == 400
        assert "忙" * 101 in answer.content.decode()

    def test_a_shift_that_is_called_off_is_told_until_its_day_is_over(self, mine, wang, make_shift, now, north):
        place = places.assign(make_shift(now), volunteer=wang, by=north)
        places.call_off(place.shift, by=north, reason="台风")
        assert mine.get("/volunteer/me/shifts/").context["coming"] == [place]
        assert "台风" in mine.get(f"/volunteer/me/shifts/{place.pk}/").content.decode()

    def test_the_list_takes_as_many_queries_for_many_as_for_few(self, mine, wang, make_shift, now, north):
        def count():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                mine.get("/volunteer/me/shifts/")
            return len(queries)

        places.assign(make_shift(now), volunteer=wang, by=north)
        few = count()
        for number in range(1, 12):
            places.assign(make_shift(now + number * DAY), volunteer=wang, by=north)
        assert count() == few


class TestOpen:
    def offers(self, wang, **values):
        return open_shifts.offers(wang, at=timezone.now(), **values)

    def test_a_place_is_taken_and_confirmed(self, mine, wang, open_shift):
        shift = open_shift()
        assert mine.get("/volunteer/me/open/").context["page"].object_list[0].shift == shift
        answer = mine.post(f"/volunteer/me/open/{shift.pk}/", follow=True)
        place = Assignment.objects.get(volunteer=wang)
        assert answer.redirect_chain[-1][0] == f"/volunteer/me/shifts/{place.pk}/?new=1"
        assert f"/volunteer/me/shifts/{place.pk}/shift.ics" in answer.content.decode()
        assert place.status == AssignmentStatus.CONFIRMED
        assert mine.get("/volunteer/me/open/").context["page"].object_list == []

    def test_pressed_twice_it_takes_one_place(self, mine, open_shift):
        shift = open_shift()
        for _twice in range(2):
            assert mine.post(f"/volunteer/me/open/{shift.pk}/").status_code == 302
        assert Assignment.objects.count() == 1

    def test_a_full_shift_has_a_waiting_list(self, mine, wang, li, open_shift):
        shift = open_shift(max_people=1)
        places.sign_up(shift, volunteer=li, by=None)
        assert self.offers(wang)[0].is_full
        mine.post(f"/volunteer/me/open/{shift.pk}/")
        assert Assignment.objects.get(volunteer=wang).status == AssignmentStatus.WAITING

    def test_what_is_not_open_here_and_now_is_not_there(self, mine, make_shift, open_shift, now, north, the_south):
        closed = [
            make_shift(now), make_shift(now, signup_opens_at=now + DAY, signup_closes_at=now + 2 * DAY),
            open_shift(station=the_south.station, district=the_south.district), open_shift(timezone.now() - DAY),
        ]  # fmt: skip
        off = open_shift()
        places.call_off(off, by=north, reason="台风")
        assert mine.get("/volunteer/me/open/").context["page"].object_list == []
        for shift in [*closed, off]:
            for answer in (mine.get, mine.post):
                assert answer(f"/volunteer/me/open/{shift.pk}/").status_code == 404
        assert not Assignment.objects.exists()

    def test_what_fits_comes_first_and_what_cannot_be_comes_last(self, wang, open_shift, now, make_shift, north):
        day = now + DAY
        WeeklyAvailability.objects.create(volunteer=wang, weekday=day.weekday(), starts="08:00", ends="13:00")
        insured = open_shift(now, needs_insurance=True)
        outside = open_shift(day + timedelta(hours=6))
        fits = open_shift(day)
        places.assign(make_shift(day + 3 * DAY), volunteer=wang, by=north)
        busy = open_shift(day + 3 * DAY)
        found = self.offers(wang)
        assert [offer.shift for offer in found] == [fits, outside, insured, busy]
        assert [offer.is_possible for offer in found] == [True, True, False, False]
        assert found[2].obstacles
        assert found[3].elsewhere

    def test_the_nearer_comes_first_where_the_registry_knows_the_points(self, wang, open_shift, the_north):
        far, near = open_shift(), open_shift()
        the_north.community.latitude, the_north.community.longitude = 22.60, 113.88
        the_north.community.save()
        other = type(the_north.station).objects.create(
            code="S9", name="远站", station_type="estate", status="open", region=the_north.community, latitude=22.9,
            longitude=113.88,
        )  # fmt: skip
        far.station = other
        far.save()
        wang.refresh_from_db()
        found = self.offers(wang)
        assert [offer.shift for offer in found] == [near, far]
        assert found[1].distance_m > 25_000

    def test_of_one_day_the_nearer_comes_first_and_an_earlier_day_before_both(self, wang, open_shift, the_north, now):
        Station.objects.filter(pk=the_north.station.pk).update(latitude=22.60, longitude=113.88)
        the_north.community.latitude, the_north.community.longitude = 22.60, 113.88
        the_north.community.save()
        beside = Station.objects.create(
            code="S9", name="邻站", station_type="estate", status="open", region=the_north.community, latitude=22.604,
            longitude=113.88,
        )  # fmt: skip
        early_beside = open_shift(now + DAY, station=beside)
        late_here = open_shift(now + DAY + timedelta(hours=5))
        next_day_here = open_shift(now + 2 * DAY)
        wang.refresh_from_db()
        assert [offer.shift for offer in self.offers(wang)] == [late_here, early_beside, next_day_here]

    def test_hours_beyond_the_own_week_are_said_before_and_are_the_own_choice(self, mine, wang, north, open_shift, now):
        monday = now + timedelta(days=7 - now.weekday())
        wang.weekly_minutes = 240
        wang.save()
        first, beyond, next_week = open_shift(monday), open_shift(monday + 6 * DAY), open_shift(monday + 7 * DAY)
        places.assign(first, volunteer=wang, by=north)
        said = "共值班 6 小时，超过您填写的每周上限 4 小时"
        assert said in mine.get(f"/volunteer/me/open/{beyond.pk}/").content.decode()
        assert "每周上限" not in mine.get(f"/volunteer/me/open/{next_week.pk}/").content.decode()
        assert mine.post(f"/volunteer/me/open/{beyond.pk}/").status_code == 302
        assert Assignment.objects.get(shift=beyond).status == AssignmentStatus.CONFIRMED

    def test_a_skill_that_is_wanted_is_named(self, mine, wang, open_shift):
        first_aid = Skill.objects.create(code="first-aid-x", name="急救员", needs_evidence=False)
        shift = open_shift()
        shift.skills.add(first_aid)
        assert self.offers(wang)[0].skills == [(first_aid, False)]
        VolunteerSkill.objects.create(volunteer=wang, skill=first_aid)
        assert self.offers(wang)[0].skills == [(first_aid, True)]
        assert "急救员" in mine.get("/volunteer/me/open/").content.decode()

    def test_day_and_part_of_the_week_narrow_the_list(self, mine, wang, open_shift, now):
        monday = now + timedelta(days=7 - now.weekday())
        by_day, evening = open_shift(monday), open_shift(monday + timedelta(hours=10))
        weekend = open_shift(monday + 5 * DAY)
        for part, expected in (("daytime", by_day), ("evening", evening), ("weekend", weekend)):
            page = mine.get("/volunteer/me/open/", {"part": part}).context["page"]
            assert [offer.shift for offer in page.object_list] == [expected]
        page = mine.get("/volunteer/me/open/", {"day": weekend.starts_at.astimezone(ZONE).date().isoformat()})
        assert [offer.shift for offer in page.context["page"].object_list] == [weekend]

    @pytest.mark.parametrize("query", [{"day": "x"}, {"part": "x"}, {"day": "2026-02-30"}])
    def test_a_filter_that_is_none_is_told(self, mine, query):
        assert mine.get("/volunteer/me/open/", query).status_code == 400

    def test_somebody_who_pauses_is_told_why_not(self, mine, wang, open_shift):
        shift = open_shift()
        wang.status = VolunteerStatus.PAUSED
        wang.save()
        assert 'method="post" data-once' not in mine.get(f"/volunteer/me/open/{shift.pk}/").content.decode()
        mine.post(f"/volunteer/me/open/{shift.pk}/")
        assert not Assignment.objects.exists()

    def test_the_list_takes_as_many_queries_for_many_as_for_few(self, mine, open_shift, now):
        def count():
            with CaptureQueriesContext(connection) as queries:
                mine.get("/volunteer/me/open/")
            return len(queries)

        open_shift()
        few = count()
        for number in range(2, 30):
            open_shift(now + number * DAY)
        assert count() == few


class TestHours:
    @pytest.fixture
    def served(self, wang, make_shift, now, north):
        """Two hours yesterday, of three that were planned."""
        at = now - 2 * DAY
        place = places.assign(make_shift(at), volunteer=wang, by=north)
        attendance.check_in(place, by=north, how=CheckMethod.STAFF, at=at)
        return attendance.check_out(place, by=north, how=CheckMethod.STAFF, at=at + timedelta(hours=2))

    @pytest.fixture
    def month(self, served):
        day = served.shift.local_date
        return f"/volunteer/me/hours/{day.year}/{day.month}/"

    def test_totals_are_those_of_the_ledger(self, mine, wang, served, month):
        page = mine.get("/volunteer/me/hours/")
        assert page.context["totals"] == ledger.totals(wang) == {"planned": 180, "recorded": 120, "approved": 120}
        assert [sums for _month, sums in page.context["months"]] == [ledger.totals(wang)]
        (service,) = mine.get(month).context["services"]
        assert (service.assignment, service.approved, len(service.lines)) == (served, 120, 3)

    def test_months_add_up_to_the_totals(self, wang, served, make_shift, now, north):
        for days in (40, 400):
            at = now - days * DAY
            place = places.assign(make_shift(at), volunteer=wang, by=north)
            attendance.no_show(place, by=north)
        sums = [sums for _month, sums in ledger.months(wang)]
        assert len(sums) == 3
        for account, total in ledger.totals(wang).items():
            assert sum(each[account] for each in sums) == total

    def test_what_was_taken_back_is_shown_beside_what_took_it_back(self, mine, served, month, leader):
        entry = HourEntry.objects.get(account=HourAccount.APPROVED)
        ledger.reverse(entry, by=leader, reason="签错人")
        words = mine.get(month).content.decode()
        assert "签错人" in words
        assert "−2 小时" in words

    def test_the_stations_that_one_knows_come_first(self, mine, wang, the_north, make_shift, now, north):
        names = {"甲": the_north.community, "乙": the_north.street, "丙": the_north.community}
        made = {
            name: Station.objects.create(name=name, code=name, station_type="estate", status="open", region=region)
            for name, region in names.items()
        }
        places.assign(make_shift(now + DAY, station=made["丙"]), volunteer=wang, by=north)
        choices = mine.get("/volunteer/me/hours/supplement/").context["form"].fields["station"].queryset
        found = list(choices)
        assert found[0] == made["丙"]
        assert found.index(made["甲"]) < found.index(made["乙"])

    def test_a_supplement_is_asked_for_once(self, mine, wang, the_north, now):
        form = {
            "station": the_north.station.pk, "on": (now - 3 * DAY).date().isoformat(), "hours": "1", "rest": "30",
            "reason": "停电，没有签到", "idempotency_key": "abc",
        }  # fmt: skip
        for _twice in range(2):
            assert mine.post("/volunteer/me/hours/supplement/", form).status_code == 302
        claim = HourClaim.objects.get()
        assert (claim.volunteer, claim.kind, claim.minutes) == (wang, ClaimKind.SUPPLEMENT, 90)
        assert claim.reason.startswith(the_north.station.name)
        assert mine.get("/volunteer/me/hours/").context["claims"][0] == claim

    @pytest.mark.parametrize(
        "change",
        [{"hours": "0", "rest": "0"}, {"hours": "25"}, {"hours": "-1"}, {"hours": "x"}, {"hours": "24", "rest": "30"},
         {"on": "2999-01-01"}, {"on": "x"}, {"reason": ""}, {"station": "999999"}, {"station": "x"}],
    )  # fmt: skip
    def test_a_supplement_that_cannot_be_is_told_and_kept(self, mine, the_north, now, change):
        form = {
            "station": the_north.station.pk, "on": (now - 3 * DAY).date().isoformat(), "hours": "1", "rest": "",
            "reason": "停电了", "idempotency_key": "k",
        } | change  # fmt: skip
        answer = mine.post("/volunteer/me/hours/supplement/", form)
        assert 400 <= answer.status_code < 500
        assert answer.context["form"].errors
        assert answer.context["form"].data["rest"] == form["rest"]
        assert not HourClaim.objects.exists()

    def test_a_station_elsewhere_is_no_choice(self, mine, the_south, now):
        form = {"station": the_south.station.pk, "on": "2026-01-01", "hours": "1", "reason": "x"}
        assert mine.post("/volunteer/me/hours/supplement/", form).status_code == 400

    def test_a_correction_asks_for_the_difference(self, mine, served):
        entry = HourEntry.objects.get(account=HourAccount.APPROVED)
        address = f"/volunteer/me/hours/entries/{entry.pk}/correct/"
        assert mine.get(address).context["approved"] == 120
        assert mine.post(address, {"hours": "2", "rest": "", "reason": "对"}).status_code == 400
        assert mine.post(address, {"hours": "3", "rest": "", "reason": "忘记签退"}).status_code == 302
        claim = HourClaim.objects.get()
        assert (claim.kind, claim.minutes, claim.assignment) == (ClaimKind.CORRECTION, 60, served)
        again = mine.post(address, {"hours": "1", "rest": "", "reason": "又一次"})
        assert again.status_code == 409
        assert HourClaim.objects.count() == 1

    @pytest.mark.parametrize("month", ["2026/13", "0/1", "2019/1"])
    def test_a_month_without_hours_is_not_there(self, mine, month):
        assert mine.get(f"/volunteer/me/hours/{month}/").status_code == 404


class TestSomebodyElse:
    """Li tries everything that is wang's; staff have no pages of their own here."""

    def test_another_volunteer_finds_nothing(self, client, wang, li, make_shift, now, north):
        place = places.assign(make_shift(now), volunteer=wang, by=north, answer_by=now - timedelta(hours=1))
        past = places.assign(make_shift(now - 5 * DAY), volunteer=wang, by=north)
        attendance.no_show(past, by=north)
        entry = HourEntry.objects.get()
        client.force_login(li.user)
        base = f"/volunteer/me/shifts/{place.pk}/"
        for address in (
            base, f"{base}shift.ics", f"{base}decline/", f"{base}withdraw/",
            f"/volunteer/me/hours/entries/{entry.pk}/correct/",
            f"/volunteer/me/hours/{entry.on.year}/{entry.on.month}/",
        ):  # fmt: skip
            assert client.get(address).status_code == 404, address
        for address in (f"{base}accept/", f"{base}decline/", f"{base}withdraw/"):
            assert client.post(address, {"reason": "x"}).status_code == 404, address
        wrong = {"hours": "1", "rest": "", "reason": "x"}
        assert client.post(f"/volunteer/me/hours/entries/{entry.pk}/correct/", wrong).status_code == 404
        assert client.get("/volunteer/me/shifts/").context["to_answer"] == []
        place.refresh_from_db()
        assert place.status == AssignmentStatus.PROPOSED
        assert not HourClaim.objects.exists()

    def test_staff_have_no_such_pages(self, client, north, wang, make_shift, now):
        place = places.assign(make_shift(now), volunteer=wang, by=north)
        client.force_login(north)
        for address in ("shifts/", "open/", "hours/", "calendar/", f"shifts/{place.pk}/", "hours/supplement/"):
            assert client.get(f"/volunteer/me/{address}").status_code == 403, address

    def test_an_unknown_step_is_not_there(self, mine, wang, make_shift, now, north):
        place = places.assign(make_shift(now), volunteer=wang, by=north)
        for call in (mine.get, mine.post):
            assert call(f"/volunteer/me/shifts/{place.pk}/explode/").status_code == 404


@pytest.mark.parametrize("day", ["9999-12-31", "2099-01-01", "0001-01-01", "2026-02-30", "x"])
def test_no_day_that_is_looked_for_brings_the_open_shifts_down(wang, client, open_shift, day):
    open_shift()
    client.force_login(wang.user)
    page = client.get(f"/volunteer/me/open/?day={day}")
    assert page.status_code in (200, 400)
    assert ("班次还没有排到那么远" in page.content.decode()) == (day in ("9999-12-31", "2099-01-01"))


def test_the_menu_marks_the_part_that_a_page_belongs_to(wang, client):
    client.force_login(wang.user)
    pages = {"points": "hours", "certificates": "hours", "rewards": "hours", "calendar": "shifts", "teams": ""}
    for page, part in pages.items():
        html = client.get(f"/volunteer/me/{page}/").content.decode()
        href = f"/volunteer/me/{part}/" if part else "/volunteer/me/"
        assert f'<a href="{href}" aria-current="true">' in html, page


def test_a_shift_that_is_over_is_not_offered_for_the_calendar(wang, client, make_shift, now, north):
    past, ahead = make_shift(now - 3 * DAY), make_shift(now + 3 * DAY)
    client.force_login(wang.user)
    for shift in (past, ahead):
        place = places.assign(shift, volunteer=wang, by=north)
        html = client.get(f"/volunteer/me/shifts/{place.pk}/").content.decode()
        assert ("shift.ics" in html) == (shift is ahead)


def test_dates_on_which_it_is_otherwise_are_kept_on_the_phone(wang, south, browser):
    page = browser(wang.user)
    on = SOON.date().isoformat()
    page.post("/volunteer/me/times/", {"day": "1", "on": on, "reason": "旅行"})
    day = wang.day_availability.get()
    assert "旅行" in page.get("/volunteer/me/times/").content.decode()
    half = page.post(
        "/volunteer/me/times/", {"day": "1", "on": on, "starts": "09:00", "ends": "08:00", "reason": "家访"}
    )
    assert half.status_code == 400
    assert "家访" in half.content.decode()
    assert browser(south).post(f"/volunteer/me/times/{day.pk}/clear/").status_code in (403, 404)
    browser(wang.user).post(f"/volunteer/me/times/{day.pk}/clear/")
    assert not wang.day_availability.exists()


def test_a_fault_in_the_week_names_the_weekday_once_and_the_times_that_overlap(wang, browser):
    typed = {
        "week-2_0_opens": "09:00",
        "week-2_0_closes": "12:00",
        "week-2_1_opens": "11:00",
        "week-2_1_closes": "14:00",
    }
    page = browser(wang.user).post("/volunteer/me/times/", typed)
    assert page.status_code == 400
    (error,) = (error for line in page.context["week"].lines() for error in line.errors)
    assert "09:00–12:00" in error
    assert "星期" not in error
    summary = page.content.decode().split('role="alert"')[1].split("</ul>")[0]
    assert summary.count("星期") == 1


def test_an_application_shows_the_hours_that_its_certificate_will_have(served, wang, north, browser):
    day = served.shift.local_date
    asked = certificates.apply(wang, since=day, until=day, by=wang.user)
    page = browser(wang.user).get(f"/volunteer/me/certificates/{asked.pk}/").content.decode()
    assert "8 小时（截至目前已认定）" in page
    issued = certificates.issue(asked, by=north)
    assert issued.minutes == 8 * 60
    page = browser(wang.user).get(f"/volunteer/me/certificates/{asked.pk}/").content.decode()
    assert f"{day_in_words(issued.publicity_from)} – {day_in_words(issued.publicity_until)}" in page


def test_rewards_and_shifts_are_measured_from_the_last_station_where_the_home_has_no_point(served, wang, the_north):
    station = the_north.station
    assert whereabouts.point_of(wang) == (station.latitude, station.longitude)
    the_north.community.latitude, the_north.community.longitude = 22.5, 113.9
    the_north.community.save()
    wang.refresh_from_db()
    assert whereabouts.point_of(wang) == (22.5, 113.9)
