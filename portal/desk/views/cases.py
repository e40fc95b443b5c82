"""The page of a case, and the steps taken on it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from portal.core.errors import DomainError, NotFound
from portal.core.pages import StaffPage, safe_next
from portal.desk.actions import new_form
from portal.desk.cases import case_for, case_page
from requests.forms import STEP_FORMS, StepForm
from requests.models import ServiceRequest
from requests.types import Verb


class CasePage(StaffPage):
    """A case with everything about it."""

    capability = "requests:read"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        page = case_page(case_for(request.user, pk), request.user)
        return render(request, "desk/case.html", {"page": page, "next": reverse("desk:case", args=[pk])})


class StepPage(StaffPage):
    """POST of one step. Taken: a toast, and on with the list. Refused: the case as it is now, with what was typed."""

    capability = "requests:act"

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        if verb not in STEP_FORMS:
            raise NotFound()
        case = case_for(request.user, pk)
        form = new_form(verb, case, request.user, request.POST, request.FILES)
        if not form.is_valid():
            return self.show(request, case, form=form, status=422)
        try:
            form.run()
        except DomainError as error:
            case = case_for(request.user, pk)
            form.renew(case)
            return self.show(request, case, form=form, error=error, status=error.status)
        messages.success(request, _("%(verb)s: %(case)s") % {"verb": Verb(verb).label, "case": case})
        if not request.htmx:
            return redirect(safe_next(request, reverse("desk:case", args=[pk])))
        response = self.show(request, self.after(request, pk))
        return trigger_client_event(response, "cases-changed")

    def after(self, request: HttpRequest, pk: int) -> ServiceRequest | None:
        """The case as it is now; None when the step took it out of the person's sight."""
        try:
            return case_for(request.user, pk)
        except NotFound:
            return None

    def show(
        self,
        request: HttpRequest,
        case: ServiceRequest | None,
        *,
        form: StepForm | None = None,
        error: DomainError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        page = case_page(case, request.user, bound=form, error=error) if case else None
        context = {"page": page, "next": safe_next(request, reverse("desk:home"))}
        template = "desk/case_panel.html" if request.htmx else "desk/case.html"
        return render(request, template, context, status=status)
