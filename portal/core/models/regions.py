"""Regions: city, district, street, community, grid. A tree by `parent`, never by the digits of a code."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.scope import Scope, ScopedQuerySet


class Level(models.TextChoices):
    CITY = "city", _("City")  # 市
    DISTRICT = "district", _("District")  # 区、县
    STREET = "street", _("Street")  # 街道、镇
    COMMUNITY = "community", _("Community")  # 社区、村
    GRID = "grid", _("Grid")  # 网格

    @classmethod
    def below(cls, level: str) -> str | None:
        """The level under `level`, or None for a grid."""
        order = list(cls.values)
        index = order.index(level) + 1
        return order[index] if index < len(order) else None


class RegionQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "RegionQuerySet":
        return self.filter(scope.region_filter("path"))

    def subtree(self, region: "Region") -> "RegionQuerySet":
        """`region` and everything under it."""
        return self.filter(path__startswith=region.path)

    def current(self) -> "RegionQuerySet":
        """Regions that are not abolished today."""
        today = timezone.localdate()
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=today))

    def ancestors_of(self, path: str) -> "RegionQuerySet":
        """The regions on `path`, from the city down, including its own end."""
        return self.filter(code__in=codes_on(path)).order_by("depth")


def codes_on(path: str) -> list[str]:
    """The codes on a path, from the city down, including its own end."""
    return [code for code in path.split("/") if code]


class Region(models.Model):
    """One official or functional region.

    `path` is the codes of the ancestors and of the region itself, each followed by a slash, so that a subtree is a
    prefix. It follows `parent`: 襄阳高新区 governs streets whose codes start with another district's.
    """

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("official name"), max_length=100)
    short_name = models.CharField(_("short name"), max_length=60)
    pinyin = models.CharField(_("pinyin initials"), max_length=60, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    # Unique text, it comes with Django's index for prefixes (`_like`), which serves whatever the collation is.
    path = models.CharField(max_length=120, unique=True, editable=False)
    depth = models.PositiveSmallIntegerField(editable=False, default=0)
    is_functional = models.BooleanField(
        _("functional district"),
        default=False,
        help_text=_("A development zone that governs streets coded elsewhere"),
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("abolished on"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name=_("merged into")
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["code"]
        indexes = [
            models.Index(fields=["parent", "code"], name="region_children"),
            models.Index(OpClass("short_name", name="text_pattern_ops"), name="region_short_name"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="region_level_known"),
            models.CheckConstraint(
                condition=Q(level=Level.CITY, parent__isnull=True) | (~Q(level=Level.CITY) & Q(parent__isnull=False)),
                name="region_only_cities_have_no_parent",
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.short_name or self.name

    def save(self, *args: object, **kwargs: object) -> None:
        if not self.path:
            self.path = f"{self.parent.path if self.parent else ''}{self.code}/"
            self.depth = self.path.count("/")
        super().save(*args, **kwargs)

    @property
    def codes(self) -> list[str]:
        """The codes from the city down to this region."""
        return codes_on(self.path)

    @property
    def is_current(self) -> bool:
        return self.valid_to is None or self.valid_to > timezone.localdate()
