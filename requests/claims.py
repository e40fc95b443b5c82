"""What became of a claim: something of it was really used, or all of it is free again.

To claim is a step of the case (`requests.workflow.claims`); these concern the resource, whatever the case has become.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import humanize
from portal.core.errors import Conflict, NotAllowed, telling
from portal.core.history import acting_as
from portal.core.models import User
from portal.core.text import clean_text
from requests.models import Claim, Resource, ServiceProject
from requests.models.resources import ClaimQuerySet
from requests.resources import keeps
from requests.types import GONE_STATES, Actor, ClaimState, ResourceStatus, State
from requests.workflow.actors import Staff
from requests.workflow.step import Step, after_step
from volunteers.guards import refuse

MAX_NOTE = 200
# The case came to nothing, or goes on in another one.
NOT_NEEDED = (*GONE_STATES, State.REJECTED)
# The steps of a claim that is open, in the words of the API's actions.
SETTLING = ("use", "release")


def may_settle(claim: Claim, *, by: User) -> bool:
    """Whoever dispatches or handles the case, runs the project, or keeps the resource, says what was used."""
    if claim.request is None:
        runs = ServiceProject.objects.run_by(by).filter(pk=claim.project_id)
        return runs.exists() or keeps(claim.resource, by=by)
    if Staff(by).actors_on(claim.request) & {Actor.DISPATCHER, Actor.HANDLER}:
        return True
    return keeps(claim.resource, by=by)


def use(claim: Claim, *, by: User, used: Decimal, note: str = "", at: datetime | None = None) -> Claim:
    """Record what was really used; the rest of the claim can be claimed by others."""
    note = clean_text(note, max_length=MAX_NOTE)
    with _open(claim, by=by) as locked:
        if not 0 < used <= locked.amount:
            words = {"amount": humanize.quantity(locked.amount), "unit": locked.resource.unit}
            message = _("Please enter what was used: more than nothing, and at most the %(amount)s %(unit)s claimed.")
            refuse("used", message % words)
        locked.used, locked.note = used, note
        _settle(locked, ClaimState.USED, used=used, by=by, at=at or timezone.now())
    claim.refresh_from_db()
    return claim


def release(claim: Claim, *, by: User, note: str = "", at: datetime | None = None) -> Claim:
    """Nothing was used: the whole amount can be claimed by others."""
    note = clean_text(note, max_length=MAX_NOTE)
    with _open(claim, by=by) as locked:
        locked.note = note
        _settle(locked, ClaimState.RELEASED, used=Decimal(0), by=by, at=at or timezone.now())
    claim.refresh_from_db()
    return claim


@after_step
def let_go(step: Step) -> None:
    """A case that was withdrawn, rejected, merged or split needs nothing any more: others may have it."""
    if step.case.state not in NOT_NEEDED or step.case.state == step.from_state:
        return
    release_all(Claim.objects.filter(request=step.case), by=step.by.user, at=step.at)


def release_all(claims: ClaimQuerySet, *, by: User | None, at: datetime) -> None:
    """Free what of these claims is held and not yet used."""
    for claim in claims.open().select_for_update(of=("self",)).order_by("resource"):
        _settle(claim, ClaimState.RELEASED, used=Decimal(0), by=by, at=at)


@contextmanager
def _open(claim: Claim, *, by: User) -> Iterator[Claim]:
    """The claim, locked, for those who may say what became of it. One that has ended is refused."""
    with transaction.atomic(), acting_as(by.pk):
        rows = Claim.objects.select_for_update(of=("self",)).select_related(
            "resource", "request__handling_region", "request__current_dispatch__team", "project"
        )
        locked = rows.get(pk=claim.pk)
        may = may_settle(locked, by=by)
        with telling(lambda: SETTLING if may and locked.state == ClaimState.CLAIMED else ()):
            if not may:
                raise NotAllowed(code="not_yours_to_do")
            if locked.state != ClaimState.CLAIMED:
                message = _("This claim is “%(state)s” by now.") % {"state": locked.get_state_display()}
                raise Conflict(message, code="not_possible_now")
            yield locked


def _settle(claim: Claim, state: str, *, used: Decimal, by: User | None, at: datetime) -> None:
    claim.state, claim.ended_at, claim.ended_by = state, at, by
    claim.save(update_fields=["state", "used", "note", "ended_at", "ended_by"])
    # By columns of the row alone: whoever claims in this moment is counted, too.
    used_up = When(status=ResourceStatus.OFFERED, used__gte=F("amount") - used, then=Value(ResourceStatus.USED_UP))
    Resource.objects.filter(pk=claim.resource_id).update(
        claimed=F("claimed") - claim.amount, used=F("used") + used, status=Case(used_up, default=F("status")),
        updated_at=at,
    )  # fmt: skip
