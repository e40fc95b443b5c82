from typing import Any

from django.core.management.base import BaseCommand

from requests import telling


class Command(BaseCommand):
    help = "Prints docs/notices.md: who is told of which step, from the code."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(telling.page(), ending="")
