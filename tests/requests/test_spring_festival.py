"""Every limit of a case over the Spring Festival of 2026, reckoned by hand, and the job that comes by all the while.

Off from Sunday 15 to Monday 23 February; Saturday 14 and Saturday 28 February are worked in exchange.
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.core.models import CalendarDay
from requests import limits, workflow
from requests.models import Approval, LimitRule
from requests.types import LimitStep, State, Verb
from requests.workflow.clockwork import run_due
from tests.requests.builders import deliberation, new_case

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
URGENT, ORDINARY = ["emergency", "utility"], ["enquiry", "general", "complex"]


def feb(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of Asia/Shanghai in February 2026; the 29th is 1 March."""
    return datetime(2026, 2, 1, hour, minute, tzinfo=UTC) + (day - 1) * DAY - 8 * HOUR


# The last hour before the holidays' Saturday; and a Sunday in the middle of nothing.
FRIDAY, SUNDAY = feb(13, 17, 30), feb(15, 20)


@pytest.mark.parametrize(
    "step, time_limit, on_friday, on_sunday",
    [
        # Service hours are from nine to six on every day: stations are open in the holidays.
        ("acknowledge", "general", feb(14, 10, 30), feb(16, 11)),
        ("dispatch", "emergency", feb(13, 18), feb(15, 20, 30)),
        ("dispatch", "utility", feb(13, 18), feb(16, 9, 30)),
        ("dispatch", "general", feb(14, 10, 30), feb(16, 11)),
        # One working day: Saturday the 14th is one; what begins in the holidays begins on Tuesday the 24th.
        ("accept", "emergency", feb(13, 18), feb(15, 20, 30)),
        ("accept", "utility", feb(13, 18), feb(15, 20, 30)),
        ("accept", "general", feb(14, 17, 30), feb(25)),
        ("contact", "emergency", feb(13, 19, 30), feb(15, 22)),
        ("contact", "enquiry", feb(14, 17, 30), feb(25)),
        ("resolve", "emergency", feb(13, 19, 30), feb(15, 22)),
        ("resolve", "utility", feb(14, 17, 30), feb(16, 20)),
        # Three working days: the 14th, the 24th, the 25th; or the 24th, the 25th and the 26th.
        ("resolve", "enquiry", feb(25, 17, 30), feb(27)),
        # Days are days, festival or not.
        ("resolve", "general", feb(20, 17, 30), feb(22, 20)),
        ("resolve", "complex", feb(28, 17, 30), feb(30, 20)),
    ],
)
def test_each_limit_by_class_and_step(cast, step, time_limit, on_friday, on_sunday):
    for started, due in ((FRIDAY, on_friday), (SUNDAY, on_sunday)):
        assert _due(cast, step, time_limit, started) == due


def _due(cast, step, time_limit, at):
    """When `step` has to be done at the latest, in a case in which everything happened at once."""
    case, _resident = new_case(cast.half, at=at)
    if step == LimitStep.ACKNOWLEDGE:
        return case.dispatch_due_at
    workflow.accept(case, by=cast.dispatcher, time_limit=time_limit, at=at)
    if step == LimitStep.DISPATCH:
        return case.dispatch_due_at
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, at=at)
    if step == LimitStep.ACCEPT:
        return case.current_dispatch.accept_due_at
    workflow.take(case, by=cast.handler, at=at)
    return case.contact_due_at if step == LimitStep.CONTACT else case.due_at


def test_a_question_in_the_holidays_stops_working_days_and_lets_them_go_on(cast):
    case = under_way(cast, "enquiry")
    workflow.ask(case, by=cast.handler, text="是哪一层楼？", at=feb(14, 12))
    assert case.waiting_due_at == feb(19, 12)
    workflow.reply(case, by=cast.handler, text="三楼。", at=feb(18, 9))
    # 18 and a half of 72 hours had passed; the others begin with the first working day.
    assert case.due_at == feb(26, 5, 30)


def test_a_question_about_a_matter_in_days_moves_it_by_the_days_that_it_waited(cast):
    case = under_way(cast, "general")
    workflow.ask(case, by=cast.handler, text="是哪一层楼？", at=feb(14, 12))
    workflow.reply(case, by=cast.handler, text="三楼。", at=feb(18, 9))
    assert case.due_at == feb(20, 17, 30) + (feb(18, 9) - feb(14, 12))


