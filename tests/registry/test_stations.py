"""The station's own page: hours, points, functions, and what a keeper may change."""

import pytest

from stations.models import FunctionRecommendation, OpeningHours, SpecialDay, Station, StationFunction
from tests.registry.conftest import region_text
from tests.registry.test_pages import as_posted, payload


@pytest.fixture
def edit(page, north, the_north):
    """`edit(**changes)`: north opens the form of her station, changes something, and saves."""

    def post(_by=None, **changes):
        browser, path = page(_by or north), f"/desk/stations/{the_north.station.pk}/edit/"
        data = as_posted(browser.get(path))
        return browser.post(path, {name: value for name, value in (data | changes).items() if value is not None})

    return post


@pytest.mark.smoke
def test_it_works(edit, the_north):
    week = {
        "week-0_0_opens": "09:00",
        "week-0_0_closes": "12:00",
        "week-0_1_opens": "14:00",
        "week-0_1_closes": "18:00",
    }
    special = {"special-TOTAL_FORMS": "1", "special-0-date": "2099-01-01", "special-0-reason": "元旦"}
    answer = edit(brand="北极星", **week, **special)
    assert answer.status_code == 302, answer.context["form"].errors
    the_north.station.refresh_from_db()
    assert the_north.station.brand == "北极星"
    assert [str(hours) for hours in the_north.station.opening_hours.all()] == [
        "星期一 09:00–12:00", "星期一 14:00–18:00",
    ]  # fmt: skip
    assert SpecialDay.objects.get().opens is None


def test_hours_that_make_no_sense_are_refused_by_their_day(edit, the_north):
    for opens, closes in (("09:00", None), ("12:00", "09:00")):
        answer = edit(**{"week-2_0_opens": opens, "week-2_0_closes": closes})
        assert answer.status_code == 400
        summary = answer.content.decode().split('role="alert"')[1].split("</ul>")[0]
        assert "请填写开门和关门两个时间" in summary
        assert summary.count("星期三") == 1
    both = {
        "week-2_0_opens": "09:00",
        "week-2_0_closes": "12:00",
        "week-2_1_opens": "11:00",
        "week-2_1_closes": "13:00",
    }
    assert "09:00–12:00、11:00–13:00 有重叠" in edit(**both).content.decode()
    assert not OpeningHours.objects.exists()


def test_swapped_coordinates_are_told_and_turned_back_by_one_button(edit, the_north):
    answer = edit(latitude="113.9", longitude="22.6")
    assert answer.status_code == 400
    assert "对调并保存" in answer.content.decode()
    assert edit(latitude="113.9", longitude="22.6", swap="1").status_code == 302
    the_north.station.refresh_from_db()
    assert (the_north.station.latitude, the_north.station.longitude) == (22.6, 113.9)


def test_a_point_outside_of_the_district_is_refused(edit, the_north):
    answer = edit(latitude="39.9", longitude="116.4")
    assert answer.status_code == 400
    assert "对调并保存" not in answer.content.decode()
    the_north.station.refresh_from_db()
    assert the_north.station.latitude < 23


def test_a_point_of_another_datum_is_stored_as_wgs84_once(edit, the_north):
    assert edit(latitude="22.6", longitude="113.9", datum="gcj02").status_code == 302
    the_north.station.refresh_from_db()
    stored = the_north.station.latitude, the_north.station.longitude
    assert stored != (22.6, 113.9)
    assert the_north.station.datum == "gcj02"
    # The form shows what was entered; saving it again moves nothing.
    assert edit(brand="北极星").status_code == 302
    the_north.station.refresh_from_db()
    assert (the_north.station.latitude, the_north.station.longitude) == stored


def test_half_a_point_is_refused(edit):
    assert "同时" in edit(latitude="22.6", longitude=None).content.decode()


def test_a_centre_has_no_station_type(edit):
    answer = edit(tier="community_centre")
    assert answer.status_code == 400
    assert "中心" in answer.content.decode()


def test_functions_are_proposed_by_type(page, north, the_north, northern):
    talks = StationFunction.objects.create(code="talks", name="居民议事")
    lectures = StationFunction.objects.create(code="lectures", name="人才培训")
    FunctionRecommendation.objects.create(station_type="estate", function=talks)
    FunctionRecommendation.objects.create(station_type="office_building", function=lectures)
    browser = page(north)
    assert browser.get("/desk/stations/new/").context["form"]["functions"].value() == [talks.pk]
    data = payload("stations", the_north, northern) | {"station_type": "office_building", "propose": "1"}
    answer = browser.post("/desk/stations/new/", data)
    assert answer.status_code == 200
    assert answer.context["form"]["functions"].value() == [str(lectures.pk)]
    assert 'value="新小站"' in answer.content.decode()
    missing = browser.get(f"/desk/stations/{the_north.station.pk}/").context["missing_functions"]
    assert missing == [talks]


def test_a_keeper_edits_daily_fields_of_their_own_station_alone(edit, page, keeper, the_north, the_south):
    browser = page(keeper)
    shown = browser.get(f"/desk/stations/{the_north.station.pk}/edit/").context["form"]
    assert set(shown.fields) == {"introduction", "phone", "service_items", "amenities"}
    sneaked = {"tier": "street_centre", "status": "closed", "region": region_text(the_south.community), "name": "x"}
    answer = edit(keeper, phone="0755-20000000", **{"week-5_0_opens": "09:00", "week-5_0_closes": "12:00"}, **sneaked)
    assert answer.status_code == 302, answer.context["form"].errors
    the_north.station.refresh_from_db()
    assert the_north.station.phone == "0755-20000000"
    assert the_north.station.opening_hours.count() == 1
    assert (the_north.station.tier, the_north.station.status) == ("station", "open")
    assert (the_north.station.region, the_north.station.name) == (the_north.community, "北小站")
    assert browser.get(f"/desk/stations/{the_south.station.pk}/edit/").status_code == 404
    assert browser.get("/desk/stations/new/").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=北小", True), ("q=南", False), ("q=S6", True), ("status=open", True), ("status=closed", False),
        ("station_type=estate&station_type=school", True), ("tier=street_centre", False), ("open_24h=true", False),
        ("region=440306", True), ("region=北街道+440306001", True), ("has_point=true", True),
        ("has_point=false", False),
    ],
)  # fmt: skip
def test_filters_include_and_exclude(query, found, page, north, the_north):
    answer = page(north).get(f"/desk/stations/?{query}")
    assert answer.status_code == 200
    assert bool(answer.context["lines"]) is found


def test_a_pledge_is_ticked_and_the_tick_taken_back(page, north, helper, south, northern):
    pledge = northern.agreements.pledges.get()
    path = f"/desk/agreements/{northern.agreements.pk}/pledges/{pledge.pk}/"
    assert page(south).post(path).status_code in (403, 404)
    assert page(helper).post(path).status_code == 403
    for ticked in (True, False):
        assert page(north).post(path).status_code == 302
        pledge.refresh_from_db()
        assert (pledge.fulfilled_on is not None) is ticked


def test_a_station_stands_on_a_map_among_its_neighbours(page, north, the_north, the_south):
    Station.objects.update(latitude=22.55, longitude=113.88)
    answer = page(north).get(f"/desk/stations/{the_north.station.pk}/")
    names = [feature["properties"]["name"] for feature in answer.context["points"]["features"]]
    assert names[-1] == the_north.station.name
    assert the_south.station.name not in names
    assert 'data-points="#points"' in answer.content.decode()
