"""`deliberation-summary` at the desk: its figures by region, and the rows behind each."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from portal.core.errors import DomainError
from portal.core.models import User
from portal.desk.reports import words_of
from portal.desk.views.reports import ReportPage, paged, period_of
from portal.reports import deliberations, rows
from portal.reports.answers import Report
from portal.reports.deliberations import DEFINITIONS, DeliberationFigure, Line, Rows
from portal.reports.periods import PeriodKind
from portal.reports.query import DeliberationQuery, read_deliberation_rows, read_deliberations
from requests.models import Deliberation, FollowUpTask, Meeting

# The page of a row, for those who may open it.
PAGES: dict[str, tuple[type, str]] = {
    Rows.MEETINGS: (Meeting, "requests:meeting_detail"),
    Rows.DELIBERATIONS: (Deliberation, "requests:deliberation_detail"),
    Rows.TASKS: (FollowUpTask, "requests:task_detail"),
}


class DeliberationsPage(ReportPage):
    """By default this month."""

    def get(self, request: HttpRequest) -> HttpResponse:
        error = None
        try:
            query = read_deliberations(request.user, period_of(request.GET))
        except DomainError as refusal:
            if refusal.status != 400:
                raise
            error, query = refusal, read_deliberations(request.user, QueryDict())
        report = deliberations.summarize(query.place, query.span)
        return self.show(
            request, "desk/report_deliberations.html", query=query, error=error, report=report,
            lines=[(line, cells_of(query, line)) for line in report.lines], total=cells_of(query, report.total),
            is_custom=query.span.period.kind == PeriodKind.CUSTOM, kinds=PeriodKind.choices,
            titles=DeliberationFigure.labels, definitions=[(name, DEFINITIONS[code]) for code, name in CHOICES],
        )  # fmt: skip


CHOICES = DeliberationFigure.choices


def cells_of(query: DeliberationQuery, line: Line) -> list[tuple[int, str]]:
    """Each number, and where its rows are."""
    region = {"region": line.key} if line.key else {}
    page = reverse("desk:deliberation_rows")
    return [
        (number, f"{page}?{urlencode({**query.params, **region, 'figure': code})}" if number else "")
        for code, number in line.figures.items()
    ]


class DeliberationRowsPage(ReportPage):
    """The rows behind a number; of what is confidential neither words nor a link."""

    def get(self, request: HttpRequest) -> HttpResponse:
        query = read_deliberation_rows(request.user, request.GET)
        told = DEFINITIONS[query.figure]
        found = deliberations.rows(query.place, query.span, figure=query.figure)
        return self.show(
            request, "desk/report_deliberation_rows.html", query=query, count=found.count(), told=told,
            rows=paged(request, found, lambda some: rows_in_words(told.rows, some, request.user)),
            titles=[field.title for field in deliberations.FIELDS[told.rows]],
            title=DeliberationFigure(query.figure).label, report=Report.DELIBERATIONS,
        )  # fmt: skip


def rows_in_words(kind: str, found: QuerySet, user: User) -> Iterable[tuple[int, Any]]:
    fields, (model, page) = deliberations.FIELDS[kind], PAGES[kind]
    read = list(rows.read_fields(fields, found))
    seen = model.objects.for_user(user).filter(pk__in=[row["id"] for row in read])  # type: ignore[attr-defined]
    opened = set(seen.values_list("pk", flat=True))
    for row in read:
        href = reverse(page, args=[row["id"]]) if row["id"] in opened else ""
        yield row["id"], {"href": href, "cells": [words_of(field, row[field.name]) for field in fields]}
