"""Limits that pass, clocks that pause, and the job that acts on them."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from portal.core.models import CalendarDay
from requests import limits, workflow
from requests.models import ServiceRequest
from requests.types import DispatchOutcome, State, Verb
from requests.workflow.clockwork import run_due
from tests.requests.builders import case_in, new_case

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def shanghai(*args: int) -> datetime:
    """A moment of Asia/Shanghai, in UTC."""
    return datetime(*args, tzinfo=UTC) - 8 * HOUR


def test_it_works(cast):
    case, _ = case_in(State.DISPATCHED, cast)
    assert run_due(at=case.current_dispatch.accept_due_at + HOUR)["offers"] == 1
    case.refresh_from_db()
    assert (case.state, case.current_dispatch) == (State.ACCEPTED, None)
    assert case.dispatches.get().outcome == DispatchOutcome.EXPIRED
    assert case.dispatch_due_at is not None


def test_a_second_run_does_nothing(cast):
    case, _ = case_in(State.DISPATCHED, cast)
    after_days = timezone.now() + 30 * DAY
    assert run_due(at=after_days)["offers"] == 1
    assert set(run_due(at=after_days).values()) == {0}


def test_an_offer_is_not_expired_before_its_time(cast):
    case, _ = case_in(State.DISPATCHED, cast)
    assert run_due(at=case.current_dispatch.accept_due_at - timedelta(seconds=1))["offers"] == 0


def test_the_first_silence_gives_the_case_back_and_the_second_ends_it(cast):
    case, _ = case_in(State.WAITING, cast)
    run_due(at=case.waiting_due_at)
    case.refresh_from_db()
    assert (case.state, case.silence_count) == (State.IN_PROGRESS, 1)
    workflow.ask(case, by=cast.handler, text="请问您方便时来电吗？")
    run_due(at=case.waiting_due_at)
    case.refresh_from_db()
    assert (case.state, case.resolve_ground) == (State.RESOLVED, "no_reply")


def test_an_answer_forgives_the_silence_before_it(cast):
    case, resident = case_in(State.WAITING, cast)
    run_due(at=case.waiting_due_at)
    workflow.ask(case, by=cast.handler, text="请问是几号楼？")
    workflow.reply(case, by=resident, text="三号楼。")
    assert case.silence_count == 0


def test_a_case_that_nobody_rates_is_closed_after_the_window(cast):
    case, _ = case_in(State.RESOLVED, cast)
    assert run_due(at=case.resolved_at + 15 * DAY - timedelta(seconds=1))["ratings"] == 0
    assert run_due(at=case.resolved_at + 15 * DAY)["ratings"] == 1
    case.refresh_from_db()
    assert (case.state, case.close_ground) == (State.CLOSED, "window")


def test_a_case_rated_unsolved_waits_for_the_call_and_not_for_the_window(cast):
    case, resident = case_in(State.RESOLVED, cast)
    workflow.rate(case, by=resident, code="dissatisfied", solved=False)
    assert run_due(at=case.resolved_at + 60 * DAY)["ratings"] == 0


def test_the_clock_stands_still_while_the_resident_is_asked(cast):
    case, resident = case_in(State.IN_PROGRESS, cast)
    due, asked = case.due_at, timezone.now()
    workflow.ask(case, by=cast.handler, text="请问是几号楼？", at=asked)
    workflow.reply(case, by=resident, text="三号楼。", at=asked + 2 * DAY)
    assert case.due_at == due + 2 * DAY
    assert not case.is_overdue


def test_what_was_overdue_before_the_question_stays_overdue(cast):
    case, resident = case_in(State.IN_PROGRESS, cast)
    ServiceRequest.objects.filter(pk=case.pk).update(due_at=timezone.now() - HOUR)
    workflow.ask(case, by=cast.handler, text="请问是几号楼？")
    case.refresh_from_db()
    assert case.is_overdue
    assert ServiceRequest.objects.overdue().filter(pk=case.pk).exists()


def test_working_days_skip_the_spring_festival_and_count_its_swapped_days(cast):
    # 2026: off from 15 to 23 February; 14 and 28 February are worked in exchange.
    start = shanghai(2026, 2, 13, 10)
    due = limits.due(start, limits.LIMITS["enquiry"].resolve)
    assert due == shanghai(2026, 2, 25, 10)


def test_a_day_announced_later_overrides_the_calendar(cast):
    CalendarDay.objects.create(date="2026-02-24", is_working_day=False, reason="另行通知")
    due = limits.due(shanghai(2026, 2, 13, 10), limits.LIMITS["enquiry"].resolve)
    assert due == shanghai(2026, 2, 26, 10)


def test_a_restored_case_gets_its_state_its_offer_and_its_time_back(cast):
    case, resident = case_in(State.IN_PROGRESS, cast)
    due, gone = case.due_at, timezone.now()
    workflow.withdraw(case, by=resident, at=gone)
    assert case.dispatches.get().outcome == DispatchOutcome.ENDED
    workflow.restore(case, by=cast.dispatcher, text="居民电话要求恢复。", at=gone + DAY)
    assert (case.state, case.due_at) == (State.IN_PROGRESS, due + DAY)
    assert case.dispatches.get().outcome == DispatchOutcome.TAKEN
    workflow.resolve(case, by=cast.handler, text="已办结。")


def test_time_away_is_counted_once_when_a_waiting_case_is_restored(cast):
    case, resident = case_in(State.IN_PROGRESS, cast)
    due, asked = case.due_at, timezone.now()
    workflow.ask(case, by=cast.handler, text="请问是几号楼？", at=asked)
    workflow.withdraw(case, by=resident, at=asked + DAY)
    workflow.restore(case, by=cast.dispatcher, text="居民电话要求恢复。", at=asked + 2 * DAY)
    assert case.state == State.WAITING
    workflow.reply(case, by=resident, text="三号楼。", at=asked + 3 * DAY)
    assert case.due_at == due + 3 * DAY


def test_an_urgent_matter_is_due_sooner(cast):
    case, _ = new_case(cast.half)
    before = case.dispatch_due_at
    workflow.accept(case, by=cast.dispatcher, time_limit="emergency")
    assert case.due_at == case.accepted_at + 2 * HOUR
    assert case.dispatch_due_at <= before


def test_a_redone_case_goes_to_its_last_handler_with_a_new_due_time(cast):
    case, resident = case_in(State.CLOSED, cast)
    frozen = case.finish_due_at
    workflow.redo(case, by=resident, text="又坏了。")
    assert (case.state, case.redo_count, case.finish_due_at) == (State.DISPATCHED, 1, frozen)
    assert case.current_dispatch.organization == cast.half.unit
    assert case.dispatches.count() == 2


def test_a_case_answered_at_once_is_redone_by_the_dispatcher(cast):
    case, resident = case_in(State.ACCEPTED, cast)
    workflow.resolve(case, by=cast.dispatcher, text="办理时间为工作日九点至十八点。")
    workflow.rate(case, by=resident, code="satisfied", solved=True)
    workflow.redo(case, by=resident, text="还是没有开门。")
    assert case.state == State.ACCEPTED


def test_an_appeal_is_decided_by_a_leader_above_and_once_only(cast):
    case, resident = case_in(State.REJECTED, cast)
    workflow.appeal(case, by=resident, text="我不同意。")
    workflow.decide_appeal(case, by=cast.appeal_leader, granted=False, text="维持原决定。")
    assert case.appeal_upheld
    assert workflow.allowed_verbs(case, by=resident) == [Verb.AGREE]


def test_a_granted_appeal_starts_the_limit(cast):
    case, resident = case_in(State.REJECTED, cast)
    workflow.appeal(case, by=resident, text="我不同意。")
    workflow.decide_appeal(case, by=cast.appeal_leader, granted=True, text="应当受理。")
    assert case.state == State.ACCEPTED
    assert case.due_at is not None and case.ended_at is None
