from django.db import models
from django.utils.translation import gettext_lazy as _


class ThrottleCounter(models.Model):
    """How often somebody did something in the current window; see `portal.core.throttling`.

    The table is unlogged: losing the counters in a crash costs nothing, writing them costs little.
    """

    key = models.CharField(max_length=64, primary_key=True, help_text=_("Keyed hash of what is limited and whom"))
    hits = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("throttle counter")
        verbose_name_plural = _("throttle counters")

    def __str__(self) -> str:
        return self.key
