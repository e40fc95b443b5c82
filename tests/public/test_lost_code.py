"""A lost tracking code is found again by the phone that was given, and by nobody who does not hold it."""

import re

import pytest

from portal.core.models import OutboxMessage
from requests import workflow
from requests.models import Requester
from requests.workflow.intake import Contact
from tests.requests.builders import make_cast

LOST, CHECK = "/track/lost/", "/track/lost/code/"
API = "/api/v1/public/requests/lost-code/"
PHONE = "13800005678"


@pytest.fixture
def asked(the_north):
    return [
        workflow.submit(description=f"{number}号楼的灯不亮。", contact=Contact(phone=phone), station=the_north.station)
        for number, phone in enumerate([PHONE, PHONE, "13900000000"])
    ]


@pytest.fixture
def code():
    """The code of the last SMS."""

    def code() -> str:
        return OutboxMessage.objects.filter(kind="lost_code").latest("pk").values["code"]

    return code


def test_it_works(client, asked, code):
    assert client.post(LOST, {"phone": "138 0000 5678"}).headers["Location"] == CHECK
    answer = client.post(CHECK, {"code": code()}, follow=True)
    page = answer.content.decode()
    assert "找到 2 件诉求" in page
    for each in asked[:2]:
        assert each.case.number in page
        assert client.get(f"/case/{each.case.number}/").status_code == 200
    assert asked[2].case.number not in page
    assert client.get(f"/case/{asked[2].case.number}/").status_code == 404


def test_a_wrong_code_opens_nothing(client, asked, code):
    client.post(LOST, {"phone": PHONE})
    wrong = "000000" if code() != "000000" else "111111"
    answer = client.post(CHECK, {"code": wrong})
    assert answer.status_code == 400
    assert "wrong" not in answer.content.decode()
    assert client.get(f"/case/{asked[0].case.number}/").status_code == 404


def test_a_phone_that_asked_nothing_gets_the_same_first_answer(client, asked, code):
    assert client.post(LOST, {"phone": "13711112222"}).headers["Location"] == CHECK
    page = client.post(CHECK, {"code": code()}, follow=True).content.decode()
    assert "没有用这个手机号提交过诉求" in page


@pytest.mark.parametrize("phone", ["", "0755-12345678", "abc", "1" * 500])
def test_what_cannot_receive_a_code_is_told(client, db, phone):
    assert client.post(LOST, {"phone": phone}).status_code in (400, 422)


def test_the_page_of_the_code_asks_for_a_phone_first(client, db):
    assert client.get(CHECK).headers["Location"] == LOST


def test_whose_case_was_merged_finds_the_one_that_stays(client, asked, code, the_north, the_south):
    cast = make_cast(the_north, the_south)
    workflow.merge(asked[2].case, by=cast.dispatcher, into=asked[0].case)
    client.post(LOST, {"phone": "13900000000"})
    page = client.post(CHECK, {"code": code()}, follow=True).content.decode()
    assert "2号楼的灯不亮。" in page and asked[0].case.number in page


def test_the_api_gives_the_codes_back_to_whoever_proves_it(client, asked, code):
    assert client.post(API, {"phone": PHONE}, "application/json").status_code == 202
    given = {"phone": PHONE, "code": code()}
    found = client.post(f"{API}check/", given, "application/json").json()
    assert {row["number"] for row in found} == {each.case.number for each in asked[:2]}
    tracking_code = re.sub("-", "", found[0]["tracking_code"])
    assert (
        tracking_code == Requester.objects.get(request=found[0]["number"].removeprefix("XZ").lstrip("0")).code.reveal()
    )
    again = client.post(f"{API}check/", given, "application/json")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "wrong_code")
