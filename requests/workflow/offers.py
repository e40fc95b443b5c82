"""派单、接单、退单、撤回派单、转派: offers of a case to a unit or a member of staff, one `Dispatch` row each."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.core import clock
from portal.core.errors import DomainError
from portal.core.models import Organization, Person
from requests import limits
from requests.models import Absence, Approval, Dispatch, ServiceRequest
from requests.types import PASSING_STATES, DispatchOutcome, LimitStep, ReturnGround, State, Verb
from requests.workflow import assists
from requests.workflow.actors import By
from requests.workflow.assists import Ask
from requests.workflow.step import Step, step
from volunteers.models import VolunteerTeam
from volunteers.types import MemberStatus

Handler = Organization | Person | VolunteerTeam
# The clocks that stand still while the case waits for the resident, or for a deliberation.
CLOCKS = {
    "dispatch_due_at": LimitStep.DISPATCH,
    "contact_due_at": LimitStep.CONTACT,
    "due_at": LimitStep.RESOLVE,
    "extension_until": LimitStep.RESOLVE,
}


def dispatch(
    case: ServiceRequest,
    *,
    by: By,
    to: Handler,
    version: int | None = None,
    accept_due_at: datetime | None = None,
    assisting: Sequence[Ask] = (),
    text: str = "",
    at: datetime | None = None,
) -> ServiceRequest:
    """派单 to whoever is to take it by `accept_due_at` (default: by the case's limits), with units that assist."""
    with step(case, Verb.DISPATCH, by=by, version=version, text=text, at=at) as now:
        offer(now, to=to, accept_due_at=accept_due_at)
        assists.ask_units(now, assisting)
    return case


def offer(
    now: Step,
    *,
    to: Handler,
    accept_due_at: datetime | None = None,
    whistle: Approval | None = None,
    field: str = "to",
) -> Dispatch:
    """Hold the case out to `to`: the part that dispatch, transfer, redo and a whistle share."""
    refuse_unable(to, at=now.at, field=field)
    if accept_due_at is not None and accept_due_at <= now.at:
        message = _("The time to take the case by has already passed.")
        raise DomainError("invalid", message, fields={"accept_due_at": [message]})
    made = Dispatch.objects.create(
        request=now.case,
        district_id=now.case.district_id,
        organization=to if isinstance(to, Organization) else None,
        person=to if isinstance(to, Person) else None,
        team=to if isinstance(to, VolunteerTeam) else None,
        offered_at=now.at,
        offered_by=now.by.user,
        accept_due_at=accept_due_at or limits.due_for(now.case, LimitStep.ACCEPT, now.at),
        whistle=whistle,
    )
    now.data["dispatch"] = made.pk
    now.data["to"] = str(to)
    if isinstance(to, Person):
        # Residents read the names of units, not of staff.
        now.data["to_person"] = True
    now.set(state=State.DISPATCHED, current_dispatch=made, dispatch_due_at=None)
    if now.case.dispatched_at is None:
        now.set(dispatched_at=now.at)
    return made


def refuse_unable(to: Handler, *, at: datetime, field: str = "to") -> None:
    """Refuse a handler who takes no cases, or is away on that day; then say who stands in."""
    if not can_take(to):
        message = _("“%(name)s” takes no cases.") % {"name": to}
        raise DomainError("cannot_take", message, fields={field: [message]})
    away = absence_of(to, at=at)
    if away is not None:
        message = _("%(name)s is away until %(day)s. %(deputy)s stands in: please choose them.") % {
            "name": to, "day": date_format(away.ends_on, "MONTH_DAY_FORMAT"), "deputy": away.deputy,
        }  # fmt: skip
        raise DomainError("away", message, fields={field: [message]}, extra={"deputy": away.deputy_id})


def absence_of(to: Handler, *, at: datetime) -> Absence | None:
    if not isinstance(to, Person):
        return None
    on = at.astimezone(clock.ZONE).date()
    return Absence.objects.on(on).filter(person=to).select_related("deputy__user").first()


def who_stands_in(to: Handler, *, at: datetime) -> Handler:
    """Whoever is away has a deputy; whose deputy is away, too, gets it and is told: somebody has to."""
    away = absence_of(to, at=at)
    return to if away is None else away.deputy


def can_take(to: Handler) -> bool:
    """Whether a unit or team takes cases, or a person has an account to take them with."""
    if isinstance(to, Organization | VolunteerTeam):
        return to.is_active and to.takes_requests
    user = getattr(to, "user", None)
    return user is not None and user.is_active


def take(
    case: ServiceRequest, *, by: By, version: int | None = None, text: str = "", at: datetime | None = None
) -> ServiceRequest:
    """接单. The limit to contact the resident runs from the first time that somebody takes the case."""
    with step(case, Verb.TAKE, by=by, version=version, text=text, at=at) as now:
        held = now.case.current_dispatch
        held.outcome, held.taken_at, held.taken_by = DispatchOutcome.TAKEN, now.at, by.user
        held.save(update_fields=["outcome", "taken_at", "taken_by"])
        if held.whistle_id is not None:
            # 吹哨报到: from now on the whistle is answered.
            Approval.objects.filter(pk=held.whistle_id, answered_at=None).update(answered_at=now.at)
        now.set(state=State.IN_PROGRESS)
        if now.case.contact_due_at is None:
            now.set(contact_due_at=limits.due_for(now.case, LimitStep.CONTACT, now.at))
    return case


def send_back(
    case: ServiceRequest,
    *,
    by: By,
    ground: str,
    text: str,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """退单 to the dispatcher with one of the grounds."""
    if ground not in ReturnGround.values:
        message = _("Please choose one of the reasons.")
        raise DomainError("invalid", message, fields={"ground": [message]})
    with step(case, Verb.SEND_BACK, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.is_public = False
        now.data["ground"] = ground
        now.data["organization"] = now.case.current_dispatch.organization_id
        end(now.case.current_dispatch, DispatchOutcome.RETURNED, at=now.at, ground=ground)
        back_to_dispatcher(now)
    return case


def recall(
    case: ServiceRequest, *, by: By, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """撤回: take back an offer; or a question, or a topic of the agenda, that has become needless: the case goes on."""
    with step(case, Verb.RECALL, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.is_public = False
        if now.case.state in PASSING_STATES:
            came_from = now.case.waiting_from
            stop_waiting(now)
            now.set(state=came_from)
        else:
            end(now.case.current_dispatch, DispatchOutcome.RECALLED, at=now.at)
            back_to_dispatcher(now)
    return case


def transfer(
    case: ServiceRequest,
    *,
    by: By,
    to: Handler,
    text: str,
    assisting: Sequence[Ask] = (),
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """转派: whoever handles it hands it on to another unit, with the units that assist and perhaps more.

    A team's leader hands it on inside the team, too; there it is no going to and fro, of which too much is supervised.
    """
    with step(case, Verb.TRANSFER, by=by, version=version, text=text, text_required=True, at=at) as now:
        held = now.case.current_dispatch
        if to == held.to:
            message = _("The case is already with “%(name)s”.") % {"name": to}
            raise DomainError("invalid", message, fields={"to": [message]})
        now.data["organization"] = held.organization_id
        end(held, DispatchOutcome.TRANSFERRED, at=now.at)
        if not (held.team_id and _is_in_team(to, held.team)):
            now.set(transfer_count=now.case.transfer_count + 1)
        assists.hand_over(now, to=offer(now, to=to, whistle=held.whistle))
        assists.ask_units(now, assisting)
    return case


def _is_in_team(to: Handler, team: VolunteerTeam) -> bool:
    return isinstance(to, Person) and team.members.filter(volunteer__person=to, status=MemberStatus.ACTIVE).exists()


def end(held: Dispatch, outcome: str, *, at: datetime, ground: str = "") -> None:
    """The offer is over, for whatever reason."""
    held.outcome, held.ended_at, held.return_ground = outcome, at, ground
    held.save(update_fields=["outcome", "ended_at", "return_ground"])


def back_to_dispatcher(now: Step) -> None:
    """The case waits to be dispatched (again), with a fresh limit to do so."""
    due_at = limits.due_for(now.case, LimitStep.DISPATCH, now.at)
    now.set(state=State.ACCEPTED, current_dispatch=None, dispatch_due_at=due_at)


def stop_waiting(now: Step) -> None:
    """The case goes on; its clocks stood still while it waited for the resident, or for a deliberation."""
    move_clocks(now, paused_at=now.case.waiting_since, resumed_at=now.at)
    now.set(waiting_since=None, waiting_due_at=None, waiting_from="")


def move_clocks(now: Step, *, paused_at: datetime, resumed_at: datetime) -> None:
    """Move each due time that had not passed when the clock stopped by what was left of it."""
    for column, step_limited in CLOCKS.items():
        if step_limited == LimitStep.CONTACT and now.case.contacted_at is not None:
            # Done: by when it had to be is what figures judge, whatever happens later.
            continue
        if step_limited == LimitStep.DISPATCH and now.case.accepted_at is None:
            step_limited = LimitStep.ACKNOWLEDGE
        due, limit = getattr(now.case, column), limits.limit_of(now.case, step_limited, paused_at)
        moved = limits.after_pause(due, paused_at=paused_at, resumed_at=resumed_at, limit=limit)
        if moved != due:
            now.set(**{column: moved})


def accept_due_after_pause(
    case: ServiceRequest, held: Dispatch, *, paused_at: datetime, resumed_at: datetime
) -> datetime:
    """By when a restored offer is to be taken: what was left of its limit (or overdue) is left again."""
    limit = limits.limit_of(case, LimitStep.ACCEPT, held.offered_at)
    return clock.resume(held.accept_due_at, paused_at, resumed_at, limit, limits.calendar())
