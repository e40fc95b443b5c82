"""A volunteer swaps a duty with somebody, and answers who asks: for a swap, or for somebody to stand in."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import humanize
from portal.core.errors import DomainError, NotFound
from portal.core.text import CleanCharField, clean_text
from volunteers import call_outs, swaps
from volunteers.guards import MAX_REASON
from volunteers.models import Assignment, CallOut, CallOutAsk, Swap
from volunteers.views.own_duty import DutyPage

MAX_WORDS = 30


class SwapForm(forms.Form):
    """For one of the places offered, or to a colleague whose number one knows."""

    wanted = forms.ChoiceField(label=gettext_lazy("For which shift?"), required=False, widget=forms.RadioSelect)
    number = CleanCharField(
        label=gettext_lazy("Or somebody takes it over: their volunteer number"), max_length=20, required=False,
        help_text=gettext_lazy("For example a colleague with whom you have talked about it."),
    )  # fmt: skip
    message = CleanCharField(label=gettext_lazy("A word with it"), max_length=MAX_REASON, required=False)

    def __init__(self, *args: Any, choice: swaps.Choice, words: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.why_not = [(reason.rstrip("。."), count) for reason, count in choice.why_not]
        self.partners = {str(each.pk): each for each in choice.possible}
        chosen = str(self["wanted"].value() or "")
        # What is chosen stays to be seen, whatever is looked for.
        shown = {key: each for key, each in self.partners.items() if words in _in_full(each) or key == chosen}
        self.has_shown = bool(shown)
        # The empty one: on a phone a radio button that was touched cannot be let go of otherwise.
        nobody = ("", _("No swap: somebody takes it over (below)"))
        self.fields["wanted"].choices = [*_by_day(shown), nobody]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        if given.get("wanted") and given.get("number"):
            raise forms.ValidationError(_("A swap, or somebody who takes it over: please choose one of the two."))
        if not given.get("wanted") and not given.get("number"):
            raise forms.ValidationError(_("Choose a shift, or give the number of one person."))
        if given.get("number"):
            try:
                given["to"] = swaps.colleague(given["number"])
            except DomainError as error:
                self.add_error("number", str(error))
        return given

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "wanted": self.partners.get(given["wanted"]), "to": given.get("to"), "message": given["message"],
        }  # fmt: skip


def _by_day(places: dict[str, Assignment]) -> list[tuple[str, list[tuple[str, str]]]]:
    days = groupby(places.items(), lambda item: _day(item[1]))
    return [(day, [(key, _choice(place)) for key, place in found]) for day, found in days]


def _in_full(place: Assignment) -> str:
    return f"{_day(place)} {_choice(place)}"


def _day(place: Assignment) -> str:
    return humanize.weekday_in_words(localtime(place.shift.starts_at).date())


def _choice(place: Assignment) -> str:
    when = f"{humanize.clock_span(place.shift.starts_at, place.shift.ends_at)} {place.shift.title}"
    return _("%(when)s, on duty: %(who)s") % {"when": when, "who": place.volunteer.shown_name}


class SwapPage(DutyPage):
    """Ask somebody to swap: one page, one question."""

    def show(self, place: Assignment, form: SwapForm, status: int = 200) -> HttpResponse:
        context = {"place": place, "shift": place.shift, "form": form, "words": self.words}
        return render(self.request, "volunteers/my_swap.html", context, status=status)

    @property
    def words(self) -> str:
        """What is looked for among the shifts: a day, a duty, a name."""
        return clean_text(self.request.POST.get("find_words", "")[:MAX_WORDS], max_length=MAX_WORDS)

    def form(self, place: Assignment, data: Any = None, **kwargs: Any) -> SwapForm:
        return SwapForm(data, choice=swaps.choice(place), **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        place = self.place(pk)
        return self.show(place, self.form(place))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        place = self.place(pk)
        if "find" in request.POST:
            # The step without JavaScript: fewer shifts are shown, what was typed stays, nothing is judged yet.
            typed = {name: request.POST.get(name, "") for name in SwapForm.base_fields}
            return self.show(place, self.form(place, initial=typed, words=self.words))
        form = self.form(place, request.POST)
        if not form.is_valid():
            return self.show(place, form, 422)
        try:
            swaps.ask(place, by=request.user, **form.arguments())
        except DomainError as error:
            form.add_error(None, str(error))
            return self.show(place, form, error.status)
        return self.back("own:shifts", _("They have been asked. Until they agree, the shift stays yours."))


class SwapStep(DutyPage):
    """POST answers a swap, or takes one's own question back."""

    STEPS: dict[str, tuple[Any, Any]] = {
        "accept": (swaps.accept, gettext_lazy("Swapped. Your shifts are as they stand here now.")),
        "refuse": (swaps.refuse, gettext_lazy("You have said no; nothing changes.")),
        "cancel": (swaps.cancel, gettext_lazy("You do not ask any more.")),
    }

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        me = self.mine()
        rows = Swap.objects.filter(to=me) | Swap.objects.filter(assignment__volunteer=me)
        swap = rows.filter(pk=pk).first()
        if swap is None or verb not in self.STEPS:
            raise NotFound()
        do, said = self.STEPS[verb]
        return self.attempt(lambda: do(swap, by=request.user), "own:shifts", said)


class CallOutPage(DutyPage):
    """Somebody is needed at short notice: yes or no."""

    def ask(self, pk: int) -> CallOutAsk:
        rows = CallOutAsk.objects.select_related("call_out__shift__station__region", "volunteer")
        found = rows.filter(pk=pk, volunteer=self.mine()).first()
        if found is None:
            raise NotFound()
        return found

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        ask = self.ask(pk)
        is_open = ask.call_out.status == CallOut.Status.OPEN and ask.call_out.shift.starts_at > timezone.now()
        context = {"ask": ask, "shift": ask.call_out.shift, "is_open": is_open}
        return render(request, "volunteers/my_call_out.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        ask, is_yes = self.ask(pk), request.POST.get("answer") == "yes"
        try:
            made = call_outs.answer(ask, by=request.user, is_yes=is_yes)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("own:call_out", pk=pk)
        if made is not None:
            return redirect(f"{redirect('own:shift', pk=made.pk).url}?new=1")
        if is_yes:
            messages.info(request, _("Thank you! Somebody else was quicker: you need not come."))
            return redirect("own:shifts")
        return self.back("own:shifts", _("Thank you for your answer."))
