"""Time limits and the clocks that measure them.

Minutes, hours and days run always. Working days run on days that are working days of the official calendar
with its swapped days (调休), each counting 24 hours of Asia/Shanghai; service minutes run within the daily
service hours. Such a clock stands still outside its own time, so a start on a holiday begins with the next
working day.
"""

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import holidays

# Not Django's current time zone: the limits are those of the city, whoever looks at them from wherever.
ZONE = ZoneInfo("Asia/Shanghai")
DAY = dt.timedelta(days=1)
NOTHING = dt.timedelta()
# A calendar with nothing but holidays would never end: an error of the override table, better told than
# hung upon.
MAX_IDLE_DAYS = 366

Unit = Literal["minutes", "hours", "days", "working_days", "service_minutes"]


@dataclass(frozen=True)
class Limit:
    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit) or self.amount < 0:
            raise ValueError(f"not a limit: {self.amount} {self.unit}")

    @property
    def length(self) -> dt.timedelta:
        """How much time of the limit's own clock it grants; a working day is 24 hours of that clock."""
        match self.unit:
            case "minutes" | "service_minutes":
                return dt.timedelta(minutes=self.amount)
            case "hours":
                return dt.timedelta(hours=self.amount)
            case _:
                return dt.timedelta(days=self.amount)


class WorkCalendar:
    """Working days and service hours of a city.

    `overrides` (date -> is it a working day) come before the published calendar: days announced later, or
    local ones.
    """

    def __init__(
        self,
        overrides: Mapping[dt.date, bool] | None = None,
        *,
        service_start: dt.time = dt.time(9),
        service_end: dt.time = dt.time(18),
    ) -> None:
        if service_start >= service_end:
            raise ValueError("service hours must end after they start, on the same day")
        self.overrides = dict(overrides or {})
        self.service_start = service_start
        self.service_end = service_end

    def is_working_day(self, day: dt.date) -> bool:
        if day in self.overrides:
            return self.overrides[day]
        if _is_published(day.year):
            return _official().is_working_day(day)
        return day.weekday() < 5

    def _working_span(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        if not self.is_working_day(day):
            return None
        midnight = dt.datetime.combine(day, dt.time(), ZONE)
        return midnight, midnight + DAY

    def _service_span(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        start = dt.datetime.combine(day, self.service_start, ZONE)
        return start, dt.datetime.combine(day, self.service_end, ZONE)


@functools.cache
def _official() -> holidays.HolidayBase:
    return holidays.country_holidays("CN")


@functools.cache
def _is_published(year: int) -> bool:
    """Whether the library knows the swapped days of the year; they are announced in the November before."""
    dt.date(year, 1, 1) in _official()  # noqa: B015 - asking for a day makes the library fill in its year
    return any(day.year == year for day in _official().weekend_workdays)


Span = tuple[dt.datetime, dt.datetime]
SpanOf = Callable[[dt.date], Span | None]


def due_at(start: dt.datetime, limit: Limit, calendar: WorkCalendar) -> dt.datetime:
    """When the limit runs out for what began at `start`.

    N working days after 10:00 of a working day is 10:00 of the Nth working day after it.
    """
    return shift(start, limit.length, limit, calendar)


def elapsed(start: dt.datetime, at: dt.datetime, limit: Limit, calendar: WorkCalendar) -> dt.timedelta:
    """How far the limit's clock ran between two moments; negative when `at` is the earlier one."""
    span_of = _span_of(limit, calendar)
    start, at = start.astimezone(ZONE), at.astimezone(ZONE)
    if span_of is None:
        return at - start
    if at < start:
        return -_running(at, start, span_of)
    return _running(start, at, span_of)


def remaining(at: dt.datetime, due: dt.datetime, limit: Limit, calendar: WorkCalendar) -> dt.timedelta:
    """What is left on the limit's clock; negative by how much it is overdue."""
    return elapsed(at, due, limit, calendar)


def resume(
    due: dt.datetime, paused_at: dt.datetime, resumed_at: dt.datetime, limit: Limit, calendar: WorkCalendar
) -> dt.datetime:
    """The due time after a pause: what was left (or overdue) when the clock stopped is left afterwards."""
    if resumed_at <= paused_at:
        return due
    return shift(resumed_at, remaining(paused_at, due, limit, calendar), limit, calendar)


def _span_of(limit: Limit, calendar: WorkCalendar) -> SpanOf | None:
    match limit.unit:
        case "working_days":
            return calendar._working_span
        case "service_minutes":
            return calendar._service_span
        case _:
            return None


def _running(start: dt.datetime, end: dt.datetime, span_of: SpanOf) -> dt.timedelta:
    total = NOTHING
    day, last = start.date(), end.date()
    while day <= last:
        if span := span_of(day):
            total += max(NOTHING, min(span[1], end) - max(span[0], start))
        day += DAY
    return total


def shift(start: dt.datetime, length: dt.timedelta, limit: Limit, calendar: WorkCalendar) -> dt.datetime:
    """The moment at which the limit's clock has run `length` further (or back), in the zone of `start`."""
    span_of = _span_of(limit, calendar)
    # Python adds to the clock on the wall: in a zone with summer time a day would have 23 or 25 hours.
    local = start.astimezone(ZONE)
    if span_of is None:
        end = local + length
    elif length < NOTHING:
        end = _retreat(local, -length, span_of)
    else:
        # The end of a working day is also the start of the next one, and "the same clock time on the Nth
        # working day" means the latter. The end of the service hours is an hour that people can meet.
        end = _proceed(local, length, span_of, skip_ends=limit.unit == "working_days")
    return end.astimezone(start.tzinfo)


def _proceed(start: dt.datetime, length: dt.timedelta, span_of: SpanOf, *, skip_ends: bool) -> dt.datetime:
    day, idle = start.date(), 0
    while idle <= MAX_IDLE_DAYS:
        if span := span_of(day):
            idle = 0
            begin = max(span[0], start)
            left = span[1] - begin
            if left > length or (left == length and left > NOTHING and not skip_ends):
                return begin + length
            length -= max(NOTHING, left)
        idle += 1
        day += DAY
    raise ValueError("the calendar has no working day within a year")


def _retreat(start: dt.datetime, length: dt.timedelta, span_of: SpanOf) -> dt.datetime:
    day, idle = start.date(), 0
    while idle <= MAX_IDLE_DAYS:
        if span := span_of(day):
            idle = 0
            end = min(span[1], start)
            if end - span[0] >= length:
                return end - length
            length -= max(NOTHING, end - span[0])
        idle += 1
        day -= DAY
    raise ValueError("the calendar has no working day within a year")
