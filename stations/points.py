"""A point as it is entered, in the datum of the map that it was read from, and as it is stored: WGS-84.

Whether it can be right is asked once, by the models' `clean()` (`portal.core.bounds`); forms, API and import all go
through it.
"""

from typing import Any

from portal.core.geo import from_wgs84, to_wgs84

# About a decimetre: what a map shows.
SHOWN_DIGITS = 6


def entered_to_stored(latitude: float | None, longitude: float | None, datum: str) -> tuple[Any, Any]:
    """The point to store; half a point stays half, for the model to refuse."""
    if latitude is None or longitude is None:
        return latitude, longitude
    return to_wgs84(latitude, longitude, datum)


def stored_to_entered(latitude: float | None, longitude: float | None, datum: str) -> tuple[Any, Any]:
    """The point as it was once entered, to show it in a form beside its datum."""
    if latitude is None or longitude is None:
        return latitude, longitude
    lat, lng = from_wgs84(latitude, longitude, datum)
    return round(lat, SHOWN_DIGITS), round(lng, SHOWN_DIGITS)
