"""The pages of duty at the desk: north runs it, her helper and the south see nothing of it."""

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import CalendarDay
from tests.test_urls import CLOSED
from tests.volunteers.conftest import MORNING
from volunteers import attendance, keys, places
from volunteers.models import Assignment, DutyShift, DutyTemplate, KeyHolder, Skill
from volunteers.types import AssignmentStatus, CheckMethod, ShiftStatus


@pytest.fixture
def on_now(make_shift):
    """A shift that began an hour ago."""
    return make_shift(timezone.now().replace(second=0, microsecond=0) - timedelta(hours=1))


@pytest.fixture
def template(the_north):
    return DutyTemplate.objects.create(
        title="晚间一小时", station=the_north.station, rule="FREQ=WEEKLY;BYDAY=WE", first_day="2026-01-01",
        starts=time(19), ends=time(20),
    )  # fmt: skip


def month(station, first="2026-12"):
    return f"/desk/duty/?station={station.pk}&month={first}"


def text_of(answer) -> str:
    return answer.content.decode()


def test_every_page_of_duty_takes_a_permission_of_duty():
    needed = {each.route: each.view.capability for each in CLOSED if each.route.startswith("desk/duty/")}
    assert needed
    assert {route: name for route, name in needed.items() if name.split(":")[0] not in ("duty", "hours")} == {}


class TestMonth:
    def test_it_works(self, browser, north, the_north, make_shift, enrol):
        places.assign(make_shift(min_people=2, max_people=3), volunteer=enrol(), by=north)
        answer = browser(north).get(month(the_north.station))
        page = text_of(answer)
        assert answer.status_code == 200
        for words in ("09:00–12:00", "日常值班", "1/2–3", "缺 1 人", "month=2026-11", "month=2027-01"):
            assert words in page

    def test_each_shift_says_how_it_stands(self, browser, north, the_north, make_shift, enrol, open_signup):
        full = make_shift(max_people=1, needs_key_holder=True, **open_signup)
        places.assign(full, volunteer=enrol(), by=north)
        places.sign_up(full, volunteer=enrol(), by=None, at=MORNING - timedelta(days=1))
        off = make_shift(MORNING + timedelta(days=1))
        places.call_off(off, by=north, reason="台风")
        page = text_of(browser(north).get(month(the_north.station)))
        for words in ("已满", "缺持钥匙人", "1 人候补", "已取消"):
            assert words in page
        keys.hand_over(the_north.station, volunteer=Assignment.objects.first().volunteer, by=north)
        assert "缺持钥匙人" not in text_of(browser(north).get(month(the_north.station)))

    def test_holidays_and_today_are_marked(self, browser, north, the_north):
        CalendarDay.objects.create(date="2026-12-03", is_working_day=False, reason="全市放假")
        assert "全市放假" in text_of(browser(north).get(month(the_north.station)))
        assert 'id="today"' in text_of(browser(north).get(f"/desk/duty/?station={the_north.station.pk}"))

    @pytest.mark.parametrize(("who", "status"), [("south", 400), ("helper", 400), ("auditor", 200), ("keeper", 200)])
    def test_others_see_what_is_theirs(self, browser, request, who, status, the_north, make_shift):
        make_shift(title="北边的班")
        answer = browser(request.getfixturevalue(who)).get(month(the_north.station))
        assert answer.status_code == status
        assert ("北边的班" in text_of(answer)) is (status == 200)

    def test_without_an_address_it_is_the_keepers_own_station(self, browser, keeper, make_shift, the_north):
        assert the_north.station.name in text_of(browser(keeper).get("/desk/duty/"))

    def test_whoever_has_no_station_is_told_so(self, browser, helper):
        assert browser(helper).get("/desk/duty/").url == "/desk/duty/turns/"

    @pytest.mark.parametrize(
        "query", ["month=2026-13", "month=abc", "month=9999-01", "station=abc", "station=999999", "station=%23"]
    )
    def test_a_bad_address_is_told_and_nothing_breaks(self, browser, north, query):
        assert browser(north).get(f"/desk/duty/?{query}").status_code == 400

    def test_the_count_of_queries_does_not_grow(self, browser, north, the_north, make_shift, enrol):
        def count() -> int:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert browser(north).get(month(the_north.station)).status_code == 200
            return len(queries)

        places.assign(make_shift(), volunteer=enrol(), by=north)
        count()
        few = count()
        for day in range(1, 29):
            for hour in (0, 4, 8):
                make_shift(MORNING + timedelta(days=day - 1, hours=hour))
        assert count() == few

    def test_a_title_is_text(self, browser, north, the_north, make_shift):
        make_shift(title="<script>alert(1)</script>")
        assert "<script>alert" not in text_of(browser(north).get(month(the_north.station)))


