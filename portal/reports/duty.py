"""`duty-summary`: how the stations of a place are staffed in a period, a line each, what needs attention first.

Hours are those of the shifts that begin in the period. What was served without a shift (a supplement) is no station's
and has a line of its own, so that a region's hours are those of its ledger.
Fairness is measured as rosters measure it: everybody's just share of a station's duty is by the capacity that they
declared; the spread lies between whoever is furthest above their share and whoever is furthest below.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Cast, Extract, Least
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.reports.definitions import Span, Unit
from portal.reports.places import Place
from portal.reports.rows import Field, moment_field
from stations.models import Station
from volunteers.models import Assignment, DutyShift, HourEntry, Volunteer
from volunteers.types import HourAccount, ShiftStatus
from volunteers.watch import short

MINUTES_OF_SHIFT = Cast(Extract(F("shift__ends_at") - F("shift__starts_at"), "epoch") / 60, models.IntegerField())


class Rows(models.TextChoices):
    """What the rows behind a figure are."""

    SHIFTS = "shifts", _("Shifts")
    ASSIGNMENTS = "assignments", _("Places on shifts")
    ENTRIES = "hour_entries", _("Entries of hours")
    PEOPLE = "people", _("People on duty")


class DutyFigure(models.TextChoices):
    SHIFTS = "shifts", _("Shifts")
    PLACES = "places", _("Places needed")
    FILLED = "filled", _("Places filled")
    UNCOVERED = "uncovered", _("Uncovered in the next 72 hours")
    NO_SHOWS = "no_shows", _("No-shows")
    RECORDED = "recorded_minutes", _("Time recorded")
    APPROVED = "approved_minutes", _("Time approved")
    SPREAD = "fairness_spread", _("Fairness spread")


@dataclass(frozen=True)
class Definition:
    counts: str | Promise
    counted_by: str | Promise
    unit: Unit
    rows: Rows


_BEGINNING, _SERVED, _NOW = _("the beginning of the shift"), _("the day of service"), _("now")
DEFINITIONS: dict[str, Definition] = {
    DutyFigure.SHIFTS: Definition(_("Shifts that were not called off"), _BEGINNING, Unit.SHIFTS, Rows.SHIFTS),
    DutyFigure.PLACES: Definition(
        _("The fewest people that these shifts need, added up"), _BEGINNING, Unit.PERSON_TIMES, Rows.SHIFTS
    ),
    DutyFigure.FILLED: Definition(
        _("Of these places, those that somebody holds; more people than needed fill no other shift's place"),
        _BEGINNING, Unit.PERSON_TIMES, Rows.SHIFTS,
    ),
    DutyFigure.UNCOVERED: Definition(
        _("Shifts that run, or begin within 72 hours, with fewer people than they need; whatever the period"), _NOW,
        Unit.SHIFTS, Rows.SHIFTS,
    ),
    DutyFigure.NO_SHOWS: Definition(
        _("Places whose holder did not come, excused or not"), _BEGINNING, Unit.PERSON_TIMES, Rows.ASSIGNMENTS
    ),
    DutyFigure.RECORDED: Definition(
        _("Minutes in the ledger between check-in and check-out, and those of supplements"), _SERVED, Unit.MINUTES,
        Rows.ENTRIES,
    ),
    DutyFigure.APPROVED: Definition(
        _("Minutes in the ledger that count for the volunteer; those without a shift have a line of their own"),
        _SERVED, Unit.MINUTES, Rows.ENTRIES,
    ),
    DutyFigure.SPREAD: Definition(
        _("Minutes between whoever holds most above their share of the station's duty, by the capacity that each has "
          "declared, and whoever holds most below; of several stations the widest"),
        _BEGINNING, Unit.MINUTES, Rows.PEOPLE,
    ),
}  # fmt: skip
# In place of a station's code: hours that no shift stands behind.
NO_SHIFT = "no-shift"
ACCOUNTS = {DutyFigure.RECORDED: HourAccount.RECORDED, DutyFigure.APPROVED: HourAccount.APPROVED}


@dataclass
class Line:
    """A station's figures, or (without a key) those of all together."""

    key: str
    name: str
    region: str = ""
    station: int | None = None
    shifts: int = 0
    places: int = 0
    filled: int = 0
    uncovered: int = 0
    no_shows: int = 0
    recorded_minutes: int = 0
    approved_minutes: int = 0
    # By how many minutes each person's duty lies above or below the just share.
    deviations: list[int] = field(default_factory=list)

    @property
    def fill_rate(self) -> float | None:
        return self.filled / self.places if self.places else None

    @property
    def fairness_spread(self) -> int | None:
        return max(self.deviations) - min(self.deviations) if self.deviations else None

    @property
    def urgency(self) -> tuple[Any, ...]:
        """What needs attention comes first: who is missing soon, who did not come, what was never filled, who bears
        too much."""
        rate = 1.0 if self.fill_rate is None else self.fill_rate
        spread = -(self.fairness_spread or 0)
        return (self.key == NO_SHIFT, -self.uncovered, -self.no_shows, rate, spread, self.key)

    def figures(self) -> dict[str, int | None]:
        return {code: getattr(self, code) for code in DutyFigure.values}


