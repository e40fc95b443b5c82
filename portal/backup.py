"""Backup and restore of the portal's data, with PostgreSQL's own tools.

A backup is one file: PostgreSQL's custom format, without the keys of personal data. With keys it is a tar
archive of that dump, the keys and the uploaded files: whoever holds it can read everything.
"""

import contextlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from portal.postgres import program, var_dir, without_password

KEY_FILES = ("data_keys.json", "secret_key")
DUMP = "portal.dump"
FILES = "files"
DUMP_BEGINS = b"PGDMP"


class BackupError(RuntimeError):
    """The backup or restore did not succeed; the message is written for the person at the terminal."""


def default_path(now: datetime, *, with_keys: bool) -> Path:
    """A name that tells what is inside."""
    ending = "with-keys.tar" if with_keys else "dump"
    return var_dir() / "backups" / f"portal-{now:%Y%m%d-%H%M%S}.{ending}"


def backup(url: str, path: Path, *, with_keys: bool) -> None:
    """Write the database at `url` to `path`, complete or not at all, readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _draft(path) as draft:
        if not with_keys:
            _dump(url, draft)
            return
        with tempfile.TemporaryDirectory(dir=path.parent) as folder, tarfile.open(draft, "w") as archive:
            dump = Path(folder) / DUMP
            _dump(url, dump)
            archive.add(dump, DUMP)
            for name in (*KEY_FILES, FILES):
                if (var_dir() / name).exists():
                    archive.add(var_dir() / name, name)


def contains_keys(path: Path) -> bool:
    """Whether a backup file holds the keys of personal data."""
    return tarfile.is_tarfile(path)


def check(path: Path) -> None:
    """Raise for what is no backup of ours, before anybody is asked or anything is touched."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    if contains_keys(path):
        with tarfile.open(path) as archive:
            ours = DUMP in archive.getnames()
    else:
        with path.open("rb") as file:
            ours = file.read(len(DUMP_BEGINS)) == DUMP_BEGINS
    if not ours:
        raise BackupError(f"{path} is no backup made by `manage.py db backup`; nothing has been changed.")


def restore(url: str, path: Path) -> None:
    """Put a backup in the place of the database at `url`.

    It is loaded beside the present database, which is replaced only when everything has arrived: a broken
    file costs nothing.
    """
    check(path)
    with contextlib.ExitStack() as stack:
        dump, folder = path, None
        if contains_keys(path):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=var_dir())))
            with tarfile.open(path) as archive:
                _extract(archive, folder)
            dump = folder / DUMP
        name = _database(url)
        arriving = f"{name}_arriving"
        with _maintenance(url) as run:
            run("DROP DATABASE IF EXISTS {}", arriving)
            run("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", arriving)
            try:
                _call("pg_restore", _with_database(url, arriving), "--exit-on-error", "--no-owner", str(dump))
            except BackupError:
                run("DROP DATABASE {}", arriving)
                raise
            _swap(run, name, arriving)
        if folder:
            _put_back(folder)


def _extract(archive: tarfile.TarFile, folder: Path) -> None:
    """What `backup` puts into an archive, and nothing else. By hand: Debian 12's Python 3.11 has no `filter` yet."""
    for member in archive:
        target = Path(os.path.normpath(folder / member.name))
        if member.isdir() or member.name.partition("/")[0] not in (DUMP, *KEY_FILES, FILES):
            continue
        content = archive.extractfile(member) if member.isreg() else None
        if content is None or not target.is_relative_to(folder):
            raise BackupError(f"The archive holds {member.name}, which no backup of ours does.")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(target, "wb", opener=_private) as file:  # noqa: PTH123  pathlib takes no opener
            shutil.copyfileobj(content, file)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _swap(run: Any, name: str, arriving: str) -> None:
    """Exchange two databases while nobody is connected to the old one."""
    replaced = f"{name}_replaced"
    run("DROP DATABASE IF EXISTS {}", replaced)
    run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
    try:
        run("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", values=[name])
        run("ALTER DATABASE {} RENAME TO {}", name, replaced)
    except psycopg2.Error:
        run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)
        raise
    run("ALTER DATABASE {} RENAME TO {}", arriving, name)
    run("DROP DATABASE {}", replaced)


def _put_back(folder: Path) -> None:
    """Keys and files take their places; what was there is kept aside, not lost."""
    aside = var_dir() / f"before-restore-{datetime.now():%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for name in (*KEY_FILES, FILES):
        if not (folder / name).exists():
            continue
        with contextlib.suppress(FileNotFoundError):
            (var_dir() / name).rename(aside / name)
        (folder / name).rename(var_dir() / name)


@contextlib.contextmanager
def _draft(path: Path) -> Iterator[Path]:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _dump(url: str, path: Path) -> None:
    _call("pg_dump", url, "--format=custom", "--no-owner", "--file", str(path))


def _call(name: str, url: str, *arguments: str) -> None:
    address, environment = without_password(url)
    command = [program(name), "--dbname", address, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupError(f"{name}: {done.stderr.strip()}")


@contextlib.contextmanager
def _maintenance(url: str) -> Iterator[Any]:
    """A connection beside the portal's database, for what cannot be done from inside of it."""
    try:
        connection = psycopg2.connect(_with_database(url, "postgres"))
    except psycopg2.Error as error:
        raise BackupError(f"The database server does not answer: {error}") from None
    connection.autocommit = True

    def run(statement: str, *names: str, values: list[str] | None = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)), values)

    try:
        yield run
    except psycopg2.Error as error:
        raise BackupError(str(error).strip()) from None
    finally:
        connection.close()


def _database(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    query = urlencode(parse_qsl(parts.query))
    return urlunsplit(parts._replace(path=f"/{name}", query=query))
