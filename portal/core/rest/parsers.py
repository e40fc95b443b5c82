"""How bodies of the API are read."""

from json import JSONDecodeError
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from portal.core.errors import DomainError


class JSONParser(parsers.JSONParser):
    """JSON, of which ten thousand brackets within each other are a bad message and not a fault of ours."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise DomainError("malformed", _("This JSON is nested too deeply.")) from error
        except ParseError as error:
            # DRF says what is wrong in the English of Python's parser; the place is what a caller needs.
            raise DomainError("malformed", _not_json(error.__context__)) from error


def _not_json(reason: BaseException | None) -> str:
    if isinstance(reason, JSONDecodeError):
        place = {"line": reason.lineno, "column": reason.colno}
        return _("This is not valid JSON: see line %(line)d, character %(column)d.") % place
    return _("This is not valid JSON.")
