"""What the keeper of a station may change of it, and what only those who run its region may."""

from typing import Any

from stations.models import Station

# Daily matters. Where a station stands, what it counts as and whether it is open at all are decided above it; a day on
# which it stays shut is a special day.
DAILY_FIELDS = ("introduction", "phone", "amenities", "service_items")


def runs(user: Any, station: Station) -> bool:
    """Whether `user` may change everything about `station`, not only its daily fields."""
    if station.pk is None:
        return user.scope.can("stations:create")
    return Station.objects.editable_by(user, "stations:create").filter(pk=station.pk).exists()
