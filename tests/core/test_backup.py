"""Backup and restore, on a real server of their own."""

import io
import shutil
import tarfile
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError, call_command

from portal import backup, bootstrap
from portal.backup import BackupError
from portal.postgres import Cluster

pytestmark = pytest.mark.xdist_group("servers")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("backup") / "var")
    yield cluster
    cluster.stop()
    shutil.rmtree(cluster.home, ignore_errors=True)


@pytest.fixture
def url(cluster, monkeypatch):
    monkeypatch.setenv("PORTAL_VAR_DIR", str(cluster.var))
    bootstrap.make_var_dir()
    bootstrap.make_keys()
    url = cluster.ensure_running()
    query(url, "DROP TABLE IF EXISTS notes")
    return url


def query(url: str, statement: str):
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


def test_it_works(url, tmp_path):
    query(url, "CREATE TABLE notes AS SELECT '春园社区' AS place")
    backup.backup(url, tmp_path / "portal.dump", with_keys=False)
    query(url, "UPDATE notes SET place = 'lost'")

    backup.restore(url, tmp_path / "portal.dump")

    assert query(url, "SELECT place FROM notes") == [("春园社区",)]
    assert (tmp_path / "portal.dump").stat().st_mode & 0o777 == 0o600


def test_keys_and_files_come_only_when_asked_for(url, cluster, tmp_path):
    files = cluster.var / "files"
    files.mkdir()
    (files / "photo.jpg").write_bytes(b"a photo")
    keys = cluster.var / "data_keys.json"
    before = keys.read_text()
    backup.backup(url, tmp_path / "plain.dump", with_keys=False)
    backup.backup(url, tmp_path / "full.tar", with_keys=True)
    assert not backup.contains_keys(tmp_path / "plain.dump")
    assert backup.contains_keys(tmp_path / "full.tar")
    keys.write_text("{}")
    shutil.rmtree(files)

    backup.restore(url, tmp_path / "full.tar")

    assert keys.read_text() == before
    assert keys.stat().st_mode & 0o777 == 0o600
    assert (files / "photo.jpg").read_bytes() == b"a photo"


def test_a_broken_file_costs_nothing(url, tmp_path):
    query(url, "CREATE TABLE notes AS SELECT 1 AS number")
    (tmp_path / "broken.dump").write_bytes(b"PGDMP but then nonsense")

    with pytest.raises(BackupError, match="pg_restore"):
        backup.restore(url, tmp_path / "broken.dump")

    assert query(url, "SELECT number FROM notes") == [(1,)]
    assert query(url, "SELECT count(*) FROM pg_database WHERE datname LIKE 'portal%'") == [(1,)]


def test_a_restore_replaces_even_while_somebody_is_connected(url, tmp_path):
    query(url, "CREATE TABLE notes AS SELECT 1 AS number")
    backup.backup(url, tmp_path / "portal.dump", with_keys=False)
    query(url, "UPDATE notes SET number = 2")

    with closing(psycopg2.connect(url)):
        backup.restore(url, tmp_path / "portal.dump")

    assert query(url, "SELECT number FROM notes") == [(1,)]


@pytest.mark.parametrize("content", [b"", b"# Xiaozhan\n", b"PK\x03\x04 a workbook"])
def test_a_file_that_is_no_backup_is_told_before_anything_is_touched(url, tmp_path, content):
    (tmp_path / "other").write_bytes(content)

    with pytest.raises(BackupError, match="is no backup made by"):
        backup.restore(url, tmp_path / "other")


@pytest.mark.parametrize("name", ["gone.dump", "."])
def test_a_file_that_is_not_there_is_told(url, tmp_path, name):
    with pytest.raises(BackupError, match="There is no file"):
        backup.restore(url, tmp_path / name)


def archive_of(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return path


def test_an_archive_of_something_else_is_no_backup(url, tmp_path):
    with pytest.raises(BackupError, match="is no backup made by"):
        backup.restore(url, archive_of(tmp_path / "other.tar", "README.md"))


def test_an_archive_cannot_write_beside_its_place(url, cluster, tmp_path):
    with pytest.raises(BackupError, match="which no backup of ours does"):
        backup.restore(url, archive_of(tmp_path / "bad.tar", "portal.dump", "files/../../../planted"))

    assert not (cluster.var.parent / "planted").exists()


def test_without_a_terminal_a_restore_changes_nothing(url, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    query(url, "CREATE TABLE notes AS SELECT 1 AS number")
    backup.backup(url, tmp_path / "portal.dump", with_keys=False)
    query(url, "UPDATE notes SET number = 2")

    with pytest.raises(CommandError, match="--yes"):
        call_command("db", "restore", str(tmp_path / "portal.dump"))

    assert query(url, "SELECT number FROM notes") == [(2,)]
