"""What the page of `projects-funnel` shows: each figure with the share that goes on, leading to its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from portal.core import humanize
from portal.desk.duty_report import DutyRow as Row
from portal.desk.reports import Cell, words_of
from portal.reports import projects
from portal.reports.projects import FunnelQuery, ProjectFigure, ProjectRate, Rows
from portal.reports.rows import Field, read_fields

F, R = ProjectFigure, ProjectRate
# The published funnel, and beside it what became of the needs that are in projects.
CHAINS = (
    ((F.NEEDS, None), (F.PROJECTS, R.NEEDS_TO_PROJECTS), (F.FINISHED, R.PROJECTS_FINISHED)),
    ((F.ADOPTED, None), (F.RESOLVED, R.NEEDS_RESOLVED)),
)
# Which page a row leads to, and by which of its columns.
LEADS_TO = {
    Rows.REQUESTS: ("desk:case", "pk"), Rows.PROJECTS: ("requests:project_detail", "pk"),
    Rows.NEEDS: ("requests:project_detail", "project"),
}  # fmt: skip


@dataclass(frozen=True)
class FunnelLine:
    name: str
    cell: Cell
    unit: str
    definition: projects.Definition
    rate_name: str
    rate: str


@dataclass(frozen=True)
class FunnelPage:
    query: FunnelQuery
    chains: Sequence[Sequence[FunnelLine]]


def funnel_page(query: FunnelQuery) -> FunnelPage:
    funnel = projects.summarize(query.place, query.span)
    return FunnelPage(query, [[_line(query, funnel, *each) for each in chain] for chain in CHAINS])


def _line(query: FunnelQuery, funnel: projects.Funnel, figure: ProjectFigure, rate: ProjectRate | None) -> FunnelLine:
    number, told = funnel.counts[figure], projects.DEFINITIONS[figure]
    href = f"{reverse('desk:project_rows')}?{urlencode({**query.params, 'figure': figure.value})}" if number else ""
    share = funnel.rate(rate) if rate else None
    words = humanize.percentage(share)
    return FunnelLine(
        name=str(figure.label), cell=Cell(words=f"{number:,}", href=href), unit=str(told.unit.label), definition=told,
        rate_name=str(rate.label) if rate else "", rate=words if rate else "",
    )  # fmt: skip


def rows_in_words(figure: str, found: QuerySet) -> Iterable[tuple[int, Row]]:
    kind = projects.DEFINITIONS[figure].rows
    fields, (page, column) = projects.FIELDS[kind], LEADS_TO[kind]
    with_link = (*fields, Field("link", "", column, is_number=True))
    for row in read_fields(with_link, found):
        href = reverse(page, args=[row.pop("link")])
        yield row["id"], Row(href, [words_of(field, row[field.name]) for field in fields])
