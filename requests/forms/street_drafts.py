"""Forms of drafts of a street."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.registry.forms import ScopedForm
from portal.core.registry.lookups import REGIONS, LookupField


class AskForm(ScopedForm):
    """For which street or community."""

    region = LookupField(REGIONS, label=_("street or community"))


class DecideForm(forms.Form):
    """Which lines, and what to do with them."""

    ACCEPT, DISPATCH, PASS_OVER = "accept", "dispatch", "pass_over"
    do = forms.ChoiceField(
        choices=[
            (ACCEPT, pgettext_lazy("step of a case", "Claim")), (DISPATCH, _("Claim and dispatch")),
            (PASS_OVER, _("Pass over")),
        ]
    )  # fmt: skip
    line = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": _("Please tick a line.")})

    def __init__(self, data: object, *, lines: list[int]) -> None:
        super().__init__(data)
        self.fields["line"].choices = [(str(pk), pk) for pk in lines]
