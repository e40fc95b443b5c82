"""The clocks of a case, explained on its page and in the API."""

from datetime import UTC, date, datetime, timedelta

import pytest

from requests import workflow
from requests.clocks import clocks_of
from requests.models import LimitRule
from requests.reckoning import accounts_of
from requests.types import LimitStep, State
from tests.registry.conftest import api, page  # noqa: F401
from tests.requests.builders import case_in, new_case

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Wednesday noon in Shanghai.
NOON = datetime(2026, 3, 4, 4, tzinfo=UTC)


def taken(cast, at=NOON):
    case, resident = new_case(cast.half, at=at)
    workflow.accept(case, by=cast.dispatcher, at=at)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, at=at)
    workflow.take(case, by=cast.handler, at=at)
    return case, resident


def account(case, step=LimitStep.RESOLVE):
    return accounts_of(case, case.events.order_by("id"))[step]


def lines(case, label="办结") -> list[str]:
    (found,) = [clock for clock in clocks_of(case, case.events.order_by("id")) if str(clock.label) == label]
    return found.lines


def test_it_works(cast):
    case, resident = taken(cast)
    workflow.ask(case, by=cast.handler, text="几楼？", at=NOON + DAY)
    workflow.reply(case, by=resident, text="三楼。", at=NOON + 3 * DAY)
    workflow.request_extension(case, by=cast.handler, until=case.due_at + DAY, text="等货。", at=NOON + 4 * DAY)
    workflow.decide_extension(case, by=cast.leader, granted=True, text="同意。", at=NOON + 4 * DAY)
    found = account(case)
    assert found.due_at == case.due_at == NOON + 10 * DAY
    assert [(each.since, each.until) for each in found.pauses] == [(NOON + DAY, NOON + 3 * DAY)]
    assert [(each.due_before, each.until) for each in found.extensions] == [(NOON + 9 * DAY, NOON + 10 * DAY)]
    assert found.counted(NOON + 4 * DAY) == 2 * DAY
    assert lines(case)[:4] == [
        "7 天：系统默认时限（一般事项）",
        "3月4日 12:00 开始计时",
        "3月5日 12:00 至 3月7日 12:00 暂停：等待居民补充",
        "由 3月13日 12:00 延长至 3月14日 12:00",
    ]


def test_it_says_who_set_the_limit(cast, the_north):
    made = LimitRule.objects.create(
        district=the_north.district, step="resolve", amount=5, unit="working_days", starts_on=date(2026, 1, 1)
    )
    case, _resident = taken(cast)
    assert lines(case)[0] == "5 个工作日：本区设定的时限"
    made.district = None
    made.save()
    assert lines(case)[0] == "5 个工作日：适用于全部区的时限"


def test_working_days_count_on_their_own_clock(cast):
    LimitRule.objects.create(step="resolve", amount=5, unit="working_days", starts_on=date(2026, 1, 1))
    friday = NOON + 2 * DAY
    case, resident = taken(cast, at=friday)
    workflow.ask(case, by=cast.handler, text="几楼？", at=friday)
    workflow.reply(case, by=resident, text="三楼。", at=friday + 3 * DAY)
    # Of Friday noon to Tuesday noon two working days passed, one of them while the resident was asked.
    assert account(case).counted(friday + 4 * DAY) == DAY


def test_a_question_asked_too_late_stops_no_clock(cast):
    case, resident = taken(cast)
    workflow.ask(case, by=cast.handler, text="几楼？", at=NOON + 8 * DAY)
    workflow.reply(case, by=resident, text="三楼。", at=NOON + 9 * DAY)
    assert account(case).pauses == []
    assert account(case).due_at == case.due_at == NOON + 7 * DAY


def test_a_clock_that_stands_still_says_since_when(cast):
    case, _resident = taken(cast)
    workflow.ask(case, by=cast.handler, text="几楼？", at=NOON + DAY)
    assert "自 3月5日 12:00 起暂停" in lines(case)
    assert account(case).counted(NOON + 5 * DAY) == DAY