def shift_form(at, **change) -> dict:
    return {
        "title": "红色周末", "kind": "red_weekend", "station": f"{at.name} #{at.pk}",
        "starts_at": "2026-12-05T09:00", "ends_at": "2026-12-05T12:00", "min_people": "1", "max_people": "3",
        "signup_opens_at": "2026-11-20T09:00", "signup_closes_at": "2026-12-04T20:00", **change,
    }  # fmt: skip


class TestShift:
    @pytest.mark.parametrize("who", ["south", "helper"])
    def test_somebody_elses_is_not_there(self, browser, request, who, make_shift, enrol, north):
        shift = make_shift()
        place = places.assign(shift, volunteer=enrol(), by=north)
        caller = browser(request.getfixturevalue(who))
        for address in (
            f"shifts/{shift.pk}/", f"shifts/{shift.pk}/edit/", f"shifts/{shift.pk}/assign/",
            f"shifts/{shift.pk}/call-off/", f"shifts/{shift.pk}/sheet/", f"places/{place.pk}/take-off/",
        ):  # fmt: skip
            assert caller.get(f"/desk/duty/{address}").status_code in (403, 404), address
            assert caller.post(f"/desk/duty/{address}").status_code in (403, 404, 405), address

    @pytest.mark.parametrize("who", ["auditor", "leader"])
    def test_who_only_reads_sees_masked_names_and_no_buttons(self, browser, request, who, make_shift, enrol, north):
        shift = make_shift()
        place = places.assign(shift, volunteer=enrol(), by=north)
        caller = browser(request.getfixturevalue(who))
        page = text_of(caller.get(f"/desk/duty/shifts/{shift.pk}/"))
        assert "王**" in page
        assert "王小明" not in page
        assert "take-off" not in page
        assert caller.post(f"/desk/duty/places/{place.pk}/take-off/", {"reason": "x"}).status_code == 403

    def test_a_shift_is_added_by_hand_with_its_window(self, browser, north, the_north):
        answer = browser(north).post("/desk/duty/shifts/new/", shift_form(the_north.station))
        shift = DutyShift.objects.get()
        assert answer.url == f"/desk/duty/shifts/{shift.pk}/"
        assert shift.starts_at == datetime(2026, 12, 5, 9, tzinfo=ZONE)
        assert (shift.district, shift.signup_opens_at is None) == (the_north.district, False)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"min_people": "4"}, "最多人数"),
            ({"ends_at": "2026-12-05T08:00"}, "结束时间"),
            ({"ends_at": "2026-12-07T08:00"}, "24"),
            ({"signup_closes_at": ""}, "报名"),
            ({"starts_at": "明天"}, "日期"),
            ({"max_people": "100000"}, "200"),
            ({"station": "没有的小站"}, "没有的小站"),
        ],
    )
    def test_an_impossible_one_is_refused_in_words_and_nothing_is_lost(self, browser, north, the_north, change, words):
        answer = browser(north).post("/desk/duty/shifts/new/", shift_form(the_north.station, **change))
        assert answer.status_code == 400
        assert words in text_of(answer)
        assert "红色周末" in text_of(answer)
        assert not DutyShift.objects.exists()

    def test_north_adds_none_in_the_south(self, browser, north, the_south):
        assert browser(north).post("/desk/duty/shifts/new/", shift_form(the_south.station)).status_code == 400
        assert not DutyShift.objects.exists()

    def test_it_is_changed_and_its_people_move_with_it(self, browser, north, make_shift, enrol, the_north):
        shift, skill = make_shift(), Skill.objects.create(code="first-aid", name="急救")
        place = places.assign(shift, volunteer=enrol(), by=north)
        address = f"/desk/duty/shifts/{shift.pk}/edit/"
        seen = browser(north).get(address).context["seen"]
        sent = shift_form(the_north.station, seen=seen, skills=[skill.pk])
        assert browser(north).post(address, sent).status_code == 302
        shift.refresh_from_db()
        place.refresh_from_db()
        assert (shift.title, shift.is_changed, list(shift.skills.all())) == ("红色周末", True, [skill])
        assert place.period.lower == shift.starts_at

    def test_fewer_places_than_people_are_refused(self, browser, north, make_shift, enrol, the_north):
        shift = make_shift()
        for _each in range(2):
            places.assign(shift, volunteer=enrol(), by=north)
        seen = browser(north).get(f"/desk/duty/shifts/{shift.pk}/edit/").context["seen"]
        sent = shift_form(the_north.station, max_people="1", seen=seen)
        answer = browser(north).post(f"/desk/duty/shifts/{shift.pk}/edit/", sent)
        assert answer.status_code == 409
        assert "2" in text_of(answer)

    def test_who_edits_an_older_state_is_told(self, browser, north, make_shift, the_north):
        shift = make_shift()
        answer = browser(north).post(f"/desk/duty/shifts/{shift.pk}/edit/", shift_form(the_north.station, seen="1"))
        assert answer.status_code == 409

    def test_it_is_called_off_with_a_reason(self, browser, north, make_shift, enrol):
        shift = make_shift()
        place = places.assign(shift, volunteer=enrol(), by=north)
        address = f"/desk/duty/shifts/{shift.pk}/call-off/"
        assert browser(north).post(address, {"reason": ""}).status_code == 400
        assert browser(north).post(address, {"reason": "台风停岗"}).status_code == 302
        shift.refresh_from_db()
        place.refresh_from_db()
        assert (shift.status, place.status) == (ShiftStatus.CALLED_OFF, AssignmentStatus.CALLED_OFF)
        again = browser(north).post(address, {"reason": "台风停岗"})
        assert again.status_code == 409
        assert "已取消" in text_of(again)


