"""Households of an estate, as votes and surveys count them: a flat with its floor area, and nobody's name."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Estate
from portal.core.scope import Scope, ScopedQuerySet

BUILDING = "^.*?[0-9A-Za-z一二三四五六七八九十]+(?:栋|幢|座|号楼)"


class HouseholdQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "HouseholdQuerySet":
        return self.filter(scope.region_filter("estate__region__path"))

    def with_visits(self, visits: models.QuerySet) -> "HouseholdQuerySet":
        """With how it went at each door by these visits, of which there is one a household at most."""
        there = visits.filter(household=OuterRef("pk")).order_by().values("outcome")
        return self.annotate(went=Subquery(there))


class Household(models.Model):
    # Set by the lists of a survey: how it went there the last time.
    went: str | None

    estate = models.ForeignKey(Estate, models.CASCADE, related_name="households", verbose_name=_("estate"))
    label = models.CharField(_("flat"), max_length=40)  # 3栋2单元501
    # What stands before the entrance or the number, for whoever goes from door to door.
    building = models.GeneratedField(
        expression=Coalesce(Func("label", Value(BUILDING), function="substring"), Value("")),
        output_field=models.CharField(_("building"), max_length=40), db_persist=True,
    )  # fmt: skip
    area_m2 = models.DecimalField(
        _("floor area (m²)"), max_digits=8, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        ordering = ["estate", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["estate", "label"], name="household_once_an_estate",
                violation_error_message=_("The estate has this flat already."),
            ),
            models.CheckConstraint(
                condition=Q(area_m2__isnull=True) | Q(area_m2__gt=0), name="household_area_positive"
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.label
