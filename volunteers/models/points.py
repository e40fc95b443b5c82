"""Points (积分): rules by which approved hours give them, the ledger of them, rewards, and what was taken for them.

The ledger is as that of hours: entries are added and never changed, and every balance is their sum.
"""

from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.history import HistoryTrigger
from portal.core.models import Region
from portal.core.models.regions import codes_on
from portal.core.scope import Scope, ScopedQuerySet
from stations.models import Affiliate
from volunteers.models.hours import AppendOnly, HourEntry, OfVolunteerQuerySet
from volunteers.models.volunteers import Volunteer
from volunteers.types import PointKind, RedemptionStatus

MOST_PERCENT, MOST_PER_HOUR = 1000, 1000
MOST_POINTS = 100_000
percent = {"default": 100, "validators": [MaxValueValidator(MOST_PERCENT)]}


class PointRuleQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "PointRuleQuerySet":
        """Rules of the districts that I look after or that one of my roles lies in, and everybody's."""
        mine = scope.region_filter("district__path")
        paths = [grant.path for grant in scope.grants if grant.path is not None]
        above = Q(district__code__in={code for path in paths for code in codes_on(path)})
        return self.filter(mine | above | Q(district__isnull=True))


class PointRule(models.Model):
    """What an approved hour is worth in a district, from a day on; without any rule hours give no points."""

    district = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="point_rules", verbose_name=_("district"),
        help_text=_("Empty: every district that has no rule of its own."),
    )  # fmt: skip
    valid_from = models.DateField(_("valid from"))
    points_per_hour = models.PositiveSmallIntegerField(
        _("points for an approved hour"), default=10, validators=[MaxValueValidator(MOST_PER_HOUR)]
    )
    points_per_report = models.PositiveSmallIntegerField(
        _("points for a verified report"), default=5, db_default=5, validators=[MaxValueValidator(MOST_PER_HOUR)]
    )
    evening_percent = models.PositiveSmallIntegerField(_("evening hour gives (%)"), **percent)
    red_weekend_percent = models.PositiveSmallIntegerField(_("red weekend gives (%)"), **percent)
    staggered_percent = models.PositiveSmallIntegerField(_("staggered hours give (%)"), **percent)
    overnight_percent = models.PositiveSmallIntegerField(_("overnight gives (%)"), **percent)

    objects = PointRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for points")
        verbose_name_plural = _("rules for points")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "valid_from"], nulls_distinct=False, name="point_rule_once_a_day",
                violation_error_message=_("There is a rule from this day on already."),
            )
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.district or _('Every district')} {self.valid_from}"


class RewardQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "RewardQuerySet":
        """Rewards at merchants of my regions, at my station's, and at my unit's."""
        return self.filter(
            scope.region_filter("merchant__region__path")
            | Q(merchant__station__in=scope.station_ids)
            | Q(merchant__organization__in=scope.organization_ids)
        )

    def on_offer(self, day: datetime) -> "RewardQuerySet":
        today = timezone.localdate(day)
        current = Q(offered_until__isnull=True) | Q(offered_until__gte=today)
        return self.filter(current, is_active=True, merchant__is_active=True)


class Reward(models.Model):
    """What a caring merchant gives for points."""

    merchant = models.ForeignKey(
        Affiliate, models.PROTECT, related_name="rewards", verbose_name=_("caring merchant"),
        limit_choices_to={"kind": Affiliate.Kind.CARING_MERCHANT},
    )  # fmt: skip
    name = models.CharField(_("reward"), max_length=60)
    description = models.CharField(_("description"), max_length=200, blank=True)
    points = models.PositiveIntegerField(_("points"), validators=[MinValueValidator(1), MaxValueValidator(MOST_POINTS)])
    # Changed by `volunteers.rewards.restock` and by those who take one: never set from a form that was open meanwhile.
    stock = models.PositiveIntegerField(_("in stock"), default=0, editable=False)
    offered_until = models.DateField(_("offered until"), null=True, blank=True)
    is_active = models.BooleanField(_("on offer"), default=True)

    objects = RewardQuerySet.as_manager()

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["points", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "name"], name="reward_once_a_merchant",
                violation_error_message=_("This merchant has a reward of this name already."),
            ),
            models.CheckConstraint(condition=Q(points__gte=1), name="reward_costs_something"),
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name


class RedemptionQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "RedemptionQuerySet":
        """What was taken at merchants that I look after, and what I took myself."""
        return self.filter(
            scope.region_filter("reward__merchant__region__path")
            | Q(reward__merchant__station__in=scope.station_ids)
            | Q(reward__merchant__organization__in=scope.organization_ids)
            | Q(volunteer__person=scope.person_id)
        )

    def overdue(self, now: datetime) -> "RedemptionQuerySet":
        return self.filter(status=RedemptionStatus.OPEN, expires_at__lte=now)


class Redemption(models.Model):
    """A reward that somebody took for points, and the one-time code with which they fetch it."""

    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="redemptions", verbose_name=_("volunteer"))
    reward = models.ForeignKey(Reward, models.PROTECT, related_name="redemptions", verbose_name=_("reward"))
    # What it cost on that day.
    points = models.PositiveIntegerField(_("points"))
    # The code is made of this and the portal's key (`volunteers.rewards.code_of`); the table holds its hash alone.
    key = models.UUIDField(default=uuid4, editable=False)
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=RedemptionStatus.choices, default=RedemptionStatus.OPEN
    )
    taken_at = models.DateTimeField(pgettext_lazy("points", "taken"), default=timezone.now)
    expires_at = models.DateTimeField(_("to be fetched by"))
    ended_at = models.DateTimeField(_("fetched or given back"), null=True)
    # Whoever handed it out.
    redeemed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        ordering = ["-taken_at", "-pk"]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status=RedemptionStatus.OPEN), name="redemption_to_expire")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=RedemptionStatus.OPEN, ended_at__isnull=True)
                | ~Q(status=RedemptionStatus.OPEN) & Q(ended_at__isnull=False),
                name="redemption_open_or_ended",
            ),
            models.CheckConstraint(
                condition=Q(status=RedemptionStatus.REDEEMED, redeemed_by__isnull=False)
                | ~Q(status=RedemptionStatus.REDEEMED) & Q(redeemed_by__isnull=True),
                name="redemption_handed_out_by_somebody",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("taken_at")), name="redemption_can_be_fetched"),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.reward} {timezone.localtime(self.taken_at):%Y-%m-%d}"


class PointEntry(models.Model):
    """One line of the ledger of points. Every balance that is shown is a sum of these."""

    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="point_entries", verbose_name=_("volunteer"))
    # Where the hours were served, or the merchant is.
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    kind = models.CharField(_("kind"), max_length=10, choices=PointKind.choices)
    points = models.IntegerField(_("points"))
    hour_entry = models.OneToOneField(
        HourEntry, models.PROTECT, null=True, related_name="point_entry", verbose_name=_("entry of hours")
    )
    # By which rule hours were counted; none where an entry was reversed: what it gave is taken back.
    rule = models.ForeignKey(PointRule, models.PROTECT, null=True, related_name="+", verbose_name=_("rule for points"))
    redemption = models.ForeignKey(
        Redemption, models.PROTECT, null=True, related_name="point_entries", verbose_name=_("redemption")
    )
    # The number of the case of a hazard that somebody reported, which a floor above keeps.
    report = models.CharField(_("verified report"), max_length=20, blank=True, db_default="")
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = OfVolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of points")
        verbose_name_plural = _("entries of points")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["volunteer", "made_at"], name="points_of_volunteer")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[PointKind.EARNED, PointKind.RETURNED], points__gt=0)
                | Q(kind__in=[PointKind.SPENT, PointKind.TAKEN_BACK], points__lt=0),
                name="point_entry_has_the_sign_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[PointKind.EARNED, PointKind.TAKEN_BACK])
                & Q(hour_entry__isnull=False, redemption__isnull=True, report="")
                | Q(kind__in=[PointKind.SPENT, PointKind.RETURNED])
                & Q(hour_entry__isnull=True, rule__isnull=True, redemption__isnull=False, report="")
                | Q(kind=PointKind.EARNED, hour_entry__isnull=True, rule__isnull=False, redemption__isnull=True)
                & ~Q(report=""),
                name="point_entry_says_where_from",
            ),
            # A code that expires twice (two workers) gives its points back once.
            models.UniqueConstraint(
                fields=["redemption", "kind"], condition=Q(redemption__isnull=False),
                name="point_entry_once_a_redemption",
            ),
            # A case that is redone is resolved twice.
            models.UniqueConstraint(fields=["report"], condition=~Q(report=""), name="point_entry_once_a_report"),
        ]  # fmt: skip
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return f"{self.volunteer} {self.kind} {self.points}"
