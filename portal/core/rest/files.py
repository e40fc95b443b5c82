"""Addresses that answer with a file as well as with JSON: `?format=csv`, or by the Accept header."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.copy_export import XLSX, csv_response, xlsx_response
from portal.core.errors import NotAllowed
from portal.core.rest.pagination import refuse_unknown
from portal.core.rest.renderers import JSONRenderer
from portal.core.rest.views import Base
from portal.core.scope import Scope
from portal.core.sheets import CsvStream

CSV = "text/csv"


class FileRenderer(BaseRenderer):
    """Takes part in choosing the format; the file itself is a streamed answer that needs no renderer."""

    charset = None

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        raise NotImplementedError


class CsvRenderer(FileRenderer):
    media_type, format = CSV, "csv"


class XlsxRenderer(FileRenderer):
    media_type, format = XLSX, "xlsx"


_FORMAT = OpenApiParameter("format", str, enum=["json", "csv", "xlsx"], description="Or by the Accept header.")


def described(serializer: Any, *parameters: OpenApiParameter, operation_id: str | None = None) -> Any:
    """The schema of an address that also answers with files."""
    answers_with: dict[Any, Any] = {(200, "application/json"): serializer}
    answers_with |= {(200, kind): OpenApiTypes.BINARY for kind in (CSV, XLSX)}
    return extend_schema(operation_id=operation_id, parameters=[_FORMAT, *parameters], responses=answers_with)


class FileView(Base):
    """JSON for those who have the `capability`; a file for those among them who have `file_capability`, too."""

    file_capability: ClassVar[str]
    renderer_classes: ClassVar = [JSONRenderer, CsvRenderer, XlsxRenderer]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.wants_file and not self.may_take(request.user.scope):
            raise NotAllowed(
                _("Your role may read this, but not take it away as a file."), code="missing_permission",
                extra={"permission": self.file_capability},
            )  # fmt: skip

    def may_take(self, scope: Scope) -> bool:
        return scope.can(self.file_capability)

    def handle_exception(self, error: Exception) -> Response:
        # A refusal is JSON whatever was asked for.
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(error)

    @property
    def wants_file(self) -> bool:
        return isinstance(self.request.accepted_renderer, FileRenderer)

    @property
    def wants_csv(self) -> bool:
        return isinstance(self.request.accepted_renderer, CsvRenderer)

    def params_for(self, *known: Iterable[str]) -> Any:
        """The parameters of the query string, of which each must be known: a misspelt one would change the figures."""
        params = self.request.query_params
        refuse_unknown(params, {"format"}.union(*known))
        return params

    def file(self, header: Sequence[Any], lines: Iterable[Any], name: str) -> HttpResponseBase:
        if self.wants_csv:
            return csv_response(CsvStream(header, lines), f"{name}.csv")
        return xlsx_response(header, lines, f"{name}.xlsx")
