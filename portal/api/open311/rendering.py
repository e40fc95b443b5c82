"""The two formats of GeoReport: JSON, and XML of the same values."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse

JSON, XML = "json", "xml"
TYPES = {JSON: "application/json; charset=utf-8", XML: "text/xml; charset=utf-8"}
# What the members of a list are called in XML.
SINGULAR = {
    "services": "service", "service_requests": "request", "attributes": "attribute", "values": "value",
    "errors": "error", "endpoints": "endpoint", "formats": "format",
}  # fmt: skip


def render(root: str, value: Any, *, form: str, status: int = 200) -> HttpResponse:
    """`value` (a list or mapping) as GeoReport's format; in JSON the root has no name."""
    if form == JSON:
        body = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    else:
        body = '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(_element(root, value), encoding="unicode")
    return HttpResponse(body, content_type=TYPES[form], status=status)


def _element(name: str, value: Any) -> Element:
    element = Element(name)
    _fill(element, name, value)
    return element


def _fill(element: Element, name: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            _fill(SubElement(element, key), key, each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            _fill(SubElement(element, SINGULAR[name]), SINGULAR[name], each)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _printable(str(value))


def _printable(text: str) -> str:
    """XML 1.0 has no place for most control characters; what people typed may hold some."""
    return "".join(letter for letter in text if letter in "\t\n\r" or letter >= " ")
