"""Model instances from columns that a statement has already read.

For the few statements that every request waits for: Django takes longer to compile a query and its joins than the
database to answer it.
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def instance_of(model: type[Row], **values: Any) -> Row:
    """An instance that knows these columns; others are read from the database when somebody asks for them."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(connection.alias, names, [values[name] for name in names])


class Columns(Generic[Row]):
    """Some columns of a table that goes by `alias` in a statement, and instances made of them."""

    def __init__(self, model: type[Row], alias: str, *names: str) -> None:
        known = [field for field in model._meta.concrete_fields if field.attname in ("id", *names)]
        self.model, self.names = model, [field.attname for field in known]
        if unknown := {*names} - {*self.names}:
            raise ValueError(f"{model.__name__} has no {sorted(unknown)}")
        self.sql = ", ".join(f"{alias}.{field.column}" for field in known)
        self.readers = [getattr(field, "from_db_value", None) for field in known]

    def take(self, values: Iterator[Any]) -> Row | None:
        """Its part of a row, in the order of the columns in the statement; None where a join found nothing."""
        mine = [reader(next(values), None, connection) if reader else next(values) for reader in self.readers]
        return self.model.from_db(connection.alias, self.names, mine) if mine[self.names.index("id")] else None
