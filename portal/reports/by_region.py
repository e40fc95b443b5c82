"""Reports whose figures are counted region by region in a period: what each counts, and the rows behind it.

The condition of a figure serves the report and its rows alike, so that the two cannot differ.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from portal.core.scope import EVERYTHING, NOTHING
from portal.reports.definitions import Span, Unit
from portal.reports.places import Place
from portal.reports.rows import Field


@dataclass(frozen=True)
class Rows:
    """What figures count: where its rows are found, by which path they lead to their region, what is told of each."""

    found: Callable[[Place], QuerySet]
    region: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Definition:
    counts: str | Promise
    counted_by: str | Promise
    unit: Unit
    rows: str
    of: Callable[[Span], Q]


@dataclass(frozen=True)
class Share:
    """The rate that is told beside the counts: which of them is above and below its line."""

    code: str
    name: str | Promise
    above: str
    below: str


@dataclass
class Line:
    """The figures of one region, or (without a key) those of all together."""

    key: str
    name: str
    figures: dict[str, int]
    share: Share

    @property
    def rate(self) -> float | None:
        """Nothing divided by nothing is not applicable."""
        below = self.figures[self.share.below]
        return self.figures[self.share.above] / below if below else None


@dataclass(frozen=True)
class Summary:
    place: Place
    span: Span
    total: Line
    lines: list[Line]


@dataclass(frozen=True)
class ByRegion:
    figures: type[models.TextChoices]
    kinds: type[models.TextChoices]
    rows_of: Mapping[str, Rows]
    definitions: Mapping[str, Definition]
    share: Share

    def summarize(self, place: Place, span: Span) -> Summary:
        """One statement a figure, however many regions there are."""
        lines: dict[str, Line] = defaultdict(lambda: self._line("", ""))
        total = self._line("", _("Total"))
        for code, told in self.definitions.items():
            path = self.rows_of[told.rows].region
            counted = self.rows(place, span, figure=code).order_by().values_list(f"{path}__code", f"{path}__short_name")
            for key, name, number in counted.annotate(Count("pk")):
                line = lines[key]
                line.key, line.name = key, name
                line.figures[code] = number
                total.figures[code] += number
        return Summary(place, span, total, sorted(lines.values(), key=lambda line: line.key))

    def rows(self, place: Place, span: Span, *, figure: str) -> QuerySet:
        """The rows behind a figure, by the words that every reader of figures may know."""
        told = self.definitions[figure]
        return self.rows_of[told.rows].found(place).filter(told.of(span))

    def fields(self, figure: str) -> tuple[Field, ...]:
        return self.rows_of[self.definitions[figure].rows].fields

    def table_of_definitions(self) -> list[tuple[Any, Definition]]:
        return [(name, self.definitions[code]) for code, name in self.figures.choices]

    def _line(self, key: str, name: str) -> Line:
        return Line(key, name, dict.fromkeys(self.figures.values, 0), self.share)


def in_regions(place: Place, path: str) -> Q:
    """Rows whose region, found by `path`, lies in a region of the place. What is of a station alone is not there."""
    if place.everywhere:
        return EVERYTHING
    here = NOTHING
    for region in place.regions:
        here |= Q(**{f"{path}__path__startswith": region.path})
    return here


def days(column: str) -> Callable[[Span], Q]:
    return lambda span: Q(**{f"{column}__gte": span.period.first, f"{column}__lte": span.period.last})


def moment(column: str, condition: Q | None = None) -> Callable[[Span], Q]:
    return lambda span: span.within(column) & (Q() if condition is None else condition)
