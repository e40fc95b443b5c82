"""What the page of `duty-summary` shows: a line each station, with its rows, and the plot of how even its duty is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core import humanize
from portal.desk.reports import Cell, words_of
from portal.reports import duty, rows
from portal.reports.definitions import Unit
from portal.reports.duty import DutyFigure, Line
from portal.reports.periods import Period
from portal.reports.query import DutyQuery

# More stations than this are in the file: nobody reads on where nothing needs attention.
MOST_LINES = 200
MOST_DOTS = 60
# The plot in units of its own; the page scales it. Nought is in the middle.
WIDTH, HEIGHT, EDGE = 200, 16, 4
# Columns of minutes, which the page tells as hours.
MINUTES = {"minutes", "weekly_minutes", "share", "deviation"}
HOURS_TITLES = {"minutes": _("duration"), "weekly_minutes": _("hours a week")}
IN_HOURS = {code for code, told in duty.DEFINITIONS.items() if told.unit == Unit.MINUTES}


@dataclass(frozen=True)
class Plot:
    """Dots for the people of a station, left of the middle below their share, right of it above."""

    left: int
    width: int
    dots: Sequence[int]


@dataclass(frozen=True)
class StationLine:
    line: Line
    cells: Mapping[str, Cell]
    rate: Cell
    plot: Plot | None


@dataclass(frozen=True)
class DutyPage:
    query: DutyQuery
    total: StationLine
    lines: Sequence[StationLine]
    count: int
    definitions: Sequence[tuple[str, duty.Definition]]
    earlier: str
    later: str


def duty_page(query: DutyQuery) -> DutyPage:
    report = duty.summarize(query.place, query.span)
    widest = max((abs(each) for line in report.lines for each in line.deviations), default=0) or 1
    return DutyPage(
        query=query,
        total=_station_line(query, report.total, widest),
        lines=[_station_line(query, line, widest) for line in report.lines[:MOST_LINES]],
        count=len(report.lines),
        definitions=[(name, duty.DEFINITIONS[code]) for code, name in DutyFigure.choices],
        earlier=_neighbour(query, query.span.period.previous()),
        later=_neighbour(query, query.span.period.following()),
    )


def _station_line(query: DutyQuery, line: Line, widest: int) -> StationLine:
    rate = line.fill_rate
    return StationLine(
        line=line,
        cells={code: _cell(query, code, number, line.key) for code, number in line.figures().items()},
        rate=Cell(
            words=str(humanize.NOT_APPLICABLE) if rate is None else humanize.percentage(rate),
            percent=None if rate is None else round(rate * 100, 1),
            href=_rows_url(query, DutyFigure.PLACES, line.key) if line.places else "",
        ),
        plot=_plot(line.deviations, widest) if line.key and line.deviations else None,
    )


def _cell(query: DutyQuery, code: str, number: int | None, key: str) -> Cell:
    if number is None:
        return Cell(words=str(humanize.NOT_APPLICABLE))
    # A spread has the rows of one station alone.
    has_rows = number if code != DutyFigure.SPREAD else key
    return Cell(words=_number(code, number), href=_rows_url(query, code, key) if has_rows else "")


def _rows_url(query: DutyQuery, figure: str, key: str) -> str:
    asked = {**query.params, "figure": figure, "key": key}
    return f"{reverse('desk:duty_rows')}?{urlencode({name: value for name, value in asked.items() if value})}"


def _plot(deviations: Sequence[int], widest: int) -> Plot:
    reach = WIDTH // 2 - EDGE

    def place(minutes: int) -> int:
        return WIDTH // 2 + minutes * reach // widest

    left = place(min(deviations))
    # Many people stand in the same place; each place is drawn once.
    dots = sorted({place(each) for each in deviations})
    every = len(dots) // MOST_DOTS + 1
    return Plot(left=left, width=max(place(max(deviations)) - left, 1), dots=dots[::every])


def _neighbour(query: DutyQuery, period: Period) -> str:
    """The same report of the period before or after."""
    asked = {name: value for name, value in query.params.items() if name == "region"}
    if "from" in query.params:
        asked |= {"from": period.first.isoformat(), "to": period.last.isoformat()}
    else:
        asked |= {"period": period.kind, "date": period.first.isoformat()}
    return "?" + urlencode(asked)


@dataclass(frozen=True)
class DutyRow:
    """A row behind a figure, in words, and where it leads."""

    href: str
    cells: Sequence[str]


def titles_of(figure: str) -> Sequence[str | Promise]:
    """Above the columns. What the files tell in minutes, the page tells in hours."""
    return [HOURS_TITLES.get(field.name, field.title) for field in duty.FIELDS[duty.DEFINITIONS[figure].rows]]


def value_in_words(figure: str, found: QuerySet) -> str:
    """The number that was clicked, as the report shows it."""
    number = duty.value_of(figure, found)
    return str(humanize.NOT_APPLICABLE) if number is None else _number(figure, number)


def _number(figure: str, number: int) -> str:
    return humanize.hours(number) if figure in IN_HOURS else f"{number:,}"


def rows_in_words(figure: str, found: QuerySet) -> Iterable[tuple[int, DutyRow]]:
    kind = duty.DEFINITIONS[figure].rows
    fields = duty.FIELDS[kind]
    for name, paths in (("shift_pk", duty.SHIFT_OF), ("volunteer_pk", duty.VOLUNTEER_OF)):
        if kind in paths:
            fields = (*fields, rows.Field(name, "", paths[kind], is_number=True))
    for row in rows.read_fields(fields, found):
        yield row["id"], DutyRow(_link(row), [_words(field, row) for field in duty.FIELDS[kind]])


def _link(row: Mapping[str, Any]) -> str:
    if shift := row.get("shift_pk"):
        return reverse("volunteers:shift_detail", args=[shift])
    return reverse("volunteers:volunteer_detail", args=[row["volunteer_pk"]])


def _words(field: rows.Field, row: Mapping[str, Any]) -> str:
    value = row[field.name]
    return humanize.hours(value) if field.name in MINUTES and value is not None else words_of(field, value)
