"""Public holidays by name: the official calendar, with the days that were announced after our copy of it was made."""

import datetime as dt
from functools import cache

import holidays

from portal.core.clock import DAY
from portal.core.models import CalendarDay


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
    for override in CalendarDay.objects.filter(date__range=(since, until)):
        if override.is_working_day:
            found.pop(override.date, None)
        elif override.date.weekday() < 5:
            found.setdefault(override.date, override.reason)
    return found


@cache
def _official() -> holidays.HolidayBase:
    # It works out a year when it is first asked about it, and keeps it.
    return holidays.country_holidays("CN", language="zh_CN")
