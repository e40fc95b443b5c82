"""A paper sheet that is entered later: each of its lines by the verbs of the day, the whole line or nothing of it.

A line that comes twice is entered once. One that says something else than what is known is refused while the person is
there; once they have left, it asks for a correction of the hours, with a reason. What was recorded is never changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.history import acting_as
from portal.core.models import User
from volunteers import attendance, places
from volunteers.models import Assignment, DutyShift, Volunteer
from volunteers.types import HOLDING, AssignmentStatus, CheckMethod

# Paper knows no seconds.
SAME = timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    """What the paper says of one person: times, or that they did not come. `reason` is why they did not, or why the
    times are others than the known ones."""

    came_at: datetime | None = None
    left_at: datetime | None = None
    is_absent: bool = False
    is_excused: bool = False
    reason: str = ""


def enter(place: Assignment, line: Line, *, by: User) -> Assignment:
    """Enter the line of somebody who holds a place."""
    with transaction.atomic():
        if line.is_absent:
            return attendance.no_show(place, by=by, is_excused=line.is_excused, reason=line.reason)
        if place.checked_in_at is not None and place.checked_out_at is not None:
            _put_right(place, line, came=place.checked_in_at, left=place.checked_out_at, by=by)
            return place
        if line.came_at is not None:
            with _beside("came"):
                place = attendance.check_in(place, by=by, how=CheckMethod.SHEET, at=line.came_at)
                _refuse_another(place.checked_in_at, line.came_at)
        if line.left_at is not None:
            with _beside("left"):
                place = attendance.check_out(place, by=by, how=CheckMethod.SHEET, at=line.left_at)
                _refuse_another(place.checked_out_at, line.left_at)
    return place


def enter_walk_in(shift: DutyShift, line: Line, *, volunteer: Volunteer, by: User) -> Assignment:
    """Enter the line of somebody who came without being on the list: where no place is left, one beyond."""
    with transaction.atomic(), acting_as(by.pk):
        known = shift.assignments.select_related("shift__station", "volunteer")
        place = known.filter(volunteer=volunteer, status__in=HOLDING).first()
        if place is None:
            # Whoever only waited for a place came all the same.
            for waiting in known.filter(volunteer=volunteer, status=AssignmentStatus.WAITING).select_for_update():
                waiting.status = AssignmentStatus.WITHDRAWN
                waiting.save(update_fields=["status"])
            with _beside("number"):
                place = places.come_unasked(shift, volunteer=volunteer, by=by)
        return enter(place, line, by=by)


def _put_right(place: Assignment, line: Line, *, came: datetime, left: datetime, by: User) -> None:
    """Ask for a correction where the paper says other times than the known ones; what it leaves out stands."""
    told_came, told_left = line.came_at or came, line.left_at or left
    if abs(told_came - came) >= SAME or abs(told_left - left) >= SAME:
        attendance.correct(place, came_at=told_came, left_at=told_left, reason=line.reason, by=by)


@contextmanager
def _beside(field: str) -> Iterator[None]:
    """Have a refusal name the column of the sheet that is at fault."""
    try:
        yield
    except DomainError as error:
        message = str(error)
        raise DomainError(error.code, message, status=error.status, fields={field: [message]}) from error


def _refuse_another(known: datetime | None, told: datetime) -> None:
    if known is not None and abs(known - told) >= SAME:
        clock = timezone.localtime(known).strftime("%H:%M")
        raise Conflict(_("%(time)s is entered already. Hours are put right by a correction.") % {"time": clock})
