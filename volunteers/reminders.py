"""Reminders: of a duty, a day and two hours before, with whom to call; of a unit's turn, days before."""

from datetime import datetime, timedelta

from django.utils import timezone

from portal.core.models import Notification
from volunteers import notices, turn_notices
from volunteers.models import Assignment, DutyShift
from volunteers.types import AssignmentStatus, ShiftStatus

# Name of the reminder -> how long before the shift it is sent, and until when it still makes sense.
DAY, HOURS = "day", "hours"
WINDOWS = {DAY: (timedelta(hours=24), timedelta(hours=2)), HOURS: (timedelta(hours=2), timedelta(0))}
# Whoever has just taken a place needs no reminder of it.
FRESH = timedelta(hours=3)
# A unit has to settle whom it sends.
BEFORE_TURN = timedelta(days=3)
LONGEST_TURN = timedelta(days=31)


def remind(now: datetime | None = None) -> int:
    """Remind everybody whose time has come; returns how many. Safe to run twice and after an outage."""
    now = now or timezone.now()
    return sum(_remind(when, now) for when in WINDOWS) + _remind_units(now)


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


def _remind_units(now: datetime) -> int:
    """Each turn is said once, with all shifts of it that are to come."""
    ahead = DutyShift.objects.open().filter(
        unit_on_turn__isnull=False, starts_at__gt=now, starts_at__lte=now + BEFORE_TURN + LONGEST_TURN
    )  # fmt: skip
    rows = ahead.select_related("station", "template", "unit_on_turn").order_by("starts_at", "pk")
    turns = [turn for turn in turn_notices.turns_in(rows) if turn.shifts[0].starts_at <= now + BEFORE_TURN]
    keys = {turn.near_key: turn for turn in turns}
    known = set(Notification.objects.filter(dedupe_key__in=list(keys)).values_list("dedupe_key", flat=True))
    for key, turn in keys.items():
        if key not in known:
            turn_notices.near(turn)
    return len(keys.keys() - known)
