"""Duty counts for the district that its station lies in, also after the station was given another region."""

import pytest

from portal.core.models import Role
from stations.models import Station
from tests.conftest import make_user
from tests.registry.test_pages import as_posted
from volunteers import places
from volunteers.models import Assignment, DutyShift


@pytest.fixture
def boss(db):
    return make_user("boss", Role.ADMINISTRATOR)


@pytest.fixture
def place(make_shift, enrol, north):
    return places.assign(make_shift(), volunteer=enrol(), by=north)


def districts(model) -> set[str]:
    return set(model.objects.values_list("district__code", flat=True))


def test_a_station_that_is_moved_at_the_desk_takes_its_duty_along(
    browser, boss, place, make_shift, the_north, the_south
):
    elsewhere = make_shift(station=the_south.station, district=the_south.district)
    here = f"/desk/stations/{the_north.station.pk}/edit/"
    sent = as_posted(browser(boss).get(here)) | {"region": f"南社区 {the_south.community.code}"}
    answer = browser(boss).post(here, sent)
    assert answer.status_code == 302, answer.context["form"].errors
    assert districts(DutyShift) == districts(Assignment) == {the_south.district.code}
    elsewhere.refresh_from_db()
    assert elsewhere.district == the_south.district


def test_in_the_api_too(api, boss, place, the_north, the_south):
    answer = api(boss).patch(
        f"/api/v1/stations/{the_north.station.pk}/", {"region": the_south.community.code}, format="json"
    )
    assert answer.status_code == 200, answer.json()
    assert districts(DutyShift) == districts(Assignment) == {the_south.district.code}


def test_duty_of_other_stations_and_other_changes_touch_nothing(
    place, the_north, the_south, django_assert_num_queries
):  # fmt: skip
    Station.objects.get(pk=the_south.station.pk).save()
    assert districts(DutyShift) == {the_north.district.code}
    station = Station.objects.get(pk=the_north.station.pk)
    station.name = "新名"
    with django_assert_num_queries(3):  # the savepoint around it counts as two
        station.save(update_fields=["name"])


def test_a_stale_copy_that_puts_a_station_back_is_noticed(place, the_north, the_south):
    stale = Station.objects.get(pk=the_north.station.pk)
    moved = Station.objects.get(pk=the_north.station.pk)
    moved.region = the_south.community
    moved.save()
    assert districts(Assignment) == {the_south.district.code}
    stale.save()
    assert districts(DutyShift) == districts(Assignment) == {the_north.district.code}


def test_a_station_of_the_city_counts_for_the_city(place, city, the_north):
    the_north.station.region = city
    the_north.station.save()
    assert districts(DutyShift) == {city.code}
