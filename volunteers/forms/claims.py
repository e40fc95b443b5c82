"""Forms of claims and of the ledger at the desk."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.registry.forms import ScopedForm
from portal.core.text import CleanCharField


class DecideForm(ScopedForm):
    """Which button was pressed, and the words beside it."""

    granted = forms.ChoiceField(choices=[("yes", _("Grant")), ("no", _("Refuse"))], widget=forms.HiddenInput)
    decision = CleanCharField(
        label=_("In words"), max_length=300, required=False, widget=forms.Textarea({"rows": 3}),
        help_text=_("A refusal says why; the volunteer reads it."),
    )  # fmt: skip


class ReverseForm(ScopedForm):
    reason = CleanCharField(label=_("Reason"), max_length=100)
