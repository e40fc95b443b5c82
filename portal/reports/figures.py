"""`requests-summary`: every figure of the definitions, for a place and a period, in total and by group.

One statement a source counts all of its figures at once; rates are made of the counts. `rows` gives the rows behind
any figure from the same place, condition and group.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count as CountRows
from django.db.models import QuerySet

from portal.reports import groups
from portal.reports.definitions import COUNTS, NET_COUNTS, RATES, Count, Rate, Span
from portal.reports.groups import Group
from portal.reports.places import Place
from portal.reports.sources import SOURCES, Source
from requests.models import ServiceRequest

COUNTED = (*COUNTS, *NET_COUNTS)
# Decimal places of a published rate: 0.9231 reads 92.31 %.
PLACES = 4


@dataclass(frozen=True)
class RateValue:
    numerator: int
    denominator: int

    @property
    def rate(self) -> float | None:
        """None, not zero, when there is nothing to divide by."""
        return round(self.numerator / self.denominator, PLACES) if self.denominator else None


@dataclass
class Figures:
    """The counts of one line, and the rates that follow from them."""

    counts: dict[str, int] = field(default_factory=lambda: {count.code: 0 for count in COUNTED})

    def rate(self, rate: Rate) -> RateValue:
        return RateValue(self.counts[rate.numerator.code], self.counts[rate.denominator.code])

    def value(self, figure: Count | Rate) -> int | float | None:
        return self.counts[figure.code] if isinstance(figure, Count) else self.rate(figure).rate

    def as_dict(self) -> dict[str, Any]:
        """The counts, and each rate with the cases that were left out of it (gross) and without them (net, 剔除)."""
        rates = {
            rate.code: {"gross": self._parts(rate), "net": self._parts(rate.net)} for rate in RATES
        }  # fmt: skip
        return {**{count.code: self.counts[count.code] for count in COUNTS}, **rates}

    def _parts(self, rate: Rate) -> dict[str, Any]:
        value = self.rate(rate)
        return {"numerator": value.numerator, "denominator": value.denominator, "rate": value.rate}


@dataclass(frozen=True)
class Summary:
    """A computed report: its lines, by the value that they are grouped by, and their total."""

    place: Place
    span: Span
    group_by: str
    lines: Mapping[Any, Figures]
    total: Figures

    def line(self, group: Group) -> Figures:
        """The line of a group, all noughts when nothing of it was counted."""
        return self.lines.get(group.value) or Figures()


def summarize(place: Place, span: Span, *, group_by: str = "", cases: QuerySet | None = None) -> Summary:
    """Count. `cases` narrows the report to a filtered list of cases.

    Every row lies in exactly one group, so the total's counts are the sums of the lines'; its rates are computed from
    these, never from the lines' rates.
    """
    lines: dict[Any, Figures] = defaultdict(Figures)
    total = Figures()
    for source in SOURCES:
        for row in _count(source, place, span, group_by=group_by, cases=cases):
            value = row.pop("group", None)
            for code, number in row.items():
                lines[value].counts[code] = number
                total.counts[code] += number
    return Summary(place, span, group_by, dict(lines), total)


def _count(
    source: Source, place: Place, span: Span, *, group_by: str, cases: QuerySet | None
) -> Iterable[Mapping[str, Any]]:
    counts = [count for count in COUNTED if count.source is source]
    conditions = {count.code: count.condition(span) for count in counts}
    # Only rows that some figure counts are read: each arm of the condition has an index.
    arms = [conditions[count.code] for count in counts if count.part_of is None]
    rows = _rows(source, place, cases=cases).filter(reduce(or_, arms))
    numbers = {
        count.code: CountRows(
            source.of_case("pk") if count.distinct_cases else "pk",
            distinct=count.distinct_cases,
            filter=conditions[count.code],
        )
        for count in counts
    }
    if not group_by:
        return [rows.aggregate(**numbers)]
    return rows.order_by().values(group=groups.expression(group_by, source)).annotate(**numbers)


def _rows(source: Source, place: Place, *, cases: QuerySet | None = None) -> QuerySet:
    rows = source.rows().filter(place.condition(source))
    if cases is not None:
        rows = rows.filter(**{source.of_case("pk__in"): cases.order_by().values("pk")})
    return rows


def rows(
    figure: Count,
    place: Place,
    span: Span,
    *,
    group_by: str = "",
    group: Any = None,
    cases: QuerySet | None = None,
) -> QuerySet:
    """The rows that `figure` counts: as many as it says. With `group_by` those of one group (None: of no group)."""
    found = _rows(figure.source, place, cases=cases).filter(figure.condition(span))
    if group_by:
        found = found.alias(group=groups.expression(group_by, figure.source))
        found = found.filter(group__isnull=True) if group is None else found.filter(group=group)
    if figure.distinct_cases:
        return ServiceRequest.objects.filter(pk__in=found.order_by().values(figure.source.of_case("pk")))
    return found


def counted(figure: Count | Rate, part: str = "denominator") -> Count:
    """The count whose rows stand behind a figure: its own, or one side of a rate."""
    if isinstance(figure, Count):
        return figure
    return figure.numerator if part == "numerator" else figure.denominator
