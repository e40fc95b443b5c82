"""Forms of drafts of a street."""

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.registry.forms import ScopedForm
from portal.core.registry.lookups import REGIONS, LookupField


class AskForm(ScopedForm):
    """For which street or community."""

    region = LookupField(REGIONS, label=_("street or community"))


class Decision(models.TextChoices):
    """What is done with the lines that are ticked."""

    DISPATCH = "dispatch", _("Claim and dispatch")
    ACCEPT = "accept", pgettext_lazy("step of a case", "Claim")
    PASS_OVER = "pass_over", _("Pass over")


class DecideForm(forms.Form):
    do = forms.ChoiceField(choices=Decision.choices)
    line = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Please tick a line.")})

    def __init__(self, data: object, *, lines: list[int]) -> None:
        super().__init__(data)
        self.fields["line"].choices = [(str(pk), pk) for pk in lines]
