"""A roster under way: solved by a job, looked at, pinned, solved again, and published by a person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Region
from portal.core.scope import Scope, ScopedQuerySet
from stations.models import Station
from volunteers.models.duty import AtStationQuerySet, DutyShift
from volunteers.models.volunteers import Volunteer


class DistrictDraftQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "DistrictDraftQuerySet":
        return self.filter(scope.region_filter("region__path"))


class DistrictDraft(models.Model):
    """Drafts for all stations of a region at once: each becomes a roster of its station, published by itself."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting to be drafted")
        DRAFTING = "drafting", _("Being drafted")
        DONE = "done", _("Drafted")
        FAILED = "failed", _("Failed")

    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    stations_done = models.PositiveIntegerField(_("stations done"), default=0)
    station_count = models.PositiveIntegerField(_("stations"), default=0)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = DistrictDraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft of an area")
        verbose_name_plural = _("drafts of areas")
        ordering = ["-made_at"]
        triggers = [HistoryTrigger(ignored=["stations_done", "station_count"])]

    def __str__(self) -> str:
        return f"{self.region} {self.first_day}–{self.last_day}"


class Roster(models.Model):
    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting to be solved")
        SOLVING = "solving", _("Being solved")
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    station = models.ForeignKey(Station, models.PROTECT, related_name="rosters", verbose_name=_("station"))
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    # {"stage": "cover", "percent": 30}
    progress = models.JSONField(default=dict)
    # What the solver says: stages, gaps with their reasons, fairness (`volunteers.roster.result`).
    outcome = models.JSONField(default=dict)
    asked_to_stop = models.BooleanField(default=False)
    district_draft = models.ForeignKey(
        DistrictDraft, models.SET_NULL, null=True, related_name="rosters", verbose_name=_("draft of an area")
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(_("published"), null=True)

    objects = AtStationQuerySet.as_manager()

    class Meta:
        verbose_name = _("roster")
        verbose_name_plural = _("rosters")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")),
                name="roster_begins_before_it_ends",
                violation_error_message=_("The last day comes before the first."),
            )
        ]
        triggers = [HistoryTrigger(ignored=["progress", "outcome"])]

    def __str__(self) -> str:
        return f"{self.station} {self.first_day}–{self.last_day}"


class RosterLine(models.Model):
    """One person on one shift in a draft."""

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="lines", verbose_name=_("roster"))
    shift = models.ForeignKey(DutyShift, models.CASCADE, related_name="+", verbose_name=_("shift"))
    volunteer = models.ForeignKey(Volunteer, models.CASCADE, related_name="+", verbose_name=_("volunteer"))
    is_pinned = models.BooleanField(_("pinned"), default=False)

    class Meta:
        verbose_name = _("line of a roster")
        verbose_name_plural = _("lines of a roster")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["roster", "shift", "volunteer"], name="roster_line_once"),
        ]

    def __str__(self) -> str:
        return f"{self.shift} {self.volunteer}"
