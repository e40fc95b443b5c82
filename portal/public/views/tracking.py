"""The way to the code page: type the code, or let the QR code fill it in.

A code never stands in an address: the QR code carries it behind the "#", which browsers keep to themselves, and the
page sends it on with POST (docs/decisions/0020-tracking-code.md).
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.core.errors import DomainError
from portal.core.throttling import client_ip
from portal.public import access
from portal.public.access import CodeNeeded
from portal.public.forms.track import TrackForm
from requests import throttles
from requests.tracking import holder_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    form = TrackForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        try:
            throttles.count_look_up(address=client_ip(request))
            if form.is_valid():
                requester = holder_of(form.cleaned_data["code"])
                access.grant(request, requester)
                return redirect("public:case", number=requester.request.number)
            status = 422
        except DomainError as error:
            form.add_error("code", str(error))
            status = error.status
    return render(request, "public/track.html", {"form": form, "held": access.held(request)}, status=status)


def ask_for_code(request: HttpRequest, error: CodeNeeded) -> HttpResponse:
    """In place of a case whose code is not held here. What was typed for it is given back, to be copied."""
    typed = request.POST.get("text") or request.POST.get("comment")
    context = {"form": TrackForm(), "held": access.held(request), "needed": error, "lost_words": typed}
    return render(request, "public/track.html", context, status=error.status)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the codes that were typed here: for a computer that others use too."""
    access.forget(request)
    return redirect("public:track")
