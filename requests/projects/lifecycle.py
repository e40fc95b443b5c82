"""From draft to result: drafted, applied for, reviewed, started, finished or stopped."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError
from portal.core.history import acting_as
from portal.core.models import Region, StoredFile, User
from requests.claims import release_all
from requests.models import Claim, ProjectPhoto, ServiceProject, ServiceRequest
from requests.models.projects import WRITE
from requests.project_drafts import draft, known, refuse_elsewhere, refuse_past_end
from requests.project_types import BUILT, Gate, PhotoStage, ProjectKind, ProjectState, ProjectVerb, StopGround
from requests.projects.needs import adopt_all, answer_all, release_all_needs, tell_new_end
from requests.projects.step import Step, step
from volunteers.guards import refuse, refuse_outside


def create(
    *, by: User, region: Region, cases: Iterable[ServiceRequest] = (), at: datetime | None = None, **details: Any
) -> ServiceProject:
    """Draft a project in a region that one looks after, from `cases` that are to be in it."""
    with transaction.atomic(), acting_as(by.pk):
        project = draft(by=by, region=region, at=at or timezone.now(), **details)
        adopt_all(project, cases, by=by, at=project.created_at)
    return project


def change(project: ServiceProject, *, by: User, at: datetime | None = None, **details: Any) -> ServiceProject:
    """Say it otherwise. What was decided on stays: kind and region change in a draft alone."""
    with step(project, ProjectVerb.CHANGE, by=by, at=at) as now:
        if now.project.state != ProjectState.DRAFT:
            for name in ("kind", "region"):
                if name in details and details[name] != getattr(now.project, name):
                    refuse(name, _("It was decided with this: stop the project and draft another one."))
        elif "region" in details and details["region"] != now.project.region:
            refuse_outside(details["region"], by=by, field="region", capability=WRITE)
        until = now.project.planned_end
        now.set(**known(details))
        refuse_elsewhere(now.project)
        if now.project.planned_end != until:
            refuse_past_end(now.project, at=now.at)
            tell_new_end(now)
        if now.project.published_at is not None and not now.project.summary:
            refuse("summary", _("The project is on the public list: it needs a summary."))
    return project


def apply(project: ServiceProject, *, by: User, text: str = "", at: datetime | None = None) -> ServiceProject:
    """申报. Of a secretary's project by the secretary who is to lead it."""
    with step(project, ProjectVerb.APPLY, by=by, text=text, at=at) as now:
        if missing := before_applying(now.project, by=by):
            fields = {name: [sentence] for name, sentence in missing.items()}
            raise DomainError("invalid", next(iter(missing.values())), fields=fields)
        now.set(state=ProjectState.APPLIED, applied_at=now.at, applied_by=by)
    return project


def before_applying(project: ServiceProject, *, by: User) -> dict[str, str]:
    """What keeps `by` from applying for it, by the column to be filled in."""
    missing = {}
    if project.kind == ProjectKind.SECRETARY:
        if project.lead_person_id != by.person_id:
            missing["lead_person"] = _("A secretary's project is applied for by the secretary who leads it.")
    elif project.organization_id is None and project.lead_person_id is None:
        missing["organization"] = _("Say who leads it, a unit or a person, before you apply.")
    if not project.description:
        missing["description"] = _("Say what is to be done before you apply.")
    return missing


def review(
    project: ServiceProject, *, by: User, granted: bool, text: str, at: datetime | None = None
) -> ServiceProject:
    """审核 by a leader of the region who has not applied for it. What is refused lets its needs go, with the reason."""
    with step(project, ProjectVerb.REVIEW, by=by, text=text, needs_text=True, at=at) as now:
        now.set(state=ProjectState.APPROVED if granted else ProjectState.REFUSED, reviewed_at=now.at)
        if not granted:
            release_all_needs(now, text=now.text)
    return project


def start(project: ServiceProject, *, by: User, text: str = "", at: datetime | None = None) -> ServiceProject:
    """开工."""
    with step(project, ProjectVerb.START, by=by, text=text, at=at) as now:
        now.set(state=ProjectState.UNDER_WAY, started_at=now.at)
    return project


def finish(
    project: ServiceProject, *, by: User, text: str, files: Sequence[StoredFile] = (), at: datetime | None = None
) -> ServiceProject:
    """完成, with the result that everybody whose need is in it reads. Each need is resolved in the same transaction."""
    with step(project, ProjectVerb.FINISH, by=by, text=text, needs_text=True, at=at) as now:
        if missing := what_is_missing(now.project):
            raise Conflict(_("It cannot be finished yet: %(what)s.") % {"what": "；".join(missing)}, code="not_done")
        answer_all(now, text=now.text, files=files)
        ProjectPhoto.objects.bulk_create(
            ProjectPhoto(project=now.project, file=file, stage=PhotoStage.AFTER, added_by=by, added_at=now.at)
            for file in files
        )
        now.set(state=ProjectState.FINISHED, finished_at=now.at, result=now.text)
        _dissolve_branch(now)
    return project


def stop(project: ServiceProject, *, by: User, ground: str, text: str, at: datetime | None = None) -> ServiceProject:
    """终止 for one of the grounds. Its needs go back to be dispatched, with the reason, and what it held is free."""
    if ground not in StopGround.values:
        refuse("ground", _("Please choose one of the reasons."))
    with step(project, ProjectVerb.STOP, by=by, text=text, needs_text=True, at=at) as now:
        release_all_needs(now, text=now.text)
        now.about = str(StopGround(ground).label)
        now.set(state=ProjectState.STOPPED, stopped_at=now.at, stop_ground=ground)
        release_all(Claim.objects.filter(project=now.project), by=by, at=now.at)
        _dissolve_branch(now)
    return project


def what_is_missing(project: ServiceProject) -> list[str]:
    """What has to be done before the project can be finished, in words."""
    missing = [
        _("milestone “%(title)s” is neither reached nor explained") % {"title": each.title}
        for each in project.milestones.all()
        if not each.is_settled
    ]
    last = {check.gate: check.passed for check in project.gates.order_by("at", "pk")}
    for gate in gates_of(project):
        if gate not in last:
            missing.append(_("%(gate)s has not been checked") % {"gate": Gate(gate).label})
        elif not last[gate]:
            missing.append(_("%(gate)s was not passed") % {"gate": Gate(gate).label})
    return missing


def gates_of(project: ServiceProject) -> list[str]:
    """The gates that it has to pass: all of what is built, else those at which it was checked."""
    if project.kind in BUILT:
        return list(Gate.values)
    checked = set(project.gates.values_list("gate", flat=True))
    return [gate for gate in Gate.values if gate in checked]


def _dissolve_branch(now: Step) -> None:
    if now.project.branch_name:
        now.set(branch_dissolved_on=timezone.localdate(now.at, timezone=ZONE))
