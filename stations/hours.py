"""When a station is open: now, next, and on each day of the week.

Hours are those of the city's clock (`portal.core.clock.ZONE`). A special day replaces its weekday's hours; a station
that is open 24 hours is open all day unless a special day says otherwise, its weekday hours are then the staffed ones.
`open_at` in `stations.queries` is the same rule in SQL, for filters.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.core.clock import DAY, ZONE
from stations.models import Station
from stations.models.hours import Weekday
from stations.types import StationStatus

# A station that opens on none of the next days has no regular hours to speak of.
HORIZON_DAYS = 14

Span = tuple[dt.time, dt.time]


@dataclass(frozen=True)
class OpeningStatus:
    """Whether a station is open. `code` is one of open, closed, suspended, unknown (no hours are known)."""

    code: str
    # When it closes again if it is open and does close; when it opens next if it is closed and that is known.
    until: dt.datetime | None = None
    opens_at: dt.datetime | None = None
    all_day: bool = False
    reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.code == "open"

    @property
    def words(self) -> str:
        """One short sentence for a list: "Open, until 18:00"."""
        match self.code:
            case "open" if self.all_day:
                return _("Open now, 24 hours")
            case "open":
                return _("Open now, until %(time)s") % {"time": f"{self.until:%H:%M}"}
            case "suspended":
                return _("Closed for the time being")
            case "unknown":
                return _("Opening hours not known, please call first")
        if self.opens_at is None:
            return _("Closed now")
        return _("Closed now, opens %(when)s") % {"when": self._opens_when()}

    def _opens_when(self) -> str:
        opens, today = self.opens_at, timezone.localdate(timezone=ZONE)
        time = f"{opens:%H:%M}"
        match (opens.date() - today).days:
            case 0:
                return _("today at %(time)s") % {"time": time}
            case 1:
                return _("tomorrow at %(time)s") % {"time": time}
            case days if days < 7:
                return _("%(weekday)s at %(time)s") % {"weekday": Weekday(opens.weekday()).label, "time": time}
        return _("%(date)s at %(time)s") % {"date": date_format(opens, "MONTH_DAY_FORMAT"), "time": time}


@dataclass(frozen=True)
class DayHours:
    """The hours of one date; no spans: closed."""

    date: dt.date
    spans: Sequence[Span] = ()
    all_day: bool = False
    reason: str = ""
    is_today: bool = field(default=False, compare=False)

    @property
    def weekday(self) -> str:
        return str(Weekday(self.date.weekday()).label)

    @property
    def words(self) -> str:
        hours = _("; ").join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in self.spans)
        if self.all_day:
            return _("24 hours (staffed %(hours)s)") % {"hours": hours} if hours else _("24 hours")
        return hours or pgettext("opening hours", "Closed")


def opening_status(station: Station, at: dt.datetime | None = None) -> OpeningStatus:
    """Whether `station` is open at `at` (default: now). Reads prefetched hours and special days where there are any."""
    local = (at or timezone.now()).astimezone(ZONE)
    if station.status == StationStatus.SUSPENDED:
        return OpeningStatus("suspended")
    if station.status != StationStatus.OPEN:
        return OpeningStatus("closed")
    plan = _Plan(station)
    if plan.is_empty:
        return OpeningStatus("unknown")
    today = plan.on(local.date())
    if today.all_day:
        return OpeningStatus("open", all_day=True)
    for opens, closes in today.spans:
        if opens <= local.time() < closes:
            return OpeningStatus("open", until=dt.datetime.combine(local.date(), closes, ZONE), reason=today.reason)
    return OpeningStatus("closed", opens_at=_next_opening(plan, local), reason=today.reason)


def week(station: Station, today: dt.date | None = None) -> list[DayHours]:
    """The next seven days, from today on, with the special days among them."""
    today = today or timezone.localdate(timezone=ZONE)
    plan = _Plan(station)
    return [plan.on(today + DAY * ahead, is_today=ahead == 0) for ahead in range(7)]


def special_days_ahead(station: Station, today: dt.date | None = None, days: int = 60) -> list[DayHours]:
    """Special days after the coming week, so that nobody stands before a closed door."""
    today = today or timezone.localdate(timezone=ZONE)
    plan = _Plan(station)
    return [plan.on(date) for date in sorted(plan.special) if today + 7 * DAY <= date < today + days * DAY]


def overlap(spans: Sequence[Span]) -> bool:
    """Whether two spans of one day have time in common."""
    ordered = sorted(spans)
    return any(later[0] < earlier[1] for earlier, later in zip(ordered, ordered[1:], strict=False))


class _Plan:
    """The hours of one station, looked up by date."""

    def __init__(self, station: Station) -> None:
        self.open_24h = station.open_24h
        self.special = {special.date: special for special in station.special_days.all()}
        self.weekly: dict[int, list[Span]] = {}
        for hours in station.opening_hours.all():
            self.weekly.setdefault(hours.weekday, []).append((hours.opens, hours.closes))

    @property
    def is_empty(self) -> bool:
        return not (self.open_24h or self.weekly or self.special)

    def on(self, date: dt.date, *, is_today: bool = False) -> DayHours:
        special = self.special.get(date)
        if special is None:
            spans = sorted(self.weekly.get(date.weekday(), []))
            return DayHours(date, spans, all_day=self.open_24h, is_today=is_today)
        if special.opens is None or special.closes is None:
            return DayHours(date, reason=special.reason, is_today=is_today)
        return DayHours(date, [(special.opens, special.closes)], reason=special.reason, is_today=is_today)


def _next_opening(plan: _Plan, local: dt.datetime) -> dt.datetime | None:
    for ahead in range(HORIZON_DAYS + 1):
        day = plan.on(local.date() + DAY * ahead)
        starts = [dt.time()] if day.all_day else [opens for opens, _closes in day.spans]
        for opens in starts:
            moment = dt.datetime.combine(day.date, opens, ZONE)
            if moment > local:
                return moment
    return None
