"""When a station is open, as people read it and as the database filters by it."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.clock import ZONE
from stations.hours import opening_status, special_days_ahead, week
from stations.models import OpeningHours, SpecialDay, Station
from stations.queries import nearest, open_at, public_points, walking_minutes, with_hours
from stations.types import StationStatus

SUNDAY = dt.date(2026, 11, 22)


def at(clock: str, date: dt.date = SUNDAY) -> dt.datetime:
    return dt.datetime.combine(date, dt.time.fromisoformat(clock), ZONE)


@pytest.fixture
def station(the_north):
    """Open from Monday to Saturday with a lunch break; closed on 24 November, open on a Sunday by exception."""
    station = the_north.station
    for weekday in range(6):
        OpeningHours.objects.create(station=station, weekday=weekday, opens="09:00", closes="12:00")
        OpeningHours.objects.create(station=station, weekday=weekday, opens="14:00", closes="18:00")
    SpecialDay.objects.create(station=station, date=dt.date(2026, 11, 24), reason="设备检修")
    SpecialDay.objects.create(
        station=station, date=dt.date(2026, 12, 6), opens="10:00", closes="12:00", reason="雷锋集市"
    )
    return station


def test_it_works(station):
    status = opening_status(station, at("10:00", dt.date(2026, 11, 23)))
    assert status.is_open
    assert status.words == "现在开放，到 12:00"


@pytest.mark.parametrize(
    ("moment", "opens_at"),
    [
        (at("12:00", dt.date(2026, 11, 23)), at("14:00", dt.date(2026, 11, 23))),  # the lunch break begins at twelve
        (at("20:00", dt.date(2026, 11, 23)), at("09:00", dt.date(2026, 11, 25))),  # Tuesday is a special day
        (at("10:00"), at("09:00", dt.date(2026, 11, 23))),  # Sunday
    ],
)
def test_a_closed_station_says_when_it_opens_next(station, moment, opens_at):
    status = opening_status(station, moment)
    assert (status.code, status.opens_at) == ("closed", opens_at)


def test_a_station_open_24_hours_closes_on_a_special_day_only(station):
    station.open_24h = True
    station.save()
    assert opening_status(station, at("03:00")).all_day
    assert not opening_status(station, at("03:00", dt.date(2026, 11, 24))).is_open


def test_a_suspended_station_is_not_open_whatever_its_hours(station):
    station.status = StationStatus.SUSPENDED
    assert opening_status(station, at("10:00", dt.date(2026, 11, 23))).code == "suspended"


def test_a_station_without_hours_says_that_they_are_not_known(the_south):
    assert opening_status(the_south.station, at("10:00")).code == "unknown"


def test_the_week_shows_special_days_in_their_place(station):
    days = week(station, SUNDAY)
    assert [day.words for day in days][:3] == ["休息", "09:00–12:00，14:00–18:00", "休息"]
    assert days[0].is_today
    assert days[2].reason == "设备检修"
    assert [day.date for day in special_days_ahead(station, SUNDAY)] == [dt.date(2026, 12, 6)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    day=st.dates(dt.date(2026, 11, 20), dt.date(2026, 12, 10)),
    time=st.one_of(st.times(), st.sampled_from([dt.time(9), dt.time(12), dt.time(14), dt.time(18)])),
    all_day=st.booleans(),
)
def test_the_filter_agrees_with_what_the_page_says(station, day, time, all_day):
    Station.objects.filter(pk=station.pk).update(open_24h=all_day)
    moment = dt.datetime.combine(day, time, ZONE)
    station = Station.objects.get(pk=station.pk)
    assert open_at(Station.objects.all(), moment).contains(station) == opening_status(station, moment).is_open


def test_the_nearest_station_comes_first_with_its_distance(the_north, the_south):
    found = list(nearest(Station.objects.public(), 22.600, 113.88))
    assert [each.name for each in found] == ["南小站", "北小站"]
    assert found[1].distance_m == pytest.approx(1112, abs=2)
    assert walking_minutes(found[1].distance_m) == 18


def test_hours_of_many_stations_cost_two_queries(station, the_south, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert len([opening_status(each) for each in with_hours(Station.objects.all())]) == 2


def test_points_for_the_map_say_what_is_open(station, the_south, django_assert_num_queries):
    with django_assert_num_queries(1):
        points = public_points(Station.objects.public(), at("10:00", dt.date(2026, 11, 23)))
    assert {point["name"]: point["is_open"] for point in points} == {"北小站": True, "南小站": False}
