"""Who fits a shift: near, free, allowed and able; the likeliest first, each with the reasons."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.utils.translation import gettext as _

from portal.core.clock import DAY, ZONE
from portal.core.humanize import hours
from portal.core.models import Level, User
from stations.models import Station
from volunteers import names
from volunteers.models import Assignment, DutyShift, Volunteer
from volunteers.models.volunteers import VolunteerQuerySet
from volunteers.roster.problem import Rules
from volunteers.spare_time import SpareTime, beyond_week, monday_of
from volunteers.suitability import obstacles
from volunteers.types import GAVE_BACK, HOLDING, AssignmentStatus

# So many are looked at, and so many of them shown: a keeper asks the first few.
LOOKED_AT, SHOWN = 400, 40
HERE, NEAR, FAR = 0, 1, 2


@dataclass
class Candidate:
    volunteer: Volunteer
    # Why this person may not do it at all.
    against: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rank: tuple[Any, ...] = ()

    @property
    def fits(self) -> bool:
        return not self.against


def candidates(shift: DutyShift, *, by: User | None, words: str = "") -> list[Candidate]:
    """Of the active volunteers whom `by` may see, those who live near or hold a key; with `words`, anybody so called.

    `by` None is the portal itself, which sees all. A constant number of queries.
    """
    return judge(_pool(shift, by=by, words=words), shift)[:SHOWN]


def judge(rows: VolunteerQuerySet, shift: DutyShift) -> list[Candidate]:
    """These people, `LOOKED_AT` of them at most, the likeliest first. A constant number of queries."""
    people = list(_as_read(rows, shift)[:LOOKED_AT])
    monday = monday_of(shift)
    times = SpareTime(people, since=monday, until=monday + 6 * DAY)
    wanted = list(shift.skills.all())
    found = [_candidate(each, shift, times, wanted) for each in people]
    return sorted(found, key=lambda each: each.rank)


def _pool(shift: DutyShift, *, by: User | None, words: str) -> VolunteerQuerySet:
    on_it = Assignment.objects.filter(shift=shift, status__in=[*HOLDING, AssignmentStatus.WAITING])
    rows = Volunteer.objects.all() if by is None else Volunteer.objects.for_user(by)
    rows = rows.active().exclude(pk__in=on_it.values("volunteer"))
    if words and by is not None:
        # To be found by a masked name would tell it.
        named = Q(person__name__icontains=words, pk__in=Volunteer.objects.open_to(by.scope).values("pk"))
        rows = rows.filter(named | Q(number__startswith=words))
    else:
        # As a subquery: with `or` over a join the planner would read all volunteers.
        keys = Volunteer.objects.filter(keys__station=shift.station).values("pk")
        rows = rows.filter(Q(home_region__path__startswith=_street(shift.station)) | Q(pk__in=keys))
    return rows if by is None else names.with_names(rows, by.scope)


def _as_read(rows: VolunteerQuerySet, shift: DutyShift) -> VolunteerQuerySet:
    """With what a judgement needs: how far from the station they live, and whether they gave this shift back."""
    here, street = shift.station.region.path, _street(shift.station)
    distance = Case(
        When(home_region__path__startswith=here, then=Value(HERE)),
        When(home_region__path__startswith=street, then=Value(NEAR)),
        default=Value(FAR),
        output_field=IntegerField(),
    )
    gave_back = Assignment.objects.filter(
        shift=shift, volunteer=OuterRef("pk"), status__in=GAVE_BACK
    )  # fmt: skip
    rows = rows.annotate(distance=distance, gave_back=Exists(gave_back)).defer("search", "note")
    rows = rows.select_related("person", "home_region").prefetch_related("skills__skill", "keys")
    return rows.order_by("distance", "pk")


def _street(station: Station) -> str:
    region = station.region
    while region.level in (Level.GRID, Level.COMMUNITY) and region.parent is not None:
        region = region.parent
    return region.path


def _candidate(volunteer: Volunteer, shift: DutyShift, times: SpareTime, wanted: list[Any]) -> Candidate:
    found = Candidate(volunteer, against=list(obstacles(shift, volunteer)))
    duties = list(times.elsewhere(volunteer.pk, [shift.pk]))
    if any(_overlap(duty.shift, shift) for duty in duties):
        found.against.append(_("On duty elsewhere at that time."))
    is_free, likes = times.has_time(volunteer.pk, shift), times.prefers(volunteer.pk, shift)
    if is_free:
        found.reasons.append(_("likes this time best") if likes else _("has time"))
    else:
        found.doubts.append(_("has not named this time"))
    if volunteer.gave_back:
        found.doubts.insert(0, _("has declined this shift, or given it back"))
    has_rest = not any(_too_close(duty.shift, shift) for duty in duties)
    if not has_rest:
        found.doubts.append(_("hardly any rest between two duties"))
    elif duties:
        found.reasons.append(_("enough rest between two duties"))
    week = times.week_with(volunteer.pk, shift)
    load, has_room = week - shift.minutes, week <= volunteer.weekly_minutes
    most = hours(volunteer.weekly_minutes)
    if doubt := beyond_week(week, volunteer.weekly_minutes):
        found.doubts.append(doubt)
    elif load:
        found.reasons.append(_("%(load)s this week, wants %(most)s at most") % {"load": hours(load), "most": most})
    has_key = any(key.station_id == shift.station_id for key in volunteer.keys.all())
    if has_key:
        found.reasons.append(_("holds a key"))
    day = shift.starts_at.astimezone(ZONE).date()
    able = {each.skill_id for each in volunteer.skills.all() if each.counts_on(day)}
    skilled = [skill.name for skill in wanted if skill.pk in able]
    found.reasons += skilled
    distance = volunteer.distance
    if distance != FAR:
        found.reasons.append(_("lives in this community") if distance == HERE else _("lives in this street"))
    is_wanted_key = shift.needs_key_holder and has_key
    found.rank = (
        bool(found.against), volunteer.gave_back, not is_free, not has_room, not has_rest,
        -len(skilled) - is_wanted_key, not likes, distance, load, volunteer.pk,
    )  # fmt: skip
    return found


def _overlap(one: DutyShift, other: DutyShift) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _too_close(one: DutyShift, other: DutyShift) -> bool:
    """The rosters' rule of rest, for two duties on different days."""
    first, second = sorted((one, other), key=lambda each: each.starts_at)
    gap = second.starts_at - first.ends_at
    is_next_day = first.local_date != second.local_date
    return is_next_day and dt.timedelta(0) <= gap < dt.timedelta(minutes=Rules().rest_minutes)
