"""`manage.py serve`: everything that `script/server` runs once the requirements are installed."""

import contextlib
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from portal.core.database_down import is_outage
from portal.core.stores import StoreDown

GRACE_SECONDS = 20
PAUSE_BEFORE_RESTART = 5
PR_SET_PDEATHSIG = 1
# Any number that no other advisory lock of the portal uses.
MIGRATION_LOCK = 7_381_205


class Command(BaseCommand):
    help = "Bring the database up to date, load the demo network on the first start, and serve until stopped."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        host = os.environ.get("PORTAL_BIND", "127.0.0.1")
        port = _port()
        listener = _listen(host, port)
        try:
            # Several may start at once on one database: one makes it ready, the others wait.
            with _alone(MIGRATION_LOCK, say=self.stdout.write):
                self._bring_up_to_date()
                self._load_demo()
            has_accounts = apps.get_model("core", "User").objects.exists()
        except KeyboardInterrupt:
            raise CommandError("Stopped before the portal was ready; the next start takes it up again.") from None
        except Error as error:
            if not is_outage(error):
                raise
            raise CommandError(f"The database does not answer, or its disk is full: {str(error).strip()}") from None
        except StoreDown:
            raise CommandError("The file store does not answer; the next start takes it up again.") from None
        connection.close()
        with _Children() as children:
            with listener:
                gunicorn = ("-m", "gunicorn", "-c", "portal/gunicorn.py", "-b", f"fd://{listener.fileno()}")
                children.start("web server", *gunicorn, "portal.wsgi", passing=(listener.fileno(),))
            children.start("job worker", "manage.py", "worker")
            _wait_for_answer(children, host, port)
            self._welcome(host, port, has_accounts=has_accounts)
            children.supervise(self.stderr.write)
        self.stdout.write("Stopped.")

    def _bring_up_to_date(self) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)

    def _load_demo(self) -> None:
        regions = apps.get_model("core", "Region")
        if os.environ.get("PORTAL_DEMO") == "0" or "demo" not in get_commands() or regions.objects.exists():
            return
        self.stdout.write("First start: loading the demo network …")
        call_command("demo")

    def _welcome(self, host: str, port: int, *, has_accounts: bool) -> None:
        shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104
        self.stdout.write(f"\nXiaozhan is at http://{shown}:{port}/ (staff: /desk/). Ctrl-C stops it.")
        accounts = settings.VAR_DIR / "demo_accounts.txt"
        if accounts.exists():
            self.stdout.write(f"\n{accounts.read_text().rstrip()}\n")
        elif not has_accounts:
            self.stdout.write("There is no account yet: `.venv/bin/python manage.py createsuperuser` makes the first.")
        self.stdout.flush()


def _port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise CommandError(f"PORT={value} is not a port number.")
    return int(value)


def _listen(host: str, port: int) -> socket.socket:
    """The socket of the web server, taken before all the work: of two starts at once one hears no at once."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        another = port + 1 if 1024 <= port < 65535 else 8000
        raise CommandError(
            f"Port {port} cannot be used ({error.strerror}). Stop what uses it, or choose another: "
            f"PORT={another} script/server"
        ) from None
    return listener


@contextlib.contextmanager
def _alone(key: int, *, say: Callable[[str], Any]) -> Iterator[None]:
    """Hold a lock of the database, in an open transaction beside: behind PgBouncer no session is ours to hold one."""
    beside = connection.copy()
    try:
        beside.set_autocommit(False)
        with beside.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
            if cursor.fetchone() == (False,):
                say("Another start is preparing this database; waiting for it …")
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
        yield
    finally:
        beside.close()


def _wait_for_answer(children: "_Children", host: str, port: int) -> None:
    """Wait until the web server answers, so that the printed address works when it is read."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    while not children.stopping and children.all_alive():
        client = http.client.HTTPConnection(target, port, timeout=5)
        with contextlib.suppress(OSError), contextlib.closing(client):
            client.request("GET", "/healthz")
            client.getresponse()
            return
        time.sleep(0.2)


def _end_with_parent() -> None:
    """Run in a child before its program: even a supervisor killed with -9 leaves nothing behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class _Children:
    """The processes of one server: started together, stopped together."""

    def __init__(self) -> None:
        self.stopping = False
        self._arguments: dict[str, tuple[str, ...]] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "_Children":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._processes.values():
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def start(self, name: str, *arguments: str, passing: tuple[int, ...] = ()) -> None:
        """Start a program of ours in a session of its own: Ctrl-C reaches the supervisor alone."""
        self._arguments[name] = arguments
        self._processes[name] = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=Path(settings.BASE_DIR),
            start_new_session=True,
            pass_fds=passing,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  one thread here
        )

    def all_alive(self) -> bool:
        return all(process.poll() is None for process in self._processes.values())

    def supervise(self, say: Any) -> None:
        """Return when asked to stop. The worker is restarted when it dies; the web server's end ends all."""
        while not self.stopping:
            if self._processes["web server"].poll() is not None:
                raise CommandError("The web server has ended; its last words are above.")
            if self._processes["job worker"].poll() is not None:
                say("The job worker has ended; starting another.")
                time.sleep(PAUSE_BEFORE_RESTART)
                if not self.stopping:
                    self.start("job worker", *self._arguments["job worker"])
            time.sleep(0.25)

    def _on_signal(self, number: int, frame: object) -> None:
        self.stopping = True
