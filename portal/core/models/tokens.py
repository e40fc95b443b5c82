"""Machine tokens: how the district's own systems sign in."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models.regions import Region
from portal.core.scope import Scope, ScopedQuerySet


class ApiTokenQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "ApiTokenQuerySet":
        """One's own tokens; an administrator also sees those bound to the regions looked after."""
        own = Q(user=scope.user_id)
        return self.filter(own | scope.region_filter("region__path") if scope.can("tokens:manage_all") else own)


class ApiToken(models.Model):
    """Acts for `user`, but only inside `region` and only with `scopes` (capabilities such as reports:read)."""

    name = models.CharField(_("name"), max_length=60)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("account")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("permissions"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The first characters, so that people can tell their tokens apart.
    prefix = models.CharField(_("begins with"), max_length=8, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    last_used_on = models.DateField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("machine token")
        verbose_name_plural = _("machine tokens")
        ordering = ["-created_at"]
        triggers = [HistoryTrigger(hidden=["digest"], ignored=["last_used_on"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
