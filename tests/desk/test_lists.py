"""The queue, the area, the filtered list and the saved views: who sees what, and at what cost."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.core.models import Level
from portal.core.regions import merge_regions
from portal.desk.actions import LOOKS
from portal.desk.models import SavedView
from requests import workflow
from requests.exports import case_columns
from requests.models import ServiceRequest
from requests.queues import AREA, QUEUES, counts
from requests.types import State
from requests.workflow import Resident, Staff
from requests.workflow.table import BY_STATE
from tests.conftest import make_region

LISTS = ["desk:home", "desk:queue", "desk:requests"]


@pytest.mark.smoke
def test_it_works(page, case, north):
    text = page(north, reverse("desk:home")).content.decode()
    assert case.number in text
    assert "待受理" in text


@pytest.mark.parametrize("name", LISTS)
def test_three_people_see_their_own_lists(page, case, north, helper, south, name):
    seen = {user: case.number in page(user, reverse(name)).content.decode() for user in (north, helper, south)}
    assert seen == {north: True, helper: False, south: False}


@pytest.mark.parametrize("name", [*LISTS, "desk:search"])
def test_a_stranger_signs_in_first(client, name, db):
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


def test_each_case_is_in_the_queue_of_whoever_does_the_next_step(case, submitted, north, helper, leader, the_north):
    def queues_of(user):
        del user.__dict__["scope"]
        return {name for name, count in counts(QUEUES, user).items() if count}

    for user in (north, helper, leader):
        assert user.scope
    resident = Resident(submitted.requester)
    assert queues_of(north) == {"accept"}
    workflow.accept(case, by=Staff(north))
    assert queues_of(north) == {"dispatch"}
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    assert (queues_of(north), queues_of(helper)) == (set(), {"take"})
    workflow.take(case, by=Staff(helper))
    assert queues_of(helper) == {"contact", "in_progress"}
    workflow.contact(case, by=Staff(helper), reached=True)
    workflow.ask(case, by=Staff(helper), text="是哪一盏？")
    assert (queues_of(north), queues_of(helper)) == ({"waiting"}, {"waiting"})
    workflow.reply(case, by=resident, text="凉亭旁边那盏")
    assert (queues_of(north), queues_of(helper)) == ({"answered"}, {"answered", "in_progress"})
    workflow.resolve(case, by=Staff(helper), text="修好了")
    assert queues_of(north) == queues_of(helper) == set()
    workflow.rate(case, by=resident, code="dissatisfied", solved=False)
    assert queues_of(north) == {"call_back"}
    assert queues_of(leader) == set()


def test_an_appeal_is_in_the_queue_of_the_leader_above(case, submitted, north, leader, south):
    workflow.reject(case, by=Staff(north), ground="unclear", text="看不懂")
    workflow.appeal(case, by=Resident(submitted.requester), text="写得很清楚")
    assert counts(QUEUES, leader)["appeals"] == 1
    assert counts(QUEUES, north)["appeals"] == counts(QUEUES, south)["appeals"] == 0


def test_what_hurts_first_is_on_top(page, many, north):
    first, second = many(2, at=timezone.now() - timedelta(days=9)), many(1)
    for each in [*second, *first]:
        workflow.accept(each, by=Staff(north), at=each.submitted_at)
    text = page(north, reverse("desk:home"), queue="overdue").content.decode()
    assert first[0].number in text
    assert second[0].number not in text
    text = page(north, reverse("desk:home"), queue="dispatch").content.decode()
    assert text.index(first[0].number) < text.index(second[0].number)


def test_an_unknown_queue_is_not_found(page, north):
    assert page(north, reverse("desk:home"), queue="nonsense").status_code == 404


def test_the_open_case_stands_beside_the_list(page, case, north, south):
    text = page(north, reverse("desk:home"), case=case.pk).content.decode()
    assert f'data-case="{case.pk}"' in text
    assert page(south, reverse("desk:home"), case=case.pk).status_code == 404
    assert page(north, reverse("desk:home"), case="x").status_code == 200


def test_no_letter_does_two_things_on_a_page(page, dispatched, north, helper):
    case = workflow.take(dispatched, by=Staff(helper))
    text = page(north, reverse("desk:requests"), case=case.pk).content.decode()
    keys = re.findall(r'data-key="(.)"', text)
    assert "f" in keys
    assert len(keys) == len(set(keys))
    fixed = set(keys) - {look.key for look in LOOKS.values()}
    assert fixed == {"v"}


def test_no_step_has_a_letter_of_the_list_beside_its_case(page, case, north):
    text = page(north, reverse("desk:requests"), case=case.pk).content.decode()
    of_the_list = set(re.findall(r"<kbd>(.)</kbd>", text)) | {"v"}
    assert {"j", "k", "x", "/", "?"} <= of_the_list
    assert {verb: look.key for verb, look in LOOKS.items() if look.key in of_the_list} == {}


@pytest.mark.parametrize("state", State)
def test_no_two_steps_of_a_state_have_one_letter(state):
    keys = [LOOKS[verb].key for verb in BY_STATE[state] if verb in LOOKS]
    assert len(keys) == len(set(keys))


def test_a_script_gets_the_part_it_asks_for(client, case, north):
    client.force_login(north)
    address = reverse("desk:home")
    panel = client.get(address, {"case": case.pk}, headers={"HX-Request": "true", "HX-Target": "case"}).content.decode()
    assert f'data-case="{case.pk}"' in panel and "data-rows" not in panel
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert "data-rows" in part and "<html" not in part and 'id="tabs"' in part


@pytest.mark.parametrize("name", LISTS)
def test_the_number_of_queries_is_that_of_three_rows(client, many, north, name, django_assert_max_num_queries):
    client.force_login(north)
    many(3)
    client.get(reverse(name))
    with django_assert_max_num_queries(10) as few:
        client.get(reverse(name))
    many(297)
    with django_assert_max_num_queries(10) as more:
        answer = client.get(reverse(name))
    assert answer.content.decode().count("data-row-link") == 50
    assert len(more) == len(few)


def test_a_case_page_costs_the_same_however_long_its_timeline(client, case, north, django_assert_max_num_queries):
    client.force_login(north)
    address = reverse("desk:case", args=[case.pk])
    client.get(address)
    with django_assert_max_num_queries(30) as short:
        client.get(address)
    for number in range(20):
        workflow.note(case, by=Staff(north), text=f"第 {number} 次")
    with django_assert_max_num_queries(30) as long:
        client.get(address)
    assert len(short) == len(long)


def test_pages_follow_one_another_without_a_gap(client, many, north):
    many(120)
    client.force_login(north)
    address, seen = reverse("desk:requests"), []
    while address:
        answer = client.get(address)
        text = answer.content.decode()
        seen += [part.split('"')[0] for part in text.split('data-row="')[1:]]
        following = answer.context["next_page"]
        address = reverse("desk:requests") + following if following else None
    assert len(seen) == len(set(seen)) == 120


def test_filters_are_chips_and_blanks_leave_the_address(page, many, case, north):
    workflow.accept(case, by=Staff(north))
    many(2)
    answer = page(north, reverse("desk:requests"), state="accepted", q="", region="")
    assert answer.status_code == 302
    assert answer.url == "/desk/requests/?state=accepted"
    answer = page(north, reverse("desk:requests"), state="accepted")
    text = answer.content.decode()
    assert case.number in text
    assert text.count("data-row-link") == 1
    assert [chip.words for chip in answer.context["chips"]] == ["状态：待派单"]


@pytest.mark.parametrize(
    "query", [{"state": "nonsense"}, {"region": "999"}, {"ordering": "x"}, {"cursor": "x"}, {"unit": "x"}]
)
def test_a_filter_that_makes_no_sense_is_told(page, case, north, query):
    answer = page(north, reverse("desk:requests"), **query)
    assert answer.status_code == 400
    assert "error-summary" in answer.content.decode()


def test_a_saved_view_is_a_private_tab(client, page, many, north, helper, south):
    many(3)
    client.force_login(north)
    client.post(reverse("desk:views"), {"name": "我的路灯", "query": "state=submitted&case=3&q="})
    view = SavedView.objects.get()
    assert view.query == "state=submitted"
    text = page(north, reverse("desk:requests")).content.decode()
    assert "我的路灯" in text
    assert "我的路灯" not in page(helper, reverse("desk:requests")).content.decode()
    client.force_login(south)
    assert client.post(reverse("desk:view_delete", args=[view.pk])).status_code == 404
    client.force_login(north)
    assert client.post(reverse("desk:view_delete", args=[view.pk])).status_code == 302
    assert not SavedView.objects.exists()


def test_a_saved_view_follows_a_region_that_is_merged(page, case, north, the_north):
    other = make_region("440306001002", "北二社区", Level.COMMUNITY, the_north.street)
    code = the_north.community.code
    queries = {
        "本社区": f"state=submitted&state=accepted&region={code}",
        "受理": f"handling_region={quote(f'北社区 {code}')}&ordering=due_at",
        "搜索": f"q={code}",
        "街道": f"region={the_north.street.code}",
    }
    for name, query in queries.items():
        SavedView.objects.create(user=north, name=name, query=query)
    merge_regions([the_north.community], into=other, by=None)
    assert dict(SavedView.objects.values_list("name", "query")) == queries | {
        "本社区": f"state=submitted&state=accepted&region={other.code}",
        "受理": f"handling_region={other.code}&ordering=due_at",
    }
    view = SavedView.objects.get(name="本社区")
    user = type(north).objects.get(pk=north.pk)
    assert case.title in page(user, f"{reverse('desk:requests')}?{view.query}").content.decode()


def test_a_view_without_name_or_filter_is_refused(client, north):
    client.force_login(north)
    assert client.post(reverse("desk:views"), {"name": "", "query": "state=submitted"}).status_code == 400
    assert client.post(reverse("desk:views"), {"name": "x", "query": ""}).status_code == 400


def test_tabs_count_what_their_lists_show(page, many, case, district, north):
    many(3)
    workflow.accept(case, by=Staff(north))
    for name, count in counts(AREA, district).items():
        text = page(district, reverse("desk:queue"), queue=name).content.decode()
        assert text.count("data-row-link") == count


def test_titles_are_escaped(page, many, north):
    many(1, title="<script>alert(1)</script>")
    text = page(north, reverse("desk:home")).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_the_empty_list_says_what_to_do(page, south):
    assert "新诉求都已受理或答复" in page(south, reverse("desk:home")).content.decode()


def test_overdue_is_not_told_of_finished_cases(resolved, north):
    ServiceRequest.objects.filter(pk=resolved.pk).update(due_at=timezone.now() - timedelta(days=1))
    assert ServiceRequest.objects.get(pk=resolved.pk).state == State.RESOLVED
    assert counts(QUEUES, north)["overdue"] == 0


def test_the_form_of_filters_sends_a_phone_on_as_a_caller(client, page, case, many, north, south):
    (other,) = many(1)
    client.force_login(north)
    answer = client.post(reverse("desk:requests"), {"phone": "138 0000 1234", "state": "submitted", "q": ""})
    assert answer.status_code == 302
    assert "1234" not in answer.url.replace(answer.url.partition("caller=")[2], "")
    text = client.get(answer.url).content.decode()
    assert case.number in text and other.number not in text
    assert "138****1234" in text and "13800001234" not in text
    client.force_login(south)
    text = client.get(answer.url).content.decode()
    assert case.number not in text and "138****1234" not in text


def test_a_bad_phone_loses_none_of_the_other_filters(client, case, many, north):
    workflow.accept(many(1)[0], by=Staff(north))
    client.force_login(north)
    answer = client.post(reverse("desk:requests"), {"phone": "12", "state": "accepted"})
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "电话号码不正确" in text or "不是电话号码" in text
    assert 'value="12"' in text and "state=accepted" in text and case.number not in text


@pytest.mark.parametrize("name", ["desk:requests", "desk:export"])
def test_a_phone_in_an_address_is_refused_and_no_link_hands_it_on(page, case, north, name):
    answer = page(north, reverse(name), phone="13800001234", state="submitted")
    assert answer.status_code == 400
    assert case.number not in answer.content.decode()
    assert "13800001234" not in answer.content.decode().partition("<main")[2]


def test_kind_and_category_have_words_of_their_own(client, page, case, north):
    client.force_login(north)
    # On the list, in the form for a call, and in the head of the export.
    listed = page(north, reverse("desk:requests")).content.decode()
    assert re.findall(r'<label for="filter-(?:kind|category)">([^<]+)</label>', listed) == ["类别", "诉求类型"]
    entered = page(north, reverse("desk:request_new")).content.decode()
    assert re.findall(r'<label[^>]*for="id_(?:kind|category)"[^>]*>\s*([^<\s]+)', entered) == ["诉求类型", "类别"]
    assert [str(column.name) for column in case_columns()][2:5] == ["诉求类型", "渠道", "类别"]
