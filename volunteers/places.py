"""Places on shifts: assigned, signed up for, answered, given back, promoted from the waiting list.

The database itself refuses what must not be: more people than places (a conditional UPDATE beside a check), one person
in two places at once (an exclusion constraint). Whoever comes second is told so.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict
from portal.core.history import acting_as
from portal.core.models import User
from volunteers import notices, turn_notices
from volunteers.guards import refuse_unless_concerned, refuse_unless_runs_duty
from volunteers.joining import take_place
from volunteers.models import Assignment, DutyShift, Volunteer
from volunteers.suitability import obstacles, refuse_unsuitable
from volunteers.types import HOLDING, AssignmentSource, AssignmentStatus, ShiftStatus

# A place given back so shortly before has somebody look for another.
WATCHED = timedelta(hours=72)
GapHook = Callable[[DutyShift, Assignment], None]
_on_gap: list[GapHook] = []


def on_gap(hook: GapHook) -> GapHook:
    """Have `hook(shift, given_back)` run, in the same transaction, when a shift ahead has become short of people."""
    _on_gap.append(hook)
    return hook


def assign(
    shift: DutyShift,
    *,
    volunteer: Volunteer,
    by: User | None,
    source: str = AssignmentSource.STAFF,
    answer_by: datetime | None = None,
    is_pinned: bool = False,
    is_told: bool = True,
) -> Assignment:
    """Put somebody on a shift. With `answer_by` the person is asked first, and holds the place meanwhile.

    The person is told unless the caller does so (`is_told=False`), as for a whole roster at once.
    """
    refuse_unless_runs_duty(shift.station, by=by)
    refuse_unsuitable(shift, volunteer)
    status = AssignmentStatus.PROPOSED if answer_by else AssignmentStatus.CONFIRMED
    with _placing(volunteer, by=by):
        _take_place(shift)
        made = _make(
            shift, volunteer, by=by, status=status, source=source, answer_by=answer_by, is_pinned=is_pinned
        )  # fmt: skip
        if is_told and answer_by:
            notices.asked([made])
        elif is_told and not _is_own(made, by):
            notices.placed(made)
        return made


def come_unasked(shift: DutyShift, *, volunteer: Volunteer, by: User, at: datetime | None = None) -> Assignment:
    """Somebody served without being on the list, as the paper says.

    Where a shift that has begun is full they get a place beyond it, with a `reason` that says so: what was served is
    recorded. It is none of the places that are `taken`, so that nobody is planned beyond the most people.
    """
    refuse_unless_runs_duty(shift.station, by=by)
    refuse_unsuitable(shift, volunteer)
    with _placing(volunteer, by=by):
        beyond = ""
        if not _is_place_taken(shift):
            _refuse_closed(shift)
            if (at or timezone.now()) < shift.starts_at:
                raise _full()
            beyond = _why_beyond(shift)
        return _make(
            shift, volunteer, by=by, status=AssignmentStatus.CONFIRMED, source=AssignmentSource.SHEET, reason=beyond
        )  # fmt: skip


def sign_up(shift: DutyShift, *, volunteer: Volunteer, by: User | None, at: datetime | None = None) -> Assignment:
    """A volunteer takes a place, or a place on the waiting list when there is none left."""
    at = at or timezone.now()
    refuse_unless_concerned(volunteer, shift.station, by=by)
    if shift.signup_opens_at is None or not shift.signup_opens_at <= at < shift.signup_closes_at:
        raise Conflict(_("Sign-up for this shift is not open now."), code="signup_closed")
    refuse_unsuitable(shift, volunteer)
    with _placing(volunteer, by=by):
        made = _made(
            shift, volunteer, by=by, status=AssignmentStatus.CONFIRMED, source=AssignmentSource.SELF, answered_at=at
        )
        if take_place(made):
            return made
        _refuse_closed(shift)
        return _make(shift, volunteer, by=by, status=AssignmentStatus.WAITING, source=AssignmentSource.SELF)


def accept(assignment: Assignment, *, by: User | None, at: datetime | None = None) -> Assignment:
    """Say yes to a place that was proposed."""
    at = at or timezone.now()
    with _locked(assignment, by=by, expects=(AssignmentStatus.PROPOSED,)) as locked:
        if locked.answer_by is not None and at > locked.answer_by:
            raise Conflict(_("The time to answer has passed."), code="too_late")
        locked.status, locked.answered_at = AssignmentStatus.CONFIRMED, at
        locked.save(update_fields=["status", "answered_at"])
    return _refreshed(assignment)


def decline(assignment: Assignment, *, by: User | None, reason: str = "", at: datetime | None = None) -> Assignment:
    """Say no to a place that was proposed; it goes to the first on the waiting list."""
    return _give_back(assignment, AssignmentStatus.DECLINED, (AssignmentStatus.PROPOSED,), by=by, reason=reason, at=at)


def withdraw(assignment: Assignment, *, by: User | None, reason: str = "", at: datetime | None = None) -> Assignment:
    """Give a place, or a place on the waiting list, back before the shift begins."""
    expects = (AssignmentStatus.CONFIRMED, AssignmentStatus.PROPOSED, AssignmentStatus.WAITING)
    return _give_back(assignment, AssignmentStatus.WITHDRAWN, expects, by=by, reason=reason, at=at)


def call_off(shift: DutyShift, *, by: User | None, reason: str) -> list[Assignment]:
    """A shift does not take place (台风停岗). Returns the places that were held: the people to be told."""
    refuse_unless_runs_duty(shift.station, by=by)
    with transaction.atomic(), acting_as(by.pk if by else None):
        locked = DutyShift.objects.select_for_update().get(pk=shift.pk)
        _refuse_closed(locked)
        held = locked.assignments.filter(status__in=[*HOLDING, AssignmentStatus.WAITING], checked_in_at=None)
        told = list(held.select_related("volunteer"))
        locked.assignments.filter(pk__in=[each.pk for each in told]).update(status=AssignmentStatus.CALLED_OFF)
        locked.taken -= sum(each.status in HOLDING for each in told)
        locked.status, locked.called_off_reason = ShiftStatus.CALLED_OFF, reason
        locked.save(update_fields=["taken", "status", "called_off_reason"])
        for place in told:
            place.shift = locked
            notices.cancelled(place, reason=reason)
        notices.called_off(locked)
        turn_notices.cancelled([locked], reason=reason)
    shift.refresh_from_db()
    return told


def call_off_all(shifts: Iterable[DutyShift], *, by: User, reason: str) -> dict[DutyShift, list[Assignment]]:
    """Call off many shifts at once, all of them or none: a whole day at a station, a street without duty.

    Returns for each the places that were held. What somebody else called off meanwhile is passed over.
    """
    told = {}
    with transaction.atomic(), acting_as(by.pk):
        # In one order, so that two who call off overlapping areas do not wait for each other.
        for shift in sorted(shifts, key=lambda each: each.pk):
            locked = DutyShift.objects.select_for_update(of=("self",)).select_related("station").get(pk=shift.pk)
            if locked.status == ShiftStatus.OPEN:
                told[shift] = call_off(locked, by=by, reason=reason)
    return told


def pin(assignment: Assignment, *, by: User, is_pinned: bool = True) -> Assignment:
    """Keep somebody's place from a new roster, or leave it to the roster again."""
    refuse_unless_runs_duty(assignment.shift.station, by=by)
    with _locked(assignment, by=by, expects=HOLDING) as locked:
        locked.is_pinned = is_pinned
        locked.save(update_fields=["is_pinned"])
    return _refreshed(assignment)


