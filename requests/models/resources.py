"""What units, teams and volunteers can give (资源清单), and what of it was claimed for cases.

`claimed` and `used` of a resource are the sums of its claims, changed with them by conditional updates: together they
never exceed its amount, however many claim in one second.
"""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.bounds import clean_point
from portal.core.chinese import zh_vector
from portal.core.clock import ZONE
from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region
from portal.core.models.regions import codes_on
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.categories import Category
from requests.models.projects import ServiceProject
from requests.models.service_requests import ServiceRequest
from requests.types import ClaimState, ResourceKind, ResourceStatus, WeekPart
from stations.types import Datum
from volunteers.models import Volunteer, VolunteerTeam
from volunteers.types import VolunteerStatus

WRITE = "resources:write"
AMOUNT = {"max_digits": 12, "decimal_places": 2}
LEAST = Decimal("0.01")
MOST = Decimal(10) ** 9
# Further than anybody goes for a neighbour.
FURTHEST_M = 50_000


class ResourceQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "ResourceQuerySet":
        """What I keep, and what is given to everybody in a region around mine."""
        above = {code for path in scope.region_paths for code in codes_on(path)}
        return self.filter(_kept_in(scope) | Q(region__code__in=above))

    def editable_by(self, user: object, capability: str) -> "ResourceQuerySet":
        """What lies around my region is for me to claim, and for others to change."""
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(capability):
            return self.none()
        return self.filter(_kept_in(scope.granting(capability)))

    def own(self, scope: Scope) -> "ResourceQuerySet":
        """What my units, I myself, or teams that I lead give."""
        return self.filter(_own(scope))

    def available(self, day: date | None = None) -> "ResourceQuerySet":
        """Of which something can be claimed on a day (default: today), from a giver who is still there."""
        day = day or timezone.localdate(timezone=ZONE)
        is_valid = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        is_there = (
            Q(organization__is_active=True) | Q(team__is_active=True) | Q(volunteer__status=VolunteerStatus.ACTIVE)
        )
        offered = self.filter(is_valid, status=ResourceStatus.OFFERED, amount__gt=F("claimed") + F("used"))
        return offered.filter(is_there)

    def with_givers(self) -> "ResourceQuerySet":
        rows = self.select_related("organization", "team", "volunteer__person", "region")
        return rows.defer("search", "organization__search", "team__search", "volunteer__search")


def _own(scope: Scope) -> Q:
    own = Q(organization__in=scope.organization_ids)
    if scope.person_id is not None:
        led = VolunteerTeam.objects.led_by(scope.person_id).values("pk")
        own |= Q(volunteer__in=Volunteer.objects.filter(person=scope.person_id).values("pk")) | Q(team__in=led)
    return own


def _kept_in(scope: Scope) -> Q:
    return scope.region_filter("region__path") | _own(scope)


