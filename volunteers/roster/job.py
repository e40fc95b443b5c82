"""The job that solves a roster. It alone loads the solver; whoever only asks for a roster does without."""

from collections.abc import Iterable
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Q

from volunteers.models import Roster, RosterLine
from volunteers.roster.plans import outcome, plan
from volunteers.roster.problem import Pair
from volunteers.roster.solver import Stage, solve


def run(roster_id: int, *, seconds: dict[str, float] | None = None) -> Roster:
    """Solve a roster that was asked for. A second run of the same job finds it done."""
    with transaction.atomic():
        roster = Roster.objects.select_for_update(of=("self",)).select_related("station__region").get(pk=roster_id)
        if roster.status not in (Roster.Status.QUEUED, Roster.Status.SOLVING):
            return roster
        roster.status = Roster.Status.SOLVING
        roster.save(update_fields=["status"])
    made = plan(roster)
    result = solve(made.problem, hint=made.start, seconds=seconds, tell=_Teller(roster.pk))
    with transaction.atomic():
        roster = Roster.objects.select_for_update().get(pk=roster_id)
        if roster.status != Roster.Status.SOLVING:
            return roster
        roster.lines.exclude(is_pinned=True).delete()
        kept = set(roster.lines.values_list("volunteer_id", "shift_id"))
        RosterLine.objects.bulk_create(
            RosterLine(roster=roster, volunteer_id=who, shift_id=shift) for who, shift in sorted(result.roster - kept)
        )
        roster.status = Roster.Status.CANCELLED if roster.asked_to_stop else Roster.Status.DRAFT
        stages = [_stage(each) for each in result.stages]
        roster.outcome = {**outcome(made, result.roster, result.gaps), "stages": stages}
        roster.save(update_fields=["status", "outcome"])
    return roster


def _stage(stage: Stage) -> dict[str, Any]:
    return {"name": stage.name, "value": stage.value, "proven": stage.is_proven, "seconds": round(stage.seconds, 1)}


class _Teller:
    """Says on the roster's row how far the solver is, and hears from it whether to go on; once a second at most."""

    def __init__(self, roster_id: int) -> None:
        self.roster_id, self.last, self.answer = roster_id, 0.0, True

    def __call__(self, stage: str, roster: Iterable[Pair]) -> bool:
        if monotonic() - self.last >= 1:
            self.last = monotonic()
            rows = Roster.objects.filter(pk=self.roster_id)
            rows.update(progress={"stage": stage, "places": len(set(roster))})
            self.answer = not rows.filter(Q(asked_to_stop=True) | ~Q(status=Roster.Status.SOLVING)).exists()
        return self.answer


def fail(roster_id: int) -> None:
    """Say that the job broke off; whoever asked may have the roster solved again."""
    Roster.objects.filter(pk=roster_id, status=Roster.Status.SOLVING).update(status=Roster.Status.FAILED)
