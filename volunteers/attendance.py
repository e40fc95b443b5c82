"""On the day: who came, when they left, who did not come. Each ends in the ledger of hours."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NoReturn

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError
from portal.core.history import acting_as
from portal.core.models import User
from portal.core.text import clean_text
from volunteers import ledger
from volunteers.guards import MAX_REASON, reason_of, refuse, refuse_unless_runs_duty
from volunteers.models import Assignment, HourClaim
from volunteers.types import HOLDING, CheckMethod

# Somebody may come early to open up, and may have forgotten to check out.
EARLY = timedelta(minutes=60)
FORGOTTEN_AFTER = timedelta(minutes=60)
# What was noted on paper or in a phone without reception comes in later, once.
LATE_SYNC = timedelta(days=7)
# Phones that came without a network tell their own time.
CLOCK_SKEW = timedelta(minutes=1)
# Who leaves so soon after the beginning, or after coming, may have scanned or pressed twice by mistake.
HARDLY_BEGUN = timedelta(minutes=15)


def check_in(
    assignment: Assignment, *, by: User | None, how: str, at: datetime | None = None, now: datetime | None = None
) -> Assignment:
    """`at` is when the person came (default: now). A second check-in changes nothing."""
    now = now or timezone.now()
    at = at or now
    with _locked(assignment, by=by) as locked:
        if locked.checked_in_at is None:
            _within(locked, at, now)
            locked.checked_in_at, locked.checked_in_how = at, how
            if locked.is_no_show:
                # The reason was that of the absence.
                locked.is_no_show, locked.is_excused, locked.reason = False, False, ""
            locked.save(update_fields=["checked_in_at", "checked_in_how", "is_no_show", "is_excused", "reason"])
    return _refreshed(assignment)


def check_out(
    assignment: Assignment, *, by: User | None, how: str, at: datetime | None = None, now: datetime | None = None
) -> Assignment:
    """The person leaves: what was served goes into the ledger, once."""
    now = now or timezone.now()
    at = at or now
    with _locked(assignment, by=by) as locked:
        if locked.checked_in_at is None:
            raise Conflict(_("Nobody has checked in here yet."), code="not_checked_in")
        if locked.checked_out_at is None:
            if at < locked.checked_in_at:
                _refuse(_("The check-out comes before the check-in."))
            if at > now + CLOCK_SKEW:
                _refuse(_("This moment has not come yet."))
            if at < locked.shift.starts_at:
                _refuse(_("The shift has not begun yet."))
            locked.checked_out_at, locked.checked_out_how = at, how
            locked.save(update_fields=["checked_out_at", "checked_out_how"])
            ledger.settle(locked, by=by)
    return _refreshed(assignment)


def hardly_there(assignment: Assignment, at: datetime) -> int | None:
    """The minutes that a check-out at this moment would record, where it comes so soon that it may be a mistake."""
    came, shift = assignment.checked_in_at, assignment.shift
    if came is None or at < max(came, shift.starts_at):
        return None
    has_just_come, has_just_begun = at < came + HARDLY_BEGUN, at < min(shift.starts_at + HARDLY_BEGUN, shift.ends_at)
    return ledger.minutes_between(came, at) if has_just_come or has_just_begun else None


def undo_check_in(assignment: Assignment, *, by: User | None, now: datetime | None = None) -> Assignment:
    """Somebody checked in too early, or by mistake: until the planned beginning nothing has been served."""
    now = now or timezone.now()
    with _locked(assignment, by=by) as locked:
        if locked.checked_in_at is None or locked.checked_out_at is not None or now >= locked.shift.starts_at:
            raise Conflict(_("This check-in can no longer be undone."), code="not_possible_now")
        locked.checked_in_at, locked.checked_in_how = None, ""
        locked.save(update_fields=["checked_in_at", "checked_in_how"])
    return _refreshed(assignment)


def resume(assignment: Assignment, *, by: User | None, now: datetime | None = None) -> Assignment:
    """Take back a check-out by mistake, while the shift runs and the ledger holds no minute of it."""
    now = now or timezone.now()
    with _locked(assignment, by=by) as locked:
        if not may_resume(locked, now):
            raise Conflict(_("This check-out can no longer be undone. Please ask for a correction."), code="settled")
        locked.checked_out_at, locked.checked_out_how = None, ""
        locked.save(update_fields=["checked_out_at", "checked_out_how"])
    return _refreshed(assignment)


def may_resume(assignment: Assignment, now: datetime) -> bool:
    left, shift = assignment.checked_out_at, assignment.shift
    return left is not None and left <= now < shift.ends_at and not ledger.has_recorded(assignment)


def correct(
    assignment: Assignment, *, came_at: datetime, left_at: datetime, reason: str, by: User,
    now: datetime | None = None,
) -> HourClaim:  # fmt: skip
    """Other times than those of the check-in and check-out, which stay: a leader decides what counts instead."""
    now = now or timezone.now()
    reason = reason_of(reason)
    with _locked(assignment, by=by) as locked:
        if locked.checked_out_at is None:
            raise Conflict(_("Nobody has checked out here yet."), code="not_checked_out")
        if left_at < came_at:
            refuse("left", _("The check-out comes before the check-in."))
        if came_at < locked.shift.starts_at - EARLY:
            refuse("came", _("The shift has not begun yet."))
        if left_at > now + CLOCK_SKEW:
            refuse("left", _("This moment has not come yet."))
        came, left = (timezone.localtime(moment, ZONE).strftime("%H:%M") for moment in (came_at, left_at))
        words = _("In truth %(came)s–%(left)s: %(reason)s") % {"came": came, "left": left, "reason": reason}
        minutes = int((left_at - came_at).total_seconds() // 60)
        return ledger.correct(locked, minutes=minutes, reason=words, by=by)


def no_show(
    assignment: Assignment, *, by: User | None, is_excused: bool = False, reason: str = "",
    now: datetime | None = None,
) -> Assignment:  # fmt: skip
    """The person did not come, with or without an excuse. Nothing is recorded but what was planned."""
    now = now or timezone.now()
    with _locked(assignment, by=by) as locked:
        if locked.checked_in_at is not None:
            raise Conflict(_("This person has checked in."), code="checked_in")
        if now < locked.shift.starts_at:
            raise Conflict(_("The shift has not begun yet."), code="too_early")
        locked.is_no_show, locked.is_excused = True, is_excused
        locked.reason = clean_text(reason, max_length=MAX_REASON)
        locked.save(update_fields=["is_no_show", "is_excused", "reason"])
        ledger.settle(locked, by=by)
    return _refreshed(assignment)


def close_forgotten(now: datetime | None = None) -> int:
    """Check out, at the planned end, those who forgot to; returns how many. Safe to run twice and after an outage."""
    now, count = now or timezone.now(), 0
    open_ones = Assignment.objects.filter(
        checked_in_at__isnull=False, checked_out_at__isnull=True, shift__ends_at__lt=now - FORGOTTEN_AFTER
    )
    for assignment in open_ones.select_related("shift").order_by("pk"):
        # Whoever came after the planned end cannot have left before they came.
        at = max(moment for moment in (assignment.shift.ends_at, assignment.checked_in_at) if moment)
        check_out(assignment, by=None, how=CheckMethod.JOB, at=at, now=now)
        count += 1
    return count


def _within(assignment: Assignment, at: datetime, now: datetime) -> None:
    """Refuse a check-in at a time that has nothing to do with the shift."""
    shift = assignment.shift
    if at > now + CLOCK_SKEW:
        _refuse(_("This moment has not come yet."))
    if at < shift.starts_at - EARLY:
        _refuse(_("The shift has not begun yet."))
    if at > shift.ends_at:
        _refuse(_("The shift is over."))
    if now > shift.ends_at + LATE_SYNC:
        _refuse(_("This is too long ago. Please ask for a supplement."))


def _refuse(message: str) -> NoReturn:
    raise DomainError("invalid", message, status=409, fields={"at": [message]})


@contextmanager
def _locked(assignment: Assignment, *, by: User | None) -> Iterator[Assignment]:
    # Whoever scanned the station's code comes here as the portal itself (`by` None), once the code was checked.
    refuse_unless_runs_duty(assignment.shift.station, by=by)
    with transaction.atomic(), acting_as(by.pk if by else None):
        locked = (
            Assignment.objects.select_for_update(of=("self",))
            .select_related("shift__station__region__parent", "volunteer")
            .get(pk=assignment.pk)
        )
        if locked.status not in HOLDING:
            message = _("This place is “%(state)s” by now.") % {"state": locked.get_status_display()}
            raise Conflict(message, code="not_possible_now")
        yield locked


def _refreshed(assignment: Assignment) -> Assignment:
    assignment.refresh_from_db()
    return assignment
