"""Paging by keyset: a page costs the same however far in it lies, and rows that arrive meanwhile shift nothing.

`?limit=50&cursor=…&ordering=-due_at`. A cursor holds the last row's value of the ordering column and its id; the id
makes every order total. It is opaque to clients and checked like any input.
"""

import base64
import binascii
import functools
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.core.errors import DomainError

DEFAULT_LIMIT = 50
MAX_LIMIT = 300
PARAMETERS = frozenset({"limit", "cursor", "ordering"})

Read = Callable[[models.QuerySet, str], list[tuple[Any, int, Any]]]


@dataclass(frozen=True)
class Cursor:
    value: Any
    pk: int
    backwards: bool = False

    def encode(self) -> str:
        text = json.dumps([self.value, self.pk, int(self.backwards)], ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Order:
    """One column (a path of the ORM) and a direction; the id goes the same way."""

    column: str
    descending: bool

    @property
    def by_id_alone(self) -> bool:
        return self.column in ("id", "pk")


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: str | None
    previous: str | None


def read_limit(params: Mapping[str, str]) -> int:
    text = params.get("limit", "")
    if text == "":
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal()) or len(text) > 6 or int(text) < 1:
        raise bad_parameter("limit", _("Give a number from 1 to %(count)d.") % {"count": MAX_LIMIT})
    return min(int(text), MAX_LIMIT)


def read_order(params: Mapping[str, str], *, allowed: Mapping[str, str], default: str) -> Order:
    """`allowed` maps what a client writes to the column behind it; a leading minus turns the order round."""
    text = params.get("ordering", "") or default
    column = allowed.get(text.removeprefix("-"))
    if column is None:
        raise bad_parameter("ordering", _("Order by one of: %(names)s.") % {"names": ", ".join(allowed)})
    return Order(column, text.startswith("-"))


def paginate(rows: models.QuerySet, params: Mapping[str, str], *, order: Order, limit: int, read: Read) -> Page:
    """One page of `rows`. `read` fetches a queryset: for each row (value of the ordering column, id, the row)."""
    cursor = _read_cursor(params.get("cursor", ""), rows.model, order)
    backwards = cursor is not None and cursor.backwards
    if cursor:
        rows = rows.filter(_beyond(cursor, order, nullable=_field(rows.model, order.column).null))
    # One row more than is shown tells whether there is a further page.
    fetched = read(_ordered(rows, order, backwards=backwards)[: limit + 1], order.column)
    has_more, shown = len(fetched) > limit, fetched[:limit]
    if backwards:
        shown.reverse()
    has_next, has_previous = (True, has_more) if backwards else (has_more, cursor is not None)
    return Page(
        rows=[row for _value, _pk, row in shown],
        next=_edge(shown[-1], backwards=False) if has_next and shown else None,
        previous=_edge(shown[0], backwards=True) if has_previous and shown else None,
    )


def read_instances(rows: models.QuerySet, column: str) -> list[tuple[Any, int, Any]]:
    """The `read` of lists that serialize model instances."""
    path = column.split("__")
    return [(functools.reduce(getattr, path, row), row.pk, row) for row in rows]


def page_url(request: HttpRequest, cursor: str | None) -> str | None:
    """The address of the page at `cursor`, with every other parameter as it was."""
    if cursor is None:
        return None
    params = request.GET.copy()
    params["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def bad_parameter(name: str, message: str) -> DomainError:
    return DomainError("bad_parameter", message, fields={name: [message]})


def refuse_unknown(params: Collection[str], known: Collection[str]) -> None:
    """Each parameter of a query string must be known: a misspelt filter would answer with everything."""
    if unknown := sorted(set(params) - set(known)):
        line = _("There is no such parameter here. There are: %(names)s.") % {"names": ", ".join(sorted(known))}
        raise DomainError("bad_parameter", line, fields={name: [line] for name in unknown})


def _edge(row: tuple[Any, int, Any], *, backwards: bool) -> str:
    value, pk, _row = row
    if isinstance(value, datetime | date):
        value = value.isoformat()
    return Cursor(float(value) if isinstance(value, Decimal) else value, pk, backwards).encode()


def _read_cursor(text: str, model: type[models.Model], order: Order) -> Cursor | None:
    if not text:
        return None
    try:
        value, pk, backwards = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        if type(pk) is not int or backwards not in (0, 1) or isinstance(value, list | dict):
            raise ValueError
        field = _field(model, order.column)
        if value is None and not field.null:
            raise ValueError
        value = field.to_python(value)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, ValidationError) as error:
        raise bad_parameter("cursor", _("This cursor is not valid here. Start again without one.")) from error
    return Cursor(value, pk, bool(backwards))


def _field(model: type[models.Model], column: str) -> models.Field:
    *path, name = column.split("__")
    for step in path:
        model = model._meta.get_field(step).related_model
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _ordered(rows: models.QuerySet, order: Order, *, backwards: bool) -> models.QuerySet:
    descending = order.descending != backwards
    by_id = "-pk" if descending else "pk"
    if order.by_id_alone:
        return rows.order_by(by_id)
    # Rows without a value come last, whichever way round; read backwards, they come first.
    nulls = {}
    if _field(rows.model, order.column).null:
        nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
    column = F(order.column)
    return rows.order_by(column.desc(**nulls) if descending else column.asc(**nulls), by_id)


def _beyond(cursor: Cursor, order: Order, *, nullable: bool) -> Q:
    """The rows on the far side of the cursor."""
    side = "lt" if order.descending != cursor.backwards else "gt"
    beyond_id = Q(**{f"pk__{side}": cursor.pk})
    if order.by_id_alone:
        return beyond_id
    column, value = order.column, cursor.value
    if value is None:
        among_empty = Q(**{f"{column}__isnull": True}) & beyond_id
        return among_empty | Q(**{f"{column}__isnull": False}) if cursor.backwards else among_empty
    # The first condition is implied by the second; the planner finds its way into the index by it.
    beyond = Q(**{f"{column}__{side}e": value}) & (Q(**{f"{column}__{side}": value}) | Q(**{column: value}) & beyond_id)
    return beyond | Q(**{f"{column}__isnull": True}) if nullable and not cursor.backwards else beyond
