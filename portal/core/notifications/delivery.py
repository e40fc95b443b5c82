"""The sending half: at least once, by any number of workers, and again after a crash.

A worker claims rows under SKIP LOCKED by moving their next attempt to the end of a lease, commits, and only then talks
to the world. If it dies, the lease runs out and the rows come due again; what had gone out then goes out twice, under
the same id.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from portal.core.models import OutboxMessage, SendState
from portal.core.notifications.kinds import KINDS
from portal.core.notifications.providers import NotSent, Outward, provider_of
from portal.core.notifications.quiet import after_quiet
from portal.core.notifications.recipients import quiet_hours_of
from portal.core.notifications.wording import Wording

logger = logging.getLogger(__name__)

# Longer than a batch can take, with every call at its time-out.
LEASE = timedelta(minutes=15)
BATCH = 20
# How long to wait after the first, second, … failure; after the last one it is given up.
PAUSES = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6),
    timedelta(hours=24),
)  # fmt: skip
MOST_ATTEMPTS = len(PAUSES) + 1
WORKER_LOST = "worker_lost"


def send_due(*, batch: int = BATCH) -> dict[str, int]:
    """Send every message that is due; returns how many went out and how many did not."""
    done, wording = {"sent": 0, "failed": 0}, Wording()
    while rows := OutboxMessage.objects.claim(at=timezone.now(), limit=batch, lease=LEASE):
        for message in rows:
            done["sent" if _send(message, wording) else "failed"] += 1
    return done


def _send(message: OutboxMessage, wording: Wording) -> bool:
    at = timezone.now()
    try:
        refuse_lost(message)
        if message.valid_until is not None and message.valid_until < at:
            raise NotSent("too_late", is_final=True)
        provider_of(message.channel).send(_opened(message, wording))
    except NotSent as error:
        failed(message, code=error.code, is_final=error.is_final, at=at)
        return False
    except Exception as error:
        # One message that nobody foresaw must not hold up the others. The error itself may quote it.
        logger.error("Message %s could not be sent: %s", message.pk, type(error).__name__)
        failed(message, code="internal", is_final=False, at=at)
        return False
    # Address and content have served their purpose.
    sent(message, address="", context="")
    return True


def _opened(message: OutboxMessage, wording: Wording) -> Outward:
    words = wording.of(message.kind, message.channel, message.language, message.values)
    if not words.body:
        raise NotSent("no_text", is_final=True)
    return Outward(
        id=f"message-{message.pk}",
        kind=message.kind,
        channel=message.channel,
        language=message.language,
        address=message.address.reveal(),
        address_masked=message.address_masked,
        subject=words.subject,
        text=words.body,
        values=message.values,
    )


def refuse_lost(row: Any) -> None:
    """Give up on a row whose every attempt ended with its worker: it may be what brings them down."""
    if row.attempts > MOST_ATTEMPTS:
        raise NotSent(WORKER_LOST, is_final=True)


def sent(row: Any, **columns: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(state=SendState.SENT, sent_at=timezone.now(), error="", **columns)


def failed(row: Any, *, code: str, is_final: bool, at: datetime, **columns: Any) -> None:
    """Put the row off by the next pause, or give it up. What a slower worker has sent meanwhile stays sent."""
    is_over = is_final or row.attempts >= MOST_ATTEMPTS
    if not is_over:
        columns["due_at"] = _next_attempt(row, at + PAUSES[row.attempts - 1])
    state = SendState.FAILED if is_over else SendState.WAITING
    type(row).objects.filter(pk=row.pk, state=SendState.WAITING).update(state=state, error=code[:40], **columns)


def _next_attempt(row: Any, at: datetime) -> datetime:
    if not isinstance(row, OutboxMessage):
        return at
    kind = KINDS.get(row.kind)
    if kind is not None and kind.is_urgent:
        return at
    # A failure at ten in the evening must not ring at night.
    return after_quiet(at, quiet_hours_of(getattr(row.person, "notification_choice", None)))
