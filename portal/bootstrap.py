"""What must be there before Django reads its settings: the private folder, the keys, the database.

Called by manage.py and by the tests. Standard library only, and no import of settings.
"""

import base64
import contextlib
import json
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from portal import postgres

# These read no row: they work on a machine without a database, and `db` looks after the server itself.
WITHOUT_DATABASE = frozenset(
    {
        "",
        "help",
        "version",
        "collectstatic",
        "compilemessages",
        "db",
        "diffsettings",
        "findstatic",
        "makemessages",
    }
)


def prepare(argv: Sequence[str]) -> None:
    """Make keys and database ready for the command line `argv`, and say in the environment where they are."""
    command = next((word for word in argv[1:] if not word.startswith("-")), "")
    asks_for_help = command == "help" or "--help" in argv or "-h" in argv or "--version" in argv
    try:
        make_var_dir()
        make_keys()
        if "DATABASE_URL" in os.environ:
            check_database_url(os.environ["DATABASE_URL"])
        elif command not in WITHOUT_DATABASE and not asks_for_help:
            os.environ["DATABASE_URL"] = postgres.ensure_running()
    except postgres.PostgresError as error:
        sys.exit(f"portal: {error}")
    except OSError as error:
        place = error.filename or postgres.var_dir()
        sys.exit(f"portal: {place}: {error.strerror}. Run-time data live in var/, or in the folder PORTAL_VAR_DIR.")


def check_database_url(url: str) -> None:
    """Raise for what settings would read as something else, without printing the password that may be in it."""
    try:
        parts = urlsplit(url)
        named = parts.path.strip("/")
        good = parts.scheme in ("postgres", "postgresql") and named and (parts.port or True)
    except ValueError:  # a port that is no number
        good = False
    if not good:
        raise postgres.PostgresError(
            "DATABASE_URL must look like postgres://user:password@host:5432/name, or for a socket "
            "postgres://user@/name?host=/run/postgresql"
        )


def make_var_dir() -> Path:
    """The folder of all run-time data, closed to other accounts."""
    folder = postgres.var_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o067:  # 0710 is the embedded database's, run as root
        folder.chmod(0o700)
    return folder


def make_keys() -> None:
    """Make the keys that the environment does not give, once: whoever starts first decides."""
    folder = postgres.var_dir()
    if not os.environ.get("PORTAL_SECRET_KEY"):
        _write_once(folder / "secret_key", secrets.token_urlsafe(64))
    if not os.environ.get("PORTAL_DATA_KEYS"):
        made = _write_once(folder / "data_keys.json", json.dumps(_new_data_keys(), indent=2))
        if made and (folder / "postgres").exists():
            print(  # noqa: T201
                f"portal: {folder / 'data_keys.json'} was missing and has been made anew. Personal data that "
                "were encrypted with the lost keys cannot be read: restore that file from your backup.",
                file=sys.stderr,
            )


def _new_data_keys() -> dict[str, object]:
    return {"current": "k1", "keys": {"k1": _random_key()}, "hash_key": _random_key()}


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _write_once(path: Path, text: str) -> bool:
    """Write a secret unless there is one, complete or not at all, readable by its owner only."""
    if path.exists():
        return False
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with contextlib.ExitStack() as cleanup:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        cleanup.callback(draft.unlink)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    return True
