"""A volunteer's own duty, on a phone: my shifts, each with its answer; open shifts near me."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.errors import DomainError, NotFound
from portal.core.registry.forms import DayInput
from portal.core.text import CleanCharField
from volunteers import calendars, open_shifts, places
from volunteers.guards import MAX_REASON
from volunteers.models import Assignment, CallOut, CallOutAsk, Swap, Volunteer
from volunteers.models.assignments import AssignmentQuerySet
from volunteers.types import HOLDING, AssignmentStatus, ShiftStatus
from volunteers.views.calendars import calendar_file
from volunteers.views.own import OwnPage

PER_PAGE = 10
A_YEAR = timedelta(days=366)
# What the volunteer gave up is past; what others took away is told until its day is over.
COMING = (AssignmentStatus.CONFIRMED, AssignmentStatus.WAITING, AssignmentStatus.CALLED_OFF)


class DutyPage(OwnPage):
    def places(self, me: Volunteer) -> AssignmentQuerySet:
        return me.assignments.select_related("shift__station__region")

    def place(self, pk: int) -> Assignment:
        """A place of one's own; somebody else's is not there."""
        found = self.places(self.mine()).filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found


class ShiftsPage(DutyPage):
    """What waits for an answer first, then what is coming."""

    def get(self, request: HttpRequest) -> HttpResponse:
        me, now = self.mine(), timezone.now()
        ahead = self.places(me).filter(shift__ends_at__gt=now).order_by("shift__starts_at", "pk")
        rows = list(ahead.filter(status__in=[AssignmentStatus.PROPOSED, *COMING], checked_out_at=None))
        context = {
            "me": me, "now": now,
            "to_answer": [row for row in rows if row.status == AssignmentStatus.PROPOSED],
            "coming": [row for row in rows if row.status != AssignmentStatus.PROPOSED],
            "asks": asks_of(me, now), "swaps": swaps_of(me),
        }  # fmt: skip
        return render(request, "volunteers/my_shifts.html", context)


def asks_of(me: Volunteer, now: datetime) -> list[CallOutAsk]:
    """Who is needed at short notice, and has not been answered yet."""
    rows = me.call_out_asks.filter(
        answer=CallOutAsk.Answer.NONE, call_out__status=CallOut.Status.OPEN, call_out__shift__starts_at__gt=now
    )
    return list(rows.select_related("call_out__shift__station").order_by("call_out__shift__starts_at"))


def swaps_of(me: Volunteer) -> list[Swap]:
    """Swaps that wait for an answer: mine to give, or the other one's."""
    rows = Swap.objects.open().filter(Q(to=me) | Q(assignment__volunteer=me))
    related = "assignment__shift__station", "assignment__volunteer__person", "wanted__shift__station", "to__person"
    return list(rows.select_related(*related).order_by("assignment__shift__starts_at", "pk"))


