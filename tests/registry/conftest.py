"""One row of each subject in each half of the city, and callers of the API."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from portal.core import throttling
from portal.core.models import Estate, Organization, Person, Post, Region
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Pledge


@dataclass
class Rows:
    """What lies in one half, by the name of its address."""

    stations: Any
    organizations: Any
    regions: Any
    estates: Any
    posts: Any
    affiliates: Any
    guarantors: Any
    agreements: Any


def make_rows(half, number: int) -> Rows:
    community, today = half.community, date(2026, 1, 5)
    agreement = PartnershipAgreement.objects.create(
        region=community, organization=half.unit, title=f"共建{number}", signed_on=today, starts_on=today,
        ends_on=date(2030, 1, 4),
    )  # fmt: skip
    Pledge.objects.create(agreement=agreement, text="开放停车位二十个")
    person = Person.objects.create(name=f"王{number}")
    return Rows(
        stations=half.station,
        organizations=half.unit,
        regions=community,
        estates=Estate.objects.create(name=f"花园{number}", region=community, household_count=504),
        posts=Post.objects.create(
            person=person, kind=Post.Kind.GRID_WORKER, region=community, organization=half.unit, starts_on=today
        ),
        affiliates=Affiliate.objects.create(
            kind=Affiliate.Kind.RIDER_STATION, name=f"暖蜂{number}", region=community, organization=half.unit
        ),
        guarantors=Guarantor.objects.create(station=half.station, person=person, starts_on=today),
        agreements=agreement,
    )


@pytest.fixture
def northern(the_north) -> Rows:
    return make_rows(the_north, 1)


@pytest.fixture
def southern(the_south) -> Rows:
    return make_rows(the_south, 2)


@pytest.fixture
def page(client):
    """`page(user)`: a browser in which that person is signed in."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def api():
    throttling.forget_here()

    def call_as(user):
        caller = APIClient()
        caller.force_login(user)
        return caller

    return call_as


def region_text(region: Region) -> str:
    return f"{region.short_name} {region.code}"


def unit_text(unit: Organization) -> str:
    return f"{unit.name} #{unit.pk}"
