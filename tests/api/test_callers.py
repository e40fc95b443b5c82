"""Who may call: machines within their token, people within their scope, strangers not at all. One shape of refusal."""

import pytest
from django.test import Client

from portal.core import throttling, tokens
from portal.core.models import DisclosureRecord, HistoryEntry, Role
from portal.core.rest import views
from requests import workflow
from requests.models import Deliberation, ServiceRequest
from requests.workflow import Staff
from tests.conftest import make_user

LIST = "/api/v1/service-requests/"


@pytest.fixture
def district(the_north):
    return make_user("district", Role.DISTRICT, region=the_north.district)


def code_of(answer):
    return answer.json()["error"]["code"]


def test_it_works(machine, district, case):
    assert [row["id"] for row in machine(district, "requests:read").get(LIST).json()["results"]] == [case.pk]


def test_a_machine_reads_with_three_queries_and_writes_as_its_account(machine, north, case, django_assert_num_queries):
    client = machine(north)
    client.get(LIST)
    with django_assert_num_queries(3):
        client.get(LIST)
    HistoryEntry.objects.filter(table="requests_servicerequest").exists()
    assert client.post(f"{LIST}{case.pk}/accept/", {"version": 1}).status_code == 200
    entry = HistoryEntry.objects.filter(table="requests_servicerequest", operation="UPDATE").latest("id")
    assert entry.actor_id == north.pk


def test_a_token_without_the_permission_is_told_which_one(machine, district, case):
    client = machine(district, "reports:read")
    for answer in (client.get(LIST), client.get(f"{LIST}{case.pk}/"), client.post(LIST, {})):
        assert (answer.status_code, code_of(answer)) == (403, "missing_permission")
    reader = machine(district, "requests:read")
    refused = reader.post(f"{LIST}{case.pk}/accept/", {"version": 1})
    assert (refused.status_code, refused.json()["error"]["permission"]) == (403, "requests:act")


def test_a_token_sees_its_region_alone(machine, district, the_north, case):
    client = machine(district, "requests:read", "requests:act", region=the_north.street)
    assert client.get(f"{LIST}{case.pk}/").status_code == 200
    elsewhere = workflow.submit(
        description="别的街道", contact=workflow.intake.Contact(phone="13800001111"),
        region=make_street(the_north.district),
    ).case  # fmt: skip
    for answer in (
        client.get(f"{LIST}{elsewhere.pk}/"), client.post(f"{LIST}{elsewhere.pk}/accept/", {"version": 1})
    ):  # fmt: skip
        assert (answer.status_code, code_of(answer)) == (404, "not_found")
    assert elsewhere.pk not in [row["id"] for row in client.get(LIST).json()["results"]]


def make_street(district):
    from tests.conftest import make_region  # noqa: PLC0415

    return make_region(f"{district.code}009", "另一街道", "street", district)


@pytest.mark.parametrize("header", ["Bearer nothing", "Bearer ", "Bearer 路", "bearer xz_" + "x" * 5000, "Bearer \x01"])
def test_a_wrong_token_is_401(api, case, header):
    answer = api(headers={"Authorization": header.encode().decode("latin-1")}).get(LIST)
    assert (answer.status_code, code_of(answer)) == (401, "bad_token")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_is_401(api, north, case):
    token, plaintext = tokens.create_token(north, name="x", scopes=["requests:read"])
    client = api(headers={"Authorization": f"Bearer {plaintext}"})
    assert client.get(LIST).status_code == 200
    tokens.revoke(token, by=north)
    assert client.get(LIST).status_code == 401


def test_nobody_is_401_in_the_callers_language(api, db):
    chinese, english = api().get(LIST), api().get(LIST, headers={"Accept-Language": "en"})
    assert (chinese.status_code, english.status_code) == (401, 401)
    assert chinese.json()["error"]["message"] == "请先登录，或提供令牌。"
    assert english.json()["error"]["message"] == "Please sign in, or send a token."


