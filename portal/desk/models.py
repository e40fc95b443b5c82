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

    def running(self) -> "SheetImportQuerySet":
        """What waits for the worker, or is in its hands."""
        return self.filter(state__in=[SheetImport.State.CHECKING, SheetImport.State.LOADING])


class SheetImport(models.Model):
    """A spreadsheet from its arrival to its loading, and for a day what became of it."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Waits for your decision")
        LOADING = "loading", _("Being loaded")
        LOADED = "loaded", _("Loaded")
        FAILED = "failed", _("Not possible")

    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # The membership in which it was sent; None: all of the sender's together. And the language of what is said of it.
    acts_as = models.PositiveBigIntegerField(null=True)
    language = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=20)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.CHECKING)
    filename = models.CharField(max_length=100)
    # Deleted as soon as it has been loaded.
    upload = models.FileField(upload_to=random_import_name, max_length=200, blank=True)
    # The rows that failed, to correct and load again.
    failed = models.FileField(upload_to=random_import_name, max_length=200, blank=True)
    # `portal.core.imports.outcome.Outcome`, of the dry run and then of the loading.
    outcome = models.JSONField(default=dict)
    # Why it is not possible.
    refusal = models.TextField(blank=True)
    # What the worker says while it is at it (`portal.desk.import_jobs`).
    tries = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    done_count = models.PositiveIntegerField(default=0)
    row_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    loaded_at = models.DateTimeField(null=True, blank=True)

    objects = SheetImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_running(self) -> bool:
        return self.state in (self.State.CHECKING, self.State.LOADING)

    @property
    def can_be_taken_back(self) -> bool:
        return self.state not in (self.State.LOADING, self.State.LOADED)
