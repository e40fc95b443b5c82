"""`deliberation-summary` and `survey-summary` at the desk: figures by region, and the rows behind each."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from portal.core.errors import DomainError
from portal.core.humanize import percentage
from portal.core.models import Organization, User
from portal.desk.reports import words_of
from portal.desk.views.reports import ReportPage, paged, period_of
from portal.reports import deliberations, rows, surveys
from portal.reports.answers import Report
from portal.reports.by_region import ByRegion, Line
from portal.reports.deliberations import DELIBERATIONS
from portal.reports.periods import PeriodKind
from portal.reports.query import FigureForm, PeriodForm, RegionQuery, read_by_region
from portal.reports.surveys import SURVEYS
from requests.models import Appraisal, Candidate, Deliberation, FollowUpTask, Meeting, Survey

# The page of a row, for those who may open it. What happened at a door stands on no page of its own.
PAGES: dict[str, tuple[type[models.Model], str]] = {
    deliberations.Kind.MEETINGS: (Meeting, "requests:meeting_detail"),
    deliberations.Kind.DELIBERATIONS: (Deliberation, "requests:deliberation_detail"),
    deliberations.Kind.TASKS: (FollowUpTask, "requests:task_detail"),
    surveys.Kind.SURVEYS: (Survey, "requests:survey_detail"),
    surveys.Kind.APPRAISALS: (Appraisal, "requests:appraisal_detail"),
    surveys.Kind.CANDIDATES: (Candidate, "requests:candidate_detail"),
}
# What takes more than reading figures to be opened.
NEEDS = {surveys.Kind.CANDIDATES: "elections:read"}


class ByRegionPage(ReportPage):
    """By default this month."""

    report: ClassVar[ByRegion]
    name: ClassVar[Report]
    rows_at: ClassVar[str]
    template_name: ClassVar[str]

    def get(self, request: HttpRequest) -> HttpResponse:
        error = None
        try:
            query = read_by_region(request.user, PeriodForm(period_of(request.GET)))
        except DomainError as refusal:
            if refusal.status != 400:
                raise
            error, query = refusal, read_by_region(request.user, PeriodForm(QueryDict()))
        summary = self.report.summarize(query.place, query.span)
        return self.show(
            request, self.template_name, query=query, error=error, here=self.name, rows_of=f"api:{self.name}",
            lines=[(line, self.cells_of(query, line), percentage(line.rate)) for line in summary.lines],
            total=self.cells_of(query, summary.total), total_rate=percentage(summary.total.rate),
            share=self.report.share,
            is_custom=query.span.period.kind == PeriodKind.CUSTOM, kinds=PeriodKind.choices,
            titles=self.report.figures.labels, definitions=self.report.table_of_definitions(), **self.more(query),
        )  # fmt: skip

    def cells_of(self, query: RegionQuery, line: Line) -> list[tuple[int, str]]:
        """Each number, and where its rows are."""
        region = {"region": line.key} if line.key else {}
        page = reverse(self.rows_at)
        return [
            (number, f"{page}?{urlencode({**query.params, **region, 'figure': code})}" if number else "")
            for code, number in line.figures.items()
        ]

    def more(self, query: RegionQuery) -> dict[str, Any]:
        return {}


class RowsByRegionPage(ReportPage):
    """The rows behind a number, with a link for those who may open them."""

    report: ClassVar[ByRegion]
    name: ClassVar[Report]

    def get(self, request: HttpRequest) -> HttpResponse:
        query = read_by_region(request.user, FigureForm(request.GET, report=self.report))
        told = self.report.definitions[query.figure]
        found = self.report.rows(query.place, query.span, figure=query.figure)
        fields = self.report.fields(query.figure)
        return self.show(
            request, "desk/report_region_rows.html", query=query, count=found.count(), told=told,
            rows=paged(request, found, lambda some: in_words(told.rows, fields, some, request.user)),
            titles=[field.title for field in fields], title=self.report.figures(query.figure).label,
            here=self.name, rows_of=f"api:{self.name}-rows",
        )  # fmt: skip


def in_words(kind: str, fields: Iterable[rows.Field], found: QuerySet, user: User) -> Iterable[tuple[int, Any]]:
    read = list(rows.read_fields(tuple(fields), found))
    page, opened = "", set()
    if kind in PAGES and user.scope.can(NEEDS.get(kind, "deliberations:read")):
        model, page = PAGES[kind]
        seen = model.objects.for_user(user).filter(pk__in=[row["id"] for row in read])  # type: ignore[attr-defined]
        opened = set(seen.values_list("pk", flat=True))
    for row in read:
        href = reverse(page, args=[row["id"]]) if row["id"] in opened else ""
        yield row["id"], {"href": href, "cells": [words_of(field, row[field.name]) for field in fields]}


class DeliberationsPage(ByRegionPage):
    report, name, rows_at = DELIBERATIONS, Report.DELIBERATIONS, "desk:deliberation_rows"
    template_name = "desk/report_deliberations.html"


class DeliberationRowsPage(RowsByRegionPage):
    """Of what is confidential neither words nor a link."""

    report, name = DELIBERATIONS, Report.DELIBERATIONS


class SurveysPage(ByRegionPage):
    """With the mean of each property company."""

    report, name, rows_at = SURVEYS, Report.SURVEYS, "desk:survey_rows"
    template_name = "desk/report_surveys.html"

    def more(self, query: RegionQuery) -> dict[str, Any]:
        judged = surveys.companies(query.place, query.span)
        seen = Organization.objects.for_user(self.request.user).filter(pk__in=[each.pk for each in judged])
        return {"companies": judged, "opened": set(seen.values_list("pk", flat=True))}


class SurveyRowsPage(RowsByRegionPage):
    """Of a candidate the decision, and no word."""

    report, name = SURVEYS, Report.SURVEYS
