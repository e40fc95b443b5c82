"""Membership: the role an account has, and where."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models.organizations import Organization
from portal.core.models.people import User
from portal.core.models.regions import Region
from portal.core.permissions import Role
from portal.core.scope import Scope, ScopedQuerySet

REGION_ROLES = [
    Role.ADMINISTRATOR, Role.DISTRICT, Role.STREET, Role.COMMUNITY, Role.LEADER, Role.AUDITOR, Role.VOLUNTEER,
]  # fmt: skip


class MembershipQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "MembershipQuerySet":
        return self.filter(
            scope.region_filter("region__path")
            | scope.region_filter("station__region__path")
            | scope.region_filter("organization__region__path")
            | Q(user=scope.user_id)
        )


class Membership(models.Model):
    """`region` for administration and management, `station` for keepers, `organization` for contacts of units.

    A volunteer's region is the home community: where the person belongs, not what they look after.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("region")
    )
    station = models.ForeignKey(
        "stations.Station",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("station"),
    )
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("organisation"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="membership_place_fits_role",
                condition=Q(
                    role__in=REGION_ROLES,
                    region__isnull=False,
                    station__isnull=True,
                    organization__isnull=True,
                )
                | Q(
                    role=Role.STATION_KEEPER,
                    region__isnull=True,
                    station__isnull=False,
                    organization__isnull=True,
                )
                | Q(
                    role=Role.UNIT_CONTACT,
                    region__isnull=True,
                    station__isnull=True,
                    organization__isnull=False,
                )
                # An administrator without a region looks after the whole portal.
                | Q(
                    role=Role.ADMINISTRATOR,
                    region__isnull=True,
                    station__isnull=True,
                    organization__isnull=True,
                ),
                violation_error_message=_(
                    "Name a region for a management role, a station for a keeper, an organisation for a unit's contact."
                ),
            ),
            models.UniqueConstraint(
                fields=["user", "role", "region", "station", "organization"],
                nulls_distinct=False,
                name="membership_once",
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.place or _('Whole portal')} · {self.get_role_display()}"

    @property
    def place(self) -> "models.Model | None":
        return self.region or self.station or self.organization


__all__ = ["Membership", "MembershipQuerySet", "Role"]
