"""Keys and database before Django: `portal.bootstrap` as the commands use it."""

import base64
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal import bootstrap
from portal.postgres import BASE_DIR


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("PORTAL_SECRET_KEY", raising=False)
    monkeypatch.delenv("PORTAL_DATA_KEYS", raising=False)
    return tmp_path / "var"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=BASE_DIR, env={**inherited, **environment}, capture_output=True, text=True)


def test_it_works(var):
    bootstrap.make_var_dir()
    bootstrap.make_keys()

    keys = json.loads((var / "data_keys.json").read_text())
    assert len(base64.b64decode(keys["keys"][keys["current"]])) == 32
    assert len(base64.b64decode(keys["hash_key"])) == 32
    assert len((var / "secret_key").read_text()) > 50
    assert var.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in var.iterdir()} == {0o600}


def test_keys_are_made_once(var):
    bootstrap.make_var_dir()
    bootstrap.make_keys()
    before = {path.name: path.read_text() for path in var.iterdir()}

    bootstrap.make_keys()

    assert {path.name: path.read_text() for path in var.iterdir()} == before


def test_keys_from_the_environment_leave_no_file(var, monkeypatch):
    monkeypatch.setenv("PORTAL_SECRET_KEY", "given")
    monkeypatch.setenv("PORTAL_DATA_KEYS", "k1:given")
    bootstrap.make_var_dir()
    bootstrap.make_keys()

    assert list(var.iterdir()) == []


def test_of_many_starters_one_makes_the_keys(var):
    bootstrap.make_var_dir()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: bootstrap._write_once(var / "key", os.urandom(8).hex()), range(8)))

    assert made.count(True) == 1
    assert [path.name for path in var.iterdir()] == ["key"]


def test_lost_keys_beside_data_are_told(var, capsys):
    bootstrap.make_var_dir()
    (var / "postgres").mkdir()

    bootstrap.make_keys()

    assert "restore that file from your backup" in capsys.readouterr().err


def test_a_folder_left_open_is_closed(var):
    var.mkdir(mode=0o755)

    bootstrap.make_var_dir()

    assert var.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("command", ["help", "compilemessages", "version"])
def test_commands_that_read_no_row_start_no_database(var, command):
    done = manage(command, PORTAL_VAR_DIR=str(var))

    assert done.returncode == 0, done.stderr
    assert not (var / "postgres").exists()


def test_looking_after_the_database_starts_none(var):
    status = manage("db", "status", PORTAL_VAR_DIR=str(var))
    stop = manage("db", "stop", PORTAL_VAR_DIR=str(var))

    assert status.returncode == 3
    assert "No embedded database" in status.stderr
    assert "was not running" in stop.stdout
    assert not (var / "postgres").exists()


def test_importing_settings_starts_and_writes_nothing(var):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-c", "import portal.settings"]
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert not var.exists()


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgres://me:secret@host:port/name", "postgres://host"])
def test_an_address_that_is_none_is_told_without_its_password(var, url):
    done = manage("migrate", PORTAL_VAR_DIR=str(var), DATABASE_URL=url)

    assert done.returncode == 1
    assert "DATABASE_URL must look like" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()

    done = manage("migrate", PORTAL_VAR_DIR=str(tmp_path / "file" / "var"))

    assert done.returncode == 1
    assert f"{tmp_path / 'file' / 'var'}: Not a directory" in done.stderr
    assert "Traceback" not in done.stderr
