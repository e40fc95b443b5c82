"""The ledger of hours: entries are added and never changed. What is wrong is reversed by another entry."""

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.history import HistoryTrigger
from portal.core.models import Region, User
from portal.core.scope import Scope, ScopedQuerySet
from volunteers.models.assignments import Assignment
from volunteers.models.volunteers import Volunteer
from volunteers.types import ClaimKind, ClaimStatus, HourAccount

DAY_MINUTES = 24 * 60
DECIDE = "hours:decide"


class OfVolunteerQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "OfVolunteerQuerySet":
        """Rows of volunteers who live in my regions or served there, and my own."""
        return self.filter(
            scope.region_filter("volunteer__home_region__path")
            | scope.region_filter("region__path")
            | Q(volunteer__person=scope.person_id)
        )


class HourRule(models.Model):
    """A district's rules of counting, from a day on: later rules leave what was counted before alone."""

    district = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="hour_rules", verbose_name=_("district"),
        help_text=_("Empty: every district that has no rule of its own."),
    )  # fmt: skip
    valid_from = models.DateField(_("valid from"))
    rounding_minutes = models.PositiveSmallIntegerField(
        _("rounded down to minutes"), default=1, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    # Served minutes of such a duty count times this.
    evening_percent = models.PositiveSmallIntegerField(_("evening hour counts (%)"), default=100)
    overnight_percent = models.PositiveSmallIntegerField(_("overnight counts (%)"), default=100)
    # DOMAIN: up to 8 h a day counts at once, up to 12 h needs the parent body's approval, more the next level's.
    day_limit_minutes = models.PositiveSmallIntegerField(_("counts at once, minutes a day"), default=8 * 60)
    long_day_minutes = models.PositiveSmallIntegerField(_("the level above decides up to"), default=12 * 60)

    class Meta:
        verbose_name = _("rule for hours")
        verbose_name_plural = _("rules for hours")
        ordering = ["-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "valid_from"], nulls_distinct=False, name="hour_rule_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(day_limit_minutes__lte=models.F("long_day_minutes")), name="hour_rule_limits_in_order"
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.district or _('Every district')} {self.valid_from}"


class HourClaimQuerySet(OfVolunteerQuerySet):
    def to_be_decided_by(self, user: User) -> "HourClaimQuerySet":
        """Those that wait for a decision which is this person's to make: nobody's own."""
        scope = user.scope.granting(DECIDE)
        mine = self.filter(scope.region_filter("decided_in__path"), status=ClaimStatus.PENDING)
        return mine.exclude(volunteer__person=user.person_id)


class HourClaim(models.Model):
    """Minutes that count only when somebody has agreed: a long day, a supplement (补录), a correction."""

    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="hour_claims", verbose_name=_("volunteer"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("served in"))
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, null=True, blank=True, related_name="claims", verbose_name=_("assignment")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=ClaimKind.choices)
    on = models.DateField(_("day of service"))
    # Of a correction: how many minutes more (or, negative, fewer) than approved so far.
    minutes = models.SmallIntegerField(
        _("minutes"), validators=[MinValueValidator(-DAY_MINUTES), MaxValueValidator(DAY_MINUTES)]
    )
    reason = models.CharField(_("reason"), max_length=300)
    # The region whose leader decides: the level above the place of service, or the next one.
    decided_in = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("decided in"))
    status = models.CharField(_("status"), max_length=10, choices=ClaimStatus.choices, default=ClaimStatus.PENDING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision = models.CharField(_("explanation"), max_length=300, blank=True)

    objects = HourClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim of hours")
        verbose_name_plural = _("claims of hours")
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["decided_in"], condition=Q(status="pending"), name="hour_claim_to_be_decided")]
        constraints = [
            models.CheckConstraint(condition=~Q(minutes=0), name="hour_claim_of_something"),
            models.CheckConstraint(
                condition=Q(kind=ClaimKind.CORRECTION) | Q(minutes__gt=0), name="hour_claim_adds_unless_correcting"
            ),
            models.UniqueConstraint(
                fields=["assignment", "kind"],
                condition=Q(status=ClaimStatus.PENDING, assignment__isnull=False),
                name="hour_claim_pending_once",
                violation_error_message=_("This has been asked for already and waits for a decision."),
            ),
        ]
        triggers = [HistoryTrigger(hidden=["reason", "decision"])]

    def __str__(self) -> str:
        return f"{self.volunteer} {self.on} {self.minutes}"


class AppendOnly(pgtrigger.Trigger):
    """Refuses every change of an entry but one: it follows its person into the entry that the person was merged into,
    and its region into the one that took that in. Minutes, day and account never change."""

    name = "append_only"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    func = """
        IF TG_OP = 'UPDATE'
            AND to_jsonb(OLD) - 'volunteer_id' - 'region_id' = to_jsonb(NEW) - 'volunteer_id' - 'region_id'
            AND (OLD.volunteer_id = NEW.volunteer_id OR EXISTS (
                SELECT FROM volunteers_volunteer WHERE id = OLD.volunteer_id AND merged_into_id = NEW.volunteer_id))
            AND (OLD.region_id = NEW.region_id OR EXISTS (
                SELECT FROM core_region WHERE id = OLD.region_id AND merged_into_id = NEW.region_id))
        THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;
    """


class HourEntry(models.Model):
    """One line of the ledger. Every total that is shown is a sum of these."""

    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="hour_entries", verbose_name=_("volunteer"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("served in"))
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, null=True, related_name="hour_entries", verbose_name=_("assignment")
    )
    claim = models.ForeignKey(HourClaim, models.PROTECT, null=True, related_name="entries", verbose_name=_("claim"))
    account = models.CharField(pgettext_lazy("hours", "account"), max_length=10, choices=HourAccount.choices)
    on = models.DateField(_("day of service"))
    minutes = models.IntegerField(_("minutes"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("reverses")
    )
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = OfVolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of hours")
        verbose_name_plural = _("entries of hours")
        ordering = ["-on", "-pk"]
        indexes = [
            models.Index(fields=["volunteer", "account", "on"], name="hours_of_volunteer"),
            models.Index(fields=["region", "account", "on"], name="hours_in_region"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(minutes=0), name="hour_entry_of_something"),
            # A check-out that comes twice (a late sync, two tabs) counts once.
            models.UniqueConstraint(
                fields=["assignment", "account"],
                condition=Q(assignment__isnull=False, claim__isnull=True, reverses__isnull=True),
                name="hour_entry_once_an_assignment",
            ),
            models.UniqueConstraint(
                fields=["claim", "account"], condition=Q(reverses__isnull=True), name="hour_entry_once_a_claim"
            ),
        ]
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return f"{self.volunteer} {self.on} {self.account} {self.minutes}"