class TestWhoFits:
    def address(self, shift) -> str:
        return f"/desk/duty/shifts/{shift.pk}/assign/"

    def test_the_likeliest_come_first_with_reasons(self, browser, north, make_shift, enrol):
        shift = make_shift()
        uninsured = enrol("李没空")
        free = enrol("张有空")
        free.weekly_availability.create(weekday=MORNING.weekday(), starts=time(8), ends=time(13))
        busy = enrol("赵在班")
        places.assign(make_shift(MORNING + timedelta(hours=1)), volunteer=busy, by=north)
        found = browser(north).get(self.address(shift)).context["candidates"]
        assert [each.volunteer for each in found] == [free, uninsured, busy]
        assert [each.fits for each in found] == [True, True, False]
        assert "有空" in found[0].reasons

    def test_hours_beyond_what_the_person_wants_are_said_and_may_be_assigned(self, browser, north, make_shift, enrol):
        busy = enrol("赵已排", weekly_minutes=240)
        places.assign(make_shift(MORNING + timedelta(days=1)), volunteer=busy, by=north)
        shift = make_shift()
        page = browser(north).get(self.address(shift))
        [found] = [each for each in page.context["candidates"] if each.volunteer == busy]
        assert "加上这一班，本周共 6 小时，超过每周上限 4 小时" in found.doubts
        sent = {"volunteer": f"赵已排 {busy.number}", "how": "at_once"}
        assert browser(north).post(self.address(shift), sent).status_code == 302

    def test_a_key_and_a_skill_count_where_they_are_wanted(self, browser, north, make_shift, enrol, the_north):
        shift, skill = make_shift(needs_key_holder=True), Skill.objects.create(code="first-aid", name="急救")
        shift.skills.add(skill)
        plain, able = enrol("张普通"), enrol("李能干")
        able.skills.create(skill=skill)
        keys.hand_over(the_north.station, volunteer=able, by=north)
        found = browser(north).get(self.address(shift)).context["candidates"]
        assert [each.volunteer for each in found] == [able, plain]
        assert "急救" in found[0].reasons

    def test_somebody_is_found_by_name_and_by_number(self, browser, north, make_shift, enrol):
        shift, wanted = make_shift(), enrol("欧阳海")
        enrol("张三")
        for words in ("欧阳", wanted.number):
            found = browser(north).get(self.address(shift), {"q": words}).context["candidates"]
            assert [each.volunteer for each in found] == [wanted]

    def test_somebody_is_asked_with_a_limit_or_confirmed_at_once(self, browser, north, make_shift, enrol):
        shift = make_shift()
        asked, settled = enrol("张三"), enrol("李四")
        sent = {"volunteer": f"张三 {asked.number}", "how": "ask", "hours": "24"}
        assert browser(north).post(self.address(shift), sent).status_code == 302
        sent = {"volunteer": f"李四 {settled.number}", "how": "at_once"}
        assert browser(north).post(self.address(shift), sent).status_code == 302
        states = {each.volunteer: (each.status, bool(each.answer_by)) for each in Assignment.objects.all()}
        assert states == {asked: (AssignmentStatus.PROPOSED, True), settled: (AssignmentStatus.CONFIRMED, False)}

    def test_nobody_is_asked_until_after_the_shift_began(self, browser, north, make_shift, enrol):
        shift, who = make_shift(timezone.now() + timedelta(hours=2)), enrol("张三")
        sent = {"volunteer": f"张三 {who.number}", "how": "ask", "hours": "48"}
        browser(north).post(self.address(shift), sent)
        assert Assignment.objects.get().answer_by == shift.starts_at

    @pytest.mark.parametrize("change", [{"how": ""}, {"hours": ""}, {"hours": "-1"}, {"volunteer": "查无此人"}])
    def test_what_is_missing_is_told(self, browser, north, make_shift, enrol, change):
        shift, who = make_shift(), enrol("张三")
        sent = {"volunteer": f"张三 {who.number}", "how": "ask", "hours": "24", **change}
        answer = browser(north).post(self.address(shift), sent)
        assert answer.status_code == 400
        assert "error-summary" in text_of(answer)

    def test_a_refusal_is_told_in_words(self, browser, north, make_shift, enrol):
        shift, who = make_shift(max_people=1, min_people=1), enrol("张三")
        places.assign(shift, volunteer=enrol(), by=north)
        answer = browser(north).post(self.address(shift), {"volunteer": f"张三 {who.number}", "how": "at_once"})
        assert answer.status_code == 409
        assert "已满" in text_of(answer)

    def test_nobody_of_the_south_is_put_on_a_shift_of_the_north(self, browser, north, make_shift, enrol, the_south):
        shift, elsewhere = make_shift(), enrol("张南", home_region=the_south.community)
        sent = {"volunteer": f"张南 {elsewhere.number}", "how": "at_once"}
        assert browser(north).post(self.address(shift), sent).status_code == 400
        assert browser(north).get(self.address(shift), {"q": "张南"}).context["candidates"] == []

    def test_the_count_of_queries_does_not_grow(self, browser, north, make_shift, enrol):
        shift = make_shift(needs_key_holder=True)

        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert browser(north).get(self.address(shift)).status_code == 200
            return len(queries)

        enrol()
        count()
        few = count()
        for _each in range(20):
            enrol()
        assert count() == few