def move(assignment: Assignment, *, to: DutyShift, by: User, at: datetime | None = None) -> Assignment:
    """Take somebody off one shift and put them on another, both or neither; returns the new place.

    What was said of the old place holds for the new one: who was still asked is asked again, who is pinned stays so.
    """
    at = at or timezone.now()
    for station in (assignment.shift.station, to.station):
        refuse_unless_runs_duty(station, by=by)
    refuse_unsuitable(to, assignment.volunteer)
    with _placing(assignment.volunteer, by=by):
        # Both shifts in one order: of two who move people to and fro at once, one waits and neither is stuck.
        list(DutyShift.objects.select_for_update().filter(pk__in=(assignment.shift_id, to.pk)).order_by("pk"))
        with _locked(assignment, by=by, expects=HOLDING) as left:
            target = DutyShift.objects.select_related("station").get(pk=to.pk)
            _refuse_to_move(left, target, at=at)
            made = _take_from(left, target, volunteer=assignment.volunteer, by=by, at=at)
            _promote(left.shift, at=at)
            notices.asked([made]) if made.status == AssignmentStatus.PROPOSED else notices.moved(made)
            _tell_station(left, by=by, at=at)
            return made


def hand_on(shift: DutyShift, *, volunteer: Volunteer, by: User, source: str) -> Assignment:
    """A place that somebody has just left goes to somebody else: as many people are on the shift as before.

    Part of a verb that holds the shift and has judged who may do this.
    """
    with _placing(volunteer, by=by):
        return _make(
            shift, volunteer, by=by, status=AssignmentStatus.CONFIRMED, source=source, answered_at=timezone.now()
        )  # fmt: skip


