"""Every refusal of the API in the one shape: {"error": {"code", "message", "fields"}}."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound, from_validation_error

# DRF's own sentences have no Chinese of ours; these have.
SENTENCES: dict[type[exceptions.APIException], tuple[str, str | Promise]] = {
    exceptions.ParseError: ("malformed", gettext_lazy("What was sent cannot be read.")),
    exceptions.NotAuthenticated: ("not_authenticated", gettext_lazy("Please sign in, or send a token.")),
    exceptions.AuthenticationFailed: (
        "bad_token",
        gettext_lazy("This token is not valid: it may have been revoked or may have expired."),
    ),
    exceptions.PermissionDenied: ("not_allowed", gettext_lazy("You may not do this.")),
    exceptions.NotFound: ("not_found", gettext_lazy("There is nothing here.")),
    exceptions.MethodNotAllowed: ("method_not_allowed", gettext_lazy("This address does not know that method.")),
    exceptions.NotAcceptable: ("not_acceptable", gettext_lazy("This address cannot answer in the format asked for.")),
    exceptions.UnsupportedMediaType: (
        "unsupported_media_type",
        gettext_lazy("This address does not read that kind of content."),
    ),
    exceptions.Throttled: ("throttled", gettext_lazy("Too many attempts. Please wait a while and try again.")),
}


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook. What it does not know (a fault of ours, a lost database) goes on to the middleware."""
    refusal = as_domain_error(error)
    if refusal is None:
        return None
    set_rollback()
    response = Response(refusal.as_body(), status=refusal.status)
    retry_after = (refusal.extra or {}).get("retry_after") or getattr(error, "wait", None)
    if retry_after:
        response["Retry-After"] = str(int(retry_after))
    if challenge := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    return response


def as_domain_error(error: Exception) -> DomainError | None:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return NotAllowed()
    if isinstance(error, exceptions.ValidationError):
        return invalid(dict(_lines_by_field(error.detail)))
    if isinstance(error, ValidationError):
        return from_validation_error(error)
    if isinstance(error, exceptions.APIException):
        code, message = next(
            (SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES), ("error", str(error.detail))
        )
        return DomainError(code, message, status=error.status_code)
    if isinstance(error, IntegrityError):
        # What the serializer cannot see: two callers made the same row at the same moment.
        return Conflict(_("Such a row exists already, or another one still needs it."), code="integrity")
    if isinstance(error, DataError):
        return DomainError("invalid", _("A value is outside of what can be stored."))
    return None


def invalid(fields: dict[str, list[str]]) -> DomainError:
    """Several fields at once; the first line is the message."""
    first = next(iter(sorted(fields, key=lambda name: name != "non_field_errors")), None)
    message = fields[first][0] if first == "non_field_errors" else _("Please check what you entered.")
    return DomainError("invalid", message, fields=fields)


def _lines_by_field(detail: Any, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """A nested detail as flat names: items.0.name."""
    if isinstance(detail, Mapping):
        for name, below in detail.items():
            yield from _lines_by_field(below, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(detail, list) and any(isinstance(line, Mapping | list) for line in detail):
        for index, below in enumerate(detail):
            if below:
                yield from _lines_by_field(below, f"{prefix}.{index}" if prefix else str(index))
    else:
        lines = detail if isinstance(detail, list) else [detail]
        yield prefix or "non_field_errors", [_ours(str(line)) for line in lines]


def _ours(line: str) -> str:
    # The one sentence that the framework does not give to be translated.
    return _("Nothing was sent.") if line == "No data provided" else line