class Resource(models.Model):
    """Something that somebody gives to a neighbourhood; `giver` is exactly one unit, team or volunteer."""

    # Set by `requests.matching`: the level of the deepest category that fits a case.
    fit: int | None

    # Made by `requests.resources`; lists name a resource by it.
    code = models.CharField(_("resource number"), max_length=12, unique=True, blank=True, editable=False)
    kind = models.CharField(pgettext_lazy("of a resource", "kind"), max_length=20, choices=ResourceKind.choices)
    name = models.CharField(_("name"), max_length=60)
    description = models.TextField(_("description"), blank=True)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("unit")
    )
    team = models.ForeignKey(
        VolunteerTeam, models.PROTECT, null=True, blank=True, related_name="resources",
        verbose_name=_("volunteer team"),
    )  # fmt: skip
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, null=True, blank=True, related_name="resources", verbose_name=_("volunteer")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="resources", verbose_name=_("given in"),
        help_text=_("Everybody in this region can have it: a community, or the whole street."),
    )  # fmt: skip
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    datum = models.CharField(_("datum of the source"), max_length=10, choices=Datum.choices, default=Datum.WGS84)
    radius_m = models.PositiveIntegerField(
        _("reaches (metres)"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(FURTHEST_M)],
        help_text=_("How far from the point it is given, across the borders of communities, too."),
    )  # fmt: skip
    amount = models.DecimalField(
        pgettext_lazy("of a resource", "amount"), **AMOUNT,
        validators=[MinValueValidator(LEAST), MaxValueValidator(MOST)],
        help_text=_("How much of it there is. Rooms and skills are counted in times or hours."),
    )  # fmt: skip
    unit = models.CharField(_("unit of amount"), max_length=10, default="次")
    # The sums of the claims.
    claimed = models.DecimalField(_("claimed"), **AMOUNT, default=0, editable=False)
    used = models.DecimalField(_("used"), **AMOUNT, default=0, editable=False)
    times = models.CharField(_("times in words"), max_length=100, blank=True)
    weekly = ArrayField(
        models.CharField(max_length=20, choices=WeekPart.choices), verbose_name=_("times in a usual week"),
        default=list, blank=True,
    )  # fmt: skip
    conditions = models.CharField(_("conditions"), max_length=200, blank=True)
    categories = models.ManyToManyField(
        Category, blank=True, related_name="resources", verbose_name=_("categories that it fits")
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=ResourceStatus.choices, default=ResourceStatus.OFFERED
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    search = models.GeneratedField(
        expression=zh_vector("name", "description", "conditions"), output_field=SearchVectorField(), db_persist=True
    )

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["-pk"]
        indexes = [
            GinIndex(fields=["search"], name="resource_search"),
            models.Index(fields=["region"], condition=Q(status=ResourceStatus.OFFERED), name="resource_offered"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(organization__isnull=False, team__isnull=True, volunteer__isnull=True)
                | Q(organization__isnull=True, team__isnull=False, volunteer__isnull=True)
                | Q(organization__isnull=True, team__isnull=True, volunteer__isnull=False),
                name="resource_of_one_giver",
                violation_error_message=_("Name who gives it: a unit, a team or a volunteer, and only one of them."),
            ),
            models.UniqueConstraint(
                fields=["name", "region", "organization", "team", "volunteer"], nulls_distinct=False,
                condition=~Q(status=ResourceStatus.WITHDRAWN), name="resource_once_a_giver",
                violation_error_message=_("This giver offers something of this name here already. Change that one."),
            ),
            models.CheckConstraint(
                condition=Q(claimed__gte=0, used__gte=0, amount__gt=0), name="resource_amounts_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=F("claimed") + F("used")), name="resource_no_more_than_there_is",
                violation_error_message=_("More than this is claimed or used already."),
            ),
            models.CheckConstraint(
                condition=~Q(status=ResourceStatus.OFFERED) | Q(used__lt=F("amount")), name="resource_offered_is_left"
            ),
            models.CheckConstraint(
                condition=Q(radius_m__isnull=True) | Q(latitude__isnull=False, radius_m__gte=1),
                name="resource_reaches_from_a_point",
                violation_error_message=_("Give the point from which it reaches so far."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False, longitude__isnull=False, latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="resource_point_complete",
                violation_error_message=_("Give latitude and longitude together."),
            ),
        ]  # fmt: skip
        triggers = [
            HistoryTrigger(
                hidden=["name", "description", "conditions", "times", "latitude", "longitude"],
                ignored=["search", "updated_at"],
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        clean_point(self)

    @property
    def giver(self) -> Organization | VolunteerTeam | Volunteer:
        giver = self.organization or self.team or self.volunteer
        assert giver is not None, "a constraint says so"
        return giver

    @property
    def shown_giver(self) -> str:
        """The giver's name as this reader may see it (`volunteers.names` opens those of volunteers)."""
        return self.volunteer.shown_name if self.volunteer_id is not None else str(self.giver)

    @property
    def free(self) -> Decimal:
        """What can still be claimed."""
        return self.amount - self.claimed - self.used

    @property
    def has_run_out(self) -> bool:
        return self.valid_until is not None and self.valid_until < timezone.localdate(timezone=ZONE)


class ClaimQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "ClaimQuerySet":
        """Claims of what I may see, and those for cases and projects that I may see."""
        resources, cases = Resource.objects.in_scope(scope), ServiceRequest.objects.in_scope(scope)
        projects = ServiceProject.objects.in_scope(scope)
        return self.filter(
            Q(resource__in=resources.values("pk"))
            | Q(request__in=cases.values("pk"))
            | Q(project__in=projects.values("pk"))
        )

    def open(self) -> "ClaimQuerySet":
        return self.filter(state=ClaimState.CLAIMED)


class Claim(models.Model):
    """An amount of a resource that is held for a case or a project, until it was used or is released."""

    # Set by the page of a case: whether this reader may say what became of it.
    may_settle: bool

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="claims", verbose_name=_("resource"))
    request = models.ForeignKey(
        ServiceRequest, models.CASCADE, null=True, related_name="claims", verbose_name=_("request")
    )
    project = models.ForeignKey(
        ServiceProject, models.CASCADE, null=True, related_name="claims", verbose_name=_("project")
    )
    # Of the case; a project has its region alone.
    district = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", db_index=False, editable=False)
    amount = models.DecimalField(pgettext_lazy("of a resource", "amount"), **AMOUNT)
    state = models.CharField(_("state"), max_length=10, choices=ClaimState.choices, default=ClaimState.CLAIMED)
    # What was really used; what is left of the claim went back.
    used = models.DecimalField(_("used"), **AMOUNT, null=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    claimed_at = models.DateTimeField(_("claimed on"), default=timezone.now)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("claimed by")
    )
    ended_at = models.DateTimeField(_("used or released on"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim of a resource")
        verbose_name_plural = _("claims of resources")
        ordering = ["-claimed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_of_something"),
            models.CheckConstraint(
                condition=Q(request__isnull=False, project__isnull=True)
                | Q(request__isnull=True, project__isnull=False),
                name="claim_for_a_case_or_a_project",
            ),
            models.CheckConstraint(
                condition=Q(state=ClaimState.CLAIMED, used__isnull=True, ended_at__isnull=True)
                | Q(state=ClaimState.USED, used__gt=0, used__lte=F("amount"), ended_at__isnull=False)
                | Q(state=ClaimState.RELEASED, used__isnull=True, ended_at__isnull=False),
                name="claim_open_used_or_released",
            ),
        ]
        triggers = [HistoryTrigger(hidden=["note"])]

    def __str__(self) -> str:
        return f"{self.request_id or self.project_id} {self.resource_id}"

    @property
    def needed_for(self) -> ServiceRequest | ServiceProject:
        needed_for = self.request or self.project
        assert needed_for is not None, "a constraint says so"
        return needed_for
