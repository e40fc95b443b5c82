"""The form on which a neighbour objects to a resolution."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.text import CleanCharField
from portal.public.forms.fields import PhoneField
from requests.deliberations.publicity import MAX_NAME

MAX_OBJECTION = 1_000


class ObjectionForm(forms.Form):
    """By name and phone: an objection is answered to somebody."""

    name = CleanCharField(
        label=_("Your name"), max_length=MAX_NAME, widget=forms.TextInput({"autocomplete": "name"}),
        error_messages={"required": _("Please give your name: an objection is answered to somebody.")},
    )  # fmt: skip
    phone = PhoneField(
        label=_("Your mobile phone"), max_length=30, help_text=_("The answer is sent here. Nobody else sees it."),
        error_messages={"required": _("Give a phone number, so that somebody can reach you.")},
    )  # fmt: skip
    text = CleanCharField(
        label=_("What do you object to, and why?"), max_length=MAX_OBJECTION, multiline=True,
        widget=forms.Textarea({"rows": 5}), error_messages={"required": _("Please write a few words.")},
    )  # fmt: skip
    idempotency_key = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput, initial=lambda: uuid.uuid4().hex
    )

    def refuse(self, error: DomainError) -> None:
        """Show what the verb refused, beside the fields that it names."""
        for name, lines in (error.fields or {"": [str(error)]}).items():
            for line in lines:
                self.add_error(name if name in self.fields else None, str(line))
