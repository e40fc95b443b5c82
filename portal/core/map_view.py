"""Where a map looks before there is a point on it."""

from typing import Any

from portal.core.models import Level, Region
from portal.core.models.regions import RegionQuerySet

ZOOM = {Level.CITY: 10, Level.DISTRICT: 11, Level.STREET: 13, Level.COMMUNITY: 15, Level.GRID: 16}


def around(region: Region | None) -> dict[str, Any]:
    """The middle of a region for `partials/map.html`, and how near; nothing where there is none."""
    if region is None or region.latitude is None:
        return {}
    lat, lng = str(region.latitude), str(region.longitude)
    return {"center": f"{lat},{lng}", "lat": lat, "lng": lng, "zoom": ZOOM.get(region.level, 12)}


def largest(regions: RegionQuerySet) -> Region | None:
    """The largest of these regions that has a position."""
    return regions.exclude(latitude=None).order_by("path").first()


def smallest_on(path: str) -> Region | None:
    """The smallest region on a path that has a position."""
    return Region.objects.ancestors_of(path).exclude(latitude=None).order_by("-depth").first()
