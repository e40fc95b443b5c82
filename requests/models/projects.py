"""服务项目清单: what one order cannot solve is done by a project, made of several needs and resources.

What a project consists of, from milestones to money, is in `requests.models.project_parts`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.clock import ZONE
from portal.core.history import HistoryTrigger
from portal.core.models import Estate, Organization, Person, Region
from portal.core.permissions import Role
from portal.core.scope import EVERYTHING, NOTHING, Scope, ScopedQuerySet
from requests.models.service_requests import ServiceRequest
from requests.project_types import (
    DECIDED_STATES,
    LIVE_STATES,
    NeedOutcome,
    ProjectKind,
    ProjectState,
    ProjectVerb,
    StopGround,
)
from stations.models import Station

WRITE = "projects:write"


class ProjectQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Projects of the regions that I look after, those that I or my unit lead, and of my station."""
        return self.filter(scope.region_filter("region__path") | _led(scope) | Q(station__in=scope.station_ids))

    def run_by(self, user: object) -> Self:
        """Projects whose steps are mine: those that I or my unit lead, and as staff those of my regions."""
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(WRITE):
            return self.none()
        return self.filter(scope.granting(WRITE).region_filter("region__path") | _led(scope))

    def editable_by(self, user: object, capability: str) -> Self:
        return self.run_by(user)

    def live(self) -> Self:
        return self.filter(state__in=LIVE_STATES)

    def holding(self, case: ServiceRequest) -> Self:
        """The project that a case is in now."""
        return self.filter(needs__request=case, needs__outcome=NeedOutcome.OPEN)

    def late(self, day: date | None = None) -> Self:
        """Planned to be done by now, and not over."""
        return self.live().filter(planned_end__lt=day or today())

    def to_review(self, user: object) -> Self:
        """Applied for in regions that I lead, by somebody else."""
        scope = getattr(user, "scope", None)
        if scope is None:
            return self.none()
        condition = NOTHING
        for grant in scope.grants:
            if grant.role == Role.LEADER and grant.is_regional:
                condition |= EVERYTHING if grant.path is None else Q(region__path__startswith=grant.path)
        mine = Q(applied_by=user.pk) | Q(lead_person__isnull=False, lead_person=scope.person_id)
        return self.filter(condition, state=ProjectState.APPLIED).exclude(mine)

    def published(self) -> Self:
        """What everybody may read of, and of it the summary, the progress and the published photos alone."""
        return self.filter(published_at__isnull=False, state__in=DECIDED_STATES)

    def with_places(self) -> Self:
        return self.select_related("region", "estate", "station", "organization", "lead_person")


def _led(scope: Scope) -> Q:
    led = Q(organization__in=scope.organization_ids)
    if scope.person_id is not None:
        led |= Q(lead_person=scope.person_id)
    return led


def today() -> date:
    return timezone.localdate(timezone=ZONE)


