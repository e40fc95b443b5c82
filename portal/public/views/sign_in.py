"""Signing in as a volunteer: a phone, the code that it received and, where a family shares a phone, who it is."""

import time
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.core import crypto
from portal.core.codes_login import send_code
from portal.core.errors import DomainError
from portal.core.pages import safe_next
from portal.core.throttling import client_ip
from portal.public.forms.sign_in import CodeForm, PhoneForm
from volunteers import signing_in
from volunteers.guards import OWN
from volunteers.models import Volunteer

# The phone whose code is waited for; where to go then; the entries of a phone that has been proven.
PHONE, NEXT, PROVEN = "sign-in-phone", "sign-in-next", "sign-in-proven"
TO_CHOOSE = 600  # seconds


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Which phone? A code is sent to it; the answer is the same for every phone."""
    if request.method != "POST":
        if request.user.is_authenticated and request.user.scope.can(OWN):
            return redirect(safe_next(request, "") or "own:shifts")
        if target := safe_next(request, ""):
            request.session[NEXT] = target
        return _page(request, "phone", PhoneForm())
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _page(request, "phone", form, status=422)
    try:
        send_code(phone=form.cleaned_data["phone"], address=client_ip(request))
    except DomainError as error:
        form.add_error("phone", str(error))
        return _page(request, "phone", form, status=error.status)
    # Sessions lie in the database, where no phone stands in the clear.
    request.session[PHONE] = crypto.encrypt(form.cleaned_data["phone"])
    return redirect("public:volunteer_code")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The code. Whoever is alone with the phone is signed in; a family chooses."""
    sealed = request.session.get(PHONE)
    if not sealed:
        return redirect("public:volunteer_sign_in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, "code", form, status=422 if form.is_bound else 200)
    try:
        entries = signing_in.entries_of_phone(
            phone=crypto.decrypt(sealed), code=form.cleaned_data["code"], address=client_ip(request)
        )  # fmt: skip
        if len(entries) == 1:
            return _enter(request, entries[0])
    except signing_in.NotRegistered as error:
        return _page(request, "unknown", None, status=error.status, error=error)
    except DomainError as error:
        form.add_error("code", str(error))
        return _page(request, "code", form, status=error.status)
    request.session[PROVEN] = {"entries": [entry.pk for entry in entries], "until": time.time() + TO_CHOOSE}
    return redirect("public:volunteer_who")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def who(request: HttpRequest) -> HttpResponse:
    """Several people have this phone: which one is it?"""
    proven = request.session.get(PROVEN, {})
    known = proven["entries"] if proven and time.time() < proven["until"] else []
    entries = list(Volunteer.objects.filter(pk__in=known).select_related("person").defer("search"))
    if not entries:
        return redirect("public:volunteer_sign_in")
    chosen = next((entry for entry in entries if str(entry.pk) == request.POST.get("entry")), None)
    try:
        if chosen is not None:
            return _enter(request, chosen)
    except DomainError as error:
        return _page(request, "who", None, status=error.status, entries=entries, error=error)
    return _page(request, "who", None, entries=entries)


def _enter(request: HttpRequest, entry: Volunteer) -> HttpResponse:
    account = signing_in.account_of(entry)
    target = request.session.get(NEXT)
    for name in (PHONE, NEXT, PROVEN):
        request.session.pop(name, None)
    login(request, account)
    return redirect(target or "own:me")


def _page(request: HttpRequest, step: str, form: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    titles = {
        "phone": _("Sign in as a volunteer"), "code": _("Enter the code"), "who": _("Who are you?"),
        "unknown": _("Sign in as a volunteer"),
    }  # fmt: skip
    context = {"step": step, "form": form, "title": titles[step], "target": request.session.get(NEXT, ""), **more}
    return render(request, "public/volunteer_sign_in.html", context, status=status)
