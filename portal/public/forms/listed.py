"""How a resident narrows the public list down; everything stands in the address."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.public import places
from requests.filters import ListedFilter
from requests.models import Category, ServiceRequest
from requests.types import ListedStatus
from stations.models import Station


class ListedForm(forms.Form):
    """Always bound, and never wrong: what cannot be understood is left out."""

    district = forms.ChoiceField(label=_("District"), required=False)
    street = forms.ChoiceField(label=_("Street or town"), required=False)
    community = forms.ChoiceField(label=_("Community"), required=False)
    category = forms.ModelChoiceField(
        Category.objects.filter(level=1, is_active=True), label=_("What about"), required=False, empty_label=_("Any")
    )
    status = forms.ChoiceField(label=_("How far"), required=False, choices=[("", _("Any")), *ListedStatus.choices])
    station = forms.ModelChoiceField(
        Station.objects.public(), required=False, to_field_name="code", widget=forms.HiddenInput
    )

    def __init__(self, data: QueryDict, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.place = places.PlaceChoice({name: data.get(name, "") for name in ("district", "street", "community")})
        self.place.apply(self)
        self.is_valid()

    @property
    def chosen_station(self) -> Station | None:
        return self.cleaned_data.get("station")

    @property
    def is_empty(self) -> bool:
        return not (self.place.lowest or any(self.cleaned_data.values()))

    def cases(self) -> QuerySet[ServiceRequest]:
        """The listed cases asked for, by the filter that the API has too."""
        asked = {
            "region": self.place.lowest.code if self.place.lowest else "",
            "category": self.cleaned_data["category"].pk if self.cleaned_data.get("category") else "",
            "status": self.cleaned_data.get("status", ""),
            "station": self.chosen_station.code if self.chosen_station else "",
        }
        rows = ServiceRequest.objects.listed().select_related("street", "community", "station", "category__top")
        return ListedFilter(asked, rows).qs.order_by("-listed_at", "-pk")
