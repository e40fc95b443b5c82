"""How a resident finds a station, without scripts."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stations.models import Amenity, OpeningHours, ServiceItem, SpecialDay, Station, StationFunction
from stations.types import StationStatus, Tier
from tests.public.test_asking import text_of


@pytest.fixture
def station(the_north):
    station = the_north.station
    station.address, station.phone, station.introduction = "北街 1 号", "0755-20000001", "家门口的小站。"
    station.save()
    station.functions.add(StationFunction.objects.create(code="meeting", name="居民议事"))
    station.amenities.add(Amenity.objects.create(code="water", name="热水", icon="mug"))
    item = ServiceItem.objects.create(code="card", name="老年优待证", group=ServiceItem.Group.GOVERNMENT)
    station.service_items.add(item)
    return station


def names(page: str) -> list[str]:
    return [name for name in ("北小站", "南小站") if f">{name}</a>" in page]


def test_it_works(client, station, the_south):
    page = text_of(client.get("/stations/?lat=22.610&lng=113.880"))
    assert page.index("北小站") < page.index("南小站")
    assert "米，步行约" in page


def test_a_street_or_a_community_can_be_chosen_instead(client, station, the_north, the_south):
    assert names(text_of(client.get(f"/stations/?district={the_south.district.pk}"))) == ["南小站"]
    assert names(text_of(client.get(f"/stations/?community={the_north.community.pk}"))) == ["北小站"]
    assert "北街道" in text_of(client.get(f"/stations/place/?district={the_north.district.pk}"))


@pytest.mark.parametrize("query", ["q=北", "q=北街 1 号", "function={function}", "amenity={amenity}", "open_24h=on"])
def test_each_filter_finds_and_leaves_out(client, station, the_south, query):
    Station.objects.filter(pk=station.pk).update(open_24h=True)
    query = query.format(function=station.functions.get().pk, amenity=station.amenities.get().pk)
    assert names(text_of(client.get(f"/stations/?{query}"))) == ["北小站"]


def test_what_is_open_now_can_be_asked_for(client, station, the_south):
    for weekday in range(7):
        OpeningHours.objects.create(station=station, weekday=weekday, opens="00:00", closes="23:59:59")
    assert names(text_of(client.get("/stations/?open_now=on"))) == ["北小站"]


def test_stations_that_are_not_open_to_people_yet_are_not_shown(client, station):
    Station.objects.filter(pk=station.pk).update(status=StationStatus.PLANNED)
    assert names(text_of(client.get("/stations/"))) == []
    for address in ("", "poster/"):
        assert client.get(f"/stations/{station.pk}/{address}").status_code == 404


def test_the_first_screen_of_a_station_answers_five_questions(client, station):
    page = text_of(client.get(f"/stations/{station.pk}/?lat=22.610&lng=113.880"))
    first, _rest = page.split("在这里提需求", 1)
    for answer in ("开放时间未登记", "北街 1 号", "步行约", "居民议事", "0755-20000001"):
        assert answer in first
    for more in ("老年优待证", "政务", "热水", "家门口的小站。"):
        assert more in page


def test_special_days_are_told(client, station):
    SpecialDay.objects.create(station=station, date="2026-01-01", reason="很久以前")
    page = text_of(client.get(f"/stations/{station.pk}/"))
    assert "很久以前" not in page


def test_a_centre_is_called_by_its_tier(client, station):
    Station.objects.filter(pk=station.pk).update(tier=Tier.COMMUNITY_CENTRE, station_type="")
    assert client.get(f"/stations/{station.pk}/").status_code == 200
    (feature,) = client.get("/stations/points.json").json()["features"]
    assert feature["properties"]["name"] == "北小站"


def test_the_map_shows_what_the_list_shows(client, station, the_south):
    points = client.get(f"/stations/points.json?district={the_south.district.pk}").json()
    (feature,) = points["features"]
    assert feature["properties"]["url"] == f"/stations/{the_south.station.pk}/"
    assert feature["geometry"]["coordinates"] == [113.88, the_south.station.latitude]
    assert feature["properties"]["open"] is False


def test_the_poster_leads_to_the_form_of_the_station(client, station, settings):
    settings.PUBLIC_URL = "https://xiaozhan.example"
    answer = client.get(f"/stations/{station.pk}/poster/")
    assert answer.context["address"] == f"https://xiaozhan.example/ask/?station={station.pk}&via=qr"
    assert "<svg" in text_of(answer)


def test_the_list_costs_the_same_for_three_stations_and_thirty(client, station, the_south):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/stations/")
        return len(captured)

    few = queries()
    for number in range(18):
        Station.objects.create(
            code=f"M{number}", name=f"小站 {number}", station_type="estate", status="open", region=station.region
        )
    assert queries() == few


def test_large_type_is_remembered(client, db):
    assert client.post("/elder/", {"elder": "1", "next": "/stations/"}).url == "/stations/"
    assert 'data-elder="1"' in text_of(client.get("/"))
    client.post("/elder/", {"elder": "0"})
    assert 'data-elder="1"' not in text_of(client.get("/"))


def test_the_pages_speak_english_too(client, station, submitted):
    client.cookies["django_language"] = "en"
    assert "What can we do for you?" in text_of(client.get("/"))
    client.post("/track/", {"code": submitted.tracking_code})
    assert "You submitted the request" in text_of(client.get(f"/case/{submitted.case.number}/"))
