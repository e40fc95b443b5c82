"""How a resident narrows the stations down; everything stands in the address, so that a search can be shared."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.core.chinese import search
from portal.core.models import Region
from portal.public import places
from portal.public.forms.fields import point_of
from stations.models import Amenity, Station, StationFunction
from stations.queries import nearest, open_at
from stations.types import StationType

# Further than anybody goes for a station.
NEAR_M = 20_000


class FindForm(forms.Form):
    """Always bound, and never wrong: what cannot be understood is left out of the search."""

    q = forms.CharField(
        label=_("Name or address"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    district = forms.ChoiceField(label=_("District"), required=False)
    street = forms.ChoiceField(label=_("Street or town"), required=False)
    community = forms.ChoiceField(label=_("Community"), required=False)
    open_now = forms.BooleanField(label=_("Open now"), required=False)
    open_24h = forms.BooleanField(label=_("Open 24 hours"), required=False)
    type = forms.ChoiceField(label=_("Kind of station"), required=False)
    function = forms.ModelChoiceField(
        StationFunction.objects.filter(is_active=True), label=_("What it is for"), required=False, empty_label=_("Any")
    )
    amenity = forms.ModelChoiceField(
        Amenity.objects.filter(is_active=True), label=_("What it has"), required=False, empty_label=_("Any")
    )
    lat = forms.CharField(required=False, widget=forms.HiddenInput)
    lng = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.place = places.PlaceChoice({name: data.get(name, "") for name in ("district", "street", "community")})
        self.place.apply(self)
        self.fields["type"].choices = [("", _("Any")), *StationType.choices]
        self.is_valid()

    @property
    def point(self) -> tuple[float, float] | None:
        return point_of(self.data, "lat", "lng")

    @property
    def region(self) -> Region | None:
        return self.place.lowest

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for yet."""
        return not (self.point or self.region or any(self.cleaned_data.values()))

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the folded filters is set."""
        return any(self.cleaned_data.get(name) for name in ("open_now", "open_24h", "type", "function", "amenity"))

    def stations(self) -> QuerySet[Station]:
        """The stations asked for: by distance from the point, else by tier and name."""
        chosen = self.cleaned_data
        found = Station.objects.public().select_related("region")
        if self.region is not None:
            found = found.filter(region__path__startswith=self.region.path)
        if chosen.get("q"):
            found = search(found, chosen["q"], "search", ["name", "address", "brand"])
        if chosen.get("open_24h"):
            found = found.filter(open_24h=True)
        for name, column in [("type", "station_type"), ("function", "functions"), ("amenity", "amenities")]:
            if chosen.get(name):
                found = found.filter(**{column: chosen[name]})
        if chosen.get("open_now"):
            found = open_at(found)
        if self.point:
            return nearest(found, *self.point).filter(distance_m__lte=NEAR_M)
        # Without a point there is no distance: what is open now stands first.
        is_open = Exists(open_at(Station.objects.filter(pk=OuterRef("pk"))))
        return found.order_by(is_open.desc(), "name", "pk")
