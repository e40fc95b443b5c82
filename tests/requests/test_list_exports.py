"""Lists as files: the rows of the list as it is filtered, in words, masked, escaped; for those who may take them."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from portal.core.models import Estate
from requests import appraisals, elections, households, surveys
from requests.deliberation_types import Criterion
from requests.deliberations import meetings
from requests.models import Assist, FollowUpTask
from tests.requests.builders import deliberation
from tests.requests.test_whistles import assisted

SECRET = "楼上漏水"
LISTS = ["deliberation", "meeting", "task", "survey", "appraisal", "election"]


@pytest.fixture
def world(cast, by):
    """One row of each, and a confidential mediation that somebody else chairs."""
    estate = Estate.objects.create(name="龙井小区", region=cast.half.community)
    households.revise(estate, by=by, lines="1栋101\n1栋102")
    topic = deliberation(cast, topic="=1+1", estate=estate)
    deliberation(cast, topic=SECRET, kind="dispute", is_confidential=True)
    FollowUpTask.objects.create(deliberation=topic, text="换灯", due_on=timezone.localdate(), person=by.person)
    meetings.call(by=by, region=cast.half.community, held_on=timezone.localdate(), chair=by.person, place="会议室")
    row = appraisals.begin(by=by, estate=estate, organization=cast.half.unit, year=2026, questions=["保洁？"])
    surveys.open_up(row.survey, by=by)
    answer = {poll.pk: poll.options.first() for poll in row.survey.questions.all()}
    surveys.record(row.survey, by=by, household=estate.households.first(), outcome="answered", answers=answer)
    surveys.close(row.survey, by=by)
    appraisals.score(row, by=by, branch_score=Decimal(80), branch_text="好。")
    election = elections.call(by=by, estate=estate, title="第三届", held_on=timezone.localdate())
    candidate = elections.enter(election, by=by, name="王建国", phone="13800001111")
    elections.check(candidate, by=by, criterion=Criterion.OWNER, passed=False, text="王建国未过户。")
    return election


def taken(client, user, name, kind="csv", args=(), **asked):
    client.force_login(user)
    answer = client.get(reverse(f"{name}_{kind}", args=args), asked)
    assert answer.status_code == 200, answer
    body = b"".join(answer.streaming_content)
    if kind == "csv":
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    return [list(line) for line in load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True)]


@pytest.mark.parametrize("subject", LISTS)
def test_a_list_leaves_as_csv_and_as_a_workbook_with_the_same_lines(world, client, by, subject):
    as_csv, as_xlsx = (taken(client, by, f"requests:{subject}_list", kind) for kind in ("csv", "xlsx"))
    assert as_csv[0] == as_xlsx[0] and len(as_csv) == len(as_xlsx) == 2
    shown = client.get(reverse(f"requests:{subject}_list"), {"page": "1"}).content.decode()
    assert reverse(f"requests:{subject}_list_csv") + "?page=1" in shown or subject == "task"


@pytest.mark.parametrize("subject", LISTS)
def test_people_elsewhere_take_an_empty_list_and_auditors_none(world, client, cast, auditor, subject):
    assert len(taken(client, cast.stranger.user, f"requests:{subject}_list")) == 1
    client.force_login(auditor)
    assert client.get(reverse(f"requests:{subject}_list_csv")).status_code == 403
    assert (
        reverse(f"requests:{subject}_list_csv") not in client.get(reverse(f"requests:{subject}_list")).content.decode()
    )


def test_the_filter_of_the_list_is_that_of_the_file(world, client, by):
    assert len(taken(client, by, "requests:survey_list", state="draft")) == 1
    assert len(taken(client, by, "requests:survey_list", state="closed")) == 2
    assert client.get(reverse("requests:survey_list_csv"), {"state": "nonsense"}).status_code == 400


def test_what_is_typed_runs_in_no_spreadsheet_and_what_is_confidential_stays(world, client, by):
    (line,) = taken(client, by, "requests:deliberation_list")[1:]
    assert line[1] == "'=1+1" and SECRET not in str(line)


def test_the_lines_say_what_the_pages_say(world, client, by):
    (survey,) = taken(client, by, "requests:survey_list")[1:]
    assert survey[3:5] == ["龙井小区", "已结束"] and survey[-2:] == ["2", "1"]
    (appraisal,) = taken(client, by, "requests:appraisal_list")[1:]
    assert appraisal[3:9] == ["2026", "50", "80.00", "100.00", "90.00", "1"]
    (election,) = taken(client, by, "requests:election_list")[1:]
    assert election[2] == "第三届" and election[-3:] == ["0", "0", "1"]


def test_candidates_are_masked_and_no_word_of_the_checks_leaves(world, client, by, south):
    header, line = taken(client, by, "requests:candidate_list", args=[world.pk])
    candidate = world.candidates.get()
    assert line[:2] == [candidate.name_masked, candidate.phone_masked]
    assert "王建国" not in str(line) and "未过户" not in str(line)
    found = dict(zip(header, line, strict=True))
    assert (found[str(Criterion.OWNER.label)], found[str(Criterion.PARTY_MEMBER.label)]) == ("否", "")
    client.force_login(south)
    assert client.get(reverse("requests:candidate_list_csv", args=[world.pk])).status_code == 404


def test_parts_that_units_assist_with_leave_as_a_file(client, cast):
    case, part = assisted(cast)
    Assist.objects.filter(pk=part.pk).update(asked="=请协助检修")
    for kind in ("csv", "xlsx"):
        lines = taken(client, cast.dispatcher.user, "desk:assist_list", kind)
        assert len(lines) == 2 and lines[1][0] == case.number and lines[1][3] == "'=请协助检修"
    assert len(taken(client, cast.stranger.user, "desk:assist_list")) == 1
    client.force_login(cast.assistant.user)
    assert client.get(reverse("desk:assist_list_csv")).status_code == 403
