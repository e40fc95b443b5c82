from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Region
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.requesters import Requester
from requests.models.service_requests import ServiceRequest
from requests.types import AnswerSource, RatingCode


class RatingQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "RatingQuerySet":
        """Who sees a case sees what was said of it."""
        return self.filter(request__in=ServiceRequest.objects.in_scope(scope).order_by().values("pk"))


class Rating(models.Model):
    """One answer of a requester: a rating, or what was said on a call-back. A redone case is rated again."""

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="ratings", verbose_name=_("request"))
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    requester = models.ForeignKey(Requester, models.CASCADE, related_name="ratings", verbose_name=_("requester"))
    # How often the case had been redone when this was said.
    round = models.PositiveSmallIntegerField(_("round"), default=0)
    source = models.CharField(_("source"), max_length=10, choices=AnswerSource.choices)
    code = models.CharField(_("rating"), max_length=20, choices=RatingCode.choices, blank=True)
    solved = models.BooleanField(_("solved"), null=True)
    comment = models.TextField(_("comment"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["district", "at"], name="rating_district_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["requester", "round"],
                condition=Q(source=AnswerSource.RATING),
                name="rating_once_a_round",
            ),
            models.CheckConstraint(
                condition=~Q(source=AnswerSource.RATING) | (~Q(code="") & Q(solved__isnull=False)),
                name="rating_has_level_and_answer",
            ),
        ]
        triggers = [HistoryTrigger(hidden=["comment"])]

    def __str__(self) -> str:
        return f"{self.request_id} {self.code}"
