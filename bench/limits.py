"""The clock: one look of the job over a hundred thousand open cases."""

import resource
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from bench.timing import Row, summarize
from portal.core.history import bulk_load
from requests import limits
from requests.models import ServiceRequest
from requests.types import State, TimeLimit
from requests.workflow.watching import WARN_SHARE, watch

if TYPE_CHECKING:
    from bench.measures import Bench

CASES = 100_000
ROUNDS = 3
# Due evenly over so long, of which so much has passed.
SPREAD, PASSED = timedelta(days=15), timedelta(days=3)
# Of what the job has to say everything was said but for the last hour: it comes by every five minutes.
NEW = timedelta(hours=1)


def limits_job(bench: "Bench") -> Row:
    """All in one transaction that is undone in the end: the database stays as it was."""
    took, done = [], {}
    with transaction.atomic():
        _cases(bench.district.pk)
        count = ServiceRequest.objects.open().count()
        before = _peak()
        for _round in range(ROUNDS):
            with transaction.atomic():
                started = time.perf_counter()
                done = watch()
                took.append((time.perf_counter() - started) * 1000)
                transaction.set_rollback(True)
        grown = _peak() - before
        transaction.set_rollback(True)
    row = summarize("limits_job", took, took, size=0, queries=None, target="2,000 cases/s, constant memory")
    row.per_second = round(count / (row.p50_ms / 1000))
    row.note = (
        f"{count} open cases, {row.per_second} a second, steps taken: {done}; {grown / 2**20:.0f} MB more at the peak;"
        " in this process, so the ratio is 1"
    )
    return row


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _cases(district: int) -> None:
    """Copies of one case that waits to be dispatched, by one statement."""
    model = ServiceRequest.objects.filter(
        district=district, category__isnull=False, due_at__isnull=False, time_limit=TimeLimit.GENERAL
    ).first()
    now = timezone.now()
    warned = now + limits.of_round(model).length / WARN_SHARE - NEW
    own = {
        "state": State.ACCEPTED, "current_dispatch_id": None, "ended_at": None, "finished_at": None,
        "resolved_at": None, "close_ground": "", "resolve_ground": "", "waiting_since": None, "waiting_due_at": None,
        "call_back_due_at": None, "supervision_level": 0, "redo_count": 0, "transfer_count": 0, "late_during": None,
        "reopened_at": None,
    }  # fmt: skip
    columns = [
        field.column for field in ServiceRequest._meta.concrete_fields
        if not field.primary_key and not field.generated and field.column not in ("due_at", "warned_at", "reminded_at")
    ]  # fmt: skip
    copied = ", ".join(f"%({column})s" if column in own else f"model.{column}" for column in columns)
    due = "%(first)s + %(spread)s * each / %(count)s"
    told = f"CASE WHEN {due} < %({{}})s THEN {due} + interval '1 minute' END"
    with bulk_load("requests_servicerequest"), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO requests_servicerequest ({', '.join(columns)}, due_at, warned_at, reminded_at)"  # noqa: S608
            f" SELECT {copied}, {due}, {told.format('warned')}, {told.format('reminded')}"
            " FROM requests_servicerequest model CROSS JOIN generate_series(1, %(count)s) each"
            " WHERE model.id = %(model)s",
            own | {"model": model.pk, "count": CASES} | {"first": now - PASSED, "spread": SPREAD}
            | {"warned": warned, "reminded": now - NEW},
        )  # fmt: skip
        cursor.execute("ANALYZE requests_servicerequest")
