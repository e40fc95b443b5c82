"""宝安's 358 stations in their exact proportions, its centres, and the named places of the other cities."""

import itertools
from dataclasses import dataclass, field
from datetime import date, time

from portal.core.history import bulk_load
from portal.core.models import Estate, Level, Region
from portal.demo import anchors, words
from portal.demo.catalogue import RECOMMENDED
from portal.demo.named_places import BAOAN as NAMED
from portal.demo.named_places import ELSEWHERE, NamedPlace
from portal.demo.network import BAOAN, Network
from portal.demo.organizations import Units
from portal.demo.people import invented_office_phone
from stations.models import Amenity, OpeningHours, ServiceItem, SpecialDay, Station, StationFunction
from stations.types import BuildMode, PremisesSource, StationStatus, StationType, Tier

T = StationType
# As published for 宝安 in 2024: 358 in all.
PROPORTIONS = {
    T.ESTATE: 309,
    T.INDUSTRIAL_PARK: 25,
    T.COMMERCIAL_MARKET: 9,
    T.OFFICE_BUILDING: 7,
    T.SCENIC_PARK: 5,
    T.CONSTRUCTION_SITE: 2,
    T.SCHOOL: 1,
}
# 322 of 1,800 sites were open around the clock.
SHARE_24H = 322 / 1800
# Of the 358, so many are not (or not now) open.
NOT_OPEN = [
    (StationStatus.PLANNED, 4),
    (StationStatus.BUILDING, 4),
    (StationStatus.SUSPENDED, 4),
    (StationStatus.CLOSED, 2),
]


@dataclass
class Stations:
    made: list[Station] = field(default_factory=list)
    extras: dict[str, NamedPlace] = field(default_factory=dict)
    by_region: dict[str, list[Station]] = field(default_factory=dict)
    estates: dict[str, list[Estate]] = field(default_factory=dict)

    def add(self, station: Station) -> Station:
        self.made.append(station)
        self.by_region.setdefault(station.region.code, []).append(station)
        return station


def build(network: Network, units: Units) -> Stations:
    stations = Stations()
    _centres(network, units, stations)
    for place in NAMED:
        _named(network, units, stations, place, code=f"BA{len(stations.made):05d}")
    _fill_baoan(network, units, stations)
    for number, place in enumerate(ELSEWHERE, start=1):
        _named(network, units, stations, place, code=f"N{number:04d}")
    _statuses(network, stations)
    with bulk_load("core_estate") as changes:
        made = list(itertools.chain.from_iterable(stations.estates.values()))
        Estate.objects.bulk_create(made, batch_size=500)
        changes["added"] = len(made)
    with bulk_load("stations_station") as changes:
        Station.objects.bulk_create(stations.made, batch_size=500)
        changes["added"] = len(stations.made)
    _offers(network, stations)
    _hours(network, stations)
    return stations


def _centres(network: Network, units: Units, stations: Stations) -> None:
    district = network.regions[BAOAN]
    _centre(network, stations, district, Tier.DISTRICT_CENTRE, area=3200, rooms=24)
    for street in network.baoan_streets:
        _centre(network, stations, street, Tier.STREET_CENTRE, area=1500, rooms=14)
        for community in network.children(street.code):
            centre = _centre(network, stations, community, Tier.COMMUNITY_CENTRE, area=650, rooms=8)
            centre.organization = units.committees[community.code]


def _centre(network: Network, stations: Stations, region: Region, tier: str, *, area: int, rooms: int) -> Station:
    rng = network.rng
    point = anchors.near(network.points[region.code], rng, 0.0006)
    return stations.add(
        Station(
            code=f"C{region.code}",
            name=f"{region.short_name}党群服务中心",
            tier=tier,
            region=region,
            latitude=point[0],
            longitude=point[1],
            area_m2=round(area * rng.uniform(0.7, 1.3)),
            room_count=max(3, round(rooms * rng.uniform(0.7, 1.3))),
            build_mode=BuildMode.CONVERTED,
            premises_source=PremisesSource.COMMUNITY,
            address=f"{_place_name(network, region)}党群服务中心",
            phone=_phone(network, region),
            opened_on=date(rng.randint(2017, 2020), rng.randint(1, 12), 1),
            status=StationStatus.OPEN,
            has_study_hall=tier != Tier.COMMUNITY_CENTRE or rng.random() < 0.1,
            introduction=f"{region.short_name}的党群服务中心，辖区各站点的枢纽。",
        )  # fmt: skip
    )


