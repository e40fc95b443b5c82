"""CSV of any size straight from PostgreSQL's COPY, streamed in chunks, so that a worker's memory stays flat.

    columns = [Column(_("Number"), F("number")), Column(_("State"), label("state", State.choices))]
    return csv_response(stream_csv(cases, columns), "cases.csv")

The queryset that is exported is the scoped and filtered one of the list: its SQL is what COPY runs.
"""

import logging
import queue
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import Case, CharField, DateTimeField, Expression, F, Func, QuerySet, Value, When
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise

from portal.core.sheets import ESCAPED_STARTS, write_xlsx

logger = logging.getLogger(__name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Excel takes a CSV file without this mark for the local eight-bit code page.
BOM = "\ufeff".encode()
CHUNK = 64 * 1024
# So many chunks wait for the client at the most.
CHUNKS_AHEAD = 8
# A client that takes nothing for so long has stopped reading: the database is let go.
STALLED_AFTER = 60.0


@dataclass(frozen=True)
class Column:
    """One column of an export: what its header says, and the expression that gives its text.

    `is_typed` is for text that people typed: what a spreadsheet would run is escaped.
    """

    name: str | Promise
    expression: Expression | F | Case
    is_typed: bool = False


class Guarded(Func):
    """Text that a person typed, with an apostrophe in front where a spreadsheet would run it as a formula."""

    output_field = CharField()

    def as_sql(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.source_expressions[0])
        starts = ", ".join(["%s"] * len(ESCAPED_STARTS))
        guarded = f"CASE WHEN left({sql}, 1) IN ({starts}) THEN '''' || {sql} ELSE {sql} END"
        return guarded, [*params, *ESCAPED_STARTS, *params, *params]


class LocalTime(Func):
    """A moment on the wall clock of the people who read it: 2026-03-01 09:05:00."""

    template = "date_trunc('second', %(expressions)s AT TIME ZONE %(zone)s)"
    # A wall clock has no zone; the text is PostgreSQL's own, which COPY writes fastest.
    output_field = DateTimeField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Sequence[Any]]:
        return super().as_sql(compiler, connection, zone=_zone_in_sql(), **extra)


def _zone_in_sql() -> str:
    """The city's zone; as an offset where the clocks never change, which PostgreSQL applies twice as fast."""
    zone = timezone.get_default_timezone()
    offsets = {zone.utcoffset(datetime(timezone.now().year, month, 1)) for month in range(1, 13)}
    if len(offsets) > 1:
        return f"'{settings.TIME_ZONE}'"
    return f"interval '{offsets.pop().total_seconds():.0f} seconds'"


def label(field: str, choices: Iterable[tuple[str, str | Promise]]) -> Case:
    """The word for a code in the reader's language."""
    return Case(
        *(When(**{field: code}, then=Value(str(word))) for code, word in choices),
        default=Value(""),
        output_field=CharField(),
    )


def stream_csv(queryset: QuerySet, columns: Sequence[Column]) -> Iterator[bytes]:
    """The rows of `queryset` as CSV with a header, in chunks of bytes. Whoever stops iterating ends the query."""
    yield BOM + ",".join(_quoted(str(column.name)) for column in columns).encode() + b"\n"
    selected = _select(
        queryset, [Guarded(column.expression) if column.is_typed else column.expression for column in columns]
    )
    try:
        sql, params = selected.query.sql_with_params()
    except EmptyResultSet:
        return
    yield from _copy(sql, params, using=queryset.db)


def read_cells(queryset: QuerySet, columns: Sequence[Column]) -> Iterator[tuple[Any, ...]]:
    """The same cells as values, for a workbook, which escapes by itself; read in batches."""
    return in_batches(_select(queryset, [column.expression for column in columns]))


def in_batches(queryset: QuerySet, size: int = 2000) -> Iterator[Any]:
    """What the queryset yields, fetched through a cursor of the server, so that memory stays flat.

    The cursor lives in a transaction, and so also behind PgBouncer, where `iterator()` must fetch everything at once.
    Whoever stops in the middle leaves the generator to be closed at any later time, by any thread: by then the request
    has ended, and its connection has been put in order (`portal.wsgi`).
    """
    connection, block = connections[queryset.db], transaction.atomic(using=queryset.db)
    block.__enter__()
    try:
        # What `iterator()` calls, without its look at DISABLE_SERVER_SIDE_CURSORS.
        yield from queryset._iterator(use_chunked_fetch=True, chunk_size=size)
    except BaseException:
        if connection is connections[queryset.db] and block in connection.atomic_blocks:
            block.__exit__(*sys.exc_info())
        raise
    else:
        block.__exit__(None, None, None)


