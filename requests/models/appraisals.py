"""物业评议: how the branch and the households of an estate judge its property company, once a year.

The households answer a `Survey` whose questions have five levels; the result is computed from its votes and the
branch's score, never typed.
"""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Estate, Organization
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.surveys import Survey

FULL = Decimal(100)


class AppraisalQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "AppraisalQuerySet":
        """Those of my regions; the company reads its own once they are published."""
        own = Q(organization__in=scope.organization_ids, published_at__isnull=False)
        return self.filter(scope.region_filter("estate__region__path") | own)

    def editable_by(self, user: object, capability: str) -> "AppraisalQuerySet":
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(capability):
            return self.none()
        return self.filter(scope.granting(capability).region_filter("estate__region__path"))

    def published(self) -> "AppraisalQuerySet":
        return self.filter(published_at__isnull=False)

    def with_places(self) -> "AppraisalQuerySet":
        return self.select_related("estate__region", "organization", "survey")


class Appraisal(models.Model):
    estate = models.ForeignKey(Estate, models.PROTECT, related_name="appraisals", verbose_name=_("estate"))
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="appraisals", verbose_name=_("property company")
    )
    year = models.PositiveSmallIntegerField(_("year"), validators=[MinValueValidator(2015), MaxValueValidator(2100)])
    branch_weight = models.PositiveSmallIntegerField(
        _("weight of the branch (%)"), default=50, validators=[MaxValueValidator(100)],
        help_text=_("The rest is the weight of the households."),
    )  # fmt: skip
    survey = models.OneToOneField(
        Survey, models.PROTECT, related_name="appraisal", verbose_name=_("household survey"), editable=False
    )
    branch_score = models.DecimalField(
        _("score of the branch"), max_digits=5, decimal_places=2, null=True, editable=False,
        validators=[MinValueValidator(0), MaxValueValidator(FULL)],
    )  # fmt: skip
    branch_text = models.TextField(_("grounds of the branch"), blank=True, editable=False)
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("scored by"),
        editable=False,
    )  # fmt: skip
    published_at = models.DateTimeField(_("published on"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = AppraisalQuerySet.as_manager()

    class Meta:
        verbose_name = _("appraisal of a property company")
        verbose_name_plural = _("appraisals of property companies")
        ordering = ["-year", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["estate", "organization", "year"], name="appraisal_once_a_year",
                violation_error_message=_("This company is appraised for this estate and year already."),
            ),
            models.CheckConstraint(
                condition=Q(branch_weight__lte=100)
                & (Q(branch_score__isnull=True) | Q(branch_score__range=(0, 100))),
                name="appraisal_in_range",
            ),
            models.CheckConstraint(
                condition=Q(branch_score__isnull=True, branch_text="")
                | Q(branch_score__isnull=False) & ~Q(branch_text=""),
                name="appraisal_scored_with_grounds",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(branch_score__isnull=False),
                name="appraisal_published_whole",
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["branch_text"])]

    def __str__(self) -> str:
        return f"{self.estate} {self.year}"
