"""Pages of meetings, tasks, appraisals and elections ask the database as often for many rows as for one; they and the
lists beside them are there with nothing to show, too."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.core.models import Organization
from requests import appraisals, elections, households, surveys, workflow
from requests.deliberation_types import Criterion
from requests.deliberations import meetings, topics
from requests.models import FollowUpTask
from requests.types import State
from tests.requests.builders import case_in, deliberation

LISTS = ["deliberation", "meeting", "task", "survey", "appraisal", "election"]


@pytest.fixture
def desk(client, by):
    client.force_login(by)
    return client


def asked(desk, address):
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(address).status_code == 200
    return len(captured)


def constant(desk, address, fill):
    fill(1)
    desk.get(address)
    few = asked(desk, address)
    fill(7)
    assert asked(desk, address) == few, address


def test_a_meeting_with_a_long_list(desk, cast, by):
    row = meetings.call(by=by, region=cast.half.community, held_on=timezone.localdate(), chair=by.person)
    numbers = iter(range(99))

    def fill(number):
        for _each in range(number):
            deliberation(cast, topic=f"第{next(numbers)}题")
            case, _resident = case_in(State.ACCEPTED, cast)
            workflow.table(case, by=cast.dispatcher, text="多户。")
        meetings.gather(row, by=by)

    for page in ("meeting_detail", "meeting_print"):
        constant(desk, reverse(f"requests:{page}", args=[row.pk]), fill)


def test_tasks_of_a_deliberation_and_the_list_of_them(desk, cast, by):
    row = deliberation(cast)

    def fill(number):
        for _each in range(number):
            other = deliberation(cast)
            for owner in ({"person": by.person}, {"organization": cast.half.unit}):
                for topic in (row, other):
                    FollowUpTask.objects.create(deliberation=topic, text="换灯", due_on=timezone.localdate(), **owner)

    for address in (reverse("requests:task_list"), reverse("requests:deliberation_detail", args=[row.pk])):
        constant(desk, address, fill)


def test_appraisals_of_many_questions_and_of_many_companies(desk, by, estate, cast):
    numbers = iter(range(99))

    def judged(questions=1):
        company = Organization.objects.create(name=f"第{next(numbers)}物业", kind="property", region=estate.region)
        row = appraisals.begin(
            by=by, estate=estate, organization=company, year=2026,
            questions=[f"第{number}问？" for number in range(questions)],
        )  # fmt: skip
        surveys.open_up(row.survey, by=by)
        answers = {poll.pk: poll.options.first() for poll in row.survey.questions.all()}
        for home in estate.households.all():
            surveys.record(row.survey, by=by, household=home, outcome="answered", answers=answers)
        surveys.close(row.survey, by=by)
        appraisals.score(row, by=by, branch_score=Decimal(80), branch_text="好。")
        return appraisals.publish(row, by=by)

    constant(desk, reverse("requests:appraisal_list"), lambda number: [judged() for _each in range(number)])
    constant(desk, reverse("desk:report_surveys"), lambda number: [judged() for _each in range(number)])
    few, many = judged(1), judged(9)
    pages = [reverse("requests:appraisal_detail", args=[row.pk]) for row in (few, many)]
    assert asked(desk, pages[0]) == asked(desk, pages[1])


def test_an_election_with_many_candidates_and_many_elections(desk, by, estate):
    numbers = iter(range(99))

    def called():
        return elections.call(by=by, estate=estate, title=f"第{next(numbers)}届", held_on=timezone.localdate())

    row = called()

    def enter(number):
        for _each in range(number):
            phone = f"138000011{next(numbers):02d}"
            candidate = elections.enter(row, by=by, name="王建国", phone=phone, is_namesake=True)
            for criterion in Criterion:
                elections.check(candidate, by=by, criterion=criterion, passed=True)

    constant(desk, reverse("requests:election_detail", args=[row.pk]), enter)
    constant(desk, reverse("requests:candidate_list_csv", args=[row.pk]), enter)
    constant(desk, reverse("requests:election_list"), lambda number: [called() for _each in range(number)])
    candidate = row.candidates.first()
    assert desk.get(reverse("requests:candidate_detail", args=[candidate.pk])).status_code == 200


def test_a_survey_of_many_doors_and_many_surveys(desk, by, estate, cast):
    topic = deliberation(cast, estate=estate)
    row = surveys.draft(by=by, estate=estate, title="摸底", deliberation=topic)
    surveys.ask(row, by=by, question="同意吗？", options=["同意", "不同意"])
    surveys.open_up(row, by=by)
    numbers = iter(range(3, 99))

    def build(number):
        for _each in range(number):
            building = next(numbers)
            households.revise(estate, by=by, lines=f"{building}栋101,90\n1栋{building}01,90")
            surveys.draft(by=by, estate=estate, title=f"摸底{building}")

    constant(desk, reverse("requests:survey_detail", args=[row.pk]), build)
    constant(desk, reverse("requests:survey_doors", args=[row.pk]) + "?building=1栋", build)
    constant(desk, reverse("requests:survey_list"), build)


@pytest.mark.parametrize("subject", LISTS)
def test_a_list_with_nothing_on_it_says_what_to_do_and_a_filter_that_makes_no_sense_is_named(desk, subject):
    address = reverse(f"requests:{subject}_list")
    shown = desk.get(address)
    assert shown.status_code == 200 and "还没有内容" in shown.content.decode()
    refused = desk.get(address, {"region": "没有这个地方"})
    assert refused.status_code == (200 if subject == "task" else 400)


def test_pages_with_nothing_on_them_are_there(desk, by, estate, cast):
    topic = topics.raise_topic(
        by=by, region=cast.half.community, chair=by.person, kind="facilities", topic="路灯怎么修"
    )
    held_on = timezone.localdate() + timedelta(days=3)
    rows = [
        topic, meetings.call(by=by, region=cast.half.community, held_on=held_on, chair=by.person),
        surveys.draft(by=by, estate=estate, title="摸底"),
        elections.call(by=by, estate=estate, title="第三届", held_on=held_on),
        appraisals.begin(by=by, estate=estate, organization=cast.half.unit, year=2026, questions=["保洁？"]),
    ]  # fmt: skip
    for row in rows:
        name = row._meta.model_name
        assert desk.get(reverse(f"requests:{name}_detail", args=[row.pk])).status_code == 200, name
