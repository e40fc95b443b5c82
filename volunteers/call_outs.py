"""找人顶班: those who fit a shift that is short of people are asked in waves; whoever says yes first is on it.

In a wave are the likeliest who have not been asked for this shift, and of equals those who were asked least lately.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.models import User
from volunteers import notices, places
from volunteers.borrowing import nearby
from volunteers.candidates import Candidate, candidates
from volunteers.guards import OWN, refuse, refuse_unless_runs_duty
from volunteers.models import Assignment, CallOut, CallOutAsk, DutyShift
from volunteers.types import GAVE_BACK, AssignmentSource, ShiftStatus

# People asked for each place that is missing; one in three says yes in time.
ASKED_FOR_A_PLACE = 3
PATIENCE, HURRY = timedelta(minutes=30), timedelta(minutes=10)
HURRY_WITHIN = timedelta(hours=6)
MOST_WAVES = 6


def start(shift: DutyShift, *, by: User | None, now: datetime | None = None) -> CallOut:
    """Begin to ask, with the first wave at once. `by` None: the portal itself, when a place was given back."""
    refuse_unless_runs_duty(shift.station, by=by)
    now = now or timezone.now()
    with transaction.atomic(), acting_as(by.pk if by else None):
        call_out = _begun(_still_short(shift, now=now), by=by, now=now)
        _wave(call_out, now=now)
    return call_out


def borrow(shift: DutyShift, *, people: Collection[int], by: User, now: datetime | None = None) -> CallOut:
    """Ask these people of stations nearby (借调), by the ids of their entries; whoever says yes first is on it.

    They are asked at once, in the call that goes on or in a new one, which goes on in waves when nobody of them comes.
    """
    refuse_unless_runs_duty(shift.station, by=by)
    if not people:
        refuse("people", _("Choose at least one person to ask."))
    now = now or timezone.now()
    with transaction.atomic(), acting_as(by.pk):
        held = _still_short(shift, now=now)
        to_ask = [each for each in nearby(held, by=by, now=now).loans if each.asked is None]
        chosen = [each.candidate for each in to_ask if each.volunteer.pk in people]
        if len(chosen) < len(set(people)):
            message = _("One of them has been asked already or can no longer come. Please choose again.")
            raise Conflict(message, code="not_possible_now")
        call_out = CallOut.objects.filter(shift=held, status=CallOut.Status.OPEN).first()
        if call_out is None:
            call_out = _begun(held, by=by, now=now)
        call_out.shift = held
        _ask(call_out, chosen, now=now)
    return call_out


def stop(call_out: CallOut, *, by: User) -> CallOut:
    """Ask nobody any more. Whoever has been asked and says yes now is told that it is too late."""
    refuse_unless_runs_duty(call_out.station, by=by)
    with _locked(call_out, by=by) as held:
        if held.status == CallOut.Status.OPEN:
            _end(held, CallOut.Status.STOPPED, now=timezone.now())
    call_out.refresh_from_db()
    return call_out


def answer(ask: CallOutAsk, *, by: User, is_yes: bool, now: datetime | None = None) -> Assignment | None:
    """Yes or no of somebody who was asked. Yes puts them on the shift while a place is missing.

    A yes that comes too late is kept as such and told; nobody stands at the station in vain.
    """
    if ask.volunteer.person_id != by.person_id or not by.scope.can(OWN):
        raise NotAllowed()
    now = now or timezone.now()
    made = None
    with _locked(ask.call_out, by=by) as call_out:
        held = CallOutAsk.objects.select_for_update(of=("self",)).select_related("volunteer__person").get(pk=ask.pk)
        if held.answer == CallOutAsk.Answer.YES:
            raise Conflict(_("You have said yes already."), code="answered")
        if is_yes:
            made = _take(call_out, held, now=now)
        held.answer = CallOutAsk.Answer.YES if made else CallOutAsk.Answer.LATE if is_yes else CallOutAsk.Answer.NO
        held.answered_at = now
        held.save(update_fields=["answer", "answered_at"])
        if made is not None:
            _end_if_filled(call_out, now=now)
    ask.refresh_from_db()
    return made


def go_on(now: datetime | None = None) -> int:
    """Ask the next wave wherever its time has come, and end what is over; returns how many waves were sent."""
    now, sent = now or timezone.now(), 0
    due = CallOut.objects.filter(status=CallOut.Status.OPEN, next_wave_at__lte=now).order_by("pk")
    for waiting in due:
        with _locked(waiting, by=None) as call_out:
            if call_out.status == CallOut.Status.OPEN and not _end_if_filled(call_out, now=now):
                sent += _wave(call_out, now=now)
    return sent


@places.on_gap
def start_when_given_back(shift: DutyShift, given_back: Assignment) -> None:
    """A place given back shortly before: the portal begins to ask by itself, and tells the keepers."""
    try:
        with transaction.atomic():
            start(shift, by=None)
        is_calling = True
    except DomainError:  # being asked already
        is_calling = CallOut.objects.filter(shift=shift, status=CallOut.Status.OPEN).exists()
    notices.gap(shift, key=str(given_back.pk), is_calling=is_calling)


def _still_short(shift: DutyShift, *, now: datetime) -> DutyShift:
    """The shift, locked, if somebody can still be asked for it."""
    related = "station__region__parent"
    held = DutyShift.objects.select_for_update(of=("self",)).select_related(related).get(pk=shift.pk)
    if held.status != ShiftStatus.OPEN or held.starts_at <= now:
        raise Conflict(_("This shift has begun or has been called off."), code="not_possible_now")
    if held.taken >= held.min_people:
        raise Conflict(_("This shift has enough people."), code="enough")
    return held


def _begun(shift: DutyShift, *, by: User | None, now: datetime) -> CallOut:
    try:
        with transaction.atomic():
            return CallOut.objects.create(shift=shift, station=shift.station, started_by=by, started_at=now)
    except IntegrityError as error:
        raise Conflict(_("People are being asked for this shift already."), code="asking") from error


def _take(call_out: CallOut, ask: CallOutAsk, *, now: datetime) -> Assignment | None:
    shift = call_out.shift
    if call_out.status != CallOut.Status.OPEN or now >= shift.starts_at or shift.taken >= shift.min_people:
        return None
    return places.assign(
        shift, volunteer=ask.volunteer, by=None, source=AssignmentSource.CALL_OUT, is_told=False
    )  # fmt: skip


def _wave(call_out: CallOut, *, now: datetime) -> int:
    """Ask the next ones; 0 when nobody is left, which ends it."""
    missing = call_out.shift.min_people - call_out.shift.taken
    chosen = list(_next_people(call_out, missing * ASKED_FOR_A_PLACE))
    if not chosen or call_out.waves >= MOST_WAVES:
        _end(call_out, CallOut.Status.ENDED, now=now)
        return 0
    _ask(call_out, chosen, now=now)
    return 1


def _ask(call_out: CallOut, people: Iterable[Candidate], *, now: datetime) -> None:
    call_out.waves += 1
    is_hurried = call_out.shift.starts_at - now <= HURRY_WITHIN
    call_out.next_wave_at = now + (HURRY if is_hurried else PATIENCE)
    call_out.save(update_fields=["waves", "next_wave_at"])
    for each in people:
        notices.called(
            CallOutAsk.objects.create(call_out=call_out, volunteer=each.volunteer, wave=call_out.waves, asked_at=now)
        )


def _next_people(call_out: CallOut, count: int) -> Iterator[Candidate]:
    asked = set(call_out.asks.values_list("volunteer_id", flat=True))
    # Who gave this very place back, or said no to it, has answered already.
    gave_up = call_out.shift.assignments.filter(status__in=GAVE_BACK)
    passed_over = asked | set(gave_up.values_list("volunteer_id", flat=True))
    pool = candidates(call_out.shift, by=None)
    fitting = [each for each in pool if each.fits and each.volunteer.pk not in passed_over]
    people = [each.volunteer.pk for each in fitting]
    last = CallOutAsk.objects.filter(volunteer__in=people).values_list("volunteer").annotate(Max("asked_at")).order_by()
    lately = dict(last)
    never = datetime.min.replace(tzinfo=call_out.started_at.tzinfo)
    # Whoever has a doubt against them (no time named, too little rest) comes after all who have none.
    fitting.sort(key=lambda each: (bool(each.doubts), lately.get(each.volunteer.pk, never), each.rank))
    yield from fitting[:count]


def _end_if_filled(call_out: CallOut, *, now: datetime) -> bool:
    shift = DutyShift.objects.get(pk=call_out.shift_id)
    if shift.taken >= shift.min_people:
        _end(call_out, CallOut.Status.FILLED, now=now)
        return True
    if shift.starts_at <= now or shift.status != ShiftStatus.OPEN:
        _end(call_out, CallOut.Status.ENDED, now=now)
        return True
    return False


def _end(call_out: CallOut, status: str, *, now: datetime) -> None:
    call_out.status, call_out.ended_at, call_out.next_wave_at = status, now, None
    call_out.save(update_fields=["status", "ended_at", "next_wave_at"])


@contextmanager
def _locked(call_out: CallOut, *, by: User | None) -> Iterator[CallOut]:
    """The call-out behind its shift, both as they are now and locked."""
    with transaction.atomic(), acting_as(by.pk if by else None):
        shifts = DutyShift.objects.select_for_update(of=("self",)).select_related("station__region")
        shift = shifts.get(pk=call_out.shift_id)
        held = CallOut.objects.select_for_update(of=("self",)).get(pk=call_out.pk)
        held.shift = shift
        yield held
