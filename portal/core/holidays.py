"""Public holidays by name: the official calendar, with the days that were announced after our copy of it was made."""

import datetime as dt
from functools import cache

import holidays
from django.core.cache import caches

from portal.core.clock import DAY
from portal.core.models import CalendarDay

SATURDAY = 5
_ANNOUNCED = "announced-days"


def announced_days() -> dict[dt.date, tuple[bool, str]]:
    """Days that `CalendarDay` names: whether each is a working day, and why (read again every minute)."""
    kept: dict[dt.date, tuple[bool, str]] | None = caches["local"].get(_ANNOUNCED)
    if kept is None:
        rows = CalendarDay.objects.values_list("date", "is_working_day", "reason")
        kept = {date: (is_working_day, reason) for date, is_working_day, reason in rows}
        caches["local"].set(_ANNOUNCED, kept)
    return kept


def public_holidays(since: dt.date, until: dt.date) -> dict[dt.date, str]:
    """Days off in the period that are not plain weekends, each with its name.

    A weekday that `CalendarDay` calls a day off is one; a holiday that it calls a working day is none.
    """
    official = _official()
    found = {}
    day = since
    while day <= until:
        if day in official:
            found[day] = official[day]
        day += DAY
    for date, (is_working_day, reason) in announced_days().items():
        if since <= date <= until and is_working_day:
            found.pop(date, None)
        elif since <= date <= until and date.weekday() < SATURDAY:
            found.setdefault(date, reason)
    return found


@cache
def _official() -> holidays.HolidayBase:
    # It works out a year when it is first asked about it, and keeps it.
    return holidays.country_holidays("CN", language="zh_CN")
