"""代理交接 of many things at once: what waits for an absent person, and who has it then."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.core.errors import DomainError
from portal.core.models import User
from requests import workflow
from requests.absence_notices import tell_handed_over
from requests.deliberation_types import OPEN
from requests.deliberations import follow_up, topics
from requests.models import Absence, Deliberation, FollowUpTask, RequestEvent, ServiceProject, ServiceRequest
from requests.models.deliberations import WRITE
from requests.models.service_requests import ServiceRequestQuerySet
from requests.project_types import SHAPED_STATES
from requests.projects import lifecycle
from requests.types import HELD, Verb
from requests.workflow import Staff


class Kind(models.TextChoices):
    """What can wait for one person by name."""

    CASE = "case", gettext_lazy("case")
    TASK = "task", gettext_lazy("follow-up task")
    PROJECT = "project", gettext_lazy("project")
    DELIBERATION = "deliberation", pgettext_lazy("what somebody leads", "deliberation")


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for the absent person. `key` names it in forms."""

    kind: Kind
    row: Any
    number: str
    title: str
    state: str
    due: date | datetime | None
    address: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.row.pk}"


@dataclass(frozen=True)
class Handed:
    """One thing, and why it stayed where it was; empty: the deputy has it."""

    waiting: Waiting
    refused: str = ""


def held_by_absent(absence: Absence, *, by: User) -> ServiceRequestQuerySet:
    """The open cases that are with the absent person, as far as `by` sees them, the most urgent first.

    What was offered to a team stays with it: any of its leaders may act. Parts that a unit assists with are the unit's.
    """
    return _open_with(absence.person_id, by)


def _open_with(person: int, by: User) -> ServiceRequestQuerySet:
    rows = ServiceRequest.objects.for_user(by).open()
    mine = rows.filter(current_dispatch__person=person, current_dispatch__outcome__in=HELD)
    return mine.select_related("handling_region").defer("search", "description").order_by("due_at", "pk")


def waiting_for_absent(absence: Absence, *, by: User) -> list[Waiting]:
    """Cases, tasks, projects and deliberations that are with the absent person alone, as far as `by` may hand them on.

    Call-backs, approvals and supervision wait for a role, of which a region has several people or the level above.
    """
    return [*_cases(absence, by), *_tasks(absence, by), *_projects(absence, by), *_deliberations(absence, by)]


def hand_over(absence: Absence, *, by: User, keys: Collection[str]) -> list[Handed]:
    """Hand these over to the deputy, each in a transaction of its own: one that is refused holds up no other."""
    chosen = set(keys)
    return [_hand_over(each, absence, by=by) for each in waiting_for_absent(absence, by=by) if each.key in chosen]


def lent_cases(absence: Absence, *, by: User) -> list[Waiting]:
    """What the deputy has of the cases that went over, as far as `by` sees them."""
    gave = RequestEvent.objects.filter(request=OuterRef("pk"), verb=Verb.TAKE_OVER).order_by("-pk")
    giver = Subquery(gave.values_list(Cast(KeyTextTransform("from_id", "data"), models.BigIntegerField()))[:1])
    with_deputy = _open_with(absence.deputy_id, by).annotate(giver=giver)
    return [_case(row) for row in with_deputy.filter(giver=absence.person_id)]


def hand_back(absence: Absence, *, by: User, keys: Collection[str]) -> list[Handed]:
    """Give these back to who was away, who must be there again; each by itself, as above."""
    return [_hand_back(each, absence, by=by) for each in lent_cases(absence, by=by) if each.key in set(keys)]


def _hand_back(waiting: Waiting, absence: Absence, *, by: User) -> Handed:
    text = _("%(person)s is back.") % {"person": absence.person}
    try:
        workflow.take_over(waiting.row, by=Staff(by), to=absence.person, text=text)
    except DomainError as error:
        return Handed(waiting, str(error))
    return Handed(waiting)


def _hand_over(waiting: Waiting, absence: Absence, *, by: User) -> Handed:
    try:
        with transaction.atomic():
            VERBS[waiting.kind](waiting.row, absence, by)
            if waiting.kind != Kind.CASE:
                # Cases tell both people themselves, by their own step.
                tell_handed_over(
                    absence, kind=waiting.kind, number=waiting.number, link=waiting.address, about=waiting.row, by=by
                )
    except DomainError as error:
        return Handed(waiting, str(error))
    return Handed(waiting)


def _take_case(case: ServiceRequest, absence: Absence, by: User) -> None:
    workflow.take_over(case, by=Staff(by), to=absence.deputy, text=_reason(absence))


def _take_task(task: FollowUpTask, absence: Absence, by: User) -> None:
    follow_up.pass_on(task, by=by, to=absence.deputy)


def _take_project(project: ServiceProject, absence: Absence, by: User) -> None:
    lifecycle.change(project, by=by, lead_person=absence.deputy)


def _take_chair(deliberation: Deliberation, absence: Absence, by: User) -> None:
    topics.hand_over(deliberation, by=by, chair=absence.deputy, text=_reason(absence))


VERBS: dict[str, Callable[[Any, Absence, User], None]] = {
    Kind.CASE: _take_case, Kind.TASK: _take_task, Kind.PROJECT: _take_project, Kind.DELIBERATION: _take_chair,
}  # fmt: skip


def _reason(absence: Absence) -> str:
    day = date_format(absence.ends_on, "MONTH_DAY_FORMAT")
    return _("%(person)s is away until %(day)s.") % {"person": absence.person, "day": day}


def _cases(absence: Absence, by: User) -> Iterable[Waiting]:
    return map(_case, held_by_absent(absence, by=by))


def _case(row: ServiceRequest) -> Waiting:
    page = reverse("desk:case", args=[row.pk])
    return Waiting(Kind.CASE, row, row.number, row.title, row.get_state_display(), row.due_at, page)


def _tasks(absence: Absence, by: User) -> Iterable[Waiting]:
    kept = Deliberation.objects.editable_by(by, WRITE).order_by().values("pk")
    rows = FollowUpTask.objects.open().filter(person=absence.person_id, deliberation__in=kept)
    for row in rows.select_related("deliberation"):
        page = reverse("requests:task_detail", args=[row.pk])
        number = row.deliberation.number
        yield Waiting(Kind.TASK, row, number, row.text, row.get_state_display(), row.due_on, page)


def _projects(absence: Absence, by: User) -> Iterable[Waiting]:
    rows = ServiceProject.objects.run_by(by).filter(lead_person=absence.person_id, state__in=SHAPED_STATES)
    for row in rows.order_by("planned_end", "pk"):
        page = reverse("requests:project_detail", args=[row.pk])
        yield Waiting(Kind.PROJECT, row, row.number, row.name, row.get_state_display(), row.planned_end, page)


def _deliberations(absence: Absence, by: User) -> Iterable[Waiting]:
    rows = Deliberation.objects.editable_by(by, WRITE).filter(chair=absence.person_id, state__in=OPEN)
    for row in rows.order_by("scheduled_for", "pk"):
        page, due = reverse("requests:deliberation_detail", args=[row.pk]), row.scheduled_for
        yield Waiting(Kind.DELIBERATION, row, row.number, row.topic, row.get_state_display(), due, page)
