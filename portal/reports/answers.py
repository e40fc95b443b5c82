"""Computed reports as what is answered: JSON that the serializers describe, and the cells of CSV and XLSX."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from portal.core.models import Region
from portal.reports import duty, figures, groups, network, projects
from portal.reports.definitions import BY_CODE, COUNTS, RATES, Count, Rate, Span, Unit
from portal.reports.deliberations import DELIBERATIONS
from portal.reports.figures import Figures, Summary
from portal.reports.groups import Group
from portal.reports.periods import Period
from portal.reports.query import DutyQuery, SummaryQuery
from portal.reports.rows import source_of
from portal.reports.surveys import SURVEYS


class Report(TextChoices):
    REQUESTS = "requests-summary", _("Requests summary")
    NETWORK = "network-summary", _("Network summary")
    DUTY = "duty-summary", _("Duty summary")
    PROJECTS = "projects-funnel", _("Projects funnel")
    DELIBERATIONS = "deliberation-summary", _("Deliberation summary")
    SURVEYS = "survey-summary", _("Survey summary")


DESCRIPTIONS: dict[str, str | Promise] = {
    Report.REQUESTS: _("What residents asked for and how it was dealt with, in a period, in total and by group."),
    Report.NETWORK: _("The stations and centres as the registry has them now, by type, tier, function and more."),
    Report.DUTY: _("How each station is staffed in a period: cover, no-shows, hours and fairness."),
    Report.PROJECTS: _("How needs become projects and projects come to an end, with the share that goes on."),
    Report.DELIBERATIONS: _("Meetings held, topics raised and resolved, disputes settled, tasks done on time."),
    Report.SURVEYS: _("Households that answered, how property companies were judged, candidates found suitable."),
}
BY_REGION = {Report.DELIBERATIONS: DELIBERATIONS, Report.SURVEYS: SURVEYS}
NET = _("Without the cases that a leader has left out of this rate, above and below the line.")
NET_IS_GROSS = _("No case can be left out of this rate: net and gross are one.")


def definitions(report: str) -> list[dict[str, Any]]:
    """Each figure of a report as its one row of the table."""
    if report == Report.NETWORK:
        return [
            _definition(code, name, network.DEFINITIONS[code], _("now"), Unit.STATIONS, "stations")
            for code, name in network.NetworkFigure.choices
        ]
    if report == Report.DUTY:
        return [
            _definition(code, name, each.counts, each.counted_by, each.unit, each.rows)
            for (code, name), each in zip(duty.DutyFigure.choices, duty.DEFINITIONS.values(), strict=True)
        ]
    if report == Report.PROJECTS:
        return [*map(_of_project_figure, projects.ProjectFigure), *map(_of_project_rate, projects.ProjectRate)]
    if report in BY_REGION:
        by_region = BY_REGION[report]
        return [
            _definition(code, name, each.counts, each.counted_by, each.unit, each.rows)
            for code, name in by_region.figures.choices
            for each in [by_region.definitions[code]]
        ]
    return [_of_count(figure) if isinstance(figure, Count) else _of_rate(figure) for figure in BY_CODE.values()]


def _of_project_figure(figure: projects.ProjectFigure) -> dict[str, Any]:
    told = projects.DEFINITIONS[figure]
    return _definition(figure.value, figure.label, told.counts, told.counted_by, told.unit, told.rows)


def _of_project_rate(rate: projects.ProjectRate) -> dict[str, Any]:
    above, below = projects.RATES[rate]
    told, of = projects.DEFINITIONS[above], projects.DEFINITIONS[below]
    words = f"{projects.ProjectFigure(above).label} / {projects.ProjectFigure(below).label}"
    row = _definition(rate.value, rate.label, words, told.counted_by, told.unit, of.rows)
    return row | {"numerator": str(above), "denominator": str(below)}


def _of_count(count: Count) -> dict[str, Any]:
    return _definition(count.code, count.name, count.counts, count.counted_by, count.unit, source_of(count).name)


def _of_rate(rate: Rate) -> dict[str, Any]:
    told = _definition(
        rate.code, rate.name, f"{rate.numerator.name} / {rate.denominator.name}", rate.counted_by, rate.unit,
        source_of(rate.denominator).name,
    )  # fmt: skip
    net = str(NET if rate.is_excludable else NET_IS_GROSS)
    return told | {"numerator": rate.numerator.code, "denominator": rate.denominator.code, "net": net}


def _definition(
    code: str, name: str | Promise, counts: str | Promise, counted_by: str | Promise, unit: Unit, rows: str
) -> dict[str, Any]:
    return {
        "code": code,
        "name": str(name),
        "counts": str(counts),
        "counted_by": str(counted_by),
        "unit": unit.value,
        "unit_name": str(unit.label),
        "numerator": None,
        "denominator": None,
        "net": None,
        "rows": rows,
    }


def summarize(query: SummaryQuery) -> tuple[Summary, dict[str, Summary], list[Group]]:
    """The report, those of the periods to compare with, and the groups that occur in any of them."""
    ask = {"group_by": query.group_by}
    report = figures.summarize(query.place, query.span, **ask)
    before = {name: figures.summarize(query.place, span, **ask) for name, span in query.spans().items()}
    if not query.group_by:
        return report, before, []
    values = dict.fromkeys(value for each in (report, *before.values()) for value in each.lines)
    return report, before, groups.groups_of(query.group_by, query.place, list(values))


def summary_answer(query: SummaryQuery) -> dict[str, Any]:
    report, before, known = summarize(query)
    return {
        "report": Report.REQUESTS.value,
        "region": region_answer(query.place.region),
        "place": str(query.place),
        "group_by": query.group_by or None,
        **_span_answer(query.span),
        "data_cut_off": moment(query.span.cut_off),
        "total": report.total.as_dict(),
        "groups": [_line(group, report.line(group)) for group in known],
        "comparisons": [
            {
                "with": name,
                **_span_answer(each.span),
                "total": each.total.as_dict(),
                "change": changes(report.total, each.total),
                "groups": [
                    _line(group, each.line(group)) | {"change": changes(report.line(group), each.line(group))}
                    for group in known
                ],
            }
            for name, each in before.items()
        ],
    }


def region_answer(region: Region | None) -> dict[str, Any] | None:
    return region and {"code": region.code, "name": str(region), "level": region.level}


def _span_answer(span: Span) -> dict[str, Any]:
    return {"period": period_answer(span.period), "overdue_at": moment(span.asked_for)}


def period_answer(period: Period) -> dict[str, Any]:
    return {
        "kind": period.kind,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "label": period.label,
    }


def moment(at: datetime) -> str:
    """On the city's clock, with its offset."""
    return timezone.localtime(at, timezone.get_default_timezone()).isoformat(timespec="seconds")


