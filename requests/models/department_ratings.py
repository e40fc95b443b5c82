from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region
from portal.core.scope import NOTHING, Scope, ScopedQuerySet
from requests.models.service_requests import ServiceRequest
from requests.types import POSITIVE_RATINGS, RatingCode

POSITIVE = Q(code__in=POSITIVE_RATINGS)


class DepartmentRatingQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "DepartmentRatingQuerySet":
        """Those of my units, and those given for cases that my region handles."""
        if scope.sees_all_regions:
            return self
        condition = Q(organization__in=scope.organization_ids) if scope.organization_ids else NOTHING
        for path in scope.region_paths:
            condition |= Q(request__handling_region__path__startswith=path)
        return self.filter(condition)

    def share(self) -> dict[str, int]:
        """How many there are, and how many of them are positive."""
        return self.aggregate(count=models.Count("pk"), positive=models.Count("pk", filter=POSITIVE))


class DepartmentRating(models.Model):
    """评价部门: how a department that came when it was whistled for did its part, as whoever whistled says. Once."""

    request = models.ForeignKey(
        ServiceRequest, models.CASCADE, related_name="department_ratings", verbose_name=_("request")
    )
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="department_ratings", verbose_name=_("unit")
    )
    was_lead = models.BooleanField(_("held the case"))
    code = models.CharField(_("rating"), max_length=20, choices=RatingCode.choices)
    text = models.TextField(_("comment"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    rated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("rated by")
    )

    objects = DepartmentRatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating of a department")
        verbose_name_plural = _("ratings of departments")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["district", "at"], name="department_rating_district_at")]
        constraints = [
            models.UniqueConstraint(fields=["request", "organization"], name="department_rating_once"),
            models.CheckConstraint(condition=Q(code__in=RatingCode.values), name="department_rating_known"),
            models.CheckConstraint(condition=POSITIVE | ~Q(text=""), name="department_rating_negative_has_words"),
        ]
        triggers = [HistoryTrigger(hidden=["text"])]

    def __str__(self) -> str:
        return f"{self.organization} {self.get_code_display()}"

    @property
    def is_positive(self) -> bool:
        return self.code in POSITIVE_RATINGS
