"""Organisations of every kind; their names are invented or say no more than what they are."""

from dataclasses import dataclass, field
from datetime import date

from portal.core.history import bulk_load
from portal.core.models import Level, Organization, Region
from portal.demo.network import BAOAN, Network
from portal.demo.people import invented_office_phone
from portal.demo.words import COMPANY_FIRST

K = Organization.Kind
# What a street has for cases: (name, what its cases are about).
STREET_UNITS = [
    ("综合行政执法办", "order"),
    ("城市建设和市政办", "city"),
    ("应急管理办", "safety"),
    ("公共服务办", "welfare"),
]
DISTRICT_UNITS = [
    ("供水服务中心", "water"),
    ("供电服务中心", "power"),
    ("燃气服务中心", "gas"),
    ("住房和建设局", "housing"),
    ("人力资源局", "labour"),
    ("教育局", "school"),
]


@dataclass
class Units:
    """Who takes cases where."""

    committees: dict[str, Organization] = field(default_factory=dict)
    property: dict[str, Organization] = field(default_factory=dict)
    # street or district code -> topic -> unit
    by_topic: dict[str, dict[str, Organization]] = field(default_factory=dict)
    made: list[Organization] = field(default_factory=list)

    def add(self, organization: Organization) -> Organization:
        self.made.append(organization)
        return organization


def build(network: Network) -> Units:
    units, rng = Units(), network.rng
    streets, districts = _above(network, Level.STREET), _above(network, Level.DISTRICT)
    for district in districts:
        units.by_topic[district.code] = {
            topic: units.add(_unit(f"{district.short_name}{name}", K.DEPARTMENT, district, network))
            for name, topic in DISTRICT_UNITS
        }
    for street in streets:
        units.by_topic[street.code] = {
            topic: units.add(_unit(f"{street.short_name}{name}", K.DEPARTMENT, street, network))
            for name, topic in STREET_UNITS
        }
    for number, region in enumerate(network.working):
        place = region.short_name
        units.committees[region.code] = units.add(
            Organization(
                name=f"{place}党委",
                short_name=f"{place}党委",
                kind=K.COMMUNITY_PARTY_COMMITTEE,
                region=region,
                member_count=rng.randint(60, 420),
                founded_on=date(rng.randint(2004, 2016), rng.randint(1, 12), 1),
                phone=invented_office_phone(_area(region), number),
                address=f"{place}党群服务中心",
            )  # fmt: skip
        )
        company = COMPANY_FIRST[number % len(COMPANY_FIRST)]
        units.property[region.code] = units.add(
            _unit(f"{company}物业{place}服务处", K.PROPERTY_COMPANY, region, network)
        )
    with bulk_load("core_organization") as changes:
        Organization.objects.bulk_create(units.made, batch_size=500)
        changes["added"] = len(units.made)
    return units


def _above(network: Network, level: str) -> list[Region]:
    found = {}
    for region in network.working:
        if above := network.above(region, level):
            found[above.code] = above
    return list(found.values())


def _unit(name: str, kind: str, region: Region, network: Network) -> Organization:
    return Organization(
        name=name, kind=kind, region=region, takes_requests=True, address=region.name,
        phone=invented_office_phone(_area(region), network.rng.randrange(10_000)),
    )  # fmt: skip


def _area(region: Region) -> str:
    return {"4403": "0755", "4206": "0710", "3401": "0551", "3408": "0556"}[region.path.split("/")[0]]


__all__ = ["BAOAN", "Units", "build"]
