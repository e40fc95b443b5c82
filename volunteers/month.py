"""The shifts of a station in a month, as a calendar of weeks: one query for the shifts, cells as ready strings.

A keeper looks at this page many times a day, so no template is run for a single shift.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.clock import DAY, ZONE
from portal.core.holidays import public_holidays
from portal.core.templatetags.portal import tag_html
from stations.models import Station
from volunteers.coverage import people_wanted, states, with_coverage
from volunteers.models import DutyShift
from volunteers.models.duty import DutyShiftQuerySet
from volunteers.types import ShiftStatus

WEEK = 7
COLUMNS = (
    "pk", "title", "starts_at", "ends_at", "status", "taken", "min_people", "max_people", "needs_key_holder",
    "has_key", "waiting",
)  # fmt: skip
_CELL = (
    '<li><a class="duty-cell{css}" href="{href}" data-duty-cell><span class="duty-time">{time}</span>'
    '<span class="duty-title">{title}</span><span class="duty-count">{count}</span>{tags}</a></li>'
)


@dataclass(frozen=True)
class Day:
    date: dt.date
    cells: SafeString
    count: int
    holiday: str
    is_today: bool
    is_outside: bool  # of the month

    @property
    def weekday(self) -> int:
        return self.date.weekday()


@dataclass(frozen=True)
class Month:
    first: dt.date
    weeks: list[list[Day]]
    short: int
    without_key: int
    count: int

    @property
    def previous(self) -> str:
        return f"{self.first - DAY:%Y-%m}"

    @property
    def next(self) -> str:
        return f"{next_month(self.first):%Y-%m}"


def next_month(first: dt.date) -> dt.date:
    return (first.replace(day=28) + 4 * DAY).replace(day=1)


def shifts_between(user: Any, station: Station, since: dt.date, until: dt.date) -> DutyShiftQuerySet:
    """The station's shifts that begin from `since` to `until` inclusive, as far as the person may see them."""
    begins = dt.datetime.combine(since, dt.time(), ZONE)
    ends = dt.datetime.combine(until + DAY, dt.time(), ZONE)
    mine = DutyShift.objects.for_user(user).filter(station=station, starts_at__gte=begins, starts_at__lt=ends)
    return mine.order_by("starts_at", "pk")


def month_of(user: Any, station: Station, first: dt.date, now: dt.datetime | None = None) -> Month:
    """The month that begins on `first`, in whole weeks from Monday to Sunday."""
    now = now or timezone.now()
    today, last = now.astimezone(ZONE).date(), next_month(first) - DAY
    since, until = first - first.weekday() * DAY, last + (WEEK - 1 - last.weekday()) * DAY
    cells, found = defaultdict(list), {"short": 0, "no_key": 0}
    href = reverse("volunteers:shift_detail", args=[0])
    for row in with_coverage(shifts_between(user, station, since, until)).values_list(*COLUMNS):
        day, html, codes = _cell(row, href, now)
        cells[day].append(html)
        for code in codes & set(found) if first <= day <= last else ():
            found[code] += 1
    holidays = public_holidays(since, until)
    days = [
        Day(
            date=day,
            cells=mark_safe("".join(cells[day])),  # noqa: S308 - escaped where each is made
            count=len(cells[day]), holiday=holidays.get(day, ""), is_today=day == today,
            is_outside=not first <= day <= last,
        )
        for day in (since + n * DAY for n in range((until - since).days + 1))
    ]  # fmt: skip
    weeks = [days[n : n + WEEK] for n in range(0, len(days), WEEK)]
    return Month(first, weeks, found["short"], found["no_key"], sum(each.count for each in days if not each.is_outside))


def _cell(row: tuple[Any, ...], href: str, now: dt.datetime) -> tuple[dt.date, str, set[str]]:
    pk, title, starts_at, ends_at, status, taken, fewest, most, needs_key, has_key, waiting = row
    starts, ends = starts_at.astimezone(ZONE), ends_at.astimezone(ZONE)
    is_over = ends_at <= now
    shown = list(
        states(
            status=status, taken=taken, min_people=fewest, max_people=most, needs_key_holder=needs_key,
            has_key=has_key, is_over=is_over,
        )
    )  # fmt: skip
    tags = "".join(tag_html(each.words, each.look) for each in shown)
    if waiting and not is_over:
        words = ngettext("%(count)d waits", "%(count)d wait", waiting) % {"count": waiting}
        tags += f'<span class="duty-waiting">{escape(words)}</span>'
    codes = {each.code for each in shown}
    css = " is-over" if is_over else ""
    css += " is-off" if status == ShiftStatus.CALLED_OFF else " is-short" if "short" in codes and not is_over else ""
    html = _CELL.format(
        css=css, href=href.replace("/0/", f"/{pk}/"), time=f"{starts:%H:%M}–{ends:%H:%M}", title=escape(title),
        count=escape(_("%(people)s people") % {"people": people_wanted(taken, fewest, most)}), tags=tags,
    )  # fmt: skip
    return starts.date(), html, codes if not is_over else set()
