"""The whole demo, in order. `today` is the only source of chance: the same day gives the same network."""

import random
from dataclasses import dataclass
from datetime import date
from typing import TextIO

from django.db import connection, transaction

from portal.core.models import Organization
from portal.demo import (
    accounts,
    appraisals,
    cases,
    catalogue,
    channel_cases,
    deliberations,
    double,
    duty,
    joined_cases,
    late_cases,
    network,
    notifications,
    organizations,
    photos,
    points,
    projects,
    registry,
    replies,
    resources,
    rosters,
    routing,
    sites,
    stations,
    surveys,
    volunteer_cases,
    volunteers,
    whistled_cases,
)
from portal.demo.accounts import Staff
from portal.demo.cases import Written
from portal.demo.network import Network
from portal.demo.progress import Progress
from portal.demo.sites import Site
from stations.models import Station

PHOTOS = 400
VOLUNTEERS = 2000
# Tables whose rows come with their keys.
KEYED = (
    "requests_category",
    "requests_servicerequest",
    "requests_requester",
    "requests_dispatch",
    "requests_requestevent",
)


@dataclass
class Demo:
    """What was built, for those who look at it from within."""

    network: Network
    staff: Staff
    sites: list[Site]
    # What the demo's keeper keeps and the demo's unit is.
    keeper_station: Station
    shown_unit: Organization


def build(*, today: date, requests: int, password: str, stream: TextIO, people: int = VOLUNTEERS) -> Demo:
    """Everything or nothing: one transaction. `people` is how many volunteers there are."""
    rng = random.Random(f"xiaozhan {today.isoformat()}")
    progress = Progress(stream, steps=15)
    with transaction.atomic():
        with progress.step("regions", 2):
            network.load_regions()
            net = network.start(rng, today)
        with progress.step("catalogues"):
            catalogue.load_catalogues(net.now)
            catalogue.load_categories()
            catalogue.load_questions()
        with progress.step("organisations"):
            units = organizations.build(net)
        with progress.step("stations"):
            places = stations.build(net, units)
        with progress.step("accounts"):
            staff = accounts.build(net, units, places, password=password)
        with progress.step("registry"):
            registry.build(net, units, places)
        with progress.step("volunteers"):
            registered = volunteers.build(net, units, places, staff, count=people)
        with progress.step("duty"):
            duty.build(net, places, units, registered)
            double.build(net, units, staff)
        first = net.working[0]
        demo = Demo(
            network=net, staff=staff, sites=sites.build(net, units, places, staff),
            keeper_station=accounts.keepers_station(places, first), shown_unit=units.property[first.code],
        )  # fmt: skip
        with progress.step("points"):
            points.build(net, staff, keeper_station=demo.keeper_station, shown_unit=demo.shown_unit)
        with progress.step("cases", 4):
            written = _cases(demo, requests, progress)
        with progress.step("photos"):
            photos.build(net.rng, written.with_photo)
        _reset_sequences()
        _count_rows()
        rosters.build(net, staff, demo.keeper_station)
        volunteer_cases.build(net, first)
        resources.build(net, resources.givers(net, units))
        resources.claim_some(net, first)
        resources.draft_street(net, first)
        joined_cases.build(net, first)
        late_cases.build(net, staff, first)
        whistled_cases.build(net, staff, units, first)
        channel_cases.build(net, first)
        projects.build(net, first, demo.shown_unit)
        deliberations.build(net, staff, first, demo.shown_unit)
        replies.build(net, staff, first, demo.shown_unit)
        surveys.build(net, staff, first, demo.shown_unit)
        appraisals.build(net, staff, units, first)
        routing.build(net, staff, units, first)
        notifications.build(staff, district=net.regions[accounts.BAOAN], now=net.now)
    progress.finish()
    return demo


def _cases(demo: Demo, count: int, progress: Progress) -> Written:
    maker = cases.Maker(demo.network.rng, demo.network.now, shown_unit_id=demo.shown_unit.pk)
    rows = maker.rows(demo.sites, count, demo.keeper_station)
    return cases.write(rows, count=max(count, 1), photos=PHOTOS, progress=progress.advance)


def _count_rows() -> None:
    """What follows matches and solves over tables that were empty a moment ago: without figures about them PostgreSQL
    may choose a plan that takes seconds a look-up."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _reset_sequences() -> None:
    """Rows that came with their keys leave the sequences behind."""
    with connection.cursor() as cursor:
        for table in KEYED:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
            )
