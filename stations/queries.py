"""How stations are found: by what is nearest, what is open now, and what residents ask for."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.geo import distance_expression
from stations.models import OpeningHours, SpecialDay, Station

# 15-minute circles: a straight line is 1.3 times as long on foot, at 4.8 km/h.
DETOUR = 1.3
METRES_PER_MINUTE = 80.0


def nearest(queryset: QuerySet[Station], lat: float, lng: float) -> QuerySet[Station]:
    """Stations with a point, nearest first, with `distance_m`: metres in a straight line from (lat, lng) in WGS-84."""
    return (
        queryset.filter(latitude__isnull=False)
        .annotate(distance_m=distance_expression(lat, lng))
        .order_by("distance_m", "pk")
    )


def walking_minutes(distance_m: float) -> int:
    return max(1, round(distance_m * DETOUR / METRES_PER_MINUTE))


def open_at(queryset: QuerySet[Station], at: dt.datetime | None = None) -> QuerySet[Station]:
    """Stations that are open at `at`: the rule of `stations.hours.opening_status` in SQL."""
    local = (at or timezone.now()).astimezone(ZONE)
    time = local.time()
    special = SpecialDay.objects.filter(station=OuterRef("pk"), date=local.date())
    regular = OpeningHours.objects.filter(
        station=OuterRef("pk"), weekday=local.weekday(), opens__lte=time, closes__gt=time
    )
    return queryset.open().filter(
        Exists(special.filter(opens__lte=time, closes__gt=time))
        | (~Exists(special) & (Q(open_24h=True) | Exists(regular)))
    )


def with_hours(queryset: QuerySet[Station]) -> QuerySet[Station]:
    """For pages that say of each station whether it is open: two more queries, however many stations."""
    return queryset.prefetch_related("opening_hours", "special_days")


def public_points(
    queryset: QuerySet[Station], at: dt.datetime | None = None, *, limit: int | None = None
) -> list[dict[str, Any]]:
    """What a map needs of the (first) stations that have a point, in one query."""
    rows = (
        queryset.filter(latitude__isnull=False)
        .annotate(is_open=Exists(open_at(Station.objects.filter(pk=OuterRef("pk")), at)))
        .values("pk", "name", "address", "latitude", "longitude", "tier", "station_type", "open_24h", "is_open")
    )
    return list(rows[:limit])
