"""`/api/v1/reports/deliberation-summary/` and `survey-summary/`: their figures, and the rows behind each."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.urls import path
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.reports import answers, figures, rows, surveys
from portal.reports.answers import Report, Table
from portal.reports.api import PAGE_PARAMETERS, PAGING, PERIOD, ReportView, described_report
from portal.reports.by_region import ByRegion, Line
from portal.reports.deliberations import DELIBERATIONS
from portal.reports.query import FigureForm, PeriodForm, RegionQuery, read_by_region
from portal.reports.serializers import ReportPeriod, ReportRegion, RowsPage, row_fields
from portal.reports.surveys import SURVEYS


def figures_serializer(report: ByRegion, name: str) -> type[serializers.Serializer]:
    counted = {code: serializers.IntegerField(help_text=str(label)) for code, label in report.figures.choices}
    return type(
        name, (serializers.Serializer,), {**counted, report.share.code: serializers.FloatField(allow_null=True)}
    )


def row_serializer(report: ByRegion, name: str) -> type[serializers.Serializer]:
    fields = {field.name: field for rows in report.rows_of.values() for field in rows.fields}
    own = {"id": serializers.IntegerField(help_text="Of the row in its own table.")}
    return type(name, (serializers.Serializer,), {**own, **row_fields(fields.values(), required=False)})


Figures = figures_serializer(DELIBERATIONS, "DeliberationFigures")
SurveyFigures = figures_serializer(SURVEYS, "SurveyFigures")
DeliberationReportRow = row_serializer(DELIBERATIONS, "DeliberationReportRow")
SurveyReportRow = row_serializer(SURVEYS, "SurveyReportRow")


class RegionFigures(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    figures = Figures()


class SurveyRegionFigures(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    figures = SurveyFigures()


class PeriodSummary(serializers.Serializer):
    report = serializers.CharField()
    region = ReportRegion(allow_null=True)
    place = serializers.CharField()
    period = ReportPeriod()
    data_cut_off = serializers.DateTimeField()


class DeliberationSummary(PeriodSummary):
    total = Figures()
    regions = RegionFigures(many=True)


class CompanyPoints(serializers.Serializer):
    organization = serializers.IntegerField()
    name = serializers.CharField()
    appraisals = serializers.IntegerField()
    mean = serializers.DecimalField(max_digits=5, decimal_places=2, help_text="Of a hundred points.")


class SurveySummary(PeriodSummary):
    total = SurveyFigures()
    regions = SurveyRegionFigures(many=True)
    companies = CompanyPoints(many=True)


class DeliberationRowsPage(RowsPage):
    figure = serializers.ChoiceField(choices=DELIBERATIONS.figures.choices)
    results = DeliberationReportRow(many=True)


class SurveyRowsPage(RowsPage):
    figure = serializers.ChoiceField(choices=SURVEYS.figures.choices)
    results = SurveyReportRow(many=True)


class ByRegionView(ReportView):
    """Figures in total and by region; as a file, a line a region and one for the total."""

    report: ClassVar[ByRegion]
    name: ClassVar[Report]

    def summary(self, request: Request) -> HttpResponseBase:
        query = read_by_region(request.user, PeriodForm(self.params_for(PeriodForm().fields)))
        if self.wants_file:
            return self.file(*table_of(self.report, query), self.name.value)
        return Response({**answer_of(self.report, query), "report": self.name.value, **self.more(query)})

    def more(self, query: RegionQuery) -> dict[str, Any]:
        return {}


class RowsByRegionView(ReportView):
    report: ClassVar[ByRegion]

    def rows(self, request: Request) -> HttpResponseBase:
        known = FigureForm(report=self.report).fields
        query = read_by_region(request.user, FigureForm(self.params_for(known, PAGING), report=self.report))
        told, fields = self.report.definitions[query.figure], self.report.fields(query.figure)
        found = self.report.rows(query.place, query.span, figure=query.figure)
        if self.wants_file:
            return self.file_of_rows(found.order_by("-pk"), rows.columns_of(fields), query.figure)
        page = self.page(found, lambda some: rows.read_fields(fields, some))
        about = {"figure": query.figure, "unit": told.unit.value, "rows": told.rows}
        return Response({**about, "data_cut_off": answers.moment(query.span.cut_off), **page})


def _figure(report: ByRegion) -> OpenApiParameter:
    return OpenApiParameter("figure", str, required=True, enum=report.figures.values)


class DeliberationSummaryView(ByRegionView):
    """Meetings held, topics raised and resolved, disputes settled and tasks done on time, in total and by region."""

    report, name = DELIBERATIONS, Report.DELIBERATIONS

    @described_report(DeliberationSummary, *PERIOD)
    def get(self, request: Request) -> HttpResponseBase:
        return self.summary(request)


class DeliberationRowsView(RowsByRegionView):
    """The rows behind one figure. Of what is confidential they tell no words and no names."""

    report = DELIBERATIONS

    @described_report(DeliberationRowsPage, *PERIOD, *PAGE_PARAMETERS, _figure(DELIBERATIONS))
    def get(self, request: Request) -> HttpResponseBase:
        return self.rows(request)


class SurveySummaryView(ByRegionView):
    """Surveys held and households that answered, appraisals finished with the mean of each property company, candidates
    found suitable or not, in total and by region."""

    report, name = SURVEYS, Report.SURVEYS

    @described_report(SurveySummary, *PERIOD)
    def get(self, request: Request) -> HttpResponseBase:
        return self.summary(request)

    def more(self, query: RegionQuery) -> dict[str, Any]:
        judged = surveys.companies(query.place, query.span)
        return {
            "companies": [
                {"organization": each.pk, "name": each.name, "appraisals": each.appraisals, "mean": str(each.mean)}
                for each in judged
            ]
        }


class SurveyRowsView(RowsByRegionView):
    """The rows behind one figure. Of a candidate they tell the decision, and no word."""

    report = SURVEYS

    @described_report(SurveyRowsPage, *PERIOD, *PAGE_PARAMETERS, _figure(SURVEYS))
    def get(self, request: Request) -> HttpResponseBase:
        return self.rows(request)


def answer_of(report: ByRegion, query: RegionQuery) -> dict[str, Any]:
    summary = report.summarize(query.place, query.span)
    return {
        "region": answers.region_answer(query.place.region),
        "place": str(query.place),
        "period": answers.period_answer(query.span.period),
        "data_cut_off": answers.moment(query.span.cut_off),
        "total": _figures(summary.total),
        "regions": [{"key": line.key, "name": line.name, "figures": _figures(line)} for line in summary.lines],
    }


def _figures(line: Line) -> dict[str, Any]:
    return {**line.figures, line.share.code: None if line.rate is None else round(line.rate, figures.PLACES)}


def table_of(report: ByRegion, query: RegionQuery) -> Table:
    """A line a region, and one for the total."""
    summary, period = report.summarize(query.place, query.span), query.span.period
    named = [f"{name}（{told.unit.label}）" for name, told in report.table_of_definitions()]
    header = [gettext("Period"), gettext("From"), gettext("To"), gettext("Region"), gettext("Code of the region")]
    header += [*named, f"{report.share.name}（%）", gettext("Data cut-off")]

    def lines() -> Iterator[list[Any]]:
        for line in (*summary.lines, summary.total):
            rate = gettext("not applicable") if line.rate is None else round(line.rate * 100, 2)
            about = [period.label, period.first.isoformat(), period.last.isoformat(), line.name, line.key]
            yield [*about, *line.figures.values(), rate, query.span.cut_off]

    return header, lines()


urlpatterns = [
    path(f"reports/{name}/{tail}", view.as_view(), name=f"{name}{suffix}")
    for name, views in (
        (Report.DELIBERATIONS, (DeliberationSummaryView, DeliberationRowsView)),
        (Report.SURVEYS, (SurveySummaryView, SurveyRowsView)),
    )
    for view, tail, suffix in zip(views, ("", "rows/"), ("", "-rows"), strict=True)
]