class PastPage(DutyPage):
    """What is over, the latest first: with what was given back."""

    def get(self, request: HttpRequest) -> HttpResponse:
        me, now = self.mine(), timezone.now()
        gone = (AssignmentStatus.DECLINED, AssignmentStatus.WITHDRAWN)
        ahead = {"shift__ends_at__gt": now, "status__in": [AssignmentStatus.PROPOSED, *COMING], "checked_out_at": None}
        rows = self.places(me).exclude(**ahead)
        page = Paginator(rows.order_by("-shift__starts_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
        return render(request, "volunteers/my_past.html", {"page": page, "now": now, "gone": gone})


class ShiftPage(DutyPage):
    """One shift: where, when, with whom, whom to call; and what can be done about it now."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        place, now = self.place(pk), timezone.now()
        others = place.shift.assignments.filter(status__in=HOLDING).exclude(pk=place.pk)
        context = {
            "place": place, "shift": place.shift, "now": now,
            "others": others.select_related("volunteer__person").order_by("made_at", "pk"),
            "is_new": request.GET.get("new") == "1",
            "may_answer": may_answer(place, now), "may_give_back": may_give_back(place, now),
        }  # fmt: skip
        return render(request, "volunteers/my_shift.html", context)


class ShiftFile(DutyPage):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return calendar_file(calendars.of_place(self.place(pk)), filename="duty.ics")


class AcceptStep(DutyPage):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        place = self.place(pk)
        try:
            places.accept(place, by=request.user)
            messages.success(request, _("Thank you. You are on this shift."))
        except DomainError as error:
            messages.error(request, str(error))
        return redirect("own:shift", pk=pk)


class GiveBackForm(forms.Form):
    reason = CleanCharField(
        label=gettext_lazy("Reason"), max_length=MAX_REASON, required=False,
        help_text=gettext_lazy("For example: ill, away, a meeting"),
    )  # fmt: skip


class GiveBackPage(DutyPage):
    """Say no to a proposal, or give a place back: asks for the reason, then does it."""

    STEPS: dict[str, tuple[Any, Any, Any]] = {
        "decline": (gettext_lazy("I cannot come"), places.decline, gettext_lazy("Thank you for your answer.")),
        "withdraw": (
            gettext_lazy("Give the place back"), places.withdraw, gettext_lazy("You have given the place back."),
        ),
    }  # fmt: skip

    def show(self, place: Assignment, verb: str, form: GiveBackForm, status: int = 200) -> HttpResponse:
        context = {"place": place, "shift": place.shift, "form": form, "label": self.STEPS[verb][0]}
        return render(self.request, "volunteers/my_give_back.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        if verb not in self.STEPS:
            raise NotFound()
        return self.show(self.place(pk), verb, GiveBackForm())

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        if verb not in self.STEPS:
            raise NotFound()
        _label, do, said = self.STEPS[verb]
        place, form = self.place(pk), GiveBackForm(request.POST)
        if not form.is_valid():
            return self.show(place, verb, form, 400)
        try:
            do(place, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("own:shift", pk=pk)
        return self.back("own:shifts", said)


class FilterForm(forms.Form):
    day = forms.DateField(label=gettext_lazy("Date"), required=False, widget=DayInput)
    part = forms.ChoiceField(
        label=gettext_lazy("Part of the week"), required=False,
        choices=[("", gettext_lazy("All")), *open_shifts.Part.choices],
    )  # fmt: skip

    def clean_day(self) -> date | None:
        day = self.cleaned_data["day"]
        if day and day > timezone.localdate() + A_YEAR:
            raise forms.ValidationError(_("Shifts are not planned that far ahead."))
        return day


class OpenPage(DutyPage):
    """Shifts that one can sign up for: what fits first, day by day, and of one day the nearest."""

    def get(self, request: HttpRequest) -> HttpResponse:
        me, form = self.mine(), FilterForm(request.GET)
        found = open_shifts.offers(me, at=timezone.now(), **form.cleaned_data) if form.is_valid() else []
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        status = 200 if form.is_valid() else 400
        return render(request, "volunteers/my_open.html", {"me": me, "form": form, "page": page}, status=status)


class OfferPage(DutyPage):
    """One open shift, and the button that takes a place on it or on its waiting list."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        offers = open_shifts.offers(self.mine(), at=timezone.now(), shift_id=pk)
        if not offers:
            return self.gone(pk)
        return render(request, "volunteers/my_offer.html", {"offer": offers[0], "shift": offers[0].shift})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        me = self.mine()
        shift = open_shifts.open_to(me, at=timezone.now()).filter(pk=pk).first()
        if shift is None:
            return self.gone(pk)
        try:
            place = places.sign_up(shift, volunteer=me, by=request.user)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("own:offer", pk=pk)
        return redirect(f"{redirect('own:shift', pk=place.pk).url}?new=1")

    def gone(self, pk: int) -> HttpResponse:
        """Whoever pressed twice, or came back, sees the place that they have."""
        held = self.mine().assignments.filter(shift=pk, status__in=[*HOLDING, AssignmentStatus.WAITING]).first()
        if held is None:
            raise NotFound(_("This shift is not open for sign-up now. Please choose another one."))
        return redirect("own:shift", pk=held.pk)


def may_answer(place: Assignment, now: datetime) -> bool:
    is_in_time = place.answer_by is None or now <= place.answer_by
    return place.status == AssignmentStatus.PROPOSED and is_in_time and now < place.shift.starts_at


def may_give_back(place: Assignment, now: datetime) -> bool:
    is_mine = place.status in (AssignmentStatus.CONFIRMED, AssignmentStatus.WAITING)
    return is_mine and place.shift.status == ShiftStatus.OPEN and now < place.shift.starts_at
