"""A lost tracking code: whoever proves to hold the phone sees again what was asked with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.core import crypto
from portal.core.codes_login import send_code
from portal.core.errors import DomainError
from portal.core.notifications.kinds import LOST_CODE
from portal.core.throttling import client_ip
from portal.public import access
from portal.public.forms.sign_in import CodeForm
from portal.public.forms.track import LostCodeForm
from requests.tracking import held_by_phone

# The phone whose code is waited for.
PHONE = "lost-code-phone"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """With which phone was it asked? A code is sent to it; the answer is the same for every phone."""
    form = LostCodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, "phone", form, status=422 if form.is_bound else 200)
    try:
        send_code(phone=form.cleaned_data["phone"], address=client_ip(request), kind=LOST_CODE.name)
    except DomainError as error:
        form.add_error("phone", str(error))
        return _page(request, "phone", form, status=error.status)
    # Sessions lie in the database, where no phone stands in the clear.
    request.session[PHONE] = crypto.encrypt(form.cleaned_data["phone"])
    return redirect("public:lost_code_check")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """The code from the SMS; then this device holds the requests of the phone."""
    sealed = request.session.get(PHONE)
    if not sealed:
        return redirect("public:lost_code")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, "code", form, status=422 if form.is_bound else 200)
    try:
        found = held_by_phone(
            phone=crypto.decrypt(sealed), code=form.cleaned_data["code"], address=client_ip(request)
        )  # fmt: skip
    except DomainError as error:
        form.add_error("code", str(error))
        return _page(request, "code", form, status=error.status)
    del request.session[PHONE]
    for requester in reversed(found):
        access.grant(request, requester)
    if not found:
        messages.info(request, _("Nothing has been asked with this phone number."))
    else:
        words = ngettext("%(count)d request found.", "%(count)d requests found.", len(found))
        messages.success(request, words % {"count": len(found)})
    return redirect("public:track")


def _page(request: HttpRequest, step: str, form: Any, *, status: int = 200) -> HttpResponse:
    return render(request, "public/lost_code.html", {"step": step, "form": form}, status=status)
