"""Catalogues that the administrator keeps: functions, service items, amenities."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from stations.types import StationType


class CatalogueEntry(models.Model):
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        abstract = True
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class StationFunction(CatalogueEntry):
    """服务功能, such as 居民议事 or 惠企服务."""

    class Meta(CatalogueEntry.Meta):
        verbose_name = _("function")
        verbose_name_plural = _("functions")
        triggers = [HistoryTrigger()]


class FunctionRecommendation(models.Model):
    """A function that stations of a type should offer; the first thing a new station's form proposes."""

    station_type = models.CharField(_("station type"), max_length=20, choices=StationType.choices)
    function = models.ForeignKey(
        StationFunction, models.CASCADE, related_name="recommendations", verbose_name=_("function")
    )

    class Meta:
        verbose_name = _("recommended function")
        verbose_name_plural = _("recommended functions")
        ordering = ["station_type", "function__order"]
        constraints = [
            models.UniqueConstraint(fields=["station_type", "function"], name="function_recommended_once_a_type")
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.get_station_type_display()} · {self.function}"


class ServiceItem(CatalogueEntry):
    """服务事项: something done for a resident at the counter."""

    class Group(models.TextChoices):
        PARTY = "party", _("Party affairs")  # 党务
        GOVERNMENT = "government", _("Government affairs")  # 政务
        SERVICE = "service", _("Services")  # 服务

    group = models.CharField(_("group"), max_length=20, choices=Group.choices)

    class Meta(CatalogueEntry.Meta):
        verbose_name = _("service item")
        verbose_name_plural = _("service items")
        triggers = [HistoryTrigger()]


class Amenity(CatalogueEntry):
    """便民设施, such as 充电 or 母婴室; `icon` names a symbol of static/icons.svg."""

    icon = models.CharField(_("symbol"), max_length=40, blank=True)

    class Meta(CatalogueEntry.Meta):
        verbose_name = _("amenity")
        verbose_name_plural = _("amenities")
        triggers = [HistoryTrigger()]
