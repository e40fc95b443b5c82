"""Reads that may be a moment old go to a streaming replica (`DATABASE_REPLICA_URL`), when there is one.

`VIEWS` is the whole list of what reads there; everything else, and every write, stays with the primary. Whoever has
just written reads there too, so that nobody misses what they did themselves. A replica that does not answer, or lags
too far behind, is left alone for a while, and the primary serves.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

logger = logging.getLogger(__name__)

PRIMARY, REPLICA = "default", "replica"
# Reports, exports, search, and the lists that everybody may see.
VIEWS = frozenset(
    {
        "api:public-case-list",
        "api:public-station-detail",
        "api:public-station-list",
        "api:requests-summary",
        "api:requests-summary-rows",
        "api:network-summary",
        "api:network-summary-rows",
        "desk:export",
        "desk:network_rows",
        "desk:registry_export",
        "desk:report_network",
        "desk:report_rows",
        "desk:reports",
        "desk:search",
        "public:case_points",
        "public:listed",
        "public:station",
        "public:station_points",
        "public:stations",
    }
)
# Posted, so that what is asked stands in no address; nobody changes by it what they read back.
POSTED = frozenset({"desk:export", "desk:search"})
# Who somebody is and what they may do is never a moment old: what was revoked is revoked.
ALWAYS_PRIMARY = frozenset({"core.apitoken", "core.membership", "core.user", "sessions.session"})
SAFE = ("GET", "HEAD", "OPTIONS")
COOKIE = "wrote"
# How long whoever wrote reads from the primary. A replica that is further behind serves nobody.
SECONDS = 15
LEFT_ALONE_SECONDS = 30
# With nothing left to replay it is up to date, as long as something is listening to the primary.
SQL_LAG = """
SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
            WHEN EXISTS (SELECT FROM pg_stat_wal_receiver)
                 AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 'infinity')
       END::float
"""

_reads_replica: ContextVar[bool] = ContextVar("reads_replica", default=False)


@contextmanager
def reading_replica(yes: bool = True) -> Iterator[None]:
    """Inside, querysets that name no database read from the replica."""
    token = _reads_replica.set(yes)
    try:
        yield
    finally:
        _reads_replica.reset(token)


class ReplicaRouter:
    """Asked by Django for every queryset that names no database."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return REPLICA if _reads_replica.get() and model._meta.label_lower not in ALWAYS_PRIMARY else PRIMARY

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """Rows of both are rows of one database."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == PRIMARY


class ReplicaMiddleware:
    """Decides for each request, when its view is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with reading_replica(False):  # process_view may change its mind, for this request alone
            response = self.get_response(request)
            if _reads_replica.get() and type(response) is StreamingHttpResponse:
                # Its rows are read after this middleware is left.
                response.streaming_content = _reading(response.streaming_content)
        if request.method not in SAFE and not _only_reads(request):
            response.set_cookie(
                COOKIE, "1", max_age=SECONDS, httponly=True, secure=settings.SECURE_COOKIES, samesite="Lax"
            )
        return response

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        if _only_reads(request) and COOKIE not in request.COOKIES and _answers():
            _reads_replica.set(True)
        return None


def _only_reads(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.view_name in VIEWS and (request.method in SAFE or match.view_name in POSTED)


def _reading(chunks: Iterable[bytes]) -> Iterator[bytes]:
    iterator = iter(chunks)
    while True:
        with reading_replica():
            chunk = next(iterator, None)
        if chunk is None:
            return
        yield chunk


def _answers() -> bool:
    """Whether the replica can be asked now."""
    if caches["local"].get("replica-down"):
        return False
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(SQL_LAG)
            lag = cursor.fetchone()[0]
    except Error as error:
        return _leave_alone(f"does not answer: {error}")
    return lag < SECONDS or _leave_alone(f"is {lag:.0f} s behind")


def _leave_alone(why: str) -> bool:
    logger.warning("The primary serves in place of the replica, which %s", why)
    caches["local"].set("replica-down", True, LEFT_ALONE_SECONDS)
    return False