def test_the_time_that_a_case_was_away_is_a_pause(cast):
    case, resident = taken(cast)
    workflow.withdraw(case, by=resident, at=NOON + DAY)
    workflow.restore(case, by=cast.dispatcher, text="居民要求恢复。", at=NOON + 2 * DAY)
    (pause,) = account(case).pauses
    assert (pause.since, pause.until, pause.was_asked) == (NOON + DAY, NOON + 2 * DAY, False)


def test_a_redone_case_has_a_new_clock(cast):
    case, resident = taken(cast)
    workflow.resolve(case, by=cast.handler, text="换了灯。", at=NOON + DAY)
    workflow.rate(case, by=resident, code="satisfied", solved=True, at=NOON + DAY)
    workflow.redo(case, by=resident, text="又坏了。", at=NOON + 3 * DAY)
    assert account(case).started_at == NOON + 3 * DAY
    assert account(case).due_at == case.due_at


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_page_that_explains_its_clocks(page, cast, state):  # noqa: F811
    case, _resident = case_in(state, cast)
    assert page(cast.dispatcher.user).get(f"/desk/requests/{case.pk}/").status_code == 200


def test_the_page_shows_how_it_is_counted(page, cast):  # noqa: F811
    case, _resident = case_in(State.IN_PROGRESS, cast)
    shown = page(cast.handler.user).get(f"/desk/requests/{case.pk}/").content.decode()
    assert "计时说明" in shown
    assert "系统默认时限（一般事项）" in shown


def test_the_api_explains_the_clocks_to_those_who_see_the_case(api, cast, south):  # noqa: F811
    case, _resident = case_in(State.IN_PROGRESS, cast)
    address = f"/api/v1/service-requests/{case.pk}/clocks/"
    assert api(south).get(address).status_code == 404
    answer = api(cast.handler.user).get(address).json()
    resolve = next(clock for clock in answer if clock["step"] == "resolve")
    assert resolve["account"]["limit"] == {"amount": 7, "unit": "days", "rule": None}
    assert resolve["account"]["pauses"] == resolve["account"]["extensions"] == []
    assert resolve["explanation"][1] == "7 天：系统默认时限（一般事项）"


def all_steps(cast):
    """A case in its last state, after everything that has a limit was done, and stood still once in between."""
    case, resident = new_case(cast.half, at=NOON)
    workflow.accept(case, by=cast.dispatcher, at=NOON + HOUR)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, at=NOON + 2 * HOUR)
    workflow.take(case, by=cast.handler, at=NOON + 3 * HOUR)
    workflow.contact(case, by=cast.handler, reached=True, at=NOON + 4 * HOUR)
    workflow.ask(case, by=cast.handler, text="几楼？", at=NOON + DAY)
    workflow.reply(case, by=resident, text="三楼。", at=NOON + 3 * DAY)
    workflow.resolve(case, by=cast.handler, text="换了灯。", at=NOON + 10 * DAY)
    workflow.rate(case, by=resident, code="satisfied", solved=True, at=NOON + 11 * DAY)
    return case, resident


def test_all_five_clocks_are_explained_to_the_end_and_say_whether_they_were_kept(cast):
    case, _resident = all_steps(cast)
    found = clocks_of(case, case.events.order_by("id"))
    assert [(clock.step, clock.done_at) for clock in found] == [
        ("acknowledge", NOON + HOUR),
        ("dispatch", NOON + 2 * HOUR),
        ("accept", NOON + 3 * HOUR),
        ("contact", NOON + 4 * HOUR),
        ("resolve", NOON + 10 * DAY),
    ]
    assert all(clock.account is not None and clock.lines for clock in found)
    assert ["按时" in clock.lines[-1] for clock in found] == [True, True, True, True, False]
    assert "超时" in found[-1].lines[-1]


def test_a_pause_moves_no_clock_that_is_done(cast):
    case, resident = taken(cast)
    by_when = case.contact_due_at
    workflow.contact(case, by=cast.handler, reached=True, at=NOON + HOUR)
    workflow.ask(case, by=cast.handler, text="几楼？", at=NOON + 2 * HOUR)
    workflow.reply(case, by=resident, text="三楼。", at=NOON + 3 * DAY)
    assert case.contact_due_at == by_when == account(case, LimitStep.CONTACT).due_at
    assert account(case, LimitStep.CONTACT).pauses == []
    assert case.due_at > NOON + 7 * DAY


