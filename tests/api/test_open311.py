"""Open311 GeoReport v2: a public client that knows nothing of this portal reads, asks and follows."""

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from portal.core.models import IdempotencyRecord
from portal.core.tokens import create_token
from requests import workflow
from requests.models import Category, ServiceAttribute, ServiceRequest
from requests.types import Channel, State
from tests.requests.builders import case_in, make_cast

V2 = "/open311/v2"


@pytest.fixture
def lamps(db):
    top = Category.objects.create(name="城乡建设")
    lamps = Category.objects.create(parent=top, name="路灯照明")
    ServiceAttribute.objects.create(category=lamps, code="POST", question="灯杆编号", is_required=True)
    ServiceAttribute.objects.create(
        category=lamps, code="WHEN", question="什么时候不亮", datatype="singlevaluelist", choices=["整夜", "时亮时灭"],
        order=2,
    )  # fmt: skip
    return lamps


@pytest.fixture
def key(north):
    return create_token(north, name="城市通", scopes=["requests:record"])[1]


@pytest.fixture
def send(client, key, lamps, the_north):
    def send(form="json", **given):
        sent = {
            "api_key": key, "service_code": lamps.pk, "attribute[POST]": "A-17", "description": "路灯坏了。",
            "lat": the_north.station.latitude, "long": the_north.station.longitude, "phone": "13800001234", **given,
        }  # fmt: skip
        return client.post(f"{V2}/requests.{form}", {name: value for name, value in sent.items() if value is not None})

    return send


@pytest.fixture
def listed(the_north, the_south, lamps):
    """A case that was dealt with and released."""
    cast = make_cast(the_north, the_south)
    case, resident = case_in(State.RESOLVED, cast)
    ServiceRequest.objects.filter(pk=case.pk).update(category=lamps, latitude=22.561234, longitude=113.881234)
    workflow.agree(case, by=resident, agreed=True)
    workflow.release(case, by=cast.dispatcher, title="楼道的灯", text="楼道里的灯不亮。", outcome="换了新灯。")
    return ServiceRequest.objects.get(pk=case.pk)


def test_discovery_leads_to_the_endpoint_in_both_formats(client, db):
    found = client.get(f"{V2}/discovery.json").json()
    (endpoint,) = found["endpoints"]
    assert endpoint["url"].endswith("/open311/v2")
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    root = ElementTree.fromstring(client.get(f"{V2}/discovery.xml").content)
    assert root.tag == "discovery"
    assert [each.text for each in root.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]


def test_services_are_the_categories_that_can_be_chosen(client, lamps):
    Category.objects.create(parent=lamps.parent, name="停用的", is_active=False)
    (service,) = client.get(f"{V2}/services.json").json()
    assert service["service_code"] == str(lamps.pk)
    assert (service["service_name"], service["group"], service["metadata"]) == ("路灯照明", "城乡建设", True)
    root = ElementTree.fromstring(client.get(f"{V2}/services.xml").content)
    assert [each.findtext("service_name") for each in root.findall("service")] == ["路灯照明"]
    assert root.findtext("service/metadata") == "true"


def test_a_definition_tells_what_is_asked(client, lamps):
    found = client.get(f"{V2}/services/{lamps.pk}.json").json()
    assert [each["code"] for each in found["attributes"]] == ["POST", "WHEN"]
    assert found["attributes"][0]["required"] is True
    assert found["attributes"][1]["values"][0] == {"key": "整夜", "name": "整夜"}
    root = ElementTree.fromstring(client.get(f"{V2}/services/{lamps.pk}.xml").content)
    assert root.tag == "service_definition"
    assert root.findtext("attributes/attribute/code") == "POST"
    assert client.get(f"{V2}/services/{lamps.parent_id}.json").status_code == 404


def test_a_request_is_taken_in_where_its_point_lies(send, client, lamps, the_north, north):
    answer = send(**{"attribute[WHEN]": "整夜", "first_name": "小明", "last_name": "王"})
    assert answer.status_code == 201, answer.content.decode()
    (made,) = answer.json()
    case = ServiceRequest.objects.get()
    assert made["service_request_id"] == case.number
    assert (case.channel, case.category, case.region) == (Channel.OPEN311, lamps, the_north.community)
    assert case.description == "路灯坏了。\n灯杆编号：A-17\n什么时候不亮：整夜"
    assert (case.recorded_by, case.requesters.get().name_masked) == (north, "王**")
    code = made["service_notice"].split("查询码 ")[1].split(" 在 ")[0]
    assert client.get(f"{V2}/tokens/{code}.json").json()[0]["service_request_id"] == case.number


