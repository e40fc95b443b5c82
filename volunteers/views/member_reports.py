"""Pages of party members who reported where they live: the desk's list and steps, and the member's own page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.clock import ZONE
from portal.core.errors import DomainError, NotAllowed
from portal.core.registry.forms import ScopedForm
from portal.core.registry.pages import Column, DetailPage, ListPage, LookupPage
from volunteers import guards, member_reports, names, statements
from volunteers.double_filters import MemberReportFilter
from volunteers.forms.double import MemberReportForm, OwnBranchForm
from volunteers.forms.volunteers import ReasonForm
from volunteers.models import MemberReport, Volunteer
from volunteers.quarters import Quarter
from volunteers.statements import Line
from volunteers.subjects import BRANCH_LOOKUP, MEMBER_REPORTS, OWN_BRANCH_LOOKUP, VOLUNTEERS
from volunteers.types import ReportStatus
from volunteers.views.own import OwnPage
from volunteers.views.unit_reports import report_tag
from volunteers.views.verbs import VerbButton, VerbForm

RELATED = ("volunteer__person", "branch", "region")


class MemberReportList(ListPage):
    subject = MEMBER_REPORTS
    template_name = "volunteers/double_list.html"
    filterset_class = MemberReportFilter
    first_filters = ("q", "region", "status")
    columns = (
        Column(_("party member"), lambda row: row.volunteer.shown_name),
        Column(_("number"), lambda row: row.volunteer.number, "code only-wide"),
        Column(_("own branch"), "branch"),
        Column(_("community"), "region", "only-wide"),
        Column(_("reported on"), lambda row: str(row.reported_on), "nowrap only-wide"),
        Column(_("Status"), report_tag),
    )
    has_create = False
    empty_hint = _("Members report on their phones, or you enter it on the page of the volunteer.")

    def queryset(self) -> Any:
        return MemberReport.objects.select_related(*RELATED)

    def page_of(self, rows: Any) -> Any:
        page = super().page_of(rows)
        statements.open_names([Line(row) for row in page.object_list], self.request.user.scope)
        return page


class MemberReportDetail(DetailPage):
    subject = MEMBER_REPORTS
    template_name = "volunteers/member_report_detail.html"

    def queryset(self) -> Any:
        return MemberReport.objects.select_related(*RELATED, "confirmed_by__person")

    def row(self, pk: int) -> MemberReport:
        found = super().row(pk)
        statements.open_names([Line(found)], self.request.user.scope)
        return found

    def may_edit(self, row: MemberReport) -> bool:
        # It is confirmed and ended, never edited.
        return False

    def facts(self, row: MemberReport) -> list[tuple[Any, Any]]:
        return [
            (_("own branch"), row.branch.name),
            (_("community"), row.region),
            (_("reported on"), row.reported_on),
            (_("confirmed by"), row.confirmed_by and row.confirmed_by.person),
            (_("ended on"), row.ended_on),
            (_("why it ended"), row.end_reason if row.volunteer.is_name_open else ""),
        ]

    def more(self, row: MemberReport) -> dict[str, Any]:
        user = self.request.user
        runs = member_reports.runs(row, by=user)
        return {
            "status_tag": report_tag(row),
            "may_confirm": runs and row.status == ReportStatus.REPORTED,
            "may_end": row.is_open and member_reports.may_end(row, by=user),
            "is_readable": Volunteer.objects.for_user(user).filter(pk=row.volunteer_id).exists(),
        }


class MemberReportStep(VerbButton):
    subject = MEMBER_REPORTS
    capability = MEMBER_REPORTS.write
    VERBS = {"confirm": (member_reports.confirm, _("The report has been confirmed."))}


class MemberReportEnd(VerbForm):
    subject = MEMBER_REPORTS
    capability = MEMBER_REPORTS.write
    form_class = ReasonForm
    heading = _("End the report")
    consequence = _("What the member does from today on no longer counts for this branch.")
    said = _("The report has ended.")

    def queryset(self) -> Any:
        return MemberReport.objects.select_related(*RELATED)

    def found(self, pk: int) -> MemberReport:
        row = self.row(pk)
        if not member_reports.may_end(row, by=self.request.user):
            raise NotAllowed()
        return row

    def do(self, row: MemberReport, asked: dict[str, Any]) -> None:
        member_reports.end(row, by=self.request.user, **asked)


class MemberReportCreate(VerbForm):
    """Staff enter that a volunteer reported; from the volunteer's page."""

    subject = VOLUNTEERS
    capability = MEMBER_REPORTS.write
    form_class = MemberReportForm
    heading = _("Report to the home community")
    consequence = _("Hours from that day on go into the quarterly statement for the member's own branch.")
    said = _("The member has reported.")

    def queryset(self) -> Any:
        return names.with_names(Volunteer.objects.select_related("person", "home_region"), self.request.user.scope)

    def found(self, pk: int) -> Volunteer:
        row = self.row(pk)
        if not guards.may_change(row, by=self.request.user):
            raise NotAllowed()
        return row

    def initial(self, row: Volunteer) -> dict[str, Any]:
        return {"reported_on": timezone.localdate(timezone=ZONE)}

    def do(self, row: Volunteer, asked: dict[str, Any]) -> None:
        member_reports.report(row, by=self.request.user, **asked)


class BranchLookupPage(LookupPage):
    lookup = BRANCH_LOOKUP


class OwnBranchLookupPage(LookupPage):
    lookup = OWN_BRANCH_LOOKUP


class OwnReportPage(OwnPage):
    """One's own report: where it stands, or a form to report; an open one can be ended."""

    def current(self, me: Volunteer) -> MemberReport | None:
        return me.member_reports.open().select_related(*RELATED).first()

    def show(self, me: Volunteer, form: ScopedForm, status: int = 200) -> HttpResponse:
        current, quarter = self.current(me), Quarter.now()
        mine = me.member_reports.filter(pk=current.pk) if current else me.member_reports.none()
        context = {
            "me": me, "form": form, "report": current, "quarter": quarter,
            "counted": statements.statement(mine, quarter),
        }  # fmt: skip
        return render(self.request, "volunteers/my_report.html", context, status=status)

    def form(self, me: Volunteer, data: Any = None) -> ScopedForm:
        form_class = ReasonForm if self.current(me) else OwnBranchForm
        return form_class(data, user=self.request.user)

    def get(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        return self.show(me, self.form(me))

    def post(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        form, current = self.form(me, request.POST), self.current(me)
        if not form.is_valid():
            return self.show(me, form, 400)
        try:
            if current is None:
                member_reports.report(me, by=request.user, **form.cleaned_data)
                said = gettext("You have reported. Your community confirms it.")
            else:
                member_reports.end(current, by=request.user, **form.cleaned_data)
                said = gettext("Your report has ended.")
        except DomainError as error:
            form.take_error(error)
            return self.show(me, form, error.status)
        messages.success(request, said)
        return HttpResponseRedirect(request.path)
