"""入户走访: one visit, many needs; sent twice it is one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.core import consent
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Estate, Role
from requests import privacy, visits, workflow
from requests.models import Category, Household, ServiceRequest, Visit
from requests.types import Channel, Kind
from requests.visits import Need
from requests.workflow import Staff
from tests.conftest import make_user
from tests.public.conftest import photo

API = "/api/v1/visits/"
NEEDS = [Need("厨房下水堵了。"), Need("想学用手机挂号。", kind=Kind.SMALL_WISH)]


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def record(the_north, north):
    def record(*, by=None, **more):
        asked = {
            "key": uuid4(), "region": the_north.community, "household": "3栋2单元501", "met": "owner", "name": "张小北",
            "phone": "13800001234", "consent": consent.current(), "needs": NEEDS,
        }  # fmt: skip
        return visits.record(by=Staff(by or north), **asked | more)

    return record


def test_it_works(record, north):
    visit = record().visit
    cases = [need.request for need in visit.needs.select_related("request")]
    assert [case.description for case in cases] == ["厨房下水堵了。", "想学用手机挂号。"]
    assert {(case.channel, case.recorded_by) for case in cases} == {(Channel.VISIT, north)}
    assert cases[1].kind == Kind.SMALL_WISH
    assert (visit.met_masked, visit.recorded_by) == ("张**", north)
    requester = cases[0].requesters.get()
    assert (requester.name.reveal(), requester.consent) == ("张小北", consent.current())


def test_the_household_stands_there_masked_alone(record):
    visit = record().visit
    assert "501" not in visit.household_masked
    assert "小北" not in visit.met_masked


def test_the_same_key_again_is_the_same_visit(record):
    key = uuid4()
    first, second = record(key=key), record(key=key, needs=[])
    assert first.visit == second.visit
    assert (first.is_new, second.is_new) == (True, False)
    assert (Visit.objects.count(), ServiceRequest.objects.count()) == (1, 2)


def test_a_key_of_somebody_else_is_a_conflict(record, the_north):
    key, other = uuid4(), make_user("other", Role.COMMUNITY, region=the_north.community)
    record(key=key)
    with pytest.raises(Conflict):
        record(key=key, by=other)


@pytest.mark.django_db(transaction=True)
def test_sent_twice_in_the_same_second_it_is_one_visit(record):
    key, barrier = uuid4(), Barrier(2)

    def send(_number):
        barrier.wait()
        try:
            return record(key=key).visit.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        found = set(pool.map(send, range(2)))
    assert len(found) == 1
    assert (Visit.objects.count(), ServiceRequest.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"household": " "}, "household"), ({"met": "dog"}, "met"), ({"met": "nobody"}, "met"),
        ({"consent": None}, "consent"), ({"phone": ""}, "phone"), ({"phone": "12"}, "phone"),
        ({"needs": [*NEEDS, Need("  ")]}, "needs-2-description"), ({"needs": [Need("要")] * 11}, "needs"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_kept(record, change, field):
    with pytest.raises(DomainError) as refused:
        record(**change)
    assert field in refused.value.fields
    assert not Visit.objects.exists()
    assert not ServiceRequest.objects.exists()


@pytest.mark.parametrize("days", [-32, 1])
def test_a_visit_lies_in_the_last_month(record, days):
    with pytest.raises(DomainError) as refused:
        record(visited_at=timezone.now() + timedelta(days=days))
    assert "visited_at" in refused.value.fields


def test_nobody_records_for_another_area(record, south, auditor, the_south):
    with pytest.raises(DomainError) as refused:
        record(by=south)
    assert "region" in refused.value.fields
    with pytest.raises(NotAllowed):
        record(by=auditor)
    strange = Estate.objects.create(name="南苑", region=the_south.community)
    with pytest.raises(DomainError) as refused:
        record(estate=strange)
    assert "estate" in refused.value.fields


def test_without_needs_nothing_personal_is_asked(record):
    visit = record(needs=[], phone="", name="", consent=None, met="nobody").visit
    assert visit.needs.count() == 0
    assert Visit.objects.figures() == {"visits": 1, "needs": 0, "needs_per_visit": 0}


def test_a_flat_of_the_list_is_linked(record, the_north):
    estate = Estate.objects.create(name="北苑", region=the_north.community)
    flat = Household.objects.create(estate=estate, label="3栋2单元501")
    visit = record(estate=estate).visit
    assert visit.household == flat
    assert visit.needs.first().request.address_text == "北苑"


def test_figures_count_visits_and_needs_apart(record):
    record()
    record(needs=NEEDS[:1])
    assert Visit.objects.figures() == {"visits": 2, "needs": 3, "needs_per_visit": 1.5}
    assert Visit.objects.none().figures() == {"visits": 0, "needs": 0, "needs_per_visit": None}


def test_erasing_a_case_takes_what_the_note_says_of_people(record, the_north, north):
    visit = record(note="张小北，13800001234").visit
    case = visit.needs.first().request
    workflow.reject(case, by=Staff(north), ground="out_of_scope", text="不受理。")
    privacy.erase(case, by=make_user("district", Role.DISTRICT, region=the_north.district), reason="到期")
    visit.refresh_from_db()
    assert "13800001234" not in visit.note
    assert "小北" not in visit.note


# Pages


def form(the_north, **more):
    return {
        "key": str(uuid4()), "region": the_north.community.pk, "household": "3栋501", "met": "owner", "name": "张小北",
        "phone": "13800001234", "consent": "on", "needs-TOTAL_FORMS": "2", "needs-INITIAL_FORMS": "0",
        "needs-0-description": "厨房下水堵了。", "needs-0-kind": "need", "needs-1-description": "",
        "needs-1-kind": "need",
    } | more  # fmt: skip


def test_the_form_works_without_a_script(client, north, the_north):
    client.force_login(north)
    address = reverse("requests:visit_create")
    assert client.get(address).status_code == 200
    more = client.post(address, form(the_north, more="1"))
    assert more.status_code == 200
    assert more.content.decode().count("data-need>") == 4
    assert "厨房下水堵了。" in more.content.decode()
    sent = client.post(address, form(the_north) | {"needs-0-photos": photo()})
    visit = Visit.objects.get()
    assert sent.url == reverse("requests:visit_detail", args=[visit.pk])
    assert visit.needs.get().request.attachments.count() == 1
    page = client.get(sent.url).content.decode()
    assert "厨房下水堵了" in page
    assert "13800001234" not in page


def test_the_script_gets_the_same_answer_for_the_same_key(client, north, the_north):
    client.force_login(north)
    asked = form(the_north)
    answers = [
        client.post(reverse("requests:visit_create"), asked, headers={"Accept": "application/json"})
        for _time in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"key": "x"}, {"region": "0"}, {"estate": "999"}, {"needs-0-category": "x"}, {"needs-TOTAL_FORMS": "x"},
        {"needs-TOTAL_FORMS": "99999"}, {"household": ""}, {"met": ""}, {"consent": ""}, {"phone": ""},
        {"needs-0-kind": "no"}, {"visited_at": "gestern"}, {"needs-0-description": "字" * 2001},
    ],
)  # fmt: skip
def test_bad_input_is_said_and_keeps_what_was_typed(client, north, the_north, change):
    client.force_login(north)
    address, asked = reverse("requests:visit_create"), form(the_north, **change)
    page = client.post(address, asked)
    assert page.status_code in (400, 422)
    assert "张小北" in page.content.decode()
    answer = client.post(address, asked, headers={"Accept": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"]
    assert not Visit.objects.exists()


def test_a_file_that_is_no_photo_refuses_the_visit(client, north, the_north):
    client.force_login(north)
    answer = client.post(
        reverse("requests:visit_create"), form(the_north) | {"needs-0-photos": photo(kind="GIF")},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert answer.status_code in (201, 400, 422)


def test_each_sees_the_visits_of_the_own_area(record, client, north, south, helper):
    visit = record().visit
    addresses = [reverse("requests:visit_list"), reverse("requests:visit_detail", args=[visit.pk])]
    for user, is_seen in ((north, True), (south, False), (helper, False)):
        client.force_login(user)
        the_list, detail = (client.get(address) for address in addresses)
        assert (detail.status_code == 200) == is_seen
        assert (visit.household_masked in the_list.content.decode()) == is_seen


def test_the_list_is_exported_masked(record, client, north, auditor):
    record()
    client.force_login(north)
    assert client.get(reverse("requests:visit_xlsx")).status_code == 200
    client.force_login(auditor)
    assert client.get(reverse("requests:visit_xlsx")).status_code == 403


def test_a_list_takes_the_same_queries_for_many_rows(record, client, north, django_assert_num_queries):
    client.force_login(north)
    record(needs=[])
    address = reverse("requests:visit_list")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for _time in range(5):
        record(needs=[])
    with django_assert_num_queries(len(few)):
        client.get(address)


def test_the_list_is_found_by_who_recorded_it(record, client, north, the_north):
    other = make_user("other", Role.COMMUNITY, region=the_north.community)
    record(household="3栋501")
    record(household="5栋302", by=other, met="nobody", needs=[])
    client.force_login(north)
    for user, met in ((north, "业主"), (other, "家中无人")):
        page = client.get(reverse("requests:visit_list"), {"recorded_by": user.pk}).content.decode()
        assert page.count("data-row-link") == 1
        assert f"<td>{met}</td>" in page
    assert client.get(reverse("requests:visit_list"), {"recorded_by": "x"}).status_code == 400


def test_the_list_has_a_total_order():
    assert Visit.objects.with_counts().ordered


def test_what_somebody_else_wrote_down_is_not_sent_in_ones_own_name(client, north, helper, the_north):
    client.force_login(north)
    asked = form(the_north, writer=str(helper.pk))
    answer = client.post(reverse("requests:visit_create"), asked, headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.json()["errors"]
    page = client.post(reverse("requests:visit_create"), asked)
    assert page.status_code == 403
    assert "张小北" in page.content.decode()
    assert not Visit.objects.exists()
    assert client.post(reverse("requests:visit_create"), asked | {"writer": str(north.pk)}).status_code == 302


def test_each_account_seals_what_waits_with_a_key_of_its_own(client, north, helper, the_north):
    assert visits.sealing_key(north) != visits.sealing_key(helper)
    client.force_login(north)
    answer = client.get(reverse("requests:visit_create"))
    assert f'data-key="{visits.sealing_key(north)}"' in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_moment_of_a_visit_is_the_clock_of_the_city(client, north, the_north):
    client.force_login(north)
    local = timezone.localtime() - timedelta(hours=3)
    client.post(reverse("requests:visit_create"), form(the_north, visited_at=f"{local:%Y-%m-%dT%H:%M}"))
    assert abs(Visit.objects.get().visited_at - local) < timedelta(minutes=1)


def test_a_need_has_a_category_proposed_from_earlier_ones(client, north, south, the_north, record):
    category = Category.objects.create(name="下水")
    record(needs=[Need("厨房下水管道堵塞返味。", category=category)] * 3)
    asked = {"number": "1", "needs-1-description": "厨房下水管道堵塞。", "needs-1-category": ""}
    address = reverse("requests:visit_hints")
    client.force_login(north)
    page = client.post(address, asked).content.decode()
    assert f'data-value="{category.pk}"' in page
    assert 'data-fill="#id_needs-1-category"' in page
    assert "data-fill" not in client.post(address, asked | {"needs-1-category": str(category.pk)}).content.decode()
    assert client.post(address, {"number": "\0"}).status_code == 200
    client.force_login(south)
    assert "data-fill" not in client.post(address, asked).content.decode()


# The API


@pytest.fixture
def api(client):
    def call(user, method, address, data=None):
        client.force_login(user)
        return getattr(client, method)(address, data, content_type="application/json")

    return call


def body(the_north, **more):
    return {
        "key": str(uuid4()), "region": the_north.community.code, "household": "3栋501", "met": "owner",
        "phone": "13800001234", "consent": consent.current().version,
        "needs": [{"description": "厨房下水堵了。"}, {"description": "缺个扶手。", "kind": "need"}],
    } | more  # fmt: skip


def test_the_api_records_once(api, north, south, the_north):
    asked = body(the_north)
    first, second = (api(north, "post", API, asked) for _time in range(2))
    assert first.status_code == 201, first.content
    assert first.json() == second.json()
    assert [need["title"] for need in first.json()["needs"]] == ["厨房下水堵了。", "缺个扶手。"]
    assert api(north, "get", API).json()["results"][0]["need_count"] == 2
    assert api(north, "get", f"{API}figures/?met=owner").json() == {"visits": 1, "needs": 2, "needs_per_visit": 2.0}
    assert api(north, "get", f"{API}figures/?met=tenant").json()["needs_per_visit"] is None
    assert api(south, "get", API).json()["results"] == []
    assert api(south, "get", f"{API}{first.json()['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "x"}, "key"), ({"region": "1"}, "region"), ({"consent": "nein"}, "consent"), ({"met": "x"}, "met"),
        ({"needs": [{"description": ""}]}, "needs.0.description"), ({"needs": "x"}, "needs"), ({"phone": "1"}, "phone"),
        ({"visited_at": "x"}, "visited_at"), ({"household": ""}, "household"), ({"more": 1}, "more"),
    ],
)  # fmt: skip
def test_the_api_names_the_field_at_fault(api, north, the_north, change, field):
    answer = api(north, "post", API, body(the_north, **change))
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["error"]["fields"]
