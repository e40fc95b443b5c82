from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.core import rotation
from portal.core.errors import DomainError


class Command(BaseCommand):
    help = "Make a new key for personal data and re-encrypt what older keys encrypted. Old keys are kept for backups."

    def add_arguments(self, parser: CommandParser) -> None:
        step = parser.add_mutually_exclusive_group()
        step.add_argument("--only-key", action="store_true", help="add the key and stop")
        step.add_argument("--only-data", action="store_true", help="re-encrypt with the current key")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if not options["only_data"]:
                self.stdout.write(f"new key: {rotation.add_key()}")
            if options["only_key"]:
                return
            for table, rows in rotation.reencrypt().items():
                self.stdout.write(f"{table}: {rows}")
        except DomainError as error:
            raise CommandError(str(error)) from error
