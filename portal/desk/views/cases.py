"""The page of a case, and the steps taken on it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import trigger_client_event

from portal.core.errors import Conflict, DomainError, NotFound
from portal.core.pages import StaffPage, safe_next
from portal.core.registry.pages import LookupPage
from portal.core.registry.subjects import PAGES
from portal.desk.cases import case_page
from requests import workflow
from requests.cases import case_for
from requests.forms import STEP_FORMS, StepForm, new_form
from requests.models import ServiceRequest
from requests.places import PLACES
from requests.replies import begun_with
from requests.types import TEMPLATED_VERBS, Verb
from requests.views.steps import take_once
from requests.workflow import Staff


class CasePage(StaffPage):
    """A case with everything about it."""

    capability = "requests:read"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        page = case_page(case_for(request.user, pk), request.user, chosen=request.GET)
        return render(request, "desk/case.html", {"page": page, "next": reverse("desk:case", args=[pk])})


# Where a row of the registry says which cases still need it.
PAGES[ServiceRequest] = "desk:case"

# A mistake that nobody has acted on yet can be taken back: the offer, or the question.
UNDOABLE = (Verb.DISPATCH, Verb.ASK)


class StepPage(StaffPage):
    """POST of one step. Taken: a toast, and on with the list. Refused: the case as it is now, with what was typed."""

    capability = "requests:act"

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        if verb not in STEP_FORMS:
            raise NotFound()
        case = case_for(request.user, pk)
        form = new_form(verb, case, request.user, request.POST, request.FILES)
        try:
            if not form.is_valid():
                workflow.refuse_out_of_turn(case, Verb(verb), by=Staff(request.user))
                return self.show(request, case, form=form, status=422)
            version = take_once(request, form)
        except DomainError as error:
            case = case_for(request.user, pk)
            form.renew(case)
            return self.show(request, case, form=form, error=error, status=error.status)
        self.say(case, verb, version)
        if not request.htmx:
            return redirect(safe_next(request, reverse("desk:case", args=[pk])))
        response = self.show(request, self.after(request, pk))
        return trigger_client_event(response, "cases-changed")

    def say(self, case: ServiceRequest, verb: str, version: int) -> None:
        """A toast that names what happened, with the way back where there is one."""
        undo = reverse("desk:undo", args=[case.pk, version]) if verb in UNDOABLE else ""
        words = _("Done: %(verb)s. %(case)s") % {
            "verb": case.events.filter(version=version).earliest("id").label,
            "case": case,
        }
        messages.success(self.request, words, extra_tags=undo)

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


class FillPage(StepPage):
    """POST puts a template into the text of a step that is not taken yet: only the field for a script, without one
    the page with all that was typed."""

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        case = case_for(request.user, pk)
        if verb not in TEMPLATED_VERBS or verb not in STEP_FORMS:
            raise NotFound()
        form = new_form(verb, case, request.user, begun=begun_with(request.POST.dict(), case, verb))
        if request.htmx:
            return render(request, "desk/filled_text.html", {"field": form["text"]})
        return self.show(request, case, form=form)


class UndoPage(StaffPage):
    """POST takes back a dispatch or a question that was one's own and the last thing that happened."""

    capability = "requests:act"

    def post(self, request: HttpRequest, pk: int, version: int) -> HttpResponse:
        case = case_for(request.user, pk)
        last = case.events.order_by("-id").first() if case.version == version else None
        if last is None or last.user_id != request.user.pk or last.verb not in UNDOABLE:
            raise Conflict(_("Something has happened since: this can no longer be undone."), code="too_late")
        workflow.recall(case, by=Staff(request.user), version=version, text=_("Taken back at once"))
        messages.success(request, _("Taken back: %(case)s") % {"case": case})
        return redirect(safe_next(request, reverse("desk:case", args=[pk])))


class PlaceLookupPage(LookupPage):
    """Proposals for the place of a misplaced case."""

    lookup = PLACES