def test_a_browsers_session_writes_with_a_form_token_only(north, case):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(north)
    assert browser.get(LIST).status_code == 200
    answer = browser.post(f"{LIST}{case.pk}/accept/", {"version": 1}, content_type="application/json")
    assert (answer.status_code, code_of(answer)) == (403, "not_allowed")


def test_somebody_elses_cases_are_not_there(api, south, case):
    client = api(south)
    assert client.get(LIST).json()["results"] == []
    assert client.get(f"{LIST}{case.pk}/").status_code == 404


def test_an_auditor_reads_and_takes_no_step(api, auditor, case):
    client = api(auditor)
    assert client.get(f"{LIST}{case.pk}/").json()["allowed"] == []
    assert client.post(f"{LIST}{case.pk}/accept/", {"version": 1}).status_code == 403


def test_lists_and_details_are_masked(api, north, case):
    for address in (LIST, f"{LIST}{case.pk}/"):
        text = api(north).get(address).content.decode()
        assert "138****1234" in text
        assert "张小北" not in text
        assert "13800001234" not in text


def test_a_hidden_name_is_not_even_masked(api, north, case):
    case.requesters.update(hide_name=True)
    assert api(north).get(LIST).json()["results"][0]["requesters"][0]["name"] == ""


STEPS = {
    "accept": {}, "reject": {"ground": "out_of_scope", "text": "x"}, "dispatch": {"unit": "unit"}, "take": {},
    "send-back": {"ground": "wrong_area", "text": "x"}, "recall": {"text": "x"}, "contact": {"reached": True},
    "note": {"text": "x"}, "ask": {"text": "x"}, "reply": {"text": "x"}, "transfer": {"unit": "unit", "text": "x"},
    "resolve": {"text": "x"}, "call-back": {"reached": False, "outcome": "call_back_unreachable", "text": "x"},
    "redo": {"text": "x"}, "restore": {"text": "x"}, "amend": {}, "decide-appeal": {"granted": True, "text": "x"},
}  # fmt: skip


# Of a case that has just been submitted.
FITTING = ("accept", "reject", "note", "ask", "amend")


def body_of(step, half, version):
    return {
        **{key: half.unit.pk if value == "unit" else value for key, value in STEPS[step].items()},
        "version": version,
    }


@pytest.mark.parametrize("step", STEPS)
def test_a_step_names_the_version_and_fits_the_state(api, north, south, case, the_north, step):
    client, address = api(north), f"{LIST}{case.pk}/{step}/"
    body = body_of(step, the_north, 1)
    without = client.post(address, {name: value for name, value in body.items() if name != "version"})
    coloured = client.post(address, {**body, "colour": "red"})
    if step in FITTING:
        assert (without.status_code, list(without.json()["error"]["fields"])) == (400, ["version"])
        assert (coloured.status_code, list(coloured.json()["error"]["fields"])) == (400, ["colour"])
    else:
        # Nobody mends the input of a step that is not to be taken now.
        assert [code_of(without), code_of(coloured)] == ["not_possible_now"] * 2
    assert api(south).post(address, body).status_code == 404
    assert api().post(address, body).status_code == 401
    stale = client.post(address, {**body, "version": 7})
    assert (stale.status_code, code_of(stale)) == (409, "stale")
    assert {"allowed", "since", "version", "state"} <= stale.json()["error"].keys()
    answer = client.post(address, body)
    if step in FITTING:
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
    else:
        assert (answer.status_code, code_of(answer)) == (409, "not_possible_now")
        assert "accept" in answer.json()["error"]["allowed"]


def test_a_step_that_is_somebody_elses_is_403(api, helper, north, case, the_north):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    answer = api(helper).post(f"{LIST}{case.pk}/recall/", {"version": 3, "text": "x"})
    assert (answer.status_code, code_of(answer)) == (403, "not_yours_to_do")


