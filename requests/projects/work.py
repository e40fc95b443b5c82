"""The work of a project: people, milestones, gate checks, targets."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.models import StoredFile, User
from requests.models import (
    GateCheck,
    Milestone,
    ProjectMember,
    ProjectPhoto,
    ProjectTarget,
    ServiceProject,
)
from requests.project_types import Gate, MemberRole, PhotoStage, ProjectVerb
from requests.projects.parts import refuse_day
from requests.projects.step import mine, step
from volunteers.guards import refuse, save


def add_member(
    project: ServiceProject, *, by: User, name: str, standing: str, role: str = MemberRole.MEMBER,
    at: datetime | None = None,
) -> ServiceProject:  # fmt: skip
    """Name who works on it, or watches over it."""
    with step(project, ProjectVerb.ADD_MEMBER, by=by, at=at) as now:
        save(ProjectMember(project=now.project, name=name, role=role, standing=standing))
        now.about = str(MemberRole(role).label)
    return project


def set_milestone(
    project: ServiceProject, *, by: User, title: str, due_on: date, at: datetime | None = None
) -> ServiceProject:
    with step(project, ProjectVerb.SET_MILESTONE, by=by, about=title, at=at) as now:
        refuse_day(now.project, due_on)
        save(Milestone(project=now.project, title=title, due_on=due_on))
    return project


def reach_milestone(
    project: ServiceProject, *, by: User, milestone: Milestone, text: str = "", at: datetime | None = None
) -> ServiceProject:
    """It is reached, also one that was explained before."""
    with step(project, ProjectVerb.REACH_MILESTONE, by=by, text=text, about=milestone.title, at=at) as now:
        found = mine(now.project, milestone, "milestone")
        if found.done_at is not None:
            refuse("milestone", _("This milestone has been reached already."))
        found.done_at, found.explanation = now.at, ""
        save(found, fields=["done_at", "explanation"])
    return project


def explain_milestone(
    project: ServiceProject, *, by: User, milestone: Milestone, text: str, at: datetime | None = None
) -> ServiceProject:
    """It will not be reached, and this is why."""
    verb = ProjectVerb.EXPLAIN_MILESTONE
    with step(project, verb, by=by, text=text, needs_text=True, about=milestone.title, at=at) as now:
        found = mine(now.project, milestone, "milestone")
        if found.done_at is not None:
            refuse("milestone", _("This milestone has been reached already."))
        if len(now.text) > Milestone._meta.get_field("explanation").max_length:
            refuse("text", _("At most 200 characters."))
        found.explanation = now.text
        save(found, fields=["explanation"])
    return project


def check_gate(
    project: ServiceProject,
    *,
    by: User,
    gate: str,
    supervisor: ProjectMember,
    passed: bool,
    text: str = "",
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> ServiceProject:
    """过关: what a supervisor found. One that was not passed has to be passed by a later check."""
    with step(project, ProjectVerb.CHECK_GATE, by=by, text=text, needs_text=not passed, at=at) as now:
        who = mine(now.project, supervisor, "supervisor")
        if who.role != MemberRole.SUPERVISOR:
            refuse("supervisor", _("Only a supervisor of the project checks its gates."))
        made = GateCheck(project=now.project, gate=gate, supervisor=who, passed=passed, text=now.text, at=now.at)
        save(made)
        ProjectPhoto.objects.bulk_create(
            ProjectPhoto(
                project=now.project, file=file, stage=PhotoStage.GATE, check_made=made, added_by=by, added_at=now.at
            )
            for file in files
        )
        outcome = _("passed") if passed else _("not passed")
        now.about = f"{Gate(gate).label}：{outcome}"
    return project


def set_target(
    project: ServiceProject,
    *,
    by: User,
    name: str,
    target: Decimal,
    unit: str,
    stage: str = "",
    at: datetime | None = None,
) -> ServiceProject:
    """What it is measured by, in the unit of the matter, with decimals."""
    with step(project, ProjectVerb.SET_TARGET, by=by, about=f"{name} {humanize.quantity(target)} {unit}", at=at) as now:
        save(ProjectTarget(project=now.project, name=name, stage=stage, target=target, unit=unit))
    return project


def report_target(
    project: ServiceProject, *, by: User, target: ProjectTarget, reached: Decimal, is_sure: bool = False,
    at: datetime | None = None,
) -> ServiceProject:  # fmt: skip
    """How much is reached in all by now. More than the target, or less than before, is a slip of the hand unless it is
    said that it is so: somebody counted again."""
    with step(project, ProjectVerb.REPORT_TARGET, by=by, at=at) as now:
        found = mine(now.project, target, "target")
        if not is_sure and (reached > found.target or reached < found.reached):
            refuse("reached", _odd(found, reached))
        found.reached = reached
        save(found, fields=["reached"])
        now.about = f"{found.name} {humanize.quantity(reached)} / {humanize.quantity(found.target)} {found.unit}"
    return project


def _odd(target: ProjectTarget, reached: Decimal) -> str:
    words = {"reached": humanize.quantity(reached), "unit": target.unit}
    if reached > target.target:
        words["of"] = humanize.quantity(target.target)
        return _("%(reached)s is more than the target of %(of)s %(unit)s. If it is right, tick that it is.") % words
    words["of"] = humanize.quantity(target.reached)
    return _("%(of)s %(unit)s were reported before; %(reached)s is less. If it is right, tick that it is.") % words
