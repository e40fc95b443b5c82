"""Affiliates: places of partners for riders, drivers and enterprises (暖蜂驿站、司机之家、爱心商户、惠企服务点)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.bounds import clean_point
from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region
from portal.core.scope import Scope, ScopedQuerySet
from stations.models.stations import Station
from stations.types import Datum


class AffiliateQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "AffiliateQuerySet":
        return self.filter(
            scope.region_filter("region__path")
            | models.Q(station__in=scope.station_ids)
            | models.Q(organization__in=scope.organization_ids)
        )

    def active(self) -> "AffiliateQuerySet":
        return self.filter(is_active=True)


class Affiliate(models.Model):
    class Kind(models.TextChoices):
        RIDER_STATION = "rider_station", _("Rider station")  # 暖蜂驿站
        DRIVER_HOME = "driver_home", _("Drivers' home")  # 司机之家
        CARING_MERCHANT = "caring_merchant", _("Caring merchant")  # 爱心商户
        RIDER_STREET = "rider_street", _("Rider-friendly street")  # 暖蜂一条街
        RIDER_CLINIC = "rider_clinic", _("Rider clinic")
        RIDER_CANTEEN = "rider_canteen", _("Rider canteen")
        BIZ_WINDOW = "biz_window", _("Business service window")  # 惠企服务窗
        BIZ_STATION = "biz_station", _("Business service station")  # 惠企服务站
        BIZ_POINT = "biz_point", _("Business service point")  # 惠企服务点

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=100)
    region = models.ForeignKey(Region, models.PROTECT, related_name="affiliates", verbose_name=_("region"))
    station = models.ForeignKey(
        Station,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="affiliates",
        verbose_name=_("looked after by"),
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="affiliates",
        verbose_name=_("organisation"),
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    datum = models.CharField(_("datum of the source"), max_length=10, choices=Datum.choices, default=Datum.WGS84)
    offer = models.CharField(_("what it offers"), max_length=200, blank=True)
    hours = models.CharField(_("hours"), max_length=100, blank=True)
    phone = models.CharField(_("public phone"), max_length=30, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    since = models.DateField(_("since"), null=True, blank=True)

    objects = AffiliateQuerySet.as_manager()

    class Meta:
        verbose_name = _("affiliate")
        verbose_name_plural = _("affiliates")
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "region", "name"], name="affiliate_once"),
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="affiliate_point_complete",
                violation_error_message=_("Give latitude and longitude together."),
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        clean_point(self)