class TestPlaces:
    def step(self, caller, place, verb, **sent):
        return caller.post(f"/desk/duty/places/{place.pk}/{verb}/", sent)

    def test_a_place_is_pinned_and_unpinned(self, browser, north, make_shift, enrol):
        place = places.assign(make_shift(), volunteer=enrol(), by=north)
        for verb, is_pinned in (("pin", True), ("unpin", False)):
            answer = browser(north).post(f"/desk/duty/places/{place.pk}/{verb}/", follow=True)
            assert [str(each) for each in answer.context["messages"]][0].startswith("“王小明”")
            place.refresh_from_db()
            assert place.is_pinned is is_pinned

    def test_somebody_is_taken_off_with_a_reason(self, browser, north, make_shift, enrol):
        place = places.assign(make_shift(), volunteer=enrol(), by=north)
        assert self.step(browser(north), place, "take-off").status_code == 400
        assert self.step(browser(north), place, "take-off", reason="生病").status_code == 302
        place.refresh_from_db()
        assert (place.status, place.reason) == (AssignmentStatus.WITHDRAWN, "生病")

    def test_who_came_and_left_is_kept(self, browser, keeper, north, on_now, enrol):
        place = places.assign(on_now, volunteer=enrol(), by=north)
        assert self.step(browser(keeper), place, "check-in").status_code == 302
        Assignment.objects.update(checked_in_at=on_now.starts_at)
        assert self.step(browser(keeper), place, "check-out").status_code == 302
        place.refresh_from_db()
        assert place.checked_in_how == place.checked_out_how == CheckMethod.STAFF

    def test_a_check_out_right_after_the_check_in_asks_once(self, browser, keeper, north, on_now, enrol):
        place = places.assign(on_now, volunteer=enrol(), by=north)
        self.step(browser(keeper), place, "check-in")
        asked = self.step(browser(keeper), place, "check-out")
        assert asked.status_code == 200
        assert "只记录 0 分钟" in asked.content.decode()
        place.refresh_from_db()
        assert place.checked_out_at is None
        assert self.step(browser(keeper), place, "check-out", sure="1").status_code == 302
        place.refresh_from_db()
        assert place.checked_out_at is not None

    def test_a_time_that_was_typed_is_asked_about_and_kept(self, browser, keeper, north, on_now, enrol):
        place = places.assign(on_now, volunteer=enrol(), by=north)
        attendance.check_in(place, by=north, how=CheckMethod.STAFF, at=on_now.starts_at)
        at = f"{(on_now.starts_at + timedelta(minutes=4)).astimezone(ZONE):%H:%M}"
        page = self.step(browser(keeper), place, "check-out", at=at).content.decode()
        assert "只记录 4 分钟" in page
        assert f'value="{at}"' in page

    def test_the_time_on_the_printed_sheet_counts(self, browser, keeper, north, on_now, enrol):
        place = places.assign(on_now, volunteer=enrol(), by=north)
        came = on_now.starts_at - timedelta(minutes=5)
        self.step(browser(keeper), place, "check-in", at=f"{came.astimezone(ZONE):%H:%M}")
        place.refresh_from_db()
        assert (place.checked_in_at, place.checked_in_how) == (came, CheckMethod.SHEET)

    def test_after_midnight_a_time_belongs_to_the_night_before(self, make_shift):
        from volunteers.forms.duty import ClockForm  # noqa: PLC0415

        night = make_shift(datetime(2026, 12, 2, 20, tzinfo=ZONE), minutes=12 * 60)
        for clock, day in (("19:40", 2), ("23:50", 2), ("00:10", 3), ("08:30", 3)):
            form = ClockForm({"at": clock}, user=None)
            assert form.is_valid()
            assert form.moment(night) == datetime(2026, 12, day, int(clock[:2]), int(clock[3:]), tzinfo=ZONE)

    def test_an_impossible_time_is_refused_and_stays_in_the_form(self, browser, keeper, north, on_now, enrol):
        place = places.assign(on_now, volunteer=enrol(), by=north)
        later = (timezone.now() + timedelta(minutes=30)).astimezone(ZONE)
        answer = self.step(browser(keeper), place, "check-in", at=f"{later:%H:%M}")
        assert answer.status_code == 409
        assert f'value="{later:%H:%M}"' in text_of(answer)
        assert self.step(browser(keeper), place, "check-in", at="25:99").status_code == 400

    @pytest.mark.parametrize(("sent", "is_excused"), [("yes", True), ("no", False)])
    def test_who_did_not_come_is_noted(self, browser, keeper, north, on_now, enrol, sent, is_excused):
        place = places.assign(on_now, volunteer=enrol(), by=north)
        assert self.step(browser(keeper), place, "no-show").status_code == 400
        assert self.step(browser(keeper), place, "no-show", excused=sent).status_code == 302
        place.refresh_from_db()
        assert (place.is_no_show, place.is_excused) == (True, is_excused)

    def test_before_the_shift_nobody_is_checked_in(self, browser, north, make_shift, enrol):
        place = places.assign(make_shift(timezone.now() + timedelta(days=2)), volunteer=enrol(), by=north)
        for verb in ("check-in", "check-out"):
            assert self.step(browser(north), place, verb).status_code == 409
        assert self.step(browser(north), place, "dance").status_code == 404

    def test_the_page_offers_what_fits(self, browser, north, on_now, make_shift, enrol):
        places.assign(on_now, volunteer=enrol(), by=north)
        later = make_shift(timezone.now() + timedelta(days=2))
        places.assign(later, volunteer=enrol(), by=north)
        for shift, offered in ((on_now, {"check-in", "no-show"}), (later, {"move", "take-off", "pin"})):
            lines = browser(north).get(f"/desk/duty/shifts/{shift.pk}/").context["on_it"]
            assert {action.name for _place, _tag, actions in lines for action in actions} == offered


