"""Forms of a station: all of it for those who run its region, the daily fields for its keeper."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.registry.forms import ScopedModelForm, form_field
from stations.forms.points import PointFormMixin
from stations.keeping import DAILY_FIELDS
from stations.models import FunctionRecommendation, SpecialDay, Station

CATALOGUES = ("functions", "service_items", "amenities")


class _OffersForm(ScopedModelForm):
    """What a station offers is ticked in the catalogues; entries out of use stay where they are ticked already."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CATALOGUES:
            if name in self.fields:
                ticked = getattr(self.instance, name).values("pk") if self.instance.pk else []
                field: Any = self.fields[name]
                field.queryset = field.queryset.filter(Q(is_active=True) | Q(pk__in=ticked)).distinct()


class StationForm(PointFormMixin, _OffersForm):
    sections = [
        ("", ["name", "code", "tier", "station_type", "station_class", "status", "opened_on"]),
        (_("Where"), ["region", "estate", "address", "latitude", "longitude", "datum"]),
        (_("Premises"), ["area_m2", "room_count", "build_mode", "premises_source"]),
        (_("Who runs it"), ["organization", "phone", "brand", "is_demonstration", "introduction"]),
        (_("What it offers"), ["functions", "service_items", "amenities", "open_24h", "has_study_hall"]),
    ]

    class Meta:
        model = Station
        fields = [
            "name", "code", "tier", "station_type", "station_class", "status", "opened_on", "region", "estate",
            "address", "latitude", "longitude", "datum", "area_m2", "room_count", "build_mode", "premises_source",
            "organization", "phone", "brand", "is_demonstration", "introduction", "functions", "service_items",
            "amenities", "open_24h", "has_study_hall",
        ]  # fmt: skip
        formfield_callback = form_field
        help_texts = {
            "station_type": _("For stations only; a centre has none."),
            "datum": _("Which map the coordinates were read from. They are stored as WGS-84."),
            "phone": _("Shown to residents: an office phone, never a private number."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in self.Meta.help_texts.items():
            self.fields[name].help_text = text


class StationDailyForm(_OffersForm):
    """For the keeper (`stations.keeping`)."""

    sections = [("", ["phone", "introduction"]), (_("What it offers"), ["service_items", "amenities"])]

    class Meta:
        model = Station
        fields = list(DAILY_FIELDS)
        formfield_callback = form_field


def recommended(station_type: str) -> list[Any]:
    """The functions that stations of a type should offer."""
    rows = FunctionRecommendation.objects.filter(station_type=station_type, function__is_active=True)
    return [row.function for row in rows.select_related("function")]


class SpecialDayForm(forms.ModelForm):
    class Meta:
        model = SpecialDay
        fields = ["date", "opens", "closes", "reason"]
        formfield_callback = form_field


SpecialDayFormSet = forms.inlineformset_factory(
    Station, SpecialDay, form=SpecialDayForm, extra=2, can_delete=True, max_num=200
)


def special_days_form(data: Any, station: Station) -> forms.BaseInlineFormSet:
    """The special days from today on; what is past stays as it was."""
    ahead = SpecialDay.objects.filter(date__gte=timezone.localdate())
    return SpecialDayFormSet(data, instance=station, queryset=ahead, prefix="special")
