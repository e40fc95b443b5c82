"""The daily digest: one e-mail with what somebody has not read, for those who chose it."""

from datetime import timedelta

from django.utils import timezone

from portal.core.models import Notification, NotificationChoice
from portal.core.notifications.kinds import Channel
from portal.core.notifications.outbox import notify
from portal.core.notifications.wording import Wording

# What was left unread for longer has been in a digest before.
WINDOW = timedelta(days=1)
MOST_LINES = 30


def send_digests() -> int:
    """Write one digest for everybody who chose it and has something unread of the last day; returns how many."""
    at, wording, written = timezone.now(), Wording(), 0
    chosen = NotificationChoice.objects.filter(daily_digest=True, person__user__is_active=True)
    for choice in chosen.exclude(person__user__email="").select_related("person").iterator():
        unread = Notification.objects.filter(person=choice.person, created_at__gt=at - WINDOW).unread()
        count = unread.count()
        if not count:
            continue
        lines = [
            f"· {wording.of(row.kind, Channel.DESK, choice.language, row.values).subject}"
            for row in unread[:MOST_LINES]
        ]
        notify(
            kind="daily_digest",
            to=choice.person,
            context={"count": count, "lines": "\n".join(lines)},
            dedupe_key=f"digest:{timezone.localdate(at).isoformat()}",
        )
        written += 1
    return written
