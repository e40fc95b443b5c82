"""入户走访: one visit to a household, and the needs that were heard there."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Avg, Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import ConsentText, Estate, Region
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.households import Household
from requests.models.service_requests import ServiceRequest


class Met(models.TextChoices):
    OWNER = "owner", _("The owner")  # 业主
    TENANT = "tenant", _("A tenant")  # 租户
    FAMILY = "family", _("Somebody of the family")  # 家人
    NOBODY = "nobody", _("Nobody was at home")  # 家中无人


class VisitQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Visits in regions that I look after, and those that I made."""
        return self.filter(scope.region_filter("region__path") | models.Q(recorded_by=scope.user_id))

    def with_counts(self) -> Self:
        # Named again: rows that are counted are grouped, and a grouped queryset has no order of the model's own.
        rows = self.select_related("region", "estate", "recorded_by__person").annotate(need_count=Count("needs"))
        return rows.order_by(*self.model._meta.ordering)

    def figures(self) -> dict[str, float]:
        """How many visits (户次) and needs (件), and needs a visit; None where there was no visit."""
        # Afresh: rows that are filtered or counted already would be counted by their joins.
        counted = self.model.objects.filter(pk__in=self.order_by().values("pk")).annotate(heard=Count("needs"))
        found = counted.aggregate(visits=Count("pk"), needs=models.Sum("heard"), needs_per_visit=Avg("heard"))
        return {**found, "needs": found["needs"] or 0}


class Visit(models.Model):
    """One visit. Of the household it keeps the masked form: in full it stands with those who asked, whom the verbs of
    a case reveal with a reason, and erase."""

    # Made where it was written down, so that a visit that is sent twice is one.
    key = models.UUIDField(unique=True, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="visits", verbose_name=_("community"))
    estate = models.ForeignKey(
        Estate, models.SET_NULL, null=True, blank=True, related_name="visits", verbose_name=_("estate")
    )
    # Where the estate has a list of its flats and this is one of them.
    household = models.ForeignKey(
        Household, models.SET_NULL, null=True, blank=True, related_name="visits", verbose_name=_("flat")
    )
    household_masked = models.CharField(_("household"), max_length=200)
    met = models.CharField(_("who was met"), max_length=10, choices=Met.choices)
    met_masked = models.CharField(_("name"), max_length=60, blank=True)
    consent = models.ForeignKey(ConsentText, models.PROTECT, null=True, related_name="+", editable=False)
    note = models.TextField(_("note"), blank=True)
    visited_at = models.DateTimeField(_("visited"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("home visit")
        verbose_name_plural = _("home visits")
        ordering = ["-visited_at", "-pk"]
        indexes = [models.Index(fields=["region", "-visited_at"], name="visit_region_newest")]
        triggers = [HistoryTrigger(hidden=["household_masked", "met_masked", "note"])]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.visited_at):%Y-%m-%d %H:%M} {self.estate or self.region}"


class VisitNeed(models.Model):
    """A need that was heard on a visit: a case like any other."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="needs", verbose_name=_("home visit"))
    request = models.OneToOneField(ServiceRequest, models.CASCADE, related_name="visit_need", verbose_name=_("request"))

    class Meta:
        verbose_name = _("need of a visit")
        verbose_name_plural = _("needs of visits")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.request_id}"
