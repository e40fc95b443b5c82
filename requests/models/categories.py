from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from requests.types import TimeLimit


def told_apart(path: str) -> str:
    """What a category is called in a list that names the ones above it: its name, with that above it where the two are
    the same (交通运输 / 交通运输)."""
    above, _slash, name = path.rpartition(" / ")
    return f"{name} / {name}" if above.rpartition(" / ")[2] == name else name


class Category(models.Model):
    """The three-level tree by which matters are classified. `path` is the names joined by " / "."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    name = models.CharField(_("name"), max_length=60)
    level = models.PositiveSmallIntegerField(_("level"), editable=False)
    path = models.CharField(_("path"), max_length=200, unique=True, editable=False)
    # The top of the tree, for figures by category: itself at level 1.
    top = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", editable=False)
    time_limit = models.CharField(
        _("time limit"), max_length=10, choices=TimeLimit.choices, blank=True,
        help_text=_("Proposed when a case of this category is accepted; empty: general"),
    )  # fmt: skip
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["path"]
        constraints = [models.UniqueConstraint(fields=["parent", "name"], nulls_distinct=False, name="category_once")]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.level = self.parent.level + 1 if self.parent else 1
        self.path = f"{self.parent.path} / {self.name}" if self.parent else self.name
        self.top_id = (self.parent.top_id or self.parent_id) if self.parent else None
        super().save(*args, **kwargs)
