"""`manage.py demo`: a real-looking network of stations with a year of cases, the same for the same --today."""

import argparse
import os
import secrets
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.core.models import Region
from portal.demo import accounts, build

WORDS = "abcdefghjkmnpqrstuvwxyz23456789"


class Command(BaseCommand):
    help = "Load the demo network into an empty portal. A portal that has data is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=_date, help="the day that the demo ends before (default: today)")
        parser.add_argument("--requests", type=int, default=5000, help="how many cases (default: 5000)")
        parser.add_argument(
            "--volunteers",
            type=int,
            default=build.VOLUNTEERS,
            help=f"how many volunteers (default: {build.VOLUNTEERS})",
        )
        parser.add_argument("--password", help="of all accounts (default: PORTAL_DEMO_PASSWORD, else a random one)")

    def handle(
        self, *, today: date | None, requests: int, volunteers: int, password: str | None, **options: Any
    ) -> None:
        if requests < 0:
            raise CommandError("--requests cannot be negative.")
        if volunteers < 1:
            raise CommandError("--volunteers: there is at least the demo's own.")
        if Region.objects.exists():
            self.stdout.write("This portal has data already: nothing was changed. The demo needs an empty one.")
            return
        given = password or os.environ.get("PORTAL_DEMO_PASSWORD", "")
        chosen = given or "-".join("".join(secrets.choice(WORDS) for _i in range(4)) for _j in range(3))
        # Progress goes to stderr, so that the output can be read by a program.
        build.build(
            today=today or timezone.localdate(), requests=requests, password=chosen, stream=self.stderr._out,
            people=volunteers,
        )  # fmt: skip
        path = accounts.write_file(chosen, generated=not given)
        self.stdout.write(f"The demo network is ready; its accounts are in {path}.")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date (YYYY-MM-DD)") from None
