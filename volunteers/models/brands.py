"""Brand projects (品牌项目) of teams with their stages of incubation, and honours of teams and volunteers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Organization
from portal.core.scope import Scope, ScopedQuerySet
from volunteers.models.teams import VolunteerTeam
from volunteers.models.volunteers import Volunteer
from volunteers.types import BrandStage


class BrandProjectQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "BrandProjectQuerySet":
        """Projects of the teams that I see, and those that my organisation incubates."""
        teams = VolunteerTeam.objects.in_scope(scope)
        return self.filter(Q(team__in=teams.values("pk")) | Q(hub__in=scope.organization_ids))

    def led_by(self, person_id: int | None) -> "BrandProjectQuerySet":
        """Projects of the active teams that this person leads."""
        return self.filter(team__in=VolunteerTeam.objects.led_by(person_id).values("pk"))


class BrandProject(models.Model):
    team = models.ForeignKey(
        VolunteerTeam, models.PROTECT, related_name="brand_projects", verbose_name=_("volunteer team")
    )
    name = models.CharField(_("name"), max_length=60)
    summary = models.TextField(_("what it is about"), blank=True)
    # 孵化基地: who gives room, money and advice while the project grows.
    hub = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="brand_projects",
        verbose_name=_("incubated at"),
    )  # fmt: skip
    # The last of `steps`, and its day.
    stage = models.CharField(
        _("stage"), max_length=12, choices=BrandStage.choices, default=BrandStage.IDEA, editable=False
    )
    stage_since = models.DateField(_("in this stage since"), editable=False)

    objects = BrandProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("brand project")
        verbose_name_plural = _("brand projects")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name"],
                name="brand_project_name_once_a_team",
                violation_error_message=_("The team has a project of this name already."),
            )
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name


class BrandStep(models.Model):
    """A project's change of stage: written by `volunteers.brands`, never edited."""

    project = models.ForeignKey(BrandProject, models.CASCADE, related_name="steps", verbose_name=_("brand project"))
    stage = models.CharField(_("stage"), max_length=12, choices=BrandStage.choices)
    on = models.DateField(_("day"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("stage of a brand project")
        verbose_name_plural = _("stages of brand projects")
        ordering = ["on", "pk"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.get_stage_display()


class HonourQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "HonourQuerySet":
        """Honours of the teams and volunteers that I see."""
        teams, people = VolunteerTeam.objects.in_scope(scope), Volunteer.objects.in_scope(scope)
        return self.filter(Q(team__in=teams.values("pk")) | Q(volunteer__in=people.values("pk")))


class Honour(models.Model):
    """荣誉: of a team or of one volunteer."""

    team = models.ForeignKey(
        VolunteerTeam, models.CASCADE, null=True, blank=True, related_name="honours", verbose_name=_("volunteer team")
    )
    volunteer = models.ForeignKey(
        Volunteer, models.CASCADE, null=True, blank=True, related_name="honours", verbose_name=_("volunteer")
    )
    title = models.CharField(_("honour"), max_length=80)
    awarded_by = models.CharField(_("awarded by"), max_length=80)
    awarded_on = models.DateField(_("awarded on"))

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = _("honour")
        verbose_name_plural = _("honours")
        ordering = ["-awarded_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=False, volunteer__isnull=True) | Q(team__isnull=True, volunteer__isnull=False),
                name="honour_of_one",
            ),
            models.UniqueConstraint(
                fields=["team", "volunteer", "title", "awarded_on"],
                nulls_distinct=False,
                name="honour_once",
                violation_error_message=_("This honour is listed already."),
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.title
