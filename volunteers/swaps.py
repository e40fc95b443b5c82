"""换班: a place for a place, or a place handed on, between two people who both agree. All in one transaction.

Both places are checked as a new one would be: whoever cannot do the other's shift, or is on duty elsewhere then, is
told so, and nothing has changed.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.models import User
from portal.core.text import clean_text
from volunteers import notices, places
from volunteers.guards import MAX_REASON, OWN
from volunteers.models import Assignment, DutyShift, Swap, Volunteer
from volunteers.models.assignments import AssignmentQuerySet
from volunteers.spare_time import SpareTime
from volunteers.suitability import obstacles, refuse_unsuitable
from volunteers.types import AssignmentSource, AssignmentStatus, ShiftStatus

# So many of the nearest in time are looked at.
MOST_PARTNERS = 100


def partners(place: Assignment, *, now: datetime | None = None) -> AssignmentQuerySet:
    """Places of others at the same station that this one can be swapped for: confirmed, and not begun."""
    now = now or timezone.now()
    others = Assignment.objects.filter(
        shift__station=place.shift.station_id, shift__status=ShiftStatus.OPEN, shift__starts_at__gt=now,
        status=AssignmentStatus.CONFIRMED,
    )  # fmt: skip
    # Nobody is on one shift twice: neither I on theirs, nor they on mine.
    mine = Assignment.objects.holding().filter(volunteer=place.volunteer_id).values("shift")
    beside = Assignment.objects.holding().filter(shift=place.shift_id).values("volunteer")
    others = others.exclude(shift__in=mine).exclude(volunteer__in=beside)
    return others.select_related("shift__station", "volunteer__person").order_by("shift__starts_at", "pk")


@dataclass(frozen=True)
class Choice:
    """For which places one can be swapped, and of the others how many are kept from it by what."""

    possible: list[Assignment]
    why_not: list[tuple[str, int]]


def choice(place: Assignment, *, now: datetime | None = None) -> Choice:
    """The partners as the checks of `accept` would find them today. A constant number of queries."""
    rows = list(partners(place, now=now)[:MOST_PARTNERS])
    if not rows:
        return Choice([], [])
    days = [each.shift.starts_at.astimezone(ZONE).date() for each in (place, *rows)]
    people = {each.volunteer_id: each.volunteer for each in (place, *rows)}
    times = SpareTime(people.values(), since=min(days), until=max(days))

    def refusal(other: Assignment) -> str:
        own, their = (place.shift_id, other.shift_id), (place.volunteer_id, other.volunteer_id)
        for volunteer, shift in ((their[0], other.shift), (their[1], place.shift)):
            for reason in obstacles(shift, people[volunteer]):
                return reason
            if any(_overlap(duty.shift, shift) for duty in times.elsewhere(volunteer, own)):
                return _("One of you is on duty elsewhere at that time.")
        return ""

    reasons = [(each, refusal(each)) for each in rows]
    why_not = Counter(reason for _each, reason in reasons if reason)
    return Choice([each for each, reason in reasons if not reason], why_not.most_common())


def colleague(number: str) -> Volunteer:
    """The active volunteer who is named by their number; `DomainError` under `number` where there is none."""
    found = Volunteer.objects.active().filter(number=number.strip()).first()
    if found is None:
        message = _("There is no active volunteer with this number.")
        raise DomainError("invalid", message, fields={"number": [message]})
    return found


def ask(
    place: Assignment, *, by: User, wanted: Assignment | None = None, to: Volunteer | None = None, message: str = ""
) -> Swap:
    """Ask somebody: for their place (`wanted`), or whether they take this one over (`to`)."""
    _refuse_others(place, by=by)
    if (wanted is None) == (to is None):
        raise DomainError("invalid", _("Name a place to swap for, or a person who takes yours over."))
    now = timezone.now()
    asked = wanted.volunteer if wanted is not None else to
    if asked.pk == place.volunteer_id:
        raise DomainError("invalid", _("You cannot swap with yourself."))
    with transaction.atomic(), acting_as(by.pk):
        _still_stands(place, now)
        if wanted is not None:
            _still_stands(wanted, now)
            if wanted.shift.station_id != place.shift.station_id:
                raise DomainError("invalid", _("Places are swapped at one station."))
            refuse_unsuitable(wanted.shift, place.volunteer)
        refuse_unsuitable(place.shift, asked)
        try:
            with transaction.atomic():
                swap = Swap.objects.create(
                    assignment=place, to=asked, wanted=wanted, message=clean_text(message, max_length=MAX_REASON)
                )
        except IntegrityError as error:
            raise Conflict(_("This person has been asked already."), code="asked_already") from error
        notices.swap_asked(swap)
    return swap


def accept(swap: Swap, *, by: User) -> Swap:
    """The other one agrees: both get what they asked for, or neither."""
    with _held(swap, by=by, side="to") as held:
        mine, theirs = _locked_places(held)
        now = timezone.now()
        for place in filter(None, (mine, theirs)):
            _still_stands(place, now)
        refuse_unsuitable(mine.shift, held.to)
        _leave(mine, by=by)
        if theirs is not None:
            refuse_unsuitable(theirs.shift, mine.volunteer)
            _leave(theirs, by=by)
            _take_over(theirs, mine.volunteer, by=by)
        _take_over(mine, held.to, by=by)
        held.status = Swap.Status.DONE
        # Whoever else was asked for one of these places need not answer any more.
        gone = [place.pk for place in (mine, theirs) if place is not None]
        others = Swap.objects.filter(status=Swap.Status.ASKED).exclude(pk=held.pk)
        for query in (others.filter(assignment__in=gone), others.filter(wanted__in=gone)):
            query.update(status=Swap.Status.CANCELLED, answered_at=now)
    notices.swap_answered(held)
    return _refreshed(swap)


def refuse(swap: Swap, *, by: User) -> Swap:
    """The other one does not agree; everything stays as it was."""
    with _held(swap, by=by, side="to") as held:
        held.status = Swap.Status.REFUSED
        notices.swap_answered(held)
    return _refreshed(swap)


def cancel(swap: Swap, *, by: User) -> Swap:
    """Whoever asked does so no longer."""
    with _held(swap, by=by, side="assignment") as held:
        held.status = Swap.Status.CANCELLED
    return _refreshed(swap)


def _refuse_others(place: Assignment, *, by: User) -> None:
    if place.volunteer.person_id != by.person_id or not by.scope.can(OWN):
        raise NotAllowed()


def _still_stands(place: Assignment, now: datetime) -> None:
    stands = place.status == AssignmentStatus.CONFIRMED and place.shift.status == ShiftStatus.OPEN
    if not stands or place.shift.starts_at <= now:
        raise Conflict(_("One of the places is not there to be swapped any more."), code="not_possible_now")


@contextmanager
def _held(swap: Swap, *, by: User, side: str) -> Iterator[Swap]:
    """The swap, locked, for the one of the two whose step it is; saved when the step has been taken.

    Its shifts come first, in one order: of two who want the same place one waits, and neither holds the other up.
    """
    with transaction.atomic(), acting_as(by.pk):
        ids = [pk for pk in (swap.assignment_id, swap.wanted_id) if pk is not None]
        shifts = list(Assignment.objects.filter(pk__in=ids).order_by().values_list("shift", flat=True))
        list(DutyShift.objects.select_for_update().filter(pk__in=shifts).order_by("pk"))
        rows = Swap.objects.select_for_update(of=("self",)).select_related("to", "assignment__volunteer")
        held = rows.get(pk=swap.pk)
        person = held.to.person_id if side == "to" else held.assignment.volunteer.person_id
        if person != by.person_id or not by.scope.can(OWN):
            raise NotAllowed()
        if held.status != Swap.Status.ASKED:
            message = _("This swap is “%(state)s” by now.") % {"state": held.get_status_display()}
            raise Conflict(message, code="not_possible_now")
        yield held
        held.answered_at = timezone.now()
        held.save(update_fields=["status", "answered_at"])


def _locked_places(swap: Swap) -> tuple[Assignment, Assignment | None]:
    """Both places as they are now."""
    ids = [pk for pk in (swap.assignment_id, swap.wanted_id) if pk is not None]
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("shift__station", "volunteer__person")
    found = {row.pk: row for row in rows.filter(pk__in=ids).order_by("pk")}
    return found[swap.assignment_id], found.get(swap.wanted_id)


def _leave(place: Assignment, *, by: User) -> None:
    place.status, place.reason, place.answered_at = AssignmentStatus.WITHDRAWN, _("Swapped"), timezone.now()
    place.save(update_fields=["status", "reason", "answered_at"])


def _take_over(place: Assignment, volunteer: Volunteer, *, by: User) -> None:
    """The place goes from one to the other: the shift counts as many people as before."""
    places.hand_on(place.shift, volunteer=volunteer, by=by, source=AssignmentSource.SWAP)


def _overlap(one: DutyShift, other: DutyShift) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _refreshed(swap: Swap) -> Swap:
    swap.refresh_from_db()
    return swap
