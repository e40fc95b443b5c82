"""恢复: a case that left the loop comes back to where it was."""

from datetime import datetime

from django.db import transaction

from requests.models import ServiceRequest
from requests.types import PASSING_STATES, DispatchOutcome, State, Verb
from requests.workflow import joining, offers, splitting
from requests.workflow.actors import By
from requests.workflow.step import Step, step

LEAVING = (Verb.WITHDRAW, Verb.MERGE, Verb.SPLIT)


def restore(
    case: ServiceRequest, *, by: By, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """恢复: undo a withdrawal, a merge or a split. The state it had, the offer it had, the clocks moved by the time it
    was away."""
    with transaction.atomic():
        joining.hold(case.pk, *ServiceRequest.objects.filter(pk=case.pk).values_list("merged_into", flat=True))
        with step(case, Verb.RESTORE, by=by, version=version, text=text, text_required=True, at=at) as now:
            if now.case.state == State.MERGED:
                joining.part(now)
            elif now.case.state == State.SPLIT:
                splitting.gather(now)
            _bring_back(now)
    return case


def _bring_back(now: Step) -> None:
    offer, away_since = now.case.current_dispatch, now.case.ended_at
    if offer is not None:
        last = now.case.events.filter(verb__in=LEAVING).order_by("-id").first()
        offer.outcome = last.data.get("outcome", DispatchOutcome.OFFERED)
        offer.ended_at = None
        if offer.outcome == DispatchOutcome.OFFERED:
            offer.accept_due_at = offers.accept_due_after_pause(
                now.case, offer, paused_at=away_since, resumed_at=now.at
            )
        offer.save(update_fields=["outcome", "ended_at", "accept_due_at"])
    if now.case.left_from == State.IN_PROJECT:
        # The project has gone on without it.
        now.data["out_of"] = "project"
        offers.stop_waiting(now)
        offers.back_to_dispatcher(now)
        now.set(left_from="", ended_at=None)
        return
    if now.case.left_from in PASSING_STATES:
        # Its clocks stand still since then; only the time to answer, or to conclude, goes on from here.
        now.set(waiting_due_at=now.case.waiting_due_at + (now.at - away_since))
    else:
        offers.move_clocks(now, paused_at=away_since, resumed_at=now.at)
    now.set(state=now.case.left_from, left_from="", ended_at=None)
