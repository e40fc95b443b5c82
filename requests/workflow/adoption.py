"""列入项目: a matter that one order cannot solve is done by a project, which has a time plan of its own.

While it is in the project its clocks stand still, and those who asked read by when the project is planned to be done.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.models import StoredFile
from requests.models import ProjectNeed, ServiceProject, ServiceRequest
from requests.project_types import LIVE_STATES, NeedOutcome
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
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """列入项目 that one runs and that is not over. Whoever held the case holds it no more."""
    with step(case, Verb.ADOPT, by=by, version=version, text=text, at=at) as now:
        # Locked until this step is done: nobody ends the project in between.
        live = ServiceProject.objects.select_for_update(of=("self",)).run_by(by.user).filter(pk=project.pk).first()
        if live is None:
            message = _("This project is not one of yours.")
            raise DomainError("outside_your_area", message, status=403, fields={"project": [message]})
        if live.state not in LIVE_STATES:
            message = _("“%(name)s” is over: nothing can be put into it.") % {"name": live}
            raise Conflict(message, code="not_possible_now", fields={"project": [message]})
        held = now.case.current_dispatch
        if held is not None and held.is_held:
            offers.end(held, DispatchOutcome.ENDED, at=now.at)
        ProjectNeed.objects.create(project=live, request=now.case, added_at=now.at)
        now.data |= {"project": live.name, "number": live.number, "planned_end": live.planned_end.isoformat()}
        now.set(state=State.IN_PROJECT, waiting_since=now.at, current_dispatch=None, dispatch_due_at=None)
    return case


def finish(
    case: ServiceRequest,
    *,
    by: By,
    text: str,
    version: int | None = None,
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> ServiceRequest:
    """办结 by the project, with what came of it for those who asked to read."""
    with step(case, Verb.FINISH, by=by, version=version, text=text, text_required=True, files=files, at=at) as now:
        _out_of_project(now, NeedOutcome.RESOLVED)
        resolved(now, ground=ResolveGround.PROJECT)
    return case


def leave_project(
    case: ServiceRequest, *, by: By, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """移出项目: the project does not do it. The case waits to be dispatched, and its clocks go on; the resident reads
    why."""
    with step(case, Verb.LEAVE_PROJECT, by=by, version=version, text=text, text_required=True, at=at) as now:
        _out_of_project(now, NeedOutcome.RELEASED)
        offers.back_to_dispatcher(now)
    return case


def _out_of_project(now: Step, outcome: str) -> None:
    need = now.case.project_needs.open().select_related("project").get()
    now.data |= {"project": need.project.name, "number": need.project.number}
    now.case.project_needs.open().end(outcome, at=now.at)
    offers.stop_waiting(now)
