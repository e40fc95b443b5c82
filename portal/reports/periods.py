"""Periods in local days: day, week, month, quarter, half-year, year, and from-to.

A period is the half-open span of moments from the first instant of its first day to the first instant after its last
one, on the city's wall clock.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

from dateutil.relativedelta import relativedelta
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError


class PeriodKind(models.TextChoices):
    DAY = "day", _("Day")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    HALF_YEAR = "half_year", _("Half-year")
    YEAR = "year", _("Year")
    CUSTOM = "custom", _("From – to")


# How many months the calendar periods of whole months last.
_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF_YEAR: 6, PeriodKind.YEAR: 12}
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True)
class Period:
    kind: str
    first: date
    last: date

    @classmethod
    def containing(cls, day: date, kind: str) -> Self:
        """The calendar period of `kind` that `day` lies in; weeks begin on Monday."""
        _possible(day, field="date")
        return cls._around(day, kind)

    @classmethod
    def _around(cls, day: date, kind: str) -> Self:
        if kind == PeriodKind.DAY:
            return cls(kind, day, day)
        if kind == PeriodKind.WEEK:
            monday = day - timedelta(days=day.weekday())
            return cls(kind, monday, monday + timedelta(days=6))
        months = _MONTHS[PeriodKind(kind)]
        first = date(day.year, (day.month - 1) // months * months + 1, 1)
        return cls(kind, first, first + relativedelta(months=months, days=-1))

    @classmethod
    def between(cls, first: date, last: date) -> Self:
        """From `first` to `last`, both included."""
        _possible(first, field="from")
        _possible(last, field="to")
        if last < first:
            message = gettext("The period ends before it begins.")
            raise DomainError("invalid", message, fields={"to": [message]})
        return cls(PeriodKind.CUSTOM, first, last)

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first instant that no longer belongs to it."""
        return _midnight(self.last + timedelta(days=1))

    def previous(self) -> "Period":
        """环比: the period just before, of the same kind; before a from-to the span of as many days."""
        if self.kind != PeriodKind.CUSTOM:
            return Period._around(self.first - timedelta(days=1), self.kind)
        days = (self.last - self.first).days + 1
        return Period(self.kind, self.first - timedelta(days=days), self.first - timedelta(days=1))

    def following(self) -> "Period":
        """The period just after, of the same kind."""
        if self.kind != PeriodKind.CUSTOM:
            return Period._around(self.last + timedelta(days=1), self.kind)
        days = (self.last - self.first).days + 1
        return Period(self.kind, self.last + timedelta(days=1), self.last + timedelta(days=days))

    def last_year(self) -> "Period":
        """同比: the same period a year before. A week is compared with the week 52 weeks earlier.

        29 February becomes the 28th; whole months stay whole months.
        """
        if self.kind == PeriodKind.WEEK:
            return Period(self.kind, self.first - timedelta(weeks=52), self.last - timedelta(weeks=52))
        if self.kind in _MONTHS:
            return Period._around(self.first - relativedelta(years=1), self.kind)
        back = relativedelta(years=1)
        return Period(self.kind, self.first - back, self.last - back)

    @property
    def label(self) -> str:
        """As people call it: 2026年2月, 2026年第1季度, 2026年上半年, or the two days."""
        year = self.first.year
        if self.kind == PeriodKind.YEAR:
            return gettext("%(year)d") % {"year": year}
        if self.kind == PeriodKind.HALF_YEAR:
            words = gettext("First half of %(year)d") if self.first.month == 1 else gettext("Second half of %(year)d")
            return words % {"year": year}
        if self.kind == PeriodKind.QUARTER:
            number = (self.first.month + 2) // 3
            return gettext("Quarter %(number)d of %(year)d") % {"number": number, "year": year}
        if self.kind == PeriodKind.MONTH:
            return date_format(self.first, "YEAR_MONTH_FORMAT")
        if self.first == self.last:
            return self.first.isoformat()
        return gettext("%(first)s to %(last)s") % {"first": self.first.isoformat(), "last": self.last.isoformat()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())


def _possible(day: date, *, field: str) -> None:
    """Refuse days whose comparison period would leave the calendar."""
    if not _EARLIEST <= day <= _LATEST:
        message = gettext("Please give a day between 2000 and 2100.")
        raise DomainError("invalid", message, fields={field: [message]})
