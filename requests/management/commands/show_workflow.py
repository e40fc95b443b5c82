from typing import Any

from django.core.management.base import BaseCommand

from requests.workflow import diagram


class Command(BaseCommand):
    help = "Prints docs/workflow.md: the steps of a case as a diagram and a table, from the code."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(diagram.page(), ending="")
