"""Accounts: the nine of the demo, and staff of every role at every place that works with cases."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from portal.core.history import bulk_load
from portal.core.models import Level, Membership, Organization, Person, Region, Role, User
from portal.demo.network import BAOAN, Network
from portal.demo.organizations import Units
from portal.demo.people import People
from portal.demo.stations import Stations
from stations.models import Station
from stations.types import StationStatus, Tier

FILE = "demo_accounts.txt"
WHAT_THEY_SEE = {
    "admin": "administrator: the whole portal, reference data under /admin/",
    "district": "宝安区 staff: every case, station and figure of the district",
    "leader": "宝安区 leader: decides appeals, has cases redone, reads the figures",
    "street": "新安街道 staff: the cases and stations of the street",
    "community": "宝民社区 staff: accepts, dispatches, calls back",
    "keeper": "keeper of a station in 宝民社区: takes in requests at the counter",
    "unit": "contact of the property company of 宝民社区: takes and resolves cases",
    "auditor": "宝安区 auditor: reads everything masked, changes and exports nothing",
    "volunteer": "volunteer of 宝民社区: /volunteer/me/, own entry, times and teams",
}


@dataclass
class Staff:
    """Accounts by what they look after."""

    by_name: dict[str, User] = field(default_factory=dict)
    dispatchers: dict[str, User] = field(default_factory=dict)
    leaders: dict[str, User] = field(default_factory=dict)
    keepers: dict[int, User] = field(default_factory=dict)
    contacts: dict[int, User] = field(default_factory=dict)
    # Community workers who take cases in person: community code -> account.
    workers: dict[str, User] = field(default_factory=dict)


class _Builder:
    def __init__(self, network: Network, password: str) -> None:
        self.people = People(network.rng)
        # One hash for all: hashing a password is slow on purpose, and they share it anyway.
        self.password = make_password(password)
        self.users: list[User] = []
        self.memberships: list[Membership] = []
        self.staff = Staff()

    def account(self, username: str, role: str, **where: Region | Station | Organization) -> User:
        user = User(username=username, person=self.people.new(), password=self.password)
        self.users.append(user)
        self.memberships.append(Membership(user=user, role=role, **where))
        self.staff.by_name[username] = user
        return user


def build(network: Network, units: Units, stations: Stations, *, password: str) -> Staff:
    make = _Builder(network, password)
    first_community = network.working[0]
    first_street = network.above(first_community, Level.STREET)
    baoan = network.regions[BAOAN]
    admin = make.account("admin", Role.ADMINISTRATOR)
    admin.is_staff = admin.is_superuser = True
    staff = make.staff
    staff.dispatchers[BAOAN] = make.account("district", Role.DISTRICT, region=baoan)
    staff.leaders[BAOAN] = make.account("leader", Role.LEADER, region=baoan)
    staff.dispatchers[first_street.code] = make.account("street", Role.STREET, region=first_street)
    staff.dispatchers[first_community.code] = make.account("community", Role.COMMUNITY, region=first_community)
    keeper_of = keepers_station(stations, first_community)
    staff.keepers[keeper_of.pk] = make.account("keeper", Role.STATION_KEEPER, station=keeper_of)
    demo_unit = units.property[first_community.code]
    staff.contacts[demo_unit.pk] = make.account("unit", Role.UNIT_CONTACT, organization=demo_unit)
    make.account("auditor", Role.AUDITOR, region=baoan)
    make.account("volunteer", Role.VOLUNTEER, region=first_community)
    _everybody_else(network, units, stations, make)
    with bulk_load("core_user") as changes:
        Person.objects.bulk_create(make.people.made, batch_size=500)
        User.objects.bulk_create(make.users, batch_size=500)
        Membership.objects.bulk_create(make.memberships, batch_size=500)
        changes["added"] = len(make.users)
    return staff


def keepers_station(stations: Stations, community: Region) -> Station:
    """The station of the demo's keeper: the first of its community."""
    return next(station for station in stations.by_region[community.code] if station.tier == Tier.STATION)


def _everybody_else(network: Network, units: Units, stations: Stations, make: _Builder) -> None:
    staff = make.staff
    for region in network.working:
        street, district = network.above(region, Level.STREET), network.above(region, Level.DISTRICT)
        for above, role in [(street, Role.STREET), (district, Role.DISTRICT)]:
            if above.code not in staff.dispatchers:
                staff.dispatchers[above.code] = make.account(f"{role}-{above.code}", role, region=above)
            if above.code not in staff.leaders:
                staff.leaders[above.code] = make.account(f"leader-{above.code}", Role.LEADER, region=above)
        if region.code not in staff.dispatchers:
            staff.dispatchers[region.code] = make.account(f"community-{region.code}", Role.COMMUNITY, region=region)
        role = Role.STREET if region.level == Level.STREET else Role.COMMUNITY
        staff.workers[region.code] = make.account(f"worker-{region.code}", role, region=region)
    for number, unit in enumerate(units.made, start=1):
        if unit.takes_requests and unit.pk not in staff.contacts:
            staff.contacts[unit.pk] = make.account(f"unit-{number}", Role.UNIT_CONTACT, organization=unit)
    for station in stations.made:
        if station.status == StationStatus.OPEN and station.pk not in staff.keepers:
            name = f"keeper-{station.code.lower()}"
            staff.keepers[station.pk] = make.account(name, Role.STATION_KEEPER, station=station)


def write_file(password: str, *, generated: bool) -> Path:
    """var/demo_accounts.txt, readable by its owner only: what script/server prints at every start."""
    path = Path(settings.VAR_DIR) / FILE
    width = max(map(len, WHAT_THEY_SEE))
    lines = ["Demo accounts (sign in at /desk/):"]
    lines += [f"  {name:<{width}}  {what}" for name, what in WHAT_THEY_SEE.items()]
    shown = password if generated else "as set by PORTAL_DEMO_PASSWORD or --password"
    lines += [f"Password of all: {shown}", "Every other account of the demo has the same password."]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path
