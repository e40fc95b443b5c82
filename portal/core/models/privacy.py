from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models.regions import Region
from portal.core.scope import Scope, ScopedQuerySet


class ConsentText(models.Model):
    """What a resident agreed to, word by word; a new wording is a new version."""

    class Purpose(models.TextChoices):
        REQUESTS = "requests", _("Requests")
        VOLUNTEERS = "volunteers", _("Volunteers")

    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices, default=Purpose.REQUESTS)
    version = models.CharField(_("version"), max_length=20, unique=True)
    text = models.TextField(_("text"))
    valid_from = models.DateTimeField(_("valid from"))

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["-valid_from"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.version


class DisclosureRecordQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Those of the regions for which one reads them; what concerns the whole portal, for whom sees it all."""
        return self.filter(scope.granting("disclosures:read").region_filter("region__path"))


class DisclosureRecord(models.Model):
    """Somebody looked at, or exported, personal data: who, whose, why. `portal.core.disclosures` writes it."""

    class Kind(models.TextChoices):
        REVEAL = "reveal", _("Shown")
        EXPORT = "export", _("Exported, masked")
        FULL = "full", _("Exported in full")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.REVEAL)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    subject = models.CharField(_("subject"), max_length=60, help_text=_("Table and row, or the exported list"))
    # As people call it: the number of a case.
    about = models.CharField(_("about"), max_length=40, blank=True)
    # Whose auditors read it; nothing: it concerns the whole portal.
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", verbose_name=_("region"))
    reason = models.CharField(_("reason"), max_length=200)
    count = models.PositiveIntegerField(_("rows"), default=1)
    at = models.DateTimeField(_("when"), db_default=Now())

    objects = DisclosureRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("disclosure of personal data")
        verbose_name_plural = _("disclosures of personal data")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject", "-id"], name="disclosure_subject"),
            # What one account has seen of late.
            models.Index(fields=["user", "kind", "-at"], name="disclosure_by_account"),
        ]
        triggers = [
            pgtrigger.Protect(name="keep_unchanged", operation=pgtrigger.Update),
            pgtrigger.Protect(
                name="keep_six_months",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.at > now() - interval '184 days'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.subject}"
