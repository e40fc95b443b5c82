"""/api/v1/public/stations/: where residents find help, without an account."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.geo import to_wgs84
from portal.core.rest import pagination
from portal.core.rest.fields import RegionRef
from portal.core.rest.rows import LabelField
from portal.core.rest.views import ListViewSet
from stations.filters import StationFilter
from stations.hours import opening_status, week
from stations.models import Station
from stations.queries import nearest, walking_minutes
from stations.types import Datum, StationStatus, StationType, Tier

POSITION = frozenset({"lat", "lng", "datum"})


class Entry(serializers.Serializer):
    """An entry of a catalogue: a function, a service item, an amenity."""

    code = serializers.CharField()
    name = serializers.CharField()


class Opening(serializers.Serializer):
    code = serializers.ChoiceField(choices=["open", "closed", "suspended", "unknown"])
    words = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    opens_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class PublicStation(serializers.ModelSerializer):
    tier_label = LabelField(source="tier", choices=Tier.choices)
    station_type_label = LabelField(source="station_type", choices=StationType.choices)
    status_label = LabelField(source="status", choices=StationStatus.choices)
    region = RegionRef()
    functions = Entry(many=True)
    amenities = Entry(many=True)
    opening = serializers.SerializerMethodField()
    distance_m = serializers.SerializerMethodField()
    walking_minutes = serializers.SerializerMethodField()

    class Meta:
        model = Station
        fields: ClassVar = [
            "id", "code", "name", "tier", "tier_label", "station_type", "station_type_label", "status", "status_label",
            "region", "address", "latitude", "longitude", "phone", "open_24h", "has_study_hall", "is_demonstration",
            "functions", "amenities", "opening", "distance_m", "walking_minutes",
        ]  # fmt: skip

    @extend_schema_field(Opening)
    def get_opening(self, station: Station) -> dict[str, Any]:
        return Opening(opening_status(station)).data

    def get_distance_m(self, station: Station) -> int | None:
        distance = getattr(station, "distance_m", None)
        return None if distance is None else round(distance)

    def get_walking_minutes(self, station: Station) -> int | None:
        distance = getattr(station, "distance_m", None)
        return None if distance is None else walking_minutes(distance)


class Day(serializers.Serializer):
    date = serializers.DateField()
    weekday = serializers.CharField()
    words = serializers.CharField()
    reason = serializers.CharField()


class PublicStationDetail(PublicStation):
    service_items = Entry(many=True)
    week = serializers.SerializerMethodField()

    class Meta(PublicStation.Meta):
        fields: ClassVar = [*PublicStation.Meta.fields, "introduction", "brand", "area_m2", "service_items", "week"]

    @extend_schema_field(Day(many=True))
    def get_week(self, station: Station) -> list[dict[str, Any]]:
        return Day(week(station), many=True).data


class PublicStationFilter(StationFilter):
    """Whether a station is planned or closed is not for strangers to ask."""

    status = None


class PublicStationViewSet(mixins.RetrieveModelMixin, ListViewSet):
    """Stations that are open, or closed for a while. With `lat` and `lng`: the nearest ones first, on one page."""

    public = True
    authentication_classes: ClassVar = []
    queryset = Station.objects.public()
    serializer_class = PublicStationDetail
    list_serializer_class = PublicStation
    filterset_class = PublicStationFilter
    lookup_field = "code"
    lookup_value_converter = "str"
    orderings: ClassVar = {"name": "name", "code": "code"}
    default_ordering = "name"
    extra_parameters = POSITION

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("region").defer("search")
        return rows.prefetch_related("functions", "amenities", "service_items", "opening_hours", "special_days")

    @extend_schema(
        parameters=[
            OpenApiParameter("lat", float, description="Latitude; orders by distance."),
            OpenApiParameter("lng", float, description="Longitude."),
            OpenApiParameter("datum", str, enum=Datum.values, description="Of lat and lng; default wgs84."),
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        point = _point(request)
        if point is None:
            return super().list(request, *args, **kwargs)
        rows = nearest(self.filter_queryset(self.get_queryset()), *point)
        found = rows[: pagination.read_limit(request.query_params)]
        return Response({"next": None, "previous": None, "results": self.get_serializer(found, many=True).data})


def _point(request: Request) -> tuple[float, float] | None:
    params = request.query_params
    if not ("lat" in params or "lng" in params):
        return None
    found = []
    for name, limit in (("lat", 90), ("lng", 180)):
        try:
            number = float(params.get(name, ""))
        except ValueError:
            number = float("nan")
        # NaN is not inside of anything.
        if not -limit <= number <= limit:
            raise pagination.bad_parameter(name, _("Give latitude and longitude as decimal degrees."))
        found.append(number)
    datum = params.get("datum", Datum.WGS84)
    if datum not in Datum.values:
        raise pagination.bad_parameter("datum", _("The map datum is not one of WGS-84, CGCS2000, GCJ-02 and BD-09."))
    latitude, longitude = found
    return to_wgs84(latitude, longitude, datum)
