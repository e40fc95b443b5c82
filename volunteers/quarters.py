"""Quarters of a year, by which a member's branch is told what was done. Written as 2026Q3."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE

WRITTEN = re.compile(r"(2[01]\d\d)Q([1-4])")
MONTHS = 3


@dataclass(frozen=True, order=True)
class Quarter:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, (day.month - 1) // MONTHS + 1)

    @classmethod
    def now(cls) -> Self:
        return cls.of(timezone.localdate(timezone=ZONE))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The quarter that `text` names; None where it names none."""
        match = WRITTEN.fullmatch(text)
        return cls(int(match[1]), int(match[2])) if match else None

    @property
    def first(self) -> date:
        return date(self.year, (self.number - 1) * MONTHS + 1, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> "Quarter":
        return Quarter.of(self.first - timedelta(days=1))

    @property
    def code(self) -> str:
        return f"{self.year}Q{self.number}"

    def __str__(self) -> str:
        return _("Quarter %(number)d of %(year)d") % {"number": self.number, "year": self.year}


def last_quarters(count: int) -> list[Quarter]:
    """The present quarter and those before it."""
    found = [Quarter.now()]
    while len(found) < count:
        found.append(found[-1].previous)
    return found
