"""What people see while the database is away: a plain sentence and status 503, never a traceback."""

from collections.abc import Callable
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from portal.core.plain_errors import plain_error

# SQLSTATE classes that pass by themselves: connection, resources, operator's intervention, system error.
PASSING_CLASSES = ("08", "53", "57", "58")
# Two transactions in each other's way: the second try succeeds.
PASSING_CODES = ("40001", "40P01", "55P03")
RETRY_AFTER_SECONDS = 10


def is_outage(error: BaseException | None) -> bool:
    """Whether the database failed us, and not a statement of ours."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    code = getattr(error.__cause__, "pgcode", None)
    # The driver gives no code at all when there is no server to give one.
    return code is None or code.startswith(PASSING_CLASSES) or code in PASSING_CODES


def outage_response(request: HttpRequest) -> HttpResponse:
    """The 503 answer; touches no table."""
    message = _("The system cannot reach its data at the moment. Please try again in a few minutes.")
    if request.method == "POST":
        # The browser keeps a form that it comes back to.
        message += _(" Nothing has been saved yet. Go back with your browser: what you typed is still there.")
    response = plain_error(
        request,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        code="database_unavailable",
        title=_("Back in a moment"),
        message=message,
    )
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


class DatabaseDownMiddleware:
    """Answers for views that lose the database. What middleware loses comes to `views.server_error`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return outage_response(request) if is_outage(exception) else None
