"""Who acts, and how a broken rule is answered."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.core.errors import DomainError, NotAllowed, NotFound
from portal.core.history import acting_as

GetResponse = Callable[[HttpRequest], HttpResponse]

MEMBERSHIP_SESSION_KEY = "membership"
SECOND_FACTOR_SESSION_KEY = "second-factor"


class ActorMiddleware:
    """Tell the history who is signed in, and the scope in which of their memberships they work now."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        user.active_membership_id = request.session.get(MEMBERSHIP_SESSION_KEY)
        with acting_as(user.pk):
            return self.get_response(request)


class StartPasswordMiddleware:
    """Send whoever signed in with a start password to choose their own, before they may do anything else."""

    allowed = ("/accounts/password/change/", "/accounts/logout/", "/static/", "/language/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated or not user.must_change_password or request.path.startswith(self.allowed):
            return self.get_response(request)
        message = _("Please choose a password of your own first: the start password works for this alone.")
        if request.path.startswith("/api/"):
            return JsonResponse(NotAllowed(message, code="password_change_required").as_body(), status=403)
        messages.info(request, message)
        return redirect("account_change_password")


class SecondFactorMiddleware:
    """Send an account whose role asks for a second factor to set one up, before it may do anything else.

    Whoever has one is asked for it by the sign-in itself. The session remembers that it was looked up.
    """

    allowed = ("/accounts/", "/static/", "/language/")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.MFA_REQUIRED_ROLES and request.user.is_authenticated and self._is_missing(request):
            message = _("Your role needs a second factor. Please set it up first.")
            if request.path.startswith("/api/"):
                return JsonResponse(NotAllowed(message, code="second_factor_missing").as_body(), status=403)
            messages.info(request, message)
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _is_missing(self, request: HttpRequest) -> bool:
        if request.session.get(SECOND_FACTOR_SESSION_KEY) or request.path.startswith(self.allowed):
            return False
        if not any(grant.role in settings.MFA_REQUIRED_ROLES for grant in request.user.scope.all_grants):
            return False
        if is_mfa_enabled(request.user):
            request.session[SECOND_FACTOR_SESSION_KEY] = True
            return False
        return True


class DomainErrorMiddleware:
    """A page whose verb was refused shows the same sentence that the API would answer, with the same status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        if isinstance(exception, NotFound) and request.method in ("GET", "HEAD"):
            # Nobody was about to change anything: what is not mine to see is not there, as an unknown address is not.
            return render(request, "404.html", {"error": exception}, status=exception.status)
        return render(request, "errors/domain.html", {"error": exception}, status=exception.status)
