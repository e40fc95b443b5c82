"""Settings of the web server, as gunicorn reads them."""

import gc
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from portal.core.logs import DiscreetFormatter

bind = f"{os.environ.get('PORTAL_BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("PORTAL_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("PORTAL_THREADS", "4"))
timeout = 60
graceful_timeout = 10
keepalive = 5
# No access log: addresses hold tracking codes and search words.
accesslog = None
errorlog = "-"
loglevel = "warning"
proc_name = "xiaozhan"
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
os.environ.setdefault("PORTAL_STARTED_AT", str(time.time()))

if os.environ.get("PORTAL_METRICS_TOKEN"):
    # Workers count in files of this folder, so that any of them can tell of all. prometheus_client looks for it once,
    # when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="xiaozhan-metrics-", dir=worker_tmp_dir)
    from prometheus_client import Counter

    answers = Counter("xiaozhan_answers", "Answers of this machine's web server by class of status.", ["status"])

    def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
        """Also what no view of ours saw: static files, and errors of the web server."""
        if response is not None:
            answers.labels(f"{response.status_code // 100}xx").inc()

    def on_exit(server: Any) -> None:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """What is loaded by now stays: to look through it for garbage again and again takes a tenth of many an answer.

    A request makes some ten thousand objects that are gone with it; the collector comes after several of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(25_000, 20, 20)


def on_starting(server: Any) -> None:
    """The web server's own messages name addresses, too."""
    for handler in server.log.error_log.handlers:
        handler.setFormatter(DiscreetFormatter(server.log.error_fmt, server.log.datefmt))
