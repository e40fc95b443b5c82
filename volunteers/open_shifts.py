"""Shifts that a volunteer can sign up for: which are near, which fit, and what stands in the way of the others."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, ExtractHour, ExtractIsoWeekDay
from django.utils.translation import gettext_lazy as _

from portal.core.clock import DAY, ZONE
from portal.core.models import Level, Region
from volunteers.models import Assignment, DutyShift, Skill, Volunteer
from volunteers.models.duty import DutyShiftQuerySet
from volunteers.spare_time import SpareTime, monday_of
from volunteers.suitability import obstacles
from volunteers.types import HOLDING, AssignmentStatus
from volunteers.whereabouts import distance_from

# So many of the nearest are looked at; who wants others names a day or a part of the week.
MOST = 200
EVENING_HOUR = 17
SATURDAY = 6


class Part(models.TextChoices):
    """Parts of the week by which people know when they have time."""

    DAYTIME = "daytime", _("Monday to Friday, by day")
    EVENING = "evening", _("Monday to Friday, evening")
    WEEKEND = "weekend", _("Weekend")


@dataclass(frozen=True)
class Offer:
    """An open shift as it looks to one volunteer."""

    shift: DutyShift
    # Sentences that the person may read; none for those who may do the shift.
    obstacles: list[str]
    # Duty of the person's own at that time.
    elsewhere: Assignment | None
    has_time: bool
    is_preferred: bool
    # Duty in the shift's week with this shift, and how much the person wants of it at most.
    week_minutes: int
    wanted_minutes: int
    # What somebody on the shift must be able to do, and whether this person can.
    skills: list[tuple[Skill, bool]]
    distance_m: float | None

    @property
    def is_full(self) -> bool:
        return self.shift.taken >= self.shift.max_people

    @property
    def places_left(self) -> int:
        return max(0, self.shift.max_people - self.shift.taken)

    @property
    def is_beyond_week(self) -> bool:
        return self.week_minutes > self.wanted_minutes

    @property
    def is_possible(self) -> bool:
        return not self.obstacles and self.elsewhere is None

    @property
    def order(self) -> tuple[int, date, float, int, datetime, int]:
        """What fits comes first, day by day, and of one day the nearest; then what has room, what is wanted."""
        fit = 0 if self.is_possible and self.has_time else 1 if self.is_possible else 2
        useful = 0 if self.is_preferred or any(mine for _skill, mine in self.skills) else 1
        near = float("inf") if self.distance_m is None else self.distance_m
        day = self.shift.starts_at.astimezone(ZONE).date()
        return fit, day, near, int(self.is_full) * 2 + useful, self.shift.starts_at, self.shift.pk


def open_to(volunteer: Volunteer, *, at: datetime) -> DutyShiftQuerySet:
    """Shifts of the volunteer's district for which sign-up is open, without those that they are on."""
    mine = Assignment.objects.filter(volunteer=volunteer, status__in=[*HOLDING, AssignmentStatus.WAITING])
    shifts = DutyShift.objects.signing_up(at).filter(district=_district_of(volunteer.home_region))
    return shifts.exclude(pk__in=mine.values("shift"))


def is_offered(shift: DutyShift, volunteer: Volunteer, *, at: datetime) -> bool:
    """Whether `open_to` would show a shift at hand, on which the volunteer may be already."""
    home, district = volunteer.home_region, shift.district
    is_ours = home.path.startswith(district.path) if district.level == Level.DISTRICT else district == home
    return is_ours and shift.is_signing_up(at)


def offers(
    volunteer: Volunteer, *, at: datetime, day: date | None = None, part: str = "", shift_id: int | None = None
) -> list[Offer]:
    """The nearest open shifts in their `order`. The number of queries is the same for one and for a hundred."""
    shifts = open_to(volunteer, at=at)
    if shift_id is not None:
        shifts = shifts.filter(pk=shift_id)
    if day:
        midnight = datetime.combine(day, time(), ZONE)
        shifts = shifts.filter(starts_at__gte=midnight, starts_at__lt=midnight + DAY)
    if part:
        shifts = _in_part(shifts, part)
    return sorted(_seen_by(volunteer, _nearest(shifts, volunteer)), key=lambda offer: offer.order)


def _seen_by(volunteer: Volunteer, shifts: Collection[DutyShift]) -> list[Offer]:
    if not shifts:
        return []
    days = [shift.starts_at.astimezone(ZONE).date() for shift in shifts]
    # Whole weeks: a shift counts towards the hours of its week.
    mondays = [monday_of(shift) for shift in shifts]
    times = SpareTime([volunteer], since=min(mondays), until=max(mondays) + 6 * DAY)
    skills = list(volunteer.skills.select_related("skill"))
    duties = list(times.elsewhere(volunteer.pk, ()))
    return [
        Offer(
            shift=shift,
            obstacles=list(obstacles(shift, volunteer)),
            elsewhere=next((duty for duty in duties if _overlap(duty.shift, shift)), None),
            has_time=times.has_time(volunteer.pk, shift),
            is_preferred=times.prefers(volunteer.pk, shift),
            week_minutes=times.week_with(volunteer.pk, shift),
            wanted_minutes=volunteer.weekly_minutes,
            skills=[
                (asked, any(own.skill_id == asked.pk and own.counts_on(day) for own in skills))
                for asked in shift.skills.all()
            ],
            distance_m=shift.distance_m,
        )
        for shift, day in zip(shifts, days, strict=True)
    ]  # fmt: skip


def _nearest(shifts: DutyShiftQuerySet, volunteer: Volunteer) -> list[DutyShift]:
    """With `distance_m` where both points are known; the own community comes first in any case."""
    distance = distance_from(volunteer, latitude="station__latitude", longitude="station__longitude")
    rows = shifts.select_related("station__region").prefetch_related("skills").annotate(distance_m=distance)
    at_home = models.Case(models.When(station__region=volunteer.home_region, then=0), default=1)
    return list(rows.order_by(F("distance_m").asc(nulls_last=True), at_home, "starts_at", "pk")[:MOST])


def _in_part(shifts: DutyShiftQuerySet, part: str) -> DutyShiftQuerySet:
    rows = shifts.annotate(
        weekday=ExtractIsoWeekDay("starts_at", tzinfo=ZONE), hour=ExtractHour("starts_at", tzinfo=ZONE)
    )
    match part:
        case Part.WEEKEND:
            return rows.filter(weekday__gte=SATURDAY)
        case Part.EVENING:
            return rows.filter(Q(weekday__lt=SATURDAY), hour__gte=EVENING_HOUR)
    return rows.filter(weekday__lt=SATURDAY, hour__lt=EVENING_HOUR)


def _overlap(one: DutyShift, other: DutyShift) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _district_of(home: Region) -> Coalesce:
    """As `planning.district_of` of a station there."""
    district = Region.objects.ancestors_of(home.path).filter(level=Level.DISTRICT)
    return Coalesce(models.Subquery(district.values("pk")[:1]), Value(home.pk))
