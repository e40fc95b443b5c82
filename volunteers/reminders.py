"""Reminders of a duty: a day before, and two hours before, with whom to call."""

from datetime import datetime, timedelta

from django.utils import timezone

from portal.core.models import Notification
from volunteers import notices
from volunteers.models import Assignment
from volunteers.types import AssignmentStatus, ShiftStatus

# Name of the reminder -> how long before the shift it is sent, and until when it still makes sense.
DAY, HOURS = "day", "hours"
WINDOWS = {DAY: (timedelta(hours=24), timedelta(hours=2)), HOURS: (timedelta(hours=2), timedelta(0))}
# Whoever has just taken a place needs no reminder of it.
FRESH = timedelta(hours=3)


def remind(now: datetime | None = None) -> int:
    """Remind everybody whose time has come; returns how many. Safe to run twice and after an outage."""
    now = now or timezone.now()
    return sum(_remind(when, now) for when in WINDOWS)


def _remind(when: str, now: datetime) -> int:
    before, after = WINDOWS[when]
    near = Assignment.objects.filter(
        status=AssignmentStatus.CONFIRMED, checked_in_at=None, shift__status=ShiftStatus.OPEN,
        shift__starts_at__gt=now + after, shift__starts_at__lte=now + before, made_at__lt=now - FRESH,
    )  # fmt: skip
    rows = list(near.select_related("shift__station", "volunteer").order_by("shift__starts_at", "pk"))
    keys = {row.pk: notices.reminder_key(when, row.pk, row.shift.starts_at) for row in rows}
    people = [row.volunteer.person_id for row in rows]
    told = Notification.objects.filter(person__in=people, dedupe_key__in=list(keys.values()))
    known = set(told.values_list("dedupe_key", flat=True))
    waiting = [row for row in rows if keys[row.pk] not in known]
    for row in waiting:
        notices.reminded(row, when=when)
    return len(waiting)
