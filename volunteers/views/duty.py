"""Pages of a station's duty: the month, its key-holders, and a day that is called off."""

import datetime as dt
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.clock import DAY, ZONE
from portal.core.errors import DomainError, NotFound
from portal.core.pages import StaffPage
from portal.core.registry.forms import ScopedForm
from stations.models import Station
from stations.models.hours import Weekday
from volunteers import keys, names, places
from volunteers.forms.duty import CallOffForm, KeyForm, MonthForm, WhereForm
from volunteers.guards import DUTY
from volunteers.models import DutyShift, KeyHolder
from volunteers.models.duty import stands_in
from volunteers.month import month_of
from volunteers.subjects import SHIFTS

SHOWN = 200


class DutyPage(StaffPage):
    """A page of one station's duty. Without a station in the address: mine, or the first with shifts."""

    capability = SHIFTS.read
    form_class: type[ScopedForm] = MonthForm

    def asked(self) -> ScopedForm:
        """The form with what the address says; it is valid, or shown with what is wrong."""
        form = self.form_class(self.request.GET, user=self.request.user)
        form.is_valid()
        return form

    def usual_station(self) -> Station | None:
        user = self.request.user
        rows = Station.objects.for_user(user).select_related("region").defer("search", "introduction")
        if user.scope.station_ids:
            rows = rows.filter(pk__in=user.scope.station_ids)
        has_shifts = Exists(DutyShift.objects.filter(station=OuterRef("pk")))
        return rows.order_by(has_shifts.desc(), "name", "pk").first()

    def station_of(self, form: ScopedForm) -> Station | None:
        """The station that was asked for; without one the usual, and none in place of one that is not there."""
        return form.cleaned_data.get("station") or (None if "station" in form.errors else self.usual_station())

    def runs(self, station: Station | None) -> bool:
        return station is not None and stands_in(station, self.request.user.scope.granting(DUTY))

    def one_station(self, pk: int) -> Station:
        return self.one_of(Station.objects.select_related("region"), pk=pk)


class MonthPage(DutyPage):
    template_name = "volunteers/duty_month.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form, now = self.asked(), timezone.now()
        station = self.station_of(form)
        if station is None and form.is_valid() and request.user.scope.organization_ids:
            return HttpResponseRedirect(reverse("volunteers:turn_list"))
        first = form.cleaned_data.get("month") or now.astimezone(ZONE).date().replace(day=1)
        if form.is_valid():
            form = self.form_class(initial={"station": station, "month": first}, user=request.user)
        may_write = self.runs(station)
        context = {
            "form": form, "station": station, "may_write": may_write, "weekdays": Weekday.labels,
            "month": month_of(request.user, station, first, now, may_move=may_write) if station else None,
        }  # fmt: skip
        return render(request, self.template_name, context, status=400 if form.errors else 200)


