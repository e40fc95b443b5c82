"""Reminders: of a duty, a day and two hours before, with whom to call; of a unit's turn, days before."""

from datetime import datetime, timedelta

from django.utils import timezone

from portal.core.models import Membership, Notification
from portal.core.permissions import Role
from volunteers import notices, turn_notices
from volunteers.models import Assignment, DutyShift
from volunteers.turn_notices import turns_in
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
    """Each turn is said once, with all shifts of it that are to come. Units that nobody speaks for are passed over."""
    spoken_for = Membership.objects.filter(role=Role.UNIT_CONTACT, is_active=True, user__is_active=True)
    ahead = DutyShift.objects.open().filter(
        unit_on_turn__in=spoken_for.values("organization"), starts_at__gt=now
    ).select_related("station", "template", "unit_on_turn").order_by("starts_at", "pk")  # fmt: skip
    turns = {turn.near_key: turn for turn in turns_in(ahead.filter(starts_at__lte=now + BEFORE_TURN))}
    known = set(Notification.objects.filter(dedupe_key__in=list(turns)).values_list("dedupe_key", flat=True))
    for key in turns.keys() - known:
        first = turns[key].shifts[0]
        if first.template is None:
            turn_notices.near(turns[key])
            continue
        # The turn is said whole: much of it lies further ahead.
        until = first.starts_at + LONGEST_TURN
        whole = ahead.filter(template=first.template, unit_on_turn=turns[key].unit, starts_at__lte=until)
        turn_notices.near(next(turn for turn in turns_in(whole) if turn.near_key == key))
    return len(turns.keys() - known)
