"""A usual week as a small grid: three parts of the day, seven days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stations.models.hours import Weekday
from volunteers.models import WeeklyAvailability

PARTS: list[tuple[str | Promise, time, time]] = [
    (_("Morning"), time(0), time(12)),
    (_("Afternoon"), time(12), time(18)),
    (_("Evening"), time(18), time(23, 59, 59)),
]


@dataclass(frozen=True)
class Grid:
    headings: list[Any]
    lines: list[tuple[Any, list[list[str]]]]

    @property
    def days(self) -> list[tuple[Any, list[str]]]:
        """The same the other way round, for a narrow page: each day with its spans."""
        columns = zip(*(cells for _label, cells in self.lines), strict=True)
        return [
            (heading, [span for cell in column for span in cell])
            for heading, column in zip(self.headings, columns, strict=True)
        ]


def grid(times: Iterable[WeeklyAvailability]) -> Grid | None:
    """None when there is no time at all."""
    times = list(times)
    if not times:
        return None
    lines = []
    for label, begins, ends in PARTS:
        cells = [
            [
                f"{max(each.starts, begins):%H:%M}–{min(each.ends, ends):%H:%M}"
                for each in times
                if each.weekday == day and each.starts < ends and each.ends > begins
            ]
            for day in Weekday.values
        ]
        lines.append((label, cells))
    return Grid([day.label for day in Weekday], lines)
