"""Where it is measured: a database of its own with the demo network, and the web server as it is served."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "bench-password-1"
# With some 400,000 places on shifts.
VOLUNTEERS = 20_000


def prepare(size: int) -> None:
    """Make the database of this size unless it is there, and set Django up on it."""
    sys.path.insert(0, str(ROOT))
    from portal import bootstrap

    bootstrap.prepare(["manage.py", "bench"])
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"portal_bench_{size}"
    os.environ["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{name}"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    is_new = _create_database(urlunsplit(parts._replace(path="/postgres")), name)

    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if is_new:
        call_command("demo", requests=size, volunteers=VOLUNTEERS, password=PASSWORD)
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _create_database(url: str, name: str) -> bool:
    import environ
    import psycopg2

    config = environ.Env.db_url_config(url)
    host = config["HOST"] or config.get("OPTIONS", {}).get("host")
    given = {
        "dbname": config["NAME"],
        "user": config["USER"],
        "password": config["PASSWORD"],
        "host": host,
        "port": config["PORT"],
    }
    connection = psycopg2.connect(**{key: value for key, value in given.items() if value})
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return False
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    connection.close()
    return True


@contextmanager
def server(*, port: int) -> Iterator[str]:
    """gunicorn with two workers, as script/server starts it; yields its address."""
    environment = {**os.environ, "PORT": str(port), "PORTAL_WORKERS": "2", "PORTAL_DEBUG": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "portal/gunicorn.py", "portal.wsgi"],
        cwd=ROOT, env=environment, start_new_session=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def _wait_for(address: str, process: subprocess.Popen) -> None:
    for _attempt in range(120):
        if process.poll() is not None:
            raise SystemExit("the web server did not start")
        with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=2):
            return
        time.sleep(0.25)
    raise SystemExit("the web server does not answer")


def worker_memory(port_owner: str = "gunicorn") -> int:
    """Resident bytes of the largest web worker of ours."""
    largest = 0
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if folder.name.isdigit() and port_owner in (folder / "cmdline").read_text():
                for line in (folder / "status").read_text().splitlines():
                    if line.startswith("VmRSS:"):
                        largest = max(largest, int(line.split()[1]) * 1024)
    return largest
