"""The whole demo, in order. `today` is the only source of chance: the same day gives the same network."""

import random
from datetime import date
from typing import TextIO

from django.db import connection, transaction

from portal.demo import accounts, cases, catalogue, network, organizations, sites, stations
from portal.demo.progress import Progress

# Tables whose rows come with their keys.
KEYED = (
    "requests_category",
    "requests_servicerequest",
    "requests_requester",
    "requests_dispatch",
    "requests_requestevent",
)


def build(*, today: date, requests: int, password: str, stream: TextIO) -> None:
    """Everything or nothing: one transaction."""
    rng = random.Random(f"xiaozhan {today.isoformat()}")  # noqa: S311 - the demo wants the same numbers again
    progress = Progress(stream, steps=10)
    with transaction.atomic():
        with progress.step("regions", 2):
            network.load_regions()
            net = network.start(rng, today)
        with progress.step("catalogues"):
            catalogue.load_catalogues(net.now)
            catalogue.load_categories()
        with progress.step("organisations"):
            units = organizations.build(net)
        with progress.step("stations"):
            stats = stations.build(net, units)
        with progress.step("accounts"):
            staff = accounts.build(net, units, stats, password=password)
        with progress.step("cases", 4):
            _cases(net, sites.build(net, units, stats, staff), stats, units, requests, progress)
        _reset_sequences()
    progress.finish()


def _cases(net, places, stats, units, count: int, progress: Progress) -> None:
    first = places[0].region
    maker = cases.Maker(net.rng, net.now, shown_unit_id=units.property[first.code].pk)
    rows = maker.rows(places, count, accounts.keepers_station(stats, first))
    cases.write(rows, count=max(count, 1), photos=600, progress=progress.advance)


def _reset_sequences() -> None:
    """Rows that came with their keys leave the sequences behind."""
    with connection.cursor() as cursor:
        for table in KEYED:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
            )
