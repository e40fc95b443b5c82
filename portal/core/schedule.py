"""Periodic work: tasks that the job workers start by the clock.

    @periodic(every=timedelta(days=1), offset=timedelta(hours=2))   # daily at 02:00 local time
    @task
    def close_silent_cases() -> int: ...

in an app's `tasks.py`. Time is cut into slots of `every`, counted from local midnight. In each slot the task
is enqueued once, however many workers there are: they ask, under one lock of the database, whether somebody
has done so. After an outage, however long, one run catches up. The task queue's own table is the memory, so
there is no second one to keep in step. A task that somebody enqueues by hand counts for its slot.

A task may still run when its next slot begins, and a run cut off by a crash comes again: write it so that a
second run does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

# Any number that no other advisory lock of the portal uses.
LOCK = 7_381_204


@dataclass(frozen=True)
class Periodic:
    """A task and its rhythm."""

    task: Task
    every: timedelta
    offset: timedelta

    def slot(self, now: datetime) -> datetime:
        """When the slot that `now` is in began."""
        local = timezone.localtime(now)
        midnight = datetime(1970, 1, 1, tzinfo=local.tzinfo) + self.offset
        return local - (local - midnight) % self.every

    def is_served(self, now: datetime) -> bool:
        """Whether this slot has its run, or one waits in the queue."""
        slot = self.slot(now)
        runs = DBTaskResult.objects.filter(task_path=self.task.module_path)
        waiting = Q(status=TaskResultStatus.READY)
        return runs.filter(waiting | Q(enqueued_at__gte=slot) | Q(started_at__gte=slot)).exists()


class Schedule:
    """The periodic tasks of the portal, and what this process knows of their runs."""

    def __init__(self) -> None:
        self.entries: dict[str, Periodic] = {}
        # Slots known to be served, so that an idle worker asks the database once a slot.
        self._served: dict[str, datetime] = {}

    def periodic(
        self, *, every: timedelta, offset: timedelta = timedelta(0)
    ) -> Callable[[Task[..., Any]], Task[..., Any]]:
        """Have the workers enqueue the decorated task once in every slot of this length."""

        def register(task: Task[..., Any]) -> Task[..., Any]:
            self.entries[task.module_path] = Periodic(task, every, offset)
            return task

        return register

    def enqueue_due(self, now: datetime | None = None) -> list[str]:
        """Enqueue every periodic task whose slot has no run yet; returns their paths."""
        now = now or timezone.now()
        slots = {path: entry.slot(now) for path, entry in self.entries.items()}
        unknown = [path for path, slot in slots.items() if self._served.get(path) != slot]
        if not unknown:
            return []
        enqueued = []
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Ends with the transaction, so it also works behind a pooler.
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            for path in unknown:
                if not self.entries[path].is_served(now):
                    self.entries[path].task.enqueue()
                    enqueued.append(path)
        self._served.update((path, slots[path]) for path in unknown)
        return enqueued


schedule = Schedule()
periodic = schedule.periodic
