"""业委会候选人把关: who stands for the owners' committee of an estate, what was checked, and who is suitable.

Who enters a candidate does not decide about them (a constraint). Names and phones are sealed; everybody reads the names
of those who were found suitable, while the list hangs.
"""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.fields import EncryptedTextField
from portal.core.history import HistoryTrigger
from portal.core.models import Estate
from portal.core.scope import Scope, ScopedQuerySet
from requests.deliberation_types import Criterion, Verdict


class ElectionQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "ElectionQuerySet":
        return self.filter(scope.region_filter("estate__region__path"))

    def editable_by(self, user: object, capability: str) -> "ElectionQuerySet":
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(capability):
            return self.none()
        return self.filter(scope.granting(capability).region_filter("estate__region__path"))

    def hanging(self, at: datetime) -> "ElectionQuerySet":
        """What everybody reads now."""
        return self.filter(published_at__lte=at, publicity_ends_at__gt=at)

    def with_places(self) -> "ElectionQuerySet":
        return self.select_related("estate__region")


class Election(models.Model):
    estate = models.ForeignKey(Estate, models.PROTECT, related_name="elections", verbose_name=_("estate"))
    title = models.CharField(_("which committee"), max_length=60, help_text=_("Such as: third committee"))
    held_on = models.DateField(_("day of the election"))
    published_at = models.DateTimeField(_("published on"), null=True, editable=False)
    publicity_ends_at = models.DateTimeField(_("hangs until"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by"), editable=False
    )

    objects = ElectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("election of an owners' committee")
        verbose_name_plural = _("elections of owners' committees")
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["estate", "title"], name="election_once_an_estate",
                violation_error_message=_("The estate has this election already."),
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, publicity_ends_at__isnull=True)
                | Q(published_at__isnull=False, publicity_ends_at__isnull=False),
                name="election_publicity_ends",
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.estate} {self.title}"


class CandidateQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "CandidateQuerySet":
        return self.filter(election__in=Election.objects.in_scope(scope).values("pk"))

    def editable_by(self, user: object, capability: str) -> "CandidateQuerySet":
        return self.filter(election__in=Election.objects.editable_by(user, capability).values("pk"))

    def suitable(self) -> "CandidateQuerySet":
        return self.filter(verdict=Verdict.SUITABLE)


class Candidate(models.Model):
    election = models.ForeignKey(
        Election, models.CASCADE, related_name="candidates", verbose_name=_("election of an owners' committee")
    )
    name = EncryptedTextField(_("name"))
    name_masked = models.CharField(max_length=30, editable=False)
    phone = EncryptedTextField(_("phone"))
    phone_masked = models.CharField(max_length=30, editable=False)
    phone_hash = models.CharField(max_length=64, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered"), default=timezone.now)
    verdict = models.CharField(_("decision"), max_length=12, choices=Verdict.choices, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("decided by"),
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ["election", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["election", "phone_hash"], condition=~Q(phone_hash=""), name="candidate_once_an_election",
                violation_error_message=_("This candidate is on the list already."),
            ),
            # Two-person rule, whatever path leads there.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("entered_by")),
                name="candidate_decided_by_another",
                violation_error_message=_("Who enters a candidate does not decide about them."),
            ),
            models.CheckConstraint(
                condition=Q(verdict="", reasons="", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(verdict="") & ~Q(reasons="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="candidate_decided_with_reasons",
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["name", "name_masked", "phone", "phone_masked", "phone_hash", "reasons"])]

    def __str__(self) -> str:
        return self.name_masked

    @property
    def is_public(self) -> bool:
        """Once the list hangs."""
        return self.verdict == Verdict.SUITABLE and self.erased_at is None


class CandidateCheck(models.Model):
    """What the branch found about one criterion. What is not passed says why."""

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="checks", verbose_name=_("candidate"))
    criterion = models.CharField(_("criterion"), max_length=16, choices=Criterion.choices)
    passed = models.BooleanField(_("passed"))
    text = models.CharField(_("what was found"), max_length=200, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("checked by")
    )
    checked_at = models.DateTimeField(_("checked"), default=timezone.now)

    class Meta:
        verbose_name = _("check of a candidate")
        verbose_name_plural = _("checks of candidates")
        ordering = ["candidate", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "criterion"], name="candidate_check_once"),
            models.CheckConstraint(
                condition=Q(passed=True) | ~Q(text=""), name="candidate_check_not_passed_in_words",
                violation_error_message=_("Say why it is not passed."),
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["text"])]

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.criterion}"
