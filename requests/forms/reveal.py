"""Why somebody wants to see who asked."""

from django import forms
from django.utils.translation import gettext_lazy as _

REVEAL_REASONS = [
    ("call", _("To call the resident about this case")),
    ("visit", _("To agree on a visit")),
    ("check", _("To check who the case belongs to")),
    ("other", _("Another reason (please write it down)")),
]


class RevealForm(forms.Form):
    """The reason is picked first, typed second."""

    why = forms.ChoiceField(label=_("Why do you need it?"), choices=REVEAL_REASONS, widget=forms.RadioSelect)
    words = forms.CharField(label=_("In your words"), required=False, max_length=150)

    def reason(self) -> str:
        why, words = self.cleaned_data["why"], self.cleaned_data["words"].strip()
        if why == "other":
            return words
        label = str(dict(REVEAL_REASONS)[why])
        return f"{label}: {words}" if words else label
