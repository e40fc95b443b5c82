"""Estates (小区、城中村、园区、楼宇): what coverage and votes divide by."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.bounds import clean_point
from portal.core.history import HistoryTrigger
from portal.core.models.organizations import Organization
from portal.core.models.regions import Region
from portal.core.scope import Scope, ScopedQuerySet


class EstateQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "EstateQuerySet":
        return self.filter(scope.region_filter("region__path"))

    def of_organization(self, organization: Organization) -> "EstateQuerySet":
        """Estates that it manages, represents or leads."""
        return self.filter(
            models.Q(property_company=organization)
            | models.Q(owners_committee=organization)
            | models.Q(branch=organization)
        )


class Estate(models.Model):
    class Kind(models.TextChoices):
        COMMERCIAL = "commercial", _("Commercial housing")  # 商品房小区
        OLD = "old", _("Old estate")  # 老旧小区
        NO_MANAGEMENT = "no_management", _("Estate without management")  # 三无小区
        RESETTLEMENT = "resettlement", _("Resettlement estate")  # 还建小区
        URBAN_VILLAGE = "urban_village", _("Urban village")  # 城中村
        INDUSTRIAL_PARK = "industrial_park", _("Industrial park")  # 园区
        OFFICE_BUILDING = "office_building", _("Office building")  # 楼宇

    class Mark(models.TextChoices):
        GREEN = "green", _("Green")
        YELLOW = "yellow", _("Yellow")
        RED = "red", _("Red")

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.COMMERCIAL)
    region = models.ForeignKey(Region, models.PROTECT, related_name="estates", verbose_name=_("community"))
    address = models.CharField(_("address"), max_length=200, blank=True)
    built_year = models.PositiveSmallIntegerField(
        _("year built"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2100)]
    )
    building_count = models.PositiveIntegerField(_("buildings"), null=True, blank=True)
    household_count = models.PositiveIntegerField(_("households"), null=True, blank=True)
    resident_count = models.PositiveIntegerField(_("residents"), null=True, blank=True)
    area_m2 = models.DecimalField(_("floor area (m²)"), max_digits=12, decimal_places=2, null=True, blank=True)
    property_company = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="managed_estates",
        verbose_name=_("property company"),
    )  # fmt: skip
    owners_committee = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="owned_estates",
        verbose_name=_("owners' committee"),
    )  # fmt: skip
    branch = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="led_estates",
        verbose_name=_("party branch"),
    )
    # 三色管理
    mark = models.CharField(_("colour mark"), max_length=10, choices=Mark.choices, blank=True)
    mark_reason = models.CharField(_("reason for the mark"), max_length=200, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)

    objects = EstateQuerySet.as_manager()

    class Meta:
        verbose_name = _("estate")
        verbose_name_plural = _("estates")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="estate_name_once_a_community"),
            models.CheckConstraint(
                condition=models.Q(mark="") | ~models.Q(mark_reason=""),
                name="estate_mark_has_a_reason",
                violation_error_message=_("Say why the estate has this colour mark."),
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        clean_point(self)
