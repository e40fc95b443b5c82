from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger


class CalendarDay(models.Model):
    """A day that the official calendar announced after our copy of it was made (调休)."""

    date = models.DateField(_("date"), unique=True)
    is_working_day = models.BooleanField(_("working day"))
    reason = models.CharField(_("reason"), max_length=100)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering = ["-date"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.date} {_('working day') if self.is_working_day else _('day off')}"
