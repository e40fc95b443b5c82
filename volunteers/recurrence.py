"""On which days duty recurs: RRULE (RFC 5545) by days, weeks, months or years, in the city's time."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from stations.models.hours import Weekday

# The parts of an RRULE that say which days; hours are the template's own, and so are the first and the last day.
PARTS = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "WKST"}
# A rule for 29 February is a rule.
YEARS_LOOKED_AT = 8
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}


def clean_rule(text: str) -> str:
    """The rule in its one spelling, or a `DomainError` on `rule` that says what is wrong."""
    rule = text.strip().upper().removeprefix("RRULE:")
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    if not rule or len(parts) != len(rule.split(";")):
        raise _refusal(_("This is not a rule of recurrence."))
    if unknown := sorted(set(parts) - PARTS):
        raise _refusal(_("“%(part)s” cannot be part of this rule.") % {"part": unknown[0]})
    # Every 0 days would be one day without end.
    if not re.fullmatch("[1-9][0-9]{0,2}", parts.get("INTERVAL", "1")):
        raise _refusal(_("This is not a rule of recurrence."))
    if parts.get("FREQ") not in FREQUENCIES:
        raise _refusal(_("Duty recurs by days, weeks, months or years."))
    try:
        rrulestr(rule, dtstart=dt.datetime(2026, 1, 1))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise _refusal(_("This is not a rule of recurrence.")) from error
    return rule


def days(rule: str, *, first: dt.date, since: dt.date, until: dt.date) -> Iterator[dt.date]:
    """The days from `since` to `until` inclusive on which a rule that began on `first` falls."""
    begins = dt.datetime.combine(max(since, first), dt.time())
    ends = dt.datetime.combine(until, dt.time())
    # The end is part of the rule: one that names no day at all (30 February) is not looked for until the end of time.
    made = rrulestr(rule, dtstart=dt.datetime.combine(first, dt.time())).replace(until=ends)
    for moment in made.xafter(begins, inc=True):
        yield moment.date()


def _later(day: dt.date, *, years: int) -> dt.date:
    """The end of the calendar is far enough for whoever begins a duty there."""
    return min(day, dt.date.max - dt.timedelta(days=366 * years)) + dt.timedelta(days=366 * years)


def refuse_no_occurrence(rule: str, *, first: dt.date, last: dt.date | None) -> None:
    """Refuse a rule that names no day at all, such as the 30th of February, or none before the last day."""
    until = last or _later(first, years=YEARS_LOOKED_AT)
    if next(days(rule, first=first, since=first, until=until), None) is None:
        raise _refusal(_("No day fits this recurrence. Please check the days, and the first and the last day."))


DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKLY = re.compile(r"FREQ=WEEKLY(?:;INTERVAL=([1-4]))?;BYDAY=((?:[A-Z]{2},)*[A-Z]{2})")
MONTHLY = re.compile(r"FREQ=MONTHLY;BYDAY=([1-4]|-1)([A-Z]{2})")


@dataclass(frozen=True)
class Plain:
    """The recurrences that people name in plain words; `kind` is daily, weekly or monthly."""

    kind: str
    weekdays: tuple[int, ...] = ()
    every: int = 1  # weeks
    nth: int = 1  # of the month; -1: the last

    @property
    def rule(self) -> str:
        if self.kind == "daily":
            return "FREQ=DAILY"
        if self.kind == "monthly":
            return f"FREQ=MONTHLY;BYDAY={self.nth}{DAYS[self.weekdays[0]]}"
        interval = f";INTERVAL={self.every}" if self.every > 1 else ""
        return f"FREQ=WEEKLY{interval};BYDAY={','.join(DAYS[day] for day in sorted(self.weekdays))}"

    @classmethod
    def read(cls, rule: str) -> "Plain | None":
        """The plain recurrence that a rule is; None for one that only an expert can say."""
        if rule == "FREQ=DAILY":
            return cls("daily")
        if (monthly := MONTHLY.fullmatch(rule)) and monthly[2] in DAYS:
            return cls("monthly", (DAYS.index(monthly[2]),), nth=int(monthly[1]))
        if (weekly := WEEKLY.fullmatch(rule)) and set(weekly[2].split(",")) <= set(DAYS):
            weekdays = tuple(sorted({DAYS.index(day) for day in weekly[2].split(",")}))
            return cls("weekly", weekdays, every=int(weekly[1] or 1))
        return None


def in_words(rule: str) -> str:
    """The rule as people say it; one that only an expert can say is shown as it is."""
    plain = Plain.read(rule)
    if plain is None:
        return rule
    if plain.kind == "daily":
        return _("every day")
    named = _(", ").join(str(Weekday(day).label) for day in plain.weekdays)
    if plain.kind == "monthly":
        if plain.nth == -1:
            return _("every month on the last %(weekday)s") % {"weekday": named}
        return _("every month on %(weekday)s number %(nth)d") % {"weekday": named, "nth": plain.nth}
    if plain.every > 1:
        return _("every %(count)d weeks on %(weekdays)s") % {"count": plain.every, "weekdays": named}
    return _("every week on %(weekdays)s") % {"weekdays": named}


def _refusal(message: str) -> DomainError:
    return DomainError("bad_rule", message, fields={"rule": [message]})
