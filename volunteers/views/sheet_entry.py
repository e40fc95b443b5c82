"""The paper sheets of a station's day, entered at once: a line for each person, and for those who came unasked."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.clock import ZONE
from portal.core.errors import DomainError, NotAllowed
from stations.models import Station
from volunteers import attendance, names, sheets, swaps
from volunteers.coverage import people_in_words
from volunteers.forms.duty import DayForm
from volunteers.forms.sheets import CorrectionLineForm, LineForm, TimesForm, WalkInForm
from volunteers.models import Assignment, DutyShift, HourClaim
from volunteers.month import shifts_between
from volunteers.subjects import SHIFTS
from volunteers.types import HOLDING, ClaimKind, ClaimStatus
from volunteers.views.duty import DutyPage
from volunteers.views.paper import BLANK_LINES
from volunteers.views.shifts import place_tag


@dataclass
class Row:
    """A line of the page: of somebody on the list, or (`place` is None) a blank one."""

    shift: DutyShift
    form: TimesForm
    place: Assignment | None = None
    tag: Any = ""
    claim: HourClaim | None = None  # the latest correction that was asked for

    @property
    def is_done(self) -> bool:
        """Nothing more can be entered than a correction."""
        return bool(self.place and self.place.checked_out_at)

    @property
    def asks_correction(self) -> bool:
        """What was typed and refused stays to be seen, whatever was decided meanwhile."""
        return self.form.is_bound or self.claim is None or self.claim.status != ClaimStatus.PENDING

    @property
    def asks_came(self) -> bool:
        return self.place is None or self.place.checked_in_at is None or "came" in self.form.errors


@dataclass
class Sheet:
    shift: DutyShift
    has_begun: bool
    rows: list[Row]
    blank: list[Row]

    @property
    def people(self) -> str:
        return people_in_words(self.shift.taken, self.shift.min_people, self.shift.max_people)


class SheetEntry(DutyPage):
    """GET shows the sheets of a day. POST enters each line by itself: one that is refused keeps what was typed."""

    capability = SHIFTS.write
    form_class = DayForm

    def get(self, request: HttpRequest) -> HttpResponse:
        where = self.asked()
        station, day = self.place_and_day(where)
        return self.show(where, station, day, self.sheets(station, day), status=400 if where.errors else 200)

    def post(self, request: HttpRequest) -> HttpResponse:
        where = self.asked()
        station, day = self.place_and_day(where)
        if not self.runs(station):
            raise NotAllowed()
        read = self.sheets(station, day, typed=request.POST)
        filled = [row for sheet in read for row in (*sheet.rows, *sheet.blank) if row.form.is_bound]
        refused = [row for row in filled if not self.enter(row)]
        self.say(len(filled) - len(refused), len(refused))
        if refused:
            now = self.sheets(station, day, kept={str(row.form.prefix): row.form for row in refused})
            return self.show(where, station, day, now, refused=refused, status=409)
        return HttpResponseRedirect(request.get_full_path())

    def place_and_day(self, where: Any) -> tuple[Station | None, dt.date]:
        return self.station_of(where), where.cleaned_data.get("day") or timezone.localdate(timezone=ZONE)

    def enter(self, row: Row) -> bool:
        """Whether the line could be entered; if not, its form says why."""
        if not row.form.is_valid():
            return False
        try:
            if row.place is not None:
                sheets.enter(row.place, row.form.line(), by=self.request.user)
            else:
                somebody = swaps.colleague(row.form.cleaned_data["number"])
                sheets.enter_walk_in(row.shift, row.form.line(), volunteer=somebody, by=self.request.user)
        except DomainError as error:
            row.form.take_error(error)
        return not row.form.errors

    def say(self, entered: int, refused: int) -> None:
        if entered:
            words = ngettext("%(count)d line entered.", "%(count)d lines entered.", entered)
            messages.success(self.request, words % {"count": entered})
        elif not refused:
            messages.info(self.request, _("Nothing was typed."))

    def sheets(
        self, station: Station | None, day: dt.date, *, typed: Any = None, kept: dict[str, TimesForm] | None = None
    ) -> list[Sheet]:
        """The sheets as they are now, with what was `typed`; or with the forms that are `kept`, by their prefix."""
        if station is None or not self.runs(station):
            return []
        shifts = list(shifts_between(self.request.user, station, day, day).open().select_related("station"))
        prefixes = {name.rpartition("-")[0] for name in typed or ()} | set(kept or ())
        people = self.people(shifts, prefixes)
        asked = HourClaim.objects.filter(assignment__in=people, kind=ClaimKind.CORRECTION).order_by("asked_at", "pk")
        claims = {each.assignment_id: each for each in asked}
        return [_Lines(shift, typed, kept or {}).sheet(people, claims) for shift in shifts]

    def people(self, shifts: list[DutyShift], prefixes: set[str]) -> list[Assignment]:
        """Those who hold a place, and those of whom something was typed: they may have given it back meanwhile."""
        named = [int(match[1]) for prefix in prefixes if (match := re.fullmatch(r"p([0-9]{1,18})", prefix))]
        rows = Assignment.objects.for_user(self.request.user).filter(shift__in=shifts)
        rows = rows.filter(Q(status__in=HOLDING) | Q(pk__in=named)).select_related("volunteer__person")
        found = list(rows.order_by("made_at", "pk"))
        names.show_names([each.volunteer for each in found], self.request.user.scope)
        return found

    def show(
        self, where: Any, station: Station | None, day: dt.date, found: list[Sheet], *, refused: Any = (),
        status: int = 200,
    ) -> HttpResponse:  # fmt: skip
        if where.is_valid():
            where = DayForm(initial={"station": station, "day": day}, user=self.request.user)
        context = {
            "form": where, "station": station, "day": day, "sheets": found, "refused": refused,
            "may_write": self.runs(station), "can_save": any(sheet.has_begun for sheet in found),
        }  # fmt: skip
        return render(self.request, "volunteers/duty_sheet_entry.html", context, status=status)


class _Lines:
    """The lines of one shift's sheet, each with a form of its own."""

    def __init__(self, shift: DutyShift, typed: Any, kept: dict[str, TimesForm]) -> None:
        self.shift, self.typed, self.kept = shift, typed, kept

    def sheet(self, people: list[Assignment], claims: dict[int | None, HourClaim]) -> Sheet:
        on_it = [each for each in people if each.shift_id == self.shift.pk]
        for each in on_it:
            each.shift = self.shift
        return Sheet(
            shift=self.shift, has_begun=self.shift.starts_at - attendance.EARLY <= timezone.now(),
            rows=[self.row(each, claims.get(each.pk)) for each in on_it],
            blank=[Row(self.shift, self.form(WalkInForm, f"w{self.shift.pk}-{n}")) for n in range(BLANK_LINES)],
        )  # fmt: skip

    def row(self, place: Assignment, claim: HourClaim | None) -> Row:
        form = self.form(CorrectionLineForm if place.checked_out_at else LineForm, f"p{place.pk}")
        return Row(self.shift, form, place, place_tag(place), claim)

    def form(self, form_class: type[TimesForm], prefix: str) -> TimesForm:
        if prefix in self.kept:
            return self.kept[prefix]
        bound = form_class(self.typed, prefix=prefix, shift=self.shift)
        # A line that says nothing is no line.
        return bound if bound.is_filled else form_class(prefix=prefix, shift=self.shift)
