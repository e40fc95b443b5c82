"""The demo network: regions, organisations, people, stations and what they offer, in the order in which they depend."""

import csv
import random
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from portal.core.history import bulk_load
from portal.core.models import Level, Organization, Region
from portal.core.region_import import import_regions
from portal.core.regions import create_region, move_region
from portal.demo import anchors
from portal.demo.named_places import ELSEWHERE

DATA = Path(__file__).parent / "data"
BAOAN = "440306"
# The airport's street and the communities that only hold a place in the official table.
AIRPORT_STREET = "440306400"


@dataclass
class Network:
    """What the parts of the demo hand on to each other."""

    rng: random.Random
    today: date
    now: datetime
    regions: dict[str, Region] = field(default_factory=dict)
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    # Communities (a street where a place has none) that work with cases, 宝安's first, in the order of their codes.
    working: list[Region] = field(default_factory=list)

    def children(self, code: str) -> list[Region]:
        parent = self.regions[code]
        return [region for region in self.regions.values() if region.parent_id == parent.pk]

    @property
    def baoan_streets(self) -> list[Region]:
        return [street for street in self.children(BAOAN) if street.code != AIRPORT_STREET]

    def above(self, region: Region, level: str) -> Region | None:
        """The ancestor of `region` (or itself) at `level`."""
        for code in region.path.split("/"):
            if code and self.regions[code].level == level:
                return self.regions[code]
        return None


def load_regions() -> None:
    """The official regions of four cities, and the functional districts that govern streets coded elsewhere."""
    import_regions([DATA / "divisions.csv"])
    functional = (DATA / "functional_districts.csv").open(newline="", encoding="utf-8")
    with bulk_load("core_region") as changes, functional as file:
        for row in csv.DictReader(file):
            district = create_region(
                code=row["code"], name=row["name"], level=Level.DISTRICT, by=None, is_functional=True,
                parent=Region.objects.get(code=row["parent_code"]),
            )  # fmt: skip
            for street in Region.objects.filter(code__in=row["streets"].split()):
                move_region(street, to=district, by=None)
            changes[row["code"]] = row["streets"].split()


def start(rng: random.Random, today: date) -> Network:
    """Read the regions back, place them on the map, and choose the communities that work."""
    network = Network(rng=rng, today=today, now=datetime.combine(today, time(), anchors.ZONE))
    network.regions = {region.code: region for region in Region.objects.order_by("code")}
    by_parent: dict[int, list[Region]] = {}
    for region in network.regions.values():
        by_parent.setdefault(region.parent_id, []).append(region)
    for code, (lat, lng, _reach) in anchors.STREETS.items():
        network.points[code] = lat, lng
        below = by_parent.get(network.regions[code].pk, [])
        for index, community in enumerate(below):
            network.points[community.code] = anchors.community_point(code, index, len(below))
    network.points.update(anchors.DISTRICTS | anchors.CITIES)
    with bulk_load("core_region") as changes:
        placed = [network.regions[code] for code in network.points]
        for region in placed:
            region.latitude, region.longitude = network.points[region.code]
        Region.objects.bulk_update(placed, ["latitude", "longitude"], batch_size=200)
        changes["placed"] = len(placed)
    named = {place.region for place in ELSEWHERE}
    streets = {street.pk for street in network.baoan_streets}
    every = network.regions.values()
    network.working = [region for region in every if region.parent_id in streets and region.level == Level.COMMUNITY]
    network.working += [region for region in every if region.code in named]
    return network


__all__ = ["BAOAN", "Network", "Organization", "load_regions", "start"]
