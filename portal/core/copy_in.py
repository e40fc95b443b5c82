"""Rows into a table by COPY: what bulk loads use. Triggers and constraints of the table hold as for any insert."""

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

import psycopg2
from django.db import connection

from portal.core import spans

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# Hardly any value holds one, and to look costs a third of what translating does.
_holds_special = re.compile(r"[\\\t\n\r]").search


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Copy `rows` into `columns` of `table`, read as they are sent; returns how many."""
    return copy_lines(table, columns, ("\t".join(map(as_text, row)) for row in rows))


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> int:
    """The same for rows that are text as COPY reads it: values with tabs between them, texts made safe by `escaped`."""
    reader = _Reader(lines)
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


def escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _holds_special(text) else text


def as_text(value: Any) -> str:
    """One value as COPY's text format writes it."""
    kind = type(value)
    # Nearly all values are one of these two; to ask for them so is quicker than isinstance().
    if kind is int:
        return str(value)
    if kind is str:
        return escaped(value)
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return as_text(str(value))
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, tuple):
        return spans.as_text(value)
    if isinstance(value, date | time):  # a datetime is a date, too
        return value.isoformat()
    return str(value)


class _Reader(io.TextIOBase):
    """A file whose text is made line by line as psycopg2 asks for it, so that no load is held in memory."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._rest = ""
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        parts, length = [self._rest], len(self._rest)
        while size is None or size < 0 or length < size:
            try:
                line = next(self._lines, None)
            except Exception as error:
                self.error = error
                raise
            if line is None:
                break
            parts += line, "\n"
            length += len(line) + 1
        text = "".join(parts)
        if size is None or size < 0:
            self._rest = ""
            return text
        self._rest = text[size:]
        return text[:size]
