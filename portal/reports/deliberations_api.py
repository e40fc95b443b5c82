"""`/api/v1/reports/deliberation-summary/`: its figures, and the rows behind each."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase
from django.urls import path
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.reports import answers, deliberations, figures, rows
from portal.reports.answers import Report, Table
from portal.reports.api import PAGE_PARAMETERS, PAGING, PERIOD, ReportView, described_report
from portal.reports.deliberations import DeliberationFigure, Line
from portal.reports.query import (
    DeliberationQuery,
    DeliberationRowsForm,
    PeriodForm,
    read_deliberation_rows,
    read_deliberations,
)
from portal.reports.serializers import ReportPeriod, ReportRegion, RowsPage, row_fields

Figures = type(
    "DeliberationFigures",
    (serializers.Serializer,),
    {
        **{code: serializers.IntegerField(help_text=str(name)) for code, name in DeliberationFigure.choices},
        "on_time_rate": serializers.FloatField(allow_null=True),
    },
)


class RegionFigures(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    figures = Figures()


class DeliberationSummary(serializers.Serializer):
    report = serializers.CharField()
    region = ReportRegion(allow_null=True)
    place = serializers.CharField()
    period = ReportPeriod()
    data_cut_off = serializers.DateTimeField()
    total = Figures()
    regions = RegionFigures(many=True)


DeliberationReportRow = type(
    "DeliberationReportRow",
    (serializers.Serializer,),
    {
        "id": serializers.IntegerField(help_text="Of the row in its own table."),
        **row_fields(
            {each.name: each for fields in deliberations.FIELDS.values() for each in fields}.values(), required=False
        ),
    },
)


class DeliberationRowsPage(RowsPage):
    figure = serializers.ChoiceField(choices=DeliberationFigure.choices)
    results = DeliberationReportRow(many=True)


class DeliberationSummaryView(ReportView):
    """Meetings held, topics raised and resolved, disputes settled and tasks done on time, in total and by region."""

    @described_report(DeliberationSummary, *PERIOD)
    def get(self, request: Request) -> HttpResponseBase:
        query = read_deliberations(request.user, self.params_for(PeriodForm().fields))
        if self.wants_file:
            return self.file(*table_of(query), Report.DELIBERATIONS.value)
        return Response(answer_of(query))


class DeliberationRowsView(ReportView):
    """The rows behind one figure. Of what is confidential they tell no words and no names."""

    @described_report(
        DeliberationRowsPage, *PERIOD, *PAGE_PARAMETERS,
        OpenApiParameter("figure", str, required=True, enum=DeliberationFigure.values),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        query = read_deliberation_rows(request.user, self.params_for(DeliberationRowsForm().fields, PAGING))
        told = deliberations.DEFINITIONS[query.figure]
        found = deliberations.rows(query.place, query.span, figure=query.figure)
        fields = deliberations.FIELDS[told.rows]
        if self.wants_file:
            return self.file_of_rows(found.order_by("-pk"), rows.columns_of(fields), query.figure)
        page = self.page(found, lambda some: rows.read_fields(fields, some))
        about = {"figure": query.figure, "unit": told.unit.value, "rows": told.rows.value}
        return Response({**about, "data_cut_off": answers.moment(query.span.cut_off), **page})


def answer_of(query: DeliberationQuery) -> dict[str, Any]:
    report = deliberations.summarize(query.place, query.span)
    return {
        "report": Report.DELIBERATIONS.value,
        "region": answers.region_answer(query.place.region),
        "place": str(query.place),
        "period": answers.period_answer(query.span.period),
        "data_cut_off": answers.moment(query.span.cut_off),
        "total": _figures(report.total),
        "regions": [{"key": line.key, "name": line.name, "figures": _figures(line)} for line in report.lines],
    }


def _figures(line: Line) -> dict[str, Any]:
    rate = line.on_time_rate
    return {**line.figures, "on_time_rate": None if rate is None else round(rate, figures.PLACES)}


def table_of(query: DeliberationQuery) -> Table:
    """A line a region, and one for the total."""
    report, period = deliberations.summarize(query.place, query.span), query.span.period
    units = [told.unit.label for told in deliberations.DEFINITIONS.values()]
    named = [f"{name}（{unit}）" for name, unit in zip(DeliberationFigure.labels, units, strict=True)]
    header = [gettext("Period"), gettext("From"), gettext("To"), gettext("Region"), gettext("Code of the region")]
    header += [*named, f"{gettext('On time')}（%）", gettext("Data cut-off")]

    def lines() -> Iterator[list[Any]]:
        for line in (*report.lines, report.total):
            rate = gettext("not applicable") if line.on_time_rate is None else round(line.on_time_rate * 100, 2)
            about = [period.label, period.first.isoformat(), period.last.isoformat(), line.name, line.key]
            yield [*about, *line.figures.values(), rate, query.span.cut_off]

    return header, lines()


urlpatterns = [
    path(
        f"reports/{Report.DELIBERATIONS}/", DeliberationSummaryView.as_view(), name=Report.DELIBERATIONS.value
    ),
    path(
        f"reports/{Report.DELIBERATIONS}/rows/", DeliberationRowsView.as_view(), name=f"{Report.DELIBERATIONS}-rows"
    ),
]  # fmt: skip
