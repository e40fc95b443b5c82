"""The station itself."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.bounds import clean_point
from portal.core.chinese import zh_vector
from portal.core.history import HistoryTrigger
from portal.core.models import Estate, Organization, Region
from portal.core.scope import Scope, ScopedQuerySet
from stations import moves
from stations.models.catalogue import Amenity, ServiceItem, StationFunction
from stations.types import BuildMode, Datum, PremisesSource, StationClass, StationStatus, StationType, Tier


class StationQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "StationQuerySet":
        """Stations of my regions and those I keep; a unit's contact sees those of the unit's own region."""
        condition = scope.region_filter("region__path") | Q(pk__in=scope.station_ids)
        if scope.organization_ids:
            condition |= Q(organization__in=scope.organization_ids)
        return self.filter(condition)

    def public(self) -> "StationQuerySet":
        """What residents may find: stations that are open, or closed for a while."""
        return self.filter(status__in=[StationStatus.OPEN, StationStatus.SUSPENDED])

    def open(self) -> "StationQuerySet":
        return self.filter(status=StationStatus.OPEN)


class Station(models.Model):
    """党群服务中心 or 站点: a place where people are served. `region` is the lowest one that it belongs to."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=100)
    tier = models.CharField(_("tier"), max_length=20, choices=Tier.choices, default=Tier.STATION)
    station_type = models.CharField(_("station type"), max_length=20, choices=StationType.choices, blank=True)
    station_class = models.CharField(_("class"), max_length=20, choices=StationClass.choices, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=StationStatus.choices, default=StationStatus.PLANNED)
    region = models.ForeignKey(Region, models.PROTECT, related_name="stations", verbose_name=_("region"))
    estate = models.ForeignKey(
        Estate, models.PROTECT, null=True, blank=True, related_name="stations", verbose_name=_("estate")
    )
    # Who runs it.
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="stations", verbose_name=_("run by")
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    datum = models.CharField(_("datum of the source"), max_length=10, choices=Datum.choices, default=Datum.WGS84)
    area_m2 = models.DecimalField(
        _("area (m²)"),
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    room_count = models.PositiveSmallIntegerField(
        _("rooms"), null=True, blank=True, validators=[MaxValueValidator(500)]
    )
    open_24h = models.BooleanField(_("open 24 hours"), default=False)
    has_study_hall = models.BooleanField(_("24-hour study hall"), default=False)  # 百姓书房
    build_mode = models.CharField(_("build mode"), max_length=10, choices=BuildMode.choices, blank=True)
    premises_source = models.CharField(
        _("source of premises"), max_length=20, choices=PremisesSource.choices, blank=True
    )
    is_demonstration = models.BooleanField(_("demonstration station"), default=False)
    brand = models.CharField(_("brand"), max_length=60, blank=True)  # 一支部一品牌
    introduction = models.TextField(_("introduction"), blank=True)
    phone = models.CharField(_("public phone"), max_length=30, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    functions = models.ManyToManyField(
        StationFunction, blank=True, related_name="stations", verbose_name=_("functions")
    )
    service_items = models.ManyToManyField(
        ServiceItem, blank=True, related_name="stations", verbose_name=_("service items")
    )
    amenities = models.ManyToManyField(Amenity, blank=True, related_name="stations", verbose_name=_("amenities"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    search = models.GeneratedField(
        expression=zh_vector("name", "address", "brand"), output_field=SearchVectorField(), db_persist=True
    )

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        ordering = ["name", "pk"]
        indexes = [
            GinIndex(fields=["search"], name="station_search"),
            models.Index(fields=["tier", "station_type"], name="station_tier_type"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="station_name_once_a_region"),
            models.CheckConstraint(
                condition=Q(tier=Tier.STATION) & ~Q(station_type="") | ~Q(tier=Tier.STATION) & Q(station_type=""),
                name="station_type_only_of_stations",
                violation_error_message=_("A station has a station type; a centre has none."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="station_point_complete",
                violation_error_message=_("Give latitude and longitude together."),
            ),
        ]
        triggers = [HistoryTrigger(ignored=["search", "updated_at"])]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        may_move = not self._state.adding and (fields is None or bool({"region", "region_id"} & set(fields)))
        with transaction.atomic():
            # Read anew: the row may have moved since this copy of it was made.
            rows = Station.objects.select_for_update().filter(pk=self.pk)
            before = rows.values_list("region", flat=True).first() if may_move else None
            super().save(*args, **kwargs)
            if before not in (None, self.region_id):
                moves.tell(self)

    def clean(self) -> None:
        clean_point(self)
