"""Whose figures: the regions and stations that a report is about, and the condition that finds their rows."""

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.core.errors import NotFound
from portal.core.models import Level, Region, User
from portal.core.scope import NOTHING
from portal.reports.sources import Source
from requests.models.service_requests import PLACE_COLUMNS
from stations.models import Station


@dataclass(frozen=True)
class Place:
    """Regions and stations whose figures are added up; `everywhere` is the whole portal.

    `district_ids` are the districts that all of it lies in: every row of a case carries its district, and the
    indexes begin with it.
    """

    regions: tuple[Region, ...] = ()
    stations: tuple[Station, ...] = ()
    everywhere: bool = False
    district_ids: tuple[int, ...] = field(default=(), repr=False)

    @property
    def region(self) -> Region | None:
        """The region, when it is just one."""
        return self.regions[0] if len(self.regions) == 1 and not self.stations else None

    def __str__(self) -> str:
        if self.everywhere:
            return _("Whole portal")
        return "、".join(str(place) for place in (*self.regions, *self.stations))

    def condition(self, source: Source) -> Q:
        """The rows of `source` whose case has its matter here."""
        if self.everywhere:
            return Q()
        here = NOTHING
        for region in self.regions:
            column = PLACE_COLUMNS.get(region.level)
            here |= (
                Q(**{source.of_case(column): region.pk})
                if column
                else Q(**{source.of_case("region__path__startswith"): region.path})
            )
        if self.stations:
            here |= Q(**{source.of_case("station_id__in"): [station.pk for station in self.stations]})
        return Q(**{f"{source.district}__in": self.district_ids}) & here

    def station_condition(self, prefix: str = "") -> Q:
        """The stations that are here; with a prefix, the rows that lead to one of them by it."""
        if self.everywhere:
            return Q()
        here = Q(**{f"{prefix}pk__in": [station.pk for station in self.stations]}) if self.stations else NOTHING
        for region in self.regions:
            here |= Q(**{f"{prefix}region__path__startswith": region.path})
        return here

    def region_condition(self, prefix: str = "") -> Q:
        """The regions that are here as a whole, by a prefix the rows that lie in one; a station is no region."""
        if self.everywhere:
            return Q()
        here = NOTHING
        for region in self.regions:
            here |= Q(**{f"{prefix}path__startswith": region.path})
        return here


def place_for(user: User, code: str = "") -> Place:
    """The region with `code` if `user` looks after it, else not found; without a code all that they look after."""
    scope = user.scope
    if code:
        region = Region.objects.for_user(user).filter(code=code).first()
        if region is None:
            raise NotFound(_("There is no such region, or it is not one of yours."))
        return Place(regions=(region,), district_ids=_districts([region.path]))
    if scope.sees_all_regions:
        return Place(everywhere=True)
    regions = tuple(Region.objects.filter(path__in=scope.region_paths).order_by("path"))
    stations = tuple(Station.objects.filter(pk__in=scope.station_ids).select_related("region").order_by("code"))
    paths = [region.path for region in regions] + [station.region.path for station in stations]
    return Place(regions=regions, stations=stations, district_ids=_districts(paths))


def _districts(paths: list[str]) -> tuple[int, ...]:
    """The districts above the ends of `paths`, or below where a path ends at a city."""
    codes = {code for path in paths for code in path.split("/") if code}
    condition = Q(code__in=codes)
    for path in paths:
        if path.count("/") == 1:
            condition |= Q(path__startswith=path)
    return tuple(Region.objects.filter(condition, level=Level.DISTRICT).values_list("pk", flat=True))
