"""What was overdue at the end of a day that is over is what the desk said at that moment, whatever came after."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.reports import figures
from portal.reports.definitions import OVERDUE, Span
from portal.reports.periods import Period
from portal.reports.places import place_for
from requests import workflow
from requests.models import ServiceRequest
from requests.types import PAUSED_STATES, State, Verb
from requests.workflow import Resident, Staff
from tests.reports.conftest import DAY, HOUR, MONDAY, submit
from tests.requests.wandering import make_world


def overdue_at_the_end_of(day, user, now):
    place, span = place_for(user), Span(Period.containing(day, "day"), now)
    rows = set(figures.rows(OVERDUE, place, span).values_list("pk", flat=True))
    assert figures.summarize(place, span).total.counts["overdue"] == len(rows)
    return rows


def test_it_works_for_the_middle_round_of_a_case_redone_twice(the_north, north, helper, leader):
    by, unit = Staff(north), Staff(helper)
    submitted = submit(the_north)
    case, resident = submitted.case, Resident(submitted.requester)
    workflow.accept(case, by=by, at=MONDAY)
    workflow.dispatch(case, by=by, to=the_north.unit, at=MONDAY)
    ends = {}
    for number, days in enumerate([3, 19, 25]):
        workflow.take(case, by=unit, at=case.current_dispatch.offered_at + HOUR)
        ends[number] = MONDAY + days * DAY
        workflow.resolve(case, by=unit, text="已修好。", at=ends[number])
        if number < 2:
            workflow.redo(case, by=by, text="没有修好", at=ends[number] + HOUR)
    workflow.rate(case, by=resident, code="satisfied", solved=True, at=MONDAY + 26 * DAY)
    (late,) = case.late_during
    assert late == (ends[0] + HOUR + 7 * DAY, ends[1])

    def overdue(days):
        return overdue_at_the_end_of((MONDAY + days * DAY).date(), leader, MONDAY + 40 * DAY)

    assert [bool(overdue(days)) for days in (2, 9, 10, 18, 19, 24)] == [False, False, True, True, False, False]


def test_a_case_that_was_late_is_not_overdue_while_it_is_withdrawn(the_north, north, leader):
    submitted = submit(the_north)
    case, by = submitted.case, Staff(north)
    workflow.accept(case, by=by, at=MONDAY)
    workflow.withdraw(case, by=Resident(submitted.requester), at=MONDAY + 10 * DAY)
    workflow.restore(case, by=by, text="居民又来电", at=MONDAY + 15 * DAY)
    found = [
        bool(overdue_at_the_end_of((MONDAY + days * DAY).date(), leader, MONDAY + 40 * DAY))
        for days in (6, 8, 12, 16)
    ]  # fmt: skip
    assert found == [False, True, False, True]


def test_a_question_asked_at_the_very_limit_stops_the_clock_in_time(the_north, north, leader):
    case, by = submit(the_north).case, Staff(north)
    workflow.accept(case, by=by, at=MONDAY)
    due = case.due_at
    workflow.ask(case, by=by, text="是哪一盏？", at=due)
    workflow.reply(case, by=by, text="门口那盏", at=due + 2 * DAY)
    assert case.due_at == due + 2 * DAY
    found = [bool(overdue_at_the_end_of((due + days * DAY).date(), leader, MONDAY + 40 * DAY)) for days in (1, 2)]
    assert found == [False, True]


def midnights(since, until):
    at = timezone.localtime(since).replace(hour=0, minute=0) + DAY
    while at <= until:
        yield at
        at += DAY


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_past_is_as_it_was_seen(the_north, the_south, leader, data):
    with transaction.atomic():
        world = make_world(the_north, the_south)
        cases, seen = [world.submit(), world.submit()], {}
        for _step in range(data.draw(st.integers(3, 25))):
            before = world.now
            case = data.draw(st.sampled_from(cases))
            # Whoever looks between two steps sees what stands before the second one.
            states = {each.pk: ServiceRequest.objects.get(pk=each.pk) for each in cases}
            world.wander(data.draw, case)
            for midnight in midnights(before, world.now):
                seen[midnight] = {pk for pk, each in states.items() if late_at(each, midnight)}
            case.refresh_from_db()
        now = world.now + timedelta(days=1)
        corrections = Q(verb=Verb.AMEND, data__has_key="time_limit") | Q(verb=Verb.DECIDE_EXTENSION, data__granted=True)
        corrected = {each.pk for each in cases if each.events.filter(corrections).exists()}
        rejected = {each.pk for each in cases if ServiceRequest.objects.get(pk=each.pk).state == State.REJECTED}
        # Hundreds of days pass; a few of them tell as much.
        days = st.lists(st.sampled_from(sorted(seen)), min_size=1, max_size=8, unique=True) if seen else st.just([])
        for midnight in data.draw(days):
            expected = seen[midnight]
            found = overdue_at_the_end_of(timezone.localdate(midnight - HOUR), leader, now)
            # A correction holds from the beginning, as does more time that was granted late; a rejected case is in no
            # figure.
            assert found - corrected == expected - corrected - rejected, midnight
        transaction.set_rollback(True)


STILL_OPEN = {
    "submitted", "accepted", "dispatched", "in_progress", "waiting", "deliberating", "referred", "in_project",
}  # fmt: skip


def late_at(case, moment):
    """Read off the row as it stood, without a database."""
    if case.state not in STILL_OPEN or case.due_at is None:
        return False
    return case.due_at < (case.waiting_since if case.state in PAUSED_STATES else moment) and case.due_at < moment


def test_nothing_is_overdue_in_a_period_that_has_not_begun(the_north, north, leader):
    workflow.accept(submit(the_north).case, by=Staff(north), at=MONDAY)
    late = MONDAY + 40 * DAY
    assert overdue_at_the_end_of(late.date(), leader, late)
    assert not overdue_at_the_end_of((late + 3 * DAY).date(), leader, late)
