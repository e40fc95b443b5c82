"""列入项目: a matter that one order cannot solve is done by a project, which has a time plan of its own.

While it is in the project its clocks stand still, and those who asked read by when the project is planned to be done.
Each step writes a line of the project's timeline, too, unless a step of the project itself tells of it (`is_told`).
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.models import StoredFile
from requests.models import ProjectEvent, ProjectNeed, ServiceProject, ServiceRequest
from requests.project_types import LIVE_STATES, SHAPED_STATES, NeedOutcome, ProjectVerb
from requests.types import DispatchOutcome, ResolveGround, State, Verb
from requests.workflow import offers
from requests.workflow.actors import By
from requests.workflow.handling import resolved
from requests.workflow.step import Step, step


def adopt(
    case: ServiceRequest,
    *,
    by: By,
    project: ServiceProject,
    text: str = "",
    is_told: bool = False,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """列入项目 that one runs and that is not over. Whoever held the case holds it no more."""
    with step(case, Verb.ADOPT, by=by, version=version, text=text, at=at) as now:
        put_into(now, project, is_told=is_told)
    return case


def put_into(now: Step, project: ServiceProject, *, is_told: bool = False) -> None:
    # Locked until this step is done: nobody ends the project in between.
    live = ServiceProject.objects.select_for_update(of=("self",)).run_by(now.by.user).filter(pk=project.pk).first()
    if live is None:
        message = _("This project is not one of yours.")
        raise DomainError("outside_your_area", message, status=403, fields={"project": [message]})
    if live.state not in LIVE_STATES:
        message = _("“%(name)s” is over: nothing can be put into it.") % {"name": live}
        raise Conflict(message, code="not_possible_now", fields={"project": [message]})
    if live.state not in SHAPED_STATES:
        message = _("A leader decides about “%(name)s” now: until then nothing can be put into it.") % {"name": live}
        raise Conflict(message, code="not_possible_now", fields={"project": [message]})
    held = now.case.current_dispatch
    if held is not None and held.is_held:
        offers.end(held, DispatchOutcome.ENDED, at=now.at)
    ProjectNeed.objects.create(project=live, request=now.case, added_at=now.at)
    now.data |= {"project": live.name, "number": live.number, "planned_end": live.planned_end.isoformat()}
    now.set(state=State.IN_PROJECT, waiting_since=now.at, current_dispatch=None, dispatch_due_at=None)
    if not is_told:
        _tell(now, live, ProjectVerb.ADD_NEEDS)


def finish(
    case: ServiceRequest,
    *,
    by: By,
    text: str,
    is_told: bool = False,
    version: int | None = None,
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> ServiceRequest:
    """办结 by the project, with what came of it for those who asked to read."""
    with step(case, Verb.FINISH, by=by, version=version, text=text, text_required=True, files=files, at=at) as now:
        _out_of_project(now, NeedOutcome.RESOLVED, told_by=None if is_told else ProjectVerb.ANSWER_NEED)
        resolved(now, ground=ResolveGround.PROJECT)
    return case


def leave_project(
    case: ServiceRequest, *, by: By, text: str, is_told: bool = False, version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:  # fmt: skip
    """移出项目: the project does not do it. The case waits to be dispatched, and its clocks go on; the resident reads
    why."""
    with step(case, Verb.LEAVE_PROJECT, by=by, version=version, text=text, text_required=True, at=at) as now:
        _out_of_project(now, NeedOutcome.RELEASED, told_by=None if is_told else ProjectVerb.TAKE_OUT)
        offers.back_to_dispatcher(now)
    return case


def replan(case: ServiceRequest, *, by: By, planned_end: date, at: datetime | None = None) -> ServiceRequest:
    """The project that the case is in is planned to be done on another day."""
    with step(case, Verb.REPLAN, by=by, at=at) as now:
        project = ServiceProject.objects.holding(now.case).get()
        now.data |= {"project": project.name, "number": project.number, "planned_end": planned_end.isoformat()}
    return case


def _out_of_project(now: Step, outcome: str, *, told_by: ProjectVerb | None) -> None:
    need = now.case.project_needs.open().select_related("project").get()
    now.data |= {"project": need.project.name, "number": need.project.number}
    now.case.project_needs.open().end(outcome, at=now.at)
    offers.stop_waiting(now)
    if told_by is not None:
        _tell(now, need.project, told_by)


def _tell(now: Step, project: ServiceProject, verb: ProjectVerb) -> None:
    ProjectEvent.objects.create(
        project=project, at=now.at, verb=verb, from_state=project.state, to_state=project.state, user=now.by.user,
        text=now.text, about=now.case.number,
    )  # fmt: skip
