"""Signing up as a volunteer: what it is, one short page, and what happens next."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import run_once
from portal.core.throttling import client_ip, hit
from portal.public.forms.volunteer import SignUpForm
from volunteers import register
from volunteers.models import Volunteer

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
        request.session[SESSION_KEY] = _apply(request, form)
    except DomainError as error:
        form.refuse(error)
        return _page(request, form, error.status)
    return redirect("public:volunteer_done")


@require_safe
def place(request: HttpRequest) -> HttpResponse:
    """The selects of the home community as far as they are chosen, for htmx."""
    chosen = {name: request.GET.get(name) for name in ("district", "street", "community")}
    return render(request, "public/volunteer_place.html", {"form": SignUpForm(initial=chosen)})


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The number, and what happens next; for the browser that signed up."""
    volunteer = Volunteer.objects.filter(pk=request.session.get(SESSION_KEY)).select_related("home_region").first()
    if volunteer is None:
        raise NotFound()
    return render(request, "public/volunteer_done.html", {"volunteer": volunteer})


def _apply(request: HttpRequest, form: SignUpForm) -> int:
    hit("volunteer-sign-up", client_ip(request), **SIGN_UPS)
    if form.is_trapped:
        raise DomainError("refused", _("This could not be taken in. Please call the station instead."))

    def do() -> tuple[int, dict[str, Any]]:
        return 201, {"volunteer": register.apply(**form.application()).pk}

    body = json.dumps({name: str(value) for name, value in form.cleaned_data.items()})
    _status, answer = run_once(
        sender="volunteer-form", address=request.path, key=form.cleaned_data["idempotency_key"], body=body, do=do
    )
    return answer["volunteer"]


def _page(request: HttpRequest, form: SignUpForm, status: int = 200) -> HttpResponse:
    return render(request, "public/volunteer_form.html", {"form": form}, status=status)
