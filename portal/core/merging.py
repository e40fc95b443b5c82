"""What lies in a region goes along when the region is merged into another one.

Every app names its columns that point at a region once, in `bring_along`; a test walks all models, so that a new one
cannot be forgotten. What takes more than a new region in a column is a hook (`portal.core.regions.on_merge`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from portal.core.errors import Conflict
from portal.core.models import ApiToken, Estate, Organization, Post, Region, Webhook

# So many of the rows in the way are named at once.
NAMED = 5


@dataclass(frozen=True)
class Column:
    """A column of rows that lie in a region; `level` where it holds regions of one level only."""

    model: type[models.Model]
    name: str
    level: str = ""

    def rows(self, region: Region) -> models.QuerySet:
        if self.level and self.level != region.level:
            return self.model._default_manager.none()
        return self.model._default_manager.filter(**{self.name: region})

    def in_the_way(self, region: Region, into: Region) -> Iterator[models.Model]:
        """Rows of `region` that a unique constraint would not let stand beside one of `into`."""
        for constraint in self.model._meta.constraints:
            if not isinstance(constraint, models.UniqueConstraint) or self.name not in constraint.fields:
                continue
            condition = constraint.condition or models.Q()
            same = {name: OuterRef(name) for name in constraint.fields if name != self.name}
            yield from self.rows(region).filter(condition, Exists(self.rows(into).filter(condition, **same)))[:NAMED]


COLUMNS: list[Column] = [
    Column(Organization, "region"),
    Column(Estate, "region"),
    Column(Post, "region"),
    Column(ApiToken, "region"),
    Column(Webhook, "region"),
]


def bring_along(*columns: Column) -> None:
    """Have the rows of these columns move with a region that is merged."""
    COLUMNS.extend(columns)


def refuse_conflicts(region: Region, into: Region) -> None:
    """Name what both regions have, before anything changes: which of the two is meant, people must say."""
    found = [row for column in COLUMNS for row in column.in_the_way(region, into)]
    if found:
        named = "、".join(f"{row._meta.verbose_name} {row}" for row in found[:NAMED])
        message = _("“%(into)s” has these already: %(rows)s. Rename or remove one of each pair, then merge.")
        raise Conflict(message % {"into": into, "rows": named}, code="both_have_it")


def move_rows(region: Region, into: Region) -> None:
    for column in COLUMNS:
        column.rows(region).update(**{column.name: into})