def _named(network: Network, units: Units, stations: Stations, place: NamedPlace, *, code: str) -> Station:
    region, rng = network.regions[place.region], network.rng
    point = place.point or anchors.near(network.points[region.code], rng)
    estate = _estate(stations, units, region, place) if place.estate else None
    station = stations.add(
        Station(
            code=code,
            name=place.name,
            region=region,
            estate=estate,
            organization=units.committees.get(region.code),
            tier=Tier.COMMUNITY_CENTRE if place.is_centre else Tier.STATION,
            station_type="" if place.is_centre else place.station_type,
            station_class=place.station_class,
            latitude=point[0],
            longitude=point[1],
            area_m2=place.area_m2,
            room_count=place.rooms,
            is_demonstration=place.demonstration,
            brand=place.brand,
            introduction=place.introduction,
            address=f"{_place_name(network, region)}{place.estate}",
            phone=_phone(network, region),
            build_mode=rng.choice(BuildMode.values),
            premises_source=rng.choice(PremisesSource.values),
            status=StationStatus.OPEN,
            opened_on=date(rng.randint(2019, 2023), rng.randint(1, 12), 1),
        )  # fmt: skip
    )
    stations.extras[code] = place
    return station


def _estate(stations: Stations, units: Units, region: Region, place: NamedPlace) -> Estate:
    estate = Estate(
        name=place.estate, kind=place.estate_kind, region=region, building_count=place.buildings,
        household_count=place.households, resident_count=place.residents,
        property_company=units.property.get(region.code), branch=units.committees.get(region.code),
    )  # fmt: skip
    stations.estates.setdefault(region.code, []).append(estate)
    return estate


def _fill_baoan(network: Network, units: Units, stations: Stations) -> None:
    """What the named places leave of the proportions, dealt out to the communities in turn."""
    rng = network.rng
    streets = {street.pk for street in network.baoan_streets}
    communities = [region for region in network.working if region.parent_id in streets]
    left = dict(PROPORTIONS)
    for place in NAMED:
        left[place.station_type] -= 1
    kinds = [kind for kind, count in left.items() for _number in range(count)]
    rng.shuffle(kinds)
    names = {station.name for station in stations.made}
    scenic, sites = iter(words.SCENIC_NAMES), iter(words.SITE_NAMES)
    # The first community comes first: it has the demo accounts and needs a station of the commonest type.
    kinds.insert(0, kinds.pop(kinds.index(T.ESTATE)))
    for number, kind in enumerate(kinds):
        region = communities[number % len(communities)]
        match kind:
            case T.SCENIC_PARK:
                name = next(scenic)
            case T.CONSTRUCTION_SITE:
                name = next(sites)
            case _:
                name = _invented_name(network, kind, region, names)
        names.add(name)
        _invented(network, units, stations, kind, region, name)


def _invented_name(network: Network, kind: str, region: Region, taken: set[str]) -> str:
    rng, place = network.rng, region.short_name.removesuffix("社区")
    while True:
        match kind:
            case T.ESTATE:
                stem = rng.choice(words.ESTATE_FIRST) + rng.choice(words.ESTATE_LAST)
            case T.INDUSTRIAL_PARK:
                stem = rng.choice(words.PARK_FIRST) + rng.choice(words.PARK_LAST)
            case T.COMMERCIAL_MARKET:
                stem = place + rng.choice(words.MARKET_LAST)
            case T.OFFICE_BUILDING:
                stem = rng.choice(words.TOWER_FIRST) + "大厦"
            case _:
                stem = f"{place}实验学校"
        if (name := f"{stem}党群服务站") not in taken:
            return name


