"""Settings of the web server, as gunicorn reads them."""

import os
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


def on_starting(server: Any) -> None:
    """The web server's own messages name addresses, too."""
    for handler in server.log.error_log.handlers:
        handler.setFormatter(DiscreetFormatter(server.log.error_fmt, server.log.datefmt))
