"""`manage.py worker`: runs the job queue and starts the periodic tasks when they are due."""

import logging
import os
import socket
import sys
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connections
from django.utils.crypto import get_random_string
from django.utils.module_loading import autodiscover_modules
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker

from portal.core.database_down import is_outage
from portal.core.schedule import schedule

logger = logging.getLogger("portal.worker")
LONGEST_PAUSE = 30.0


class ScheduledWorker(Worker):
    """The queue's worker, which also watches the clock and outlives an outage of the database."""

    def shutdown(self, signum: int, frame: FrameType | None) -> None:
        """End with the running task, or at the second signal at once.

        Without the queue's own words: they name keys that do not reach a worker below `serve`.
        """
        if not (self.running and self.running_task):
            sys.exit(0 if self.running else 1)
        self.running = False

    def run(self) -> None:
        pause = self.interval
        while self.running:
            try:
                schedule.enqueue_due()
                super().run()  # in batch mode: until the queue is empty
                pause = self.interval
            except Error as error:
                if not is_outage(error):
                    raise
                # One line: a traceback a second would fill the disk before the database is back.
                logger.warning("The database does not answer; trying again in %.0f s.", pause)
                connections.close_all()
                pause = min(pause * 2, LONGEST_PAUSE)
            if self.running:
                time.sleep(pause)


class Command(BaseCommand):
    help = "Run queued and periodic jobs until stopped. Any number of workers may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between looks at the queue")
        parser.add_argument("--once", action="store_true", help="run what is due and waiting, then end")

    def handle(self, *, interval: float, once: bool, verbosity: int, **options: Any) -> None:
        if verbosity < 2:  # else every look at the queue and every task is a line
            logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
            logging.getLogger("django_tasks").setLevel(logging.WARNING)
        autodiscover_modules("tasks")
        worker = ScheduledWorker(
            queue_names=["*"],
            interval=interval,
            batch=True,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=f"{socket.gethostname()[:32]}:{os.getpid()}:{get_random_string(8)}",
            excluded_queue_names=[],
        )
        if once:
            schedule.enqueue_due()
            Worker.run(worker)
            return
        worker.configure_signals()
        worker.run()
