"""Who is told of the steps of projects: residents whose need is put into one or taken out, leaders, applicants."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from portal.core.models import Membership, Person
from portal.core.models.regions import codes_on
from portal.core.notifications.kinds import Channel, Kind, Text, register
from portal.core.notifications.outbox import notify
from portal.core.permissions import Role
from requests.models import ServiceProject
from requests.notices import CASES, EVENT, NUMBER, RESIDENTS, SMS_ALONE, tell_resident
from requests.notices import READ as READ_CASES
from requests.project_types import ProjectState, ProjectVerb
from requests.projects.step import Step as ProjectStep
from requests.projects.step import after_project_step
from requests.types import State, Verb
from requests.workflow.step import Step, after_step

READ = "projects:read"
PROJECT = {"number": "XM000012", "project": "28区篮球场微改造"}


def _resident_kind(name: str, label: str, text: str, event_label: str, **sample: str) -> Kind:
    return register(
        Kind(
            name=name, label=label, group=RESIDENTS.name, texts={Channel.SMS: Text(text)}, by_default=SMS_ALONE,
            sample={**NUMBER, "address": "https://xiaozhan.example/track/", **sample}, event=EVENT,
            event_label=event_label, needs=READ_CASES,
        )
    )  # fmt: skip


ADOPTED = _resident_kind(
    "case_adopted",
    gettext_lazy("To the resident: put into a project"),
    gettext_lazy(
        "Your matter {number} is dealt with by the project “{project}”, planned to be done by {until}. See where it"
        " stands at {address} with the code of your receipt."
    ),
    gettext_lazy("A case is put into a project"),
    project="28区篮球场微改造",
    until="2026年6月30日",
)
REPLANNED = _resident_kind(
    "case_replanned",
    gettext_lazy("To the resident: the project has another date"),
    gettext_lazy(
        "The project “{project}”, which deals with your matter {number}, is now planned to be done by {until}. See"
        " where it stands at {address} with the code of your receipt."
    ),
    gettext_lazy("The project of a case has another date"),
    project="28区篮球场微改造",
    until="2026年6月30日",
)
LEFT = _resident_kind(
    "case_left_project",
    gettext_lazy("To the resident: taken out of a project"),
    gettext_lazy(
        "Your matter {number} is not dealt with by the project “{project}” any more; it is dispatched anew. See why at"
        " {address} with the code of your receipt."
    ),
    gettext_lazy("A case is taken out of a project"),
    project="28区篮球场微改造",
)


def _staff_kind(name: str, label: str, subject: str, body: str, **sample: str) -> Kind:
    return register(
        Kind(
            name=name, label=label, group=CASES.name, sample={**PROJECT, **sample}, needs=READ,
            texts={Channel.DESK: Text(subject=subject, body=body), Channel.EMAIL: Text(subject=subject, body=body)},
        )
    )  # fmt: skip


APPLIED = _staff_kind(
    "project_applied",
    gettext_lazy("A project waits for my decision"),
    gettext_lazy("Project {number} has been applied for"),
    gettext_lazy("“{project}”: please decide whether it is to be done."),
)
DECIDED = _staff_kind(
    "project_decided",
    gettext_lazy("A project that I applied for is decided"),
    gettext_lazy("Project {number}: {decision}"),
    gettext_lazy("It was decided about “{project}”: {decision}."),
    decision="立项",
)


@after_step
def tell_those_who_asked(step: Step) -> None:
    """Of the case: what becomes of a need. Its result is told as that of every case."""
    if step.verb in (Verb.ADOPT, Verb.CONCLUDE) and step.case.state == State.IN_PROJECT:
        project = ServiceProject.objects.holding(step.case).get()
        tell_resident(step, ADOPTED, project=project.name, until=date_format(project.planned_end))
    elif step.verb == Verb.REPLAN:
        until = date_format(date.fromisoformat(step.data["planned_end"]))
        tell_resident(step, REPLANNED, project=step.data["project"], until=until)
    elif step.verb == Verb.LEAVE_PROJECT:
        tell_resident(step, LEFT, project=step.data["project"])


@after_project_step
def tell_of_decisions(step: ProjectStep) -> None:
    """Of the project: leaders are asked to decide, and whoever applied is told."""
    project = step.project
    if step.verb == ProjectVerb.APPLY:
        leaders = Membership.objects.filter(
            role=Role.LEADER, is_active=True, user__is_active=True, region__code__in=codes_on(project.region.path)
        ).exclude(user=step.by)
        _tell(step, APPLIED, [each.user for each in leaders.select_related("user")])
    elif step.verb == ProjectVerb.REVIEW and project.applied_by is not None:
        _tell(step, DECIDED, [project.applied_by], decision=ProjectState(project.state).label)


def _tell(step: ProjectStep, kind: Kind, people: list[Any] | list[Person], **words: Any) -> None:
    project = step.project
    if people:
        notify(
            kind=kind.name,
            to=people,
            context={"number": project.number, "project": project.name, **words},
            dedupe_key=f"project:{project.pk}:{step.verb}",
            about=f"{ServiceProject._meta.db_table}/{project.pk}",
            link=reverse("requests:project_detail", args=[project.pk]),
        )
