"""Personal data: shown to those who work on the case, erased by those who may."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal.core.errors import DomainError, NotFound
from portal.core.pages import StaffPage
from requests import privacy
from requests.cases import case_for
from requests.forms import RevealForm
from requests.models import Requester, ServiceRequest


@method_decorator(never_cache, name="dispatch")
class RevealPage(StaffPage):
    """GET asks for the reason; POST shows the contact data once, and logs it."""

    capability = "requests:reveal"

    def get(self, request: HttpRequest, pk: int, requester: int) -> HttpResponse:
        return self.show(request, self.requester(pk, requester), RevealForm(auto_id="reveal_%s"))

    def post(self, request: HttpRequest, pk: int, requester: int) -> HttpResponse:
        found = self.requester(pk, requester)
        form = RevealForm(request.POST, auto_id="reveal_%s")
        if not form.is_valid():
            return self.show(request, found, form, status=422)
        try:
            personal = privacy.reveal(found, by=request.user, reason=form.reason())
        except DomainError as error:
            if error.code not in ("reason_required", "too_much_shown"):
                raise
            form.add_error("words" if error.code == "reason_required" else None, str(error))
            return self.show(request, found, form, status=429 if error.status == 429 else 422)
        return self.show(request, found, form, personal=personal)

    def requester(self, pk: int, requester: int) -> Requester:
        case = case_for(self.request.user, pk)
        found = next((each for each in case.requesters.all() if each.pk == requester), None)
        if found is None:
            raise NotFound()
        # The case as it was read for this person: with what decides on who may see it.
        found.request = case
        return found

    def show(
        self,
        request: HttpRequest,
        requester: Requester,
        form: RevealForm,
        *,
        personal: privacy.Personal | None = None,
        status: int = 200,
    ) -> HttpResponse:
        template = "desk/reveal_part.html" if request.htmx else "desk/reveal.html"
        context = {"requester": requester, "case": requester.request, "form": form, "personal": personal}
        return render(request, template, context, status=status)


class EraseForm(forms.Form):
    """Destructive: the number of the case is typed, so that it is this case that is meant."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    number = forms.CharField(label=gettext_lazy("Type the number of the case"), max_length=20)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=privacy.MAX_REASON, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: object, case: ServiceRequest, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.case = case

    def clean_number(self) -> str:
        number = self.cleaned_data["number"].strip().upper()
        if number != self.case.number:
            raise forms.ValidationError(_("This is not the number of this case."), code="other_case")
        return number


class ErasePage(StaffPage):
    """Take the personal data out of a case whose purpose has ended."""

    capability = "requests:erase"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        case = case_for(request.user, pk)
        form = EraseForm(case=case, initial={"version": case.version})
        return render(request, "desk/erase.html", {"case": case, "form": form})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        case = case_for(request.user, pk)
        form = EraseForm(request.POST, case=case)
        if form.is_valid():
            try:
                asked = form.cleaned_data
                privacy.erase(case, by=request.user, version=asked["version"], reason=asked["reason"])
            except DomainError as error:
                return self.refuse(request, case_for(request.user, pk), form, error)
            else:
                messages.success(request, _("The personal data of %(number)s is erased.") % {"number": case.number})
                return redirect(reverse("desk:case", args=[pk]))
        return render(request, "desk/erase.html", {"case": case, "form": form}, status=422)

    def refuse(self, request: HttpRequest, case: ServiceRequest, form: EraseForm, error: DomainError) -> HttpResponse:
        """Say why not, and what happened since; who still means it sends it on top of what is known now."""
        form.add_error(None, str(error))
        for each in (error.extra or {}).get("since", ()):
            form.add_error(None, f"{each['by']} {each['label']}")
        form.data = {**form.data.dict(), "version": case.version}
        return render(request, "desk/erase.html", {"case": case, "form": form}, status=error.status)
