"""Everything that the page of one case shows, gathered in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError, NotFound
from portal.core.models import User
from portal.desk.actions import Action, actions_for
from requests.forms import StepForm
from requests.models import Approval, Dispatch, RequestAttachment, Requester, ServiceRequest
from requests.privacy import ENDED, may_reveal
from requests.timeline import Line, lines
from requests.types import HELD, OPEN_STATES, DispatchOutcome, State

EARLIER_CASES = 10


def case_for(user: User, pk: int) -> ServiceRequest:
    """The case as its page needs it, if the person may see it."""
    found = (
        ServiceRequest.objects.for_user(user)
        .select_related(
            "category", "region", "street", "district", "community", "station", "handling_region",
            "recorded_by__person", "current_dispatch__organization", "current_dispatch__person",
        )
        .prefetch_related(
            Prefetch("approvals", Approval.objects.select_related("region", "decided_by__person")),
            Prefetch("requesters", Requester.objects.select_related("consent")),
        )
        .defer("search")
        .filter(pk=pk)
        .first()
    )  # fmt: skip
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True)
class Clock:
    """One limit of the case, as the page explains it."""

    label: Promise
    due_at: datetime | None
    done_at: datetime | None = None
    paused: bool = False
    explanation: str = ""


def clocks_of(case: ServiceRequest) -> list[Clock]:
    """What runs, what was kept and what stands still, in the order in which a case meets its limits."""
    waiting = case.state == State.WAITING
    offer, found = case.current_dispatch, []
    if case.dispatch_due_at and case.state in OPEN_STATES:
        found.append(Clock(_("To be dispatched"), case.dispatch_due_at, paused=waiting))
    if offer is not None and offer.outcome in HELD and case.state in OPEN_STATES:
        taken = offer.taken_at if offer.outcome == DispatchOutcome.TAKEN else None
        found.append(Clock(_("To be taken"), offer.accept_due_at, done_at=taken))
    if case.contact_due_at:
        found.append(
            Clock(_("Resident to be contacted"), case.contact_due_at, done_at=case.contacted_at, paused=waiting)
        )
    if case.state == State.RESOLVED and case.call_back_due_at:
        found.append(Clock(_("To be called back"), case.call_back_due_at))
    if case.finished_at and case.state not in OPEN_STATES:
        found.append(Clock(_("To be resolved"), case.finish_due_at, done_at=case.finished_at))
    elif case.due_at and case.state in OPEN_STATES:
        found.append(Clock(_("To be resolved"), case.due_at, paused=waiting and case.waiting_since <= case.due_at))
    if waiting:
        found.append(Clock(_("The resident may answer"), case.waiting_due_at))
    return found


def earlier_cases(case: ServiceRequest, user: User) -> Any:
    """Other cases of the same phone that the person may see, newest first."""
    hashes = {requester.phone_hash for requester in case.requesters.all()} - {""}
    if not hashes:
        return []
    others = ServiceRequest.objects.for_user(user).filter(
        pk__in=Requester.objects.filter(phone_hash__in=hashes).values("request")
    )
    return list(
        others.exclude(pk=case.pk).newest_first().only("id", "title", "state", "submitted_at")[: EARLIER_CASES + 1]
    )


@dataclass(frozen=True)
class CasePage:
    """The context of the case page and of its panel beside the list."""

    case: ServiceRequest
    actions: list[Action]
    clocks: list[Clock]
    earlier: list[ServiceRequest]
    timeline: list[Line]
    photos: list[RequestAttachment]
    offers: list[Dispatch]
    may_reveal: bool
    may_erase: bool
    now: datetime
    error: DomainError | None = None
    typed: StepForm | None = None

    @property
    def point(self) -> dict[str, Any]:
        """The matter's place as GeoJSON, for the map."""
        where = {"type": "Point", "coordinates": [self.case.longitude, self.case.latitude]}
        words = {"name": self.case.title, "text": [self.case.address_text or str(self.case.region)]}
        return {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": where, "properties": words}]}


def case_page(
    case: ServiceRequest, user: User, *, bound: StepForm | None = None, error: DomainError | None = None
) -> CasePage:
    actions = actions_for(case, user, bound=bound)
    # What was typed for a step that is no longer possible is shown to be copied, so that nothing is lost.
    kept = any(action.form is bound for action in actions)
    timeline = lines(case, audience="staff")
    return CasePage(
        case=case,
        actions=actions,
        clocks=clocks_of(case),
        earlier=earlier_cases(case, user),
        timeline=timeline[::-1],
        photos=[each for line in timeline for each in line.attachments],
        offers=list(case.dispatches.select_related("organization", "person")),
        may_reveal=may_reveal(case, user) and case.erased_at is None,
        may_erase=user.scope.can("requests:erase") and case.state in ENDED and case.erased_at is None,
        now=timezone.now(),
        error=error,
        typed=None if kept else bound,
    )
