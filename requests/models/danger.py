from django.core.validators import MinLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from requests.types import EmergencyNumber


class DangerWord(models.Model):
    """A word of danger of one's own, or another rule for one of the built-in ones (`requests.danger.DEFAULTS`)."""

    word = models.CharField(_("word"), max_length=20, unique=True, validators=[MinLengthValidator(2)])
    number = models.CharField(_("number to call first"), max_length=3, choices=EmergencyNumber.choices)
    unless = models.CharField(
        _("harmless in"), max_length=200, blank=True,
        help_text=_("Phrases with the word in which nobody is in danger, with a blank between them: 燃气费 燃气卡"),
    )  # fmt: skip
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("Not in use: the built-in word of this name is switched off, too")
    )

    class Meta:
        verbose_name = _("word of danger")
        verbose_name_plural = _("words of danger")
        ordering = ["word"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.word
