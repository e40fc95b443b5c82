"""Pages of hours: claims to be decided, and the ledger of one volunteer."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import InvalidPage, Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.clock import DAY, ZONE
from portal.core.errors import DomainError, NotFound
from portal.core.humanize import Look
from portal.core.humanize import hours as in_hours
from portal.core.registry.organizations import link
from portal.core.registry.pages import PAGE_SIZE, Column, DetailPage, ListPage
from portal.core.registry.trail import Step
from portal.core.templatetags.portal import relative_time, tag_html
from volunteers import ledger, names
from volunteers.duty_filters import HourClaimFilter
from volunteers.forms.claims import DecideForm, ReverseForm
from volunteers.models import Assignment, HourClaim, HourEntry, Volunteer
from volunteers.models.hours import DECIDE
from volunteers.subjects import HOUR_CLAIMS
from volunteers.types import ClaimStatus
from volunteers.views.volunteers import VolunteerPage

LOOKS = {
    ClaimStatus.PENDING: Look("hourglass", "wait"),
    ClaimStatus.GRANTED: Look("circle-check", "good"),
    ClaimStatus.REFUSED: Look("circle-x", "quiet"),
}


def status_tag(claim: HourClaim) -> Any:
    return tag_html(claim.get_status_display(), LOOKS[ClaimStatus(claim.status)])


class ClaimList(ListPage):
    subject = HOUR_CLAIMS
    template_name = "volunteers/claim_list.html"
    filterset_class = HourClaimFilter
    first_filters = ("to_decide", "status", "kind", "region")
    has_create = False
    columns = (
        Column(gettext_lazy("Volunteer"), lambda row: row.volunteer.shown_name),
        Column(gettext_lazy("kind"), "get_kind_display"),
        Column(gettext_lazy("day of service"), lambda row: f"{row.on:%Y-%m-%d}", "nowrap"),
        Column(gettext_lazy("Hours"), lambda row: in_hours(row.minutes), "num nowrap"),
        Column(gettext_lazy("served in"), "region", "only-wide"),
        Column(gettext_lazy("decided in"), "decided_in", "only-wide"),
        Column(gettext_lazy("asked"), lambda row: relative_time(row.asked_at), "only-wide"),
        Column(gettext_lazy("Status"), status_tag),
    )
    empty_hint = gettext_lazy("Long days and supplements that volunteers ask for wait here for a decision.")

    def queryset(self) -> Any:
        return HourClaim.objects.select_related("volunteer__person", "region", "decided_in")

    def page_of(self, rows: Any) -> Any:
        page = super().page_of(rows)
        page.object_list = list(page.object_list)
        names.show_names([row.volunteer for row in page.object_list], self.request.user.scope)
        return page


class ClaimDetail(DetailPage):
    """What is asked, what was served on that day, and for whoever decides, the two answers."""

    subject = HOUR_CLAIMS
    template_name = "volunteers/claim.html"

    def queryset(self) -> Any:
        rows = HourClaim.objects.select_related("volunteer__person", "region", "decided_in", "decided_by", "asked_by")
        mine = HourClaim.objects.to_be_decided_by(self.request.user).filter(pk=OuterRef("pk"))
        return rows.annotate(is_mine_to_decide=Exists(mine))

    def row(self, pk: int) -> HourClaim:
        claim = super().row(pk)
        names.show_names([claim.volunteer], self.request.user.scope)
        return claim

    def may_edit(self, row: HourClaim) -> bool:
        # A claim is decided, never edited.
        return False

    def steps(self, row: HourClaim) -> list[Step] | None:
        return None

    def facts(self, row: HourClaim) -> list[tuple[Any, Any]]:
        return [
            (_("volunteer"), _("%(name)s, no. %(number)s") % {
                "name": row.volunteer.shown_name, "number": row.volunteer.number,
            }),
            (_("kind"), row.get_kind_display()),
            (_("day of service"), f"{row.on:%Y-%m-%d}"),
            (_("Hours"), in_hours(row.minutes)),
            (_("served in"), link("registry:region_detail", row.region)),
            (_("reason"), row.reason),
            (_("asked"), relative_time(row.asked_at)),
            (_("asked by"), row.asked_by),
            (_("decided in"), row.decided_in),
            (_("decided"), relative_time(row.decided_at)),
            (_("decided by"), row.decided_by),
            (_("explanation"), row.decision),
        ]  # fmt: skip

    def more(self, row: HourClaim) -> dict[str, Any]:
        begins = dt.datetime.combine(row.on, dt.time(), ZONE)
        that_day = Assignment.objects.filter(volunteer=row.volunteer_id, shift__starts_at__gte=begins)
        return {
            "status_tag": status_tag(row),
            "is_before_joining": row.on < row.volunteer.joined_on,
            "others": HourClaim.objects.filter(volunteer=row.volunteer_id, on=row.on).exclude(pk=row.pk),
            "day": ledger.totals(row.volunteer, since=row.on, until=row.on),
            "served": that_day.filter(shift__starts_at__lt=begins + DAY).select_related("shift__station"),
            "form": DecideForm(user=self.request.user),
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        claim, form = self.row(pk), DecideForm(request.POST, user=request.user)
        if form.is_valid():
            is_granted = form.cleaned_data["granted"] == "yes"
            try:
                ledger.decide(claim, by=request.user, granted=is_granted, decision=form.cleaned_data["decision"])
            except DomainError as error:
                form.take_error(error)
                return self.show(claim, form, error.status)
            messages.success(request, _("The hours count.") if is_granted else _("The claim has been refused."))
            return HttpResponseRedirect(self.subject.url("list") + "?to_decide=true")
        return self.show(claim, form, 400)

    def show(self, claim: HourClaim, form: DecideForm, status: int) -> HttpResponse:
        facts = [(label, value) for label, value in self.facts(claim) if value not in (None, "", [])]
        context = self.context(row=claim, facts=facts, list_url=self.subject.url("list"), **self.more(claim))
        return render(self.request, self.template_name, {**context, "form": form}, status=status)


class HoursPage(VolunteerPage):
    """The ledger of one volunteer: every total is the sum of these lines."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        volunteer = self.row(pk)
        rows = HourEntry.objects.filter(volunteer=volunteer)
        rows = rows.select_related(
            "region", "assignment__shift__station", "claim", "reversed_by", "reverses", "made_by__person"
        )
        try:
            page = Paginator(rows, PAGE_SIZE).page(request.GET.get("page") or 1)
        except InvalidPage as error:
            raise NotFound() from error
        for entry in page.object_list:
            entry.may_reverse = may_reverse(entry, request.user)
        context = self.context(row=volunteer, page=page, hours=ledger.totals(volunteer))
        return render(request, "volunteers/hours.html", context)


