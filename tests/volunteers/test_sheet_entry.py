"""A paper sheet is entered in one form: each line by itself, once, and nothing that was typed is lost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.errors import Conflict, NotAllowed
from volunteers import attendance, ledger, places
from volunteers.models import Assignment, DutyShift, HourClaim, HourEntry
from volunteers.types import AssignmentSource, AssignmentStatus, CheckMethod, ClaimKind

# A shift of yesterday from nine to twelve, whose sheet comes in today.
YESTERDAY = timezone.now().astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)


@pytest.fixture
def shift(make_shift):
    return make_shift(YESTERDAY, max_people=4)


@pytest.fixture
def two_places(shift, enrol, north):
    return [places.assign(shift, volunteer=enrol(name), by=north) for name in ("王小明", "李小红")]


@pytest.fixture
def browser(client):
    def browser(user):
        client.force_login(user)
        return client

    return browser


@pytest.fixture
def sheet(the_north):
    return f"/desk/duty/sheet/enter/?station={the_north.station.pk}&day={YESTERDAY:%Y-%m-%d}"


def of(place, **values) -> dict:
    return {f"p{place.pk}-{name}": value for name, value in values.items()}


def walk_in(shift, n=0, **values) -> dict:
    return {f"w{shift.pk}-{n}-{name}": value for name, value in values.items()}


def text_of(answer) -> str:
    return answer.content.decode()


def test_it_works(browser, north, sheet, shift, two_places, enrol):
    came, missed = two_places
    unasked = enrol("赵六")
    page = text_of(browser(north).get(sheet))
    assert "王小明" in page
    assert "李小红" in page
    sent = {
        **of(came, came="09:05", left="12:00"), **of(missed, absent="excused", reason="孩子发烧"),
        **walk_in(shift, number=unasked.number, came="10:00", left="11:30"),
    }  # fmt: skip
    answer = browser(north).post(sheet, sent)
    assert answer.status_code == 302
    came.refresh_from_db()
    missed.refresh_from_db()
    added = Assignment.objects.get(volunteer=unasked)
    assert came.checked_in_at == YESTERDAY + timedelta(minutes=5)
    assert (came.checked_in_how, came.checked_out_how) == (CheckMethod.SHEET, CheckMethod.SHEET)
    assert (missed.is_no_show, missed.is_excused, missed.reason) == (True, True, "孩子发烧")
    assert (added.status, added.checked_out_at) == (AssignmentStatus.CONFIRMED, YESTERDAY + timedelta(hours=2.5))
    assert (came.source, added.source) == (AssignmentSource.STAFF, AssignmentSource.SHEET)
    assert ledger.totals(came.volunteer)["recorded"] == 175
    assert ledger.totals(unasked)["recorded"] == 90
    assert "3 行" in text_of(browser(north).get(sheet))
    assert "工作人员按签到表补录" in text_of(browser(north).get(f"/desk/duty/shifts/{shift.pk}/"))


def test_what_comes_twice_is_entered_once(browser, north, sheet, shift, two_places, enrol):
    sent = {
        **of(two_places[0], came="09:05", left="12:00"), **of(two_places[1], absent="missed"),
        **walk_in(shift, number=enrol("赵六").number, came="10:00", left="11:30"),
    }  # fmt: skip
    for _each in range(2):
        assert browser(north).post(sheet, sent).status_code == 302
        assert (Assignment.objects.count(), HourEntry.objects.count()) == (3, 3 + 2 + 2)


def test_a_bad_line_stays_with_its_reason_and_the_others_are_entered(browser, north, sheet, shift, two_places):
    first, second = two_places
    sent = {
        **of(first, came="09:00", left="12:00"), **of(second, came="11:00", left="10:00"),
        **walk_in(shift, number="999999999", came="09:30"), **walk_in(shift, 1, number="", came="09:45"),
    }  # fmt: skip
    answer = browser(north).post(sheet, sent)
    page = text_of(answer)
    assert answer.status_code == 409
    for words in (
        "已录入 1 行",
        "3 行没能录入",
        "签退时间早于签到时间",
        "没有这个编号",
        'value="11:00"',
        'value="09:45"',
    ):
        assert words in page, words
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.checked_out_at is not None
    # Of a line that is refused nothing is entered: not the coming alone.
    assert (second.checked_in_at, Assignment.objects.count()) == (None, 2)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"came": "25:00"}, "时间"),
        ({"came": "abc"}, "时间"),
        ({"left": "12:00"}, "还没有签到"),
        ({"came": "09:00", "absent": "missed"}, "二者只能填一样"),
        ({"reason": "病了"}, "是否请过假"),
        ({"absent": "nonsense"}, "nonsense"),
        ({"absent": "excused", "reason": "长" * 101}, "100"),
        ({"came": "13:00"}, "班次已经结束"),
    ],
)
def test_what_cannot_be_is_told_beside_the_line(browser, north, sheet, two_places, line, words):
    answer = browser(north).post(sheet, of(two_places[0], **line))
    assert answer.status_code == 409
    assert words in text_of(answer)
    two_places[0].refresh_from_db()
    assert (two_places[0].checked_in_at, two_places[0].is_no_show) == (None, False)


def test_another_time_than_the_known_one_is_refused(browser, north, sheet, two_places):
    attendance.check_in(two_places[0], by=north, how=CheckMethod.CODE, at=YESTERDAY)
    answer = browser(north).post(sheet, of(two_places[0], came="09:30", left="12:00"))
    assert "已登记为 09:00" in text_of(answer)
    assert browser(north).post(sheet, of(two_places[0], left="12:00")).status_code == 302


@pytest.fixture
def left_early(two_places, north):
    """Checked out by the code at eleven, an hour before the end."""
    place = attendance.check_in(two_places[0], by=north, how=CheckMethod.CODE, at=YESTERDAY)
    return attendance.check_out(place, by=north, how=CheckMethod.CODE, at=YESTERDAY + timedelta(hours=2))


def test_other_times_of_somebody_who_has_left_ask_for_a_correction_and_change_nothing(
    browser, north, leader, sheet, left_early
):  # fmt: skip
    sent = of(left_early, left="12:00", reason="扫错了码")
    for _each in range(2):
        assert browser(north).post(sheet, sent).status_code == 302
    asked = HourClaim.objects.get()
    assert (asked.kind, asked.minutes, asked.assignment) == (ClaimKind.CORRECTION, 60, left_early)
    assert "扫错了码" in asked.reason
    left_early.refresh_from_db()
    assert left_early.checked_out_at == YESTERDAY + timedelta(hours=2)
    assert ledger.totals(left_early.volunteer)["approved"] == 120
    assert "扫错了码" in text_of(browser(north).get(sheet))
    assert f"p{left_early.pk}-left" not in text_of(browser(north).get(sheet))
    ledger.decide(asked, by=leader, granted=True)
    assert ledger.totals(left_early.volunteer)["approved"] == 180
    assert f"p{left_early.pk}-left" in text_of(browser(north).get(sheet))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"left": "12:00"}, "说明原因"),
        ({"left": "08:00", "reason": "x"}, "早于签到"),
        ({"came": "06:30", "reason": "x"}, "还没有开始"),
        ({"came": "12:61", "reason": "x"}, "时间"),
        ({"reason": "扫错了码"}, "纸上"),
        ({"absent": "missed"}, "此人已签到"),
    ],
)
def test_a_correction_that_cannot_be_stays_with_its_reason(browser, north, sheet, left_early, line, words):
    answer = browser(north).post(sheet, of(left_early, **line))
    assert answer.status_code == 409
    page = text_of(answer)
    assert words in page
    assert all(f'value="{value}"' in page or value in ("missed",) for value in line.values())
    assert not HourClaim.objects.exists()


def test_the_times_that_are_known_ask_for_nothing(browser, north, sheet, left_early):
    assert browser(north).post(sheet, of(left_early, came="09:00", left="11:00")).status_code == 302
    assert not HourClaim.objects.exists()


def test_a_second_correction_waits_until_the_first_is_decided(browser, north, sheet, left_early):
    browser(north).post(sheet, of(left_early, left="12:00", reason="扫错了码"))
    answer = browser(north).post(sheet, of(left_early, left="11:30", reason="看错了"))
    assert answer.status_code == 409
    assert "等" in text_of(answer)
    assert 'value="11:30"' in text_of(answer)
    assert HourClaim.objects.count() == 1


def test_the_keeper_corrects_a_volunteer_of_another_place_who_served_here(
    browser, keeper, the_south, sheet, left_early
):  # fmt: skip
    type(left_early.volunteer).objects.update(home_region=the_south.community)
    assert browser(keeper).post(sheet, of(left_early, left="12:00", reason="扫错了码")).status_code == 302
    assert HourClaim.objects.get().minutes == 60


def test_the_page_of_the_shift_corrects_by_the_same_step(browser, north, south, helper, left_early):
    address = f"/desk/duty/places/{left_early.pk}/correct/"
    sent = {"came": "09:00", "left": "12:00", "reason": "扫错了码"}
    assert browser(south).post(address, sent).status_code == 404
    assert browser(helper).post(address, sent).status_code == 403
    assert 'value="11:00"' in text_of(browser(north).get(address))
    assert "09:00" in text_of(browser(north).post(address, {**sent, "reason": ""}))
    assert browser(north).post(address, sent).status_code == 302
    assert HourClaim.objects.get().minutes == 60


class TestFullShift:
    """The paper says who was there; what was served is recorded beyond the most people, and marked."""

    @pytest.fixture
    def full(self, shift, two_places):
        DutyShift.objects.update(max_people=2)
        shift.refresh_from_db()
        return shift

    def test_one_more_who_was_there_is_recorded_beyond_it(self, browser, north, sheet, full, enrol):
        unasked = enrol("赵六")
        for _each in range(2):
            sent = walk_in(full, number=unasked.number, came="09:00", left="11:00")
            assert browser(north).post(sheet, sent).status_code == 302
        place = Assignment.objects.get(volunteer=unasked)
        assert (place.checked_in_how, place.reason) == (
            CheckMethod.SHEET,
            "签到表上有、名单上没有，超出本班次最多 2 人",
        )
        assert ledger.totals(unasked)["recorded"] == 120
        full.refresh_from_db()
        assert (full.taken, full.assignments.holding().count()) == (2, 3)
        assert place.reason in text_of(browser(north).get(sheet))
        assert place.reason in text_of(browser(north).get(f"/desk/duty/shifts/{full.pk}/"))

    def test_one_who_came_for_somebody_absent_is_recorded(self, browser, north, sheet, full, two_places, enrol):
        unasked = enrol("赵六")
        sent = {
            **of(two_places[0], absent="missed"), **walk_in(full, number=unasked.number, came="09:00", left="11:00"),
        }  # fmt: skip
        assert browser(north).post(sheet, sent).status_code == 302
        assert "顶替未到岗的人" in Assignment.objects.get(volunteer=unasked).reason

    def test_the_desks_other_ways_stay_strict(self, north, full, enrol):
        with pytest.raises(Conflict):
            places.assign(full, volunteer=enrol("赵六"), by=north)

    def test_nobody_is_recorded_beyond_a_shift_that_has_not_begun(self, north, full, enrol):
        with pytest.raises(Conflict):
            places.come_unasked(full, volunteer=enrol("赵六"), by=north, at=YESTERDAY - timedelta(minutes=5))
        assert full.assignments.count() == 2

    def test_a_shift_that_was_called_off_takes_nobody(self, browser, north, full, enrol):
        DutyShift.objects.update(status="called_off")
        with pytest.raises(Conflict):
            places.come_unasked(full, volunteer=enrol("赵六"), by=north)

    @pytest.mark.parametrize("who", ["south", "helper"])
    def test_south_and_helper_record_nobody(self, request, who, full, enrol):
        with pytest.raises(NotAllowed):
            places.come_unasked(full, volunteer=enrol("赵六"), by=request.getfixturevalue(who))


def test_somebody_on_the_waiting_list_who_came_gets_the_free_place(browser, north, sheet, shift, enrol):
    waits = Assignment.objects.create(
        shift=shift, volunteer=enrol(), district=shift.district, status=AssignmentStatus.WAITING,
        period=(shift.starts_at, shift.ends_at),
    )  # fmt: skip
    sent = walk_in(shift, number=waits.volunteer.number, came="09:00", left="12:00")
    assert browser(north).post(sheet, sent).status_code == 302
    shift.refresh_from_db()
    assert shift.taken == 1


def test_what_was_typed_for_a_place_that_was_given_back_meanwhile_is_not_lost(browser, north, sheet, two_places):
    Assignment.objects.filter(pk=two_places[0].pk).update(status=AssignmentStatus.WITHDRAWN)
    answer = browser(north).post(sheet, of(two_places[0], came="09:00", left="12:00"))
    assert answer.status_code == 409
    assert 'value="09:00"' in text_of(answer)
    assert "已撤回" in text_of(answer)


def test_a_night_ends_on_the_next_day(browser, north, the_north, make_shift, enrol):
    night = make_shift(YESTERDAY.replace(hour=20) - timedelta(days=1), minutes=600)
    place = places.assign(night, volunteer=enrol(), by=north)
    sheet = f"/desk/duty/sheet/enter/?station={the_north.station.pk}&day={night.local_date:%Y-%m-%d}"
    assert browser(north).post(sheet, of(place, came="20:00", left="05:30")).status_code == 302
    place.refresh_from_db()
    assert place.checked_out_at - place.checked_in_at == timedelta(hours=9.5)


def test_the_keeper_enters_the_own_station(browser, keeper, sheet, two_places):
    assert browser(keeper).post(sheet, of(two_places[0], absent="missed")).status_code == 302


@pytest.mark.parametrize(("who", "status"), [("south", 403), ("helper", 403), ("auditor", 403), ("leader", 403)])
def test_others_enter_nothing(browser, request, who, status, sheet, two_places):
    answer = browser(request.getfixturevalue(who)).post(sheet, of(two_places[0], absent="missed"))
    assert answer.status_code == status
    two_places[0].refresh_from_db()
    assert not two_places[0].is_no_show


def test_a_line_of_somebody_elses_shift_is_passed_over(browser, north, sheet, the_south, make_shift, enrol, shift):
    theirs = make_shift(YESTERDAY, station=the_south.station, district=the_south.district)
    place = places.assign(theirs, volunteer=enrol(), by=None)
    browser(north).post(sheet, of(place, absent="missed"))
    place.refresh_from_db()
    assert not place.is_no_show


@pytest.mark.parametrize("query", ["station=999999", "station=abc", "day=2026-99-99", "day=x"])
def test_a_bad_address_is_told(browser, north, query):
    assert browser(north).get(f"/desk/duty/sheet/enter/?{query}").status_code == 400


def test_what_has_not_begun_cannot_be_entered_and_an_empty_sheet_changes_nothing(
    browser, north, the_north, make_shift, sheet, two_places
):  # fmt: skip
    later = make_shift(YESTERDAY + timedelta(days=4))
    address = f"/desk/duty/sheet/enter/?station={the_north.station.pk}&day={later.local_date:%Y-%m-%d}"
    assert "还没有开始" in text_of(browser(north).get(address))
    assert browser(north).post(sheet, {}).status_code == 302
    assert not HourEntry.objects.exists()


def test_the_count_of_queries_does_not_grow(browser, north, sheet, two_places, shift, enrol, make_shift):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser(north).get(sheet).status_code == 200
        return len(queries)

    count()
    few = count()
    DutyShift.objects.update(max_people=30)
    for _each in range(20):
        place = places.assign(shift, volunteer=enrol(), by=north)
        attendance.check_in(place, by=north, how=CheckMethod.STAFF, at=YESTERDAY)
        attendance.check_out(place, by=north, how=CheckMethod.STAFF, at=YESTERDAY + timedelta(hours=1))
        attendance.correct(place, came_at=YESTERDAY, left_at=shift.ends_at, reason="扫错了码", by=north)
    for hour in (13, 15, 17):
        places.assign(make_shift(YESTERDAY.replace(hour=hour), minutes=60), volunteer=enrol(), by=north)
    assert count() == few
