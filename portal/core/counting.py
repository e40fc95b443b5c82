"""Counts for tabs: many in one query, and none that costs a walk through a million rows."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

CAP = 999


def capped_counts(rows: Mapping[str, QuerySet], cap: int = CAP) -> dict[str, int]:
    """How many rows each queryset has, in one query; counting stops at `cap` + 1."""
    counts = dict.fromkeys(rows, 0)
    parts: list[tuple[str, str]] = []
    params: list[Any] = []
    for name, queryset in rows.items():
        try:
            sql, values = queryset.order_by().values("pk")[: cap + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append((name, f"(SELECT count(*) FROM ({sql}) AS counted)"))  # noqa: S608 - Django's own SQL
        params += values
    if parts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(sql for _name, sql in parts), params)
            counts.update(zip((name for name, _sql in parts), cursor.fetchone(), strict=True))
    return counts


def in_words(count: int, cap: int = CAP) -> str:
    """The count as a tab shows it: `12`, or `999+` when counting stopped."""
    return f"{cap}+" if count > cap else str(count)