def test_a_pause_before_the_contact_moves_its_clock(cast):
    case, resident = taken(cast)
    by_when = case.contact_due_at
    workflow.contact(case, by=cast.handler, reached=False, at=NOON + HOUR)
    workflow.ask(case, by=cast.handler, text="几楼？", at=NOON + 2 * HOUR)
    workflow.reply(case, by=resident, text="三楼。", at=NOON + 3 * DAY)
    assert case.contact_due_at == account(case, LimitStep.CONTACT).due_at > by_when


def test_a_time_that_the_dispatcher_set_is_said_to_be_theirs(cast):
    case, _resident = new_case(cast.half, at=NOON)
    workflow.accept(case, by=cast.dispatcher, at=NOON)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, accept_due_at=NOON + 2 * HOUR, at=NOON)
    assert lines(case, "接单")[0].startswith("派单时设定")
    workflow.take(case, by=cast.handler, at=NOON + 3 * HOUR)
    assert "超时" in lines(case, "接单")[-1]


def test_an_offer_that_was_sent_back_keeps_its_clock(cast):
    case, _resident = new_case(cast.half, at=NOON)
    workflow.accept(case, by=cast.dispatcher, at=NOON)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, at=NOON)
    workflow.send_back(case, by=cast.handler, ground="not_our_duty", text="不归我们。", at=NOON + HOUR)
    (clock,) = [each for each in clocks_of(case, case.events.order_by("id")) if each.step == LimitStep.ACCEPT]
    assert (clock.done_at, clock.explanation) == (NOON + HOUR, "已退单")


def test_each_round_of_the_work_has_its_clock(cast):
    case, resident = all_steps(cast)
    workflow.redo(case, by=resident, text="又坏了。", at=NOON + 12 * DAY)
    rounds = [clock for clock in clocks_of(case, case.events.order_by("id")) if clock.step == LimitStep.RESOLVE]
    assert [(clock.due_at, clock.done_at) for clock in rounds] == [
        (case.finish_due_at, NOON + 10 * DAY), (case.due_at, None),
    ]  # fmt: skip


def test_a_correction_leaves_the_clocks_that_are_done_as_they_were(cast):
    case, _resident = new_case(cast.half, at=NOON)
    workflow.accept(case, by=cast.dispatcher, at=NOON + HOUR)
    before = account(case, LimitStep.ACKNOWLEDGE).due_at
    workflow.amend(case, by=cast.dispatcher, time_limit="emergency")
    assert account(case, LimitStep.ACKNOWLEDGE).due_at == before
    assert account(case).due_at == case.due_at == NOON + 3 * HOUR


def test_who_accepts_it_as_something_else_changes_no_clock_that_is_done(cast):
    case, _resident = new_case(cast.half, at=NOON)
    by_when = account(case, LimitStep.ACKNOWLEDGE).due_at
    workflow.accept(case, by=cast.dispatcher, time_limit="emergency", at=NOON + HOUR)
    assert account(case, LimitStep.ACKNOWLEDGE).due_at == by_when
    assert account(case, LimitStep.DISPATCH).due_at == case.dispatch_due_at
    case, _resident = new_case(cast.half, at=NOON, description="厨房着火了。")
    workflow.accept(case, by=cast.dispatcher, at=NOON + HOUR)
    assert account(case, LimitStep.DISPATCH).due_at == case.dispatch_due_at == NOON + HOUR / 2
    assert "紧急事项须在受理时限前派单" in lines(case, "派单")


def test_the_api_explains_every_clock_of_a_closed_case(api, cast, south):  # noqa: F811
    case, _resident = all_steps(cast)
    address = f"/api/v1/service-requests/{case.pk}/clocks/"
    answer = api(cast.handler.user).get(address).json()
    assert [clock["step"] for clock in answer] == list(LimitStep.values)
    assert all(clock["done_at"] and clock["account"]["started_at"] and clock["explanation"] for clock in answer)
    assert api(south).get(address).status_code == 404
