"""Stands in `requests`, not in core, since it shows the table of the workflow too."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand

from portal.core.permissions import CAPABILITIES, Role
from requests.types import Actor, State
from requests.workflow.table import TABLE, Rule

YES, NO = "●", "·"


class Command(BaseCommand):
    help = "Print what each role may do, and who may take which step of a case in which state."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("What a role may do (portal/core/permissions.py)\n\n")
        header = ["", *(str(role.label) for role in Role)]
        lines = [[name, *(YES if role in roles else NO for role in Role)] for name, roles in CAPABILITIES.items()]
        self.stdout.write(laid_out([header, *lines]))
        self.stdout.write("\nWhich step may follow which state, and who takes it (requests/workflow/table.py)\n\n")
        self.stdout.write(laid_out([["step", "from", "to", "who", "needs"], *map(told, TABLE)]))


def told(rule: Rule) -> list[str]:
    everywhere = set(rule.states) == set(State)
    return [
        f"{rule.verb} {rule.verb.label}",
        "(any)" if everywhere else _labels(rule.states),
        "(stays)" if rule.to is None else _labels(rule.to),
        _labels(actor for actor in Actor if actor in rule.actors),
        ", ".join(rule.needs),
    ]


def _labels(choices: Iterable[Any]) -> str:
    return " / ".join(str(choice.label) for choice in choices)


def laid_out(lines: Sequence[Sequence[str]]) -> str:
    """Columns side by side; a Chinese character takes two places."""
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
        return "  ".join(padded).rstrip()

    return "\n".join(map(line, lines))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
