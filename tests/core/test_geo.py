import math

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models import FloatField, Value
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import DomainError
from portal.core.geo import (
    Bounds,
    check_point,
    distance_expression,
    distance_m,
    from_wgs84,
    to_wgs84,
)

DISTRICT = Bounds(south=22.48, west=113.7, north=22.87, east=114.0)
latitudes, longitudes = st.floats(18.5, 53), st.floats(74, 134)


def test_it_works():
    assert to_wgs84(22.555, 113.884, "wgs84") == (22.555, 113.884)
    shift = distance_m(*to_wgs84(22.555, 113.884, "gcj02"), 22.555, 113.884)
    assert 300 < shift < 700


@pytest.mark.parametrize(
    ("datum", "shown"),
    # The published example of the formula: 天安门.
    [("gcj02", (39.909_66, 116.403_69)), ("bd09", (39.915_98, 116.410_07))],
)
def test_a_known_point_is_where_the_maps_show_it(datum, shown):
    point = (39.908_26, 116.397_45)
    assert distance_m(*from_wgs84(*point, datum), *shown) < 10
    assert distance_m(*to_wgs84(*shown, datum), *point) < 10


@given(lat=latitudes, lng=longitudes, datum=st.sampled_from(["wgs84", "cgcs2000", "gcj02", "bd09"]))
def test_there_and_back_is_the_same_point(lat, lng, datum):
    assert distance_m(*to_wgs84(*from_wgs84(lat, lng, datum), datum), lat, lng) < 1


def test_abroad_nothing_is_shifted():
    assert from_wgs84(48.0, 11.0, "gcj02") == (48.0, 11.0)


def test_an_unknown_datum_is_refused():
    for convert in (to_wgs84, from_wgs84):
        with pytest.raises(DomainError) as caught:
            convert(22.5, 113.8, "mars")
        assert caught.value.code == "bad_datum"


def test_a_swapped_point_is_told_with_the_swap():
    check_point(22.555, 113.884, DISTRICT)
    with pytest.raises(DomainError) as caught:
        check_point(113.884, 22.555, DISTRICT)
    assert caught.value.code == "point_swapped"
    assert caught.value.extra == {"swap": {"latitude": 22.555, "longitude": 113.884}}
    assert "22.555" in str(caught.value)


@pytest.mark.parametrize("point", [(0, 0), (39.9, 116.4), (math.nan, 113.8), (22.5, math.inf), (-22.555, 113.884)])
def test_a_point_outside_is_refused(point):
    with pytest.raises(DomainError) as caught:
        check_point(*point, DISTRICT)
    assert caught.value.code == "point_outside"


def test_a_degree_of_latitude_is_111_km():
    assert distance_m(22, 114, 23, 114) == pytest.approx(111_195, abs=1)
    assert distance_m(22, 114, 22, 114) == 0
    assert distance_m(0, 0, 0, 180) == pytest.approx(math.pi * 6_371_008.8)


@pytest.mark.django_db
@pytest.mark.parametrize("other", [(22.555, 113.884), (22.7, 113.9), (31.8, 117.2), (-22.555, -66.116)])
def test_the_database_measures_alike(other):
    # Any table will do: the columns are annotated.
    [metres] = ContentType.objects.annotate(
        latitude=Value(other[0], output_field=FloatField()),
        longitude=Value(other[1], output_field=FloatField()),
    ).values_list(distance_expression(22.555, 113.884), flat=True)[:1]
    assert metres == pytest.approx(distance_m(22.555, 113.884, *other), abs=0.01)
