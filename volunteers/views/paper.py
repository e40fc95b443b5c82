"""Duty to be printed: the sheet to sign, the month's roster."""

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.core.clock import DAY, ZONE
from portal.core.pages import StaffPage
from volunteers import names
from volunteers.forms.duty import DayForm
from volunteers.models import Assignment, DutyShift
from volunteers.month import next_month, shifts_between
from volunteers.subjects import SHIFTS
from volunteers.views.duty import DutyPage, MonthPage

# Lines for whoever comes without being on the list.
BLANK_LINES = 2


def with_people(shifts: list[DutyShift], user: Any) -> list[tuple[DutyShift, list[Assignment]]]:
    """Each shift with those who hold a place; names as the reader may see them. Two queries at most."""
    rows = Assignment.objects.for_user(user).holding().filter(shift__in=shifts).select_related("volunteer__person")
    people = defaultdict(list)
    found = list(rows.order_by("made_at", "pk"))
    names.show_names([each.volunteer for each in found], user.scope)
    for each in found:
        people[each.shift_id].append(each)
    return [(shift, people[shift.pk]) for shift in shifts]


class ShiftSheet(StaffPage):
    """The sheet of one shift."""

    capability = SHIFTS.read

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        shift = self.one_of(DutyShift.objects.select_related("station"), pk=pk)
        context = {
            "station": shift.station, "day": shift.local_date, "may_write": request.user.scope.can(SHIFTS.write),
            "sheets": with_people([shift], request.user),
            "blank": range(BLANK_LINES), "back": SHIFTS.detail(shift),
        }  # fmt: skip
        return render(request, "volunteers/duty_sheet.html", context)


class DaySheet(DutyPage):
    """The sheets of a station's day on one paper."""

    form_class = DayForm

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self.asked()
        station = self.station_of(form)
        day = form.cleaned_data.get("day") or timezone.localdate(timezone=ZONE)
        shifts = list(shifts_between(request.user, station, day, day).open()) if station else []
        if form.is_valid():
            form = DayForm(initial={"station": station, "day": day}, user=request.user)
        context = {
            "form": form, "station": station, "day": day, "sheets": with_people(shifts, request.user),
            "may_write": self.runs(station),
            "blank": range(BLANK_LINES), "back": f"{SHIFTS.url('list')}?station={station.pk}" if station else "",
        }  # fmt: skip
        return render(request, "volunteers/duty_sheet.html", context, status=400 if form.errors else 200)


class MonthRoster(MonthPage):
    """Who serves when: the month on paper, day by day."""

    template_name = "volunteers/duty_roster.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self.asked()
        station = self.station_of(form)
        first = form.cleaned_data.get("month") or timezone.localdate(timezone=ZONE).replace(day=1)
        last = next_month(first) - DAY
        # A day that was called off stands on paper too: whoever reads last month's would come.
        rows = shifts_between(request.user, station, first, last).select_related("unit_on_turn") if station else ()
        shifts = list(rows)
        if form.is_valid():
            form = self.form_class(initial={"station": station, "month": first}, user=request.user)
        has_units = any(shift.unit_on_turn for shift in shifts)
        lines = with_people(shifts, request.user)
        days = [(day, list(of_day)) for day, of_day in groupby(lines, key=lambda line: line[0].local_date)]
        context = {"form": form, "station": station, "first": first, "days": days, "has_units": has_units}
        return render(request, self.template_name, context, status=400 if form.errors else 200)
