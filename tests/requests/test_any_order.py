"""No order of steps, by anybody, at any time, brings a case into a shape that the workflow does not know."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portal.reports import figures
from portal.reports.definitions import Span
from portal.reports.periods import Period
from portal.reports.places import Place
from requests.clocks import clocks_of
from requests.models import Dispatch, ServiceRequest
from requests.reckoning import accounts_of
from requests.types import HELD, PASSING_STATES, PAUSED_STATES, DispatchOutcome, LimitStep, State, Verb
from requests.workflow.departments import to_rate
from requests.workflow.table import BY_STATE
from tests.requests.wandering import World, make_world

S = State
ENDED = (S.CLOSED, S.REJECTED, S.WITHDRAWN)
# The same cases in every run: what fails here fails for everybody.
SAME = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    # Without shrinking: a step costs a few statements, and the sequence that failed is read as it is.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class _Undo(Exception):
    pass


@pytest.fixture
def world(the_north, the_south):
    return make_world(the_north, the_south)


def holder_fits(case: ServiceRequest) -> bool:
    """Whether the offer that the case points to is in the shape that its state says."""
    offer = case.current_dispatch
    state = case.waiting_from if case.state in PASSING_STATES else case.state
    if state == S.DISPATCHED:
        return offer is not None and offer.outcome == DispatchOutcome.OFFERED
    if state == S.IN_PROGRESS:
        return offer is not None and offer.outcome == DispatchOutcome.TAKEN
    if state in (S.SUBMITTED, S.ACCEPTED, S.REJECTED):
        return offer is None
    return offer is None or not offer.is_held


def check(case: ServiceRequest, before: ServiceRequest, verb: str) -> None:
    """What must hold of a case after whatever was done or refused."""
    held = Dispatch.objects.filter(request=case, outcome__in=HELD)
    assert holder_fits(case)
    assert [offer.pk for offer in held] == ([case.current_dispatch_id] if holds(case) else [])
    stands = {case.state, case.left_from if case.state == S.WITHDRAWN else ""}
    assert (case.waiting_due_at is not None) == bool(case.waiting_from) == bool(stands & {*PASSING_STATES})
    assert (case.waiting_since is not None) == bool(stands & {*PAUSED_STATES})
    assert case.project_needs.open().count() == (case.state == S.IN_PROJECT)
    assert (case.ended_at is not None) == (case.state in ENDED)
    assert bool(case.left_from) == (case.state == S.WITHDRAWN)

    events = list(case.events.order_by("id"))
    assert [event.version for event in events] == list(range(1, case.version + 1))
    assert events[0].verb == Verb.SUBMIT
    assert [event.from_state for event in events[1:]] == [event.to_state for event in events[:-1]]
    assert events[-1].to_state == case.state

    on_agenda = case.state == S.DELIBERATING or case.left_from == S.DELIBERATING
    assert case.tablings.filter(ended_at=None).count() == on_agenda
    check_reckoning(case, events)
    if before.finished_at is not None:
        assert (case.finished_at, case.finish_due_at) == (before.finished_at, before.finish_due_at)
    if before.dispatched_at is not None:
        assert case.dispatched_at == before.dispatched_at
    assert (case.finished_at is None) == (case.resolved_at is None)
    assert case.finished_at is None or case.submitted_at <= case.finished_at <= case.resolved_at
    if case.state in (S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS, S.RESOLVED, S.CLOSED):
        assert case.accepted_at is not None and case.due_at is not None
    if case.state in (S.DISPATCHED, S.IN_PROGRESS, S.RESOLVED, S.CLOSED):
        assert case.dispatch_due_at is None
    pending = case.approvals.filter(kind="extension", outcome="pending")
    assert pending.count() == (case.extension_until is not None)
    if case.extension_until is not None:
        assert case.state in (S.IN_PROGRESS, S.WAITING)
        assert case.extension_until > case.due_at
    assert before.supervision_level <= case.supervision_level <= before.supervision_level + 1
    check_others(case)
    if case.call_back_due_at is not None:
        assert case.state == S.RESOLVED
    assert case.transfer_count == sum(event.verb == Verb.TRANSFER for event in events)
    assert case.redo_count == sum(
        event.from_state in (S.RESOLVED, S.CLOSED) and event.to_state in (S.DISPATCHED, S.ACCEPTED) for event in events
    )

    if case.version != before.version:
        assert case.version == before.version + 1
        # A reply that is held back is handed in instead.
        rule = BY_STATE[before.state][events[-1].verb]
        assert events[-1].verb in (verb, Verb.HAND_IN)
        assert case.state == before.state if rule.to is None else case.state in rule.to
    else:
        changed = [
            field.attname
            for field in ServiceRequest._meta.concrete_fields
            if field.name != "search" and getattr(case, field.attname) != getattr(before, field.attname)
        ]
        assert changed == []


def check_others(case: ServiceRequest) -> None:
    """No part of the work outlives the work, and nobody waits for a decision that nobody can take."""
    parts = list(case.assists.open())
    assert len(parts) == case.open_assists
    assert not parts or holds(case)
    assert all(part.dispatch_id == case.current_dispatch_id for part in parts)
    assert case.current_dispatch is None or case.current_dispatch.organization_id not in [
        part.organization_id for part in parts
    ]
    replies = case.approvals.filter(kind="reply", outcome="pending")
    assert replies.count() == case.reply_held
    whistles = case.approvals.filter(kind="whistle", outcome="pending")
    assert whistles.count() == case.whistle_asked
    assert (case.whistled_at is not None) == case.approvals.filter(kind="whistle", outcome="granted").exists()
    left = len(to_rate(case)) if case.state in (S.RESOLVED, S.CLOSED) else 0
    assert case.departments_to_rate == left


def check_reckoning(case: ServiceRequest, events: list) -> None:
    """The clocks that the page explains come to the due times that the steps have set."""
    accounts = accounts_of(case, events)
    check_finished(case, accounts)
    if any(event.verb == Verb.AMEND for event in events) or case.state in (*PAUSED_STATES, S.WITHDRAWN):
        # A correction reckons from the beginning; a pause moves the due time when it ends.
        return
    placing = LimitStep.DISPATCH if case.accepted_at else LimitStep.ACKNOWLEDGE
    if case.dispatch_due_at is not None:
        assert accounts[placing].due_at == case.dispatch_due_at
    for step, due_at in [(LimitStep.RESOLVE, case.due_at), (LimitStep.CONTACT, case.contact_due_at)]:
        assert (accounts[step].due_at if step in accounts else None) == due_at, step


def check_finished(case: ServiceRequest, accounts: dict) -> None:
    """What is done has its clock to the end, with when it was done."""
    contact, last = accounts.get(LimitStep.CONTACT), case.dispatches.order_by("-id").first()
    assert (contact.done_at if contact else None) == case.contacted_at
    if case.accepted_at is not None:
        assert accounts[LimitStep.ACKNOWLEDGE].done_at == case.accepted_at
    if case.dispatched_at is not None:
        assert accounts[LimitStep.DISPATCH].all_rounds[0].done_at == case.dispatched_at
    if last is not None and last.taken_at is not None:
        assert accounts[LimitStep.ACCEPT].done_at == last.taken_at
    if case.finished_at is not None:
        first = accounts[LimitStep.RESOLVE].all_rounds[0]
        assert case.finished_at <= first.done_at
    shown = {clock.step for clock in clocks_of(case, list(case.events.order_by("id")))}
    assert shown >= {step for step, account in accounts.items() if account.done_at is not None}


def check_figures(case: ServiceRequest, world: World) -> None:
    """The report counts from columns what the timeline tells step by step."""
    span = Span(Period.between(date(2026, 1, 1), date(2030, 12, 31)), world.now + timedelta(minutes=1))
    counted = figures.summarize(Place(everywhere=True), span).total.counts
    events = list(case.events.order_by("id"))

    def steps(*verbs: str) -> int:
        return sum(event.verb in verbs for event in events)

    if case.state == S.REJECTED:
        assert {code: number for code, number in counted.items() if number} == {"rejected": 1}
        return
    told = {
        "received": 1,
        "accepted": int(case.accepted_at is not None),
        "dispatched": sum("dispatch" in event.data for event in events),
        "finished": int(any(event.to_state == S.RESOLVED for event in events)),
        "closed": int(case.state == S.CLOSED),
        "withdrawn": int(case.state == S.WITHDRAWN),
        "whistles": steps(Verb.WHISTLE),
        "whistles_answered": came_by_whistle(events),
    }
    if case.state != S.WITHDRAWN:
        told |= {
            "returned": steps(Verb.SEND_BACK),
            "expired": sum(event.verb == Verb.EXPIRE and event.from_state == S.DISPATCHED for event in events),
            "redos": case.redo_count,
            "redone": int(case.redo_count > 0),
            "rated": int(steps(Verb.RATE) > 0),
            "departments_rated": sum(len(event.data.get("ratings", [])) for event in events),
            "answered": int(any(event.data.get("solved") is not None for event in events)),
        }
    assert {code: counted[code] for code in told} == told


def came_by_whistle(events: list) -> int:
    """How often a department took the case, or one to which it was handed on, after a whistle was granted."""
    came, is_called = 0, False
    for event in events:
        if event.verb == Verb.DECIDE_WHISTLE and event.data["granted"]:
            is_called = True
        elif event.verb == Verb.TAKE:
            came, is_called = came + is_called, False
        elif event.to_state in (S.ACCEPTED, S.MERGED):
            is_called = False
    return came


def holds(case: ServiceRequest) -> bool:
    return case.state in (S.DISPATCHED, S.IN_PROGRESS) or (
        case.state in PASSING_STATES and case.waiting_from == S.IN_PROGRESS
    )


def read(pk: int) -> ServiceRequest:
    return ServiceRequest.objects.select_related("current_dispatch").get(pk=pk)


@pytest.mark.slow
@given(data=st.data())
@SAME
def test_no_sequence_of_steps_breaks_a_case(world: World, data):
    start, residents = world.now, dict(world.residents)
    try:
        with transaction.atomic():
            pk = world.submit().pk
            for _step in range(data.draw(st.integers(8, 30))):
                before = read(pk)
                verb, refusal = world.wander(data.draw, read(pk))
                after = read(pk)
                assert (after.version == before.version) == (refusal is not None)
                check(after, before, verb)
            check_figures(read(pk), world)
            connection.check_constraints()
            raise _Undo
    except _Undo:
        pass
    finally:
        world.now, world.residents = start, residents