def _line(group: Group, line: Figures) -> dict[str, Any]:
    return {"key": group.key, "name": group.name, "figures": line.as_dict()}


def changes(now: Figures, before: Figures) -> dict[str, float | None]:
    """By how much each figure has changed: counts by a share of what they were, rates by a difference of rates."""
    told: dict[str, float | None] = {}
    for count in COUNTS:
        was, is_now = before.counts[count.code], now.counts[count.code]
        told[count.code] = round((is_now - was) / was, figures.PLACES) if was else None
    for rate in RATES:
        was_rate, rate_now = before.rate(rate).rate, now.rate(rate).rate
        known = was_rate is not None and rate_now is not None
        told[rate.code] = round(rate_now - was_rate, figures.PLACES) if known else None
    return told


def network_answer(report: network.Network, now: datetime) -> dict[str, Any]:
    return {
        "report": Report.NETWORK.value,
        "region": region_answer(report.place.region),
        "place": str(report.place),
        "data_cut_off": moment(now),
        "unit": Unit.STATIONS.value,
        "total": {"stations": report.total.stations, "open": report.total.open},
        "sections": [
            {
                "section": section,
                "name": str(network.Section(section).label),
                "note": str(network.NOTES.get(section, "")),
                "lines": [
                    {"key": line.key, "name": line.name, "stations": line.stations, "open": line.open} for line in lines
                ],
            }
            for section, lines in report.sections.items()
        ],
    }


Table = tuple[list[str], Iterator[list[Any]]]


def summary_table(query: SummaryQuery) -> Table:
    """A line a group and one for the total, each repeating its period, so that files can be laid together.

    With comparisons, the lines of the other periods follow.
    """
    report, before, known = summarize(query)
    header = [gettext("Period"), gettext("From"), gettext("To"), gettext("Group"), gettext("Code of the group")]
    # Looked up outside of the f-string: gettext's extractor does not read into one.
    net = pgettext("of a rate", "net")
    for figure in BY_CODE.values():
        if isinstance(figure, Count):
            header.append(f"{figure.name}（{figure.unit.label}）")
        else:
            header += [f"{figure.name}（%）", f"{figure.name}（{net}，%）"]
    header.append(gettext("Data cut-off"))

    def lines() -> Iterator[list[Any]]:
        for each in (report, *before.values()):
            for group in known:
                yield _cells(each, group.name, group.key, each.line(group))
            yield _cells(each, gettext("Total"), "", each.total)

    return header, lines()


