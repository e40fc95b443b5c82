"""Limits on how often somebody may do something (docs/decisions/0025-throttle-store.md says why two stores).

    hit("public-request", client_ip(request), limit=20, seconds=3600)

`hit` counts in the database, for all workers together: one statement, for what strangers may do. `hit_here` counts in
this process and costs no statement, for reads by those who have signed in.
"""

import threading
import time
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import ngettext

from portal.core import crypto
from portal.core.errors import DomainError

# clock_timestamp() and not now(): a long transaction must not live in the past.
SQL_HIT = """
INSERT INTO core_throttlecounter AS counter (key, hits, ends_at)
SELECT key, 1, clock_timestamp() + make_interval(secs => seconds)
  FROM unnest(%(keys)s::text[], %(seconds)s::float[]) AS counted (key, seconds)
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN counter.ends_at <= clock_timestamp() THEN 1 ELSE counter.hits + 1 END,
    ends_at = CASE WHEN counter.ends_at <= clock_timestamp() THEN excluded.ends_at ELSE counter.ends_at END
RETURNING key, hits, ceil(extract(epoch FROM ends_at - clock_timestamp()))::int
"""
# So many different keys a process remembers; beyond it forgets them all, which errs on the side of the caller.
MAX_KEYS_HERE = 10_000

_here: dict[tuple[str, str], tuple[float, int]] = {}
_lock = threading.Lock()


class Throttled(DomainError):
    """Too often. `extra["retry_after"]` says in how many seconds it may be tried again."""

    def __init__(self, retry_after: int) -> None:
        minutes = -(-max(retry_after, 1) // 60)
        message = ngettext(
            "Too many attempts. Please try again in a minute.",
            "Too many attempts. Please try again in %(count)d minutes.",
            minutes,
        ) % {"count": minutes}
        super().__init__("throttled", message, status=429, extra={"retry_after": max(retry_after, 1)})


class Count(NamedTuple):
    """One more of `scope` by `key`, of which `limit` pass in a window of `seconds`."""

    scope: str
    key: str
    limit: int
    seconds: int

    @property
    def digest(self) -> str:
        """A keyed hash: the table holds neither addresses nor phone numbers."""
        return crypto.keyed_hash(f"{self.scope}\n{self.key}", purpose="throttle")


def hit(scope: str, key: str, *, limit: int, seconds: int) -> None:
    """Count one more of `scope` by `key`; raise `Throttled` beyond `limit` in a window of `seconds`.

    Call it outside of the transaction that it guards: what is rolled back has not been counted.
    """
    hit_each(Count(scope, key, limit, seconds))


def hit_each(*counts: Count) -> None:
    """Like `hit`, for one thing that several limits count: in one statement, each of them counted.

    Whoever counts by two scopes names them in the same order everywhere, or two callers wait for one another.
    """
    by_digest = {count.digest: count for count in counts}
    with connection.cursor() as cursor:
        cursor.execute(SQL_HIT, {"keys": [*by_digest], "seconds": [count.seconds for count in by_digest.values()]})
        found = {digest: (hits, retry_after) for digest, hits, retry_after in cursor.fetchall()}
    for digest, count in by_digest.items():
        hits, retry_after = found[digest]
        if hits > count.limit:
            raise Throttled(retry_after)


def hit_here(scope: str, key: str, *, limit: int, seconds: int) -> None:
    """Like `hit`, counted by this process alone: with n processes up to n times the limit passes."""
    now = time.monotonic()
    with _lock:
        ends_at, hits = _here.get((scope, key), (0.0, 0))
        if ends_at <= now:
            ends_at, hits = now + seconds, 0
        if len(_here) >= MAX_KEYS_HERE:
            _here.clear()
        _here[scope, key] = ends_at, hits + 1
    if hits + 1 > limit:
        raise Throttled(int(ends_at - now) + 1)


def forget_here() -> None:
    """Start this process's counters anew (tests)."""
    with _lock:
        _here.clear()


def client_ip(request: HttpRequest) -> str:
    """The caller's address; behind a proxy (by setting) the one that our own proxy added last."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return request.META.get("REMOTE_ADDR", "")
