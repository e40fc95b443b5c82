import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger


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


class DisclosureRecord(models.Model):
    """Somebody looked at, or exported, personal data in full: who, whose, why."""

    class Kind(models.TextChoices):
        REVEAL = "reveal", _("Shown")
        EXPORT = "export", _("Exported")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.REVEAL)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    subject = models.CharField(_("subject"), max_length=60, help_text=_("Table and row, or the exported list"))
    reason = models.CharField(_("reason"), max_length=200)
    count = models.PositiveIntegerField(_("rows"), default=1)
    at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("disclosure of personal data")
        verbose_name_plural = _("disclosures of personal data")
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject", "-id"], name="disclosure_subject")]
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
