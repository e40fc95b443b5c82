"""The history of a row, and of what belongs to it, in words: who changed what from what to what."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Max, Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from portal.core.humanize import absolute_time
from portal.core.models import HistoryEntry, User

SHOWN = 20
MAX_VALUE = 60


# Ids of rows of a model and whoever reads -> how each row is named to them.
Namer = Callable[[Collection[Any], User], dict[Any, str]]
_NAMERS: dict[type[models.Model], Namer] = {}


def names_rows_of(model: type[models.Model]) -> Callable[[Namer], Namer]:
    """Have rows whose names not everybody may know named by this, where a history mentions them; users as actors."""

    def registered(namer: Namer) -> Namer:
        _NAMERS[model] = namer
        return namer

    return registered


@dataclass(frozen=True)
class Step:
    at: datetime
    who: str
    what: str
    lines: list[str]
    # What was changed, where it is not the row itself.
    about: str = ""


def last_entry(row: models.Model) -> int:
    """The newest history entry of a row: the version that a form saw."""
    entries = HistoryEntry.objects.filter(table=row._meta.db_table, row_id=row.pk)
    return entries.aggregate(last=Max("pk"))["last"] or 0


def trail(
    row: models.Model, *belonging: models.Model, reader: User, gone: tuple[type[models.Model], Q] | None = None
) -> list[Step]:
    """The latest changes of a row and of what belongs to it, newest first, in names as `reader` may know them. A
    constant number of queries.

    `gone` finds the entries of rows that were deleted, by what their last entry says of them.
    """
    known = {(each._meta.db_table, each.pk): each for each in (row, *belonging)}
    models_of = {each._meta.db_table: type(each) for each in known.values()}
    condition = Q()
    if gone is not None:
        model, values = gone
        models_of[model._meta.db_table] = model
        condition = Q(table=model._meta.db_table, operation=HistoryEntry.Operation.DELETE) & values
    for table in {table for table, _pk in known}:
        condition |= Q(table=table, row_id__in=[pk for of_table, pk in known if of_table == table])
    entries = list(HistoryEntry.objects.filter(condition)[:SHOWN])
    actors = _names_of_actors({entry.actor_id for entry in entries}, reader)
    names = _names_of_related(models_of, entries, reader)
    return [
        Step(
            at=entry.at,
            who=actors.get(entry.actor_id) or _("The portal itself"),
            what=entry.get_operation_display(),
            lines=[
                _line(models_of[entry.table], column, change, names) for column, change in sorted(entry.changes.items())
            ]
            if entry.operation == HistoryEntry.Operation.UPDATE
            else [],
            about=_about(row, known.get((entry.table, entry.row_id)), models_of[entry.table]),
        )
        for entry in entries
    ]


def _about(row: models.Model, changed: models.Model | None, model: type[models.Model]) -> str:
    if changed is row:
        return ""
    return f"{model._meta.verbose_name} {changed}" if changed is not None else str(model._meta.verbose_name)


def _field(model: type[models.Model], column: str) -> models.Field | None:
    for name in (column, column.removesuffix("_id")):
        try:
            return model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
    return None


def _names_of_actors(pks: set[Any], reader: User) -> dict[Any, str]:
    actors = dict(User.objects.filter(pk__in=pks).values_list("pk", "person__name"))
    return actors | (_NAMERS[User](actors.keys(), reader) if User in _NAMERS else {})


def _names_of_related(
    models_of: dict[str, type[models.Model]], entries: list[HistoryEntry], reader: User
) -> dict[type, dict[Any, str]]:
    wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
    for entry in entries:
        for column, change in entry.changes.items():
            field = _field(models_of[entry.table], column)
            if isinstance(field, models.ForeignKey) and isinstance(change, list):
                wanted[field.related_model].update(value for value in change if value is not None)
    return {
        related: _NAMERS[related](pks, reader)
        if related in _NAMERS
        else {row.pk: str(row) for row in related._default_manager.filter(pk__in=pks)}
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
    if isinstance(field, models.DateTimeField) and (moment := parse_datetime(value)):
        return absolute_time(moment)
    text = str(value)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
