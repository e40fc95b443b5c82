"""A spreadsheet in the hands of the worker: followed, left, taken back, cut off, and never loaded twice."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from portal.core.errors import Conflict, DomainError
from portal.core.models import HistoryEntry, Membership, User
from portal.desk import import_jobs, imports
from portal.desk.models import SheetImport
from portal.postgres import BASE_DIR
from stations.models import Station

State = SheetImport.State
LONGEST_WAIT = 90


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def sheet(rows: int) -> SimpleUploadedFile:
    lines = ["代码,名称,层级,站点类型,区域"]
    lines += [f"T{number},{number}号站,站点,小区,北街道/北社区" for number in range(rows)]
    return SimpleUploadedFile("站点.csv", "\n".join(lines).encode())


def send(by: User, rows: int = 3) -> SheetImport:
    upload = sheet(rows)
    return imports.send(kind="stations", upload=upload, size=upload.size, filename=upload.name, by=by)


def ready_to_load(by: User, rows: int = 3) -> SheetImport:
    kept = send(by, rows)
    import_jobs.work(kept.pk)
    imports.load(kept, by=by)
    return now(kept)


def now(kept: SheetImport) -> SheetImport:
    """The import as the database has it, with the scope of its sender looked up anew."""
    return SheetImport.objects.get(pk=kept.pk)


def long_ago(kept: SheetImport) -> None:
    SheetImport.objects.filter(pk=kept.pk).update(started_at=timezone.now() - timedelta(minutes=1))


def loaded() -> int:
    return Station.objects.filter(code__startswith="T").count()


def until(is_so) -> None:
    """Wait for another process or thread."""
    end = time.monotonic() + LONGEST_WAIT
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_it_works(client, north):
    client.force_login(north)
    sent = client.post(reverse("desk:import_upload", args=["stations"]), {"sheet": sheet(3)})
    there = sent.url
    page = client.get(there)
    assert "正在检查" in page.content.decode()
    assert 'hx-trigger="every 2s"' in page.content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page.content.decode()

    call_command("worker", "--once")
    assert loaded() == 0
    page = client.get(there).content.decode()
    assert "导入 3 行" in page
    assert "every 2s" not in page

    client.post(there, {"load": "1"})
    assert "正在导入" in client.get(there).content.decode()
    call_command("worker", "--once")
    assert loaded() == 3
    assert "文件已导入" in client.get(there).content.decode()
    entries = HistoryEntry.objects.filter(table="stations_station", operation="INSERT", actor_id=north.pk)
    assert entries.count() == 3


@pytest.mark.django_db
def test_a_second_click_queues_no_second_loading(client, north):
    kept = ready_to_load(north)
    imports.load(kept, by=north)
    import_jobs.work(kept.pk)
    Station.objects.filter(code="T1").update(name="后来改的")
    imports.load(kept, by=north)
    import_jobs.work(kept.pk)
    assert Station.objects.get(code="T1").name == "后来改的"


@pytest.mark.django_db
def test_nobody_loads_or_takes_back_anothers_file(north, south, helper):
    kept = send(north)
    import_jobs.work(kept.pk)
    for other in (south, helper):
        imports.load(kept, by=other)
        assert now(kept).state == State.CHECKED
        with pytest.raises(SheetImport.DoesNotExist):
            imports.take_back(kept, by=other)


@pytest.mark.django_db
def test_a_file_is_put_aside_before_it_is_loaded_and_not_afterwards(client, north):
    client.force_login(north)
    kept = send(north)
    there = reverse("desk:import_review", args=["stations", kept.key])
    assert client.post(there, {"discard": "1"}).url == reverse("desk:imports")
    assert not SheetImport.objects.exists()
    import_jobs.work(kept.pk)

    kept = ready_to_load(north)
    with pytest.raises(Conflict):
        imports.take_back(kept, by=north)
    there = reverse("desk:import_review", args=["stations", kept.key])
    assert client.post(there, {"discard": "1"}).status_code == 409
    assert 'name="discard"' not in client.get(there).content.decode()


@pytest.mark.django_db
def test_it_is_loaded_only_in_the_role_in_which_it_was_sent(north, the_south):
    Membership.objects.create(user=north, role="community", region=the_south.community)
    here = north.memberships.get(region__code__startswith="440306")
    north.active_membership_id = here.pk
    kept = ready_to_load(north)
    here.is_active = False
    here.save()
    import_jobs.work(kept.pk)
    kept = now(kept)
    assert (kept.state, loaded()) == (State.FAILED, 0)
    assert "身份" in kept.refusal


@pytest.mark.django_db
def test_what_is_said_of_a_file_is_in_the_language_of_its_sender(client, north):
    client.force_login(north)
    upload = SimpleUploadedFile("a.csv", "甲,乙\n1,2\n".encode())
    client.post(reverse("desk:import_upload", args=["stations"]), {"sheet": upload}, headers={"accept-language": "en"})
    kept = SheetImport.objects.get()
    import_jobs.work(kept.pk)
    assert now(kept).refusal.startswith("Columns are missing")


@pytest.mark.django_db
def test_one_persons_files_do_not_fill_the_queue(client, north):
    for _each in range(imports.MAX_RUNNING):
        send(north)
    client.force_login(north)
    refused = client.post(reverse("desk:import_upload", args=["stations"]), {"sheet": sheet(1)})
    assert refused.status_code == 422
    assert "5 个文件" in refused.content.decode()
    assert SheetImport.objects.count() == imports.MAX_RUNNING


@pytest.mark.django_db
def test_a_file_that_is_too_large_is_not_kept(north):
    with pytest.raises(DomainError) as refused:
        imports.send(kind="stations", upload=sheet(1), size=10**9, filename="a.csv", by=north)
    assert refused.value.code == "sheet_too_large"
    assert not SheetImport.objects.exists()


@pytest.mark.django_db
def test_the_list_of_ones_files_costs_the_same_for_one_and_for_many(client, north, django_assert_max_num_queries):
    client.force_login(north)
    send(north)
    client.get(reverse("desk:imports"))
    for _each in range(4):
        send(north)
    with django_assert_max_num_queries(7):
        page = client.get(reverse("desk:imports"))
    assert len(page.context["recent"]) == 5


@pytest.mark.django_db
def test_the_page_is_not_longer_for_a_long_file(client, north):
    kept = send(north, rows=250)
    import_jobs.work(kept.pk)
    client.force_login(north)
    page = client.get(reverse("desk:import_review", args=["stations", kept.key]))
    assert (page.context["good"], len(page.context["right"]), page.context["more_right"]) == (250, 200, 50)


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_file_load_it_once(north):
    kept = ready_to_load(north, rows=100)

    def work() -> None:
        try:
            import_jobs.work(kept.pk)
        finally:
            connection.close()

    workers = [Thread(target=work) for _each in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert (now(kept).state, loaded()) == (State.LOADED, 100)
    assert HistoryEntry.objects.filter(table="stations_station", operation="INSERT", actor_id=north.pk).count() == 100


@pytest.mark.django_db(transaction=True)
def test_a_check_that_is_under_way_stops_when_the_file_is_taken_back(north, tmp_path):
    kept = send(north, rows=400)

    def work() -> None:
        try:
            import_jobs.work(kept.pk)
        finally:
            connection.close()

    worker = Thread(target=work)
    worker.start()
    until(lambda: now(kept).done_count)
    imports.take_back(kept, by=north)
    worker.join()
    assert (SheetImport.objects.count(), loaded()) == (0, 0)
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_leaves_nothing_and_the_next_one_loads_all(north, tmp_path):
    kept = ready_to_load(north, rows=600)
    database = connection.settings_dict
    address = f"postgres://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={database['HOST']}"
    environment = {**os.environ, "DATABASE_URL": address, "PORTAL_VAR_DIR": str(tmp_path)}
    worker = subprocess.Popen([sys.executable, "manage.py", "worker", "--once"], cwd=BASE_DIR, env=environment)
    try:
        until(lambda: now(kept).done_count)
        worker.send_signal(signal.SIGKILL)
    finally:
        worker.kill()
        worker.wait()
    assert (now(kept).state, loaded()) == (State.LOADING, 0)

    # What has only just begun is left alone: its worker may be about to take the lock.
    assert import_jobs.resume_abandoned() == 0
    long_ago(kept)
    until(import_jobs.resume_abandoned)
    assert (now(kept).state, now(kept).tries, loaded()) == (State.LOADED, 2, 600)


@pytest.mark.django_db
def test_who_is_interrupted_twice_is_told_and_has_changed_nothing(client, north):
    kept = ready_to_load(north)
    SheetImport.objects.filter(pk=kept.pk).update(tries=import_jobs.MAX_TRIES)
    long_ago(kept)
    import_jobs.resume_abandoned()
    client.force_login(north)
    page = client.get(reverse("desk:import_review", args=["stations", kept.key])).content.decode()
    assert (now(kept).state, loaded()) == (State.FAILED, 0)
    assert "中断" in page


@pytest.mark.django_db
def test_a_file_that_is_gone_is_told_and_the_job_fails(north):
    kept = send(north)
    kept.upload.storage.delete(kept.upload.name)
    with pytest.raises(FileNotFoundError):
        import_jobs.work(kept.pk)
    assert now(kept).state == State.FAILED


@pytest.fixture
def unreachable():
    """Have the file store fail for one import, until what is returned is called."""

    def take_away(kept: SheetImport):
        path, aside = Path(kept.upload.path), Path(f"{kept.upload.path}.aside")
        path.rename(aside)
        # What cannot be opened is no missing file: the store is at fault.
        path.mkdir()

        def bring_back() -> None:
            path.rmdir()
            aside.rename(path)

        return bring_back

    return take_away


def waiting_jobs():
    """Those that are to run later; what may run at once has the end of all days there."""
    soon = timezone.now() + timedelta(days=1)
    return DBTaskResult.objects.filter(run_after__gt=timezone.now(), run_after__lt=soon)


@pytest.mark.django_db
@pytest.mark.parametrize("is_loading", [False, True])
def test_an_import_waits_for_a_file_store_that_does_not_answer(north, unreachable, is_loading):
    kept = ready_to_load(north) if is_loading else send(north)
    before = now(kept).state
    bring_back = unreachable(kept)
    import_jobs.work(kept.pk)
    assert (now(kept).state, now(kept).tries, now(kept).refusal) == (before, 0, "")
    # It waits in the queue, and is not taken for one whose worker has died.
    assert import_jobs.resume_abandoned() == 0
    assert waiting_jobs().get().run_after <= timezone.now() + import_jobs.WAITS[0]
    bring_back()
    import_jobs.work_on_import.call(*waiting_jobs().get().args_kwargs["args"])
    assert now(kept).state == (State.LOADED if is_loading else State.CHECKED)
    assert loaded() == (3 if is_loading else 0)


@pytest.mark.django_db
def test_only_after_the_last_try_it_is_said_that_the_file_could_not_be_read(north, unreachable):
    kept = send(north)
    unreachable(kept)
    import_jobs.work(kept.pk)
    for _wait in import_jobs.WAITS:
        assert now(kept).state == State.CHECKING
        job = waiting_jobs().get()
        waiting_jobs().delete()
        import_jobs.work_on_import.call(*job.args_kwargs["args"])
    assert now(kept).state == State.FAILED
    assert now(kept).refusal == "文件存储连接不上，一小时内多次尝试都读不到文件。没有改动任何数据，请稍后重新上传。"
    assert not waiting_jobs().exists()


@pytest.mark.django_db
def test_a_file_that_is_taken_back_while_it_waits_is_not_tried_again(north, unreachable):
    kept = send(north)
    bring_back = unreachable(kept)
    import_jobs.work(kept.pk)
    bring_back()
    imports.take_back(kept, by=north)
    import_jobs.work_on_import.call(*waiting_jobs().get().args_kwargs["args"])
    assert not SheetImport.objects.exists()
