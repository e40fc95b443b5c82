"""议事中: a case waits until neighbours have talked it over.

It is put on the agenda of a deliberation or, without one, on the open list (问题清单) that the region's next meeting
takes up. Whoever chairs that says what came of it; the clocks stand still until then, and no longer than
`limits.DELIBERATION`.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.models import StoredFile, User
from portal.core.models.regions import codes_on
from portal.core.text import clean_text
from requests import limits
from requests.deliberation_types import DeliberationState, TablingOutcome
from requests.models import Deliberation, ServiceProject, ServiceRequest, Tabling
from requests.project_drafts import draft
from requests.types import Conclusion, ResolveGround, State, Verb
from requests.workflow import offers
from requests.workflow.actors import By
from requests.workflow.adoption import put_into
from requests.workflow.handling import resolved
from requests.workflow.step import Step, after_step, step
from volunteers.guards import refuse

# Afterwards nothing more is talked over.
TAKES_TOPICS = (DeliberationState.RAISED, DeliberationState.SCHEDULED, DeliberationState.HELD)


def table(
    case: ServiceRequest,
    *,
    by: By,
    text: str,
    deliberation: Deliberation | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """提交议事: onto the agenda of `deliberation`, or onto the open list for the next meeting."""
    with step(case, Verb.TABLE, by=by, version=version, text=text, text_required=True, at=at) as now:
        if deliberation is not None:
            _refuse_unfit(now, deliberation)
        Tabling.objects.create(
            request=now.case, district_id=now.case.district_id, deliberation=deliberation, tabled_at=now.at,
            tabled_by=by.user,
        )  # fmt: skip
        now.set(
            waiting_from=now.case.state,
            state=State.DELIBERATING,
            waiting_since=now.at,
            waiting_due_at=limits.due(now.at, limits.DELIBERATION),
        )
    return case


def conclude(
    case: ServiceRequest,
    *,
    by: By,
    result: str,
    text: str,
    project: ServiceProject | None = None,
    project_name: str = "",
    planned_end: date | None = None,
    version: int | None = None,
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> ServiceRequest:
    """议事结论, which the resident reads: the matter is settled, goes on where it was with whoever has it, or becomes
    one of a project's: of `project`, which the chair runs, or of one that is drafted at once, by name and end.

    A machine token concludes for its chair with `deliberations:write` beside `requests:act`, inside its region; what is
    confidential only the person does, signed in."""
    if result not in Conclusion.values:
        refuse("result", _("Please say what was agreed."))
    with step(case, Verb.CONCLUDE, by=by, version=version, text=text, text_required=True, files=files, at=at) as now:
        now.data["result"] = result
        _go_on(now)
        if result == Conclusion.RESOLVED:
            resolved(now, ground=ResolveGround.DELIBERATED)
        elif result == Conclusion.PROJECT:
            put_into(now, project or _drafted(now, name=project_name, planned_end=planned_end))
    return case


def _drafted(now: Step, *, name: str, planned_end: date | None) -> ServiceProject:
    """A draft of what was agreed, with the chair in charge until somebody else is named."""
    name, today = clean_text(name, max_length=80), timezone.localdate(now.at, timezone=ZONE)
    if not name:
        refuse("project_name", _("Name the project that does it, or one that is to be drafted."))
    if planned_end is None or planned_end < today:
        refuse("planned_end", _("Say by when the project is planned to be done: the resident reads it."))
    tabling = Tabling.objects.select_related("deliberation__estate__region").get(
        request=now.case.pk, outcome=TablingOutcome.WAITING
    )
    topic = tabling.deliberation
    return draft(
        by=now.by.user, region=topic.region if topic else now.case.handling_region, at=now.at, name=name,
        description=now.text, planned_start=today, planned_end=planned_end, lead_person=now.by.user.person,
        estate=topic.estate if topic else None,
    )  # fmt: skip


def lapse(now: Step) -> None:
    """The time is over and nothing was agreed: the case goes on without."""
    _go_on(now)


# A case that left the loop may come back to the agenda.
OUTCOMES = {
    Verb.CONCLUDE: TablingOutcome.CONCLUDED, Verb.EXPIRE: TablingOutcome.EXPIRED, Verb.RECALL: TablingOutcome.RECALLED,
}  # fmt: skip


@after_step
def take_off(now: Step) -> None:
    """Whatever ends the waiting takes the case off the agenda."""
    if now.from_state == State.DELIBERATING and now.verb in OUTCOMES:
        waiting = Tabling.objects.filter(request=now.case.pk, outcome=TablingOutcome.WAITING)
        waiting.update(outcome=OUTCOMES[now.verb], ended_at=now.at)


def taking_topics(case: ServiceRequest, user: User) -> QuerySet[Deliberation]:
    """The agendas onto which `user` may put the case."""
    around = codes_on(case.region.path)
    return Deliberation.objects.for_user(user).filter(state__in=TAKES_TOPICS, region__code__in=around)


def _go_on(now: Step) -> None:
    # Nobody could take the offer away meanwhile: a case that was in progress is with the same handler.
    came_from = now.case.waiting_from
    offers.stop_waiting(now)
    now.set(state=came_from)


def _refuse_unfit(now: Step, deliberation: Deliberation) -> None:
    # Locked: somebody may drop it in this very second.
    list(Deliberation.objects.select_for_update(of=("self",)).filter(pk=deliberation.pk).values_list("pk"))
    if not taking_topics(now.case, now.by.user).filter(pk=deliberation.pk).exists():
        message = _("This deliberation takes the matter up no more, or is held for another region.")
        raise DomainError("invalid", message, fields={"deliberation": [message]})
