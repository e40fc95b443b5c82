"""The screen with a station's code, and what a phone's camera opens from it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache

from portal.core.errors import DomainError, NotFound
from portal.core.pages import StaffPage
from portal.core.qr import qr_svg
from portal.core.sites import absolute_url
from portal.core.text import CleanCharField
from portal.core.throttling import client_ip
from stations.models import Station
from volunteers import checkin
from volunteers.checkin import Scan
from volunteers.guards import DUTY, OWN
from volunteers.models import Assignment, Volunteer

# In the session: the code that was read, who typed a number for it, and what came of it.
SCAN, WHO, DONE = "check-in-scan", "check-in-who", "check-in-done"


class WhoForm(forms.Form):
    number = CleanCharField(
        label=_("Volunteer number"), max_length=20, help_text=_("Nine digits"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    digits = CleanCharField(
        label=_("The last four digits of your mobile phone"), max_length=10,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip


class CodePage(StaffPage):
    """For a screen in the hall: the code, which fetches the next one itself."""

    capability = DUTY

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        station = Station.objects.public().editable_by(request.user, DUTY).filter(pk=pk).first()
        if station is None:
            raise NotFound()
        now = timezone.now()
        address = absolute_url(request, "checkin:scan", pk=pk, code=checkin.code_of(station, at=now))
        context = {"station": station, "address": address, "qr": qr_svg(address), "now": now}
        response = render(request, "volunteers/code.html", context)
        response["Cache-Control"] = "no-store"
        return response


@method_decorator(never_cache, name="dispatch")
class CheckInView(View):
    """Needs no account: a code that was read is what opens these pages."""

    public = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        station = Station.objects.public().filter(pk=kwargs["pk"]).first()
        if station is None:
            raise NotFound()
        self.station, self.now = station, timezone.now()
        return super().dispatch(request, *args, **kwargs)

    @property
    def scan(self) -> Scan | None:
        return Scan.unpacked(self.request.session.get(SCAN), station=self.station, now=self.now)

    @property
    def signed_in(self) -> Volunteer | None:
        user = self.request.user
        if not user.is_authenticated or not user.scope.can(OWN):
            return None
        return _volunteers().filter(person=user.person_id).first()

    @property
    def who(self) -> Volunteer | None:
        """Whoever has signed in as a volunteer here, or told their number for this very code."""
        return self.signed_in or _volunteers().filter(pk=self.request.session.get(WHO)).first()

    def show(self, status: int = 200, **context: Any) -> HttpResponse:
        context |= {"station": self.station}
        return render(self.request, "volunteers/checkin.html", context, status=status)

    def refuse(self, error: DomainError) -> HttpResponse:
        return self.show(error.status, refusal=error)

    def here(self) -> HttpResponse:
        return redirect("checkin:here", pk=self.station.pk)


class ScanView(CheckInView):
    """Where the camera leads to. Takes the code out of the address, and does nothing yet."""

    def get(self, request: HttpRequest, pk: int, code: str) -> HttpResponse:
        try:
            scan = checkin.read(code, station=self.station, at=self.now)
        except DomainError as error:
            return self.refuse(error)
        request.session[SCAN] = scan.packed()
        # The next person may hold the same phone.
        for name in (WHO, DONE):
            request.session.pop(name, None)
        return self.here()


class HereView(CheckInView):
    """Who you are, what you can do here now, and one button."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        scan, who = self.scan, self.who
        if scan is None:
            return self.refuse(checkin.ExpiredCode())
        if who is None:
            return self.show(scan=scan, form=None if scan.is_late else WhoForm())
        return self.show(scan=scan, who=who, standing=checkin.standing(who, station=self.station, at=scan.at))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        scan, signed_in, who = self.scan, self.signed_in, self.who
        if scan is None:
            return self.refuse(checkin.ExpiredCode())
        if who is None:
            return self.here()
        try:
            place = checkin.check(
                who, station=self.station, scan=scan, action=request.POST.get("action", ""),
                has_signed_in=signed_in is not None, now=self.now,
            )  # fmt: skip
        except DomainError as error:
            messages.warning(request, str(error))
            return self.here()
        for name in (SCAN, WHO):
            request.session.pop(name, None)
        request.session[DONE] = place.pk
        return redirect("checkin:done", pk=pk)


class WhoView(CheckInView):
    """The number and four digits, for whoever has not signed in."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.here()

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        scan, form = self.scan, WhoForm(request.POST)
        if scan is None:
            return self.refuse(checkin.ExpiredCode())
        if not form.is_valid():
            return self.show(422, scan=scan, form=form)
        try:
            who = checkin.identify(
                **form.cleaned_data, scan=scan, station=self.station, address=client_ip(request)
            )  # fmt: skip
        except DomainError as error:
            form.add_error("number" if error.fields else None, str(error))
            return self.show(error.status, scan=scan, form=form)
        request.session[WHO] = who.pk
        return self.here()


class DoneView(CheckInView):
    """What was recorded, for the browser that did it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = Assignment.objects.filter(shift__station=self.station, pk=request.session.get(DONE))
        place = rows.select_related("shift__station", "volunteer__person").first()
        if place is None:
            raise NotFound()
        return self.show(done=place)


def _volunteers() -> Any:
    return Volunteer.objects.current().select_related("person").defer("search")
