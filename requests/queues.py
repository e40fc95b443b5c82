"""The named queues: what is mine to do next, by role.

A queue is a word over rows that are already scoped: `QUEUES["dispatch"].of(user)`. Each names the column whose passing
hurts, so that a list can put what hurts first on top.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, Exists, F, OrderBy, OuterRef, Q, Value, When
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.counting import capped_counts
from portal.core.models import Level, User
from portal.core.permissions import Role
from portal.core.scope import EVERYTHING, NOTHING, Scope
from requests.models import Approval, Assist, RequestEvent, ServiceRequest, Tabling
from requests.models.service_requests import ServiceRequestQuerySet
from requests.types import HELD, OPEN_STATES, PAUSED_STATES, Actor, State, TimeLimit, Verb
from requests.workflow.actors import DISPATCHING_ROLES
from volunteers.models import VolunteerTeam


def ruled_by(scope: Scope, *roles: str) -> Q:
    """Cases whose handling region lies in a region where I hold one of `roles`."""
    condition = NOTHING
    for grant in scope.grants:
        if grant.is_regional and grant.role in roles:
            condition |= EVERYTHING if grant.path is None else Q(handling_region__path__startswith=grant.path)
    return condition


def held_by(scope: Scope) -> Q:
    """Cases that are held out to, or were taken by, my unit, a team that I lead, or me."""
    to_me = Q(current_dispatch__organization__in=scope.organization_ids)
    if scope.person_id is not None:
        to_me |= Q(current_dispatch__person=scope.person_id)
    if scope.has_role(Role.VOLUNTEER):
        to_me |= Q(current_dispatch__team__in=VolunteerTeam.objects.led_by(scope.person_id).values("pk"))
    return to_me & Q(current_dispatch__outcome__in=HELD)


def assisted_by(scope: Scope) -> Q:
    """Cases of which a part is asked of my unit, or done by it now."""
    parts = Assist.objects.open().filter(organization__in=scope.organization_ids)
    return Q(pk__in=parts.values("request"), open_assists__gt=0)


def _dispatched_by(scope: Scope) -> Q:
    return ruled_by(scope, *DISPATCHING_ROLES)


def _mine(scope: Scope) -> Q:
    return _dispatched_by(scope) | held_by(scope) | Q(station__in=scope.station_ids)


def _asked_of(scope: Scope, kind: str) -> Q:
    """What is asked by a region below one that I lead (by the city itself, where nobody is above)."""
    above = NOTHING
    for grant in scope.grants:
        if grant.role == Role.LEADER and grant.is_regional:
            if grant.path is None:
                above |= EVERYTHING
            else:
                above |= Q(region__path__startswith=grant.path) & (
                    ~Q(region__path=grant.path) | Q(region__level=Level.CITY)
                )
    asked = Approval.objects.filter(kind=kind, outcome=Approval.Outcome.PENDING)
    pending = asked.filter(above, request=OuterRef("pk"))
    return Q(Exists(pending))


# The resident's own answer is the last thing that happened.
_ANSWERED = Exists(
    RequestEvent.objects.filter(
        request=OuterRef("pk"), verb=Verb.REPLY, actor=Actor.RESIDENT, version=OuterRef("version")
    )
)

# Where somebody is in danger, no other case comes before it, however late that one is.
_EMERGENCY_FIRST = Case(When(time_limit=TimeLimit.EMERGENCY, state__in=OPEN_STATES, then=0), default=1)

# The limit that a line of a list shows (`portal.desk.rows.next_due`); a clock that stands still hurts nobody now.
_NEXT_DUE = Case(
    When(state__in=[State.SUBMITTED, State.ACCEPTED], then=Least(F("dispatch_due_at"), F("due_at"))),
    When(state=State.DISPATCHED, then=Least(F("current_dispatch__accept_due_at"), F("due_at"))),
    When(state=State.IN_PROGRESS, contacted_at=None, then=Least(F("contact_due_at"), F("due_at"))),
    When(state__in=PAUSED_STATES, waiting_since__lte=F("due_at"), then=Value(None)),
    default=F("due_at"),
    output_field=DateTimeField(),
)

Rows = ServiceRequestQuerySet


def _to_accept(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(_dispatched_by(scope) | Q(station__in=scope.station_ids), state=State.SUBMITTED)


def _to_dispatch(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(_dispatched_by(scope), state=State.ACCEPTED)


def _to_take(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(held_by(scope), state=State.DISPATCHED)


def _to_contact(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(held_by(scope), state=State.IN_PROGRESS, contacted_at=None)


def _in_progress(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(held_by(scope), state=State.IN_PROGRESS)


def _answered(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(_mine(scope), _ANSWERED, state__in=[State.SUBMITTED, State.ACCEPTED, State.IN_PROGRESS])


def _waiting(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(_mine(scope), state=State.WAITING)


def _to_conclude(rows: Rows, scope: Scope, at: datetime) -> Rows:
    """Topics of deliberations and meetings that I lead."""
    mine = Tabling.objects.waiting().led_in(scope)
    return rows.filter(state=State.DELIBERATING, pk__in=mine.values("request"))


def _to_call_back(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(_dispatched_by(scope), state=State.RESOLVED, call_back_due_at__isnull=False)


def _appeals(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(_asked_of(scope, Approval.Kind.APPEAL), state=State.REJECTED)


def _overdue(rows: Rows, scope: Scope, at: datetime) -> Rows:
    """Mine, or my region's if I lead it; who may not act at all reads everybody's."""
    mine = _mine(scope) | ruled_by(scope, Role.LEADER) if scope.can("requests:act") else EVERYTHING
    return rows.overdue(at).filter(mine)


def _supervised(rows: Rows, scope: Scope, at: datetime) -> Rows:
    """Mine, or my region's if I lead it."""
    return rows.supervised().filter(_mine(scope) | ruled_by(scope, Role.LEADER))


