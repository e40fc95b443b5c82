"""What every page for staff shares: signed in, allowed, and its rows from the scope of whoever looks."""

from typing import Any, TypeVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from django_htmx.http import HttpResponseClientRedirect

from portal.core.errors import NotAllowed, NotFound
from portal.core.scope import ScopedQuerySet

Row = TypeVar("Row", bound=Model)


class StaffPage(LoginRequiredMixin, View):
    """A page of the desk. `capability` is what its reader must be able to do (`portal.core.permissions`)."""

    capability: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if not request.user.scope.grants:
            raise NotAllowed(_("Your account has no role yet. Please ask your administrator."), code="no_role")
        if not request.user.scope.can(self.capability):
            raise NotAllowed()
        return super().dispatch(request, *args, **kwargs)

    def handle_no_permission(self) -> HttpResponse:
        response = super().handle_no_permission()
        # A part of a page that is fetched after the session ended must not show the sign-in form in its place.
        return HttpResponseClientRedirect(response.url) if self.request.htmx else response

    def one_of(self, rows: ScopedQuerySet, **lookup: Any) -> Any:
        """The one row that the person may see; somebody else's row is simply not found."""
        found = rows.for_user(self.request.user).filter(**lookup).first()
        if found is None:
            raise NotFound()
        return found


def safe_next(request: HttpRequest, default: str) -> str:
    """Where the form wants to go on, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # A path: any other word would be taken for the name of a view.
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours else default


def sent(request: HttpRequest) -> str:
    """What a form sent, without the token that differs each time: the body that an idempotency key stands for."""
    fields = request.POST.copy()
    fields.pop("csrfmiddlewaretoken", None)
    return fields.urlencode()
