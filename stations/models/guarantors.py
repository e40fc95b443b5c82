"""Guarantors (包保): who answers for a station or a community."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Person, Region
from portal.core.scope import Scope, ScopedQuerySet
from stations.models.stations import Station


class GuarantorQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "GuarantorQuerySet":
        return self.filter(
            scope.region_filter("region__path")
            | scope.region_filter("station__region__path")
            | Q(station__in=scope.station_ids)
        )

    def current(self) -> "GuarantorQuerySet":
        today = timezone.localdate()
        return self.filter(starts_on__lte=today).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))


class Guarantor(models.Model):
    """An official or a unit answerable for one station or one community, for a term."""

    station = models.ForeignKey(
        Station, models.PROTECT, null=True, blank=True, related_name="guarantors", verbose_name=_("station")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="guarantors", verbose_name=_("community")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="guarantees", verbose_name=_("official")
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="guarantees", verbose_name=_("unit")
    )
    title = models.CharField(_("position"), max_length=60, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = GuarantorQuerySet.as_manager()

    class Meta:
        verbose_name = _("guarantor")
        verbose_name_plural = _("guarantors")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(station__isnull=False, region__isnull=True) | Q(station__isnull=True, region__isnull=False),
                name="guarantor_of_one_place",
                violation_error_message=_("Name either a station or a community."),
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(organization__isnull=False),
                name="guarantor_is_somebody",
                violation_error_message=_("Name an official or a unit."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="guarantor_ends_after_start",
                violation_error_message=_("The term ends before it starts."),
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.person or self.organization} · {self.station or self.region}"
