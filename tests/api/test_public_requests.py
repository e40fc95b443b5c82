"""A resident without an account: asks, follows, answers, rates. Guessing codes leads nowhere."""

import io

import pytest
from PIL import Image

from portal.core import codes
from requests import throttles, workflow
from requests.models import Requester, ServiceRequest
from requests.workflow import Resident, Staff

ASK = "/api/v1/public/requests/"


@pytest.fixture
def consent(api, db):
    return api().get("/api/v1/public/consent/").json()["version"]


@pytest.fixture
def form(the_north, consent):
    return {
        "description": "小区门口的路灯坏了三天。", "region": the_north.community.code, "phone": "13800001234",
        "name": "张小北", "consent": consent,
    }  # fmt: skip


def photo(color="red"):
    file = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(file, "PNG")
    file.seek(0)
    file.name = "photo.png"
    return file


def follow(submitted, step=""):
    return f"{ASK}{codes.format_code(submitted.tracking_code)}/" + (f"{step}/" if step else "")


def test_it_works(api, form, north):
    client = api()
    answer = client.post(ASK, form)
    assert answer.status_code == 201
    body = answer.json()
    assert body["status"]["sentence"]
    shown = client.get(f"{ASK}{body['tracking_code']}/").json()
    assert (shown["number"], shown["state"], shown["allowed"]) == (body["number"], "submitted", ["withdraw", "agree"])
    assert "张小北" not in str(shown)
    assert "1380000" not in str(shown)
    case = ServiceRequest.objects.get()
    workflow.ask(case, by=Staff(north), text="哪一盏灯？")
    answered = client.post(f"{ASK}{body['tracking_code']}/reply/", {"text": "东门那盏。"})
    assert answered.json()["state"] == "submitted"
    assert answered.json()["timeline"][-1]["text"] == "东门那盏。"
    assert client.post(f"{ASK}{body['tracking_code']}/withdraw/", {}).json()["state"] == "withdrawn"


def test_a_resident_rates_and_asks_for_a_redo(api, submitted, north):
    workflow.accept(submitted.case, by=Staff(north))
    workflow.resolve(submitted.case, by=Staff(north), text="已换灯泡。")
    rated = api().post(follow(submitted, "rate"), {"code": "satisfied", "solved": True})
    assert rated.json()["state"] == "closed"
    assert api().post(follow(submitted, "redo"), {"text": "又坏了。"}).json()["state"] == "accepted"


def test_a_resident_appeals(api, submitted, north):
    workflow.reject(submitted.case, by=Staff(north), ground="out_of_scope", text="不属于受理范围。")
    answer = api().post(follow(submitted, "appeal"), {"text": "请再看看。"})
    assert answer.status_code == 200
    assert "appeal" not in answer.json()["allowed"]


def test_photos_come_along(api, form):
    answer = api().post(ASK, {**form, "photos": [photo(), photo("blue")]}, format="multipart")
    assert answer.status_code == 201, answer.json()
    code = answer.json()["tracking_code"]
    files = api().get(f"{ASK}{code}/").json()["timeline"][0]["files"]
    assert len(files) == 2
    served = api().get(f"{ASK}{code}/files/{files[0]['id']}/")
    assert served["Content-Type"] == "image/jpeg"


def test_what_is_no_photo_is_refused_and_nothing_is_kept(api, form):
    fake = io.BytesIO(b"<html>not a photo</html>")
    fake.name = "photo.jpg"
    answer = api().post(ASK, {**form, "photos": [photo(), fake]}, format="multipart")
    assert answer.status_code == 400
    assert "photos" in answer.json()["error"]["fields"]
    assert not ServiceRequest.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"description": ""}, "description"),
        ({"description": "长" * 10_000}, "description"),
        ({"description": "\u200b\u200b"}, "description"),
        ({"phone": "12"}, "phone"),
        ({"phone": None}, "phone"),
        ({"region": "4403"}, "region"),
        ({"region": "99"}, "region"),
        ({"region": ["x"]}, "region"),
        ({"region": "\x00"}, "region"),
        ({"station": "nowhere"}, "station"),
        ({"consent": "no such version"}, "consent"),
        ({"kind": "no"}, "kind"),
        ({"latitude": 22.5}, "longitude"),
        ({"latitude": "NaN", "longitude": 113}, "latitude"),
        ({"latitude": 222, "longitude": 113}, "latitude"),
        ({"descripton": "a misspelt name"}, "descripton"),
        ({"state": "closed"}, "state"),
    ],
)
def test_bad_input_is_told_beside_the_field(api, form, change, field):
    answer = api().post(ASK, {**form, **change})
    assert answer.status_code == 400, answer.json()
    assert field in answer.json()["error"]["fields"], answer.json()
    assert not ServiceRequest.objects.exists()


