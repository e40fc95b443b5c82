"""From where somebody sets out: the home community or, where nobody knows its point, the last station of a duty."""

from django.db import models
from django.db.models import Value

from portal.core.geo import Point, distance_expression
from volunteers.models import Assignment, Volunteer


def point_of(volunteer: Volunteer) -> Point | None:
    home = volunteer.home_region
    if home.latitude is not None and home.longitude is not None:
        return home.latitude, home.longitude
    held = Assignment.objects.holding().filter(volunteer=volunteer, shift__station__latitude__isnull=False)
    places = held.order_by("-shift__starts_at").values_list("shift__station__latitude", "shift__station__longitude")
    return places.first()


def distance_from(volunteer: Volunteer, *, latitude: str, longitude: str) -> models.Expression:
    """Metres to each row's point; empty where one of the two is not known."""
    point = point_of(volunteer)
    if point is None:
        return Value(None, models.FloatField())
    return distance_expression(*point, latitude=latitude, longitude=longitude)
