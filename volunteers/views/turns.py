"""轮值: the turns of one's own unit, and a turn that another unit takes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.pages import StaffPage
from volunteers import coverage, planning, turns
from volunteers.forms.turns import ExchangeForm
from volunteers.models import DutyShift
from volunteers.subjects import SHIFTS, TURN_UNIT_LOOKUP
from volunteers.views.shifts import ShiftPage

SHOWN = 100


class TurnList(StaffPage):
    """When and where one's own unit is on turn, for its contact on the phone."""

    capability = SHIFTS.read

    def get(self, request: HttpRequest) -> HttpResponse:
        now, user = timezone.now(), request.user
        mine = DutyShift.objects.for_user(user).on_turn_of(user.scope).filter(ends_at__gt=now)
        rows = coverage.with_coverage(mine).select_related("station", "unit_on_turn").order_by("starts_at", "pk")
        lines = [
            (
                each,
                coverage.people_in_words(each.taken, each.min_people, each.max_people),
                coverage.states_of(each, now),
            )
            for each in rows[:SHOWN]
        ]
        context = {"lines": lines, "shown": SHOWN, "count": mine.count(), "speaks": bool(user.scope.organization_ids)}
        return render(request, "volunteers/turns.html", context)


class TurnExchange(ShiftPage):
    """Another unit takes the turn for one shift: one of the order by one button, any other by its name."""

    capability = SHIFTS.write

    def show(self, shift: DutyShift, form: ExchangeForm, status: int = 200) -> HttpResponse:
        units = turns.known_to(shift)
        others = [(unit, TURN_UNIT_LOOKUP.text(unit)) for unit in units if unit.pk != shift.unit_on_turn_id]
        context: dict[str, Any] = self.context(row=shift, form=form, others=others)
        return render(self.request, "volunteers/turn_exchange.html", context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        shift = self.held(pk)
        return self.show(shift, ExchangeForm(user=request.user, order=turns.known_to(shift)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        shift = self.held(pk)
        form = ExchangeForm(request.POST, user=request.user, order=turns.known_to(shift))
        if not form.is_valid():
            return self.show(shift, form, 400)
        unit = form.cleaned_data["unit"]
        try:
            planning.exchange_turn(shift, to=unit, by=request.user)
        except DomainError as error:
            form.take_error(error)
            return self.show(shift, form, error.status)
        return self.back(shift.pk, _("“%(name)s” is on turn for this shift. Both units are told.") % {"name": unit})
