"""Who has time for which shifts: the weekly pattern, the days on which it is otherwise, and duty elsewhere."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from portal.core.clock import DAY, ZONE
from portal.core.humanize import hours
from volunteers.models import Assignment, DayAvailability, DutyShift, Volunteer, WeeklyAvailability

Span = tuple[datetime, datetime]
# Shorter than this nobody comes for.
HOUR = timedelta(hours=1)


class Line(NamedTuple):
    """A time of one weekday in somebody's pattern."""

    starts: time
    ends: time
    is_preferred: bool


class SpareTime:
    """The times of some people over some days, read with three queries."""

    def __init__(self, volunteers: Collection[Volunteer], *, since: date, until: date) -> None:
        # A shift that begins before midnight asks for the next day's times, too.
        self.since, self.until = since - DAY, until + 2 * DAY
        self.weekly: dict[tuple[int, int], list[Line]] = defaultdict(list)
        pks = [each.pk for each in volunteers]
        lines = WeeklyAvailability.objects.filter(volunteer__in=pks)
        for volunteer, weekday, *line in lines.values_list("volunteer", "weekday", "starts", "ends", "is_preferred"):
            self.weekly[volunteer, weekday].append(Line(*line))
        days = DayAvailability.objects.filter(volunteer__in=pks, date__range=(self.since, self.until))
        self.days = {(line.volunteer_id, line.date): line for line in days}
        self.duties: dict[int, list[Assignment]] = defaultdict(list)
        bounds = (_midnight(self.since), _midnight(self.until))
        held = Assignment.objects.holding().filter(volunteer__in=pks, period__overlap=bounds).select_related("shift")
        # Of a duty only what and when it is: many people have many of them.
        for duty in held.only("volunteer", "shift__title", "shift__starts_at", "shift__ends_at"):
            self.duties[duty.volunteer_id].append(duty)

    def has_time(self, volunteer_id: int, shift: DutyShift) -> bool:
        """Whether the whole shift lies within times that the person named, on both sides of a midnight."""
        return _covers(self._spans(volunteer_id, shift), (shift.starts_at, shift.ends_at))

    def prefers(self, volunteer_id: int, shift: DutyShift) -> bool:
        """Whether the shift begins within a time that the person likes best."""
        starts = shift.starts_at.astimezone(ZONE)
        if (volunteer_id, starts.date()) in self.days:
            return False
        lines = self.weekly[volunteer_id, starts.weekday()]
        return any(line.is_preferred and line.starts <= starts.time() < line.ends for line in lines)

    def elsewhere(self, volunteer_id: int, shifts: Collection[int]) -> Iterator[Assignment]:
        """Duties that the person holds on other shifts than these."""
        return (duty for duty in self.duties[volunteer_id] if duty.shift_id not in shifts)

    def week_with(self, volunteer_id: int, shift: DutyShift) -> int:
        """Minutes of duty in the shift's week, Monday to Sunday, if the person were on it; the week has to be read."""
        monday = monday_of(shift)
        others = (duty.shift for duty in self.elsewhere(volunteer_id, [shift.pk]))
        return shift.minutes + sum(other.minutes for other in others if monday_of(other) == monday)

    def free_on(self, volunteer_id: int, day: date, *, now: datetime, least: timedelta = HOUR) -> list[Span]:
        """The times of a day that somebody named and has no duty in, from `now` on and of some use."""
        found = [
            (max(now, datetime.combine(day, starts, ZONE)), _end_of(day, ends))
            for starts, ends in self._on(volunteer_id, day)
        ]
        for duty in self.duties[volunteer_id]:
            busy = duty.shift.starts_at, duty.shift.ends_at
            found = [
                part for span in found for part in ((span[0], min(span[1], busy[0])), (max(span[0], busy[1]), span[1]))
            ]
        return sorted({span for span in found if span[1] - span[0] >= least})

    def _spans(self, volunteer_id: int, shift: DutyShift) -> list[Span]:
        day = shift.starts_at.astimezone(ZONE).date()
        last = shift.ends_at.astimezone(ZONE).date()
        found = []
        while day <= last:
            found += [
                (datetime.combine(day, starts, ZONE), _end_of(day, ends))
                for starts, ends in self._on(volunteer_id, day)
            ]
            day += DAY
        return found

    def _on(self, volunteer_id: int, day: date) -> list[tuple[time, time]]:
        special = self.days.get((volunteer_id, day))
        if special is None:
            return [(line.starts, line.ends) for line in self.weekly[volunteer_id, day.weekday()]]
        if special.starts is None or special.ends is None:
            return []
        return [(special.starts, special.ends)]


def beyond_week(minutes: int, most: int) -> str:
    """What there is to say of so much duty in a week of somebody who wants so much at most; mostly nothing."""
    if minutes <= most:
        return ""
    words = _("with this shift %(week)s in the week, more than the %(most)s wanted at most")
    return words % {"week": hours(minutes), "most": hours(most)}


def monday_of(shift: DutyShift) -> date:
    day = shift.starts_at.astimezone(ZONE).date()
    return day - day.weekday() * DAY


def _end_of(day: date, ends: time) -> datetime:
    # 23:59 is how people write midnight: there is no 24:00 in a TIME column.
    if (ends.hour, ends.minute) == (23, 59):
        return _midnight(day + DAY)
    return datetime.combine(day, ends, ZONE)


def _covers(spans: list[Span], wanted: Span) -> bool:
    reached = wanted[0]
    for starts, ends in sorted(spans):
        if starts > reached:
            break
        reached = max(reached, ends)
    return reached >= wanted[1]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
