"""A case as everybody reads it: the released text, roughly where, and what came of it."""

from datetime import date, datetime

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core.rest.fields import RegionRef, TextOf, first_of
from portal.core.rest.rows import ColumnsField
from requests.serializers.rows import NumberField
from requests.types import listed_status
from stations.serializers import StationRef

# Three decimal places are about 100 metres: a place in the street, not a door.
PLACES = 3


def rough(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, PLACES)


def day(moment: datetime | None) -> date | None:
    """The day alone: the minute would find whoever was seen at the counter."""
    return None if moment is None else timezone.localdate(moment)


@extend_schema_field(OpenApiTypes.DATE)
class DayOf(ColumnsField):
    """The local day of a moment."""


@extend_schema_field(OpenApiTypes.DOUBLE)
class RoughOf(ColumnsField):
    """A coordinate, rounded."""


def label_of(state: str) -> str:
    return str(listed_status(state).label)


class ListedRow(serializers.Serializer):
    number = NumberField(source="pk")
    title = serializers.CharField(source="listed_title")
    text = serializers.CharField(source="listed_text")
    outcome = serializers.CharField(source="listed_outcome", help_text="What came of it, as far as it is known.")
    status = TextOf(columns=("state",), compute=listed_status)
    status_label = TextOf(columns=("state",), compute=label_of)
    category = TextOf(columns=("category.top.name", "category.name"), compute=first_of)
    street = RegionRef(allow_null=True)
    community = RegionRef(allow_null=True)
    station = StationRef(allow_null=True)
    asked_on = DayOf(columns=("submitted_at",), compute=day)
    done_on = DayOf(columns=("resolved_at",), compute=day)
    latitude = RoughOf(columns=("latitude",), compute=rough)
    longitude = RoughOf(columns=("longitude",), compute=rough)