def test_xml_is_answered_in_xml(send):
    root = ElementTree.fromstring(send(form="xml").content)
    assert root.tag == "service_requests"
    assert root.findtext("request/service_request_id") == ServiceRequest.objects.get().number


def test_a_client_needs_to_send_neither_phone_nor_words_when_it_answers_the_questions(send, lamps):
    assert send(phone=None, description=None).status_code == 201
    case = ServiceRequest.objects.get()
    assert (case.title, case.description) == ("路灯照明", "灯杆编号：A-17")
    assert case.requesters.get().phone_hash == ""


def test_an_address_with_its_community_is_found(send, the_north):
    assert send(lat=None, long=None, address_string="北区北街道北社区幸福路1号").status_code == 201
    assert ServiceRequest.objects.get().region == the_north.community


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"service_code": "999999"}, "service_code"),
        ({"service_code": "x" * 5000}, "service_code"),
        ({"attribute[POST]": None}, "灯杆编号"),
        ({"attribute[WHEN]": "有时"}, "什么时候不亮"),
        ({"attribute[NONE]": "1"}, "NONE"),
        ({"lat": "91"}, "lat"),
        ({"lat": "nan"}, "lat"),
        ({"lat": None}, "lat"),
        ({"lat": "39.9", "long": "116.4"}, "lat"),
        ({"lat": None, "long": None}, "lat"),
        ({"phone": "not a number"}, "号码"),
        ({"description": None, "attribute[POST]": None}, "description"),
        ({"description": "\x00" * 20, "attribute[POST]": None}, "description"),
    ],
)
def test_what_is_wrong_is_told_in_the_format_of_the_specification(send, given, words):
    for form in ("json", "xml"):
        answer = send(form=form, **given)
        assert answer.status_code == 400
        if form == "json":
            assert all(error["code"] == 400 for error in answer.json())
            told = [error["description"] for error in answer.json()]
        else:
            root = ElementTree.fromstring(answer.content)
            assert root.tag == "errors"
            told = [each.text for each in root.findall("error/description")]
        assert any(words in each for each in told), told
    assert not ServiceRequest.objects.exists()


@pytest.mark.parametrize("key", ["", "xz_nothing", "钥匙", "x" * 5000])
def test_nobody_sends_without_a_key_that_holds(send, key):
    assert send(api_key=key).status_code == 403
    assert not ServiceRequest.objects.exists()


def test_a_key_without_the_permission_or_of_another_place_sends_nothing(send, north, south, the_north):
    reading = create_token(north, name="只读", scopes=["requests:read"])[1]
    assert send(api_key=reading).status_code == 403
    of_south = create_token(south, name="南", scopes=["requests:record"])[1]
    answer = send(api_key=of_south)
    assert answer.status_code in (400, 403)
    assert not ServiceRequest.objects.exists()


def test_only_released_cases_are_listed_without_what_tells_who_asked(client, listed, the_north):
    (row,) = client.get(f"{V2}/requests.json").json()
    assert row["service_request_id"] == listed.number
    assert (row["status"], row["status_notes"]) == ("closed", "换了新灯。")
    assert row["description"] == "楼道的灯\n楼道里的灯不亮。"
    assert (row["lat"], row["long"]) == (22.561, 113.881)
    assert row["agency_responsible"] == "北物业公司"
    assert row["requested_datetime"].endswith("T00:00:00+08:00")
    text = json.dumps(row, ensure_ascii=False)
    assert "13800005678" not in text and "李" not in text and "请派人来看看" not in text
    (alone,) = client.get(f"{V2}/requests/{listed.number}.json").json()
    assert alone == row
    root = ElementTree.fromstring(client.get(f"{V2}/requests/{listed.number}.xml").content)
    assert root.findtext("request/status") == "closed"


