"""Regions as people write them in a cell: a code, a name, or the names on the way down (新安街道/海乐社区)."""

import unicodedata
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.core.models import Level, Region
from portal.core.scope import Scope

# More than this no drop-down is of any use.
MAX_CHOICES = 3000


class RegionNames:
    """Finds and names the regions of one scope; remembers what it has found for the length of one file."""

    def __init__(self, scope: Scope) -> None:
        self.rows = Region.objects.in_scope(scope)
        self._found: dict[str, Region] = {}
        self._labels: dict[int, str] = {}
        self._short_names: dict[str, str] = {}

    def find(self, text: str) -> Region:
        """The region that is meant. One outside of the scope is as unknown as one that does not exist."""
        if text not in self._found:
            self._found[text] = self._one(text)
        return self._found[text]

    def label(self, region: Region) -> str:
        """The names from the district down, or the code where they would not lead back to the region."""
        if region.pk not in self._labels:
            names = self._way(region)
            label = "/".join(names[1:] or names)
            try:
                is_unambiguous = self._one(label) == region
            except ValidationError:
                is_unambiguous = False
            self._labels[region.pk] = label if is_unambiguous else region.code
        return self._labels[region.pk]

    def choices(self) -> list[str]:
        """What a drop-down offers; nothing when the list would be too long to choose from."""
        regions = list(self.rows.current().exclude(level=Level.GRID).order_by("path")[: MAX_CHOICES + 1])
        if len(regions) > MAX_CHOICES:
            return []
        self._learn(regions)
        return ["/".join(way[1:] or way) for way in map(self._way, regions)]

    def _one(self, text: str) -> Region:
        candidates = list(self.rows.filter(code=text)) or self._named(text)
        # A name that was used again after a region was abolished means the one that exists.
        candidates = [region for region in candidates if region.is_current] or candidates
        if not candidates:
            message = _("There is no region “%(text)s”. Write its code, or its street and community.")
            raise ValidationError(message, code="unknown_region", params={"text": text})
        if len(candidates) > 1:
            ways = "、".join("/".join(self._way(region)) for region in candidates[:5])
            message = _("Several regions are called “%(text)s”: %(ways)s. Write the street before it, or the code.")
            raise ValidationError(message, code="several_regions", params={"text": text, "ways": ways})
        return candidates[0]

    def _named(self, text: str) -> list[Region]:
        *above, last = [part.strip() for part in unicodedata.normalize("NFKC", text).split("/")]
        found = list(self.rows.filter(Q(short_name=last) | Q(name=last)))
        if above:
            self._learn(found)
            found = [region for region in found if _is_on_the_way(above, self._way(region)[:-1])]
        return found

    def _way(self, region: Region) -> list[str]:
        self._learn([region])
        return [self._short_names.get(code, code) for code in _codes(region)]

    def _learn(self, regions: Iterable[Region]) -> None:
        """Read the names of all these regions and of those above them, with one query at most."""
        unknown = {code for region in regions for code in _codes(region)} - self._short_names.keys()
        if unknown:
            self._short_names.update(Region.objects.filter(code__in=unknown).values_list("code", "short_name"))


def _codes(region: Region) -> list[str]:
    return [code for code in region.path.split("/") if code]


def _is_on_the_way(wanted: list[str], way: list[str]) -> bool:
    """Whether all names are met in this order, though perhaps not next to each other."""
    names = iter(way)
    return all(name in names for name in wanted)