class HoursReverse(VolunteerPage):
    """Asks, then takes one line back by another one."""

    capability = DECIDE

    def found(self, pk: int, entry: int) -> tuple[Volunteer, HourEntry]:
        volunteer = self.row(pk)
        line = HourEntry.objects.filter(volunteer=volunteer, pk=entry).select_related("region").first()
        if line is None:
            raise NotFound()
        return volunteer, line

    def show(self, volunteer: Volunteer, entry: HourEntry, form: ReverseForm, status: int = 200) -> HttpResponse:
        context = self.context(row=volunteer, entry=entry, minutes=in_hours(entry.minutes), form=form)
        return render(self.request, "volunteers/hours_reverse.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, entry: int) -> HttpResponse:
        return self.show(*self.found(pk, entry), ReverseForm(user=request.user))

    def post(self, request: HttpRequest, pk: int, entry: int) -> HttpResponse:
        volunteer, line = self.found(pk, entry)
        form = ReverseForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(volunteer, line, form, 400)
        try:
            ledger.reverse(line, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as error:
            form.take_error(error)
            return self.show(volunteer, line, form, error.status)
        messages.success(request, _("The entry has been taken back."))
        return HttpResponseRedirect(reverse("volunteers:hours", args=[pk]))


def may_reverse(entry: HourEntry, user: Any) -> bool:
    is_open = entry.reverses_id is None and not hasattr(entry, "reversed_by")
    return is_open and user.scope.can(DECIDE) and user.scope.covers(entry.region, *ledger.DECIDING_ROLES)
