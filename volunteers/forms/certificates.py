"""What is asked for a certificate, and what staff say when they decide about one."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# The subjects register how volunteers are named in a form's text.
import volunteers.subjects  # noqa: F401
from portal.core.clock import ZONE
from portal.core.registry.forms import DayInput, ScopedForm
from portal.core.registry.lookups import LookupField
from portal.core.text import CleanCharField
from volunteers.certificates import MAX_PURPOSE
from volunteers.models.certificates import LONGEST_PUBLICITY, PUBLICITY_DAYS
from volunteers.subjects import VOLUNTEER_LOOKUP

USUAL_DAYS = 365


class AskForm(ScopedForm):
    since = forms.DateField(label=_("Served from"), widget=DayInput)
    until = forms.DateField(label=_("Served until"), widget=DayInput)
    purpose = CleanCharField(
        label=_("What is it for?"), max_length=MAX_PURPOSE, required=False,
        help_text=_("For example: school, work, joining the Party. It is not printed."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate(timezone=ZONE)
        self.initial.setdefault("since", today - timedelta(days=USUAL_DAYS))
        self.initial.setdefault("until", today)
        for name in ("since", "until"):
            self.fields[name].widget.attrs["max"] = today.isoformat()


class AskForSomebodyForm(AskForm):
    volunteer = LookupField(VOLUNTEER_LOOKUP, label=_("volunteer"), help_text=_("Name or number"))

    field_order = ("volunteer", "since", "until", "purpose")


class IssueForm(ScopedForm):
    days = forms.IntegerField(
        label=_("days of publicity"), min_value=1, max_value=LONGEST_PUBLICITY, initial=PUBLICITY_DAYS,
        help_text=_("Today is the first one."),
    )  # fmt: skip


class LookForm(forms.Form):
    """What stands on a paper."""

    number = CleanCharField(
        label=_("Certificate number"), max_length=20, widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("For example ZM2026000123"),
    )  # fmt: skip
    code = CleanCharField(
        label=_("Check code"), max_length=40, widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("Eleven letters and digits beside the square code"),
    )  # fmt: skip
