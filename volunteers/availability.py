"""When somebody has time: a weekly pattern, and single days on which it is otherwise."""

from collections.abc import Iterable
from datetime import date, time
from itertools import pairwise
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.models import User
from stations.models.hours import Weekday
from volunteers.guards import OWN, held, refuse, save
from volunteers.models import DayAvailability, Volunteer, WeeklyAvailability


class Span(NamedTuple):
    weekday: int
    starts: time
    ends: time


def set_week(volunteer: Volunteer, *, spans: Iterable[Span], by: User) -> None:
    """Replace the weekly pattern. Without any span: at no time."""
    with held(volunteer, by=by, capability=OWN) as locked:
        write_week(locked, spans)


def write_week(volunteer: Volunteer, spans: Iterable[Span]) -> None:
    """Make the pattern what is wanted, touching only what differs: what somebody likes best stays marked.

    Within a verb's transaction.
    """
    wanted = sorted(set(spans))
    refuse_overlaps(wanted)
    kept = {Span(row.weekday, row.starts, row.ends): row for row in volunteer.weekly_availability.all()}
    for span, row in kept.items():
        if span not in wanted:
            row.delete()
    new = [WeeklyAvailability(volunteer=volunteer, **span._asdict()) for span in wanted if span not in kept]
    WeeklyAvailability.objects.bulk_create(new)


def refuse_overlaps(spans: Iterable[Span]) -> None:
    """Say kindly what the database would refuse."""
    ordered = sorted(spans)
    for span in ordered:
        if span.ends <= span.starts:
            words = {"weekday": Weekday(span.weekday).label}
            refuse("times", _("%(weekday)s: the end has to come after the beginning.") % words)
    for earlier, later in pairwise(ordered):
        if earlier.weekday == later.weekday and later.starts < earlier.ends:
            message = _("%(weekday)s: %(one)s and %(other)s overlap.") % {
                "weekday": Weekday(later.weekday).label, "one": _clock(earlier), "other": _clock(later),
            }  # fmt: skip
            raise DomainError("overlap", message, fields={"times": [message]})


def set_day(
    volunteer: Volunteer, *, on: date, by: User, starts: time | None = None, ends: time | None = None, reason: str = ""
) -> DayAvailability:
    """On this date it is otherwise: only from `starts` to `ends`, or (without times) not at all."""
    if on < timezone.localdate(timezone=ZONE):
        refuse("on", _("This day is over."))
    with held(volunteer, by=by, capability=OWN) as locked:
        day = DayAvailability.objects.filter(volunteer=locked, date=on).first()
        day = day or DayAvailability(volunteer=locked, date=on)
        day.starts, day.ends, day.reason = starts, ends, reason.strip()
        save(day)
    return day


def clear_day(day: DayAvailability, *, by: User) -> None:
    """The weekly pattern counts on this date again."""
    with held(day.volunteer, by=by, capability=OWN):
        day.delete()


def _clock(span: Span) -> str:
    return f"{span.starts:%H:%M}–{span.ends:%H:%M}"
