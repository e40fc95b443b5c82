"""A volunteer signs in: a phone, then the code that it received."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("Your mobile phone"), max_length=30,
        help_text=_("The one that you gave when you signed up. We send you a code by SMS."),
        error_messages={"required": _("Enter your mobile phone.")},
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}),
    )  # fmt: skip


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code from the SMS"), max_length=20, help_text=_("Six digits, valid for five minutes."),
        error_messages={"required": _("Enter the six digits from the SMS.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "tracking-code"}
        ),
    )  # fmt: skip