def move_along(shift: DutyShift) -> None:
    """Have the times of those on a shift follow the shift's; `Conflict` names whoever is on duty elsewhere then.

    Call it in the transaction that moves the shift, with the shift locked.
    """
    for assignment in shift.assignments.exclude(period=(shift.starts_at, shift.ends_at)).select_related("volunteer"):
        try:
            with transaction.atomic():
                assignment.period = (shift.starts_at, shift.ends_at)
                assignment.save(update_fields=["period"])
                if assignment.status in HOLDING:
                    assignment.shift = shift
                    notices.moved(assignment)
        except IntegrityError as error:
            raise _refusal(error, assignment.volunteer) from error


def expire_proposals(at: datetime | None = None) -> int:
    """Free the places of those who did not answer in time; returns how many. Safe to run twice."""
    at, count = at or timezone.now(), 0
    late = Assignment.objects.filter(status=AssignmentStatus.PROPOSED, answer_by__lt=at).order_by("pk")
    for assignment in late.select_related("shift"):
        try:
            _give_back(
                assignment, AssignmentStatus.DECLINED, (AssignmentStatus.PROPOSED,), by=None,
                reason=_("No answer in time"), at=at,
            )  # fmt: skip
            count += 1
        except Conflict:  # answered in this very moment
            continue
    return count


def _is_place_taken(shift: DutyShift) -> bool:
    """Count one more on the shift if there is room. The row stays locked until the transaction ends."""
    room = DutyShift.objects.filter(pk=shift.pk, status=ShiftStatus.OPEN, taken__lt=F("max_people"))
    return bool(room.update(taken=F("taken") + 1))


def _take_place(shift: DutyShift) -> None:
    if not _is_place_taken(shift):
        _refuse_closed(shift)
        raise _full()


def _full() -> Conflict:
    return Conflict(_("This shift is full."), code="full")


def _why_beyond(shift: DutyShift) -> str:
    if shift.assignments.holding().filter(is_no_show=False).count() < shift.max_people:
        return _("Came without being on the list, for somebody who did not come")
    return _("Came without being on the list, beyond the %(most)d people of the shift") % {"most": shift.max_people}


def _refuse_closed(shift: DutyShift) -> None:
    if not DutyShift.objects.open().filter(pk=shift.pk).exists():
        raise Conflict(_("This shift has been called off."), code="called_off")


@contextmanager
def _placing(volunteer: Volunteer, *, by: User | None) -> Iterator[None]:
    """A transaction in which somebody gets a place. What the database refuses is told in words once it is undone."""
    try:
        with transaction.atomic(), acting_as(by.pk if by else None):
            yield
    except IntegrityError as error:
        raise _refusal(error, volunteer) from error


def _make(shift: DutyShift, volunteer: Volunteer, *, by: User | None, **values: object) -> Assignment:
    made = _made(shift, volunteer, by=by, **values)
    made.save(force_insert=True)
    return made


def _made(shift: DutyShift, volunteer: Volunteer, *, by: User | None, **values: object) -> Assignment:
    return Assignment(
        shift=shift, volunteer=volunteer, district_id=shift.district_id, period=(shift.starts_at, shift.ends_at),
        made_by=by, **values,
    )  # fmt: skip


def _refusal(error: IntegrityError, volunteer: Volunteer) -> Exception:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    match name:
        case "assignment_one_at_a_time":
            return Conflict(_("“%(name)s” is on duty elsewhere at that time.") % {"name": volunteer}, code="busy")
        case "assignment_once_a_shift":
            return Conflict(_("“%(name)s” is on this shift already.") % {"name": volunteer}, code="already_there")
    return error


def _refuse_to_move(left: Assignment, target: DutyShift, *, at: datetime) -> None:
    if left.shift_id == target.pk:
        raise Conflict(_("“%(name)s” is on this shift already.") % {"name": left.volunteer}, code="already_there")
    if left.checked_in_at is not None:
        raise Conflict(_("This person has checked in."), code="checked_in")
    for shift in (left.shift, target):
        if at >= shift.starts_at:
            message = _("“%(shift)s” has begun: nobody is moved from or to it any more.") % {"shift": shift}
            raise Conflict(message, code="too_late")


