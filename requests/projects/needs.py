"""The needs of a project: put in, taken out, resolved; and what is claimed of resources for it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.errors import DomainError
from portal.core.models import StoredFile, User
from requests import workflow
from requests.models import Claim, Resource, ServiceProject, ServiceRequest
from requests.project_types import NeedOutcome, ProjectVerb
from requests.projects.step import Step, step
from requests.workflow import Staff
from requests.workflow.claims import hold_amount
from volunteers.guards import refuse


def add_needs(
    project: ServiceProject, *, by: User, cases: Iterable[ServiceRequest], at: datetime | None = None
) -> ServiceProject:
    """列入项目: cases that one dispatches, all of them or none."""
    cases = list(cases)
    with step(project, ProjectVerb.ADD_NEEDS, by=by, about=_numbers(cases), at=at) as now:
        if not cases:
            refuse("cases", _("Please name a case."))
        adopt_all(now.project, cases, by=by, at=now.at)
    return project


def take_out(
    project: ServiceProject, *, by: User, case: ServiceRequest, text: str, at: datetime | None = None
) -> ServiceProject:
    """移出项目: the case goes back to be dispatched, and whoever asked reads why."""
    with step(project, ProjectVerb.TAKE_OUT, by=by, text=text, needs_text=True, about=case.number, at=at) as now:
        workflow.leave_project(_held(now, case), by=Staff(by), text=now.text, is_told=True, at=now.at)
    return project


def answer_need(
    project: ServiceProject,
    *,
    by: User,
    case: ServiceRequest,
    text: str,
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> ServiceProject:
    """办结 one need ahead of the others."""
    with step(project, ProjectVerb.ANSWER_NEED, by=by, text=text, needs_text=True, about=case.number, at=at) as now:
        workflow.finish(_held(now, case), by=Staff(by), text=now.text, files=files, is_told=True, at=now.at)
    return project


def claim(
    project: ServiceProject, *, by: User, resource: Resource, amount: Decimal, at: datetime | None = None
) -> ServiceProject:
    """认领资源 for the project, of what is left of it."""
    with step(project, ProjectVerb.CLAIM, by=by, at=at) as now:
        found = hold_amount(resource, amount=amount, by=by)
        Claim.objects.create(resource=found, project=now.project, amount=amount, claimed_at=now.at, claimed_by=by)
        now.about = f"{found.name} {humanize.quantity(amount)} {found.unit}"
    return project


def adopt_all(project: ServiceProject, cases: Iterable[ServiceRequest], *, by: User, at: datetime) -> None:
    # In one order: two who put the same cases into two projects do not wait for each other.
    for case in sorted(cases, key=lambda each: each.pk):
        try:
            workflow.adopt(case, by=Staff(by), project=project, is_told=True, at=at)
        except DomainError as error:
            # Of several that were named, which one.
            error.message = _("%(number)s: %(why)s") % {"number": case.number, "why": error}
            error.fields = {"cases": [error.message]}
            raise


def answer_all(now: Step, *, text: str, files: Sequence[StoredFile] = ()) -> None:
    for case in _cases(now.project):
        workflow.finish(case, by=Staff(now.by), text=text, files=files, is_told=True, at=now.at)


def tell_new_end(now: Step) -> None:
    """Whoever asked reads by when it is planned now."""
    for case in _cases(now.project):
        workflow.replan(case, by=Staff(now.by), planned_end=now.project.planned_end, at=now.at)


def release_all_needs(now: Step, *, text: str) -> None:
    for case in _cases(now.project):
        workflow.leave_project(case, by=Staff(now.by), text=text, is_told=True, at=now.at)


def _cases(project: ServiceProject) -> Iterable[ServiceRequest]:
    held = ServiceRequest.objects.filter(project_needs__in=project.needs.open()).order_by("pk")
    return held.defer("search", "description")


def _held(now: Step, case: ServiceRequest) -> ServiceRequest:
    found = ServiceRequest.objects.filter(
        project_needs__project=now.project, project_needs__outcome=NeedOutcome.OPEN, pk=case.pk
    ).first()
    if found is None:
        refuse("case", _("This case is not in the project."))
    return found


def _numbers(cases: Iterable[ServiceRequest]) -> str:
    return "、".join(case.number for case in cases)
