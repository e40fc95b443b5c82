"""A column of stretches of time that do not touch, as PostgreSQL's multirange: what held several times, and when.

    late_during = SpansField(null=True)
    rows.filter(late_during__covers=moment)
    rows.filter(submitted_at__during=(start, end))

In Python it is a tuple of (from, until), both exclusive; NULL means never.
"""

import re
from datetime import UTC, datetime
from typing import Any

from django.db import models

Spans = tuple[tuple[datetime, datetime], ...]
_MOMENT = re.compile(r'"([^"]+)"')


class SpansField(models.Field):
    def db_type(self, connection: Any) -> str:
        return "tstzmultirange"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Spans | None:
        if value is None:
            return None
        moments = [datetime.fromisoformat(text).astimezone(UTC) for text in _MOMENT.findall(value)]
        return tuple(zip(moments[::2], moments[1::2], strict=True))

    def get_prep_value(self, value: Spans | None) -> str | None:
        return as_text(value) if value else None


def as_text(spans: Spans) -> str:
    """As PostgreSQL writes them."""
    return "{" + ",".join(f'("{since.isoformat()}","{until.isoformat()}")' for since, until in spans) + "}"


@SpansField.register_lookup
class Covers(models.Lookup):
    """Whether it held at a moment."""

    lookup_name = "covers"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        spans, own = self.process_lhs(compiler, connection)
        moment, more = self.process_rhs(compiler, connection)
        return f"{spans} @> {moment}::timestamptz", [*own, *more]


@models.DateTimeField.register_lookup
class During(models.Lookup):
    """Whether a moment lies in a stretch of time, its beginning included and its end not: `at__during=(start, end)`.

    The same SQL as `at__gte` and `at__lt`, made in one go: a report has a hundred such pairs.
    """

    lookup_name = "during"

    def get_prep_lookup(self) -> list[Any]:
        return [self.lhs.output_field.get_prep_value(moment) for moment in self.rhs]

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, list[Any]]:
        field = self.lhs.output_field
        return "%s", [field.get_db_prep_value(moment, connection, prepared=True) for moment in value]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, named = self.process_lhs(compiler, connection)
        _sql, (start, end) = self.process_rhs(compiler, connection)
        return f"({column} >= %s AND {column} < %s)", [*named, start, *named, end]
