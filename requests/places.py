"""The place of a matter: a region with its ancestors, and who handles it there."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.models import Level, Region


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
