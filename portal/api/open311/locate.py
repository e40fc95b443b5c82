"""In which community a matter lies that comes with a point or an address alone."""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Length

from portal.core.models import Level, Region
from stations.models import Station
from stations.queries import nearest

# Further than this from any station a point is not in a place that we serve.
FAR_M = 5_000


def region_at(latitude: float, longitude: float) -> Region | None:
    """The community (or street) of the nearest station; the dispatcher puts right what lies just beyond a border."""
    stations = Station.objects.public().filter(region__level__in=[Level.COMMUNITY, Level.STREET])
    found = nearest(stations.select_related("region"), latitude, longitude).first()
    return found.region if found is not None and found.distance_m <= FAR_M else None


def region_named(address: str) -> Region | None:
    """The community whose name stands in the address, or the street. None when several places bear the name."""
    named = Region.objects.current().annotate(address=Value(address, models.TextField()))
    named = named.filter(Q(address__contains=F("name")) | Q(address__contains=F("short_name")), short_name__gt="")
    for level in (Level.COMMUNITY, Level.STREET):
        found = list(named.filter(level=level).select_related("parent").order_by(Length("short_name").desc())[:20])
        within = [each for each in found if each.parent.short_name in address] or found
        if len(within) == 1:
            return within[0]
    return None