def _select(queryset: QuerySet, expressions: Sequence[Any]) -> QuerySet:
    named = {f"column_{number}": expression for number, expression in enumerate(expressions)}
    return queryset.annotate(**named).values_list(*named)


def csv_response(chunks: Iterable[bytes], filename: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(chunks, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(filename)
    # A proxy that buffers would hold what the client could already read.
    response["X-Accel-Buffering"] = "no"
    return response


def xlsx_response(header: Sequence[Any], lines: Iterable[Any], filename: str) -> FileResponse:
    response = FileResponse(write_xlsx(header, lines), content_type=XLSX)
    response["Content-Disposition"] = attachment(filename)
    return response


def attachment(filename: str) -> str:
    """The header by which a browser saves a file under a Chinese name."""
    return f"attachment; filename*=UTF-8''{quote(filename)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class ClientStalled(Exception):
    """The client took nothing for so long that the query was ended."""


class _Chunks:
    """What COPY writes to in its thread, and what the response reads from in the request's."""

    def __init__(self, cancel: Any) -> None:
        self.cancel = cancel
        self.ready: queue.Queue[bytes | None] = queue.Queue(CHUNKS_AHEAD)
        self.stopped = threading.Event()
        self._buffer = bytearray()

    def write(self, data: bytes) -> None:
        if self.stopped.is_set():
            # Swallow the rest until the cancelled query ends: an exception here would leave the connection in COPY.
            return
        self._buffer += data
        if len(self._buffer) >= CHUNK:
            self._flush()

    def end(self) -> None:
        self._flush()
        self._put(None)

    def stop(self) -> None:
        self.stopped.set()
        self.cancel()

    def drain(self) -> None:
        with suppress(queue.Empty):
            while True:
                self.ready.get_nowait()

    def _flush(self) -> None:
        if self._buffer:
            self._put(bytes(self._buffer))
            self._buffer.clear()

    def _put(self, chunk: bytes | None) -> None:
        if self.stopped.is_set():
            return
        try:
            self.ready.put(chunk, timeout=STALLED_AFTER)
        except queue.Full:
            logger.warning("An export was ended: its client has stopped reading.")
            self.stop()


def _copy(sql: str, params: Sequence[Any], *, using: str) -> Iterator[bytes]:
    """Run COPY in a thread and hand on its chunks.

    psycopg2 pushes COPY's rows, a response pulls them; so there is a short queue between two threads that use the
    same connection by turns. When the client goes away the generator is closed: the query is cancelled, the queue
    emptied so that the thread can end, and the thread joined, all before the connection is used again.
    """
    with connections[using].cursor() as cursor:
        raw = cursor.cursor
        statement = raw.mogrify(sql, params).decode()
        chunks = _Chunks(raw.connection.cancel)
        failures: list[Exception] = []

        def run() -> None:
            try:
                raw.copy_expert(f"COPY ({statement}) TO STDOUT WITH (FORMAT csv)", chunks)
            except Exception as error:  # handed to the thread that reads
                failures.append(error)
            finally:
                chunks.end()

        thread = threading.Thread(target=run, name="copy-export", daemon=True)
        thread.start()
        try:
            while chunk := _next(chunks, thread):
                yield chunk
            thread.join()
            # Better a download that breaks off than a file that looks complete.
            if chunks.stopped.is_set():
                raise ClientStalled
            if failures:
                raise failures[0]
        finally:
            if thread.is_alive():
                chunks.stop()
            while thread.is_alive():
                chunks.drain()
                thread.join(timeout=0.02)


def _next(chunks: _Chunks, thread: threading.Thread) -> bytes | None:
    """The next chunk; None when there is no more, also after the thread has given up waiting for us."""
    while True:
        try:
            return chunks.ready.get(timeout=1.0)
        except queue.Empty:
            if not thread.is_alive() and chunks.ready.empty():
                return None