class ServiceProject(models.Model):
    """One project of a neighbourhood. `planned_end` is what the people whose needs are in it are told."""

    # Set by lists: how many needs are in it.
    need_count: int
    # Set by the API: what the caller may do with it now.
    allowed: Sequence[str]

    kind = models.CharField(
        pgettext_lazy("of a project", "kind"), max_length=14, choices=ProjectKind.choices, default=ProjectKind.SERVICE
    )
    name = models.CharField(pgettext_lazy("of a project", "name"), max_length=80)
    description = models.TextField(_("what is to be done, for staff"), blank=True)
    summary = models.TextField(
        _("summary for everybody"), blank=True, help_text=_("Stands on the public page. No names, no phone numbers.")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="projects", verbose_name=_("region"))
    estate = models.ForeignKey(
        Estate, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("estate")
    )
    station = models.ForeignKey(
        Station, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("station")
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("lead unit")
    )
    lead_person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="led_projects", verbose_name=_("person in charge"),
        help_text=_("Of a secretary's project: the party secretary, who applies for it and leads it."),
    )  # fmt: skip
    planned_start = models.DateField(_("planned from"))
    planned_end = models.DateField(_("planned until"))
    # 临时党支部 of a key project; it dissolves with the project.
    branch_name = models.CharField(_("temporary party branch"), max_length=60, blank=True)
    branch_dissolved_on = models.DateField(_("branch dissolved on"), null=True, editable=False)

    state = models.CharField(
        pgettext_lazy("of a project", "state"), max_length=10, choices=ProjectState.choices,
        default=ProjectState.DRAFT, editable=False,
    )  # fmt: skip
    created_at = models.DateTimeField(_("drafted"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    applied_at = models.DateTimeField(_("applied for"), null=True, editable=False)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False
    )
    reviewed_at = models.DateTimeField(_("decided"), null=True, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, editable=False)
    stop_ground = models.CharField(_("ground"), max_length=14, choices=StopGround.choices, blank=True, editable=False)
    result = models.TextField(_("result"), blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["region", "state"], name="project_region_state"),
            models.Index(fields=["-published_at"], condition=Q(published_at__isnull=False), name="project_published"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ProjectState.values), name="project_state_known"),
            models.CheckConstraint(
                condition=Q(planned_end__gte=F("planned_start")),
                name="project_ends_after_start",
                violation_error_message=_("It cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(state=ProjectState.FINISHED, finished_at__isnull=False)
                | (~Q(state=ProjectState.FINISHED) & Q(finished_at__isnull=True)),
                name="project_finished_has_a_date",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProjectState.STOPPED) | (~Q(stop_ground="") & Q(stopped_at__isnull=False)),
                name="project_stopped_has_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | ~Q(summary=""), name="project_published_has_a_summary"
            ),
        ]
        triggers = [HistoryTrigger(hidden=["description", "summary", "result"])]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        return f"XM{self.pk:06d}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def is_late(self) -> bool:
        return self.is_live and self.planned_end < today()

    @property
    def is_published(self) -> bool:
        return self.published_at is not None and self.state in DECIDED_STATES


def parse_project_number(text: str) -> int | None:
    digits = text.strip().upper().removeprefix("XM")
    has_prefix = len(digits) < len(text.strip())
    return int(digits) if has_prefix and digits.isdecimal() and len(digits) <= 18 else None


class NeedQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(outcome=NeedOutcome.OPEN)

    def end(self, outcome: str, *, at: datetime) -> int:
        return self.update(outcome=outcome, ended_at=at)


class ProjectNeed(models.Model):
    """A case that is, or was, in a project."""

    project = models.ForeignKey(ServiceProject, models.PROTECT, related_name="needs", verbose_name=_("project"))
    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="project_needs", verbose_name=_("request"))
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=10, choices=NeedOutcome.choices, default=NeedOutcome.OPEN)
    ended_at = models.DateTimeField(null=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("need in a project")
        verbose_name_plural = _("needs in projects")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(outcome=NeedOutcome.OPEN), name="need_in_one_project"
            ),
            models.CheckConstraint(
                condition=Q(outcome=NeedOutcome.OPEN, ended_at__isnull=True)
                | (~Q(outcome=NeedOutcome.OPEN) & Q(ended_at__isnull=False)),
                name="need_open_or_ended",
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.project_id} {self.request_id}"


class ProjectEvent(models.Model):
    """One step of a project: its timeline."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="events", verbose_name=_("project"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("step"), max_length=20, choices=ProjectVerb.choices)
    from_state = models.CharField(max_length=10, choices=ProjectState.choices, blank=True)
    to_state = models.CharField(max_length=10, choices=ProjectState.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    text = models.TextField(_("text"), blank=True)
    # What it was about, in words: a milestone's title, a sum, the number of a case.
    about = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("step of a project")
        verbose_name_plural = _("steps of projects")
        ordering = ["project", "pk"]

    def __str__(self) -> str:
        return f"{self.project_id} {self.verb}"
