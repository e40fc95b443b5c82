"""What a person keeps at the desk for themselves."""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.scope import Scope, ScopedQuerySet

MOST_VIEWS = 12


def new_key() -> str:
    """A name in an address that nobody guesses."""
    return secrets.token_urlsafe(18)


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


def random_import_name(sheet_import: "SheetImport", filename: str) -> str:
    return f"imports/{secrets.token_urlsafe(24)}"


class SheetImportQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "SheetImportQuerySet":
        """A file is private to whoever sent it."""
        return self.filter(user=scope.user_id)


class SheetImport(models.Model):
    """A spreadsheet between its dry run and its loading, and for a day what became of it."""

    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    filename = models.CharField(max_length=100)
    # Deleted as soon as it has been loaded.
    upload = models.FileField(upload_to=random_import_name, max_length=200, blank=True)
    # The rows that failed, to correct and load again.
    failed = models.FileField(upload_to=random_import_name, max_length=200, blank=True)
    # `portal.core.imports.outcome.Outcome`, of the dry run and then of the loading.
    outcome = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    loaded_at = models.DateTimeField(null=True, blank=True)

    objects = SheetImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.filename
