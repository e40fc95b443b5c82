"""/api/v1/statements/: what party members did in a quarter where they live, for each one's own branch."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound, read_form
from portal.core.models import Organization
from portal.core.rest.files import FileView, described
from volunteers import privacy, statements
from volunteers.forms.double import QuarterForm
from volunteers.models import MemberReport
from volunteers.quarters import Quarter
from volunteers.serializers.double import StatementDetail, StatementList, StatementRows
from volunteers.statement_files import name_of, table_of_branches, table_of_members
from volunteers.statements import Statement
from volunteers.subjects import MEMBER_REPORTS, TAKE_STATEMENT

ASKED = (
    OpenApiParameter("quarter", str, description="As 2026Q3, one of the last twelve; default: the present one."),
    OpenApiParameter("region", str, description="Code of a region; default: all that you look after."),
)


class StatementView(FileView):
    """Statements of the reports to one's communities, and of one's own branch: as at the desk."""

    capability = MEMBER_REPORTS.read
    file_capability = TAKE_STATEMENT

    def made(self, branch: int | None = None) -> Statement:
        form = QuarterForm(self.request.query_params, user=self.request.user)
        self.params_for(form.fields)
        read_form(form)
        quarter, region = form.chosen
        rows = MemberReport.objects.in_statements(self.request.user)
        if branch is not None:
            rows = rows.filter(branch=branch)
            if not rows.exists():
                raise NotFound()
        if region is not None:
            rows = rows.filter(region__path__startswith=region.path)
        return statements.statement(rows, quarter)

    def one(self, pk: int) -> tuple[Organization, Statement]:
        made = self.made(pk)
        return Organization.objects.get(pk=pk), made

    def answer(self, shape: Any, quarter: Quarter, **about: Any) -> Response:
        return Response(shape({"quarter": quarter, **about}, context={"request": self.request}).data)


class StatementListView(StatementView):
    """One line for each branch, with the sums of its members; the branch that did most comes first."""

    @described(StatementList, *ASKED, operation_id="statements_list")
    def get(self, request: Request) -> HttpResponseBase:
        made = self.made()
        parts = made.by_branch()
        if self.wants_file:
            return self.file(*table_of_branches(parts), name_of(made))
        return self.answer(StatementList, made.quarter, results=[{"branch": on, "sums": part} for on, part in parts])


class StatementDetailView(StatementView):
    """The sums of one branch."""

    @described(StatementDetail, *ASKED)
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        branch, made = self.one(pk)
        if self.wants_file:
            return self.file(*table_of_branches([(branch, made)]), name_of(made, branch))
        return self.answer(StatementDetail, made.quarter, branch=branch, sums=made)


class StatementRowsView(StatementView):
    """What each member of the branch did. Names are as you may see them; a file of them is logged."""

    @described(StatementRows, *ASKED)
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        branch, made = self.one(pk)
        statements.open_names(made.lines, request.user.scope)
        if self.wants_file:
            privacy.log_statement(by=request.user, count=made.members)
            return self.file(*table_of_members(made), name_of(made, branch))
        return self.answer(StatementRows, made.quarter, branch=branch, sums=made, results=made.lines)
