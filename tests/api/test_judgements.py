"""Lists of assistance and of ratings over all cases; and how the API refuses what is wrong with a body."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from requests import workflow
from requests.models import DepartmentRating, Rating
from requests.types import State
from requests.workflow.departments import Judgement
from tests.requests.builders import case_in, make_cast, offer

pytestmark = pytest.mark.django_db

V1 = "/api/v1"


@pytest.fixture
def cast(the_north, the_south):
    return make_cast(the_north, the_south)


@pytest.fixture
def part(cast):
    """A case of the north of which a part is asked of a department."""
    cast.department.region = cast.half.community
    cast.department.save()
    case, _resident = case_in(State.IN_PROGRESS, cast)
    workflow.add_assist(case, by=cast.handler, to=cast.department, text="请来清运。")
    return case.assists.get()


@pytest.fixture
def rating(cast):
    case, resident = case_in(State.RESOLVED, cast)
    workflow.rate(case, by=resident, code="very_satisfied", solved=True, comment="很快。")
    return Rating.objects.get()


@pytest.fixture
def ids(client):
    def ids(user, address, **params):
        client.force_login(user)
        answer = client.get(f"{V1}/{address}/", params)
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    return ids


def test_assistance_is_listed_for_the_region_and_for_the_unit_that_is_asked(ids, part, cast, north, south):
    assert ids(north, "assists") == [part.pk]
    assert ids(cast.assistant.user, "assists") == [part.pk]
    assert ids(south, "assists") == []


def test_one_assistance_names_its_case(client, part, north, south):
    client.force_login(north)
    told = client.get(f"{V1}/assists/{part.pk}/").json()
    assert told["request"]["number"] == part.request.number
    assert told["unit"]["id"] == part.organization_id
    client.force_login(south)
    assert client.get(f"{V1}/assists/{part.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"is_open": "true"}, 1), ({"is_open": "false"}, 0), ({"state": "asked"}, 1), ({"state": "done"}, 0),
        ({"unit": "999999"}, 0), ({"asked_from": "2000-01-01"}, 1), ({"due_to": "2000-01-01"}, 0),
    ],
)  # fmt: skip
def test_assistance_is_filtered(ids, part, north, params, count):
    assert len(ids(north, "assists", **params)) == count


def test_ratings_are_listed_for_those_who_see_the_case(ids, rating, north, south):
    assert ids(north, "ratings") == [rating.pk]
    assert ids(north, "ratings", code="very_satisfied", solved="true") == [rating.pk]
    assert ids(north, "ratings", solved="false") == []
    assert ids(south, "ratings") == []


def test_ratings_of_departments_are_listed_for_them_and_for_who_whistled(ids, cast, north, south):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    why = {"ground": "joint_enforcement", "text": "社区没有执法权。"}
    workflow.whistle(case, by=cast.dispatcher, to_level="street", lead=cast.department, assisting=[], **why)
    workflow.decide_whistle(case, by=cast.leader, granted=True, text="同意。")
    workflow.take(case, by=cast.assistant)
    workflow.resolve(case, by=cast.assistant, text="摊贩已劝离。")
    ratings = Judgement(unit=cast.department, code="satisfied")
    workflow.rate_departments(case, by=cast.dispatcher, ratings=[ratings])
    row = DepartmentRating.objects.get()
    assert ids(north, "department-ratings") == ids(cast.assistant.user, "department-ratings") == [row.pk]
    assert ids(north, "department-ratings", unit=cast.department.pk, was_lead="true") == [row.pk]
    assert ids(south, "department-ratings") == []


def test_a_list_of_ratings_takes_as_many_statements_for_one_row_as_for_many(ids, rating, north):
    def statements():
        with CaptureQueriesContext(connection) as caught:
            ids(north, "ratings")
        return len(caught)

    ids(north, "ratings")
    before = statements()
    for number in range(1, 6):
        Rating.objects.create(
            request=rating.request, district=rating.district, requester=rating.requester, round=number,
            source="rating", code="satisfied", solved=True,
        )  # fmt: skip
    assert len(ids(north, "ratings")) == 6
    assert statements() == before


@pytest.mark.parametrize("body", [{}, {"nonsense": 1}, [], "text", None])
def test_of_a_foreign_row_nobody_learns_even_by_a_wrong_body(client, body, case, north, south):
    address = f"{V1}/service-requests/{case.pk}/accept/"
    client.force_login(south)
    assert client.post(address, json.dumps(body), content_type="application/json").status_code == 404
    client.force_login(north)
    assert client.post(address, json.dumps(body), content_type="application/json").status_code == 400


def test_of_a_foreign_resource_nobody_learns_even_by_a_wrong_body(client, the_north, south):
    address = f"{V1}/resources/{offer(the_north).pk}/"
    client.force_login(south)
    assert client.patch(address, {"nonsense": 1}, content_type="application/json").status_code == 404


@pytest.mark.parametrize(
    ("verb", "body", "sentence"),
    [
        ("accept", None, "没有收到任何内容"),
        ("accept", {"category": 999999}, "没有编号为 999999 的内容"),
    ],
)
def test_what_the_framework_refuses_is_said_in_plain_chinese(client, case, north, verb, body, sentence):
    client.force_login(north)
    content = "null" if body is None else json.dumps(body)
    answer = client.post(f"{V1}/service-requests/{case.pk}/{verb}/", content, content_type="application/json")
    assert answer.status_code == 400
    assert sentence in json.dumps(answer.json(), ensure_ascii=False)
