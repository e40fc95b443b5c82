"""The places that work with cases: who dispatches, handles and decides there, and who lives there."""

import random
from dataclasses import dataclass, field

from portal.core import crypto
from portal.core.models import Level, Region
from portal.demo.accounts import Staff
from portal.demo.case import Party, Taker
from portal.demo.named_places import BAOAN as IN_BAOAN
from portal.demo.named_places import ELSEWHERE
from portal.demo.network import BAOAN, Network
from portal.demo.organizations import Units
from portal.demo.people import invented_mobile, invented_name
from portal.demo.stations import Stations
from requests.models import Category
from requests.places import handling_region_of, place_of
from requests.types import Actor
from requests.workflow.intake import Contact, sealed
from stations.models import Station
from stations.types import StationStatus, Tier

NAMED = {place.region for place in (*IN_BAOAN, *ELSEWHERE)}
SEALED = ("name", "phone", "address", "beneficiary")


@dataclass
class Site:
    region: Region
    city_id: int
    district_id: int
    street_id: int | None
    community_id: int | None
    handling_region_id: int
    point: tuple[float, float]
    dispatcher: Party
    worker: Taker
    appeal_leaders: list[int]
    leaders: list[int]
    takers: dict[str, Taker]
    categories: dict[str, tuple[int, str]]
    weight: float
    # Published reports name a place here: some cases are always from it.
    is_named: bool = False
    stations: list[Station] = field(default_factory=list)
    keepers: dict[int, Party] = field(default_factory=dict)
    estates: list[str] = field(default_factory=list)
    # Sealed once: a resident asks more than once, and sealing a million phones would take longer than the rest.
    contacts: list[dict[str, str]] = field(default_factory=list)

    @property
    def rejecting_region_id(self) -> int:
        """The region for which its dispatcher rejects."""
        return self.handling_region_id

    @property
    def stem(self) -> str:
        return self.region.short_name.removesuffix("社区").removesuffix("街道")

    def taker(self, unit: str) -> Taker:
        return self.worker if unit == "committee" else self.takers.get(unit) or self.takers["order"]

    def another_taker(self, rng: random.Random, but: Taker) -> Taker:
        others = [taker for taker in (*self.takers.values(), self.worker) if taker is not but]
        return rng.choice(others)


def build(network: Network, units: Units, stations: Stations, staff: Staff) -> list[Site]:
    """All sites, the first being the one of the demo's accounts."""
    categories = {path: (pk, limit) for pk, path, limit in Category.objects.values_list("id", "path", "time_limit")}
    sites = []
    for region in [*network.working, *network.baoan_streets]:
        sites.append(_site(network, units, stations, staff, region, categories))
    sites[0].weight *= 8
    number = 0
    for site in sites:
        for _each in range(60 if site is sites[0] else 24):
            site.contacts.append(_contact(network.rng, site, number))
            number += 1
    return sites


def _site(
    network: Network,
    units: Units,
    stations: Stations,
    staff: Staff,
    region: Region,
    categories: dict[str, tuple[int, str]],
) -> Site:
    place = place_of(region)
    street, district = network.above(region, Level.STREET), network.above(region, Level.DISTRICT)
    takers = {
        topic: _unit(unit, staff)
        for topic, unit in (units.by_topic[district.code] | units.by_topic.get(street.code, {})).items()
    }
    if region.code in units.property:
        takers["property"] = _unit(units.property[region.code], staff)
    worker = staff.workers.get(region.code) or staff.dispatchers[region.code]
    dispatcher = staff.dispatchers[region.code]
    above = [staff.leaders[district.code].pk]
    if region.level == Level.COMMUNITY:
        above.append(staff.leaders[street.code].pk)
    open_stations = [
        station for station in stations.by_region.get(region.code, []) if station.status == StationStatus.OPEN
    ]
    in_baoan = district.code == BAOAN
    return Site(
        region=region, city_id=place.city_id, district_id=place.district_id, street_id=place.street_id,
        community_id=place.community_id, handling_region_id=handling_region_of(place).pk,
        point=network.points[region.code], dispatcher=Party(Actor.DISPATCHER, dispatcher.pk),
        worker=Taker(worker.person.name, worker.pk, person_id=worker.person_id),
        appeal_leaders=above, leaders=[*above, staff.leaders[street.code].pk], takers=takers, categories=categories,
        is_named=region.code in NAMED, weight=(0.3 if region.level == Level.STREET else 1.0) if in_baoan else 0.9,
        stations=sorted(open_stations, key=lambda station: station.tier != Tier.STATION),
        keepers={
            station.pk: Party(Actor.KEEPER, staff.keepers[station.pk].pk)
            for station in open_stations
            if station.pk in staff.keepers
        },
        estates=[estate.name for estate in stations.estates.get(region.code, [])] or [f"{region.short_name[:2]}新村"],
    )  # fmt: skip


def _unit(unit, staff: Staff) -> Taker:
    return Taker(str(unit), staff.contacts[unit.pk].pk, organization_id=unit.pk)


def _contact(rng: random.Random, site: Site, number: int) -> dict[str, str]:
    """The columns of a requester, as `intake.sealed` makes them, with the texts sealed."""
    door = f"{rng.randint(1, 30)}栋{rng.randint(1, 28)}0{rng.randint(1, 6)}室"
    for_parent = rng.random() < 0.08
    columns = sealed(
        Contact(
            phone=invented_mobile(number),
            name=invented_name(rng) if rng.random() < 0.85 else "",
            address=f"{rng.choice(site.estates)}{door}" if rng.random() < 0.4 else "",
            beneficiary=invented_name(rng) if for_parent else "",
        )
    )
    for name in SEALED:
        columns[name] = crypto.encrypt(columns[name])
    return columns | {"relation": "parent" if for_parent else "", "hide_name": rng.random() < 0.06}
