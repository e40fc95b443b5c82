"""Choosing a place step by step: district, street, community. Works as plain selects with a button, and with htmx."""

from collections.abc import Iterable

from django import forms
from django.core.cache import caches
from django.db.models import CharField, Count, Func, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from portal.core.models import Level, Region
from stations.models import Station

Choice = tuple[str, str | list[tuple[str, str]]]


def districts() -> list[Choice]:
    """All districts, under their cities when there are several: those with most stations first, others by code."""
    current = Region.objects.current().filter(level=Level.DISTRICT, parent__isnull=False).select_related("parent")
    by_city: dict[Region, list[tuple[str, str]]] = {}
    for district in current.order_by("parent__code", "is_functional", "code"):
        by_city.setdefault(district.parent, []).append((str(district.pk), str(district)))
    if len(by_city) == 1:
        return list(*by_city.values())
    stations = stations_by_city()
    cities = sorted(by_city, key=lambda city: -stations.get(city.code, 0))
    return [(str(city), by_city[city]) for city in cities]


def stations_by_city() -> dict[str, int]:
    """How many stations residents find in a city, by its code (counted again every minute)."""
    kept: dict[str, int] | None = caches["local"].get("stations-by-city")
    if kept is None:
        city = Func("region__path", Value("/"), Value(1), function="split_part", output_field=CharField())
        counted = Station.objects.public().order_by().values_list(city).annotate(Count("pk"))
        kept = dict(counted)
        caches["local"].set("stations-by-city", kept)
    return kept


def children(parent: Region | None, level: str) -> QuerySet[Region]:
    if parent is None:
        return Region.objects.none()
    return Region.objects.current().filter(parent=parent, level=level).order_by("code")


def find(value: str | None, level: str) -> Region | None:
    """The current region of that level that a form names, or None."""
    if not value or not str(value).isdecimal() or len(str(value)) > 18:
        return None
    return Region.objects.current().select_related("parent").filter(pk=int(value), level=level).first()


def options(regions: Iterable[Region], empty: str) -> list[Choice]:
    return [("", empty), *((str(region.pk), str(region)) for region in regions)]


class PlaceChoice:
    """The three selects as far as they are chosen; a lower one that does not fit its upper one is dropped."""

    def __init__(self, data: dict[str, str]) -> None:
        self.community = find(data.get("community"), Level.COMMUNITY)
        self.street = find(data.get("street"), Level.STREET)
        self.district = find(data.get("district"), Level.DISTRICT)
        if self.district and self.street and self.street.parent_id != self.district.pk:
            self.street = None
        if self.street and self.community and self.community.parent_id != self.street.pk:
            self.community = None
        # A link that names only the community (or the street) chooses what lies above it.
        if self.community and not self.street:
            if self.district:
                self.community = None
            else:
                self.street = Region.objects.select_related("parent").get(pk=self.community.parent_id)
        if self.street and not self.district:
            self.district = self.street.parent

    @property
    def lowest(self) -> Region | None:
        return self.community or self.street or self.district

    def apply(self, form: forms.Form) -> None:
        """Fill the choices of the form's fields `district`, `street` and `community`."""
        form.fields["district"].choices = [("", _("Choose the district")), *districts()]
        form.fields["street"].choices = options(children(self.district, Level.STREET), _("Choose the street"))
        form.fields["community"].choices = options(children(self.street, Level.COMMUNITY), _("Choose the community"))

    def as_initial(self) -> dict[str, str]:
        chosen = {"district": self.district, "street": self.street, "community": self.community}
        return {name: str(region.pk) for name, region in chosen.items() if region}
