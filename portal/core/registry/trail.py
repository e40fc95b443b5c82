"""The history of one row in words: who changed what from what to what."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Max
from django.utils.translation import gettext as _

from portal.core.models import HistoryEntry, User

SHOWN = 20
MAX_VALUE = 60


@dataclass(frozen=True)
class Step:
    at: datetime
    who: str
    what: str
    lines: list[str]


def last_entry(row: models.Model) -> int:
    """The newest history entry of a row: the version that a form saw."""
    entries = HistoryEntry.objects.filter(table=row._meta.db_table, row_id=row.pk)
    return entries.aggregate(last=Max("pk"))["last"] or 0


def trail(row: models.Model) -> list[Step]:
    """The latest changes of a row, newest first. A constant number of queries, whatever they hold."""
    entries = list(HistoryEntry.objects.filter(table=row._meta.db_table, row_id=row.pk)[:SHOWN])
    actors = dict(User.objects.filter(pk__in={entry.actor_id for entry in entries}).values_list("pk", "person__name"))
    names = _names_of_related(row._meta.model, entries)
    return [
        Step(
            at=entry.at,
            who=actors.get(entry.actor_id) or _("The portal itself"),
            what=entry.get_operation_display(),
            lines=[_line(row._meta.model, column, change, names) for column, change in sorted(entry.changes.items())]
            if entry.operation == HistoryEntry.Operation.UPDATE
            else [],
        )
        for entry in entries
    ]


def _field(model: type[models.Model], column: str) -> models.Field | None:
    for name in (column, column.removesuffix("_id")):
        try:
            return model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
    return None


def _names_of_related(model: type[models.Model], entries: list[HistoryEntry]) -> dict[type, dict[Any, str]]:
    wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
    for entry in entries:
        for column, change in entry.changes.items():
            field = _field(model, column)
            if isinstance(field, models.ForeignKey) and isinstance(change, list):
                wanted[field.related_model].update(value for value in change if value is not None)
    return {
        related: {row.pk: str(row) for row in related._default_manager.filter(pk__in=pks)}
        for related, pks in wanted.items()
    }


def _line(model: type[models.Model], column: str, change: Any, names: dict[type, dict[Any, str]]) -> str:
    field = _field(model, column)
    label = str(getattr(field, "verbose_name", column))
    if not isinstance(change, list):
        return _("%(field)s: changed") % {"field": label}
    before, after = (_value(field, value, names) for value in change)
    return _("%(field)s: %(before)s → %(after)s") % {"field": label, "before": before, "after": after}


def _value(field: models.Field | None, value: Any, names: dict[type, dict[Any, str]]) -> str:
    if value is None or value == "":
        return _("(empty)")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, models.ForeignKey):
        return names.get(field.related_model, {}).get(value, f"#{value}")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    text = str(value)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
