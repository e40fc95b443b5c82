"""Who acts, and how a broken rule is answered."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.core.errors import DomainError
from portal.core.history import acting_as

GetResponse = Callable[[HttpRequest], HttpResponse]

MEMBERSHIP_SESSION_KEY = "membership"


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


class DomainErrorMiddleware:
    """A page whose verb was refused shows the same sentence that the API would answer, with the same status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        return render(request, "errors/domain.html", {"error": exception}, status=exception.status)