def _invented(network: Network, units: Units, stations: Stations, kind: str, region: Region, name: str) -> None:
    rng = network.rng
    stem = name.removesuffix("党群服务站")
    estate = None
    if kind == T.ESTATE:
        buildings = rng.randint(4, 32)
        households = buildings * rng.randint(40, 160)
        estate = Estate(
            name=stem, region=region, building_count=buildings, household_count=households,
            resident_count=round(households * rng.uniform(2.1, 3.1)), built_year=rng.randint(1992, 2021),
            kind=rng.choices(
                [Estate.Kind.COMMERCIAL, Estate.Kind.OLD, Estate.Kind.URBAN_VILLAGE, Estate.Kind.RESETTLEMENT],
                weights=[60, 15, 20, 5],
            )[0],
            property_company=units.property[region.code], branch=units.committees[region.code],
        )  # fmt: skip
        if rng.random() < 0.5:
            estate.mark, estate.mark_reason = rng.choice(
                [
                    (Estate.Mark.GREEN, "物业服务规范，议事机制健全"),
                    (Estate.Mark.YELLOW, "停车矛盾较多，每月会商"),
                    (Estate.Mark.RED, "业委会换届期间，专人包保"),
                ]
            )
        stations.estates.setdefault(region.code, []).append(estate)
    point = anchors.near(network.points[region.code], rng)
    if estate is not None:
        estate.latitude, estate.longitude = point
        estate.address = f"{_place_name(network, region)}{stem}"
    stations.add(
        Station(
            code=f"BA{len(stations.made):05d}",
            name=name,
            region=region,
            station_type=kind,
            estate=estate,
            organization=units.committees[region.code],
            latitude=point[0],
            longitude=point[1],
            address=f"{_place_name(network, region)}{stem}",
            area_m2=rng.choice([40, 60, 80, 100, 120, 160, 200, 260]),
            room_count=rng.randint(1, 6),
            is_demonstration=rng.random() < 0.08,
            status=StationStatus.OPEN,
            build_mode=rng.choices(BuildMode.values, weights=[55, 30, 15])[0],
            premises_source=rng.choices(PremisesSource.values, weights=[35, 15, 40, 4, 6])[0],
            brand=rng.choice(words.BRANDS) if rng.random() < 0.3 else "",
            phone=_phone(network, region),
            opened_on=date(rng.randint(2019, 2024), rng.randint(1, 12), rng.randint(1, 28)),
        )  # fmt: skip
    )


def _statuses(network: Network, stations: Stations) -> None:
    rng = network.rng
    ordinary = [
        station
        for station in stations.made
        if station.tier == Tier.STATION and station.code.startswith("BA") and station.code not in stations.extras
    ]
    # The first one belongs to the demo's keeper.
    not_open = rng.sample(ordinary[1:], sum(count for _status, count in NOT_OPEN))
    for status, count in NOT_OPEN:
        for _number in range(count):
            station = not_open.pop()
            station.status = status
            if status in (StationStatus.PLANNED, StationStatus.BUILDING):
                station.opened_on = None
    in_baoan = [station for station in stations.made if station.tier == Tier.STATION and station.code.startswith("BA")]
    open_now = [station for station in in_baoan if station.status == StationStatus.OPEN]
    for station in rng.sample(open_now, round(len(in_baoan) * SHARE_24H)):
        station.open_24h = True
        station.has_study_hall = rng.random() < 0.3


