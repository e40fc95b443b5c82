"""Three people for everything that is scoped.

North runs the north, her helper takes what she dispatches, south is elsewhere.
"""

from dataclasses import dataclass

import pytest
from django.core.cache import caches
from django.utils import translation

from portal.core.models import Level, Membership, Organization, Person, Region, Role, User
from requests import workflow
from requests.workflow.intake import Contact
from stations.models import Station
from stations.types import StationStatus, StationType


@dataclass
class Half:
    """One half of the city: a district with a street, its community, a station and a unit."""

    district: Region
    street: Region
    community: Region
    station: Station
    unit: Organization


def make_region(code: str, name: str, level: str, parent: Region | None = None) -> Region:
    return Region.objects.create(code=code, name=name, short_name=name, level=level, parent=parent)


def make_user(username: str, role: str, **where) -> User:
    person = Person.objects.create(name=username.capitalize())
    user = User.objects.create_user(username, password="a good password", person=person)
    Membership.objects.create(user=user, role=role, **where)
    return user


def make_half(city: Region, number: int, name: str) -> Half:
    district = make_region(f"44030{number}", f"{name}区", Level.DISTRICT, city)
    street = make_region(f"44030{number}001", f"{name}街道", Level.STREET, district)
    community = make_region(f"44030{number}001001", f"{name}社区", Level.COMMUNITY, street)
    station = Station.objects.create(
        code=f"S{number}", name=f"{name}小站", station_type=StationType.ESTATE, status=StationStatus.OPEN,
        region=community, latitude=22.55 + number / 100, longitude=113.88,
    )  # fmt: skip
    unit = Organization.objects.create(
        name=f"{name}物业公司", kind=Organization.Kind.PROPERTY_COMPANY, region=community, takes_requests=True
    )
    return Half(district, street, community, station, unit)


@pytest.fixture(autouse=True)
def _empty_local_cache():
    caches["local"].clear()


@pytest.fixture(autouse=True)
def _default_language():
    """A page asked for in English leaves its language to the thread; the next test starts afresh."""
    yield
    translation.deactivate()


@pytest.fixture
def city(db):
    return make_region("4403", "深圳市", Level.CITY)


@pytest.fixture
def the_north(city):
    return make_half(city, 6, "北")


@pytest.fixture
def the_south(city):
    return make_half(city, 5, "南")


@pytest.fixture
def north(the_north):
    """Runs the community of the north: dispatches its cases."""
    return make_user("north", Role.COMMUNITY, region=the_north.community)


@pytest.fixture
def helper(the_north):
    """Contact of the north's unit: takes what is dispatched to it."""
    return make_user("helper", Role.UNIT_CONTACT, organization=the_north.unit)


@pytest.fixture
def south(the_south):
    """Runs a community elsewhere, and must never see the north's rows."""
    return make_user("south", Role.COMMUNITY, region=the_south.community)


@pytest.fixture
def keeper(the_north):
    return make_user("keeper", Role.STATION_KEEPER, station=the_north.station)


@pytest.fixture
def leader(the_north):
    """Leads the district of the north."""
    return make_user("leader", Role.LEADER, region=the_north.district)


@pytest.fixture
def auditor(the_north):
    return make_user("auditor", Role.AUDITOR, region=the_north.district)


@pytest.fixture
def submitted(the_north):
    """A resident's request in the north, as the phone page makes it; `.tracking_code` belongs to the resident."""
    return workflow.submit(
        description="小区门口的路灯坏了三天，晚上老人出门看不清路。",
        contact=Contact(phone="13800001234", name="张小北"),
        region=the_north.community,
    )


@pytest.fixture
def case(submitted):
    return submitted.case
