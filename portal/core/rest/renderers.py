import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JSONRenderer(BaseRenderer):
    """JSON by orjson: moments as UTC with Z, decimals as numbers, lazy translations as text."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=_plain, option=orjson.OPT_UTC_Z)
        except orjson.JSONEncodeError:
            # Half a character, or a number of a hundred digits, that a caller sent and an error quotes.
            return json.dumps(data, default=_plain_too).encode()


class Negotiation(DefaultContentNegotiation):
    """`?format=` counts for more than the Accept header, which many clients send unasked. One that an address does
    not know is told as what it is; DRF would say that nothing is here.
    """

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        if asked := request.query_params.get(self.settings.URL_FORMAT_OVERRIDE):
            renderer = self.filter_renderers(renderers, asked)[0]
            return renderer, renderer.media_type
        return super().select_renderer(request, renderers, format_suffix)

    def filter_renderers(self, renderers: list[BaseRenderer], format: str) -> list[BaseRenderer]:  # noqa: A002
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            raise NotAcceptable
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _plain_too(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else _plain(value)