class KeysPage(DutyPage):
    """Who holds a key, and for those who run the duty, who gets one."""

    def show(self, station: Station, form: KeyForm, status: int = 200) -> HttpResponse:
        holders = list(KeyHolder.objects.for_user(self.request.user).filter(station=station).select_related(
            "volunteer__person").order_by("since", "pk"))  # fmt: skip
        names.show_names([each.volunteer for each in holders], self.request.user.scope)
        context = {"station": station, "holders": holders, "form": form, "may_write": self.runs(station)}
        return render(self.request, "volunteers/duty_keys.html", context, status=status)

    def get(self, request: HttpRequest, station: int) -> HttpResponse:
        return self.show(self.one_station(station), KeyForm(user=request.user))

    def post(self, request: HttpRequest, station: int) -> HttpResponse:
        found, form = self.one_station(station), KeyForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.show(found, form, 400)
        try:
            holder = keys.hand_over(found, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(found, form, error.status)
        messages.success(request, _("“%(name)s” holds a key now.") % {"name": holder.volunteer})
        return HttpResponseRedirect(reverse("volunteers:keys", args=[found.pk]))


class KeyBack(StaffPage):
    capability = SHIFTS.write

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        holder = self.one_of(KeyHolder.objects.select_related("station", "volunteer__person"), pk=pk)
        keys.take_back(holder, by=request.user)
        messages.success(request, _("“%(name)s” has given the key back.") % {"name": holder.volunteer})
        return HttpResponseRedirect(reverse("volunteers:keys", args=[holder.station_id]))


class CallOffDay(StaffPage):
    """Typhoon: all shifts of a day at a station or in a region, listed first, then called off together."""

    capability = SHIFTS.write

    def shifts(self, where: WhereForm) -> list[DutyShift]:
        """Those that have not ended, of stations whose duty the person runs."""
        given = where.cleaned_data
        begins = dt.datetime.combine(given["day"], dt.time(), ZONE)
        rows = DutyShift.objects.editable_by(self.request.user, DUTY).open()
        rows = rows.filter(starts_at__gte=begins, starts_at__lt=begins + DAY, ends_at__gt=timezone.now())
        if given["station"]:
            rows = rows.filter(station=given["station"])
        else:
            rows = rows.filter(station__region__path__startswith=given["region"].path)
        return list(rows.select_related("station").order_by("station__name", "starts_at", "pk"))

    def show(self, where: WhereForm, form: CallOffForm | None = None, status: int = 200) -> HttpResponse:
        shifts = self.shifts(where) if where.is_valid() else []
        form = form or CallOffForm(user=self.request.user)
        is_asked = where.is_bound and where.is_valid()
        context = {
            # Shown with names where a link named by numbers.
            "where": WhereForm(initial=where.cleaned_data, user=self.request.user) if is_asked else where,
            "asked": where.cleaned_data if is_asked else {}, "is_asked": is_asked, "form": form,
            "shifts": shifts[:SHOWN], "count": len(shifts), "mark": _mark(shifts),
            "people": sum(shift.taken for shift in shifts), "station_count": len({each.station_id for each in shifts}),
        }  # fmt: skip
        return render(self.request, "volunteers/duty_day_off.html", context, status=status)

    def get(self, request: HttpRequest) -> HttpResponse:
        if "day" not in request.GET:
            initial = {"day": timezone.localdate(timezone=ZONE), "station": request.GET.get("station", "")[:20]}
            return self.show(WhereForm(initial=self._start(initial), user=request.user))
        where = WhereForm(request.GET, user=request.user)
        return self.show(where, status=200 if where.is_valid() else 400)

    def _start(self, initial: dict[str, Any]) -> dict[str, Any]:
        pk = initial["station"]
        mine = Station.objects.editable_by(self.request.user, DUTY)
        found = mine.filter(pk=int(pk)).first() if pk.isascii() and pk.isdecimal() and len(pk) < 10 else None
        return {**initial, "station": found}

    def post(self, request: HttpRequest) -> HttpResponse:
        where, form = WhereForm(request.GET, user=request.user), CallOffForm(request.POST, user=request.user)
        if not (where.is_valid() and form.is_valid()):
            return self.show(where, form, 400)
        shifts = self.shifts(where)
        if form.cleaned_data["mark"] != _mark(shifts):
            form.add_error(None, _("The shifts of this day are no longer those that you saw. Please look again."))
            return self.show(where, form, 409)
        if not shifts:
            raise NotFound(_("There is no shift to be called off."))
        told = places.call_off_all(shifts, by=request.user, reason=form.cleaned_data["reason"])
        people = len({each.volunteer_id for each in sum(told.values(), []) if each.volunteer_id})
        words = ngettext("%(count)d shift called off;", "%(count)d shifts called off;", len(told))
        more = ngettext(" %(count)d person concerned.", " %(count)d people concerned.", people)
        messages.success(request, words % {"count": len(told)} + more % {"count": people})
        return HttpResponseRedirect(f"{reverse('volunteers:call_off_day')}?{request.GET.urlencode()}")


def _mark(shifts: list[DutyShift]) -> str:
    return sha256(repr([shift.pk for shift in shifts]).encode()).hexdigest()[:32]