def _take_from(left: Assignment, target: DutyShift, *, volunteer: Volunteer, by: User, at: datetime) -> Assignment:
    """The old place is free before the new one is made: the two shifts may overlap."""
    status, answer_by = left.status, left.answer_by and min(left.answer_by, target.starts_at)
    _take_place(target)
    left.status, left.answered_at = AssignmentStatus.WITHDRAWN, at
    left.reason = (_("Moved to %(shift)s") % {"shift": target})[:100]
    left.save(update_fields=["status", "reason", "answered_at"])
    DutyShift.objects.filter(pk=left.shift_id).update(taken=F("taken") - 1)
    return _make(
        target, volunteer, by=by, status=status, source=AssignmentSource.STAFF, is_pinned=left.is_pinned,
        answer_by=answer_by,
    )  # fmt: skip


def _give_back(
    assignment: Assignment, status: str, expects: tuple[str, ...], *, by: User | None, reason: str, at: datetime | None
) -> Assignment:
    at = at or timezone.now()
    with _locked(assignment, by=by, expects=expects) as locked:
        if at >= locked.shift.starts_at and by is not None:
            raise Conflict(_("The shift has begun. Please call the station."), code="too_late")
        held = locked.status in HOLDING
        locked.status, locked.reason, locked.answered_at = status, reason[:100], at
        locked.save(update_fields=["status", "reason", "answered_at"])
        if held:
            DutyShift.objects.filter(pk=locked.shift_id).update(taken=F("taken") - 1)
            _promote(locked.shift, at=at)
            if by is not None and not _is_own(locked, by):
                notices.cancelled(locked, reason=reason)
            _tell_station(locked, by=by, at=at)
    return _refreshed(assignment)


def _is_own(assignment: Assignment, by: User | None) -> bool:
    return by is not None and by.person_id == assignment.volunteer.person_id


def _tell_station(given_back: Assignment, *, by: User | None, at: datetime) -> None:
    """Have everybody know who deals with a shift that has become short of people, shortly before it begins. Otherwise
    it is enough that the station hears of it, unless its own staff took the place back.
    """
    shift = DutyShift.objects.select_related("station__region").get(pk=given_back.shift_id)
    if shift.status != ShiftStatus.OPEN or at >= shift.starts_at:
        return
    if shift.starts_at <= at + WATCHED and shift.taken < shift.min_people:
        for hook in _on_gap:
            hook(shift, given_back)
    elif by is None or _is_own(given_back, by):
        notices.given_back(given_back, shift)


def _promote(shift: DutyShift, *, at: datetime) -> Assignment | None:
    """Give the free place to the first on the waiting list who can still take it."""
    if at >= shift.starts_at or shift.status != ShiftStatus.OPEN:
        return None
    waiting = Assignment.objects.filter(shift=shift, status=AssignmentStatus.WAITING).order_by("made_at", "pk")
    for first in waiting.select_related("volunteer").select_for_update(of=("self",)):
        if list(obstacles(shift, first.volunteer)) or not _is_place_taken(shift):
            continue
        try:
            with transaction.atomic():
                first.status, first.source = AssignmentStatus.CONFIRMED, AssignmentSource.WAITLIST
                first.save(update_fields=["status", "source"])
                first.shift = shift
                notices.placed(first)
                return first
        except IntegrityError:
            # By now on duty elsewhere: the place goes to the next.
            DutyShift.objects.filter(pk=shift.pk).update(taken=F("taken") - 1)
    return None


@contextmanager
def _locked(assignment: Assignment, *, by: User | None, expects: tuple[str, ...]) -> Iterator[Assignment]:
    """The row as it is now, locked behind its shift: whoever holds the shift decides about its places."""
    refuse_unless_concerned(assignment.volunteer, assignment.shift.station, by=by)
    with transaction.atomic(), acting_as(by.pk if by else None):
        shift = DutyShift.objects.select_for_update().get(pk=assignment.shift_id)
        locked = Assignment.objects.select_for_update().get(pk=assignment.pk)
        locked.shift = shift
        if locked.status not in expects:
            raise Conflict(
                _("This place is “%(state)s” by now.") % {"state": locked.get_status_display()}, code="not_possible_now"
            )
        yield locked


def _refreshed(assignment: Assignment) -> Assignment:
    assignment.refresh_from_db()
    return assignment