class TestKeys:
    def test_it_works(self, browser, keeper, the_north, enrol):
        who, address = enrol("张三"), f"/desk/duty/keys/{the_north.station.pk}/"
        assert browser(keeper).post(address, {"volunteer": f"张三 {who.number}"}).status_code == 302
        assert "张三" in text_of(browser(keeper).get(address))
        again = browser(keeper).post(address, {"volunteer": f"张三 {who.number}"})
        assert again.status_code in (400, 409)
        holder = KeyHolder.objects.get()
        assert browser(keeper).post(f"/desk/duty/keys/back/{holder.pk}/").status_code == 302
        assert not KeyHolder.objects.exists()

    @pytest.mark.parametrize(("who", "status"), [("south", 404), ("helper", 404), ("leader", 403), ("auditor", 403)])
    def test_nobody_else_hands_out_keys(self, browser, request, who, status, the_north, enrol, north):
        volunteer = enrol("张三")
        holder = keys.hand_over(the_north.station, volunteer=enrol(), by=north)
        caller = browser(request.getfixturevalue(who))
        sent = {"volunteer": f"张三 {volunteer.number}"}
        answer = caller.post(f"/desk/duty/keys/{the_north.station.pk}/", sent)
        assert answer.status_code in (status, 400)
        assert caller.post(f"/desk/duty/keys/back/{holder.pk}/").status_code in (403, 404)
        assert KeyHolder.objects.count() == 1

    @pytest.mark.parametrize("sent", [{"volunteer": ""}, {"volunteer": "查无此人"}, {"since": "2999-01-01"}])
    def test_bad_input_is_told(self, browser, north, the_north, enrol, sent):
        who = enrol("张三")
        answer = browser(north).post(
            f"/desk/duty/keys/{the_north.station.pk}/", {"volunteer": f"张三 {who.number}", **sent}
        )
        assert answer.status_code == 400
        assert not KeyHolder.objects.exists()


