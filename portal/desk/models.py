"""What a person keeps at the desk for themselves."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.scope import Scope, ScopedQuerySet

MOST_VIEWS = 12


class SavedViewQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "SavedViewQuerySet":
        """A view is private: nobody sees somebody else's, whatever their role."""
        return self.filter(user=scope.user_id)


class SavedView(models.Model):
    """A filtered list under a name: the query string of its address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=20)
    query = models.CharField(max_length=1000)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name
