"""/api/v1/code-tables/: what the codes of this API mean, and what became of regions that were abolished."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.models import Estate, Level, Organization, Post, Region
from portal.core.permissions import Role
from portal.core.rest.views import Base
from requests.types import Channel, Kind, RatingCode, State, TimeLimit
from stations.models import Affiliate, Amenity, FunctionRecommendation, ServiceItem, StationFunction
from stations.types import BuildMode, Datum, PremisesSource, StationClass, StationStatus, StationType, Tier

CHOICES: dict[str, type[models.Choices]] = {
    "affiliate-kinds": Affiliate.Kind,
    "build-modes": BuildMode,
    "datums": Datum,
    "estate-kinds": Estate.Kind,
    "estate-marks": Estate.Mark,
    "organization-kinds": Organization.Kind,
    "post-kinds": Post.Kind,
    "premises-sources": PremisesSource,
    "ratings": RatingCode,
    "region-levels": Level,
    "request-channels": Channel,
    "request-kinds": Kind,
    "request-states": State,
    "roles": Role,
    "service-item-groups": ServiceItem.Group,
    "station-classes": StationClass,
    "station-statuses": StationStatus,
    "station-types": StationType,
    "tiers": Tier,
    "time-limits": TimeLimit,
}
CATALOGUES: dict[str, type[models.Model]] = {
    "amenities": Amenity,
    "functions": StationFunction,
    "service-items": ServiceItem,
}
Entries = Iterable[dict[str, Any]]


class CodeEntry(serializers.Serializer):
    """One code. `leads_to` is for a crosswalk: the code that took its place."""

    code = serializers.CharField()
    label = serializers.CharField()
    group = serializers.CharField(required=False)
    is_active = serializers.BooleanField(required=False)
    leads_to = serializers.CharField(required=False, allow_null=True)
    on = serializers.DateField(required=False, allow_null=True)


class CodeTable(serializers.Serializer):
    name = serializers.CharField()
    entries = CodeEntry(many=True)


def _of_choices(choices: type[models.Choices]) -> Entries:
    return [{"code": str(code), "label": str(label)} for code, label in choices.choices]


def _of_catalogue(model: type[models.Model]) -> Entries:
    columns = ["code", "name", "is_active"] + (["group"] if model is ServiceItem else [])
    rows = model._default_manager.values(*columns)
    return [{"label": row.pop("name"), **row} for row in rows]


def _recommendations(request: Request) -> Entries:
    """The functions that each type of station should offer: `group` is the type."""
    rows = FunctionRecommendation.objects.values_list("station_type", "function__code", "function__name")
    return [{"code": code, "label": name, "group": kind} for kind, code, name in rows]


def _abolished_regions(request: Request) -> Entries:
    """Regions that are no more: into which one they were merged (nothing if into none), and when."""
    rows = Region.objects.for_user(request.user).filter(valid_to__isnull=False)
    columns = ("code", "name", "merged_into__code", "valid_to")
    return [
        {"code": code, "label": name, "leads_to": into, "on": on} for code, name, into, on in rows.values_list(*columns)
    ]


SPECIAL: dict[str, Callable[[Request], Entries]] = {
    "recommended-functions": _recommendations,
    "region-crosswalk": _abolished_regions,
}


class CodeTablesView(Base):
    """The names of all code tables."""

    capability = "regions:read"

    @extend_schema(
        operation_id="code_tables_list",
        responses={200: {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}},
    )
    def get(self, request: Request) -> Response:
        here = request.build_absolute_uri(request.path)
        return Response({name: f"{here}{name}/" for name in sorted({*CHOICES, *CATALOGUES, *SPECIAL})})


class CodeTableView(Base):
    """One code table, whole: they are short. `region-crosswalk` tells what became of abolished regions."""

    capability = "regions:read"

    @extend_schema(responses=CodeTable)
    def get(self, request: Request, name: str) -> Response:
        if name in CHOICES:
            entries = _of_choices(CHOICES[name])
        elif name in CATALOGUES:
            entries = _of_catalogue(CATALOGUES[name])
        elif name in SPECIAL:
            entries = SPECIAL[name](request)
        else:
            raise NotFound()
        return Response({"name": name, "entries": list(entries)})
