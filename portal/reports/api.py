"""`/api/v1/reports/`: which reports there are, each report, and the rows behind its figures; JSON, CSV or XLSX."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from portal.core.copy_export import Column, csv_response, read_cells, stream_csv
from portal.core.errors import read_form
from portal.core.rest import pagination
from portal.core.rest.files import FileView, described
from portal.core.rest.views import Base
from portal.core.scope import Scope
from portal.reports import answers, duty, figures, network, projects, rows, serializers
from portal.reports.access import may_export
from portal.reports.answers import Report
from portal.reports.definitions import Unit
from portal.reports.groups import GroupBy
from portal.reports.periods import PeriodKind
from portal.reports.places import place_for
from portal.reports.query import (
    COMPARISONS,
    PARTS,
    DutyRowsForm,
    NetworkForm,
    NetworkRowsForm,
    PeriodForm,
    RowsForm,
    SummaryForm,
    read_duty,
    read_duty_rows,
    read_rows,
    read_summary,
)

_REGION = OpenApiParameter("region", str, description="Code of a region; default: all that you look after.")
PERIOD = [
    OpenApiParameter("period", str, enum=PeriodKind.values, description="Default: month."),
    OpenApiParameter("date", OpenApiTypes.DATE, description="Any day of the period; default: today."),
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day of a period of one's own."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Its last day."),
]
# Rows come newest first, in no other order.
PAGING = pagination.PARAMETERS - {"ordering"}
_GROUP = OpenApiParameter("group", str, enum=GroupBy.values, description="Default: the total alone.")
_KEY = OpenApiParameter("key", str, description="The key of one line; default: the rows of the total.")
PAGE_PARAMETERS = [
    OpenApiParameter("limit", int, description=f"Rows a page, {pagination.MAX_LIMIT} at the most."),
    OpenApiParameter("cursor", str, description="From `next` or `previous` of another page."),
]


def described_report(serializer: Any, *parameters: OpenApiParameter) -> Any:
    return described(serializer, _REGION, *parameters)


class ReportView(FileView):
    """Figures are for `reports:read`; who may not take figures away gets no file."""

    capability = "reports:read"
    file_capability = "reports:export"

    def may_take(self, scope: Scope) -> bool:
        return may_export(scope)

    def file_of_rows(self, found: QuerySet, columns: list[Column], name: str) -> HttpResponseBase:
        if self.wants_csv:
            return csv_response(stream_csv(found, columns), f"{name}.csv")
        return self.file([str(column.name) for column in columns], read_cells(found, columns), name)

    def page(self, found: QuerySet, read: Any) -> dict[str, Any]:
        """One page of rows with the number of all of them."""
        params = self.request.query_params
        page = pagination.paginate(
            found,
            params,
            order=pagination.Order("pk", descending=True),
            limit=pagination.read_limit(params),
            read=lambda some, column: [(row["id"], row["id"], row) for row in read(some)],
        )
        urls = {name: pagination.page_url(self.request, getattr(page, name)) for name in ("next", "previous")}
        return {"count": found.count(), **urls, "results": page.rows}


class ReportListView(Base):
    """The reports with the definition of every figure: event, date, numerator, denominator, unit."""

    capability = "reports:read"

    @extend_schema(responses=serializers.ReportList)
    def get(self, request: Request) -> Response:
        return Response({"results": [self.describe(Report(name)) for name in Report.values]})

    def describe(self, report: Report) -> dict[str, Any]:
        return {
            "name": report.value,
            "title": str(report.label),
            "description": str(answers.DESCRIPTIONS[report]),
            "url": reverse(f"api:{report.value}", request=self.request),
            "rows_url": reverse(f"api:{report.value}-rows", request=self.request),
            "figures": answers.definitions(report),
        }


class RequestsSummaryView(ReportView):
    """Requests in a period: every figure in total and by group, with earlier periods to compare with."""

    @described_report(
        serializers.RequestsSummary, *PERIOD, _GROUP,
        OpenApiParameter("compare", str, many=True, enum=[name for name, _label in COMPARISONS]),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        query = read_summary(request.user, self.params_for(SummaryForm().fields))
        if self.wants_file:
            return self.file(*answers.summary_table(query), Report.REQUESTS.value)
        return Response(answers.summary_answer(query))


class RequestsRowsView(ReportView):
    """The rows behind one figure, as many as it says, in its own unit: cases, offers, ratings, redos, or whistles and
    how departments were rated."""

    @described_report(
        serializers.RequestRowsPage, *PERIOD, _GROUP, _KEY, *PAGE_PARAMETERS,
        OpenApiParameter("figure", str, required=True, description="Code of a figure, from the list of reports."),
        OpenApiParameter(
            "part", str, enum=[name for name, _label in PARTS],
            description="Which side of a rate; default: denominator.",
        ),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        query = read_rows(request.user, self.params_for(RowsForm().fields, PAGING))
        source = rows.source_of(query.figure)
        found = figures.rows(query.figure, query.place, query.span, group_by=query.group_by, group=query.group)
        if self.wants_file:
            return self.file_of_rows(found.order_by("-pk"), rows.columns(source), query.figure.code)
        page = self.page(found, lambda some: rows.read(source, some))
        about = {"figure": query.figure.code, "unit": query.figure.unit.value, "rows": source.name}
        return Response({**about, "data_cut_off": answers.moment(query.span.cut_off), **page})


class NetworkSummaryView(ReportView):
    """The stations by tier, type, function, 24-hour opening, build mode and status, as they are now."""

    @described_report(serializers.NetworkSummary)
    def get(self, request: Request) -> HttpResponseBase:
        values = read_form(NetworkForm(self.params_for(NetworkForm().fields)))
        report, now = network.summarize(place_for(request.user, values["region"])), timezone.now()
        if self.wants_file:
            return self.file(*answers.network_table(report, now), Report.NETWORK.value)
        return Response(answers.network_answer(report, now))


class NetworkRowsView(ReportView):
    """The stations behind a number."""

    @described_report(
        serializers.NetworkRowsPage, _KEY, *PAGE_PARAMETERS,
        OpenApiParameter("figure", str, required=True, enum=network.NetworkFigure.values),
        OpenApiParameter("section", str, enum=network.Section.values),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        values = read_form(NetworkRowsForm(self.params_for(NetworkRowsForm().fields, PAGING)))
        place = place_for(request.user, values["region"])
        found = network.rows(place, figure=values["figure"], section=values["section"], key=values["key"])
        if self.wants_file:
            return self.file_of_rows(found.order_by("code"), rows.columns_of(rows.STATION_FIELDS), values["figure"])
        about = {"figure": values["figure"], "unit": Unit.STATIONS.value, "rows": "stations"}
        page = self.page(found, lambda some: rows.read_fields(rows.STATION_FIELDS, some))
        return Response({**about, "data_cut_off": answers.moment(timezone.now()), **page})


class DutySummaryView(ReportView):
    """How the stations are staffed in a period, a line each, what needs attention first."""

    @described_report(serializers.DutySummary, *PERIOD)
    def get(self, request: Request) -> HttpResponseBase:
        query = read_duty(request.user, self.params_for(PeriodForm().fields))
        if self.wants_file:
            return self.file(*answers.duty_table(query), Report.DUTY.value)
        return Response(answers.duty_answer(query))


class DutyRowsView(ReportView):
    """The rows behind one figure of `duty-summary`: shifts, places, entries of hours or people on duty."""

    @described_report(
        serializers.DutyRowsPage, *PERIOD, *PAGE_PARAMETERS,
        OpenApiParameter("figure", str, required=True, enum=duty.DutyFigure.values),
        OpenApiParameter("key", str, description="The code of a station, or no-shift; needed for the fairness spread."),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        query = read_duty_rows(request.user, self.params_for(DutyRowsForm().fields, PAGING))
        told = duty.DEFINITIONS[query.figure]
        found = duty.rows(
            query.place, query.span, figure=query.figure, station=query.station,
            is_without_shift=query.is_without_shift,
        )  # fmt: skip
        fields = duty.FIELDS[told.rows]
        if self.wants_file:
            return self.file_of_rows(found.order_by("-pk"), rows.columns_of(fields), query.figure)
        page = self.page(found, lambda some: rows.read_fields(fields, some))
        about = {"figure": query.figure, "unit": told.unit.value, "rows": told.rows.value}
        return Response({**about, "data_cut_off": answers.moment(query.span.cut_off), **page})


class ProjectsFunnelView(ReportView):
    """Needs, projects and finished projects of a period, with the share that goes on."""

    @described_report(serializers.ProjectsFunnel, *PERIOD)
    def get(self, request: Request) -> HttpResponseBase:
        query = projects.read_funnel(request.user, self.params_for(PeriodForm().fields))
        if self.wants_file:
            return self.file(*answers.funnel_table(query), Report.PROJECTS.value)
        return Response(answers.funnel_answer(query))


class ProjectsRowsView(ReportView):
    """The rows behind one figure of `projects-funnel`: requests, projects, or needs in projects."""

    @described_report(
        serializers.ProjectRowsPage, *PERIOD, *PAGE_PARAMETERS,
        OpenApiParameter("figure", str, required=True, enum=projects.ProjectFigure.values),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        query = projects.read_funnel_rows(request.user, self.params_for(projects.ProjectRowsForm().fields, PAGING))
        told = projects.DEFINITIONS[query.figure]
        found, fields = projects.rows(query.place, query.span, figure=query.figure), projects.FIELDS[told.rows]
        if self.wants_file:
            return self.file_of_rows(found.order_by("-pk"), rows.columns_of(fields), query.figure)
        page = self.page(found, lambda some: rows.read_fields(fields, some))
        about = {"figure": query.figure, "unit": told.unit.value, "rows": told.rows.value}
        return Response({**about, "data_cut_off": answers.moment(query.span.cut_off), **page})


urlpatterns = [
    path("reports/", ReportListView.as_view(), name="reports"),
    path(f"reports/{Report.REQUESTS}/", RequestsSummaryView.as_view(), name=Report.REQUESTS.value),
    path(f"reports/{Report.REQUESTS}/rows/", RequestsRowsView.as_view(), name=f"{Report.REQUESTS}-rows"),
    path(f"reports/{Report.NETWORK}/", NetworkSummaryView.as_view(), name=Report.NETWORK.value),
    path(f"reports/{Report.NETWORK}/rows/", NetworkRowsView.as_view(), name=f"{Report.NETWORK}-rows"),
    path(f"reports/{Report.DUTY}/", DutySummaryView.as_view(), name=Report.DUTY.value),
    path(f"reports/{Report.DUTY}/rows/", DutyRowsView.as_view(), name=f"{Report.DUTY}-rows"),
    path(f"reports/{Report.PROJECTS}/", ProjectsFunnelView.as_view(), name=Report.PROJECTS.value),
    path(f"reports/{Report.PROJECTS}/rows/", ProjectsRowsView.as_view(), name=f"{Report.PROJECTS}-rows"),
]
