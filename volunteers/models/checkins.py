"""Codes of a station's screen that came in late."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from stations.models import Station
from volunteers.models.assignments import Assignment


class LateCode(models.Model):
    """One code of one minute that was sent in after its time: it counts once, for one person (`volunteers.checkin`)."""

    station = models.ForeignKey(Station, models.CASCADE, related_name="+", verbose_name=_("station"))
    # The minute in which the code stood on the screen, counted from 1970.
    step = models.PositiveIntegerField()
    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="late_codes", verbose_name=_("assignment"))

    class Meta:
        verbose_name = _("code sent later")
        verbose_name_plural = _("codes sent later")
        constraints = [models.UniqueConstraint(fields=["station", "step"], name="late_code_once")]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.station} {self.step}"
