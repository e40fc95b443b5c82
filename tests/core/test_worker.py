"""The clock of the job queue: each periodic task once in its slot, however many workers ask."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from portal.core.schedule import Schedule
from portal.core.schedule import schedule as portal_schedule
from portal.core.tasks import prune_finished_tasks, recover_abandoned_tasks

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@task
def tick() -> str:
    return "ticked"


@task
def stumble() -> None:
    raise ValueError("stumbled")


def new_worker(every=timedelta(hours=1), offset=timedelta(0)) -> Schedule:
    """What another process would know: the same tasks, and nothing of what has run."""
    schedule = Schedule()
    schedule.periodic(every=every, offset=offset)(tick)
    return schedule


def stamp(**fields) -> None:
    """Put the runs so far at a moment of the test's choice."""
    DBTaskResult.objects.update(**fields)


@pytest.mark.django_db
def test_it_works():
    worker = new_worker()

    assert worker.enqueue_due() == [tick.module_path]
    assert worker.enqueue_due() == []
    assert DBTaskResult.objects.get().status == TaskResultStatus.READY


@pytest.mark.django_db
def test_a_second_worker_finds_the_slot_served():
    new_worker().enqueue_due()

    assert new_worker().enqueue_due() == []


@pytest.mark.django_db(transaction=True)
def test_workers_that_ask_at_once_enqueue_one():
    def ask(_):
        try:
            return len(new_worker().enqueue_due())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(4))) == 1
    assert DBTaskResult.objects.count() == 1


@pytest.mark.django_db
def test_the_next_slot_gets_a_run_of_its_own():
    worker = new_worker()
    worker.enqueue_due(NOON)
    stamp(enqueued_at=NOON, started_at=NOON, status=TaskResultStatus.SUCCESSFUL)

    assert worker.enqueue_due(NOON + timedelta(minutes=59)) == []
    assert worker.enqueue_due(NOON + timedelta(minutes=60)) == [tick.module_path]


@pytest.mark.django_db
def test_an_outage_of_days_is_caught_up_with_one_run():
    new_worker().enqueue_due(NOON)
    stamp(enqueued_at=NOON, started_at=NOON, status=TaskResultStatus.SUCCESSFUL)

    later = NOON + timedelta(days=5)
    assert new_worker().enqueue_due(later) == [tick.module_path]
    assert new_worker().enqueue_due(later) == []


@pytest.mark.django_db
def test_a_run_that_waited_through_the_outage_is_not_doubled():
    new_worker().enqueue_due(NOON)
    stamp(enqueued_at=NOON)

    later = NOON + timedelta(days=5)
    assert new_worker().enqueue_due(later) == []
    stamp(started_at=later, status=TaskResultStatus.SUCCESSFUL)
    assert new_worker().enqueue_due(later + timedelta(minutes=1)) == []


def test_daily_slots_begin_at_local_time():
    schedule = new_worker(every=timedelta(days=1), offset=timedelta(hours=3))
    entry = schedule.entries[tick.module_path]

    assert entry.slot(NOON) == NOON.replace(hour=3)
    assert entry.slot(NOON.replace(hour=2)) == NOON.replace(hour=3) - timedelta(days=1)


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_what_waits_and_outlives_what_fails(monkeypatch):
    # A worker remembers what it has served; this process may have served another test's database a minute ago.
    monkeypatch.setattr(portal_schedule, "_served", {})
    tick.enqueue()
    stumble.enqueue()

    call_command("worker", "--once")

    done = {row.task_path: row for row in DBTaskResult.objects.all()}
    assert done[tick.module_path].return_value == "ticked"
    assert done[stumble.module_path].status == TaskResultStatus.FAILED
    assert set(portal_schedule.entries) <= set(done)


@pytest.mark.django_db
def test_a_task_whose_worker_died_runs_again_once():
    tick.enqueue()
    long_ago = timezone.now() - timedelta(days=1)
    stamp(status=TaskResultStatus.RUNNING, started_at=long_ago, worker_ids=["first"])

    recover_abandoned_tasks.call()
    assert DBTaskResult.objects.get().status == TaskResultStatus.READY

    stamp(status=TaskResultStatus.RUNNING, started_at=long_ago, worker_ids=["first", "second"])
    recover_abandoned_tasks.call()
    assert DBTaskResult.objects.get().status == TaskResultStatus.FAILED


@pytest.mark.django_db
def test_a_task_that_still_runs_is_left_alone():
    tick.enqueue()
    stamp(status=TaskResultStatus.RUNNING, started_at=timezone.now(), worker_ids=["first"])

    recover_abandoned_tasks.call()

    assert DBTaskResult.objects.get().status == TaskResultStatus.RUNNING


@pytest.mark.django_db
def test_finished_tasks_are_kept_for_a_month():
    tick.enqueue()
    tick.enqueue()
    now = timezone.now()
    old, new = DBTaskResult.objects.all()
    finished = DBTaskResult.objects.filter
    finished(pk=old.pk).update(status=TaskResultStatus.FAILED, finished_at=now - timedelta(days=31))
    finished(pk=new.pk).update(status=TaskResultStatus.SUCCESSFUL, finished_at=now - timedelta(days=29))

    assert prune_finished_tasks.call() == 1
    assert list(DBTaskResult.objects.all()) == [new]
