"""Views that belong to no subject: health of the process, and the pages for errors that no view answers."""

import functools
import inspect
import sys
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.core import stores
from portal.core.database_down import is_outage, outage_response
from portal.core.errors import NotFound
from portal.core.middleware import MEMBERSHIP_SESSION_KEY
from portal.core.plain_errors import plain_error


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers. Says nothing about the database: restarting the process would not mend that."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can serve: the database answers and has the tables that this code expects.

    A file store that does not answer is told with status 200: all but photos works, and no other process has it better.
    """
    try:
        missing = _expected_migrations() - set(MigrationRecorder(connection).applied_migrations())
    except Error:
        return JsonResponse({"status": "database unavailable"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    if missing:
        return JsonResponse({"status": "migrations pending"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"status": "ok" if stores.answers() else "files unavailable"})


@functools.cache
def _expected_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app; read from the files once, since they change with the process only."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


# Django's own pages, without the decorator that looks for the token of a form: a body that could not be read would fail
# a second time there, and a 400 or a 404 would come out as a 500. The middleware has seen to the cookie already.
bad_request = inspect.unwrap(defaults.bad_request)
permission_denied = inspect.unwrap(defaults.permission_denied)
page_not_found = inspect.unwrap(defaults.page_not_found)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: below /api/ an address that does not exist is told in the API's shape, elsewhere as a page."""
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    message = _("There is nothing here.")
    return plain_error(request, status=HTTPStatus.NOT_FOUND, code="not_found", title=message, message=message)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: an outage met outside of a view is a 503; anything else is our fault, told plainly."""
    if is_outage(sys.exc_info()[1]):
        return outage_response(request)
    return plain_error(
        request,
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="server_error",
        title=_("Something went wrong"),
        message=_("The fault is on our side. What you entered has not been saved; please try again."),
    )


@login_required
@require_POST
def switch_membership(request: HttpRequest) -> HttpResponse:
    """Work in one of one's own roles from now on, or (empty) in all of them together.

    Leads to the queue: the page one came from may not be open to the other role.
    """
    chosen = request.POST.get("membership", "")
    if chosen:
        mine = request.user.memberships.filter(is_active=True)
        membership = mine.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 18 else None
        if membership is None:
            raise NotFound
        request.session[MEMBERSHIP_SESSION_KEY] = membership.pk
    else:
        request.session.pop(MEMBERSHIP_SESSION_KEY, None)
    return redirect(settings.LOGIN_REDIRECT_URL)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: cookies are off, or the page is older than the sign-in."""
    return plain_error(
        request,
        status=HTTPStatus.FORBIDDEN,
        code="csrf_failed",
        title=_("The form could not be sent"),
        message=_("This page was open for too long, or cookies are off. Go back, reload and send again."),
    )
