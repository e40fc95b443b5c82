"""What a project consists of, corrected or taken away. Nothing is that something else rests on: a milestone that is
reached, money that is spent, a supervisor who has checked a gate."""

from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.models import User
from requests.models import BudgetLine, Milestone, ProjectMember, ProjectTarget, ServiceProject
from requests.project_types import MemberRole, PartKind, ProjectState, ProjectVerb
from requests.projects.step import Step, step
from volunteers.guards import refuse, save

COLUMNS: dict[str, tuple[str, ...]] = {
    PartKind.MILESTONES: ("title", "due_on"),
    PartKind.TARGETS: ("name", "stage", "target", "unit"),
    PartKind.BUDGET: ("title", "source", "amount"),
    PartKind.MEMBERS: ("name", "role", "standing"),
}


def correct(
    project: ServiceProject, *, by: User, kind: str, part: int, text: str = "", at: datetime | None = None,
    **values: Any,
) -> ServiceProject:  # fmt: skip
    """Say a milestone, target, budget line or person otherwise."""
    with step(project, ProjectVerb.CORRECT, by=by, text=text, at=at) as now:
        found = _part(now, kind, part)
        before = _said(found)
        for name, value in values.items():
            if name not in COLUMNS[kind]:
                refuse(name, _("“%(kind)s” does not have this.") % {"kind": PartKind(kind).label})
            setattr(found, name, value)
        _refuse_settled(found)
        if isinstance(found, Milestone):
            refuse_day(now.project, found.due_on)
        if isinstance(found, ProjectMember) and found.role != MemberRole.SUPERVISOR and found.checks.exists():
            refuse("role", _("This supervisor has checked gates, and stays one."))
        save(found)
        after = _said(found)
        now.about = after if after == before else f"{before} → {after}"
    return project


def remove(
    project: ServiceProject, *, by: User, kind: str, part: int, text: str = "", at: datetime | None = None
) -> ServiceProject:
    """Take one away that was put down by mistake; once it was decided to do the project, with the reason."""
    with step(project, ProjectVerb.REMOVE, by=by, text=text, at=at) as now:
        if now.project.state != ProjectState.DRAFT and not now.text:
            refuse("text", _("Please write a few words."))
        found = _part(now, kind, part)
        _refuse_settled(found)
        if isinstance(found, ProjectTarget) and found.reached:
            refuse("part", _("Something was reported of this target already: it stays."))
        if isinstance(found, BudgetLine) and found.spent:
            refuse("part", _("Something of this line is spent already: it stays."))
        if isinstance(found, ProjectMember) and found.checks.exists():
            refuse("part", _("This supervisor has checked gates, and stays one."))
        now.about = _said(found)
        found.delete()
    return project


def refuse_day(project: ServiceProject, due_on: date) -> None:
    """A milestone lies within the time that is planned."""
    if due_on > project.planned_end:
        refuse("due_on", _("The project is planned to end before that day."))
    if due_on < project.planned_start:
        refuse("due_on", _("The project is planned to begin after that day."))


def _part(now: Step, kind: str, pk: int) -> Any:
    """One of this project's, locked; of another one it is not there."""
    rows = getattr(now.project, kind).select_for_update(of=("self",)) if kind in COLUMNS else None
    found = rows.filter(pk=pk).first() if rows is not None else None
    if found is None:
        refuse("part", _("This is not a part of the project."))
    return found


def _refuse_settled(part: Model) -> None:
    if isinstance(part, Milestone) and part.done_at is not None:
        refuse("part", _("This milestone has been reached already."))


def _said(part: Any) -> str:
    """In the words of the timeline, which names nobody."""
    if isinstance(part, ProjectMember):
        return str(MemberRole(part.role).label)
    if isinstance(part, Milestone):
        return f"{part.title} {part.due_on:%Y-%m-%d}"
    if isinstance(part, ProjectTarget):
        return f"{part.name} {humanize.quantity(part.target)} {part.unit}"
    return f"{part.title} {humanize.amount(part.amount)}"
