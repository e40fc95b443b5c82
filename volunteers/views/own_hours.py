"""A volunteer's own hours: totals, the ledger by month, what was asked for; supplements and corrections."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import run_once
from portal.core.models import Level, Region
from portal.core.pages import sent
from stations.models import Station
from volunteers import ledger
from volunteers.forms.hours import CorrectionForm, LengthForm, SupplementForm
from volunteers.models import Assignment, HourClaim, HourEntry, Volunteer
from volunteers.types import ClaimKind, HourAccount
from volunteers.views.own import OwnPage

LAST_CLAIMS = 10


@dataclass
class Service:
    """The lines of the ledger about one service: of one shift, or of one supplement."""

    first: HourEntry
    lines: list[HourEntry] = field(default_factory=list)

    @property
    def assignment(self) -> Assignment | None:
        return self.first.assignment

    @property
    def approved(self) -> int:
        return sum(line.minutes for line in self.lines if line.account == HourAccount.APPROVED)


def services(entries: Iterable[HourEntry]) -> list[Service]:
    found: dict[tuple[int | None, int | None], Service] = {}
    for entry in entries:
        # A long day's claim belongs to its shift, a supplement stands for itself.
        key = (entry.assignment_id, None if entry.assignment_id else entry.claim_id)
        found.setdefault(key, Service(entry)).lines.append(entry)
    return list(found.values())


class HoursPage(OwnPage):
    def get(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        claims = HourClaim.objects.filter(volunteer=me).select_related("assignment__shift__station", "region")
        context = {
            "totals": ledger.totals(me), "months": ledger.months(me), "claims": claims[:LAST_CLAIMS],
        }  # fmt: skip
        return render(request, "volunteers/my_hours.html", context)


class MonthPage(OwnPage):
    """Every line of the ledger of one month; what was taken back stays beside what took it back."""

    def get(self, request: HttpRequest, year: int, month: int) -> HttpResponse:
        me = self.mine()
        try:
            first = date(year, month, 1)
        except ValueError as error:
            raise NotFound() from error
        rows = HourEntry.objects.filter(volunteer=me, on__year=year, on__month=month)
        rows = rows.select_related("assignment__shift__station", "claim", "region", "reverses", "reversed_by")
        totals = dict(ledger.months(me)).get(first)
        if totals is None:
            raise NotFound(_("There are no hours of yours in this month."))
        context = {"month": first, "services": services(rows.order_by("-on", "pk")), "totals": totals}
        return render(request, "volunteers/my_hours_month.html", context)


class AskPage(OwnPage):
    """A form that asks for hours; sent twice, it asks once."""

    template_name: str

    def show(self, form: LengthForm, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, self.template_name, {"form": form, **context}, status=status)

    def ask(self, form: LengthForm, do: Callable[[], HourClaim], **context: Any) -> HttpResponse:
        request = self.request

        def once() -> tuple[int, dict[str, Any]]:
            return 201, {"claim": do().pk}

        try:
            run_once(
                sender=f"user {request.user.pk}", address=request.path, key=form.cleaned_data["idempotency_key"],
                body=sent(request), do=once,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
            return self.show(form, error.status, **context)
        return self.back("own:hours", _("You have asked for it. A leader decides; you see the answer here."))


class SupplementPage(AskPage):
    """Service that nobody recorded (补录)."""

    template_name = "volunteers/my_supplement.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(SupplementForm(stations=_stations_of(self.mine())))

    def post(self, request: HttpRequest) -> HttpResponse:
        me = self.mine()
        form = SupplementForm(request.POST, stations=_stations_of(me))
        if not form.is_valid():
            return self.show(form, 400)
        station, on, why = (form.cleaned_data[name] for name in ("station", "on", "reason"))
        reason = _("%(station)s: %(reason)s") % {"station": station, "reason": why}
        return self.ask(form, lambda: ledger.claim(
            me, kind=ClaimKind.SUPPLEMENT, region=station.region, on=on, minutes=form.minutes, reason=reason,
            by=request.user,
        ))  # fmt: skip


class CorrectionPage(AskPage):
    """Says how long one service really took; what is asked for is the difference to what counts now."""

    template_name = "volunteers/my_correction.html"

    def entry(self, me: Volunteer, pk: int) -> HourEntry:
        rows = HourEntry.objects.filter(volunteer=me).select_related("assignment__shift__station", "region", "claim")
        found = rows.filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        entry = self.entry(self.mine(), pk)
        return self.show(CorrectionForm(), entry=entry, approved=ledger.approved_for(entry))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        me = self.mine()
        entry, form = self.entry(me, pk), CorrectionForm(request.POST)
        context = {"entry": entry, "approved": ledger.approved_for(entry)}
        if form.is_valid() and form.minutes == context["approved"]:
            form.add_error("hours", _("This is what counts already."))
        if not form.is_valid():
            return self.show(form, 400, **context)
        return self.ask(form, lambda: ledger.claim(
            me, kind=ClaimKind.CORRECTION, region=entry.region, on=entry.on, assignment=entry.assignment,
            minutes=form.minutes - context["approved"], reason=form.cleaned_data["reason"], by=request.user,
        ), **context)  # fmt: skip


def _stations_of(me: Volunteer) -> Any:
    """The stations of the home street, and those at which one was on duty."""
    lines = Region.objects.ancestors_of(me.home_region.path)
    home = next((region for region in lines if region.level == Level.STREET), me.home_region)
    served = me.assignments.values("shift__station")
    near = Q(region__path__startswith=home.path)
    # A street has a hundred stations: first those where one was on duty, then those of the own community.
    is_known = When(pk__in=served, then=0), When(region__path__startswith=me.home_region.path, then=1)
    rows = Station.objects.filter(near | Q(pk__in=served)).select_related("region")
    return rows.order_by(Case(*is_known, default=2), "name", "pk")
