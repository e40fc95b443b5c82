"""The pages of reports: figures with their units and definitions, each number leading to its rows."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from portal.core.errors import DomainError, read_form
from portal.core.pages import StaffPage
from portal.core.rest import pagination
from portal.desk import duty_report, projects_report, reports
from portal.reports import duty, figures, network, projects, rows
from portal.reports.access import may_export
from portal.reports.answers import Report
from portal.reports.definitions import Unit
from portal.reports.groups import GroupBy
from portal.reports.periods import Period, PeriodKind
from portal.reports.places import place_for
from portal.reports.query import (
    COMPARISONS,
    PREVIOUS,
    NetworkForm,
    NetworkRowsForm,
    read_duty,
    read_duty_rows,
    read_rows,
    read_summary,
)
from volunteers.models import HourClaim
from volunteers.models.hours import DECIDE


class ReportPage(StaffPage):
    capability = "reports:read"

    def show(
        self, request: HttpRequest, template: str, *, asked: QueryDict | None = None, **context: Any
    ) -> HttpResponse:
        """`asked` is what the page reads where that differs from its address: the files hold what is on show."""
        params = (request.GET if asked is None else asked).copy()
        params.pop("cursor", None)
        context |= {
            "may_export": may_export(request.user.scope),
            "regions": reports.regions_for(request.user),
            "reports": Report,
            "exported": params.urlencode(),
        }
        return render(request, template, context, status=400 if context.get("error") else 200)


class SummaryPage(ReportPage):
    """`requests-summary`: by default this month, compared with the last one, by the level below one's own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        params, error = with_defaults(request.GET), None
        try:
            query = read_summary(request.user, params)
        except DomainError as refusal:
            if refusal.status != 400:
                raise
            params = with_defaults(QueryDict())
            error, query = refusal, read_summary(request.user, params)
        return self.show(
            request, "desk/reports.html", asked=params, page=reports.summary_page(query), query=query, error=error,
            is_custom=query.span.period.kind == PeriodKind.CUSTOM, kinds=PeriodKind.choices,
            groupings=GroupBy.choices, comparisons=COMPARISONS,
        )  # fmt: skip


def with_defaults(asked: QueryDict) -> QueryDict:
    """What the page shows when it is not told: this month against the last one, by street."""
    params = asked.copy()
    if not params:
        params["compare"] = PREVIOUS
        params["group"] = GroupBy.STREET
    return period_of(params)


def period_of(asked: QueryDict) -> QueryDict:
    """The period that the page's form asks for, made complete."""
    params = asked.copy()
    if params.get("period") == PeriodKind.CUSTOM:
        # Chosen in the list a moment ago: the two days are asked for next, filled in with this month.
        month = Period.containing(timezone.localdate(), PeriodKind.MONTH)
        params.setdefault("from", month.first.isoformat())
        params.setdefault("to", month.last.isoformat())
    elif "period" in params:
        # Days left over from a period of one's own.
        params.pop("from", None)
        params.pop("to", None)
    return params


class NetworkPage(ReportPage):
    """`network-summary`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        region = read_form(NetworkForm(request.GET))["region"]
        page = reports.network_page(place_for(request.user, region), region)
        return self.show(request, "desk/report_network.html", page=page, region=region)


class RowsPage(ReportPage):
    """The rows behind a number of `requests-summary`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        query = read_rows(request.user, request.GET)
        source = rows.source_of(query.figure)
        found = figures.rows(query.figure, query.place, query.span, group_by=query.group_by, group=query.group)
        return self.show(
            request, "desk/report_rows.html", query=query, count=found.count(), report=Report.REQUESTS,
            rows=paged(request, found, lambda some: reports.rows_in_words(source, some)),
            titles=reports.titles_of(source),
        )  # fmt: skip


class NetworkRowsPage(ReportPage):
    """The stations behind a number of `network-summary`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        values = read_form(NetworkRowsForm(request.GET))
        place = place_for(request.user, values["region"])
        found = network.rows(place, figure=values["figure"], section=values["section"], key=values["key"])
        return self.show(
            request, "desk/report_stations.html", place=place, count=found.count(), report=Report.NETWORK,
            rows=paged(request, found, reports.stations_in_words), unit=Unit.STATIONS.label,
            titles=[field.title for field in rows.STATION_FIELDS], title=network.NetworkFigure(values["figure"]).label,
        )  # fmt: skip


class DutyPage(ReportPage):
    """`duty-summary`: by default this month; for leaders the stations that need attention come first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        params, error = request.GET, None
        try:
            query = read_duty(request.user, period_of(params))
        except DomainError as refusal:
            if refusal.status != 400:
                raise
            error, query = refusal, read_duty(request.user, QueryDict())
        to_decide = HourClaim.objects.to_be_decided_by(request.user).count() if request.user.scope.can(DECIDE) else 0
        return self.show(
            request, "desk/report_duty.html", page=duty_report.duty_page(query), query=query, error=error,
            is_custom=query.span.period.kind == PeriodKind.CUSTOM, kinds=PeriodKind.choices, to_decide=to_decide,
        )  # fmt: skip


class DutyRowsPage(ReportPage):
    """The rows behind a number of `duty-summary`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        query = read_duty_rows(request.user, request.GET)
        told = duty.DEFINITIONS[query.figure]
        found = duty.rows(
            query.place, query.span, figure=query.figure, station=query.station,
            is_without_shift=query.is_without_shift,
        )  # fmt: skip
        return self.show(
            request, "desk/report_duty_rows.html", query=query, count=found.count(), told=told,
            value=duty_report.value_in_words(query.figure, found),
            rows=paged(request, found, lambda some: duty_report.rows_in_words(query.figure, some)),
            titles=duty_report.titles_of(query.figure), title=duty.DutyFigure(query.figure).label,
        )  # fmt: skip


class ProjectsPage(ReportPage):
    """`projects-funnel`: by default this year, since a project takes months."""

    def get(self, request: HttpRequest) -> HttpResponse:
        params, error = by_year(request.GET), None
        try:
            query = projects.read_funnel(request.user, params)
        except DomainError as refusal:
            if refusal.status != 400:
                raise
            params = by_year(QueryDict())
            error, query = refusal, projects.read_funnel(request.user, params)
        return self.show(
            request, "desk/report_projects.html", asked=params, page=projects_report.funnel_page(query), query=query,
            error=error, is_custom=query.span.period.kind == PeriodKind.CUSTOM, kinds=PeriodKind.choices,
        )  # fmt: skip


def by_year(asked: QueryDict) -> QueryDict:
    params = period_of(asked)
    if not {"period", "from", "to"} & set(params):
        params["period"] = PeriodKind.YEAR
    return params


class ProjectRowsPage(ReportPage):
    """The rows behind a number of `projects-funnel`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        query = projects.read_funnel_rows(request.user, request.GET)
        told = projects.DEFINITIONS[query.figure]
        found = projects.rows(query.place, query.span, figure=query.figure)
        return self.show(
            request, "desk/report_project_rows.html", query=query, count=found.count(), told=told,
            rows=paged(request, found, lambda some: projects_report.rows_in_words(query.figure, some)),
            titles=[field.title for field in projects.FIELDS[told.rows]],
            title=projects.ProjectFigure(query.figure).label,
        )  # fmt: skip


def paged(request: HttpRequest, found: QuerySet, read: Any) -> pagination.Page:
    """One page of rows, newest first."""
    return pagination.paginate(
        found,
        request.GET,
        order=pagination.Order("pk", descending=True),
        limit=pagination.DEFAULT_LIMIT,
        read=lambda some, column: [(pk, pk, row) for pk, row in read(some)],
    )
