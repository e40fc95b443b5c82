"""The public list: what the resident agreed to and staff released, and nothing else."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import HistoryEntry, Role
from requests import privacy, workflow
from requests.models import Requester, ServiceRequest
from requests.types import State
from requests.workflow import Resident, Staff, listing
from requests.workflow.intake import Contact
from tests.api.conftest import _no_calls_yet, api  # noqa: F401
from tests.conftest import make_user

LIST, PAGE = "/api/v1/public/cases/", "/cases/"
SAID = "小区门口路灯不亮"


@pytest.fixture
def resident(submitted):
    return Resident(submitted.requester)


@pytest.fixture
def accepted(case, north):
    ServiceRequest.objects.filter(pk=case.pk).update(latitude=22.654321, longitude=113.987654)
    workflow.accept(case, by=Staff(north))
    return case


@pytest.fixture
def listed(accepted, resident, north):
    workflow.agree(accepted, by=resident, agreed=True)
    return workflow.release(accepted, by=Staff(north), title=SAID, text="晚上看不清路。", outcome="已报修。")


def everywhere(client, case):
    """All that a stranger can read of cases."""
    addresses = [LIST, f"{LIST}geojson/", PAGE, reverse("public:case_points"), reverse("public:home")]
    if case.station_id:
        addresses.append(reverse("public:station", args=[case.station_id]))
    return "".join(client.get(address).content.decode() for address in addresses)


def test_it_works(client, listed):
    (row,) = client.get(LIST).json()["results"]
    assert (row["title"], row["text"], row["outcome"]) == (SAID, "晚上看不清路。", "已报修。")
    assert (row["status"], row["status_label"], row["community"]["name"]) == ("under_way", "办理中", "北社区")
    assert (row["latitude"], row["longitude"]) == (22.654, 113.988)
    (point,) = client.get(f"{LIST}geojson/").json()["features"]
    assert point["geometry"]["coordinates"] == [113.988, 22.654]
    text = client.get(PAGE).content.decode()
    assert SAID in text and "已报修" in text


def test_nothing_of_the_case_itself_is_told(client, listed, submitted):
    told = everywhere(client, listed)
    assert SAID in told
    for secret in (
        listed.title,
        listed.description,
        "13800001234",
        "张小北",
        "138****",
        "张*",
        submitted.tracking_code,
    ):
        assert secret not in told
    assert "22.6543" not in told
    assert set(client.get(LIST).json()["results"][0]) == {
        "number", "title", "text", "outcome", "status", "status_label", "category", "street", "community", "station",
        "asked_on", "done_on", "latitude", "longitude",
    }  # fmt: skip


def test_nothing_unreleased_is_reachable_or_counted(client, many_unreleased, listed):
    told = everywhere(client, listed)
    assert all(each.number not in told and each.title not in told for each in many_unreleased)
    for query in ("", "?status=done", "?status=under_way", "?region=440306", "?station=S6"):
        assert len(client.get(LIST + query).json()["results"]) <= 1
    assert '<span class="count">1</span>' in client.get(PAGE).content.decode()
    assert client.get(f"{LIST}{many_unreleased[0].pk}/").status_code == 404


@pytest.fixture
def many_unreleased(the_north, north):
    """Agreed but not released, released words without an agreement, and neither; at a station and not."""
    made = []
    for number in range(4):
        one = workflow.submit(
            description=f"不公开的事项{number}", contact=Contact(phone="13900000000"), station=the_north.station,
            listing_agreed=number < 2,
        )  # fmt: skip
        workflow.accept(one.case, by=Staff(north))
        made.append(one.case)
    return made


def test_without_an_agreement_there_is_no_release(accepted, resident, north):
    words = {"title": SAID, "text": "看不清路。"}
    assert "release" not in workflow.allowed_verbs(accepted, by=Staff(north))
    with pytest.raises(Conflict) as refusal:
        workflow.release(accepted, by=Staff(north), **words)
    assert refusal.value.code == "not_agreed"
    # Not even by another path.
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRequest.objects.filter(pk=accepted.pk).update(listed_at=timezone.now())
    workflow.agree(accepted, by=resident, agreed=True)
    assert "release" in workflow.allowed_verbs(accepted, by=Staff(north))
    assert workflow.release(accepted, by=Staff(north), **words).listed_at


def test_only_the_dispatcher_releases(accepted, resident, helper, south, keeper, leader):
    workflow.agree(accepted, by=resident, agreed=True)
    for by in (Staff(helper), Staff(south), Staff(keeper), Staff(leader), resident):
        with pytest.raises(NotAllowed):
            workflow.release(accepted, by=by, title=SAID, text="看不清路。")


@pytest.mark.parametrize(
    "words",
    [
        {"title": "张小北反映路灯不亮"},
        {"text": "请打 13800001234。"},
        {"text": "我家在3栋2单元1502室。"},
        {"outcome": "已联系张小北。"},
        {"title": ""},
        {"text": " "},
    ],
)
def test_a_text_that_tells_who_asked_is_refused(accepted, resident, north, words):
    workflow.agree(accepted, by=resident, agreed=True)
    with pytest.raises(DomainError) as refusal:
        workflow.release(accepted, by=Staff(north), **{"title": SAID, "text": "看不清路。", **words})
    assert list(refusal.value.fields) == list(words)
    assert not ServiceRequest.objects.listed().exists()


def test_what_is_proposed_can_be_released(the_north, north):
    made = workflow.submit(
        description="我是张小北，电话 138 0000 1234，住3栋2单元1502室，李阿姨也说路灯坏了，联系人：王大明。",
        contact=Contact(phone="13800001234", name="张小北"), region=the_north.community, listing_agreed=True,
    )  # fmt: skip
    workflow.accept(made.case, by=Staff(north))
    draft = listing.draft(made.case)
    for secret in ("张小北", "1234", "1502", "李阿姨", "王大明"):
        assert secret not in draft.text
    assert "路灯坏了" in draft.text
    workflow.release(made.case, by=Staff(north), title=draft.title, text=draft.text)


def test_the_resident_takes_it_out_at_once(client, submitted, listed, resident):
    assert SAID in everywhere(client, listed)
    client.post(reverse("public:track"), {"code": submitted.tracking_code})
    page = reverse("public:case", args=[listed.number])
    assert SAID in client.get(page).content.decode()
    act = reverse("public:case_act", args=[listed.number, "agree"])
    assert client.post(act, {"version": listed.version, "agreed": "0"}).status_code == 302
    assert SAID not in everywhere(client, listed)
    listed.refresh_from_db()
    assert (listed.listed_at, listed.listing_agreed_at, listed.listed_text) == (None, None, "")
    # And agrees again: nothing is public before somebody releases it again.
    assert client.post(act, {"version": listed.version, "agreed": "1"}).status_code == 302
    assert client.get(LIST).json()["results"] == []


@pytest.mark.parametrize("sent", [{}, {"agreed": "x"}, {"agreed": "", "version": "x"}])
def test_a_bad_answer_is_no_error(client, submitted, listed, sent):
    client.post(reverse("public:track"), {"code": submitted.tracking_code})
    act = reverse("public:case_act", args=[listed.number, "agree"])
    assert client.post(act, sent).status_code == 422
    assert client.get(act).status_code == 302


def test_the_api_of_the_code_does_the_same(api, submitted, listed):  # noqa: F811
    address = f"/api/v1/public/requests/{submitted.tracking_code}/"
    shown = api().get(address).json()
    assert (shown["listing_agreed"], shown["is_listed"]) == (True, True)
    assert "agree" in shown["allowed"]
    assert api().post(f"{address}agree/", {}).status_code == 400
    shown = api().post(f"{address}agree/", {"agreed": False}).json()
    assert (shown["listing_agreed"], shown["is_listed"]) == (False, False)
    assert api().get(LIST).json()["results"] == []


def test_staff_take_it_out_and_release_it_anew(api, listed, north, south):  # noqa: F811
    case = f"/api/v1/service-requests/{listed.pk}/"
    assert api(south).post(f"{case}hide/", {"version": listed.version}).status_code == 404
    hidden = api(north).post(f"{case}hide/", {"version": listed.version})
    assert hidden.status_code == 200
    assert api().get(LIST).json()["results"] == []
    again = {"version": hidden.json()["version"], "title": "路灯", "text": "又坏了"}
    assert api(north).post(f"{case}hide/", {"version": again["version"]}).status_code == 409
    assert api(north).post(f"{case}release/", again).status_code == 200
    assert api().get(LIST).json()["results"][0]["title"] == "路灯"
    assert api(north).get(case).json()["listed_title"] == "路灯"


def test_the_desk_proposes_a_text_and_asks_to_read_it(client, accepted, resident, north):
    workflow.agree(accepted, by=resident, agreed=True)
    client.force_login(north)
    text = client.get(reverse("desk:case", args=[accepted.pk])).content.decode()
    assert "居民已同意公开" in text and "我已通读全文" in text
    step = reverse("desk:step", args=[accepted.pk, "release"])
    form = {"version": accepted.version, "title": SAID, "text": "看不清路，电话 13800001234"}
    assert client.post(step, form).status_code == 422
    refused = client.post(step, {**form, "read": "on"})
    assert refused.status_code in (400, 422)
    assert "仍有电话" in refused.content.decode() and SAID in refused.content.decode()
    assert client.post(step, {**form, "read": "on", "text": "看不清路"}).status_code == 302
    assert ServiceRequest.objects.listed().get().listed_title == SAID


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REJECTED])
def test_what_came_to_nothing_is_not_shown(client, listed, resident, north, state):
    if state == State.WITHDRAWN:
        workflow.withdraw(listed, by=resident)
    else:
        workflow.reject(listed, by=Staff(north), ground="duplicate", text="重复")
    assert SAID not in everywhere(client, listed)


def test_erasing_takes_it_out(client, listed, resident, north, the_north):
    workflow.withdraw(listed, by=resident)
    privacy.erase(listed, by=make_user("district", Role.DISTRICT, region=the_north.district), reason="期满")
    listed.refresh_from_db()
    assert (listed.listed_at, listed.listing_agreed_at, listed.listed_title) == (None, None, "")
    with pytest.raises(Conflict):
        workflow.agree(listed, by=Resident(Requester.objects.get()), agreed=True)


def test_the_history_says_that_it_changed_and_not_what_to(listed):
    changes = [entry.changes for entry in HistoryEntry.objects.filter(table="requests_servicerequest")]
    assert any(each.get("listed_text") is True for each in changes)
    assert SAID not in str(changes)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("region=440306", 1), ("region=440306001001", 1), ("region=440305", 0), ("status=under_way", 1),
        ("status=done", 0), ("station=S6", 0), ("station=S5", 0), ("category=999", 0),
    ],
)  # fmt: skip
def test_each_filter_includes_and_excludes(client, listed, the_south, query, found):
    assert len(client.get(f"{LIST}?{query}").json()["results"]) == found


@pytest.mark.parametrize(
    "query",
    ["region=99", "status=secret", "category=x", "phone=1", "q=路灯", "state=closed", "ordering=id", "cursor=x"],
)
def test_a_bad_parameter_is_named(client, listed, query):
    assert client.get(f"{LIST}?{query}").status_code == 400
    assert client.get(f"{PAGE}?{query}&district=x&page=99&status=x&station=x").status_code == 200


def test_the_list_goes_page_by_page_at_the_same_cost(client, listed, many_unreleased, north):
    def queries(address):
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    addresses = [LIST, f"{LIST}geojson/", PAGE, reverse("public:station", args=[many_unreleased[0].station_id])]
    workflow.release(many_unreleased[0], by=Staff(north), title="楼道灯", text="不亮")
    before = [queries(address) for address in addresses]
    workflow.release(many_unreleased[1], by=Staff(north), title="电梯", text="停了")
    assert [queries(address) for address in addresses] == before
    first = client.get(f"{LIST}?limit=2").json()
    second = client.get(first["next"]).json()
    assert [row["title"] for row in first["results"] + second["results"]] == ["电梯", "楼道灯", SAID]
    assert "楼道灯" in client.get(addresses[3]).content.decode()


def test_a_resident_agrees_on_the_form(client, the_north):
    form = {
        "description": "路灯坏了", "phone": "13800001234", "consent": "on", "listing_agreed": "on",
        "station": the_north.station.pk,
    }  # fmt: skip
    assert client.post(reverse("public:request_new"), form).status_code == 302
    case = ServiceRequest.objects.get()
    assert case.listing_agreed_at is not None and case.listed_at is None
    assert client.post(reverse("public:request_new"), {**form, "listing_agreed": ""}).status_code == 302
    assert ServiceRequest.objects.latest("pk").listing_agreed_at is None


def test_what_is_done_says_when(client, listed, north):
    workflow.resolve(listed, by=Staff(north), text="已修好。", at=timezone.now() + timedelta(minutes=1))
    (row,) = client.get(f"{LIST}?status=done").json()["results"]
    assert row["status_label"] == "已办结"
    assert row["done_on"] and len(row["asked_on"]) == 10
