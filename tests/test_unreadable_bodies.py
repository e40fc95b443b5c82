"""A body that cannot be read is the sender's mistake: 400, whatever the address, never 500."""

import pytest
from django.test import Client

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


@pytest.fixture
def browser(north):
    """A browser that does send the token of forms, and whose errors come back as pages."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(north)
    # Without this cookie nobody reads the body at all.
    client.get("/track/")
    assert "csrftoken" in client.cookies
    return client


@pytest.mark.parametrize("address", ["/desk/bulk/", "/track/", "/nothing/here/", "/desk/regions/1/\u202e/"])
@pytest.mark.parametrize(
    "content_type", [f"{FORM}; charset=utf-16", "multipart/form-data", "multipart/form-data; boundary=ÿ"]
)
def test_a_form_in_no_known_writing_is_told_so(browser, address, content_type):
    assert 400 <= browser.post(address, b"a=1", content_type=content_type).status_code < 500


def test_json_of_ten_thousand_brackets_is_told_so(browser, client):
    answer = client.post("/api/v1/public/requests/", "[" * 100_000, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        ('{"a": 1,\n "b"', "application/json", "这不是有效的 JSON：请看第 2 行第 5 个字符。"),
        (b"\xff\xfe", "application/json", "这不是有效的 JSON。"),
        ('{"a": NaN}', "application/json", "这不是有效的 JSON。"),
        (b"--", "multipart/form-data", "发送的内容无法读取。"),
    ],
)
@pytest.mark.django_db
def test_a_body_that_cannot_be_read_is_refused_in_chinese(client, body, content_type, sentence):
    answer = client.post("/api/v1/public/requests/", body, content_type=content_type)
    assert answer.status_code == 400
    assert answer.json() == {"error": {"code": "malformed", "message": sentence, "fields": {}}}


@pytest.mark.django_db
def test_a_code_form_without_fields_is_told_so_even_beyond_the_limit(client):
    statuses = {client.post("/track/", "{}", content_type="application/json").status_code for _attempt in range(61)}
    assert statuses == {422, 429}
