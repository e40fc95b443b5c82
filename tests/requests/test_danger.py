"""Words of danger: whom to call is said first, and the case comes first."""

import pytest
from django.core.cache import caches
from django.test import Client

from requests import workflow
from requests.danger import danger_in
from requests.models import Category, DangerWord, ServiceRequest
from requests.queues import AREA, QUEUES
from requests.types import TimeLimit
from requests.workflow import Staff
from requests.workflow.intake import Contact
from tests.public.conftest import typed as typed

NEW, HINTS = "/desk/requests/new/", "/desk/requests/new/hints/"
LEAK = "楼道里一股煤气味，燃气好像漏了"


def submit(half, description, **more):
    contact = Contact(phone="13800001234", name="张小北")
    return workflow.submit(description=description, contact=contact, region=half.community, **more).case


@pytest.fixture
def category(db):
    return Category.objects.create(name="物业服务")


@pytest.fixture
def told(the_north):
    return {
        "channel": "phone", "phone": "13800001234", "description": LEAK, "kind": "demand",
        "region": the_north.community.pk, "consent": "on", "idempotency_key": "k1",
    }  # fmt: skip


def test_it_works(the_north):
    found = danger_in(LEAK)
    assert found.words == ("燃气", "煤气")
    assert [number.value for number in found.numbers] == ["119", "110", "120"]
    assert submit(the_north, LEAK).time_limit == TimeLimit.EMERGENCY


@pytest.mark.django_db
def test_the_number_to_call_first_stands_first():
    assert danger_in("有人触电了").numbers[0] == "120"
    assert danger_in("有人持刀").numbers[0] == "110"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["燃气费怎么交", "想开通燃气，燃气公司电话是多少", "楼道杂物有火灾隐患", "路灯坏了", ""]
)
def test_harmless_phrases_are_no_danger(text):
    assert danger_in(text) is None or "开通燃气" in text


@pytest.mark.django_db
def test_a_harmless_phrase_hides_no_danger_beside_it():
    assert danger_in("交了燃气费，今天燃气泄漏").words == ("燃气",)


@pytest.mark.django_db
def test_the_city_adds_changes_and_switches_off_words():
    assert danger_in("氨气泄漏") is None
    DangerWord.objects.create(word="氨气", number="119", unless="氨气检测 氨气罐年检")
    DangerWord.objects.create(word="冒烟", number="119", is_active=False)
    caches["local"].clear()
    assert danger_in("氨气泄漏").words == ("氨气",)
    assert danger_in("预约氨气检测") is None
    assert danger_in("插座冒烟") is None


def test_such_a_case_stands_first_in_the_queue_however_late_others_are(the_north, case, north):
    ServiceRequest.objects.filter(pk=case.pk).update(dispatch_due_at=case.submitted_at)
    urgent = submit(the_north, LEAK)
    for queue in (QUEUES["accept"], AREA["open"], AREA["submitted"]):
        assert queue.of(north).first() == urgent


def test_a_category_does_not_take_the_emergency_away_but_the_dispatcher_may(the_north, north, category):
    urgent = submit(the_north, LEAK)
    workflow.accept(urgent, by=Staff(north), category=category)
    assert urgent.time_limit == TimeLimit.EMERGENCY
    other = submit(the_north, LEAK)
    workflow.accept(other, by=Staff(north), category=category, time_limit=TimeLimit.GENERAL)
    assert other.time_limit == TimeLimit.GENERAL


def test_the_case_page_shows_whom_to_call_until_it_is_judged(client, the_north, north):
    urgent = submit(the_north, LEAK)
    client.force_login(north)
    page = client.get(f"/desk/requests/{urgent.pk}/").content.decode()
    assert 'href="tel:119"' in page
    assert '<option value="emergency" selected>' in page
    workflow.accept(urgent, by=Staff(north), time_limit=TimeLimit.GENERAL)
    assert 'href="tel:119"' not in client.get(f"/desk/requests/{urgent.pk}/").content.decode()


def test_the_list_says_emergency(client, the_north, north):
    submit(the_north, LEAK)
    client.force_login(north)
    assert "紧急</span>" in client.get("/desk/?queue=accept").content.decode().replace("\n", "")


def test_staff_are_told_while_they_type_and_before_it_is_recorded(client, told, north):
    client.force_login(north)
    assert 'href="tel:119"' in client.post(HINTS, {"description": LEAK}).content.decode()
    assert "tel:" not in client.post(HINTS, {"description": "路灯坏了"}).content.decode()
    first = client.post(NEW, told)
    assert first.status_code == 422
    assert 'href="tel:119"' in first.content.decode()
    assert LEAK in first.content.decode()
    assert not ServiceRequest.objects.exists()
    assert client.post(NEW, told | {"danger_seen": "on"}).status_code == 302


def test_residents_are_told_before_it_is_sent_and_lose_nothing(client, typed):  # noqa: F811
    typed |= {"description": LEAK}
    first = client.post("/ask/", typed)
    page = first.content.decode()
    assert first.status_code == 422
    assert page.index('href="tel:119"') < page.index(LEAK)
    assert "error-summary" not in page
    assert typed["phone"] in page
    assert client.post("/ask/", typed | {"danger_seen": "on"}).status_code == 302
    receipt = client.get(f"/case/{ServiceRequest.objects.get().number}/receipt/").content.decode()
    assert 'href="tel:119"' in receipt


def test_residents_are_told_while_they_type(db):
    strict = Client(enforce_csrf_checks=True)
    assert 'name="danger_seen"' in Client().post("/ask/danger/", {"description": LEAK}).content.decode()
    assert Client().post("/ask/danger/", {"description": "路灯坏了"}).content.strip() == b""
    assert strict.post("/ask/danger/", {"description": LEAK}).status_code == 403


def test_other_systems_are_told_whom_to_call(client, the_north, north):
    client.force_login(north)
    body = {"description": LEAK, "phone": "13800001234", "region": the_north.community.code}
    made = client.post("/api/v1/service-requests/", body, content_type="application/json").json()
    assert made["emergency_numbers"] == ["119", "110", "120"]
    made = client.post(
        "/api/v1/service-requests/", body | {"description": "路灯坏了"}, content_type="application/json"
    ).json()
    assert made["emergency_numbers"] == []
