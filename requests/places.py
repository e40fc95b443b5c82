"""The place of a matter: a region with its ancestors, who handles it there, and where it may be moved to."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.models import Level, Region
from portal.core.models.regions import RegionQuerySet
from portal.core.registry.lookups import RegionLookup
from portal.core.scope import NOTHING

# No place for a matter: nobody in particular would handle it.
TOO_WIDE = (Level.CITY, Level.DISTRICT)


@dataclass(frozen=True)
class Place:
    region: Region
    by_level: dict[str, Region]

    def _id(self, level: str) -> int | None:
        found = self.by_level.get(level)
        return found.pk if found else None

    @property
    def city_id(self) -> int | None:
        return self._id(Level.CITY)

    @property
    def district_id(self) -> int | None:
        return self._id(Level.DISTRICT)

    @property
    def street_id(self) -> int | None:
        return self._id(Level.STREET)

    @property
    def community_id(self) -> int | None:
        return self._id(Level.COMMUNITY)


def place_of(region: Region) -> Place:
    """`region` with its ancestors, in one query. A matter lies in a district at least."""
    chain = {found.level: found for found in Region.objects.ancestors_of(region.path)}
    if Level.DISTRICT not in chain:
        message = _("Please choose a street or a community.")
        raise DomainError("invalid", message, fields={"region": [message]})
    return Place(region=region, by_level=chain)


def handling_region_of(place: Place) -> Region:
    """Where a new matter is dispatched: the community of its place, or the street by setting, else what is known."""
    wanted = place.by_level.get(settings.HANDLING_LEVEL)
    return wanted or place.by_level.get(Level.STREET) or place.by_level[Level.DISTRICT]


def moved_place(*, city_id: int, to: Region) -> Place:
    """The place of a matter of that city, put right: a street, a community or a grid of the same city.

    Another city has other staff and other figures, and no one answers for both: there the matter is asked anew.
    """
    if not to.is_current or to.level in TOO_WIDE:
        message = _("Please choose a street or a community.")
        raise DomainError("invalid", message, fields={"region": [message]})
    place = place_of(to)
    if place.city_id != city_id:
        message = _("“%(name)s” lies in another city. A request can be moved within its own city only.") % {"name": to}
        raise DomainError("another_city", message, fields={"region": [message]})
    return place


class PlaceLookup(RegionLookup):
    """Places that a matter may be moved to: of the whole city, for it is mostly a neighbour's."""

    def rows(self, user: Any) -> RegionQuerySet:
        places = Region.objects.exclude(level__in=TOO_WIDE)
        if user.scope.sees_all_regions:
            return places
        condition = NOTHING
        for city in {grant.path.partition("/")[0] for grant in user.scope.grants if grant.path}:
            condition |= Q(path__startswith=f"{city}/")
        return places.filter(condition)


PLACES = PlaceLookup(Region, "desk:place_lookup", name="short_name", code="code", needs="requests:act")


def places_of_city(place: Region) -> RegionQuerySet:
    """The places of the city in which `place` lies."""
    city, _slash, _rest = place.path.partition("/")
    return Region.objects.exclude(level__in=TOO_WIDE).filter(path__startswith=f"{city}/")
