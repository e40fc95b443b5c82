"""双报到 at the desk: a quarter of the community, and the statement for a member's own branch."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.copy_export import csv_response, xlsx_response
from portal.core.errors import NotFound
from portal.core.models import Organization, Region
from portal.core.pages import StaffPage
from portal.core.sheets import CsvStream
from volunteers import privacy, statement_files, statements
from volunteers.forms.double import QuarterForm
from volunteers.models import MemberReport
from volunteers.statements import Statement
from volunteers.subjects import MEMBER_REPORTS, TAKE_STATEMENT

# So many units and branches are listed; the lists beside show all.
SHOWN = 100


class FileForm(forms.Form):
    format = forms.ChoiceField(choices=[("xlsx", "XLSX"), ("csv", "CSV")])


class QuarterPage(StaffPage):
    """A page about one quarter and, where one looks after several, one region."""

    capability = MEMBER_REPORTS.read

    def asked(self) -> QuarterForm:
        return QuarterForm(self.request.GET, user=self.request.user)

    def shown_again(self, form: QuarterForm) -> QuarterForm:
        """The form with the choice that counts, also where none was made."""
        quarter, region = form.chosen
        return QuarterForm(initial={"quarter": quarter.code, "region": region}, user=self.request.user)


class OverviewPage(QuarterPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        form = self.asked()
        if not form.is_valid():
            return render(request, "volunteers/double.html", {"form": form}, status=400)
        (quarter, region), today = form.chosen, timezone.localdate(timezone=ZONE)
        found = statements.overview(request.user, quarter=quarter, region=region, today=today)
        branches = found.members.by_branch()
        context = {
            "form": self.shown_again(form), "found": found, "quarter": quarter, "region": region,
            "branches": branches[:SHOWN], "branch_count": len(branches), "units": found.units[:SHOWN],
            "unit_count": found.units.count(),
        }  # fmt: skip
        return render(request, "volunteers/double.html", context)


class BranchPage(QuarterPage):
    """What the statement of one branch is made of: the reports of its members that one may see."""

    def reports(self, pk: int, region: Region | None = None) -> Any:
        rows = MemberReport.objects.in_statements(self.request.user).filter(branch=pk)
        if not rows.exists():
            raise NotFound()
        return rows.filter(region__path__startswith=region.path) if region is not None else rows

    def statement(self, pk: int, form: QuarterForm) -> Statement:
        quarter, region = form.chosen
        made = statements.statement(self.reports(pk, region), quarter)
        statements.open_names(made.lines, self.request.user.scope)
        return made


class StatementPage(BranchPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.reports(pk)
        form, branch = self.asked(), Organization.objects.select_related("region").get(pk=pk)
        if not form.is_valid():
            return render(request, "volunteers/statement.html", {"form": form, "branch": branch}, status=400)
        quarter, region = form.chosen
        context = {
            "form": self.shown_again(form), "branch": branch, "made": self.statement(pk, form), "quarter": quarter,
            "region": region, "may_take": request.user.scope.can(TAKE_STATEMENT), "query": request.GET.urlencode(),
        }  # fmt: skip
        return render(request, "volunteers/statement.html", context)


class StatementFile(BranchPage):
    """POST sends the statement as a file; that is logged, since it names people."""

    capability = TAKE_STATEMENT

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        self.reports(pk)
        form, wanted = self.asked(), FileForm(request.POST)
        if not form.is_valid() or not wanted.is_valid():
            raise NotFound(_("There is no such statement."))
        made, branch = self.statement(pk, form), Organization.objects.get(pk=pk)
        kind = wanted.cleaned_data["format"]
        privacy.log_statement(by=request.user, count=made.members)
        name = f"{statement_files.name_of(made, branch)}.{kind}"
        header, lines = statement_files.table_of_members(made)
        return csv_response(CsvStream(header, lines), name) if kind == "csv" else xlsx_response(header, lines, name)
