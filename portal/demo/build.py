"""The whole demo, in order. `today` is the only source of chance: the same day gives the same network."""

import random
from datetime import date
from typing import TextIO

from django.db import connection, transaction

from portal.demo import accounts, cases, catalogue, network, organizations, stations
from portal.demo.progress import Progress


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
            sites = stations.build(net, units)
        with progress.step("accounts"):
            staff = accounts.build(net, units, sites, password=password)
        _reset_sequences()
        with progress.step("cases", 4):
            cases.build(net, units, staff, min(requests, 300))
    progress.finish()


def _reset_sequences() -> None:
    """Rows that came with their keys leave the sequences behind."""
    with connection.cursor() as cursor:
        for table in ["requests_category"]:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
            )
