"""How a shift stands: who is still missing, and how many wait. In words with an icon, never by colour alone."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import BooleanField, Count, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.core.humanize import Look
from volunteers.models import Assignment, KeyHolder
from volunteers.models.duty import DutyShiftQuerySet
from volunteers.types import AssignmentStatus, ShiftStatus


class State(NamedTuple):
    code: str
    words: str | Promise
    look: Look


LOOKS = {
    "called_off": Look("ban", "quiet"),
    "short": Look("alert-triangle", "bad"),
    "no_key": Look("key", "warn"),
    "full": Look("circle-check", "good"),
    "enough": Look("check", "good"),
    "over": Look("clock-check", "quiet"),
}


def with_coverage(shifts: DutyShiftQuerySet) -> DutyShiftQuerySet:
    """Each shift knows how many wait (`waiting`) and whether somebody on it holds a key (`has_key`)."""
    on_it = Assignment.objects.filter(shift=OuterRef("pk")).order_by()
    waiting = on_it.filter(status=AssignmentStatus.WAITING).values("shift").annotate(n=Count("pk")).values("n")
    keys = KeyHolder.objects.filter(station=OuterRef(OuterRef("station"))).values("volunteer")
    # Asked shift by shift. The planner may answer an EXISTS for all shifts of the portal at once, and then does.
    with_key = on_it.holding().filter(volunteer__in=keys).values(yes=Value(True))[:1]
    return shifts.annotate(
        waiting=Coalesce(Subquery(waiting, output_field=IntegerField()), Value(0)),
        has_key=Coalesce(Subquery(with_key, output_field=BooleanField()), Value(False)),
    )


def states(
    *, status: str, taken: int, min_people: int, max_people: int, needs_key_holder: bool, has_key: bool, is_over: bool
) -> Iterator[State]:
    """What a reader has to know of a shift, what hurts first."""
    if status == ShiftStatus.CALLED_OFF:
        yield _state("called_off", _("called off"))
        return
    if taken < min_people:
        missing = min_people - taken
        words = _("was short of %(count)d") if is_over else _("short of %(count)d")
        yield State("short", words % {"count": missing}, LOOKS["over"] if is_over else LOOKS["short"])
    if needs_key_holder and not has_key and not is_over:
        yield _state("no_key", _("no key-holder"))
    if is_over:
        if taken >= min_people:
            yield _state("over", _("is over"))
    elif taken >= max_people:
        yield _state("full", _("full"))
    elif taken >= min_people:
        yield _state("enough", _("%(count)d more possible") % {"count": max_people - taken})


def states_of(shift: Any, now: Any) -> list[State]:
    """The same for a shift in hand that came through `with_coverage`."""
    return list(
        states(
            status=shift.status, taken=shift.taken, min_people=shift.min_people, max_people=shift.max_people,
            needs_key_holder=shift.needs_key_holder, has_key=shift.has_key, is_over=shift.ends_at <= now,
        )
    )  # fmt: skip


def people_wanted(taken: int, fewest: int, most: int) -> str:
    """ "1 of 2–3": how many there are, and how many it takes."""
    return f"{taken}/{fewest}" if fewest == most else f"{taken}/{fewest}–{most}"


def people_in_words(taken: int, fewest: int, most: int) -> str:
    """The same where there is room for words."""
    wanted = f"{fewest}" if fewest == most else f"{fewest}–{most}"
    return _("%(taken)d on it, %(wanted)s wanted") % {"taken": taken, "wanted": wanted}


def _state(code: str, words: str) -> State:
    return State(code, words, LOOKS[code])
