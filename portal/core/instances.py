"""Model instances from columns that a query has already read."""

from typing import Any, TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def instance_of(model: type[Row], **values: Any) -> Row:
    """An instance that knows these columns; others are read from the database when somebody asks for them."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db(connection.alias, names, [values[name] for name in names])
