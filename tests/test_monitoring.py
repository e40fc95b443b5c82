"""/metrics: what a monitor reads, for whoever has the token."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from portal.core.schedule import schedule
from portal.core.tasks import prune_history
from requests import workflow
from requests.models import ServiceRequest
from requests.tasks import take_due_steps
from requests.types import State
from requests.workflow import Staff
from tests.requests.builders import new_case

pytestmark = pytest.mark.django_db
TOKEN = "a token of the test"
LINE = re.compile(r'^xiaozhan_(\w+)(?:\{\w+="([^"]*)"\})? (\S+)$', re.MULTILINE)


@pytest.fixture
def read(client, settings):
    """The values by name, or by name and label."""
    settings.METRICS_TOKEN = TOKEN

    def read() -> dict[str | tuple[str, str], float]:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        found = LINE.findall(answer.content.decode())
        return {(name, label) if label else name: float(value) for name, label, value in found}

    return read


def test_it_works(read, case, north):
    ServiceRequest.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(hours=1))
    found = read()
    assert found["cases_open", "submitted"] == 1
    assert found["cases_open", "waiting"] == 0
    assert found["cases_overdue"] == 1
    assert found["files_available"] == 1
    assert found["database_bytes"] > 1_000_000
    assert ("info", "0.1.0") in found


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer another", "Token " + TOKEN, "Bearer 汉字"])
def test_to_everybody_else_it_does_not_exist(client, settings, sent):
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"Authorization": sent}).status_code == 404


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer"])
def test_without_a_token_it_is_off(client, settings, sent):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": sent}).status_code == 404


def test_it_says_how_long_the_queue_has_waited(read):
    now = timezone.now()
    prune_history.enqueue()
    DBTaskResult.objects.update(enqueued_at=now - timedelta(minutes=7))
    prune_history.using(run_after=now + timedelta(hours=1)).enqueue()  # not due: waits for nobody
    found = read()
    assert found["jobs", "ready"] == 2
    assert 419 < found["jobs_oldest_waiting_seconds"] < 430


def test_a_job_that_was_put_off_waits_from_then_on(read):
    now = timezone.now()
    prune_history.using(run_after=now - timedelta(seconds=30)).enqueue()
    DBTaskResult.objects.update(enqueued_at=now - timedelta(days=1))
    assert 29 < read()["jobs_oldest_waiting_seconds"] < 40


def test_an_empty_queue_has_no_age(read):
    assert read()["jobs_oldest_waiting_seconds"] == 0


def test_it_says_when_each_periodic_task_last_ended_well(read):
    now = timezone.now()
    for status, hours in ((TaskResultStatus.SUCCESSFUL, 3), (TaskResultStatus.FAILED, 1)):
        run = take_due_steps.enqueue()
        DBTaskResult.objects.filter(pk=run.id).update(status=status, finished_at=now - timedelta(hours=hours))
    found = read()
    path = take_due_steps.module_path
    assert found["task_period_seconds", path] == 300
    assert found["task_last_success_timestamp_seconds", path] == pytest.approx(now.timestamp() - 3 * 3600, abs=1)
    assert {name[1] for name in found if name[0] == "task_period_seconds"} == set(schedule.entries)


def test_of_ended_cases_it_tells_what_the_planner_knows(read, the_north):
    for _each in range(3):
        new_case(the_north)
    ServiceRequest.objects.update(state=State.CLOSED)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE requests_servicerequest")
    found = read()
    assert found["cases_ended_estimate", "closed"] == 3
    assert found["cases_open", "submitted"] == 0


def test_it_names_nobody_and_no_case(client, read, case, north):
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    for secret in (case.number, case.description, north.username):
        assert secret not in text


def test_the_queries_stay_six(read, case, north, django_assert_num_queries):
    with django_assert_num_queries(6):
        read()
    workflow.accept(case, by=Staff(north), version=case.version)
    with django_assert_num_queries(6):
        read()
