"""Signing up as a volunteer: what it is, one short page, and what happens next."""

import json
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.core import crypto
from portal.core.codes_login import send_code
from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import run_once
from portal.core.throttling import client_ip, hit
from portal.public.forms.volunteer import SignUpForm
from portal.public.views import sign_in
from volunteers import register

# What the browser that signed up is told: the same whether or not the phone had an entry.
SESSION_KEY = "signed_up"
# One address may be a whole school's; whoever tries numbers to learn who is on the register needs more.
SIGN_UPS = {"limit": 60, "seconds": 3600}


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What a volunteer does here, and what it takes."""
    return render(request, "public/volunteer.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        initial = {"community": request.GET.get("community") or request.session.get("place")}
        return _page(request, SignUpForm(initial=initial))
    form = SignUpForm(request.POST)
    if "refresh" in request.POST:
        # The step without JavaScript: the next select is filled, what was typed stays, nothing is judged yet.
        return _page(request, form.unjudged())
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        _apply(request, form)
    except DomainError as error:
        form.refuse(error)
        return _page(request, form, error.status)
    request.session[SESSION_KEY] = {**form.told(), "has_code": _send_code(request, form.cleaned_data["phone"])}
    return redirect("public:volunteer_done")


@require_safe
def place(request: HttpRequest) -> HttpResponse:
    """The selects of the home community as far as they are chosen, for htmx."""
    chosen = {name: request.GET.get(name) for name in ("district", "street", "community")}
    return render(request, "public/volunteer_place.html", {"form": SignUpForm(initial=chosen)})


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """What happens next; for the browser that signed up."""
    told = request.session.get(SESSION_KEY)
    if not isinstance(told, dict):
        raise NotFound()
    return render(request, "public/volunteer_done.html", told)


def _apply(request: HttpRequest, form: SignUpForm) -> None:
    hit("volunteer-sign-up", client_ip(request), **SIGN_UPS)
    if form.is_trapped:
        raise DomainError("refused", _("This could not be taken in. Please call the station instead."))

    def do() -> tuple[int, dict[str, Any]]:
        # Whoever has an entry signs in with the code that goes to every phone from here.
        with suppress(register.AlreadyRegistered):
            register.apply(**form.application())
        return 201, {}

    body = json.dumps({name: str(value) for name, value in form.cleaned_data.items()})
    run_once(sender="volunteer-form", address=request.path, key=form.cleaned_data["idempotency_key"], body=body, do=do)


def _send_code(request: HttpRequest, phone: str) -> bool:
    """Whether the page of the code has something to ask for; what a phone cannot receive is no fault of the sign-up."""
    request.session[sign_in.PHONE] = crypto.encrypt(phone)
    try:
        send_code(phone=phone, address=client_ip(request))
    except DomainError as error:
        # Sent a moment ago: that one still counts.
        return error.code == "throttled"
    return True


def _page(request: HttpRequest, form: SignUpForm, status: int = 200) -> HttpResponse:
    return render(request, "public/volunteer_form.html", {"form": form}, status=status)