def test_a_unit_of_another_region_cannot_be_chosen(api, north, case, the_south):
    workflow.accept(case, by=Staff(north))
    answer = api(north).post(f"{LIST}{case.pk}/dispatch/", {"version": 2, "unit": the_south.unit.pk})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["unit"])


def test_the_second_dispatcher_is_told_what_happened(api, north, case):
    assert api(north).post(f"{LIST}{case.pk}/accept/", {"version": 1}).status_code == 200
    second = api(north).post(f"{LIST}{case.pk}/reject/", {"version": 1, "ground": "duplicate", "text": "重复"})
    assert second.status_code == 409
    assert [event["verb"] for event in second.json()["error"]["since"]] == ["accept"]


def test_a_step_with_a_key_happens_once(api, north, case):
    for _time in range(2):
        answer = api(north).post(
            f"{LIST}{case.pk}/note/", {"version": 1, "text": "记一笔"}, headers={"Idempotency-Key": "k"}
        )
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert case.events.filter(verb="note").count() == 1


def test_staff_record_a_request_for_somebody(api, north, keeper, auditor, the_north, the_south):
    body = {
        "description": "电话反映路灯不亮",
        "phone": "13800001234",
        "region": the_north.community.code,
        "channel": "phone",
    }
    answer = api(north).post(LIST, body)
    assert answer.status_code == 201
    assert answer.json()["tracking_code"]
    assert ServiceRequest.objects.get().recorded_by == north
    del body["region"]
    assert api(keeper).post(LIST, {**body, "station": the_north.station.pk}).status_code == 201
    assert api(keeper).post(LIST, {**body, "station": the_south.station.pk}).status_code == 400
    assert api(auditor).post(LIST, body).status_code == 403


