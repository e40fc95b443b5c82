"""Points on the ground: the datums of Chinese maps, distances, and points that cannot be right.

Devices and 天地图 give WGS-84 (CGCS2000 differs by centimetres), 高德 and 腾讯 GCJ-02, 百度 BD-09. The two
latter are the former shifted by tens to hundreds of metres; every point is stored as WGS-84. The formulas are
those that everybody uses: nobody published the official ones, and these agree with the maps to about a metre.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError

Point = tuple[float, float]

EARTH_RADIUS_M = 6_371_008.8
# The ellipsoid of the shift (Krasovsky 1940).
_AXIS = 6_378_245.0
_ECCENTRICITY = 0.006_693_421_622_965_943
_BAIDU = math.pi * 3000 / 180


@dataclass(frozen=True)
class Bounds:
    """The box around a region, with a margin that its maker chose."""

    south: float
    west: float
    north: float
    east: float

    def contains(self, lat: float, lng: float) -> bool:
        return self.south <= lat <= self.north and self.west <= lng <= self.east


CHINA = Bounds(south=0.8293, west=72.004, north=55.8271, east=137.8347)


def to_wgs84(lat: float, lng: float, datum: str) -> Point:
    """A point of a datum (wgs84, cgcs2000, gcj02, bd09) as WGS-84, to seven decimals (a centimetre)."""
    match datum:
        case "wgs84" | "cgcs2000":
            point = lat, lng
        case "gcj02":
            point = _gcj02_to_wgs84(lat, lng)
        case "bd09":
            point = _gcj02_to_wgs84(*_bd09_to_gcj02(lat, lng))
        case _:
            raise DomainError("bad_datum", _("The map datum is not one of WGS-84, CGCS2000, GCJ-02 and BD-09."))
    return round(point[0], 7), round(point[1], 7)


def from_wgs84(lat: float, lng: float, datum: str) -> Point:
    """A stored point in the datum of the map that is to show it."""
    match datum:
        case "wgs84" | "cgcs2000":
            return lat, lng
        case "gcj02":
            return _wgs84_to_gcj02(lat, lng)
        case "bd09":
            return _gcj02_to_bd09(*_wgs84_to_gcj02(lat, lng))
        case _:
            raise DomainError("bad_datum", _("The map datum is not one of WGS-84, CGCS2000, GCJ-02 and BD-09."))


def check_point(lat: float, lng: float, bounds: Bounds) -> None:
    """Refuse a point outside the bounds; where latitude and longitude were swapped, offer the swap.

    `extra["swap"]` then holds the point as it was probably meant.
    """
    if bounds.contains(lat, lng):
        return
    if bounds.contains(lng, lat):
        message = _("Latitude and longitude seem swapped. Did you mean latitude %(lat)s, longitude %(lng)s?")
        raise DomainError(
            "point_swapped",
            message % {"lat": lng, "lng": lat},
            extra={"swap": {"latitude": lng, "longitude": lat}},
        )
    raise DomainError("point_outside", _("This point lies outside the district. Please check the coordinates."))


def distance_m(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Metres as the crow flies (haversine)."""
    one, other = math.radians(lat), math.radians(other_lat)
    across = (
        math.sin((other - one) / 2) ** 2
        + math.cos(one) * math.cos(other) * math.sin(math.radians(other_lng - lng) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(across)))


def distance_expression(
    lat: float, lng: float, *, latitude: str = "latitude", longitude: str = "longitude"
) -> models.Expression:
    """`distance_m` from a point to each row's columns, as an expression of the database."""
    one, other = math.radians(lat), Radians(F(latitude))
    across = Power(Sin((other - Value(one)) / Value(2.0)), 2) + Value(math.cos(one)) * Cos(other) * Power(
        Sin(Radians(F(longitude) - Value(lng)) / Value(2.0)), 2
    )
    metres: Any = Value(2 * EARTH_RADIUS_M) * ASin(Least(Value(1.0), Sqrt(across)))
    return models.ExpressionWrapper(metres, output_field=models.FloatField())


def feature(latitude: float, longitude: float, **properties: Any) -> dict[str, Any]:
    """One point in GeoJSON, for `static/js/map.js`, which says what properties it reads."""
    geometry = {"type": "Point", "coordinates": [longitude, latitude]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def feature_collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _wgs84_to_gcj02(lat: float, lng: float) -> Point:
    if not CHINA.contains(lat, lng):
        return lat, lng
    x, y = lng - 105.0, lat - 35.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + _waves(x)
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + _waves(x)
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    radians = math.radians(lat)
    magic = 1 - _ECCENTRICITY * math.sin(radians) ** 2
    root = math.sqrt(magic)
    north = math.degrees(north * magic * root / (_AXIS * (1 - _ECCENTRICITY)))
    east = math.degrees(east * root / (_AXIS * math.cos(radians)))
    return lat + north, lng + east


def _waves(x: float) -> float:
    return (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0


def _gcj02_to_wgs84(lat: float, lng: float) -> Point:
    # The shift has no inverse in closed form; it changes so slowly that a few steps reach the millimetre.
    guess = lat, lng
    for _step in range(5):
        shifted = _wgs84_to_gcj02(*guess)
        guess = guess[0] + lat - shifted[0], guess[1] + lng - shifted[1]
    return guess


def _gcj02_to_bd09(lat: float, lng: float) -> Point:
    length = math.hypot(lng, lat) + 0.00002 * math.sin(lat * _BAIDU)
    angle = math.atan2(lat, lng) + 0.000003 * math.cos(lng * _BAIDU)
    return length * math.sin(angle) + 0.006, length * math.cos(angle) + 0.0065


def _bd09_to_gcj02(lat: float, lng: float) -> Point:
    y, x = lat - 0.006, lng - 0.0065
    length = math.hypot(x, y) - 0.00002 * math.sin(y * _BAIDU)
    angle = math.atan2(y, x) - 0.000003 * math.cos(x * _BAIDU)
    return length * math.sin(angle), length * math.cos(angle)
