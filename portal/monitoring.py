"""/metrics for Prometheus: how the portal is, as any of its processes sees it. Holds nothing about persons.

What the database knows is the same for every worker and comes in six queries, whatever the size: open cases are
counted exactly (by the partial index `request_open_due`), ended ones and the history are the planner's estimates.
The requests served are counted in files that the workers of one machine share (`portal/gunicorn.py`).
"""

import hmac
import os
import tomllib
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Case, Count, Max, Min, When
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from portal.core import stores
from portal.core.schedule import schedule
from requests.models import ServiceRequest
from requests.types import OPEN_STATES, State

VERSION = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
# The planner's view of a column: its commonest values, and the share of the rows that each has.
SQL_STATES = """
SELECT value, share * (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'requests_servicerequest'::regclass)
  FROM pg_stats, unnest(most_common_vals::text::text[], most_common_freqs) AS common (value, share)
 WHERE schemaname = current_schema() AND tablename = 'requests_servicerequest' AND attname = 'state'
"""
SQL_SIZES = """
SELECT pg_database_size(current_database()),
       (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'core_historyentry'::regclass)
"""


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has the token; to everybody else this address does not exist."""
    sent = request.headers.get("Authorization", "").encode()
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    if not settings.METRICS_TOKEN or not hmac.compare_digest(sent, wanted):
        raise Http404
    registry = CollectorRegistry()
    registry.register(PortalCollector())
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry, folder)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class PortalCollector(Collector):
    """Looks when it is asked, and keeps nothing."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily | InfoMetricFamily]:
        yield InfoMetricFamily("xiaozhan", "The release that runs.", {"version": VERSION})
        if started := os.environ.get("PORTAL_STARTED_AT"):
            yield gauge("start_time_seconds", "When this machine's web server started.", float(started))
        yield gauge("files_available", "Whether uploaded files can be stored.", stores.answers())
        yield from cases()
        yield from jobs()
        yield from sizes()


def gauge(name: str, words: str, value: float | None = None, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"xiaozhan_{name}", words, value, labels=labels or None)


def cases() -> Iterator[GaugeMetricFamily]:
    """Open cases exactly; ended ones, which need no alert and are the bulk, as the planner estimates them."""
    counted = gauge("cases_open", "Open cases by state.", None, "state")
    found = dict(ServiceRequest.objects.open().order_by().values_list("state").annotate(Count("pk")))
    for state in OPEN_STATES:
        counted.add_metric([state.value], found.get(state.value, 0))
    yield counted
    yield gauge("cases_overdue", "Open cases past due.", ServiceRequest.objects.overdue().count())
    ended = gauge("cases_ended_estimate", "Ended cases by state, as PostgreSQL last analysed them.", None, "state")
    with connection.cursor() as cursor:
        cursor.execute(SQL_STATES)
        for state, rows in cursor.fetchall():
            if State(state) not in OPEN_STATES:
                ended.add_metric([state], rows)
    yield ended


def jobs() -> Iterator[GaugeMetricFamily]:
    """The queue, and when each periodic task last did its work. Finished jobs are kept for a month only."""
    autodiscover_modules("tasks")
    now = timezone.now()
    rows = DBTaskResult.objects.order_by().values_list("task_path", "status").annotate(Count("pk"), Max("finished_at"))
    counts = dict.fromkeys(TaskResultStatus.values, 0)
    done: dict[str, datetime] = {}
    for path, status, count, finished_at in rows:
        counts[status] += count
        if status == TaskResultStatus.SUCCESSFUL:
            done[path] = finished_at
    by_state = gauge("jobs", "Jobs of the last month by state.", None, "state")
    for status, count in counts.items():
        by_state.add_metric([status.lower()], count)
    yield by_state
    # What was put off waits from the moment that it was put off to; the rest have a far-off one.
    since = Case(When(run_after__lte=now, then="run_after"), default="enqueued_at")
    oldest = DBTaskResult.objects.ready().aggregate(at=Min(since))["at"]
    age = (now - oldest).total_seconds() if oldest else 0
    yield gauge("jobs_oldest_waiting_seconds", "How long the oldest job that is due has waited.", age)
    period = gauge("task_period_seconds", "How often a periodic task is started.", None, "task")
    last = gauge("task_last_success_timestamp_seconds", "When a periodic task last ended well.", None, "task")
    for path, entry in sorted(schedule.entries.items()):
        period.add_metric([path], entry.every.total_seconds())
        if path in done:
            last.add_metric([path], done[path].timestamp())
    yield period
    yield last


def sizes() -> Iterator[GaugeMetricFamily]:
    with connection.cursor() as cursor:
        cursor.execute(SQL_SIZES)
        database, history = cursor.fetchone()
    yield gauge("database_bytes", "Size of the database on disk.", database)
    yield gauge("history_rows_estimate", "Rows of the history, as PostgreSQL last analysed them.", history)
