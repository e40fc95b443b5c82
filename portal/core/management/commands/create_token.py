from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portal.core.errors import DomainError
from portal.core.models import Region, User
from portal.core.permissions import CAPABILITIES
from portal.core.tokens import DEFAULT_DAYS, MAX_DAYS, create_token


class Command(BaseCommand):
    help = "Make a machine token for an account and print it, and nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="user name of the account that the token acts for")
        parser.add_argument(
            "--scope", action="append", required=True, metavar="PERMISSION",
            help=f"may be given several times; one of: {', '.join(CAPABILITIES)}",
        )  # fmt: skip
        parser.add_argument("--region", metavar="CODE", help="default: the widest region of the account")
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="days until it expires (%(default)s)")
        parser.add_argument("--name", default="Made on the command line")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= MAX_DAYS:
            raise CommandError(f"A token lasts from 1 to {MAX_DAYS} days.")
        try:
            user = User.objects.get(username=options["user"])
            region = Region.objects.get(code=options["region"]) if options["region"] else None
            _token, plaintext = create_token(
                user,
                name=options["name"],
                scopes=options["scope"],
                region=region,
                expires_at=timezone.now() + timedelta(days=options["days"]),
            )
        except User.DoesNotExist as error:
            raise CommandError(f"There is no account {options['user']!r}.") from error
        except Region.DoesNotExist as error:
            raise CommandError(f"There is no region with the code {options['region']!r}.") from error
        except DomainError as error:
            lines = [line for lines in (error.fields or {}).values() for line in lines]
            raise CommandError("; ".join(map(str, lines)) or str(error)) from error
        self.stdout.write(plaintext)
