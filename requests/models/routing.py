from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.categories import Category
from stations.models import Station
from stations.models.hours import Weekday
from volunteers.models import VolunteerTeam


class RoutingRuleQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        return self.filter(scope.region_filter("region__path"))

    def in_force(self, on: date) -> Self:
        """Switched on, and within its dates."""
        begun = Q(valid_from=None) | Q(valid_from__lte=on)
        return self.filter(begun, Q(valid_until=None) | Q(valid_until__gte=on), is_active=True)

    def over(self, region: Region) -> Self:
        """Rules of the region and of those above it."""
        return self.filter(region__in=Region.objects.ancestors_of(region.path).order_by().values("pk"))

    def first_first(self) -> Self:
        """In the order in which they are asked; of equals the rule of the smaller region."""
        return self.order_by("order", "-region__depth", "pk")


class RoutingRule(models.Model):
    """派单规则: which matters of a region go to which unit or team by default. What is left empty says nothing.

    A rule only proposes. It is tried against past cases before it is switched on; the trial's figures stay with it
    until it is changed, which switches it off.
    """

    name = models.CharField(_("name"), max_length=60)
    region = models.ForeignKey(Region, models.PROTECT, related_name="routing_rules", verbose_name=_("region"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("category"),
        help_text=_("With what lies under it"),
    )  # fmt: skip
    station = models.ForeignKey(
        Station, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("station")
    )
    keywords = models.CharField(
        _("words"), max_length=200, blank=True,
        help_text=_("One of them is enough; with a blank between them: 路灯 灯杆"),
    )  # fmt: skip
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday.choices), verbose_name=_("weekdays"), default=list, blank=True
    )
    hour_from = models.TimeField(_("from what time"), null=True, blank=True)
    hour_until = models.TimeField(
        _("until what time"), null=True, blank=True,
        help_text=_("When the case came in. 18:00 until 08:00 is the night."),
    )  # fmt: skip
    unit = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit")
    )
    team = models.ForeignKey(
        VolunteerTeam, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("volunteer team")
    )
    order = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("The first rule that fits is taken: the smallest number first")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    is_active = models.BooleanField(_("switched on"), default=False, editable=False)
    tried_at = models.DateTimeField(_("tried"), null=True, editable=False)
    tried_days = models.PositiveSmallIntegerField(_("tried against the last days"), null=True, editable=False)
    tried_caught = models.PositiveIntegerField(_("cases caught"), null=True, editable=False)
    tried_sent = models.PositiveIntegerField(_("of them dispatched"), null=True, editable=False)
    tried_hits = models.PositiveIntegerField(_("of them to the same one"), null=True, editable=False)

    objects = RoutingRuleQuerySet.as_manager()

    # Whatever changes in these makes it another rule than the one that was tried.
    JUDGED = (
        "region_id", "category_id", "station_id", "keywords", "weekdays", "hour_from", "hour_until", "unit_id",
        "team_id", "order",
    )  # fmt: skip

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, team__isnull=True) | Q(unit__isnull=True, team__isnull=False),
                name="routing_rule_to_one",
                violation_error_message=_("Choose a unit or a volunteer team, one of the two."),
            ),
            models.CheckConstraint(
                condition=Q(hour_from__isnull=True, hour_until__isnull=True)
                | Q(hour_from__isnull=False, hour_until__isnull=False) & ~Q(hour_from=F("hour_until")),
                name="routing_rule_hours_together",
                violation_error_message=_("Give both times, and two different ones, or none."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="routing_rule_ends_after_it_begins",
                violation_error_message=_("It cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(tried_at__isnull=False),
                name="routing_rule_tried_first",
                violation_error_message=_("Try it against past cases first."),
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        before = RoutingRule.objects.filter(pk=self.pk).values(*self.JUDGED).first() if self.pk else None
        if before is not None and any(getattr(self, name) != value for name, value in before.items()):
            self.forget_trial()
        super().save(*args, **kwargs)

    @property
    def to(self) -> Organization | VolunteerTeam | None:
        return self.unit or self.team

    @property
    def is_in_force(self) -> bool:
        on = timezone.localdate()
        has_begun = self.valid_from is None or self.valid_from <= on
        return self.is_active and has_begun and (self.valid_until is None or self.valid_until >= on)

    def forget_trial(self) -> None:
        self.is_active = False
        self.tried_at = self.tried_days = self.tried_caught = self.tried_sent = self.tried_hits = None
