"""What the pages of reports show: cells with their words, units and the address of the rows behind them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core import humanize
from portal.core.models import Level, Region, User
from portal.reports import answers, network, rows
from portal.reports.definitions import (
    ACCEPTED,
    CLOSED,
    DISPATCHED,
    EXPIRED,
    FINISHED,
    ON_TIME,
    OVERDUE,
    RATES,
    RECEIVED,
    REDONE,
    REJECTED,
    RETURNED,
    WHISTLED,
    WHISTLES_ANSWERED,
    WITHDRAWN,
    Count,
    Rate,
    Unit,
)
from portal.reports.figures import Figures
from portal.reports.periods import Period, PeriodKind
from portal.reports.places import Place
from portal.reports.query import LAST_YEAR, PREVIOUS, SummaryQuery
from portal.reports.sources import Source

# What the table of counts shows; the others stand in the rates that they are a part of.
SHOWN = (
    RECEIVED, ACCEPTED, DISPATCHED, FINISHED, CLOSED, ON_TIME, OVERDUE, RETURNED, EXPIRED, REDONE, REJECTED, WITHDRAWN,
    WHISTLED, WHISTLES_ANSWERED,
)  # fmt: skip
CARDS = (RECEIVED, ACCEPTED, DISPATCHED, FINISHED, CLOSED, OVERDUE)
COMPARISON_NAMES: dict[str, str | Promise] = {PREVIOUS: _("previous period"), LAST_YEAR: _("last year")}
# More choices than this are no help: then the communities are left out.
MANY_REGIONS = 400


@dataclass(frozen=True)
class Change:
    """How a figure compares with another period's: `tone` is never the only sign, the words carry an arrow."""

    name: str
    words: str
    before: str


@dataclass(frozen=True)
class Cell:
    words: str
    href: str = ""
    unit: str = ""
    changes: Sequence[Change] = ()
    # Of a rate: its parts with their rows, and the length of its bar.
    numerator: "Cell | None" = None
    denominator: "Cell | None" = None
    percent: float | None = None
    # The rate without the cases that were left out of it, where there are such.
    net: "Cell | None" = None


@dataclass(frozen=True)
class Line:
    name: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class SummaryPage:
    query: SummaryQuery
    cards: Sequence[tuple[Count | Rate, Cell]]
    rate_cards: Sequence[tuple[Rate, Cell]]
    counts: Sequence[Count]
    rates: Sequence[Rate]
    count_lines: Sequence[Line]
    rate_lines: Sequence[Line]
    count_total: Line
    rate_total: Line
    compared: Sequence[tuple[str, Period]]
    definitions: Sequence[Mapping[str, Any]]
    earlier: str
    later: str


def summary_page(query: SummaryQuery) -> SummaryPage:
    report, before, known = answers.summarize(query)
    others = {name: each.total for name, each in before.items()}

    def line(figures_shown: Sequence[Count | Rate], name: str, of: Figures, key: str | None = None) -> Line:
        return Line(name, [_cell(query, figure, of, key=key) for figure in figures_shown])

    named = [(group, report.line(group)) for group in known]
    return SummaryPage(
        query=query,
        cards=[(count, _cell(query, count, report.total, others=others)) for count in CARDS],
        rate_cards=[(rate, _cell(query, rate, report.total, others=others)) for rate in RATES],
        counts=SHOWN,
        rates=RATES,
        count_lines=[line(SHOWN, group.name, of, group.key) for group, of in named],
        rate_lines=[line(RATES, group.name, of, group.key) for group, of in named],
        count_total=line(SHOWN, gettext("Total"), report.total),
        rate_total=line(RATES, gettext("Total"), report.total),
        compared=[(str(COMPARISON_NAMES[name]), each.span.period) for name, each in before.items()],
        definitions=answers.definitions(answers.Report.REQUESTS),
        earlier=_neighbour(query, query.span.period.previous()),
        later=_neighbour(query, query.span.period.following()),
    )


def _cell(
    query: SummaryQuery,
    figure: Count | Rate,
    of: Figures,
    *,
    key: str | None = None,
    others: Mapping[str, Figures] | None = None,
) -> Cell:
    changes = [change(name, figure, of, other) for name, other in (others or {}).items()]
    if isinstance(figure, Count):
        return _count_cell(query, figure, of, key=key, changes=changes)
    value = of.rate(figure)
    percent = None if value.rate is None else value.rate * 100
    return Cell(
        words=humanize.percentage(value.rate),
        changes=changes,
        numerator=_count_cell(query, figure.numerator, of, key=key),
        denominator=_count_cell(query, figure.denominator, of, key=key),
        percent=None if percent is None else min(round(percent, 1), 100),
        net=_net_cell(query, figure, of, key=key),
    )


def _net_cell(query: SummaryQuery, rate: Rate, of: Figures, *, key: str | None) -> Cell | None:
    gross, net = of.rate(rate), of.rate(rate.net)
    if net == gross:
        return None

    def part(name: str, number: int) -> Cell:
        href = f"{reverse('desk:report_rows')}?{query.rows_params(rate.code, key, name)}" if number else ""
        return Cell(words=f"{number:,}", href=href)

    return Cell(
        words=humanize.percentage(net.rate),
        numerator=part("net_numerator", net.numerator),
        denominator=part("net_denominator", net.denominator),
    )