def _cells(report: Summary, name: str, key: str, line: Figures) -> list[Any]:
    period = report.span.period
    cells: list[Any] = [period.label, period.first.isoformat(), period.last.isoformat(), name, key]
    for figure in BY_CODE.values():
        if isinstance(figure, Count):
            cells.append(line.counts[figure.code])
        else:
            cells += [_share(line.rate(figure).rate), _share(line.rate(figure.net).rate)]
    return [*cells, report.span.cut_off]


def _share(rate: float | None) -> float | str:
    # Not applicable is written as words: an empty cell would be taken for a nought.
    return gettext("not applicable") if rate is None else round(rate * 100, 2)


def network_table(report: network.Network, now: datetime) -> Table:
    unit = Unit.STATIONS.label
    names = [f"{name}（{unit}）" for name in network.NetworkFigure.labels]
    header = [gettext("Table"), gettext("Group"), gettext("Code of the group"), *names, gettext("Data cut-off")]

    def lines() -> Iterator[list[Any]]:
        for section, each in report.sections.items():
            for line in each:
                yield [str(network.Section(section).label), line.name, line.key, line.stations, line.open, now]
        yield [gettext("Total"), "", "", report.total.stations, report.total.open, now]

    return header, lines()


def duty_answer(query: DutyQuery) -> dict[str, Any]:
    report = duty.summarize(query.place, query.span)
    return {
        "report": Report.DUTY.value,
        "region": region_answer(query.place.region),
        "place": str(query.place),
        "period": period_answer(query.span.period),
        "data_cut_off": moment(query.span.cut_off),
        "total": _duty_figures(report.total),
        "stations": [
            {"key": line.key, "name": line.name, "region": line.region, "figures": _duty_figures(line)}
            for line in report.lines
        ],
    }


def _duty_figures(line: duty.Line) -> dict[str, Any]:
    rate = None if line.fill_rate is None else round(line.fill_rate, figures.PLACES)
    return {**line.figures(), "fill_rate": rate}


def duty_table(query: DutyQuery) -> Table:
    """A line a station, what needs attention first, and one for the total."""
    report, period = duty.summarize(query.place, query.span), query.span.period
    units = [duty.DEFINITIONS[code].unit.label for code in duty.DutyFigure.values]
    named = [f"{name}（{unit}）" for name, unit in zip(duty.DutyFigure.labels, units, strict=True)]
    header = [gettext("Period"), gettext("From"), gettext("To"), gettext("Station"), gettext("Code of the station")]
    header += [gettext("Region"), *named, f"{gettext('Fill rate')}（%）", gettext("Data cut-off")]

    def lines() -> Iterator[list[Any]]:
        for line in (*report.lines, report.total):
            rate = gettext("not applicable") if line.fill_rate is None else round(line.fill_rate * 100, 2)
            about = [period.label, period.first.isoformat(), period.last.isoformat(), line.name, line.key, line.region]
            cells = [gettext("not applicable") if each is None else each for each in line.figures().values()]
            yield [*about, *cells, rate, query.span.cut_off]

    return header, lines()


def funnel_answer(query: projects.FunnelQuery) -> dict[str, Any]:
    funnel = projects.summarize(query.place, query.span)
    return {
        "report": Report.PROJECTS.value,
        "region": region_answer(query.place.region),
        "place": str(query.place),
        "period": period_answer(query.span.period),
        "data_cut_off": moment(query.span.cut_off),
        "counts": funnel.counts,
        "rates": {code: _rounded(funnel.rate(code)) for code in projects.ProjectRate.values},
    }


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, figures.PLACES)


def funnel_table(query: projects.FunnelQuery) -> Table:
    """One line: the period, each figure with its unit, each share."""
    funnel, period = projects.summarize(query.place, query.span), query.span.period
    counted = [(each, projects.DEFINITIONS[each].unit.label) for each in projects.ProjectFigure]
    header = [
        gettext("Region"), gettext("Period"), gettext("From"), gettext("To"),
        *(f"{each.label}（{unit}）" for each, unit in counted),
        *(f"{each.label}（%）" for each in projects.ProjectRate), gettext("Data cut-off"),
    ]  # fmt: skip
    line = [
        str(query.place), period.label, period.first.isoformat(), period.last.isoformat(),
        *funnel.counts.values(), *(_share(funnel.rate(each)) for each in projects.ProjectRate), query.span.cut_off,
    ]  # fmt: skip
    return header, iter([line])
