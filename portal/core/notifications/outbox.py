"""The writing half: rows in the transaction of whoever tells, so that what happened and what is told are one.

    notify(
        kind="case_offered", to=contacts, context={"number": case.number}, dedupe_key=f"case:{case.pk}:{case.version}",
    )

Sending is the job's (`portal.core.notifications.delivery`).
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.core.errors import NotAllowed
from portal.core.history import acting_as
from portal.core.models import Notification, OutboxMessage, Person, SendState, User
from portal.core.notifications.jobs import send_messages
from portal.core.notifications.kinds import KINDS, Channel, Kind
from portal.core.notifications.quiet import after_quiet
from portal.core.notifications.recipients import Reader, Recipient, readers_of


def notify(
    *,
    kind: str,
    to: Recipient | Iterable[Recipient],
    context: Mapping[str, Any],
    dedupe_key: str,
    about: str = "",
    link: str = "",
) -> None:
    """Tell `to` of something, in the portal and by the channels that each has chosen.

    The same `dedupe_key` tells the same person once, however often this is called. `about` is the row that it is
    about, as "table/id" (`portal.core.notifications.outbox.forget`); `link` the page of the portal to open.
    """
    told = KINDS[kind]
    if missing := told.placeholders ^ context.keys():
        raise ValueError(f"The context of {kind!r} and its placeholders differ by {sorted(missing)}.")
    at = timezone.now()
    readers = readers_of([to] if isinstance(to, Recipient) else to)
    shared = {
        "kind": kind, "context": json.dumps({name: str(value) for name, value in context.items()}, ensure_ascii=False),
        "dedupe_key": dedupe_key, "about": about, "created_at": at,
    }  # fmt: skip
    lines = [
        Notification(person=reader.person, link=link, **shared)
        for reader in readers
        if reader.person is not None and Channel.DESK in told.texts
    ]
    messages = [message for reader in readers for message in _messages(reader, told, at=at, shared=shared)]
    # No savepoint: inside of the caller's transaction this adds nothing, outside of one it makes one.
    with transaction.atomic(savepoint=False):
        Notification.objects.bulk_create(lines, ignore_conflicts=True)
        OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
        if told.is_urgent and messages:
            transaction.on_commit(lambda: send_messages.enqueue())


def _messages(reader: Reader, kind: Kind, *, at: datetime, shared: dict[str, Any]) -> Iterable[OutboxMessage]:
    for channel, address in reader.outward(kind):
        yield OutboxMessage(
            channel=channel,
            language=reader.language,
            person=reader.person,
            address=address.sealed,
            address_masked=address.masked,
            address_hash=address.hash,
            due_at=at if kind.is_urgent else after_quiet(at, reader.quiet_hours),
            valid_until=at + kind.valid_for if kind.valid_for else None,
            **shared,
        )


def mark_read(notifications: Any, *, by: User) -> int:
    """Mark these as read, as far as they are one's own; returns how many were not."""
    return notifications.for_user(by).unread().update(read_at=timezone.now())


def forget(*, about: str = "", person: Person | None = None, phone_hash: str = "") -> None:
    """Take out everything told about a row, to a person or to a phone: part of erasing their data."""
    told_about = Q(about=about) if about else Q(pk__in=[])
    to_person = Q(person=person) if person is not None else Q(pk__in=[])
    with transaction.atomic(savepoint=False):
        Notification.objects.filter(told_about | to_person).delete()
        to_phone = Q(address_hash=phone_hash) if phone_hash else Q(pk__in=[])
        OutboxMessage.objects.filter(told_about | to_person | to_phone).delete()


def try_again(messages: Any, *, by: User) -> int:
    """Send failed messages once more from the start; returns how many."""
    if not by.scope.can("reference:write"):
        raise NotAllowed()
    with transaction.atomic(), acting_as(by.pk):
        failed = messages.filter(state=SendState.FAILED)
        return failed.update(state=SendState.WAITING, attempts=0, error="", due_at=timezone.now())
