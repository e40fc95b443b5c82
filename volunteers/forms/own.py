"""What volunteers say of themselves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.core.text import CleanCharField
from volunteers.models import Volunteer

FIELDS = ("profession", "interests", "languages")


class AboutForm(forms.Form):
    profession = CleanCharField(label=_("profession"), max_length=60, required=False)
    interests = CleanCharField(label=_("interests"), max_length=200, required=False)
    languages = CleanCharField(label=_("languages"), max_length=100, required=False)
    weekly_hours = forms.IntegerField(
        label=_("Hours a week at most"), min_value=1, max_value=60,
        help_text=_("You want no duty for a while? Then pause, under My entry."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, volunteer: Volunteer) -> None:
        initial = {name: getattr(volunteer, name) for name in FIELDS}
        super().__init__(data, initial={**initial, "weekly_hours": volunteer.weekly_minutes // 60})

    def details(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return {"weekly_minutes": given.pop("weekly_hours") * 60, **given}