def _count_cell(
    query: SummaryQuery, count: Count, of: Figures, *, key: str | None = None, changes: Sequence[Change] = ()
) -> Cell:
    number = of.counts[count.code]
    href = f"{reverse('desk:report_rows')}?{query.rows_params(count.code, key)}" if number else ""
    return Cell(words=f"{number:,}", href=href, unit=str(Unit(count.unit).label), changes=changes)


def change(name: str, figure: Count | Rate, now: Figures, before: Figures) -> Change:
    """In words with a sign: +12.5 % of a count, -3.1 percentage points of a rate, or that there was nothing."""
    title, was, is_now = str(COMPARISON_NAMES[name]), before.value(figure), now.value(figure)
    if isinstance(figure, Rate):
        known = was is not None and is_now is not None
        words = gettext("%(points)+.1f points") % {"points": (is_now - was) * 100} if known else "—"
        return Change(title, words, humanize.percentage(was))
    words = f"{(is_now - was) / was:+.1%}" if was else "—"
    return Change(title, words, f"{was:,}")


def _neighbour(query: SummaryQuery, period: Period) -> str:
    """The same report of the period before or after."""
    asked = {name: value for name, value in query.params.items() if name not in ("period", "date", "from", "to")}
    if period.kind == PeriodKind.CUSTOM:
        asked |= {"from": period.first.isoformat(), "to": period.last.isoformat(), "period": period.kind}
    else:
        asked |= {"period": period.kind, "date": period.first.isoformat()}
    return "?" + urlencode(asked | {"compare": list(query.comparisons)}, doseq=True)


def regions_for(user: User) -> list[tuple[str, str]]:
    """The regions that somebody can choose from, indented by level; without communities where there are too many."""
    found = Region.objects.for_user(user).current().exclude(level=Level.GRID).order_by("path")
    if found.count() > MANY_REGIONS:
        found = found.exclude(level=Level.COMMUNITY)
    named = list(found.values_list("code", "short_name", "name", "depth"))
    top = min((depth for *_names, depth in named), default=0)
    return [(code, "　" * (depth - top) + (short or name)) for code, short, name, depth in named]


@dataclass(frozen=True)
class NetworkTable:
    title: str
    note: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class NetworkPage:
    place: Place
    total: Line
    tables: Sequence[NetworkTable]
    cut_off: Any
    unit: str


def network_page(place: Place, region: str) -> NetworkPage:
    report = network.summarize(place)
    largest = max(report.total.stations, 1)

    def line(of: network.Line, section: str = "") -> Line:
        asked = {"region": region, "section": section, "key": of.key if section else ""}
        return Line(of.name, [_stations_cell(asked, name, getattr(of, name), largest) for name in ("stations", "open")])

    return NetworkPage(
        place=place,
        total=line(report.total),
        tables=[
            NetworkTable(
                title=str(network.Section(section).label),
                note=str(network.NOTES.get(section, "")),
                lines=[line(each, section) for each in lines],
            )
            for section, lines in report.sections.items()
        ],
        cut_off=timezone.now(),
        unit=str(Unit.STATIONS.label),
    )


def _stations_cell(asked: Mapping[str, str], figure: str, number: int, largest: int) -> Cell:
    params = urlencode({name: value for name, value in {**asked, "figure": figure}.items() if value})
    href = f"{reverse('desk:network_rows')}?{params}" if number else ""
    return Cell(words=f"{number:,}", href=href, percent=round(number / largest * 100, 1))


@dataclass(frozen=True)
class Row:
    """A row behind a figure, in words."""

    number: str
    case: int | None
    cells: Sequence[str]


def titles_of(source: Source) -> list[str]:
    own = rows.own_fields(source)
    return [str(field.title) for field in (*own, *(field for field in rows.CASE_FIELDS if _is_told(field, own)))]


def rows_in_words(source: Source, found: QuerySet) -> Iterable[tuple[int, Row]]:
    """The rows as the page shows them: what was counted first, then its case."""
    own, told_as = rows.own_fields(source), rows.OBJECTS.get(source.name, "")
    for row in rows.read(source, found):
        cells = [words_of(field, row[told_as][field.name]) for field in own]
        cells += [words_of(field, row["case"][field.name]) for field in rows.CASE_FIELDS if _is_told(field, own)]
        yield row["id"], Row(row["case"]["number"], row["case"]["id"], cells)


def stations_in_words(found: QuerySet) -> Iterable[tuple[int, Row]]:
    for row in rows.read_fields(rows.STATION_FIELDS, found):
        yield row["id"], Row(row["code"], None, [words_of(field, row[field.name]) for field in rows.STATION_FIELDS])


def _is_told(field: rows.Field, own: Sequence[rows.Field]) -> bool:
    """Beside an offer or a rating, what the case says of its own offers and ratings would only confuse."""
    return not own or field.name in ("title", "state", "category", "community", "station")


def words_of(field: rows.Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    if field.is_moment:
        # As a spreadsheet sorts it.
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return str(dict(field.choices).get(value, value)) if field.choices else str(value)
