"""Pages and API of household surveys, appraisals, elections; and that pages of deliberations ask a constant number of
questions of the database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from portal.core import throttling
from portal.core.errors import Conflict, NotAllowed
from portal.core.models import Role
from requests import elections, surveys, workflow
from requests.deliberations import publicity, seats, topics
from requests.models import Deliberation, Election, Objection, Poll, PollOption, Survey, Tabling
from requests.types import State
from tests.conftest import make_user
from tests.requests.builders import case_in, deliberation
from tests.requests.talks import go


@pytest.fixture
def survey(estate, by):
    made = surveys.draft(by=by, estate=estate, title="加装电梯摸底")
    surveys.ask(made, by=by, question="是否同意加装电梯？", options=["同意", "不同意"])
    return surveys.open_up(made, by=by)


@pytest.fixture
def desk(client, by):
    client.force_login(by)
    return client


@pytest.fixture
def api(by):
    throttling.forget_here()
    caller = APIClient()
    caller.force_login(by)
    return caller


def test_it_works_from_door_to_door(desk, survey, estate):
    first, second, _third = estate.households.all()
    door = reverse("requests:survey_door", args=[survey.pk, first.pk])
    poll = survey.questions.get()
    page = desk.get(door).content.decode()
    assert "1栋101" in page
    refused = desk.post(door, {"outcome": "answered"})
    assert (refused.status_code, "请选择一个答案" in refused.content.decode()) == (400, True)
    said = {"outcome": "answered", f"question_{poll.pk}": str(poll.options.first().pk)}
    assert desk.post(door, said).url == reverse("requests:survey_door", args=[survey.pk, second.pk])
    answer = desk.post(reverse("requests:survey_door", args=[survey.pk, second.pk]), {"outcome": "not_reached"})
    assert "doors" in answer.url
    assert surveys.progress(survey).to_visit == 1
    assert desk.get(reverse("requests:survey_detail", args=[survey.pk])).status_code == 200
    sheet = b"".join(desk.get(reverse("requests:survey_csv", args=[survey.pk])).streaming_content).decode()
    assert "1栋101" in sheet


def test_people_elsewhere_find_no_door(client, south, survey, estate):
    client.force_login(south)
    assert client.get(reverse("requests:survey_detail", args=[survey.pk])).status_code == 404
    door = reverse("requests:survey_door", args=[survey.pk, estate.households.first().pk])
    assert client.post(door, {"outcome": "refused"}).status_code == 404


def test_it_works_over_the_api(api, estate):
    made = api.post("/api/v1/surveys/", {"estate": estate.pk, "title": "停车摸底"}, format="json")
    assert made.status_code == 201
    address = f"/api/v1/surveys/{made.json()['id']}/"
    asked = api.post(
        f"{address}questions/", {"question": "怎么收？", "options": ["按月", "按次"]}, format="json"
    ).json()
    question = asked["questions"][0]
    assert api.post(f"{address}open/").json()["state"] == "open"
    said = {
        "household": estate.households.first().pk, "outcome": "answered",
        "answers": [{"question": question["id"], "option": question["options"][0]["id"]}],
    }  # fmt: skip
    assert api.post(f"{address}visits/", said, format="json").json()["progress"]["answered"] == 1
    assert api.post(f"{address}visits/", said, format="json").status_code == 409
    assert api.get(f"{address}answers/", {"format": "xlsx"}).status_code == 200


def test_candidates_are_masked_on_pages_and_over_the_api(desk, api, by, estate):
    election = elections.call(by=by, estate=estate, title="第三届", held_on=timezone.localdate())
    candidate = elections.enter(election, by=by, name="王建国", phone="13800001111")
    for address in ("election_detail", "candidate_detail"):
        row = election if address == "election_detail" else candidate
        assert "王建国" not in desk.get(reverse(f"requests:{address}", args=[row.pk])).content.decode()
    assert "王建国" not in api.get(f"/api/v1/elections/{election.pk}/").content.decode()
    reveal = reverse("requests:candidate_reveal", args=[candidate.pk])
    assert desk.post(reveal, {"reason": ""}).status_code == 400
    assert "王建国" in desk.post(reveal, {"reason": "核实身份"}).content.decode()
    assert Election.objects.get().candidates.get().verdict == ""


def test_a_topic_is_made_of_what_waits_on_the_open_list(desk, cast, by):
    case, _resident = case_in(State.ACCEPTED, cast)
    workflow.table(case, by=cast.dispatcher, text="多户。")
    tabling = Tabling.objects.get()
    page = desk.get(f"{reverse('requests:deliberation_create')}?tabled={tabling.pk}").content.decode()
    assert case.number in page
    form = {
        "kind": "parking", "topic": "夜间停车", "region": f"北社区 {cast.half.community.code}",
        "chair": f"{by.person.name} #{by.person.pk}", "seen": "0", "tabled": [tabling.pk],
    }  # fmt: skip
    assert desk.post(reverse("requests:deliberation_create"), form).status_code == 302
    row = Deliberation.objects.get()
    tabling.refresh_from_db()
    assert (row.source, tabling.deliberation) == ("tabled", row)


def test_who_objected_is_erased_once_it_is_answered(cast, by, admin_of_district):
    row = deliberation(cast)
    topics.invite(row, by=by, role="resident", name="王阿姨")
    go(row, by, to="public", at=timezone.now() - timedelta(days=5))
    made = publicity.object_to(row, name="李四", phone="13800001111", text="李四不同意。")
    with pytest.raises(NotAllowed):
        publicity.erase(made, by=by)
    with pytest.raises(Conflict):
        publicity.erase(made, by=admin_of_district)
    publicity.answer(made, by=by, text="已说明。")
    publicity.erase(made, by=admin_of_district)
    left = Objection.objects.get()
    assert (left.name_masked, left.phone_hash, bool(left.phone)) == ("", "", False)
    assert "李四" not in left.text


@pytest.fixture
def admin_of_district(cast):
    return make_user("clerk", Role.DISTRICT, region=cast.half.district)


def test_auditors_read_the_names_of_people_masked(cast, by, auditor):
    row = deliberation(cast)
    seat = topics.invite(row, by=by, role="resident", name="王阿姨")
    unit = topics.invite(row, by=by, role="executor", organization=cast.half.unit)
    assert [seats.name_for(seat, user) for user in (by, auditor)] == ["王阿姨", "王**"]
    assert seats.name_for(unit, auditor) == str(cast.half.unit)


def test_what_hangs_is_read_without_an_account(client, cast, by):
    row = deliberation(cast)
    topics.invite(row, by=by, role="resident", name="王阿姨")
    go(row, by, to="public", at=timezone.now() - timedelta(days=5))
    throttling.forget_here()
    told = client.get("/api/v1/public/resolutions/").json()["results"]
    assert [each["topic"] for each in told] == [row.topic]
    assert not {"minutes", "participants"} & set(told[0])


@pytest.mark.parametrize("page", ["list", "detail", "survey"])
def test_a_page_asks_as_often_for_many_rows_as_for_few(desk, cast, by, estate, page):
    row = deliberation(cast, estate=estate)

    def fill(number):
        for each in range(number):
            deliberation(cast, topic=f"第{each}题")
            seat = topics.invite(row, by=by, role="resident", name=f"住户{number}-{each}")
            topics.reply(seat, by=by, accepts=True)
            poll = Poll.objects.create(deliberation=row, question=f"问题{number}-{each}")
            PollOption.objects.create(poll=poll, text="同意", position=1)
            survey = surveys.draft(by=by, estate=estate, title=f"摸底{number}-{each}")
            surveys.ask(first, by=by, question=f"问{number}-{each}", options=["同意", "不同意"])
            Survey.objects.filter(pk=survey.pk).update(deliberation=row)

    first = surveys.draft(by=by, estate=estate, title="摸底")
    addresses = {
        "list": reverse("requests:deliberation_list"), "survey": reverse("requests:survey_detail", args=[first.pk]),
        "detail": reverse("requests:deliberation_detail", args=[row.pk]),
    }  # fmt: skip
    counts = []
    for number in (2, 9):
        fill(number)
        desk.get(addresses[page])
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(addresses[page]).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
