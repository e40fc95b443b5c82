"""The coverage watch, and the call for somebody who stands in."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.pages import StaffPage, safe_next
from portal.core.templatetags.portal import tag_html
from volunteers import call_outs, coverage
from volunteers.forms.duty import WatchForm
from volunteers.models import CallOut, DutyShift
from volunteers.subjects import SHIFTS
from volunteers.watch import AHEAD, watch


class WatchPage(StaffPage):
    capability = SHIFTS.read

    def get(self, request: HttpRequest) -> HttpResponse:
        form = WatchForm(request.GET, user=request.user)
        region = form.cleaned_data["region"] if form.is_valid() else None
        now = timezone.now()
        found = watch(request.user, region=region, now=now)
        context = {
            "now": now,
            "form": WatchForm(initial={"region": region}, user=request.user) if form.is_valid() else form,
            "found": found, "hours": int(AHEAD.total_seconds() // 3600),
            "may_write": request.user.scope.can(SHIFTS.write),
            "sections": [
                (name, [(shift, *_state(shift, now)) for shift in getattr(found, name)], found.counts[name])
                for name in ("unopened", "short", "keyless")
            ],
        }  # fmt: skip
        return render(request, "volunteers/duty_watch.html", context, status=400 if form.errors else 200)


def _state(shift: DutyShift, now: datetime) -> tuple[str, list[Any]]:
    people = coverage.people_in_words(shift.taken, shift.min_people, shift.max_people)
    states = coverage.states_of(shift, now)
    # That there are enough people is no news on a page of what is amiss.
    return people, [tag_html(each.words, each.look) for each in states if each.code in ("short", "no_key")]


class CallOutStep(StaffPage):
    """POST begins to ask for a shift, or stops."""

    capability = SHIFTS.write

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        shift = self.one_of(DutyShift.objects.select_related("station__region"), pk=pk)
        try:
            said = self._stop(shift) if verb == "stop" else self._start(shift)
            messages.success(request, said)
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(safe_next(request, reverse("volunteers:shift_detail", args=[pk])))

    def _start(self, shift: DutyShift) -> str:
        call_out = call_outs.start(shift, by=self.request.user)
        count = call_out.asks.count()
        return _("%(count)d people are asked.") % {"count": count} if count else _("There is nobody who fits.")

    def _stop(self, shift: DutyShift) -> str:
        for call_out in CallOut.objects.filter(shift=shift, status=CallOut.Status.OPEN):
            call_outs.stop(call_out, by=self.request.user)
        return _("Nobody is asked any more.")