@pytest.mark.parametrize("text", ["灯坏了😀👨‍👩‍👧", "‮RTL‬文字", "控制\x07字符", "=1+1"])
def test_strange_text_is_taken_in_cleaned(api, form, text):
    assert api().post(ASK, {**form, "description": text}).status_code == 201


def test_the_same_key_happens_once(api, form):
    first = api().post(ASK, form, headers={"Idempotency-Key": "a-key-of-my-own"})
    again = api().post(ASK, form, headers={"Idempotency-Key": "a-key-of-my-own"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert ServiceRequest.objects.count() == 1
    other = api().post(ASK, {**form, "description": "别的事。"}, headers={"Idempotency-Key": "a-key-of-my-own"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_phone_asks_only_so_often_however_it_is_spelt(api, form, monkeypatch):
    monkeypatch.setitem(throttles.ASKS_OF_A_PHONE, "limit", 2)
    assert api().post(ASK, form).status_code == 201
    assert api().post(ASK, {**form, "phone": "+86 138 0000 1234"}).status_code == 201
    refused = api().post(ASK, {**form, "phone": "138-0000-1234"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "throttled")
    assert int(refused["Retry-After"]) > 0
    assert api().post(ASK, {**form, "phone": "13800009999"}).status_code == 201


def test_an_address_asks_only_so_often(api, form, monkeypatch):
    monkeypatch.setitem(throttles.ASKS_OF_AN_ADDRESS, "limit", 1)
    assert api().post(ASK, form).status_code == 201
    assert api().post(ASK, {**form, "phone": "13800009999"}).status_code == 429


def test_codes_are_tried_only_so_often(api, submitted, monkeypatch):
    monkeypatch.setitem(throttles.LOOK_UPS, "limit", 2)
    for _try in range(2):
        assert api().get(f"{ASK}{codes.new_code()}/").status_code == 404
    assert api().get(follow(submitted)).status_code == 429


def test_a_wrong_code_and_an_impossible_one_get_the_same_answer(api, submitted, django_assert_num_queries):
    right = submitted.tracking_code
    wrong = [codes.new_code(), right[:-1] + ("2" if right[-1] != "2" else "3"), "x", "1" * 99, str(submitted.case.pk)]
    answers = []
    for code in wrong:
        # The throttle and the look-up: both are done whatever the code looks like.
        with django_assert_num_queries(2):
            answers.append(api().get(f"{ASK}{code}/"))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_code_opens_its_own_case_alone(api, submitted, the_north, form):
    other = api().post(ASK, {**form, "photos": [photo()]}, format="multipart").json()["tracking_code"]
    file = api().get(f"{ASK}{other}/").json()["timeline"][0]["files"][0]["id"]
    assert api().get(f"{follow(submitted)}files/{file}/").status_code == 404


def test_residents_do_not_read_what_is_meant_for_colleagues(api, submitted, north):
    workflow.note(submitted.case, by=Staff(north), text="此人常来电。")
    assert "此人常来电" not in api().get(follow(submitted)).content.decode()


def test_a_step_that_does_not_fit_is_a_conflict_with_what_is_allowed(api, submitted):
    answer = api().post(follow(submitted, "rate"), {"code": "satisfied", "solved": True})
    assert answer.status_code == 409
    assert answer.json()["error"]["allowed"] == ["withdraw", "agree"]


def test_a_stale_step_is_a_conflict_that_says_what_happened(api, submitted, north):
    workflow.accept(submitted.case, by=Staff(north))
    answer = api().post(follow(submitted, "withdraw"), {"version": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale")
    assert [event["verb"] for event in answer.json()["error"]["since"]] == ["accept"]


def test_a_signed_in_browser_needs_no_form_token_here(client, north, form):
    client.force_login(north)
    client.handler.enforce_csrf_checks = True
    assert client.post(ASK, form, content_type="application/json").status_code == 201


def test_the_code_is_stored_as_a_hash_and_sealed(submitted):
    requester = Requester.objects.get()
    assert submitted.tracking_code not in str(requester.__dict__)
    assert Resident(requester).requester == requester
