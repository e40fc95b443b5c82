"""Addresses that show duty to whoever has them, each of which can be revoked: calendars, and screens on walls."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.scope import Scope, ScopedQuerySet
from stations.models import Station
from volunteers.models.teams import VolunteerTeam


class CalendarFeedQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "CalendarFeedQuerySet":
        """One's own alone: an address reads as its owner."""
        return self.filter(user=scope.user_id)

    def live(self) -> "CalendarFeedQuerySet":
        return self.filter(revoked_at__isnull=True, user__is_active=True)


class CalendarFeed(models.Model):
    """The duty of its owner, or of a station or team that the owner looks after. The address is kept as a hash."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds", verbose_name=_("account")
    )
    station = models.ForeignKey(Station, models.CASCADE, null=True, related_name="+", verbose_name=_("station"))
    team = models.ForeignKey(VolunteerTeam, models.CASCADE, null=True, related_name="+", verbose_name=_("team"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_on = models.DateField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(station__isnull=True) | Q(team__isnull=True), name="calendar_feed_of_one_thing"
            ),
            models.UniqueConstraint(
                fields=["user", "station", "team"], condition=Q(revoked_at__isnull=True), nulls_distinct=False,
                name="calendar_feed_one_at_a_time",
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["digest"], ignored=["last_used_on"])]

    def __str__(self) -> str:
        return str(self.station or self.team or self.user)


class WallLinkQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "WallLinkQuerySet":
        return self.filter(scope.region_filter("station__region__path") | Q(station__in=scope.station_ids))

    def live(self) -> "WallLinkQuerySet":
        return self.filter(revoked_at__isnull=True)


class WallLink(models.Model):
    """A station's wall screen for a device on which nobody signs in. The station's, not the account's that made it:
    whoever runs its duty revokes it. The address is kept as a hash."""

    station = models.ForeignKey(Station, models.CASCADE, related_name="wall_links", verbose_name=_("station"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_on = models.DateField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = WallLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("address of a wall screen")
        verbose_name_plural = _("addresses of wall screens")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["station"], condition=Q(revoked_at__isnull=True), name="wall_link_one_at_a_time"
            )
        ]
        triggers = [HistoryTrigger(hidden=["digest"], ignored=["last_used_on"])]

    def __str__(self) -> str:
        return str(self.station)
