"""The site: administrators only, signed in where everybody signs in, with the content policy that its theme needs."""

from collections.abc import Callable
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from portal.core.errors import NotAllowed

CAPABILITY = "reference:write"
# The theme's Alpine evaluates expressions and its templates hold small scripts and styles (docs/decisions/0050).
POLICY = {"script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


def is_administrator(request: HttpRequest) -> bool:
    """Asks the capability, not `is_staff`: a membership that ends closes this door too."""
    return request.user.is_active and request.user.is_authenticated and request.user.scope.can(CAPABILITY)


class ReferenceSite(UnfoldAdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The portal's own sign-in counts failures and asks for the second factor; a second door would not."""
        if request.user.is_authenticated:
            if not self.has_permission(request):
                raise NotAllowed()
            return HttpResponseRedirect(reverse("admin:index"))
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return csp_update(POLICY)(super().admin_view(view, cacheable))
