"""What volunteers ask for about their hours."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.models import Region
from portal.core.registry.forms import DayInput, ScopedForm, form_field
from portal.core.text import CleanCharField
from stations.models import Station
from volunteers.forms.districts import offer_districts
from volunteers.models import HourRule
from volunteers.models.hours import DECIDE

MINUTES_IN_AN_HOUR = 60
# With the name of the station before it, a reason fits into the claim's column.
MAX_WHY = 180


class LengthForm(forms.Form):
    """A length of service in hours and minutes, and why."""

    hours = forms.IntegerField(label=pgettext_lazy("length of time", "Hours"), min_value=0, max_value=24)
    rest = forms.IntegerField(
        label=pgettext_lazy("length of time", "Minutes"), min_value=0, max_value=MINUTES_IN_AN_HOUR - 1, required=False
    )
    reason = CleanCharField(
        label=_("What did you do, and why was it not recorded?"), max_length=MAX_WHY, multiline=True,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("idempotency_key", uuid4().hex)

    @property
    def minutes(self) -> int:
        return self.cleaned_data["hours"] * MINUTES_IN_AN_HOUR + (self.cleaned_data["rest"] or 0)

    def refuse(self, error: DomainError) -> None:
        """Show what the verb refused beside the field at fault."""
        for name, lines in (error.fields or {"": [str(error)]}).items():
            field = "hours" if name == "minutes" else name
            self.add_error(field if field in self.fields else None, list(lines))


class SupplementForm(LengthForm):
    station = forms.ModelChoiceField(
        Station.objects.none(), label=_("At which station?"), empty_label=_("Please choose")
    )
    on = forms.DateField(label=_("On which day?"), widget=DayInput)

    field_order = ("station", "on", "hours", "rest", "reason")

    def __init__(self, *args: Any, stations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["station"].queryset = stations
        self.fields["on"].widget.attrs["max"] = timezone.localdate(timezone=ZONE).isoformat()


class CorrectionForm(LengthForm):
    field_order = ("hours", "rest", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("What is wrong, and how do you know?")


class HourRuleForm(ScopedForm):
    """Of the districts that one leads; everybody's rule is for those who look after all."""

    district = forms.ModelChoiceField(Region.objects.none(), label=_("district"), required=False)
    valid_from = forms.DateField(label=_("valid from"), widget=DayInput)
    rounding_minutes = form_field(HourRule._meta.get_field("rounding_minutes"))
    evening_percent = form_field(HourRule._meta.get_field("evening_percent"))
    overnight_percent = form_field(HourRule._meta.get_field("overnight_percent"))
    day_limit_minutes = form_field(HourRule._meta.get_field("day_limit_minutes"))
    long_day_minutes = form_field(HourRule._meta.get_field("long_day_minutes"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_districts(self.fields["district"], self.user.scope.granting(DECIDE))