class TestDayOff:
    def address(self, **query) -> str:
        return "/desk/duty/call-off/?" + "&".join(f"{name}={value}" for name, value in query.items())

    def test_it_works(self, browser, north, make_shift, enrol, the_north):
        two = [make_shift(), make_shift(MORNING + timedelta(hours=4))]
        other_day = make_shift(MORNING + timedelta(days=1))
        places.assign(two[0], volunteer=enrol(), by=north)
        address = self.address(day="2026-12-02", station=the_north.station.pk)
        shown = browser(north).get(address)
        assert (shown.context["count"], shown.context["people"]) == (2, 1)
        sent = {"reason": "台风停岗", "mark": shown.context["mark"]}
        assert browser(north).post(address, sent).status_code == 302
        assert set(DutyShift.objects.open()) == {other_day}
        assert Assignment.objects.get().status == AssignmentStatus.CALLED_OFF

    def test_a_street_is_called_off_as_far_as_one_runs_it(self, browser, north, make_shift, the_north, the_south):
        make_shift()
        elsewhere = make_shift(station=the_south.station, district=the_south.district)
        region = f"{the_north.community.short_name} {the_north.community.code}"
        shown = browser(north).get(self.address(day="2026-12-02", region=region))
        assert shown.context["count"] == 1
        browser(north).post(
            self.address(day="2026-12-02", region=region), {"reason": "台风", "mark": shown.context["mark"]}
        )
        assert set(DutyShift.objects.open()) == {elsewhere}

    def test_what_was_not_shown_is_not_called_off(self, browser, north, make_shift, the_north):
        make_shift()
        address = self.address(day="2026-12-02", station=the_north.station.pk)
        mark = browser(north).get(address).context["mark"]
        make_shift(MORNING + timedelta(hours=4))
        answer = browser(north).post(address, {"reason": "台风", "mark": mark})
        assert answer.status_code == 409
        assert "台风" in text_of(answer)
        assert DutyShift.objects.open().count() == 2

    @pytest.mark.parametrize("query", [{"day": "x"}, {"day": "2026-12-02"}, {"day": ""}])
    def test_bad_input_is_told(self, browser, north, query):
        assert browser(north).get(self.address(**query)).status_code == 400
        assert browser(north).post(self.address(**query), {"reason": "x"}).status_code == 400

    def test_the_south_finds_nothing_and_a_leader_may_not(self, browser, south, leader, the_north, make_shift):
        make_shift()
        address = self.address(day="2026-12-02", station=the_north.station.pk)
        assert browser(south).post(address, {"reason": "台风", "mark": ""}).status_code == 400
        assert browser(leader).post(address, {"reason": "台风"}).status_code == 403
        assert DutyShift.objects.open().count() == 1


