"""Teams of volunteers (志愿服务队): one of party members and N mobile ones (1+N), with brand projects of their own."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.chinese import zh_vector
from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region
from portal.core.scope import Scope, ScopedQuerySet
from volunteers.models.volunteers import Volunteer, whole_years
from volunteers.types import MemberStatus, TeamKind


class VolunteerTeamQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "VolunteerTeamQuerySet":
        """Teams of my regions, of my organisation or station's community, and those that I am in."""
        condition = scope.region_filter("region__path") | Q(organization__in=scope.organization_ids)
        if scope.station_ids:
            condition |= Q(region__in=Region.objects.filter(stations__in=scope.station_ids))
        if scope.person_id is not None:
            mine = TeamMember.objects.filter(volunteer__person=scope.person_id, status=MemberStatus.ACTIVE)
            condition |= Q(pk__in=mine.values("team"))
        return self.filter(condition)

    def active(self) -> "VolunteerTeamQuerySet":
        return self.filter(is_active=True)

    def led_by(self, person_id: int | None) -> "VolunteerTeamQuerySet":
        """Active teams that this person leads."""
        leaders = TeamMember.objects.filter(is_leader=True, status=MemberStatus.ACTIVE, volunteer__person=person_id)
        return self.active().filter(pk__in=leaders.values("team"))

    def near(self, volunteer: Volunteer) -> "VolunteerTeamQuerySet":
        """Active teams of the volunteer's community, its street and district: those that one may ask to join."""
        regions = Region.objects.ancestors_of(volunteer.home_region.path)
        return self.active().filter(region__in=regions).select_related("region").order_by("-region__depth", "name")


class VolunteerTeam(models.Model):
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=TeamKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="volunteer_teams", verbose_name=_("region"))
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="volunteer_teams",
        verbose_name=_("belongs to"),
    )  # fmt: skip
    slogan = models.CharField(_("slogan"), max_length=100, blank=True)
    introduction = models.TextField(_("introduction"), blank=True)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    takes_requests = models.BooleanField(
        _("takes requests"), default=False, help_text=_("Cases can be dispatched to the team; a leader takes them.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    search = models.GeneratedField(
        expression=zh_vector("name", "slogan"), output_field=SearchVectorField(), db_persist=True
    )

    objects = VolunteerTeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("volunteer team")
        verbose_name_plural = _("volunteer teams")
        ordering = ["name", "pk"]
        indexes = [GinIndex(fields=["search"], name="volunteer_team_search")]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "name"],
                name="volunteer_team_name_once_a_region",
                violation_error_message=_("There is a team of this name already."),
            )
        ]
        triggers = [HistoryTrigger(ignored=["search"])]

    def __str__(self) -> str:
        return self.name

    def is_led_by(self, person_id: int | None) -> bool:
        leaders = self.members.filter(is_leader=True, status=MemberStatus.ACTIVE)
        return person_id is not None and leaders.filter(volunteer__person=person_id).exists()


class TeamMember(models.Model):
    """One person's place in a team, from asking to leaving."""

    team = models.ForeignKey(VolunteerTeam, models.CASCADE, related_name="members", verbose_name=_("team"))
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="memberships", verbose_name=_("volunteer"))
    is_leader = models.BooleanField(_("leader"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=MemberStatus.choices, default=MemberStatus.ASKED)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    joined_on = models.DateField(_("member since"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    class Meta:
        verbose_name = _("member of a team")
        verbose_name_plural = _("members of teams")
        ordering = ["-is_leader", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "volunteer"],
                condition=Q(status__in=[MemberStatus.ASKED, MemberStatus.ACTIVE]),
                name="team_member_once",
                violation_error_message=_("This person is in the team already, or has asked to join."),
            ),
            models.CheckConstraint(
                condition=~Q(status=MemberStatus.ACTIVE) | Q(joined_on__isnull=False),
                name="team_member_since_a_day",
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        # Without the name, which not everybody who reads the history may know.
        return f"{self.team} {self.volunteer.number}"

    @property
    def years(self) -> int | None:
        """Whole years in the team, to the day of leaving."""
        return whole_years(self.joined_on, self.left_on)
