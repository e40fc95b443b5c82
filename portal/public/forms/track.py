from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.public.forms.sign_in import PhoneForm


class TrackForm(forms.Form):
    code = forms.CharField(
        label=_("Tracking code"),
        help_text=_("11 letters and digits from your receipt, for example ABCD-EFGH-JKM."),
        max_length=100,
        error_messages={
            "required": _("Enter the code from your receipt."),
            "max_length": _("There is no request with this code. Please compare it with your receipt."),
        },
        widget=forms.TextInput(
            attrs={
                "class": "tracking-code",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
    )


class LostCodeForm(PhoneForm):
    """With which phone something was asked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = _("The one that you gave with your request. We send you a code by SMS.")
