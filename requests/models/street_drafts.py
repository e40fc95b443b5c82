"""Drafts of what goes to whom: the open needs of a street and the resources that answer them best overall."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.history import HistoryTrigger
from portal.core.models import Region
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.resources import Resource
from requests.models.service_requests import ServiceRequest
from requests.types import DraftGround

# After that somebody who had no time may have some.
BUSY_FOR = timedelta(days=14)


class StreetDraftQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "StreetDraftQuerySet":
        return self.filter(scope.region_filter("region__path"))


class StreetDraft(models.Model):
    """撮合草案: made once by the job worker. Nothing of it holds before a person accepts a line."""

    class Status(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("draft of a street", "Waiting to be drafted")
        DRAFTING = "drafting", pgettext_lazy("draft of a street", "Being drafted")
        DONE = "done", pgettext_lazy("draft of a street", "Drafted")
        FAILED = "failed", _("Failed")

    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    # What was looked at: needs, those of them that something fits, resources.
    need_count = models.PositiveIntegerField(_("open needs"), default=0)
    fitting_count = models.PositiveIntegerField(_("needs that something fits"), default=0)
    # Needs for which people have already said no to whatever fits.
    refused_count = models.PositiveIntegerField(_("needs whose proposals were refused before"), default=0)
    resource_count = models.PositiveIntegerField(_("resources on offer"), default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = StreetDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of a street")
        verbose_name_plural = _("drafts of streets")
        ordering = ["-made_at", "-pk"]
        triggers = [HistoryTrigger(ignored=["need_count", "fitting_count", "refused_count", "resource_count"])]

    def __str__(self) -> str:
        return f"{self.region} {timezone.localtime(self.made_at):%Y-%m-%d %H:%M}"

    @property
    def is_running(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.DRAFTING)

    @property
    def unserved_count(self) -> int:
        return self.need_count - self.fitting_count - self.refused_count


class StreetDraftLineQuerySet(models.QuerySet):
    def standing_refusals(self, at: datetime) -> Self:
        """What people said no to, as far as drafts made at `at` respect it: for good, or while the giver is busy."""
        refused = self.filter(status=StreetDraftLine.Status.PASSED_OVER).exclude(ground="")
        return refused.exclude(ground=DraftGround.BUSY, decided_at__lte=at - BUSY_FOR)


class StreetDraftLine(models.Model):
    """One need and the resource that is proposed for it, with the reasons."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("line of a draft", "Proposed")
        ACCEPTED = "accepted", pgettext_lazy("line of a draft", "Accepted")
        PASSED_OVER = "passed_over", pgettext_lazy("line of a draft", "Passed over")
        LAPSED = "lapsed", pgettext_lazy("line of a draft", "Not possible any more")

    draft = models.ForeignKey(StreetDraft, models.CASCADE, related_name="lines", verbose_name=_("draft of a street"))
    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="+", verbose_name=_("request"))
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+", verbose_name=_("resource"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, default=Decimal(1))
    score = models.IntegerField(_("points"))
    reasons = models.JSONField(_("reasons"), default=list)
    status = models.CharField(_("status"), max_length=11, choices=Status.choices, default=Status.PROPOSED)
    # Why it was passed over. Lines of the time before grounds were asked for have none, and bind no later draft.
    ground = models.CharField(_("ground"), max_length=10, choices=DraftGround.choices, blank=True)
    # Why it is not possible any more, in the words of the refusal; of one passed over, the person's own words.
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = StreetDraftLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a draft")
        verbose_name_plural = _("lines of a draft")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "request"], name="street_draft_line_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="street_draft_line_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.request} {self.resource}"