def _offers(network: Network, stations: Stations) -> None:
    rng = network.rng
    functions = {function.code: function.pk for function in StationFunction.objects.all()}
    items = list(ServiceItem.objects.values_list("pk", flat=True))
    amenities = {amenity.code: amenity.pk for amenity in Amenity.objects.all()}
    has_function, has_item, has_amenity = [], [], []
    for station in stations.made:
        place = stations.extras.get(station.code)
        if station.tier == Tier.STATION:
            codes = [*RECOMMENDED[station.station_type], *(place.functions if place else ())]
            if rng.random() < 0.35:
                codes.append(rng.choice(list(functions)))
            chosen_items = sorted(rng.sample(items, rng.randint(5, 14)))
        else:
            codes = ["party_life", "resident_talks", "culture_sports", "mediation", "study"]
            chosen_items = items[: rng.randint(21, len(items))]
        chosen = set(place.amenities) if place else set()
        chosen |= set(rng.sample(list(amenities), rng.randint(3, 8)))
        if station.open_24h:
            chosen |= {"charging", "wifi", "hot_water", "self_service"}
        has_function += [(station.pk, functions[code]) for code in dict.fromkeys(codes)]
        has_item += [(station.pk, item) for item in chosen_items]
        has_amenity += [(station.pk, amenities[code]) for code in sorted(chosen)]
    for through, column, pairs in [
        (Station.functions.through, "stationfunction_id", has_function),
        (Station.service_items.through, "serviceitem_id", has_item),
        (Station.amenities.through, "amenity_id", has_amenity),
    ]:
        through.objects.bulk_create(
            [through(**{"station_id": station, column: other}) for station, other in pairs], batch_size=2000
        )


_MORNING, _AFTERNOON = (time(9), time(12)), (time(14), time(18))
_EVENING = (time(19), time(20, 30))
_WEEKDAYS, _ALL_DAYS = range(5), range(7)


def _hours(network: Network, stations: Stations) -> None:
    rng, spans, special = network.rng, [], []
    for station in stations.made:
        week: dict[int, list[tuple[time, time]]] = {}
        if station.open_24h:
            pass
        elif station.station_type in (T.SCENIC_PARK, T.COMMERCIAL_MARKET):
            week = {day: [(time(9), time(21))] for day in _ALL_DAYS}
        else:
            week = {day: [_MORNING, _AFTERNOON] for day in _WEEKDAYS}
            pattern = rng.random()
            if pattern < 0.45:
                # 晚间一小时 and 红色周末
                week = {day: [*hours, _EVENING] if day in (1, 3) else hours for day, hours in week.items()}
                week |= {5: [(time(9), time(17))], 6: [(time(9), time(12))]}
            elif pattern < 0.75:
                week |= {5: [_MORNING, _AFTERNOON]}
        spans += [
            OpeningHours(station=station, weekday=day, opens=opens, closes=closes)
            for day, hours in week.items()
            for opens, closes in hours
        ]
        special += _special_days(network, station)
    with bulk_load("stations_openinghours") as changes:
        OpeningHours.objects.bulk_create(spans, batch_size=2000)
        SpecialDay.objects.bulk_create(special, batch_size=2000)
        changes.update(spans=len(spans), special_days=len(special))


def _special_days(network: Network, station: Station) -> list[SpecialDay]:
    if station.open_24h or station.tier == Tier.DISTRICT_CENTRE:
        return []
    year = network.today.year
    closed = network.rng.random() < 0.5
    hours = {} if closed else {"opens": time(10), "closes": time(16)}
    days = [date(year, 10, 1), date(year, 10, 2), date(year, 10, 3), date(year + 1, 10, 1)]
    return [SpecialDay(station=station, date=day, reason="国庆节", **hours) for day in days] + [
        SpecialDay(station=station, date=date(year + 1, 1, 1), reason="元旦")
    ]


def _place_name(network: Network, region: Region) -> str:
    """宝安区新安街道宝民社区."""
    codes = region.path.split("/")[1:-1]
    return "".join(network.regions[code].short_name for code in codes)


def _phone(network: Network, region: Region) -> str:
    area = {"4403": "0755", "4206": "0710", "3401": "0551", "3408": "0556"}[region.path.split("/")[0]]
    return invented_office_phone(area, network.rng.randrange(10_000))


__all__ = ["Level", "Stations", "build"]
