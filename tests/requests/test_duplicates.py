"""Likely duplicates: proposed with reasons, from one's own scope alone, and merged by a person."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from requests import workflow
from requests.duplicates import Matter, propose
from requests.models import Category, ServiceRequest
from requests.types import State
from requests.workflow import Staff
from requests.workflow.intake import Contact

LIGHT = "幸福花园三栋门口的路灯不亮了，晚上老人出门看不清路"


def submit(half, description, **more):
    contact = Contact(phone="13800001234", name="张小北")
    return workflow.submit(description=description, contact=contact, region=half.community, **more).case


@pytest.fixture
def lighting(db):
    return Category.objects.create(name="路灯照明")


def found(case, user):
    case = ServiceRequest.objects.select_related("category", "region", "street").get(pk=case.pk)
    return propose(ServiceRequest.objects.for_user(user), Matter.of_case(case))


def test_it_works(the_north, north, lighting):
    first = submit(the_north, LIGHT, point=(22.6101, 113.88), category=lighting)
    second = submit(the_north, "三栋楼下路灯不亮好几天，老人晚上看不清", point=(22.6106, 113.88), category=lighting)
    (proposal,) = found(second, north)
    assert proposal.pk == first.pk
    assert proposal.reasons[:3] == ("相距 60 米", "同一天", "同一类别")
    assert "路灯不亮" in proposal.reasons[3]
    assert 50 <= proposal.score <= 100


def test_another_matter_of_the_same_place_is_none(the_north, north):
    submit(the_north, "楼上装修太吵，孩子没法写作业", address_text="幸福花园")
    assert found(submit(the_north, LIGHT, address_text="幸福花园"), north) == []


def test_the_name_of_the_place_makes_no_two_matters_alike(the_north, north):
    submit(the_north, "北社区北街道垃圾桶满了")
    assert found(submit(the_north, "北社区北街道电梯停运"), north) == []


def test_old_and_ended_cases_are_none(the_north, north):
    old = submit(the_north, LIGHT, at=timezone.now() - timedelta(days=40))
    closed = submit(the_north, LIGHT)
    rows = ServiceRequest.objects
    long_ago = timezone.now() - timedelta(days=8)
    rows.filter(pk=closed.pk).update(state=State.CLOSED, resolved_at=long_ago, finished_at=long_ago)
    new = submit(the_north, LIGHT)
    assert found(new, north) == []
    rows.filter(pk=closed.pk).update(resolved_at=timezone.now())
    assert [each.pk for each in found(new, north)] == [closed.pk]
    assert old.pk not in [each.pk for each in found(new, north)]


def test_at_most_five_the_likeliest_first(the_north, north):
    for _number in range(6):
        submit(the_north, LIGHT)
    submit(the_north, "路灯不亮，晚上看不清路")
    scores = [each.score for each in found(submit(the_north, LIGHT), north)]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)


def test_nobody_is_told_of_cases_of_others(client, the_north, the_south, north, south):
    submit(the_north, LIGHT)
    mine = submit(the_north, LIGHT)
    assert len(found(mine, north)) == 1
    assert found(mine, south) == []
    address = f"/api/v1/service-requests/{mine.pk}/duplicates/"
    client.force_login(south)
    assert client.get(address).status_code == 404
    client.force_login(north)
    (row,) = client.get(address).json()["duplicates"]
    assert row["is_open"]
    assert "用词相近" in row["reasons"][-1]


def test_a_case_without_words_or_community_has_none(the_north, north):
    submit(the_north, LIGHT)
    assert found(submit(the_north, "请尽快处理"), north) == []


def test_one_that_names_the_street_alone_is_compared_with_all_of_it(the_north, leader):
    first = submit(the_north, LIGHT)
    contact = Contact(phone="13800001234", name="张小北")
    second = workflow.submit(description=LIGHT, contact=contact, region=the_north.street).case
    assert [each.pk for each in found(second, leader)] == [first.pk]
    assert [each.pk for each in found(first, leader)] == [second.pk]


def test_the_case_page_offers_to_merge_and_fills_in_the_number(client, the_north, north):
    first, second = submit(the_north, LIGHT), submit(the_north, LIGHT)
    client.force_login(north)
    page = client.get(f"/desk/requests/{second.pk}/").content.decode()
    assert f'href="/desk/requests/{second.pk}/?into={first.number}#merge_into"' in page
    filled = client.get(f"/desk/requests/{second.pk}/?into={first.number}").content.decode()
    assert f'value="{first.number}"' in filled
    workflow.merge(second, by=Staff(north), into=first)
    assert "?into=" not in client.get(f"/desk/requests/{second.pk}/").content.decode()


def test_who_cannot_merge_is_not_asked(client, the_north, auditor):
    submit(the_north, LIGHT)
    second = submit(the_north, LIGHT)
    client.force_login(auditor)
    assert "可能是同一件事" not in client.get(f"/desk/requests/{second.pk}/").content.decode()


def test_they_are_proposed_while_somebody_types(client, the_north, the_south, north, south):
    first = submit(the_north, LIGHT)
    typed = {"description": LIGHT, "region": the_north.community.pk}
    client.force_login(north)
    assert first.number in client.post("/desk/requests/new/hints/", typed).content.decode()
    assert first.number not in client.post("/desk/requests/new/hints/", {"description": LIGHT}).content.decode()
    assert first.number not in client.post("/desk/requests/new/hints/", typed | {"region": "x"}).content.decode()
    client.force_login(south)
    assert first.number not in client.post("/desk/requests/new/hints/", typed).content.decode()


def test_other_systems_ask_before_they_record(client, the_north, north):
    first = submit(the_north, LIGHT)
    client.force_login(north)
    ask = {"description": f"{LIGHT}，还有人触电", "region": the_north.community.code}
    told = client.post("/api/v1/service-requests/proposals/", ask, content_type="application/json").json()
    assert [each["id"] for each in told["duplicates"]] == [first.pk]
    assert told["emergency_numbers"][0] == "120"
    assert told["category"] is None
    bad = client.post("/api/v1/service-requests/proposals/", {"region": "x"}, content_type="application/json")
    assert set(bad.json()["error"]["fields"]) == {"description", "region"}


def test_it_takes_one_query_however_many_there_are(the_north, north):
    mine = ServiceRequest.objects.select_related("category", "region", "street").get(pk=submit(the_north, LIGHT).pk)
    north.scope  # noqa: B018
    for count in (1, 30):
        for _number in range(count):
            submit(the_north, LIGHT)
        with CaptureQueriesContext(connection) as queries:
            assert propose(ServiceRequest.objects.for_user(north), Matter.of_case(mine))
        assert len(queries) == 1
