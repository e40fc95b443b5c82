"""The form on which residents ask: what is taken in, and that nothing typed is lost when something is wrong."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from portal.core.models import ConsentText, Level, StoredFile
from portal.public import places
from requests.models import Requester, ServiceRequest
from requests.types import Channel, Kind
from stations.models import Station
from tests.conftest import make_region
from tests.public.conftest import photo


def text_of(response) -> str:
    return response.content.decode()


def tokens_in(response) -> list[str]:
    return re.findall(r'name="kept_photo" value="([^"]+)"', text_of(response))


def test_it_works(client, typed, the_north):
    typed |= {"kind": "hazard", "name": "张小北", "hide_name": "on", "photos": [photo(), photo()]}
    assert client.post("/ask/", typed).status_code == 302
    case = ServiceRequest.objects.get()
    assert (case.kind, case.channel, case.region) == (Kind.HAZARD, Channel.WEB, the_north.community)
    requester = Requester.objects.get()
    assert (requester.name_masked, requester.phone_masked, requester.hide_name) == ("张**", "138****1234", True)
    assert requester.consent == ConsentText.objects.get()
    assert requester.consented_at is not None
    assert case.attachments.count() == 2


def test_a_request_for_a_parent_names_them(client, typed):
    client.post("/ask/", typed | {"relation": "parent", "beneficiary": "张大北"})
    requester = Requester.objects.get()
    assert (requester.relation, requester.beneficiary_masked) == ("parent", "张**")


def test_a_named_parent_is_not_dropped_without_a_word(client, typed):
    answer = client.post("/ask/", typed | {"beneficiary": "张大北", "phone": ""})
    page = text_of(answer)
    assert answer.status_code == 422
    assert "请选择替谁提" in page
    assert "请留下电话" in page
    assert 'value="张大北"' in page
    assert not ServiceRequest.objects.exists()


def test_a_poster_fills_in_the_place(client, typed, the_north):
    page = text_of(client.get(f"/ask/?station={the_north.station.pk}&via=qr"))
    assert "北小站" in page
    assert 'name="district"' not in page
    sent = {name: typed[name] for name in ("description", "phone", "consent")}
    client.post("/ask/", sent | {"station": the_north.station.pk, "via": "qr"})
    case = ServiceRequest.objects.get()
    assert (case.channel, case.station, case.region) == (Channel.STATION_QR, the_north.station, the_north.community)


def test_the_street_is_enough_when_the_community_is_not_known(client, typed, the_north):
    assert client.post("/ask/", typed | {"community": ""}).status_code == 302
    assert ServiceRequest.objects.get().region == the_north.street


def test_without_scripts_the_place_is_chosen_step_by_step_and_nothing_is_lost(client, typed, the_north, the_south):
    step = typed | {"street": "", "community": "", "refresh": "1", "photos": [photo()]}
    page = client.post("/ask/", step)
    assert page.status_code == 200
    assert "北街道" in text_of(page)
    assert "南街道" not in text_of(page)
    assert "error-summary" not in text_of(page)
    assert typed["description"] in text_of(page)
    assert typed["phone"] in text_of(page)
    assert len(tokens_in(page)) == 1
    page = client.post("/ask/", typed | {"community": "", "refresh": "1", "kept_photo": tokens_in(page)})
    assert "北社区" in text_of(page)
    assert client.post("/ask/", typed | {"kept_photo": tokens_in(page)}).status_code == 302
    assert ServiceRequest.objects.get().attachments.count() == 1


def test_a_tapped_neighbourhood_sets_the_whole_place(client, typed, the_north, the_south):
    page = text_of(client.post("/ask/", typed | {"pick": the_south.community.pk}))
    assert f'<option value="{the_south.community.pk}" selected' in page
    assert typed["description"] in page


def test_the_communities_of_the_nearest_stations_are_proposed(client, the_north, the_south):
    page = text_of(client.get("/ask/nearest/?lat=22.61&lng=113.88"))
    assert page.index("北社区") < page.index("南社区")
    assert client.get("/ask/nearest/?lat=nan&lng=no").status_code == 200


def test_the_selects_follow_each_other(client, the_north):
    page = text_of(client.get(f"/ask/place/?district={the_north.district.pk}"))
    assert "北街道" in page
    assert 'name="community"' not in page


def test_errors_come_together_with_all_that_was_typed(client, typed, the_north):
    answer = client.post("/ask/", typed | {"phone": "12", "consent": "", "photos": [photo()]})
    assert answer.status_code == 422
    page = text_of(answer)
    assert 'href="#id_phone"' in page
    assert "电话号码不正确" in page
    assert 'href="#id_consent"' in page
    assert typed["description"] in page
    assert f'<option value="{the_north.community.pk}" selected' in page
    assert len(tokens_in(answer)) == 1
    assert not ServiceRequest.objects.exists()


def test_nothing_typed_at_all_names_every_field_once(client, db):
    page = text_of(client.post("/ask/", {}))
    for field in ("description", "district", "phone", "consent"):
        assert f'href="#id_{field}"' in page
    assert 'href="#id_street"' not in page


def test_a_photo_can_be_left_out_again(client, typed):
    page = client.post("/ask/", typed | {"refresh": "1", "photos": [photo(), photo()]})
    first, second = tokens_in(page)
    client.post("/ask/", typed | {"kept_photo": [first, second], "drop_photo": [first]})
    assert ServiceRequest.objects.get().attachments.count() == 1


def test_the_picture_of_a_carried_photo_can_be_seen_by_its_token_only(client, typed):
    page = client.post("/ask/", typed | {"refresh": "1", "photos": [photo()]})
    (token,) = tokens_in(page)
    answer = client.get(f"/ask/photos/{token}/")
    assert answer["Content-Type"] == "image/jpeg"
    assert "private" in answer["Cache-Control"]
    assert client.get(f"/ask/photos/{StoredFile.objects.get().pk}/").status_code == 404
    assert client.get(f"/ask/photos/{token[:-2]}xx/").status_code == 404


def test_a_fifth_photo_is_refused_and_four_are_kept(client, typed):
    answer = client.post("/ask/", typed | {"photos": [photo() for _ in range(5)]})
    assert answer.status_code == 422
    assert "最多上传 4 张照片" in text_of(answer)
    assert len(tokens_in(answer)) == 4


def test_the_same_form_sent_twice_makes_one_request(client, typed):
    typed["idempotency_key"] = "5b3a4c"
    one, other = client.post("/ask/", typed), client.post("/ask/", typed)
    assert one.url == other.url
    assert ServiceRequest.objects.count() == 1


def test_a_form_changed_and_sent_again_asks_first(client, typed):
    typed["idempotency_key"] = "5b3a4c"
    client.post("/ask/", typed)
    answer = client.post("/ask/", typed | {"description": "电梯也坏了。"})
    assert answer.status_code == 409
    assert "已经提交过" in text_of(answer)
    key = re.search(r'name="idempotency_key" value="([^"]+)"', text_of(answer))[1]
    assert client.post("/ask/", typed | {"description": "电梯也坏了。", "idempotency_key": key}).status_code == 302
    assert ServiceRequest.objects.count() == 2


def test_a_program_that_fills_in_every_field_is_not_served(client, typed):
    assert client.post("/ask/", typed | {"website": "https://example.org"}).status_code == 400
    assert not ServiceRequest.objects.exists()


def test_one_phone_cannot_flood_the_community(client, typed):
    for _ in range(10):
        assert client.post("/ask/", typed).status_code == 302
    answer = client.post("/ask/", typed)
    assert answer.status_code == 429
    assert typed["description"] in text_of(answer)


def test_the_consent_kept_is_the_one_that_was_shown(client, typed):
    shown = text_of(client.get("/ask/"))
    version = re.search(r'name="consent_version" value="([^"]+)"', shown)[1]
    ConsentText.objects.create(version="2", text="新的说明", valid_from="2026-01-01T00:00Z")
    client.post("/ask/", typed | {"consent_version": version})
    assert Requester.objects.get().consent.version == version


def test_a_form_without_its_token_is_told_so(typed):
    assert Client(enforce_csrf_checks=True).post("/ask/", typed).status_code == 403


@pytest.mark.parametrize("station", ["x", "0", "99999999999999999999", "-1", "1e3"])
def test_a_station_that_is_not_there_leaves_the_place_open(client, db, station):
    answer = client.get(f"/ask/?station={station}")
    assert answer.status_code == 200
    assert 'name="district"' in text_of(answer)


@pytest.mark.django_db
def test_the_form_speaks_the_language_of_its_reader(client):
    address = reverse("public:request_new")
    assert "Up to 4." in client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "Up to 4." not in client.get(address).content.decode()


def test_districts_of_cities_with_most_stations_come_first(the_north, the_south, django_assert_num_queries):
    capital, small = make_region("1101", "北京市", Level.CITY), make_region("3401", "合肥市", Level.CITY)
    make_region("110101", "东城区", Level.DISTRICT, capital)
    shushan = make_region("340104", "蜀山区", Level.DISTRICT, small)
    Station.objects.create(code="HF1", name="西园小站", station_type="estate", status="open", region=shushan)
    for number in range(3):
        # What residents do not find says nothing about where they live.
        Station.objects.create(
            code=f"HF{number + 2}", name=f"筹建小站{number}", station_type="estate", status="planned", region=shushan
        )
    with django_assert_num_queries(2):
        found = places.districts()
    assert [city for city, _districts in found] == ["深圳市", "合肥市", "北京市"]
    assert [name for _pk, name in found[0][1]] == ["南区", "北区"]
    # Counted once a minute, however many there are.
    Station.objects.create(code="HF9", name="新小站", station_type="estate", status="open", region=shushan)
    with django_assert_num_queries(1):
        places.districts()


def test_the_form_shows_the_districts_of_the_own_city_first(client, the_north):
    make_region("110101", "东城区", Level.DISTRICT, make_region("1101", "北京市", Level.CITY))
    page = text_of(client.get("/ask/"))
    assert page.index('label="深圳市"') < page.index('label="北京市"')
