"""A page with a form and one verb behind it, and a button with a verb behind it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from portal.core.errors import DomainError, NotFound
from portal.core.registry.forms import ScopedForm
from portal.core.registry.pages import RegistryPage


class VerbForm(RegistryPage):
    """GET asks, POST does it and goes back to where one came from."""

    template_name = "volunteers/verb_form.html"
    form_class: type[ScopedForm]
    heading: Any
    # What follows from it, where that is not plain.
    consequence: Any = ""
    said: Any
    # What stands on the button.
    button: Any = gettext_lazy("Save")
    icon = "check"
    is_grave = False

    def found(self, pk: int) -> Any:
        """The row that it is done to; NotAllowed for those who may only look at it."""
        raise NotImplementedError

    def do(self, row: Any, asked: dict[str, Any]) -> None:
        raise NotImplementedError

    def initial(self, row: Any) -> dict[str, Any]:
        return {}

    def back_to(self, row: Any) -> str:
        return self.subject.detail(row)

    def form(self, row: Any, data: Any = None) -> ScopedForm:
        return self.form_class(data, user=self.request.user, initial=self.initial(row))

    def named(self, row: Any) -> Any:
        """What the page is about, on the way back to it."""
        return getattr(row, "shown_name", "") or row

    def show(self, row: Any, form: ScopedForm, status: int = 200) -> HttpResponse:
        context = self.context(row=row, form=form, page=self, back=self.back_to(row), named=self.named(row))
        return render(self.request, self.template_name, context, status=status)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.found(pk)
        return self.show(row, self.form(row))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.found(pk)
        form = self.form(row, request.POST)
        if not form.is_valid():
            return self.show(row, form, 400)
        try:
            self.do(row, form.cleaned_data)
        except DomainError as error:
            form.take_error(error)
            return self.show(row, form, error.status)
        messages.success(request, self.said)
        return HttpResponseRedirect(self.back_to(row))


class VerbButton(RegistryPage):
    """POST runs a verb that needs no more words; a refusal is told on the page that one comes back to."""

    # Name in the address -> verb, and what is said when it is done.
    VERBS: dict[str, tuple[Callable[..., Any], Any]]

    def found(self, pk: int) -> Any:
        return self.row(pk)

    def back_to(self, row: Any) -> str:
        return self.subject.detail(row)

    def post(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        row = self.found(pk)
        if verb not in self.VERBS:
            raise NotFound()
        do, said = self.VERBS[verb]
        try:
            do(row, by=request.user)
            messages.success(request, said)
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(self.back_to(row))
