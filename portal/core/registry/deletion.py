"""Deleting a row that was made by mistake. What others point at stays, and whoever wants to delete it is told why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import PROTECT, RESTRICT, Q
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, NotFound
from portal.core.registry.subjects import page_of

SHOWN = 10


@dataclass(frozen=True)
class Pointing:
    """The rows of one model that point at a row: `rows` are the first ones that the person may see."""

    model: type[models.Model]
    count: int
    rows: Sequence[models.Model]

    @property
    def label(self) -> Any:
        return self.model._meta.verbose_name_plural

    @property
    def links(self) -> list[tuple[models.Model, str]]:
        return [(row, page_of(row)) for row in self.rows]

    @property
    def more(self) -> int:
        return self.count - len(self.rows)


def pointing_at(row: models.Model, *, user: Any) -> list[Pointing]:
    """What keeps a row from being deleted, also what lies outside of the person's area: that is counted, not named."""
    conditions: dict[Any, Q] = defaultdict(Q)
    for relation in row._meta.get_fields(include_hidden=True):
        if getattr(relation, "on_delete", None) in (PROTECT, RESTRICT) and relation.auto_created:
            conditions[relation.related_model] |= Q(**{relation.field.name: row})
    found = []
    for model, condition in conditions.items():
        rows = model._default_manager.filter(condition)
        if count := rows.count():
            visible = rows.for_user(user).distinct()[:SHOWN] if hasattr(rows, "for_user") else []
            found.append(Pointing(model, count, list(visible)))
    return found


@transaction.atomic
def delete(row: models.Model, *, by: Any) -> None:
    """Delete a row that nothing points at, with what is a part of it. The history keeps what it was."""
    # Lock first: whoever would point at it from now on waits, and then finds it gone.
    locked = row._meta.model._base_manager.select_for_update().filter(pk=row.pk).first()
    if locked is None:
        raise NotFound()
    if found := pointing_at(locked, user=by):
        names = "、".join(f"{each.label} {each.count}" for each in found)
        message = _("“%(name)s” cannot be deleted, because others still need it: %(names)s.")
        extra = {"needed_by": [{"what": each.model._meta.model_name, "count": each.count} for each in found]}
        raise Conflict(message % {"name": row, "names": names}, code="in_use", extra=extra)
    locked.delete()
