"""`manage.py serve`, which script/server runs: real processes on a real port."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal.postgres import BASE_DIR, Cluster

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("servers")]
LONGEST_START = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A portal of its own: folder, database, port."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()

        self.environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.environment |= {"PORTAL_VAR_DIR": str(var), "PORT": str(self.port), "PORTAL_DEMO": "0"}
        self.environment |= {"PYTHONUNBUFFERED": "1"}

    def collect_static(self) -> None:
        command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(command, cwd=BASE_DIR, env=self.environment, check=True)

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=BASE_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as client:
            client.request("GET", path, headers=headers)
            answer = client.getresponse()
            return answer.status, answer.read().decode()

    def processes(self) -> list[str]:
        """Command lines of the web server's and the worker's processes that live for this folder."""
        marker = f"PORTAL_VAR_DIR={self.var}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # ended while we looked
                if marker in (process / "environ").read_bytes().split(b"\0"):
                    found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        return found


def lines_until(process: subprocess.Popen[str], text: str) -> str:
    """What the server has printed when `text` appears."""
    printed = ""
    for line in process.stdout:
        printed += line
        if text in line:
            return printed
    raise AssertionError(f"ended before it said {text!r}:\n{printed}")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc to look for processes")
    server = Server(tmp_path_factory.mktemp("serve") / "var")
    server.collect_static()
    yield server
    cluster = Cluster(server.var)
    cluster.stop()
    shutil.rmtree(cluster.home, ignore_errors=True)


@pytest.fixture
def running(server):
    process = server.start()
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=LONGEST_START)


@pytest.mark.smoke
def test_it_works(server, running):
    printed = lines_until(running, "Xiaozhan is at")

    assert f"http://localhost:{server.port}/" in printed
    assert "createsuperuser" in running.stdout.readline()
    assert server.get("/healthz") == (200, '{"status": "ok"}')
    assert server.get("/readyz") == (200, '{"status": "ok"}')
    assert server.get("/accounts/login/")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_leaves_no_process_and_the_database_runs_on(server, running, number):
    lines_until(running, "Xiaozhan is at")
    assert sum("gunicorn" in line for line in server.processes()) >= 2
    assert sum("worker" in line for line in server.processes()) >= 1

    running.send_signal(number)

    assert running.wait(timeout=LONGEST_START) == 0
    assert server.processes() == []
    assert Cluster(server.var).is_running()


def test_killed_it_takes_its_children_along(server, running):
    lines_until(running, "Xiaozhan is at")

    running.kill()
    running.wait()

    deadline = time.monotonic() + LONGEST_START
    while server.processes() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert server.processes() == []


def test_a_worker_that_dies_is_replaced(server, running):
    lines_until(running, "Xiaozhan is at")
    subprocess.run(["pkill", "-KILL", "-f", "manage.py worker", "-P", str(running.pid)], check=True)

    lines_until(running, "The job worker has ended; starting another.")

    assert server.get("/healthz")[0] == 200


def test_a_taken_port_is_told_with_a_way_out(server):
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        process = server.start()
        printed, _ = process.communicate(timeout=LONGEST_START)

    assert process.returncode != 0
    assert f"Port {server.port} cannot be used" in printed
    assert f"PORT={server.port + 1} script/server" in printed
    assert "Traceback" not in printed


def test_a_server_that_does_not_answer_is_told(server):
    server.environment["DATABASE_URL"] = "postgres://portal@127.0.0.1:1/portal"
    try:
        printed, _ = (process := server.start()).communicate(timeout=LONGEST_START)
    finally:
        del server.environment["DATABASE_URL"]

    assert process.returncode != 0
    assert "The database does not answer" in printed
    assert "Traceback" not in printed


def test_of_two_started_at_once_one_serves_and_one_says_why_not(server):
    both = [server.start(), server.start()]
    try:
        deadline = time.monotonic() + LONGEST_START
        while all(each.poll() is None for each in both) and time.monotonic() < deadline:
            time.sleep(0.1)
        refused, serving = sorted(both, key=lambda each: each.poll() is None)

        assert f"Port {server.port} cannot be used" in refused.communicate()[0]
        lines_until(serving, "Xiaozhan is at")
        assert server.get("/healthz")[0] == 200
    finally:
        for each in both:
            each.kill()
            each.communicate(timeout=LONGEST_START)


def test_a_monitor_is_told_of_all_workers_together(server):
    server.environment["PORTAL_METRICS_TOKEN"] = "a token"
    process = server.start()
    try:
        lines_until(process, "Xiaozhan is at")
        for _each in range(12):
            assert server.get("/nothing-here")[0] == 404
        deadline = time.monotonic() + LONGEST_START
        text = ""
        # An answer is counted when it has been sent, so perhaps after the next question.
        while 'xiaozhan_answers_total{status="4xx"} 12.0' not in text and time.monotonic() < deadline:
            status, text = server.get("/metrics", Authorization="Bearer a token")
            assert status == 200
    finally:
        del server.environment["PORTAL_METRICS_TOKEN"]
        process.terminate()
        process.communicate(timeout=LONGEST_START)

    assert 'xiaozhan_answers_total{status="4xx"} 12.0' in text
    started = float(re.search(r"^xiaozhan_start_time_seconds (\S+)$", text, re.MULTILINE)[1])
    assert time.time() - started < 2 * LONGEST_START


def test_while_the_database_is_away_people_get_a_page_and_probes_a_503(server, running):
    lines_until(running, "Xiaozhan is at")
    Cluster(server.var).stop()

    assert server.get("/healthz")[0] == 200
    assert server.get("/readyz")[0] == 503
    # The session is read in a middleware, where no other one sees the error.
    status, page = server.get("/accounts/login/", Cookie="sessionid=of-somebody-signed-in")
    assert status == 503
    assert "Traceback" not in page

    Cluster(server.var).ensure_running()
    assert server.get("/readyz")[0] == 200