@pytest.mark.parametrize(
    ("method", "body", "content_type", "status", "code"),
    [
        ("post", "{", "application/json", 400, "malformed"),
        ("post", "[1]", "application/json", 400, "invalid"),
        ("post", '"x"', "application/json", 400, "invalid"),
        ("post", "null", "application/json", 400, "invalid"),
        ("post", '{"\\ud800": 1}', "application/json", 400, "invalid"),
        ("post", '{"version": 1e999}', "application/json", 400, None),
        ("post", '{"version": ' + "9" * 400 + "}", "application/json", 400, "invalid"),
        ("post", b"\xff\xfe", "application/json", 400, "malformed"),
        ("post", "<x/>", "application/xml", 415, "unsupported_media_type"),
        ("put", "{}", "application/json", 405, "method_not_allowed"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_so(api, north, case, method, body, content_type, status, code):
    address = f"{LIST}{case.pk}/accept/"
    answer = api(north).generic(method.upper(), address, body, content_type=content_type)
    assert answer.status_code == status, answer.content
    assert code in (None, code_of(answer))


def test_a_format_that_is_not_spoken_is_406(api, north, case):
    answer = api(north).get(LIST, headers={"Accept": "application/xml"})
    assert (answer.status_code, code_of(answer)) == (406, "not_acceptable")


@pytest.mark.parametrize("pk", ["0", "9" * 30])
def test_an_address_without_a_row_is_404(api, north, case, pk):
    answer = api(north).get(f"{LIST}{pk}/")
    assert (answer.status_code, code_of(answer)) == (404, "not_found")


def test_a_caller_who_calls_too_often_waits(machine, north, monkeypatch, case):
    monkeypatch.setattr(views, "CALLS_A_MINUTE", 1)
    throttling.forget_here()
    client = machine(north)
    assert client.get(LIST).status_code == 200
    answer = client.get(LIST)
    assert (answer.status_code, code_of(answer)) == (429, "throttled")
    assert int(answer["Retry-After"]) <= 60


def test_me_says_what_a_token_may_do(machine, district, the_north):
    answer = machine(district, "reports:read", region=the_north.street).get("/api/v1/me/").json()
    assert (answer["username"], answer["capabilities"], answer["region"]) == (
        "district", ["reports:read"], the_north.street.code,
    )  # fmt: skip


def test_the_root_lists_the_resources(api, db):
    answer = api().get("/api/v1/").json()
    assert {"service-requests", "categories", "public/stations", "reports"} <= answer.keys()
    assert answer["service-requests"].endswith(LIST)


def test_files_of_a_case_are_seen_by_its_staff_alone(api, north, south, case):
    from tests.api.test_public_requests import photo  # noqa: PLC0415

    upload = api(north).post("/api/v1/files/", {"file": photo()}, format="multipart").json()
    noted = api(north).post(f"{LIST}{case.pk}/note/", {"version": 1, "text": "现场照片", "files": [upload["id"]]})
    assert noted.status_code == 200
    address = f"{LIST}{case.pk}/files/{upload['id']}/"
    assert api(north).get(address)["Content-Type"] == "image/jpeg"
    assert api(south).get(address).status_code == 404
    again = api(north).post(f"{LIST}{case.pk}/note/", {"version": 2, "text": "x", "files": [upload["id"]]})
    assert list(again.json()["error"]["fields"]) == ["files"]


def test_somebody_elses_upload_cannot_be_used(api, north, helper, case):
    from tests.api.test_public_requests import photo  # noqa: PLC0415

    upload = api(helper).post("/api/v1/files/", {"file": photo()}, format="multipart").json()
    answer = api(north).post(f"{LIST}{case.pk}/note/", {"version": 1, "text": "x", "files": [upload["id"]]})
    assert list(answer.json()["error"]["fields"]) == ["files"]


def test_who_asked_is_shown_to_who_works_on_it_and_logged(api, north, south, leader, case):
    address = f"{LIST}{case.pk}/reveal/"
    assert list(api(north).post(address, {}).json()["error"]["fields"]) == ["reason"]
    shown = api(north).post(address, {"reason": "电话核实地址"}).json()
    assert (shown["phone"], shown["name"]) == ("13800001234", "张小北")
    record = DisclosureRecord.objects.get()
    assert (record.user, record.reason) == (north, "电话核实地址")
    assert api(south).post(address, {"reason": "好奇"}).status_code == 404
    assert api(leader).post(address, {"reason": "好奇"}).status_code == 403
    assert api(north).post(address, {"reason": "x", "requester": 999}).status_code == 404
    assert DisclosureRecord.objects.count() == 1


def test_personal_data_are_erased_when_the_case_is_over(api, district, north, case):
    address = f"{LIST}{case.pk}/erase/"
    asked = {"reason": "本人申请", "version": case.version}
    assert api(north).post(address, asked).status_code == 403
    assert api(district).post(address, {"reason": "本人申请"}).status_code == 400
    assert api(district).post(address, asked).json()["error"]["code"] == "not_over"
    workflow.reject(case, by=Staff(north), ground="duplicate", text="重复")
    assert api(district).post(address, asked).json()["error"]["code"] == "stale"
    assert api(district).post(address, {**asked, "version": case.version}).status_code == 200
    assert api(north).get(f"{LIST}{case.pk}/").json()["requesters"][0]["phone"] == ""


def test_what_a_machine_wrote_and_may_not_read_is_answered_by_its_id_once(machine, north, the_north):
    topic = {
        "kind": "dispute", "is_confidential": True, "topic": "楼上漏水", "text": "双方各执一词。",
        "region": the_north.community.code,
    }  # fmt: skip
    client = machine(north)
    answers = [client.post("/api/v1/deliberations/", topic, format="json", headers={"Idempotency-Key": "k1"})]
    answers.append(client.post("/api/v1/deliberations/", topic, format="json", headers={"Idempotency-Key": "k1"}))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert {tuple(answer.json()) for answer in answers} == {("id",)}
    assert Deliberation.objects.count() == 1
