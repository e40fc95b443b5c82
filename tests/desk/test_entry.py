"""What comes by phone or at the counter."""

import pytest
from django.urls import reverse

from requests.models import ServiceRequest
from requests.types import Channel

NEW, EARLIER = "/desk/requests/new/", "/desk/requests/new/earlier/"


@pytest.fixture
def told(the_north):
    return {
        "channel": "phone", "phone": "13800001234", "name": "张小北", "description": "路灯坏了三天。", "kind": "demand",
        "region": the_north.community.pk, "consent": "on", "idempotency_key": "k1",
    }  # fmt: skip


def test_it_works(client, told, north):
    client.force_login(north)
    answer = client.post(NEW, told)
    case = ServiceRequest.objects.get()
    assert answer.url == reverse("desk:receipt", args=[case.pk])
    assert (case.channel, case.recorded_by, case.requesters.get().consent is None) == (Channel.PHONE, north, False)
    receipt = client.get(answer.url).content.decode()
    code = case.requesters.get().code.reveal()
    assert f"{code[:4]}-{code[4:8]}-{code[8:]}" in receipt
    assert "<svg" in receipt


def test_a_slip_of_the_year_in_the_day_of_the_hotline_is_told(client, told, north):
    client.force_login(north)
    told |= {"channel": "hotline", "external_number": "SZ1", "hotline_due_at": "2020-01-01T10:00"}
    answer = client.post(NEW, told)
    assert "请核对年份" in answer.content.decode()
    assert not ServiceRequest.objects.exists()


def test_a_day_of_the_hotline_is_not_dropped_under_another_channel(client, told, north):
    client.force_login(north)
    answer = client.post(NEW, told | {"hotline_due_at": "2099-01-01T10:00"})
    assert "来源请选择热线" in answer.content.decode()
    assert not ServiceRequest.objects.exists()


def test_the_only_community_of_somebody_is_chosen_and_long_texts_are_cut_by_no_browser(client, north, the_north):
    client.force_login(north)
    page = client.get(NEW).content.decode()
    assert f'<option value="{the_north.community.pk}" selected>' in page
    form = page[page.index('name="description"') :]
    assert "maxlength" not in form[: form.index(">")]


def test_the_same_form_sent_twice_is_one_request(client, told, north):
    client.force_login(north)
    assert client.post(NEW, told).url == client.post(NEW, told).url
    assert ServiceRequest.objects.count() == 1


def test_what_is_wrong_is_told_and_what_was_typed_is_kept(client, told, north):
    client.force_login(north)
    for fault in ({"phone": "没有"}, {"description": " "}, {"region": ""}, {"consent": ""}, {"name": "长" * 99}):
        answer = client.post(NEW, told | {"idempotency_key": "k2", "address_text": "凉亭旁边"} | fault)
        assert answer.status_code in (400, 422), fault
        assert "error-summary" in answer.content.decode()
        assert "凉亭旁边" in answer.content.decode()
    assert not ServiceRequest.objects.exists()


def test_all_that_is_wrong_is_told_at_once(client, told, north):
    client.force_login(north)
    answer = client.post(NEW, told | {"phone": "1380013", "region": "", "consent": ""})
    assert set(answer.context["form"].errors) == {"phone", "region", "consent"}


def test_places_are_those_of_my_scope(client, told, north, keeper, the_south):
    client.force_login(north)
    assert client.post(NEW, told | {"region": the_south.community.pk}).status_code == 422
    assert client.post(NEW, told | {"region": "", "station": the_south.station.pk}).status_code == 422
    client.force_login(keeper)
    text = client.get(NEW).content.decode()
    assert the_south.community.name not in text
    assert client.post(NEW, told).status_code == 302


def test_earlier_cases_of_the_caller_are_shown(client, case, north, south):
    client.force_login(north)
    assert case.number in client.post(EARLIER, {"phone": "138 0000 1234"}).content.decode()
    assert client.post(EARLIER, {"phone": "138"}).content.strip() == b""
    client.force_login(south)
    assert case.number not in client.post(EARLIER, {"phone": "13800001234"}).content.decode()


def test_only_who_recorded_it_prints_the_receipt(client, told, case, north, district, auditor):
    client.force_login(north)
    address = client.post(NEW, told).url
    client.force_login(district)
    assert client.get(address).status_code == 404
    client.force_login(auditor)
    assert client.get(NEW).status_code == 403
    client.force_login(north)
    assert client.get(reverse("desk:receipt", args=[case.pk])).status_code == 404