class TestPaper:
    def test_a_sheet_and_a_roster_name_those_on_duty(self, browser, north, make_shift, enrol, the_north):
        shift = make_shift()
        places.assign(shift, volunteer=enrol(), by=north)
        station = the_north.station.pk
        for address in (f"shifts/{shift.pk}/sheet/", f"sheet/?station={station}&day=2026-12-02",
                        f"roster/?station={station}&month=2026-12"):  # fmt: skip
            answer = browser(north).get(f"/desk/duty/{address}")
            assert answer.status_code == 200
            assert "王小明" in text_of(answer), address

    @pytest.mark.parametrize("who", ["south", "helper"])
    def test_others_print_nothing_of_it(self, browser, request, who, make_shift, enrol, north, the_north):
        places.assign(make_shift(), volunteer=enrol(), by=north)
        station = the_north.station.pk
        for address in (f"sheet/?station={station}&day=2026-12-02", f"roster/?station={station}&month=2026-12"):
            answer = browser(request.getfixturevalue(who)).get(f"/desk/duty/{address}")
            assert answer.status_code == 400
            assert "王" not in text_of(answer)

    def test_the_wall_shows_who_is_on_duty_now_masked_for_everybody(self, browser, north, on_now, enrol, the_north):
        places.assign(on_now, volunteer=enrol(), by=north)
        address = f"/desk/duty/wall/{the_north.station.pk}/"
        page = text_of(browser(north).get(address))
        assert "王**" in page
        assert "王小明" not in page
        assert 'http-equiv="refresh"' in page

    def test_the_wall_of_the_north_is_not_for_the_south(self, browser, south, helper, the_north, client):
        address = f"/desk/duty/wall/{the_north.station.pk}/"
        for who in (south, helper):
            assert browser(who).get(address).status_code == 404
        client.logout()
        answer = client.get(address, follow=True)
        # The sign-in does not ask for itself again.
        assert answer.redirect_chain
        assert 'http-equiv="refresh"' not in text_of(answer)
