"""`manage.py compilemessages`: Django's needs gettext's msgfmt, ours only what is installed anyway."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.catalogue import compile_catalogue


class Command(BaseCommand):
    help = "Compile the message catalogues that have changed."
    requires_system_checks = []

    def handle(self, *, verbosity: int, **options: object) -> None:
        for root in settings.LOCALE_PATHS:
            for path in compile_catalogue(Path(root)):
                if verbosity:
                    self.stdout.write(f"compiled {path}")
