"""Forms of rosters at the desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.filtering import MAX_ID
from portal.core.registry.forms import DayInput, ScopedForm
from portal.core.registry.lookups import REGIONS, LookupField
from volunteers.forms.duty import StationField


class AskForm(ScopedForm):
    """Which shifts a roster is about."""

    station = StationField()
    first_day = forms.DateField(label=_("from"), widget=DayInput)
    last_day = forms.DateField(label=_("until"), widget=DayInput, help_text=_(
        "Two months at most. Shifts that are still missing are made by the duty templates up to this day."
    ))  # fmt: skip


class AskForAreaForm(ScopedForm):
    """Of which area and week."""

    region = LookupField(REGIONS, label=_("region"), help_text=_("All of its stations that have shifts."))
    first_day = forms.DateField(label=_("week from"), widget=DayInput)


class AddressForm(forms.Form):
    """What a link or a button names."""

    station = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID)
    line = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID)

    @classmethod
    def named(cls, data: Any, name: str) -> int | None:
        """The id that `data` gives for `name`; none where it is no id."""
        form = cls(data)
        form.is_valid()
        return form.cleaned_data.get(name)
