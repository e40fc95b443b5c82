"""On which days duty recurs: RRULE (RFC 5545) by days, weeks, months or years, in the city's time."""

import datetime as dt
from collections.abc import Iterator

from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _

from portal.core.errors import DomainError

# The parts of an RRULE that say which days; hours are the template's own, and so are the first and the last day.
PARTS = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "WKST"}
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}


def clean_rule(text: str) -> str:
    """The rule in its one spelling, or a `DomainError` on `rule` that says what is wrong."""
    rule = text.strip().upper().removeprefix("RRULE:")
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    if not rule or len(parts) != len(rule.split(";")):
        raise _refusal(_("This is not a rule of recurrence."))
    if unknown := sorted(set(parts) - PARTS):
        raise _refusal(_("“%(part)s” cannot be part of this rule.") % {"part": unknown[0]})
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


def _refusal(message: str) -> DomainError:
    return DomainError("bad_rule", message, fields={"rule": [message]})