def test_a_case_that_is_not_released_is_not_there(client, the_north, the_south):
    case, _resident = case_in(State.IN_PROGRESS, make_cast(the_north, the_south))
    assert client.get(f"{V2}/requests.json").json() == []
    assert client.get(f"{V2}/requests/{case.number}.json").status_code == 404
    assert client.get(f"{V2}/requests.json", {"service_request_id": case.number}).json() == []


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 1),
        ({"status": "closed"}, 1),
        ({"status": "open"}, 0),
        ({"status": "open,closed"}, 1),
        ({"service_code": "1"}, 0),
        ({"service_code": "x,999999999999999"}, 0),
        ({"service_request_id": "nothing,XZ999999999999999999999"}, 0),
        ({"end_date": "2001-01-01"}, 0),
        ({"start_date": "2001-01-01T00:00:00Z"}, 1),
        ({"start_date": "2001-01-01", "end_date": "2099-01-01T00:00:00+08:00"}, 1),
    ],
)
def test_the_list_is_narrowed_as_the_specification_says(client, listed, given, count):
    assert len(client.get(f"{V2}/requests.json", given).json()) == count


@pytest.mark.parametrize(
    "given", [{"page_size": "0"}, {"page_size": "1001"}, {"page": "x"}, {"page": "9" * 30}, {"page": "-1"}]
)
def test_a_page_that_cannot_be_is_an_error(client, db, given):
    assert client.get(f"{V2}/requests.json", given).status_code == 400


def test_pages_follow_each_other(client, listed):
    assert len(client.get(f"{V2}/requests.json", {"page_size": 1}).json()) == 1
    assert client.get(f"{V2}/requests.json", {"page_size": 1, "page": 2}).json() == []


@pytest.mark.parametrize("given", [{"status": "half"}, {"start_date": "yesterday"}, {"end_date": "2026-13-40"}])
def test_a_bad_argument_is_an_error(client, db, given):
    answer = client.get(f"{V2}/requests.json", given)
    assert answer.status_code == 400
    assert answer.json()[0]["code"] == 400


def test_without_dates_it_lists_the_last_ninety_days(client, listed):
    ServiceRequest.objects.filter(pk=listed.pk).update(submitted_at=timezone.now() - timedelta(days=91))
    assert client.get(f"{V2}/requests.json").json() == []
    assert len(client.get(f"{V2}/requests.json", {"service_request_id": listed.number}).json()) == 1


def test_a_jurisdiction_is_a_city_or_district_that_we_serve(client, lamps, the_north):
    code = the_north.district.code
    assert client.get(f"{V2}/services.json", {"jurisdiction_id": code}).status_code == 200
    answer = client.get(f"{V2}/services.json", {"jurisdiction_id": "sfgov.org"})
    assert (answer.status_code, answer.json()[0]["code"]) == (404, 404)


@pytest.mark.parametrize("path", ["services.yaml", "services/x.json", "requests/x.json", "tokens/x.json"])
def test_what_is_not_there_is_told_as_an_error(client, db, path):
    answer = client.get(f"{V2}/{path}")
    assert answer.status_code == 404
    assert b"description" in answer.content


def test_another_method_is_an_error_in_the_same_format(client, db):
    answer = client.post(f"{V2}/services.json")
    assert (answer.status_code, answer.json()[0]["code"]) == (405, 405)


def test_the_list_takes_one_statement_for_the_cases(client, listed, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        client.get(f"{V2}/requests.json")


@pytest.mark.parametrize("path", ["requests.json", "services.json", "discovery.json", "requests/SR-1.json"])
def test_a_misspelt_parameter_is_named_and_not_ignored(client, db, path):
    answer = client.get(f"{V2}/{path}?stauts=open")
    assert answer.status_code == 400
    assert "stauts" in answer.json()[0]["description"]


def test_the_same_post_within_minutes_is_the_same_case(send, lamps):
    first, second = send(), send(form="xml")
    assert [first.status_code, second.status_code] == [201, 201]
    case = ServiceRequest.objects.get()
    assert first.json()[0]["service_request_id"] == case.number
    assert case.number in second.content.decode()
    assert first.json()[0]["service_notice"] in second.content.decode()


def test_the_same_post_later_or_another_one_is_another_case(send, lamps):
    send()
    send(description="路灯又坏了。")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    send()
    assert ServiceRequest.objects.count() == 3


def test_a_code_is_told_in_one_spelling_however_it_is_typed(client, send):
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{3}", send().json()[0]["service_notice"])[0]
    for typed in (code, code.lower(), code.replace("-", "")):
        assert client.get(f"{V2}/tokens/{typed}.json").json()[0]["token"] == code


def test_there_is_a_page_about_it_that_needs_no_account(client, db):
    page = client.get("/api/docs/open311/").content.decode()
    assert "/open311/v2/discovery.json" in page
    assert "api_key" in page