def test_the_call_back_after_a_bad_rating_waits_for_working_days(cast):
    case, resident = new_case(cast.half, at=FRIDAY)
    workflow.accept(case, by=cast.dispatcher, at=FRIDAY)
    workflow.resolve(case, by=cast.dispatcher, text="已修好。", at=FRIDAY)
    workflow.rate(case, by=resident, code="dissatisfied", solved=False, at=feb(14, 12))
    assert case.call_back_due_at == feb(25, 12)


def test_a_topic_waits_thirty_days_and_its_publicity_five_that_are_worked(cast):
    case = under_way(cast, "enquiry")
    workflow.table(case, by=cast.dispatcher, text="几户都有意见。", deliberation=deliberation(cast), at=feb(14, 12))
    assert case.waiting_due_at == feb(14, 12) + 30 * DAY
    # The 14th, the 24th to the 27th.
    assert limits.due(FRIDAY, limits.Limit(5, "working_days")) == feb(27, 17, 30)


def test_a_district_that_counts_working_days_for_everything_skips_the_festival(cast, the_north):
    LimitRule.objects.create(
        district=the_north.district, step=LimitStep.RESOLVE, amount=7, unit="working_days", starts_on=date(2026, 1, 1)
    )
    # The 14th, the 24th to the 28th, Monday 2 March.
    assert _due(cast, "resolve", "general", FRIDAY) == feb(30, 17, 30)


def test_a_day_that_the_city_adds_to_the_holidays_counts_from_then_on(cast):
    CalendarDay.objects.create(date=date(2026, 2, 24), is_working_day=False, reason="本地放假")
    assert _due(cast, "resolve", "enquiry", FRIDAY) == feb(26, 17, 30)


def test_more_time_is_asked_for_before_the_limit_that_the_holidays_moved(cast):
    case = under_way(cast, "enquiry")
    workflow.request_extension(case, by=cast.handler, until=feb(27, 17, 30), text="等配件。", at=feb(25, 17))
    workflow.decide_extension(case, by=cast.leader, granted=True, text="同意。", at=feb(25, 17, 10))
    assert case.due_at == feb(27, 17, 30)
    assert case.approvals.get().outcome == Approval.Outcome.GRANTED


def under_way(cast, time_limit, *, at=FRIDAY):
    case, _resident = new_case(cast.half, at=at)
    workflow.accept(case, by=cast.dispatcher, time_limit=time_limit, at=at)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, at=at)
    workflow.take(case, by=cast.handler, at=at)
    return case


EVERY = 3 * HOUR


def by_the_job(case, *verbs):
    return [(event.verb, event.at) for event in case.events.order_by("id") if event.verb in verbs]


def travel(until, *, every):
    """The job comes by again and again from Friday evening on."""
    at = FRIDAY
    while at < until:
        at = min(at + every, until)
        run_due(at=at)


