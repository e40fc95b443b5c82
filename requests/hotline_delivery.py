"""How results go back to the hotline: `settings.HOTLINE_PROVIDER` names a class with `send(payload)`.

At least once, with the pauses of `portal.core.notifications.delivery`; the other side tells a repeat by its `id`.
"""

import json
import logging
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from portal.core.notifications import posting
from portal.core.notifications.delivery import BATCH, LEASE, failed, refuse_lost, sent
from portal.core.notifications.providers import NotSent
from requests.models import HotlineReturn
from requests.models.hotline import ReturnState

logger = logging.getLogger(__name__)


class Provider(Protocol):
    # Whether the hotline itself says that it has a result. What nobody confirmed is only prepared.
    confirms: bool

    def send(self, payload: dict[str, Any]) -> None:
        """Return when the result is passed on; `NotSent` otherwise."""


class Console:
    """Names the result in the log, and tells nobody: a person hands it over as a file."""

    confirms = False

    def send(self, payload: dict[str, Any]) -> None:
        logger.info("hotline result %s: %s", payload["id"], payload["outcome"])


class Http:
    """POSTs signed JSON to `settings.HOTLINE_URL`."""

    confirms = True

    def send(self, payload: dict[str, Any]) -> None:
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = {"Idempotency-Key": payload["id"]}
        try:
            status = posting.post(
                settings.HOTLINE_URL, body=body, secret=settings.HOTLINE_SECRET, headers=headers
            )  # fmt: skip
        except posting.NotReached as error:
            raise NotSent(error.code) from error
        if not 200 <= status < 300:
            # 4xx says that this result is wrong, but for "too many" and "try later".
            raise NotSent(f"answer_{status}", is_final=400 <= status < 500 and status not in (408, 425, 429))


@cache
def _made(path: str) -> Provider:
    return import_string(path)()


def send_due() -> dict[str, int]:
    """Send every result that is due; returns how many were taken, prepared to be handed over, and not taken."""
    done = {"sent": 0, "prepared": 0, "failed": 0}
    if not settings.HOTLINE_PROVIDER:
        # They are handed over as a file, and marked by whoever did so.
        done["prepared"] = HotlineReturn.objects.due(timezone.now()).update(state=ReturnState.PREPARED)
        return done
    while rows := HotlineReturn.objects.claim(at=timezone.now(), limit=BATCH, lease=LEASE):
        named = HotlineReturn.objects.with_cases().in_bulk([row.pk for row in rows])
        for row in rows:
            done[_send(row, named.get(row.pk))] += 1
    return done


def _send(row: HotlineReturn, named: HotlineReturn | None) -> str:
    """What became of it: sent, prepared or failed."""
    at = timezone.now()
    try:
        refuse_lost(row)
        if named is None:
            raise NotSent("gone", is_final=True)
        provider = _made(settings.HOTLINE_PROVIDER)
        provider.send(named.payload)
    except NotSent as error:
        failed(row, code=error.code, is_final=error.is_final, at=at)
        return "failed"
    except Exception as error:
        # One result that nobody foresaw must not hold up the others. The error itself may quote it.
        logger.error("Hotline result %s could not be sent: %s", row.pk, type(error).__name__)
        failed(row, code="internal", is_final=False, at=at)
        return "failed"
    if provider.confirms:
        sent(row)
        return "sent"
    # What a person has marked as handed over meanwhile stays so.
    waiting = HotlineReturn.objects.filter(pk=row.pk, state=ReturnState.WAITING)
    waiting.update(state=ReturnState.PREPARED, error="")
    return "prepared"
