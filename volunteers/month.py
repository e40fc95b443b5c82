"""The shifts of a station in a month, as a calendar of weeks: one query for the shifts and one for the people on them,
cells as ready strings.

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
from portal.core.humanize import time_span
from portal.core.masking import mask_name
from portal.core.templatetags.portal import icon, tag_html
from stations.models import Station
from stations.models.hours import Weekday
from volunteers import names
from volunteers.coverage import people_wanted, states, with_coverage
from volunteers.models import Assignment, DutyShift
from volunteers.models.duty import DutyShiftQuerySet, stands_in
from volunteers.types import AssignmentStatus, ShiftStatus

WEEK = 7
COLUMNS = (
    "pk", "title", "starts_at", "ends_at", "status", "taken", "min_people", "max_people", "needs_key_holder",
    "has_key", "waiting", "unit_on_turn__short_name", "unit_on_turn__name",
)  # fmt: skip
PEOPLE = (
    "pk", "shift", "volunteer", "volunteer__person", "volunteer__person__name", "status", "shift__starts_at",
)  # fmt: skip
_CELL = (
    '<li{target}><a class="duty-cell{css}" href="{href}" data-duty-cell><span class="duty-time">{time}</span>'
    '<span class="duty-title">{title}</span>{unit}<span class="duty-count">{count}</span>{tags}</a>{people}</li>'
)
_UNIT = '<span class="duty-unit">{}</span>'
# What `static/js/moves.js` works on: people to be taken from shift to shift. Without it a name leads to the form.
_TARGET = ' data-move-target="{pk}" data-move-label="{label}"'
_MOVED = (
    '<li><a class="duty-who{css}" href="{href}" draggable="true" aria-describedby="move-hint"'
    ' data-move-item="{who}" data-move-name="{name}">{shown}</a></li>'
)
_STAYS = '<li><span class="duty-who{css}">{shown}</span></li>'
_DAY = (
    '<div class="duty-day{css}"{anchor} data-duty-day><h2><time datetime="{date}">{number}'
    '<span class="duty-full">{date} {weekday}</span></time>{tags}</h2>{cells}</div>'
)
_WEEK = '<section class="duty-week" aria-label="{label}">{days}</section>'


@dataclass(frozen=True)
class Month:
    first: dt.date
    weeks: SafeString
    # Of the shifts of the month that are not over: how many are short of people, how many lack a key-holder.
    short: int
    without_key: int
    count: int
    # Whether there are shifts before today in the month that today is in: a phone folds them away.
    has_past: bool

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
    shifts = DutyShift.objects.all() if stands_in(station, user.scope) else DutyShift.objects.none()
    return shifts.filter(station=station, starts_at__gte=begins, starts_at__lt=ends).order_by("starts_at", "pk")


def month_of(
    user: Any, station: Station, first: dt.date, now: dt.datetime | None = None, *, may_move: bool = False
) -> Month:
    """The month that begins on `first`, in whole weeks from Monday to Sunday.

    With `may_move` the people on shifts that have not begun can be taken to others.
    """
    now = now or timezone.now()
    today, last = now.astimezone(ZONE).date(), next_month(first) - DAY
    since, until = first - first.weekday() * DAY, last + (WEEK - 1 - last.weekday()) * DAY
    cells: dict[dt.date, list[str]] = defaultdict(list)
    found = {"short": 0, "no_key": 0}
    shifts = shifts_between(user, station, since, until)
    made_of = _Cells(now, _people(user, shifts, now if may_move else None), may_move=may_move).make
    for row in with_coverage(shifts).values_list(*COLUMNS):
        day, html, codes = made_of(row)
        cells[day].append(html)
        for code in codes & set(found) if first <= day <= last else ():
            found[code] += 1
    holidays, weekdays = public_holidays(since, until), [str(label) for label in Weekday.labels]
    made = []
    for monday in (since + n * DAY for n in range(0, (until - since).days, WEEK)):
        days = [monday + n * DAY for n in range(WEEK)]
        inside = "".join(
            _day(
                day, cells[day], weekday=weekdays[day.weekday()], holiday=holidays.get(day, ""), today=today,
                is_outside=not first <= day <= last, is_past=first <= today <= last and day < today,
            )
            for day in days
        )  # fmt: skip
        made.append(_WEEK.format(label=f"{days[0]:%m-%d} – {days[-1]:%m-%d}", days=inside))
    of_month = {day: len(of_day) for day, of_day in cells.items() if first <= day <= last and of_day}
    return Month(
        first=first,
        weeks=mark_safe("".join(made)),  # noqa: S308 - escaped where each part is made
        short=found["short"], without_key=found["no_key"], count=sum(of_month.values()),
        has_past=first <= today <= last and any(day < today for day in of_month),
    )  # fmt: skip


def _day(
    day: dt.date, cells: list[str], *, weekday: str, holiday: str, today: dt.date, is_outside: bool, is_past: bool
) -> str:
    marks = {
        "is-today": day == today, "is-holiday": bool(holiday), "is-outside": is_outside, "is-past": is_past,
        "is-empty": not cells,
    }  # fmt: skip
    tags = f' <span class="tag tag-info">{escape(_("Today"))}</span>' if day == today else ""
    tags += f' <span class="tag tag-wait">{escape(holiday)}</span>' if holiday else ""
    return _DAY.format(
        css="".join(f" {name}" for name, is_so in marks.items() if is_so), date=f"{day:%Y-%m-%d}", number=day.day,
        anchor=' id="today"' if day == today else "", weekday=escape(weekday), tags=tags,
        cells=f"<ul>{''.join(cells)}</ul>" if cells else "",
    )  # fmt: skip


def _people(user: Any, shifts: DutyShiftQuerySet, movable_from: dt.datetime | None) -> dict[int, str]:
    """Who holds a place on each shift, as a list of names; those on shifts after `movable_from` can be moved."""
    rows = Assignment.objects.holding().filter(shift__in=shifts.order_by().values("pk"))
    found = list(rows.order_by("made_at", "pk").values_list(*PEOPLE))
    open_names = names.readable({row[2] for row in found}, user.scope)
    href, asked = reverse("volunteers:place_step", args=[0, "move"]), _still_asked()
    lines: dict[int, list[str]] = defaultdict(list)
    for pk, shift, who, person, name, status, starts_at in found:
        shown = name if who in open_names or person == user.person_id else mask_name(name)
        is_asked = status == AssignmentStatus.PROPOSED
        template = _MOVED if movable_from and starts_at > movable_from else _STAYS
        lines[shift].append(
            template.format(
                css=" is-asked" if is_asked else "", href=href.replace("/0/", f"/{pk}/"), who=who, name=escape(shown),
                shown=escape(shown) + (asked if is_asked else ""),
            )
        )  # fmt: skip
    return {shift: f'<ul class="duty-on">{"".join(of_shift)}</ul>' for shift, of_shift in lines.items()}


def _still_asked() -> str:
    words = escape(AssignmentStatus.PROPOSED.label)
    return f'<span title="{words}">{icon("hourglass")}<span class="sr-only"> {words}</span></span>'


class _Cells:
    """Cells of one page. Most shifts of a month stand like some other one: each standing is put into words once."""

    def __init__(self, now: dt.datetime, people: dict[int, str], *, may_move: bool) -> None:
        self.now, self.people, self.may_move = now, people, may_move
        self.href = reverse("volunteers:shift_detail", args=[0])
        self.standings: dict[tuple[Any, ...], tuple[str, str, str, set[str]]] = {}

    def make(self, row: tuple[Any, ...]) -> tuple[dt.date, str, set[str]]:
        """The day that a row of `COLUMNS` belongs to, its cell, and the codes of what is missing on it."""
        pk, title, starts_at, ends_at, *stands, short_name, name = row
        unit = short_name or name
        starts, ends = starts_at.astimezone(ZONE), ends_at.astimezone(ZONE)
        key = (ends_at <= self.now, *stands)
        if key not in self.standings:
            self.standings[key] = _standing(*key)
        css, count, tags, codes = self.standings[key]
        html = _CELL.format(
            css=css, href=self.href.replace("/0/", f"/{pk}/"), time=f"{starts:%H:%M}–{ends:%H:%M}",
            title=escape(title), unit=_UNIT.format(escape(unit)) if unit else "", count=count, tags=tags,
            people=self.people.get(pk, ""),
            target=_TARGET.format(pk=pk, label=self.label(row)) if self.may_move else "",
        )  # fmt: skip
        return starts.date(), html, codes

    def label(self, row: tuple[Any, ...]) -> str:
        """How the shift is called when somebody is moved to it."""
        _pk, title, starts_at, ends_at, _status, taken, fewest, most, *_rest = row
        return escape(f"{time_span(starts_at, ends_at, self.now)} {title} {people_wanted(taken, fewest, most)}")


def _standing(
    is_over: bool, status: str, taken: int, fewest: int, most: int, needs_key: bool, has_key: bool, waiting: int
) -> tuple[str, str, str, set[str]]:
    """Classes, number of people, tags, and the codes of what is missing on a shift that is not over."""
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
    count = escape(_("%(people)s people") % {"people": people_wanted(taken, fewest, most)})
    return css, count, tags, codes if not is_over else set()
