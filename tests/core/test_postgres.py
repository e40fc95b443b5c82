"""The embedded PostgreSQL, with real servers in folders of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import environ
import psycopg2
import pytest

from portal import postgres
from portal.postgres import BASE_DIR, Cluster, PostgresError

pytestmark = pytest.mark.xdist_group("servers")


def remove(cluster: Cluster) -> None:
    cluster.stop()
    shutil.rmtree(cluster.home, ignore_errors=True)  # as root it may be outside of the test's folder


@pytest.fixture
def cluster(tmp_path):
    """A folder without a server yet."""
    cluster = Cluster(tmp_path / "var")
    yield cluster
    remove(cluster)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One server for the tests that leave it usable: making one takes seconds."""
    cluster = Cluster(tmp_path_factory.mktemp("shared") / "var")
    cluster.ensure_running()
    yield cluster
    remove(cluster)


def query(url: str, statement: str, *values):
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


@pytest.mark.smoke
def test_it_works(shared):
    url = shared.ensure_running()

    assert query(url, "SELECT current_user, current_database()") == [("portal", "portal")]
    assert query(url, "SELECT lower('ÄÖ'), '小站' < '驿站'") == [("äö", True)]
    assert query(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
    for extension in ("btree_gist", "pg_trgm", "ltree"):
        query(url, f"CREATE EXTENSION {extension}")


def test_it_is_closed_to_others(shared):
    url = shared.ensure_running()

    assert query(url, "SHOW listen_addresses") == [("",)]
    assert shared.data.stat().st_mode & 0o777 == 0o700
    assert shared.socket_dir.stat().st_mode & 0o777 == 0o700
    assert shared.var.stat().st_mode & 0o067 == 0, "others may at most pass through"


def test_settings_and_libpq_read_its_address_alike(cluster):
    config = environ.Env.db_url_config(cluster.url)

    assert config["OPTIONS"]["host"] == str(cluster.socket_dir)
    assert (config["USER"], config["NAME"]) == ("portal", "portal")


def test_committed_rows_survive_a_kill_9(shared):
    url = shared.ensure_running()
    query(url, "CREATE TABLE kept AS SELECT 42 AS answer")

    os.kill(postmaster(shared), signal.SIGKILL)

    assert query(shared.ensure_running(), "SELECT answer FROM kept") == [(42,)]


def test_several_starters_share_one_server(cluster):
    start = (
        "from portal.postgres import Cluster; cluster = Cluster(); cluster.ensure_running();"
        "print((cluster.data / 'postmaster.pid').read_text().split()[0])"
    )
    environment = {**os.environ, "PORTAL_VAR_DIR": str(cluster.var)}

    def run(_):
        command = [sys.executable, "-c", start]
        done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)
        return done.stdout.strip(), done.stderr

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(run, range(4)))

    assert answers == {(str(postmaster(cluster)), "")}


def test_a_server_whose_socket_was_cleaned_away_comes_back(shared):
    shared.ensure_running()
    shutil.rmtree(shared.socket_dir)

    assert query(shared.ensure_running(), "SELECT 1") == [(1,)]


def test_an_initialization_that_was_cut_off_is_done_again(cluster):
    cluster.ensure_running()
    cluster.stop()
    cluster.data.rename(cluster.home / "data.unfinished")

    assert query(cluster.ensure_running(), "SELECT 1") == [(1,)]


def test_a_long_path_gets_a_short_private_socket_folder(tmp_path):
    cluster = Cluster(tmp_path / ("long" * 25) / "var")

    assert len(str(cluster.socket_dir)) < 60
    assert cluster.socket_dir != Cluster(tmp_path / ("long" * 26) / "var").socket_dir


def test_stopping_twice_does_no_harm(cluster):
    assert cluster.stop() is False
    cluster.ensure_running()

    assert cluster.stop() is True
    assert cluster.stop() is False
    assert not cluster.is_running()


def test_data_of_another_release_are_refused_with_advice(cluster):
    cluster.ensure_running()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("12\n")

    with pytest.raises(PostgresError, match="belong to PostgreSQL 12.*PORTAL_VAR_DIR"):
        cluster.ensure_running()


def _log_of(cluster: Cluster) -> str:
    return "".join(path.read_text() for path in (cluster.data / "log").glob("*.log"))


def test_what_residents_wrote_stays_out_of_the_log(shared):
    url = shared.ensure_running()
    query(url, "CREATE TABLE residents (phone text UNIQUE)")
    query(url, "INSERT INTO residents VALUES (%s)", "13800001234")

    with pytest.raises(psycopg2.IntegrityError):
        query(url, "INSERT INTO residents VALUES (%s)", "13800001234")

    # The server hands its lines to a process that writes them; that one may be a moment behind.
    until = time.monotonic() + 30
    while "duplicate key" not in (log := _log_of(shared)) and time.monotonic() < until:
        time.sleep(0.1)
    assert "duplicate key" in log
    assert "13800001234" not in log


def test_a_named_folder_without_a_server_is_an_error_not_a_hint(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_PG_BIN", str(tmp_path))

    with pytest.raises(PostgresError, match="PORTAL_PG_BIN"):
        postgres.find_binaries()


def test_the_named_folder_comes_before_the_wheel(monkeypatch):
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not installed:
        pytest.skip("no PostgreSQL of the system here")
    monkeypatch.setenv("PORTAL_PG_BIN", str(installed[0].parent))

    assert postgres.find_binaries() == installed[0].parent


def test_a_password_does_not_reach_the_command_line():
    url, environment = postgres.without_password("postgres://me:se%20cret@db.example/portal?sslmode=require")

    assert url == "postgres://me@db.example/portal?sslmode=require"
    assert environment["PGPASSWORD"] == "se cret"
