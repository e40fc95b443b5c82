"""Times, limits and states in the words that people use.

Pure functions: pages call them through `templatetags/portal.py`, lists that are too long for templates call them
directly, and so may an export or a message.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Past this the date says more than a number of days.
RELATIVE_HORIZON = 30 * DAY
# "Soon" is what a person can still save within the half-day.
SOON = 4 * HOUR


def absolute_time(moment: datetime, now: datetime | None = None) -> str:
    """The moment on the wall clock of the people who read it: "3月1日 09:05"; with the year when it is another."""
    local = timezone.localtime(moment)
    return f"{day_in_words(local.date(), now)} {local:%H:%M}"


def full_time(moment: datetime) -> str:
    """The same with its year, for what is printed, kept or looked at closely: "2026年3月1日 09:05"."""
    local = timezone.localtime(moment)
    return f"{date_format(local.date(), 'DATE_FORMAT')} {local:%H:%M}"


def deadline(moment: datetime, now: datetime | None = None) -> str:
    """The latest moment, as people say it: midnight is the end of a day ("11月27日 24时"), not the beginning of the
    next."""
    local = timezone.localtime(moment)
    if (local.hour, local.minute) == (0, 0):
        return gettext("%(day)s 24:00") % {"day": day_in_words((local - DAY).date(), now)}
    return absolute_time(moment, now)


def day_in_words(day: date, now: datetime | None = None) -> str:
    """A day without its year when it is this one: "11月27日"."""
    is_this_year = day.year == timezone.localtime(now or timezone.now()).year
    return date_format(day, "MONTH_DAY_FORMAT" if is_this_year else "DATE_FORMAT")


def time_span(starts: datetime, ends: datetime, now: datetime | None = None) -> str:
    """When something takes place, as people say it: "12月2日 星期三 09:00–12:00"; with the year when it is another."""
    return f"{weekday_in_words(timezone.localtime(starts).date(), now)} {clock_span(starts, ends)}"


def weekday_in_words(day: date, now: datetime | None = None) -> str:
    return f"{day_in_words(day, now)} {WEEKDAYS[day.weekday()]}"


def clock_span(starts: datetime, ends: datetime) -> str:
    """From when to when on one day, or into the next: "19:00–次日 07:00"."""
    starts, ends = timezone.localtime(starts), timezone.localtime(ends)
    until = f"{ends:%H:%M}"
    if ends.date() > starts.date():
        until = gettext("%(time)s of the next day") % {"time": until}
    return f"{starts:%H:%M}–{until}"


def elapsed(length: timedelta) -> str:
    """A length of time that has passed, in its largest whole unit, rounded down as an age is: nobody is called later
    than they are."""
    length = abs(length)
    if length >= DAY:
        return _days(length.days)
    if length >= HOUR:
        return _hours(length // HOUR)
    return _minutes(length // MINUTE)


def remaining(length: timedelta) -> str:
    """A length of time that is left, to the nearest unit, as a person would say it: a second into a limit of 7 days
    there are still 7 days. Half a unit rounds down, so that no more than that is ever promised beyond what there is."""
    minutes, hours = _nearest(length, MINUTE), _nearest(length, HOUR)
    if minutes < HOUR // MINUTE:
        return _minutes(minutes)
    if hours < DAY // HOUR:
        return _hours(hours)
    return _days(_nearest(length, DAY))


def _nearest(length: timedelta, unit: timedelta) -> int:
    return -((unit / 2 - length) // unit)


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


def _hours(count: int) -> str:
    return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}


def _minutes(count: int) -> str:
    if count < 1:
        return gettext("less than a minute")
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


def relative_time(moment: datetime, now: datetime | None = None) -> str:
    """How long ago or ahead the moment is; beyond a month, its date."""
    distance = (now or timezone.now()) - moment
    if abs(distance) >= RELATIVE_HORIZON:
        return day_in_words(timezone.localtime(moment).date(), now)
    if abs(distance) < MINUTE:
        return gettext("just now")
    if distance > timedelta(0):
        return gettext("%(duration)s ago") % {"duration": elapsed(distance)}
    return gettext("in %(duration)s") % {"duration": remaining(-distance)}


@dataclass(frozen=True)
class Look:
    """How something is shown: never by colour alone, so an icon and a colour always come with words."""

    icon: str
    tone: str


@dataclass(frozen=True)
class Due:
    """A limit in words. `code` is one of none, paused, met, missed, overdue, soon, ahead."""

    code: str
    words: str
    look: Look


DUE_LOOKS = {
    "none": Look("circle-dashed", "quiet"),
    "paused": Look("player-pause", "wait"),
    "met": Look("clock-check", "good"),
    "missed": Look("alert-triangle", "bad"),
    "overdue": Look("alert-triangle", "bad"),
    "soon": Look("clock-exclamation", "warn"),
    "ahead": Look("clock", "plain"),
}


def due_in_words(
    due: datetime | None,
    now: datetime | None = None,
    *,
    paused: bool = False,
    done_at: datetime | None = None,
    soon: timedelta = SOON,
) -> Due:
    """Say where a limit stands: time left, time over, clock stopped, or how it ended.

    `done_at` is when the awaited thing happened; `paused` says that the clock stands still (the case waits for the
    resident). Someone who is late by a second is late: the boundary itself is still on time.
    """
    now = now or timezone.now()
    if due is None:
        code, words = "none", gettext("No time limit")
    elif done_at is not None:
        code, words = ("met", gettext("Done on time")) if done_at <= due else ("missed", gettext("Done late"))
    elif paused:
        code, words = "paused", gettext("Clock stopped")
    elif now > due:
        code, words = "overdue", _over(now - due)
    else:
        code = "soon" if due - now <= soon else "ahead"
        words = _left(due - now)
    return Due(code, words, DUE_LOOKS[code])


def _left(length: timedelta) -> str:
    if _nearest(length, MINUTE) < 1:
        return gettext("Less than a minute left")
    return gettext("%(duration)s left") % {"duration": remaining(length)}


def _over(length: timedelta) -> str:
    if length < MINUTE:
        return gettext("Less than a minute over")
    return gettext("%(duration)s over") % {"duration": elapsed(length)}


# Every code of a state that any list shows. Red ("bad") is kept for what went wrong, never for what is finished.
STATE_LOOKS = {
    # a service request
    "submitted": Look("inbox", "info"),
    "accepted": Look("circle-check", "info"),
    "dispatched": Look("send", "info"),
    "in_progress": Look("progress", "busy"),
    "waiting": Look("player-pause", "wait"),
    "deliberating": Look("users-group", "wait"),
    "in_project": Look("flag", "busy"),
    "referred": Look("external-link", "wait"),
    "resolved": Look("check", "good"),
    "to_call_back": Look("phone-call", "warn"),
    "closed": Look("archive", "quiet"),
    "rejected": Look("ban", "bad"),
    "withdrawn": Look("arrow-back-up", "quiet"),
    "merged": Look("arrow-right", "quiet"),
    "split": Look("arrow-right", "quiet"),
    # an offer of a request to a unit or person
    "offered": Look("send", "info"),
    "taken": Look("user-check", "busy"),
    "sent_back": Look("arrow-back-up", "warn"),
    "recalled": Look("arrow-back-up", "quiet"),
    "expired": Look("clock-exclamation", "bad"),
    "finished": Look("check", "good"),
    # a message or a call of a webhook
    "to_send": Look("clock", "wait"),
    "sent": Look("check", "good"),
    # a station
    "planned": Look("circle-dashed", "quiet"),
    "building": Look("tool", "busy"),
    "open": Look("circle-check", "good"),
    "suspended": Look("player-pause", "warn"),
    # what a resident wants to know of one: can I go there now?
    "open_now": Look("circle-check", "good"),
    "shut_now": Look("clock", "quiet"),
    # approvals, imports and other rows with a short life
    "pending": Look("hourglass", "wait"),
    "running": Look("progress", "busy"),
    "approved": Look("check", "good"),
    "refused": Look("circle-x", "bad"),
    "failed": Look("alert-triangle", "bad"),
    "active": Look("circle-check", "good"),
    "revoked": Look("ban", "quiet"),
    "abolished": Look("archive", "quiet"),
}
DEFAULT_LOOK = Look("tag", "plain")


def state_look(code: str) -> Look:
    return STATE_LOOKS.get(code, DEFAULT_LOOK)


_THIN_SPACE = "\u2009"
_HAN = "\u3400-\u9fff"
_GAPS = re.compile(rf"(?<=[{_HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=[{_HAN}])")


def thin_spaced(text: str | Promise) -> str:
    """Put a thin space between Chinese and Latin letters or digits, where there is none yet."""
    return _GAPS.sub(_THIN_SPACE, str(text))


# Makemessages finds these through their use in templates of several parts; they live here once.
NOT_APPLICABLE = _("not applicable")


def percentage(rate: float | None) -> str:
    """A share to one decimal, halves up as people round: 0.0625 is 6.3%. Where something is missing it is not 100%."""
    if rate is None:
        return str(NOT_APPLICABLE)
    rounded = (Decimal(str(rate)) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{min(rounded, Decimal('99.9')) if rate < 1 else rounded}%"


def figure(value: int | float | None, unit: str | Promise = "") -> str:
    """A figure with thousands separators and its unit; None is "not applicable", which differs from 0."""
    if value is None:
        return str(NOT_APPLICABLE)
    number = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return f"{number}{_THIN_SPACE}{unit}" if unit else number


def amount(value: Decimal) -> str:
    """800,000 for 800000.00, and 12.50 for 12.5: a sum of money."""
    return f"{value:,.2f}".removesuffix(".00")


def quantity(value: Decimal) -> str:
    """19.5 for 19.50, and 20 for 20.00."""
    return f"{value.normalize():,f}"


def hours(minutes: int) -> str:
    """Minutes of service in words: "12 h 30 min", "45 min"; what is taken back with a minus."""
    if minutes < 0:
        return f"−{hours(-minutes)}"
    whole, rest = divmod(minutes, 60)
    if whole and rest:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": whole, "minutes": rest}
    return gettext("%(hours)d h") % {"hours": whole} if whole or not rest else gettext("%(n)d min") % {"n": rest}


def distance(metres: float) -> str:
    """600 m, 1.2 km: no more digits than one walks by."""
    if metres < 1000:
        return gettext("%(count)d m") % {"count": max(50, round(metres / 50) * 50)}
    return gettext("%(count).1f km") % {"count": metres / 1000}
