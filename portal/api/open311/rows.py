"""What GeoReport tells of a service and of a released case."""

from datetime import datetime, time
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core.clock import ZONE
from portal.core.rest.rows import ColumnsField
from requests.models import Category, ServiceAttribute
from requests.models.service_requests import format_number
from requests.serializers.listed import day, rough
from requests.types import DONE_STATES

OPEN, CLOSED = "open", "closed"


def service(category: Category, *, has_attributes: bool) -> dict[str, Any]:
    return {
        "service_code": str(category.pk),
        "service_name": category.name,
        "description": category.path,
        "metadata": has_attributes,
        "type": "realtime",
        "keywords": "",
        "group": category.path.split(" / ")[0],
    }


def definition(category: Category, attributes: list[ServiceAttribute]) -> dict[str, Any]:
    return {
        "service_code": str(category.pk),
        "attributes": [
            {
                "variable": True,
                "code": each.code,
                "datatype": each.datatype,
                "required": each.is_required,
                "datatype_description": each.hint or None,
                "order": number,
                "description": each.question,
                "values": [{"key": key, "name": key} for key in each.choices],
            }
            for number, each in enumerate(attributes, 1)
        ],
    }


@extend_schema_field(OpenApiTypes.STR)
class Text(ColumnsField):
    pass


@extend_schema_field(OpenApiTypes.DOUBLE)
class Degrees(ColumnsField):
    pass


def _number(pk: int) -> str:
    return format_number(pk)


def _status(state: str) -> str:
    return CLOSED if state in DONE_STATES else OPEN


def _address(*names: str | None) -> str:
    return "".join(name for name in names if name)


def _first(*values: Any) -> Any:
    return next((value for value in values if value), None)


def _midnight(moment: datetime | None) -> str | None:
    """Of the day alone, as in the public list: the minute would find whoever was seen at the counter."""
    found = day(moment)
    return None if found is None else datetime.combine(found, time(), ZONE).isoformat()


def _last(resolved: datetime | None, listed: datetime | None) -> str | None:
    return _midnight(max(filter(None, (resolved, listed)), default=None))


def _expected(state: str, due: datetime | None) -> str | None:
    return None if state in DONE_STATES else _midnight(due)


class RequestRow(serializers.Serializer):
    """A released case: the public text, roughly where, and who deals with it."""

    service_request_id = Text(columns=("pk",), compute=_number)
    status = Text(columns=("state",), compute=_status)
    status_notes = serializers.CharField(source="listed_outcome")
    service_name = serializers.CharField(source="category.name")
    service_code = Text(columns=("category_id",), compute=lambda pk: None if pk is None else str(pk))
    description = Text(columns=("listed_title", "listed_text"), compute=lambda title, text: f"{title}\n{text}".strip())
    agency_responsible = Text(
        columns=("current_dispatch.organization.name", "handling_region.short_name"), compute=_first
    )
    service_notice = Text(columns=("pk",), compute=lambda _pk: None)
    requested_datetime = Text(columns=("submitted_at",), compute=_midnight)
    updated_datetime = Text(columns=("resolved_at", "listed_at"), compute=_last)
    expected_datetime = Text(columns=("state", "due_at"), compute=_expected)
    address = Text(columns=("district.short_name", "street.short_name", "community.short_name"), compute=_address)
    address_id = Text(columns=("region.code",), compute=lambda code: code)
    zipcode = Text(columns=("pk",), compute=lambda _pk: None)
    lat = Degrees(columns=("latitude",), compute=rough)
    long = Degrees(columns=("longitude",), compute=rough)
    media_url = Text(columns=("pk",), compute=lambda _pk: None)