@dataclass(frozen=True)
class Summary:
    place: Place
    span: Span
    total: Line
    lines: list[Line]


def summarize(place: Place, span: Span) -> Summary:
    """Every station with duty, in a number of statements that does not depend on how many there are."""
    found: dict[int, Line] = defaultdict(lambda: Line("", ""))
    shifts = _shifts(place, span).order_by().values("station")
    counted = shifts.annotate(n=Count("pk"), places=Sum("min_people"), filled=Sum(Least("taken", "min_people")))
    for row in counted:
        line = found[row["station"]]
        line.shifts, line.places, line.filled = row["n"], row["places"], row["filled"]
    for station, number in _counts(_uncovered(place, span.cut_off), "station"):
        found[station].uncovered = number
    for station, number in _counts(_no_shows(place, span), "shift__station"):
        found[station].no_shows = number
    for station, account, minutes in _minutes(_entries(place, span), "assignment__shift__station"):
        setattr(found[station], f"{account}_minutes", minutes)
    for station, deviations in _deviations(_held(place, span)).items():
        found[station].deviations = deviations
    named = Station.objects.filter(pk__in=found).values_list("pk", "code", "name", "region__short_name")
    for pk, code, name, region in named:
        line = found[pk]
        line.station, line.key, line.name, line.region = pk, code, name, region
    lines = [*found.values(), *_without_shift(place, span)]
    lines.sort(key=lambda line: line.urgency)
    return Summary(place, span, _total(lines), lines)


def rows(
    place: Place, span: Span, *, figure: str, station: Station | None = None, is_without_shift: bool = False
) -> QuerySet:
    """The rows behind a figure of one station, of what no shift stands behind, or of all together."""
    if station is not None:
        place = Place(stations=(station,))
    match DEFINITIONS[figure].rows:
        case Rows.ASSIGNMENTS:
            return _no_shows(place, span)
        case Rows.ENTRIES:
            counted = _loose_entries(place, span)
            if not is_without_shift:
                counted = _entries(place, span) if station is not None else _entries(place, span) | counted
            return counted.filter(account=ACCOUNTS[DutyFigure(figure)])
        case Rows.PEOPLE:
            return _people(place, span, station)
    return _uncovered(place, span.cut_off) if figure == DutyFigure.UNCOVERED else _shifts(place, span)


def value_of(figure: str, found: QuerySet) -> int | None:
    """The figure itself from the rows behind it."""
    match figure:
        case DutyFigure.PLACES:
            return _sum(found, "min_people")
        case DutyFigure.FILLED:
            return _sum(found, Least("taken", "min_people"))
        case DutyFigure.RECORDED | DutyFigure.APPROVED:
            return _sum(found, "minutes")
        case DutyFigure.SPREAD:
            deviations = found.values_list("deviation", flat=True)
            return max(deviations) - min(deviations) if deviations else None
    return found.count()


def _sum(found: QuerySet, what: Any) -> int:
    return found.order_by().aggregate(n=Sum(what))["n"] or 0


def _here(place: Place, prefix: str) -> models.Q:
    return place.station_condition(f"{prefix}station__")


def _shifts(place: Place, span: Span) -> QuerySet[DutyShift]:
    return DutyShift.objects.filter(_here(place, ""), span.within("starts_at"), status=ShiftStatus.OPEN)


def _uncovered(place: Place, at: datetime) -> QuerySet[DutyShift]:
    return short(DutyShift.objects.filter(_here(place, "")), at)


def _held(place: Place, span: Span) -> QuerySet[Assignment]:
    return Assignment.objects.holding().filter(_here(place, "shift__"), span.within("shift__starts_at"))


def _no_shows(place: Place, span: Span) -> QuerySet[Assignment]:
    return _held(place, span).filter(is_no_show=True)


def _entries(place: Place, span: Span) -> QuerySet[HourEntry]:
    shift = "assignment__shift__"
    counted = HourEntry.objects.filter(account__in=ACCOUNTS.values())
    return counted.filter(_here(place, shift), span.within(f"{shift}starts_at"))


def _loose_entries(place: Place, span: Span) -> QuerySet[HourEntry]:
    """Supplements and what corrects them: they tell a region and a day, and no shift."""
    counted = HourEntry.objects.filter(account__in=ACCOUNTS.values(), assignment=None)
    return counted.filter(place.region_condition("region__"), on__gte=span.period.first, on__lte=span.period.last)