def _exclusions(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(_asked_of(scope, Approval.Kind.EXCLUSION), exclusion_asked=True)


def _replies(rows: Rows, scope: Scope, at: datetime) -> Rows:
    """To be read by another than who wrote them, from whose queue they are."""
    own = Approval.objects.filter(kind=Approval.Kind.REPLY, outcome=Approval.Outcome.PENDING, asked_by=scope.user_id)
    readers = _dispatched_by(scope) | ruled_by(scope, Role.LEADER)
    return rows.filter(readers, reply_held=True).exclude(pk__in=own.values("request"))


def _assists(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(assisted_by(scope))


def _whistles(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(ruled_by(scope, Role.LEADER), whistle_asked=True)


def _departments(rows: Rows, scope: Scope, at: datetime) -> Rows:
    """Of the regions that I run myself: whoever whistled says how the departments did."""
    mine = [grant.region_id for grant in scope.grants if grant.role in DISPATCHING_ROLES and grant.is_regional]
    return rows.filter(departments_to_rate__gt=0, handling_region__in=[pk for pk in mine if pk is not None])


def _extensions(rows: Rows, scope: Scope, at: datetime) -> Rows:
    return rows.filter(ruled_by(scope, Role.LEADER), extension_until__isnull=False)


def _is_dispatcher(scope: Scope) -> bool:
    return scope.has_role(*DISPATCHING_ROLES)


def _anybody(scope: Scope) -> bool:
    return True


def _is_handler(scope: Scope) -> bool:
    return bool(scope.organization_ids) or scope.has_role(Role.VOLUNTEER)


@dataclass(frozen=True)
class Queue:
    """One tab of "what is mine to do next"."""

    name: str
    label: Promise
    # What an empty list says.
    empty: Promise
    # The column with the limit of the step that the queue waits for; "next": that of whatever step is next.
    due: str
    rows: Callable[[Rows, Scope, datetime], Rows]
    # For whom the tab stands there although it is empty; others see it when there is something to do.
    is_for: Callable[[Scope], bool]

    def of(self, user: User, at: datetime | None = None) -> Rows:
        """The cases of the queue: emergencies, and then what hurts first."""
        rows = self.rows(ServiceRequest.objects.for_user(user), user.scope, at or timezone.now())
        # An early step of a case that is late as a whole hurts as much as the case does.
        if self.due == "next":
            hurts: Any = _NEXT_DUE
        else:
            hurts = F(self.due) if self.due == "due_at" else Least(F(self.due), F("due_at"))
        return rows.order_by(_EMERGENCY_FIRST, OrderBy(hurts, nulls_last=True), "id")


QUEUES: dict[str, Queue] = {
    queue.name: queue
    for queue in [
        Queue(
            "accept", _("To accept"), _("Every new request has been accepted or answered."),
            "dispatch_due_at", _to_accept, lambda scope: _is_dispatcher(scope) or bool(scope.station_ids),
        ),
        Queue(
            "dispatch", _("To dispatch"), _("Every accepted request has gone to a unit."),
            "dispatch_due_at", _to_dispatch, _is_dispatcher,
        ),
        Queue(
            "take", _("To take"), _("Everything that was dispatched to you has been taken."),
            "current_dispatch__accept_due_at", _to_take, _is_handler,
        ),
        Queue(
            "contact", _("To contact"), _("You have spoken with every resident whose case you took."),
            "contact_due_at", _to_contact, _is_handler,
        ),
        Queue("in_progress", _("In progress"), _("You have no case in progress."), "due_at", _in_progress, _is_handler),
        Queue(
            "assists", _("Assisting"), _("No part of another unit's case waits for you."),
            "due_at", _assists, lambda scope: bool(scope.organization_ids),
        ),
        Queue(
            "answered", _("Answered"), _("No resident's answer waits to be read."),
            "due_at", _answered, lambda scope: scope.can("requests:act"),
        ),
        Queue(
            "waiting", _("Waiting"), _("No case waits for a resident's answer."),
            "waiting_due_at", _waiting, lambda scope: _is_dispatcher(scope) or _is_handler(scope),
        ),
        Queue(
            "conclude", _("In deliberation"), _("No case waits for what you agree on."),
            "waiting_due_at", _to_conclude, lambda scope: False,
        ),
        Queue(
            "replies", _("Replies to review"), _("No reply waits to be read by you."),
            "due_at", _replies, lambda scope: scope.has_role(Role.LEADER),
        ),
        Queue(
            "call_back", _("To call back"), _("Nobody who was not satisfied waits for a call."),
            "call_back_due_at", _to_call_back, _is_dispatcher,
        ),
        Queue(
            "departments", _("Departments to rate"), _("You have rated every department that you whistled for."),
            "resolved_at", _departments, _is_dispatcher,
        ),
        Queue(
            "whistles", _("Whistles"), _("No whistle waits for your decision."),
            "due_at", _whistles, lambda scope: scope.has_role(Role.LEADER),
        ),
        Queue(
            "appeals", _("Appeals"), _("No appeal waits for your decision."),
            "submitted_at", _appeals, lambda scope: scope.has_role(Role.LEADER),
        ),
        Queue(
            "extensions", _("More time asked for"), _("Nobody asks you for more time."),
            "due_at", _extensions, lambda scope: scope.has_role(Role.LEADER),
        ),
        Queue(
            "exclusions", _("Leaving out asked for"), _("Nobody asks you to leave a case out of rates."),
            "due_at", _exclusions, lambda scope: scope.has_role(Role.LEADER),
        ),
        Queue("overdue", _("Past its time limit"), _("Nothing is overdue."), "due_at", _overdue, _anybody),
        Queue(
            "supervised", _("Supervised"), _("No case is supervised."),
            "due_at", _supervised, lambda scope: scope.has_role(Role.LEADER),
        ),
    ]
}  # fmt: skip


def _in(*states: State) -> Callable[[Rows, Scope, datetime], Rows]:
    return lambda rows, scope, at: rows.filter(state__in=states)


# What is under way in my area, whoever has to do the next step.
AREA: dict[str, Queue] = {
    queue.name: queue
    for queue in [
        Queue("open", pgettext_lazy("requests", "Open"), _("No request is open."), "next", _in(*OPEN_STATES), _anybody),
        Queue(
            "overdue",
            _("Past its time limit"),
            _("Nothing is overdue."),
            "due_at",
            lambda rows, _s, at: rows.overdue(at),
            _anybody,
        ),
        Queue(
            "supervised",
            _("Supervised"),
            _("No case is supervised."),
            "due_at",
            lambda rows, _s, at: rows.supervised(),
            _anybody,
        ),
        *(
            Queue(state, State(state).label, _("No request is in this state."), due, _in(state), _anybody)
            for state, due in [
                (State.SUBMITTED, "dispatch_due_at"),
                (State.ACCEPTED, "dispatch_due_at"),
                (State.DISPATCHED, "current_dispatch__accept_due_at"),
                (State.IN_PROGRESS, "due_at"),
                (State.WAITING, "waiting_due_at"),
                (State.IN_PROJECT, "due_at"),
                (State.DELIBERATING, "waiting_due_at"),
                (State.RESOLVED, "call_back_due_at"),
            ]
        ),
    ]
}


def counts(queues: Mapping[str, Queue], user: User, at: datetime | None = None) -> dict[str, int]:
    """How many cases are in each queue, in one query (counting stops at a thousand)."""
    at = at or timezone.now()
    return capped_counts({name: queue.of(user, at) for name, queue in queues.items()})
