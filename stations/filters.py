"""The one FilterSet of stations, for pages, API and export."""

import django_filters
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.chinese import search
from portal.core.filtering import ChoicesFilter, FilterSet, IdFilter, SubtreeFilter
from stations.models import Station
from stations.models.stations import StationQuerySet
from stations.queries import open_at
from stations.types import BuildMode, StationClass, StationStatus, StationType, Tier

SEARCH_FIELDS = ("name", "address", "brand")


class StationFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words"), method="by_words", max_length=200)
    region = SubtreeFilter(field_name="region", label=_("region"))
    tier = ChoicesFilter(label=_("tier"), choices=Tier.choices)
    station_type = ChoicesFilter(label=_("station type"), choices=StationType.choices)
    station_class = ChoicesFilter(label=_("class"), choices=StationClass.choices)
    status = ChoicesFilter(label=_("status"), choices=StationStatus.choices)
    build_mode = ChoicesFilter(label=_("build mode"), choices=BuildMode.choices)
    open_24h = django_filters.BooleanFilter(label=_("open 24 hours"))
    open_now = django_filters.BooleanFilter(label=_("open now"), method="by_open_now")
    is_demonstration = django_filters.BooleanFilter(label=_("demonstration station"))
    function = IdFilter(field_name="functions", label=_("function"))
    service_item = IdFilter(field_name="service_items", label=_("service item"))
    amenity = IdFilter(field_name="amenities", label=_("amenity"))
    organization = IdFilter(field_name="organization_id", label=_("run by"))
    estate = IdFilter(field_name="estate_id", label=_("estate"))

    class Meta:
        model = Station
        fields: list[str] = []

    def by_words(self, rows: StationQuerySet, name: str, value: str) -> models.QuerySet:
        return search(rows, value, "search", SEARCH_FIELDS)

    def by_open_now(self, rows: StationQuerySet, name: str, value: bool) -> models.QuerySet:
        now_open = open_at(rows)
        return now_open if value else rows.exclude(pk__in=now_open.values("pk"))