def _without_shift(place: Place, span: Span) -> Iterable[Line]:
    line = Line(NO_SHIFT, gettext("Without a shift (supplements)"))
    for _key, account, minutes in (found := list(_minutes(_loose_entries(place, span), "assignment"))):
        setattr(line, f"{account}_minutes", minutes)
    return [line] if found else []


def _minutes(entries: QuerySet[HourEntry], by: str) -> Iterable[tuple[Any, str, int]]:
    return entries.order_by().values_list(by, "account").annotate(Sum("minutes"))


def _people(place: Place, span: Span, station: Station | None) -> QuerySet[Volunteer]:
    """Who is on duty at one station, with `minutes` held and the just `share` of all of them."""
    if station is None:
        message = gettext("Say at which station: a share is a share of one station's duty.")
        raise DomainError("invalid", message, fields={"key": [message]})
    held = _held(place, span).order_by()
    served = {who: (minutes, capacity) for _at, who, capacity, minutes in _loads(held)}
    total, capacity = (sum(each[n] for each in served.values()) for n in (0, 1))
    minutes = held.filter(volunteer=models.OuterRef("pk")).values("volunteer").annotate(n=Sum(MINUTES_OF_SHIFT))
    share = Cast(F("weekly_minutes"), models.BigIntegerField()) * models.Value(total) / models.Value(max(capacity, 1))
    found = Volunteer.objects.filter(pk__in=served)
    return found.annotate(minutes=models.Subquery(minutes.values("n")), share=share).annotate(
        deviation=F("minutes") - F("share")
    )


def _loads(held: QuerySet[Assignment]) -> Iterable[tuple[int, int, int, int]]:
    """Station, person, capacity a week, and minutes on duty there."""
    named = held.order_by().values_list("shift__station", "volunteer", "volunteer__weekly_minutes")
    return named.annotate(held=Sum(MINUTES_OF_SHIFT))


def _deviations(held: QuerySet[Assignment]) -> dict[int, list[int]]:
    people: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for station, _who, capacity, minutes in _loads(held):
        people[station].append((minutes, capacity))
    found = {}
    for station, loads in people.items():
        total, capacity = sum(minutes for minutes, _each in loads), sum(each for _minutes, each in loads)
        found[station] = [minutes - each * total // max(capacity, 1) for minutes, each in loads]
    return found


def _counts(found: QuerySet, by: str) -> Iterable[tuple[int, int]]:
    return found.order_by().values_list(by).annotate(Count("pk"))


def _total(lines: list[Line]) -> Line:
    total = Line("", gettext("Total"))
    for name in ("shifts", "places", "filled", "uncovered", "no_shows", "recorded_minutes", "approved_minutes"):
        setattr(total, name, sum(getattr(line, name) for line in lines))
    widest = max((line for line in lines if line.deviations), key=lambda line: line.fairness_spread or 0, default=None)
    total.deviations = widest.deviations if widest else []
    return total


_YES_NO = [(True, _("yes")), (False, _("no"))]
_STATION = Field("station", _("station"), "station__name")
FIELDS: dict[str, tuple[Field, ...]] = {
    Rows.SHIFTS: (
        _STATION,
        Field("title", _("Shift"), "title"),
        moment_field("starts_at", _("from")),
        moment_field("ends_at", _("until")),
        Field("min_people", _("people at least"), "min_people", is_number=True),
        Field("max_people", _("people at most"), "max_people", is_number=True),
        Field("taken", _("places taken"), "taken", is_number=True),
    ),
    Rows.ASSIGNMENTS: (
        Field("station", _("station"), "shift__station__name"),
        Field("title", _("Shift"), "shift__title"),
        moment_field("starts_at", _("from"), "shift__starts_at"),
        Field("volunteer", _("volunteer number"), "volunteer__number"),
        Field("is_excused", _("excused"), "is_excused", _YES_NO),
    ),
    Rows.ENTRIES: (
        Field("volunteer", _("volunteer number"), "volunteer__number"),
        Field("on", _("day of service"), "on", is_day=True),
        Field("station", _("station"), "assignment__shift__station__name"),
        Field("title", _("Shift"), "assignment__shift__title"),
        moment_field("starts_at", _("from"), "assignment__shift__starts_at"),
        Field("minutes", _("minutes"), "minutes", is_number=True),
    ),
    Rows.PEOPLE: (
        Field("volunteer", _("volunteer number"), "number"),
        Field("weekly_minutes", _("minutes a week"), "weekly_minutes", is_number=True),
        Field("minutes", _("minutes on duty"), "minutes", is_number=True),
        Field("share", _("just share"), "share", is_number=True),
        Field("deviation", _("above or below it"), "deviation", is_number=True),
    ),
}
# To what a row leads: the shift, or else the volunteer.
SHIFT_OF = {Rows.SHIFTS: "pk", Rows.ASSIGNMENTS: "shift", Rows.ENTRIES: "assignment__shift"}
VOLUNTEER_OF = {Rows.ENTRIES: "volunteer", Rows.PEOPLE: "pk"}
