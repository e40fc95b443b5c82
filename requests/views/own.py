"""A volunteer's own cases, on a phone: which there are, one of them, a step with it, and the call to the resident."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from portal.core.errors import DomainError, NotFound
from requests import own, privacy
from requests.cases import case_for
from requests.forms import HandOnForm, RevealForm, StepForm, new_form
from requests.models import Requester, ServiceRequest
from requests.replies import begun_with, number_of, templates_for
from requests.timeline import lines
from requests.types import State, Verb
from requests.views.steps import take_once
from volunteers.views.own import OwnPage

PER_PAGE = 10
# For a phone call there is one reason, and it is logged like any other.
CALL = "call"
# After these the case is in other hands.
LEAVING = (Verb.SEND_BACK, Verb.RESOLVE, Verb.TRANSFER)
# Steps that ask a volunteer for something else than they ask staff for.
OWN_FORMS = {Verb.TRANSFER: HandOnForm}


class OwnCasePage(OwnPage):
    def case(self, pk: int) -> ServiceRequest:
        """A case that was held out to the person once; somebody else's is not there."""
        if not own.cases_of(self.request.user).filter(pk=pk).exists():
            raise NotFound()
        return case_for(self.request.user, pk)


class CasesPage(OwnPage):
    """What is offered, what I have taken, what I have done."""

    def get(self, request: HttpRequest) -> HttpResponse:
        related = "region", "station", "current_dispatch__team"
        rows = list(own.in_hand(request.user).select_related(*related).defer("search"))
        finished = own.done(request.user).select_related(*related).defer("search")
        context = {
            "now": timezone.now(),
            "offered": [case for case in rows if case.state == State.DISPATCHED],
            "taken": [case for case in rows if case.state != State.DISPATCHED],
            "done": Paginator(finished, PER_PAGE).get_page(request.GET.get("page")),
        }
        return render(request, "volunteers/my_cases.html", context)


class CasePage(OwnCasePage):
    """What, where, until when; and what can be done about it now."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        case = self.case(pk)
        steps, told = own.steps_for(case, request.user), lines(case, audience="staff")
        context = {
            "case": case, "now": timezone.now(), "steps": steps, "timeline": told[::-1],
            "photos": [each for line in told for each in line.attachments],
            "take": new_form(Verb.TAKE, case, request.user) if case.state == State.DISPATCHED else None,
            "is_held": own.is_held(case, request.user),
            "may_call": privacy.may_reveal(case, request.user) and case.erased_at is None,
        }  # fmt: skip
        return render(request, "volunteers/my_case.html", context)


class StepPage(OwnCasePage):
    """GET asks for what the step needs, POST takes it. Refused: why, and what was typed is still there."""

    def step(self, verb: str) -> own.Step:
        if verb not in own.STEPS:
            raise NotFound()
        return own.STEPS[verb]

    def form(self, verb: str, case: ServiceRequest, *data: Any, **begun: Any) -> StepForm:
        return new_form(verb, case, self.request.user, *data, form=OWN_FORMS.get(verb), **begun)

    def show(self, case: ServiceRequest, step: own.Step, form: StepForm, **more: Any) -> HttpResponse:
        status = more.pop("status", 200)
        context = {
            "case": case, "step": step, "form": form, "is_possible": step in own.steps_for(case, self.request.user),
            "templates": templates_for(case, [step.verb]).get(step.verb, []),
            "chosen_template": number_of(str(form["template"].value() or "")) if "template" in form.fields else None,
            **more,
        }  # fmt: skip
        return render(self.request, "volunteers/my_case_step.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        case, step = self.case(pk), self.step(verb)
        return self.show(case, step, self.form(verb, case))

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        case, step = self.case(pk), self.step(verb)
        if "fill" in request.POST:
            # A template is put into the text; the step is not taken yet.
            begun = begun_with(request.POST.dict(), case, verb)
            return self.show(case, step, self.form(verb, case, begun=begun))
        form = self.form(verb, case, request.POST, request.FILES)
        if not form.is_valid():
            return self.show(case, step, form, status=422)
        try:
            take_once(request, form)
        except DomainError as error:
            case = self.case(pk)
            form.renew(case)
            return self.show(case, step, form, error=error, status=error.status)
        messages.success(request, step.said)
        return redirect("own_cases:list") if verb in LEAVING else redirect("own_cases:case", pk)


@method_decorator(never_cache, name="dispatch")
class CallPage(OwnCasePage):
    """One press shows the number to be dialled, and logs who looked."""

    def post(self, request: HttpRequest, pk: int, requester: int) -> HttpResponse:
        case = self.case(pk)
        found = next((each for each in case.requesters.all() if each.pk == requester), None)
        if found is None:
            raise NotFound()
        # The case as it was read for this person: with what decides on who may see it.
        found.request = case
        return self.show(found)

    def show(self, requester: Requester) -> HttpResponse:
        context: dict[str, Any] = {"case": requester.request, "requester": requester}
        status, reason = 200, RevealForm({"why": CALL})
        reason.full_clean()
        try:
            context["personal"] = privacy.reveal(requester, by=self.request.user, reason=reason.reason())
        except DomainError as error:
            if error.code != "too_much_shown":
                raise
            context["error"], status = error, error.status
        return render(self.request, "volunteers/my_case_call.html", context, status=status)

    def get(self, request: HttpRequest, pk: int, requester: int) -> HttpResponse:
        # Whoever comes back to this address starts again from the case: to look is to press the button.
        return redirect("own_cases:case", pk)
