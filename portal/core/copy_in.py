"""Rows into a table by COPY: what bulk loads use. Triggers and constraints of the table hold as for any insert."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

import psycopg2
from django.db import connection

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# Hardly any value holds one, and to look costs a third of what translating does.
_escaped = re.compile(r"[\\\t\n\r]").search


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Copy `rows` into `columns` of `table`, read as they are sent; returns how many."""
    reader = _Reader(rows)
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        try:
            cursor.copy_expert(f'COPY "{table}" ({names}) FROM STDIN', reader)
        except psycopg2.Error:
            # What the rows' own maker refused is told as it was said, not as a failed COPY.
            if reader.error is not None:
                raise reader.error from None
            raise
        return cursor.rowcount


def as_text(value: Any) -> str:
    """One value as COPY's text format writes it."""
    kind = type(value)
    # Nearly all values are one of these two; to ask for them so is quicker than isinstance().
    if kind is int:
        return str(value)
    if kind is str:
        return value.translate(_ESCAPES) if _escaped(value) else value
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return as_text(str(value))
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, date | time):  # a datetime is a date, too
        return value.isoformat()
    return str(value)


class _Reader(io.TextIOBase):
    """A file whose text is made row by row as psycopg2 asks for it, so that no load is held in memory."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows = iter(rows)
        self._rest = ""
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        parts, length = [self._rest], len(self._rest)
        while size is None or size < 0 or length < size:
            try:
                row = next(self._rows, None)
            except Exception as error:
                self.error = error
                raise
            if row is None:
                break
            line = "\t".join(map(as_text, row)) + "\n"
            parts.append(line)
            length += len(line)
        text = "".join(parts)
        if size is None or size < 0:
            self._rest = ""
            return text
        self._rest = text[size:]
        return text[:size]
