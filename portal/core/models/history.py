"""The audit log: written by database triggers, readable by auditors, changed by nobody."""

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class HistoryEntry(models.Model):
    """One changed row: who, when, what from, what to.

    `changes` maps a column to [old, new]; for a personal or free-text column it is just true ("it changed").
    An insert keeps no values (the row has them), a delete keeps the old ones.
    """

    class Operation(models.TextChoices):
        INSERT = "INSERT", _("Created")
        UPDATE = "UPDATE", _("Changed")
        DELETE = "DELETE", _("Deleted")
        LOAD = "LOAD", _("Bulk load")

    at = models.DateTimeField(_("when"), db_default=Now())
    # No foreign keys: the log must outlive what it speaks of.
    actor_id = models.BigIntegerField(_("who"), null=True)
    operation = models.CharField(_("what"), max_length=6, choices=Operation.choices)
    table = models.CharField(_("table"), max_length=63)
    row_id = models.BigIntegerField(_("row"), null=True)
    changes = models.JSONField(_("changes"), default=dict)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["table", "row_id", "-id"], name="history_of_a_row"),
            models.Index(fields=["at"], name="history_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="keep_unchanged", operation=pgtrigger.Update),
            # 等保 asks for six months; younger entries cannot be deleted by any path.
            pgtrigger.Protect(
                name="keep_six_months",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.at > now() - interval '184 days'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row_id}"