def test_the_job_does_each_thing_when_it_comes_by_for_the_first_time_after_it_is_due(cast):
    lying = {name: under_way(cast, name) for name in [*URGENT, *ORDINARY]}
    offered, _resident = new_case(cast.half, at=FRIDAY)
    workflow.accept(offered, by=cast.dispatcher, time_limit="general", at=FRIDAY)
    workflow.dispatch(offered, by=cast.dispatcher, to=cast.half.unit, at=FRIDAY)
    asked = under_way(cast, "enquiry")
    workflow.ask(asked, by=cast.handler, text="是哪一层楼？", at=FRIDAY)
    rated, _resident = new_case(cast.half, at=FRIDAY)
    workflow.accept(rated, by=cast.dispatcher, at=FRIDAY)
    workflow.resolve(rated, by=cast.dispatcher, text="已修好。", at=FRIDAY)
    travel(feb(40), every=EVERY)

    reminded = {"emergency": feb(13, 19, 30), "utility": feb(14, 17, 30), "general": feb(20, 17, 30)}
    reminded |= {"enquiry": feb(25, 17, 30), "complex": feb(28, 17, 30)}
    for name, due in reminded.items():
        ((_verb, at),) = by_the_job(lying[name], Verb.REMIND)
        assert due < at <= due + EVERY, name
    # Half of three working days each: 36 hours of the 26th and 27th, of the 28th and Monday, of Tuesday and Wednesday.
    levels = [at for _verb, at in by_the_job(lying["enquiry"], Verb.SUPERVISE)]
    for at, due in zip(levels, (feb(27, 5, 30), feb(28, 17, 30), feb(31, 5, 30)), strict=True):
        assert due <= at <= due + EVERY
    # Taken by nobody on the working Saturday: back to be dispatched.
    ((_verb, at),) = by_the_job(offered, Verb.EXPIRE)
    assert feb(14, 17, 30) <= at <= feb(14, 17, 30) + EVERY
    # Nobody answered for five days of the festival: the case goes on.
    ((_verb, at),) = by_the_job(asked, Verb.EXPIRE)
    assert feb(18, 17, 30) <= at <= feb(18, 17, 30) + EVERY
    ((_verb, at),) = by_the_job(rated, Verb.CLOSE)
    assert feb(28, 17, 30) <= at <= feb(28, 17, 30) + EVERY


def test_a_job_that_stood_still_over_the_holidays_catches_up_to_the_same(cast):
    """Whatever the job would have done step by step, it does at once; but for warnings that come too late."""

    def left_by(every):
        cases = [under_way(cast, name) for name in [*URGENT, *ORDINARY]]
        offered, _resident = new_case(cast.half, at=FRIDAY)
        workflow.accept(offered, by=cast.dispatcher, time_limit="general", at=FRIDAY)
        workflow.dispatch(offered, by=cast.dispatcher, to=cast.half.unit, at=FRIDAY)
        travel(feb(40), every=every)
        found = []
        for case in [*cases, offered]:
            case.refresh_from_db()
            found.append((case.state, case.supervision_level, case.due_at, [event.verb for event in case.events.all()]))
        return found

    often, at_once = left_by(12 * HOUR), left_by(60 * DAY)
    assert [(*row[:3], sorted(row[3])) for row in often] == [(*row[:3], sorted(row[3])) for row in at_once]


def test_a_second_run_at_the_same_moment_does_nothing(cast):
    for name in [*URGENT, *ORDINARY]:
        under_way(cast, name)
    assert any(run_due(at=feb(26)).values())
    assert not any(run_due(at=feb(26)).values())


def test_nothing_is_ever_late_for_a_case_that_was_resolved_within_its_working_days(cast):
    case = under_way(cast, "enquiry")
    travel(feb(25, 17), every=12 * HOUR)
    workflow.resolve(case, by=cast.handler, text="已修好。", at=feb(25, 17))
    assert case.state == State.RESOLVED
    assert case.finish_due_at == feb(25, 17, 30)
    assert not case.late_during
    assert by_the_job(case, Verb.REMIND, Verb.SUPERVISE) == []


def test_two_limits_one_after_the_other_until_it_is_dispatched(cast):
    case, _resident = new_case(cast.half, at=feb(13, 10))
    assert case.dispatch_due_at == feb(13, 12)
    workflow.accept(case, by=cast.dispatcher, time_limit="general", at=feb(13, 11, 30))
    assert case.dispatch_due_at == feb(13, 13, 30)


def test_an_urgent_matter_does_not_wait_twice(cast):
    case, _resident = new_case(cast.half, at=feb(13, 10))
    workflow.accept(case, by=cast.dispatcher, time_limit="emergency", at=feb(13, 11, 50))
    assert case.dispatch_due_at == feb(13, 12)


def test_a_question_before_acceptance_stops_the_limit_to_accept(cast):
    case, _resident = new_case(cast.half, at=feb(13, 17))
    workflow.ask(case, by=cast.dispatcher, text="在哪里？", at=feb(13, 17, 30))
    workflow.reply(case, by=cast.dispatcher, text="东门。", at=feb(15, 9))
    # Half an hour of two had passed.
    assert case.dispatch_due_at == feb(15, 10, 30)
