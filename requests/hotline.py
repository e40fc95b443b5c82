"""The 12345 hotline: its cases come in by number, once each, and their results go back to it.

A result lies in the outbox (`HotlineReturn`) from the transaction of the step that gave it;
`requests.hotline_delivery` sends it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.models import User
from portal.core.text import clean_text
from requests.models import HotlineCase, HotlineReturn, Requester, ServiceRequest
from requests.models.hotline import ANSWERED_STATES, MAX_NUMBER, SYSTEM, ReturnState
from requests.types import Actor, Channel, State
from requests.workflow.actors import Staff
from requests.workflow.intake import submit
from requests.workflow.step import Step, after_step

RETURN = "hotline:return"


@dataclass(frozen=True)
class TakenIn:
    """A case of the hotline. `requester` is None where the number was known already."""

    hotline: HotlineCase
    requester: Requester | None = None


def take_in(
    *,
    external_number: str,
    by: Staff,
    external_system: str = SYSTEM,
    due_at: datetime | None = None,
    **matter: Any,
) -> TakenIn:
    """Take in what the hotline sends; `matter` is what `workflow.submit` takes. A known number is what it was."""
    number = clean_text(external_number, max_length=MAX_NUMBER)
    system = clean_text(external_system, max_length=20) or SYSTEM
    if not number:
        message = _("Give the number that the case has at the hotline.")
        raise DomainError("invalid", message, fields={"external_number": [message]})
    if known := _known(system, number, by=by):
        return known
    try:
        with transaction.atomic():
            submitted = submit(**matter, channel=Channel.HOTLINE, by=by)
            made = HotlineCase.objects.create(
                request=submitted.case, external_system=system, external_number=number, due_at=due_at
            )
    except IntegrityError:
        # Sent twice in the same second: the other one holds, and this one has left nothing behind.
        known = _known(system, number, by=by)
        if known is None:
            raise
        return known
    return TakenIn(made, submitted.requester)


def _known(system: str, number: str, *, by: Staff) -> TakenIn | None:
    rows = HotlineCase.objects.filter(external_system=system, external_number=number)
    found = rows.select_related("request__region").defer("request__search").first()
    if found is None:
        return None
    if not HotlineCase.objects.for_user(by.user).filter(pk=found.pk).exists():
        message = _("This number of the hotline belongs to a case of another area.")
        raise Conflict(message, code="number_taken", fields={"external_number": [message]})
    return TakenIn(found)


@after_step
def put_into_outbox(now: Step) -> None:
    """What the step tells the hotline, about the case itself and about those of its callers that went over to it."""
    case = now.case
    if case.state not in ANSWERED_STATES or case.state == now.from_state:
        return
    merged = ServiceRequest.objects.filter(merged_into=case.pk).order_by().values("pk")
    hearing = HotlineCase.objects.filter(Q(request=case.pk) | Q(request__in=merged)).values_list("pk", flat=True)
    text = _told(now)
    HotlineReturn.objects.bulk_create(
        HotlineReturn(hotline_id=pk, event=now.event, outcome=case.state, text=text, at=now.at, due_at=now.at)
        for pk in hearing
    )


def _told(now: Step) -> str:
    """The words of the result. What residents write themselves is not for the hotline to pass on."""
    words = now.text if now.is_public and now.actor != Actor.RESIDENT else ""
    if now.case.state == State.REFERRED:
        words = f"{now.case.referred_to} {now.case.referred_number}\n{words}".strip()
    return words


def retry(row: HotlineReturn, *, by: User) -> HotlineReturn:
    """Try again at once what was given up, or waits for its next attempt."""
    with transaction.atomic(), acting_as(by.pk):
        (locked,) = _locked([row], by=by)
        if locked.state == ReturnState.SENT:
            raise Conflict(_("The hotline has this result already."), code="sent_already")
        locked.state, locked.attempts, locked.due_at, locked.error = ReturnState.WAITING, 0, timezone.now(), ""
        locked.save(update_fields=["state", "attempts", "due_at", "error"])
    return locked


def mark_sent(rows: Iterable[HotlineReturn], *, by: User) -> int:
    """Say that results were handed over in another way, as a file; returns of how many that was new."""
    with transaction.atomic(), acting_as(by.pk):
        unsent = [row for row in _locked(rows, by=by) if row.state != ReturnState.SENT]
        for row in unsent:
            row.state, row.sent_at, row.sent_by, row.error = ReturnState.SENT, timezone.now(), by, ""
            row.save(update_fields=["state", "sent_at", "sent_by", "error"])
    return len(unsent)


def _locked(rows: Iterable[HotlineReturn], *, by: User) -> list[HotlineReturn]:
    """The rows, locked in one order, if all of them are `by`'s to send."""
    pks = {row.pk for row in rows}
    mine = HotlineReturn.objects.editable_by(by, RETURN).filter(pk__in=pks)
    locked = list(mine.order_by("pk").select_for_update(of=("self",)))
    if len(locked) != len(pks):
        raise NotAllowed()
    return locked
