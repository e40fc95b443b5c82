"""Due times of a case: DOMAIN's defaults ("How this work is measured"), one row a class of matter.

Dispatching and acknowledging count in service hours, as does taking an offer; the rest as the row says.
The limit to resolve runs from acceptance, the limit to contact the resident from the first time the case is taken.
Limits per category and kind come later; this module is then their default.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches

from portal.core import clock
from portal.core.clock import Limit, WorkCalendar
from portal.core.holidays import announced_days
from requests.types import TimeLimit


@dataclass(frozen=True)
class Limits:
    dispatch: Limit
    accept: Limit
    contact: Limit
    resolve: Limit


_ORDINARY = {
    "dispatch": Limit(120, "service_minutes"),
    "accept": Limit(1, "working_days"),
    "contact": Limit(1, "working_days"),
}
_URGENT = {
    "dispatch": Limit(30, "service_minutes"),
    "accept": Limit(30, "minutes"),
    "contact": Limit(2, "hours"),
}

LIMITS: dict[str, Limits] = {
    # An emergency does not wait for service hours.
    TimeLimit.EMERGENCY: Limits(**_URGENT | {"dispatch": Limit(30, "minutes")}, resolve=Limit(2, "hours")),
    TimeLimit.UTILITY: Limits(**_URGENT, resolve=Limit(24, "hours")),
    TimeLimit.ENQUIRY: Limits(**_ORDINARY, resolve=Limit(3, "working_days")),
    TimeLimit.GENERAL: Limits(**_ORDINARY, resolve=Limit(7, "days")),
    TimeLimit.COMPLEX: Limits(**_ORDINARY, resolve=Limit(15, "days")),
}

# A resident who is asked has this long to answer; then the clock goes on, and after a second silence the case ends.
REPLY = Limit(5, "days")
# A resolved case waits this long for the resident's rating; a closed one can be redone this long after it was resolved.
RATING_WINDOW = Limit(15, "days")
CALL_BACK = Limit(2, "working_days")


def calendar() -> WorkCalendar:
    """The official working days with the administrator's later announcements (read again every minute)."""
    kept: WorkCalendar | None = caches["local"].get("work-calendar")
    if kept is None:
        kept = WorkCalendar({date: is_working_day for date, (is_working_day, _reason) in announced_days().items()})
        caches["local"].set("work-calendar", kept)
    return kept


def due(start: datetime, limit: Limit) -> datetime:
    return clock.due_at(start, limit, calendar())


def after_pause(due_at: datetime | None, *, paused_at: datetime, resumed_at: datetime, limit: Limit) -> datetime | None:
    """`due_at` after the clock stood still from `paused_at` to `resumed_at`; what had passed stays passed."""
    # Stopped at the very limit it was in time: what is left of it then is nothing, but nothing has passed.
    if due_at is None or due_at < paused_at:
        return due_at
    return clock.resume(due_at, paused_at, resumed_at, limit, calendar())
