"""The first page, and the switch to large type."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal.core.context_processors import ELDER_COOKIE
from portal.core.pages import safe_next
from portal.public import access

A_YEAR = 365 * 86_400


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html", {"held": access.held(request)[:3]})


@require_POST
def elder(request: HttpRequest) -> HttpResponse:
    """适老模式 on or off, remembered by this browser."""
    response = redirect(safe_next(request, reverse("public:home")))
    if request.POST.get("elder") == "1":
        secure = request.is_secure()
        response.set_cookie(ELDER_COOKIE, "1", max_age=A_YEAR, httponly=True, samesite="Lax", secure=secure)
    else:
        response.delete_cookie(ELDER_COOKIE, samesite="Lax")
    return response
