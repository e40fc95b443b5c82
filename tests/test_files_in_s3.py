"""Uploaded files in an S3-compatible store: a small real one, over HTTP, that checks every signature."""

import subprocess
import sys
from datetime import timedelta

import environ
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from portal import file_store
from portal.core import files, stores
from portal.core.models import Role, StoredFile
from portal.postgres import BASE_DIR
from requests import privacy
from requests.models import ServiceRequest
from requests.types import State
from tests import s3_server
from tests.conftest import make_user
from tests.public.conftest import photo, typed  # noqa: F401  a fixture
from tests.stations.test_import import load, send, station_line, xlsx

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(settings, monkeypatch):
    """The portal as it is configured by its environment, and the store that it then uses."""
    with s3_server.serving() as server:
        monkeypatch.setenv("PORTAL_S3_BUCKET", s3_server.BUCKET)
        monkeypatch.setenv("PORTAL_S3_ENDPOINT", server.url)
        monkeypatch.setenv("PORTAL_S3_ACCESS_KEY", s3_server.ACCESS_KEY)
        monkeypatch.setenv("PORTAL_S3_SECRET_KEY", s3_server.SECRET_KEY)
        use(settings)
        yield server


def use(settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "default": file_store.from_environment(environ.Env())}


@pytest.fixture
def gone(store):
    """The same, after the store went away."""
    store.is_down = True


def ask(client, typed, **more):  # noqa: F811
    return client.post("/ask/", typed | more)


def test_it_works(client, store, typed, north, south):  # noqa: F811
    assert ask(client, typed, photos=[photo()]).status_code == 302
    case = ServiceRequest.objects.get()
    stored = StoredFile.objects.get()
    assert sorted(store.objects) == sorted([stored.file.name, stored.thumbnail.name])
    assert store.objects[stored.file.name].startswith(b"\xff\xd8\xff")

    address = reverse("desk:attachment", args=[case.pk, case.attachments.get().pk])
    client.force_login(north)
    answer = client.get(address)
    assert b"".join(answer.streaming_content) == store.objects[stored.file.name]
    assert b"".join(client.get(f"{address}?small").streaming_content) == store.objects[stored.thumbnail.name]
    client.force_login(south)
    assert client.get(address).status_code == 404


def test_no_address_leads_past_the_check_of_whose_file_it_is(store):
    stored = files.store_image(photo())
    with pytest.raises(NotImplementedError):
        stored.file.url  # noqa: B018


def test_a_wrong_key_is_refused_by_the_store_and_told(store, settings, monkeypatch):
    monkeypatch.setenv("PORTAL_S3_SECRET_KEY", "another")
    use(settings)
    with pytest.raises(stores.StoreDown):
        files.store_image(photo())
    assert store.objects == {}


def test_credentials_come_from_the_environment_and_nowhere_else(store, monkeypatch):
    monkeypatch.delenv("PORTAL_S3_SECRET_KEY")
    with pytest.raises(environ.ImproperlyConfigured, match="PORTAL_S3_SECRET_KEY"):
        file_store.from_environment(environ.Env())


def test_erasing_a_case_removes_its_photos(client, store, typed, the_north, django_capture_on_commit_callbacks):  # noqa: F811
    ask(client, typed, photos=[photo()])
    case = ServiceRequest.objects.get()
    ServiceRequest.objects.update(state=State.WITHDRAWN)
    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase(case, by=make_user("district", Role.DISTRICT, region=the_north.district), reason="居民要求")
    assert store.objects == {}


def test_a_sheet_is_kept_there_until_it_is_loaded(client, store, north, django_capture_on_commit_callbacks):
    client.force_login(north)
    kept = send(client, xlsx(station_line()))
    assert list(store.objects) == [kept.upload.name]
    with django_capture_on_commit_callbacks(execute=True):
        load(client, xlsx(station_line()))
    assert list(store.objects) == [kept.upload.name]  # the first waits for its sender's decision


def test_a_file_that_the_store_has_lost_is_not_found(client, store, typed, north):  # noqa: F811
    ask(client, typed, photos=[photo()])
    store.objects.clear()
    case = ServiceRequest.objects.get()
    client.force_login(north)
    assert client.get(reverse("desk:attachment", args=[case.pk, case.attachments.get().pk])).status_code == 404


def test_a_backup_says_that_the_bucket_is_not_in_it(store, settings, tmp_path, capsys):
    settings.FILES_BUCKET = s3_server.BUCKET
    call_command("db", "backup", str(tmp_path / "portal.tar"), "--with-keys")
    assert f"bucket {s3_server.BUCKET}, which no backup of ours contains" in capsys.readouterr().out


# While the store is away


def test_a_resident_loses_no_word_and_can_send_without_the_photo(client, gone, typed):  # noqa: F811
    answer = ask(client, typed, photos=[photo()])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "暂时无法保存或打开照片和文件" in page
    assert typed["description"] in page
    assert ask(client, typed).status_code == 302


def test_staff_lose_no_word_either(client, gone, north, the_north):
    client.force_login(north)
    told = {
        "channel": "phone", "phone": "13800001234", "description": "路灯坏了三天。", "kind": "demand", "consent": "on",
        "region": the_north.community.pk, "idempotency_key": "k1", "photos": [photo()],
    }  # fmt: skip
    answer = client.post("/desk/requests/new/", told)
    assert answer.status_code == 400
    assert "暂时无法保存或打开照片和文件" in answer.content.decode()
    assert "路灯坏了三天。" in answer.content.decode()


def test_the_api_says_so_in_its_error_shape(client, gone, north):
    client.force_login(north)
    answer = client.post("/api/v1/files/", {"file": photo()})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "files_unavailable"


def test_a_sheet_is_refused_with_a_reason(client, gone, north):
    client.force_login(north)
    answer = client.post(reverse("desk:import_upload", args=["stations"]), {"sheet": xlsx(station_line())})
    assert answer.status_code == 422
    assert "暂时无法保存或打开照片和文件" in answer.content.decode()


def test_a_photo_that_cannot_be_fetched_answers_with_a_page(client, store, typed, north):  # noqa: F811
    ask(client, typed, photos=[photo()])
    case = ServiceRequest.objects.get()
    store.is_down = True
    client.force_login(north)
    answer = client.get(reverse("desk:attachment", args=[case.pk, case.attachments.get().pk]))
    assert answer.status_code == 503
    assert "暂时无法保存或打开照片和文件" in answer.content.decode()


def test_what_was_erased_meanwhile_is_removed_by_a_job(store, django_capture_on_commit_callbacks):
    stored = files.store_image(photo())
    store.is_down = True
    with django_capture_on_commit_callbacks(execute=True):
        files.delete(stored)
    waiting = DBTaskResult.objects.get()
    assert waiting.run_after > timezone.now() + timedelta(minutes=20)
    assert len(store.objects) == 2

    store.is_down = False
    files.remove.call(*waiting.args_kwargs["args"])
    assert store.objects == {}
    assert DBTaskResult.objects.count() == 1


def test_a_probe_is_told_and_the_portal_stays_in_service(client, gone):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "files unavailable"})


def test_a_probe_of_a_store_that_answers(client, store):
    assert client.get("/readyz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}
    assert len(store.seen) == 1  # whoever asks often does not ask the store each time


def test_without_a_bucket_nothing_of_it_is_imported():
    code = "import django, sys; django.setup(); sys.exit('boto3' in sys.modules or 'storages' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, check=False).returncode == 0
