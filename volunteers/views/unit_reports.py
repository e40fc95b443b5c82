"""Pages of units that reported to communities, and of what they pledged."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.clock import ZONE
from portal.core.errors import NotAllowed, NotFound
from portal.core.humanize import Look
from portal.core.registry.organizations import Starting
from portal.core.registry.pages import Column, CreatePage, DetailPage, EditPage, ListPage, LookupPage
from portal.core.templatetags.portal import tag_html
from volunteers import unit_reports
from volunteers.double_filters import UnitReportFilter
from volunteers.forms.double import FulfilForm, PledgeForm, UnitReportEditForm, UnitReportForm
from volunteers.forms.volunteers import ReasonForm
from volunteers.models import UnitPledge, UnitReport
from volunteers.models.reports import Report
from volunteers.subjects import COMMUNITY_LOOKUP, UNIT_LOOKUP, UNIT_REPORTS
from volunteers.types import ReportStatus
from volunteers.views.verbs import VerbButton, VerbForm

LOOKS = {
    ReportStatus.REPORTED: Look("hourglass", "info"),
    ReportStatus.CONFIRMED: Look("circle-check", "good"),
    ReportStatus.ENDED: Look("archive", "quiet"),
}


def report_tag(row: Report) -> Any:
    if isinstance(row, UnitReport) and row.has_run_out:
        return tag_html(_("Run out"), Look("clock-exclamation", "warn"))
    return tag_html(row.get_status_display(), LOOKS[ReportStatus(row.status)])


def _of(fulfilled: int, total: int) -> str:
    return f"{fulfilled} / {total}" if total else ""


class UnitReportList(ListPage):
    subject = UNIT_REPORTS
    template_name = "volunteers/double_list.html"
    filterset_class = UnitReportFilter
    first_filters = ("q", "region", "status", "current")
    columns = (
        Column(_("unit"), "organization"),
        Column(_("community"), "region"),
        Column(_("reported on"), lambda row: str(row.reported_on), "nowrap only-wide"),
        Column(_("valid until"), lambda row: str(row.valid_until or ""), "nowrap only-wide"),
        Column(_("Pledges fulfilled"), lambda row: _of(row.fulfilled_count, row.pledge_count), "num"),
        Column(_("In agreements"), lambda row: _of(row.signed_fulfilled_count, row.signed_count), "num only-wide"),
        Column(_("Status"), report_tag),
    )
    empty_hint = _("Units report themselves, or you write down here which unit reported to your community.")

    def queryset(self) -> Any:
        rows = UnitReport.objects.with_pledges().select_related("organization", "region")
        # Rows that are grouped have lost the order of their model.
        return rows.order_by("-reported_on", "-pk")


class UnitReportDetail(DetailPage):
    subject = UNIT_REPORTS
    template_name = "volunteers/unit_report_detail.html"

    def queryset(self) -> Any:
        return UnitReport.objects.select_related("organization", "region", "contact", "confirmed_by__person")

    def may_edit(self, row: UnitReport) -> bool:
        return row.is_open and unit_reports.runs_community(row.region, by=self.request.user)

    def facts(self, row: UnitReport) -> list[tuple[Any, Any]]:
        return [
            (_("unit"), row.organization.name),
            (_("community"), row.region),
            (_("contact"), row.contact),
            (_("office phone"), row.organization.phone),
            (_("reported on"), row.reported_on),
            (_("valid until"), row.valid_until),
            (_("confirmed by"), row.confirmed_by and row.confirmed_by.person),
            (_("ended on"), row.ended_on),
            (_("why it ended"), row.end_reason),
        ]

    def more(self, row: UnitReport) -> dict[str, Any]:
        user = self.request.user
        agreements = row.agreements().for_user(user) if user.scope.can("organizations:read") else []
        return {
            "status_tag": report_tag(row),
            "pledges": list(row.pledges.all()),
            "agreements": agreements.prefetch_related("pledges") if agreements else [],
            "may_confirm": row.status == ReportStatus.REPORTED and self.may_edit(row),
            "may_pledge": row.is_open and unit_reports.may_pledge(row, by=user),
            "may_judge": unit_reports.runs_community(row.region, by=user),
        }


class UnitReportCreate(Starting, CreatePage):
    subject = UNIT_REPORTS
    form_class = UnitReportForm
    from_address = ("organization", "region")

    def initial(self, row: Any) -> dict[str, Any]:
        return {"reported_on": timezone.localdate(timezone=ZONE), **super().initial(row)}

    def may_edit(self, row: Any) -> bool:
        return unit_reports.may_pledge(row, by=self.request.user)


class UnitReportEdit(EditPage):
    subject = UNIT_REPORTS
    form_class = UnitReportEditForm

    def queryset(self) -> Any:
        return UnitReport.objects.select_related("organization", "region", "contact")

    def may_edit(self, row: UnitReport) -> bool:
        return row.is_open and unit_reports.runs_community(row.region, by=self.request.user)


class UnitReportStep(VerbButton):
    subject = UNIT_REPORTS
    capability = UNIT_REPORTS.write
    VERBS = {"confirm": (unit_reports.confirm, _("The report has been confirmed."))}


class UnitReportEnd(VerbForm):
    subject = UNIT_REPORTS
    capability = UNIT_REPORTS.write
    form_class = ReasonForm
    heading = _("End the report")
    consequence = _("The unit no longer counts as reported. Its pledges stay on record.")
    said = _("The report has ended.")

    def queryset(self) -> Any:
        return UnitReport.objects.select_related("organization", "region")

    def found(self, pk: int) -> UnitReport:
        row = self.row(pk)
        if not unit_reports.runs_community(row.region, by=self.request.user):
            raise NotAllowed()
        return row

    def do(self, row: UnitReport, asked: dict[str, Any]) -> None:
        unit_reports.end(row, by=self.request.user, **asked)


class PledgeAdd(VerbForm):
    subject = UNIT_REPORTS
    capability = UNIT_REPORTS.capability_to_create
    form_class = PledgeForm
    heading = _("Add a pledge")
    said = _("The pledge has been written down.")

    def queryset(self) -> Any:
        return UnitReport.objects.select_related("organization", "region")

    def found(self, pk: int) -> UnitReport:
        row = self.row(pk)
        if not unit_reports.may_pledge(row, by=self.request.user):
            raise NotAllowed()
        return row

    def do(self, row: UnitReport, asked: dict[str, Any]) -> None:
        unit_reports.pledge(row, by=self.request.user, **asked)


class PledgeFulfil(VerbForm):
    """A pledge of a report that one may see."""

    subject = UNIT_REPORTS
    capability = UNIT_REPORTS.write
    form_class = FulfilForm
    heading = _("The pledge is fulfilled")
    said = _("The pledge counts as fulfilled.")

    def found(self, pk: int) -> UnitPledge:
        pledge = pledge_of(self, pk)
        if not unit_reports.runs_community(pledge.report.region, by=self.request.user):
            raise NotAllowed()
        return pledge

    def initial(self, row: UnitPledge) -> dict[str, Any]:
        return {"fulfilled_on": timezone.localdate(timezone=ZONE)}

    def back_to(self, row: UnitPledge) -> str:
        return self.subject.detail(row.report)

    def do(self, row: UnitPledge, asked: dict[str, Any]) -> None:
        unit_reports.fulfil(row, by=self.request.user, **asked)


class PledgeWithdraw(VerbForm):
    subject = UNIT_REPORTS
    capability = UNIT_REPORTS.capability_to_create
    form_class = ReasonForm
    heading = _("Withdraw the pledge")
    consequence = _("It stays on record with the reason, and counts in no figure any more.")
    said = _("The pledge has been withdrawn.")

    def found(self, pk: int) -> UnitPledge:
        pledge = pledge_of(self, pk)
        if not unit_reports.may_pledge(pledge.report, by=self.request.user):
            raise NotAllowed()
        return pledge

    def back_to(self, row: UnitPledge) -> str:
        return self.subject.detail(row.report)

    def do(self, row: UnitPledge, asked: dict[str, Any]) -> None:
        unit_reports.withdraw_pledge(row, by=self.request.user, **asked)


class PledgeStep(VerbButton):
    subject = UNIT_REPORTS
    capability = UNIT_REPORTS.write
    VERBS = {"reopen": (unit_reports.reopen, _("The pledge is open again."))}

    def found(self, pk: int) -> UnitPledge:
        return pledge_of(self, pk)

    def back_to(self, row: UnitPledge) -> str:
        return self.subject.detail(row.report)


def pledge_of(page: Any, pk: int) -> UnitPledge:
    related = UnitPledge.objects.select_related("report__region", "report__organization")
    found = related.filter(pk=pk, report__in=UnitReport.objects.for_user(page.request.user).values("pk")).first()
    if found is None:
        raise NotFound()
    return found


class UnitLookupPage(LookupPage):
    lookup = UNIT_LOOKUP


class CommunityLookupPage(LookupPage):
    lookup = COMMUNITY_LOOKUP
