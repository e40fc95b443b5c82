"""The one error shape of the portal.

A rule that is broken raises one `DomainError`. A page shows its message, the API answers with the same
sentence beside a stable code and the right status, an import puts it next to the row number.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Fields = Mapping[str, list[str]]


class DomainError(Exception):
    """A rule of the domain that an input or an action breaks.

    `code` is for programs and never changes; `message` is for people and is translated when it is shown.
    `fields` names what is wrong where; `extra` carries what a caller needs to go on (the verbs that are
    allowed, a proposed correction) and is laid beside the code in the API's answer.
    """

    def __init__(
        self,
        code: str,
        message: str | Promise,
        *,
        status: int = 400,
        fields: Fields | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
        self.extra = extra

    def __str__(self) -> str:
        return str(self.message)

    def as_body(self) -> dict[str, Any]:
        """The body of the API's answer."""
        fields = {name: [str(line) for line in lines] for name, lines in (self.fields or {}).items()}
        # `extra` comes first: it can add to the shape, never replace a part of it.
        return {"error": {**(self.extra or {}), "code": self.code, "message": str(self.message), "fields": fields}}


class NotAllowed(DomainError):
    """The person may see the row, but may not do this."""

    def __init__(self, message: str | Promise | None = None, *, code: str = "not_allowed", **kwargs: Any) -> None:
        super().__init__(code, message or _("You may not do this."), status=403, **kwargs)


class NotFound(DomainError):
    """No such row, or somebody else's: the answer is the same, so that nobody learns that a row exists."""

    def __init__(self, message: str | Promise | None = None, *, code: str = "not_found", **kwargs: Any) -> None:
        super().__init__(code, message or _("There is nothing here."), status=404, **kwargs)


class Conflict(DomainError):
    """The row is no longer as the caller saw it, or its state does not allow this step."""

    def __init__(self, message: str | Promise | None = None, *, code: str = "conflict", **kwargs: Any) -> None:
        message = message or _("Somebody has changed this in the meantime.")
        super().__init__(code, message, status=409, **kwargs)


@contextmanager
def telling(allowed: Callable[[], Iterable[str]]) -> Iterator[None]:
    """A refusal of what is done inside says what may be done instead. `allowed` is asked only then."""
    try:
        yield
    except DomainError as error:
        if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT) and "allowed" not in (error.extra or {}):
            error.extra = {**(error.extra or {}), "allowed": list(allowed())}
        raise


def from_validation_error(error: ValidationError) -> DomainError:
    """Put what a form, a serializer or a model's `clean()` refused into the one shape.

    The message is the first sentence that a person should read; `fields` holds all of them. What belongs to
    no field is listed under "non_field_errors", as forms and serializers do.
    """
    if hasattr(error, "error_dict"):
        fields = {
            "non_field_errors" if name == NON_FIELD_ERRORS else name: [str(line) for line in lines]
            for name, lines in error.message_dict.items()
        }
    else:
        fields = {"non_field_errors": [str(line) for line in error.messages]}
    lines = [line for name in sorted(fields, key=lambda name: name != "non_field_errors") for line in fields[name]]
    return DomainError("invalid", lines[0] if lines else _("Please check what you entered."), fields=fields)


def read_form(form: forms.Form) -> dict[str, Any]:
    """What a form was asked, or a `DomainError` that names the parameters at fault."""
    if form.is_valid():
        return form.cleaned_data
    fields = {name: [str(line) for line in lines] for name, lines in form.errors.items()}
    raise DomainError("invalid", next(iter(fields.values()))[0], fields=fields)
