"""借调 at the desk: who of the stations nearby could help out, and the question to them."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core.errors import DomainError
from portal.core.registry.forms import ScopedForm
from volunteers import borrowing, call_outs
from volunteers.coverage import people_in_words
from volunteers.models import DutyShift
from volunteers.subjects import SHIFTS
from volunteers.views.shifts import ShiftPage
from volunteers.watch import nearby_with_more

SHOWN = 20
PLAIN_REASON = str.maketrans("", "", "。.")


class PeopleForm(ScopedForm):
    """Whom to ask. `confirmed` once the person has seen what is sent to whom."""

    people = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={
            "required": gettext_lazy("Choose at least one person to ask."),
            "invalid_choice": gettext_lazy("One of them has been asked already or can no longer come. Please choose"
                                           " again."),
        },
    )  # fmt: skip
    confirmed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, loans: list[borrowing.Loan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(each.volunteer.pk, "") for each in loans if each.asked is None]


class BorrowPage(ShiftPage):
    """GET proposes, the first POST says what is sent to whom, the second sends it."""

    capability = SHIFTS.write

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        shift = self.held(pk)
        found = borrowing.nearby(shift, by=request.user)
        return self.show(shift, found, PeopleForm(user=request.user, loans=found.loans))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        shift = self.held(pk)
        found = borrowing.nearby(shift, by=request.user)
        form = PeopleForm(request.POST, user=request.user, loans=found.loans)
        if not form.is_valid():
            return self.show(shift, found, form, 400)
        chosen = form.cleaned_data["people"]
        if not form.cleaned_data["confirmed"]:
            asked = [each for each in found.loans if each.volunteer.pk in chosen]
            return render(request, "volunteers/duty_borrow_ask.html", self.context(row=shift, asked=asked))
        try:
            call_outs.borrow(shift, people=chosen, by=request.user)
        except DomainError as error:
            form.take_error(error)
            return self.show(shift, found, form, error.status)
        return self.back(shift.pk, _("%(count)d people are asked.") % {"count": len(chosen)})

    def show(self, shift: DutyShift, found: borrowing.Nearby, form: PeopleForm, status: int = 200) -> HttpResponse:
        missing, lenders = max(0, shift.min_people - shift.taken), nearby_with_more(shift, self.request.user)[:5]
        sure = [each.volunteer.pk for each in found.loans if each.is_sure][: missing * call_outs.ASKED_FOR_A_PLACE]
        chosen = [str(pk) for pk in sure] if not form.is_bound else form.data.getlist("people")
        context = self.context(
            row=shift, form=form, found=found, missing=missing, kilometres=borrowing.RADIUS_M // 1000,
            lines=[(each, str(each.volunteer.pk) in chosen) for each in found.loans[:SHOWN]],
            why_not=[(reason.translate(PLAIN_REASON), count) for reason, count in found.why_not],
            lenders=[(each, people_in_words(each.taken, each.min_people, each.max_people)) for each in lenders],
        )  # fmt: skip
        return render(self.request, "volunteers/duty_borrow.html", context, status=status)
