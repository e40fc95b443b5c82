"""A roster's problem as the register, the shifts and duty elsewhere make it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from portal.core.clock import DAY, ZONE
from stations.models import Station
from volunteers.models import (
    Assignment,
    DutyShift,
    HourEntry,
    KeyHolder,
    Roster,
    TeamMember,
    Volunteer,
    VolunteerSkill,
)
from volunteers.models.duty import DutyShiftQuerySet
from volunteers.roster.greedy import greedy
from volunteers.roster.problem import Gap, Pair, Person, Problem, Rules, Shift, load, unfairness
from volunteers.spare_time import SpareTime
from volunteers.suitability import obstacles
from volunteers.types import AssignmentStatus, HourAccount, MemberStatus

# More people make the solver slow and the roster no better; who lives near and serves here comes first.
MOST_PEOPLE = 120
REMEMBERED = timedelta(days=92)
# A wish of one's own, and that a unit's own people serve when it is the unit's turn.
LIKES, ON_TURN = 1, 3
# Whoever was asked already should not be told off again without need.
IS_ASKED = 2
# What of a volunteer decides whether they can serve.
READ = ("status", "weekly_minutes", "born_on", "insured_until", "trained_on", "recruited_by_id")
# Shifts by person.
Duties = Mapping[int, Sequence[DutyShift]]


def open_shifts(first_day: date, last_day: date) -> DutyShiftQuerySet:
    """Planned shifts that begin in these days."""
    begins = datetime.combine(first_day, time(), ZONE)
    ends = datetime.combine(last_day + DAY, time(), ZONE)
    return DutyShift.objects.open().filter(starts_at__gte=begins, starts_at__lt=ends)


def shifts_of(roster: Roster) -> DutyShiftQuerySet:
    """The shifts that a roster is about."""
    return open_shifts(roster.first_day, roster.last_day).filter(station=roster.station_id)


@dataclass(frozen=True)
class Plan:
    """A roster's problem, and the draft at once that the work begins with."""

    problem: Problem
    start: frozenset[Pair]
    shifts: Mapping[int, DutyShift]


def plan(roster: Roster, *, drafted: Duties | None = None) -> Plan:
    """The problem as the register, the shifts and duty elsewhere make it; as many queries whatever its size.

    `drafted`: duties that other drafts of the same days give to people, and that count as if they held.
    """
    shifts = list(shifts_of(roster).prefetch_related("skills"))
    ids = {shift.pk for shift in shifts}
    people = candidates(roster.station, ids)
    times = SpareTime(people, since=roster.first_day, until=roster.last_day)
    pinned = set(roster.lines.filter(is_pinned=True).values_list("volunteer_id", "shift_id"))
    on_shifts = Assignment.objects.holding().filter(shift__in=ids)
    current = set()
    for who, shift, status, is_pinned in on_shifts.values_list("volunteer_id", "shift_id", "status", "is_pinned"):
        current.add((who, shift))
        # Whoever has said yes stays; a proposal may still go to somebody else.
        if status == AssignmentStatus.CONFIRMED or is_pinned:
            pinned.add((who, shift))
    known = {each.pk for each in people}
    first = datetime.combine(roster.first_day, time(), ZONE)
    carried = _carried(roster, people)
    problem = Problem(
        people=tuple(
            _person(each, shifts, _elsewhere(times, each.pk, ids, drafted), times, first, carried, roster, current)
            for each in people
        ),
        shifts=tuple(_shift(each, first) for each in shifts),
        first_weekday=roster.first_day.weekday(),
        pinned=frozenset((who, shift) for who, shift in pinned if who in known),
    )
    # What stands stays where it can: the draft to begin with is a whole roster around it.
    return Plan(problem, frozenset(greedy(problem, keep=current)), {shift.pk: shift for shift in shifts})


def candidates(station: Station, shift_ids: Iterable[int]) -> list[Volunteer]:
    """Who may be put on a station's roster: those who live in its region or serve here, who brings most first."""
    # Subqueries, not joins: an OR over four joined tables has the planner read all of them.
    keys = KeyHolder.objects.filter(station=station).values("volunteer")
    on_it = Assignment.objects.holding().filter(shift__in=list(shift_ids)).values("volunteer")
    in_team = TeamMember.objects.filter(team__region=station.region_id, status=MemberStatus.ACTIVE).values("volunteer")
    serves_here = Q(pk__in=keys) | Q(pk__in=on_it) | Q(pk__in=in_team)
    wanted = Volunteer.objects.active().filter(Q(home_region__path__startswith=station.region.path) | serves_here)
    skills = VolunteerSkill.objects.filter(volunteer=OuterRef("pk")).order_by().values("volunteer")
    ranked = wanted.annotate(
        has_key=Exists(KeyHolder.objects.filter(station=station, volunteer=OuterRef("pk"))),
        skill_count=Coalesce(Subquery(skills.annotate(n=Count("pk")).values("n")), 0),
    ).order_by("-has_key", "-skill_count", "pk")
    members = TeamMember.objects.filter(status=MemberStatus.ACTIVE).select_related("team")
    rows = ranked.only(*READ).prefetch_related(
        # Lists: a related manager for each of a hundred people costs more than the query.
        Prefetch("skills", VolunteerSkill.objects.select_related("skill"), to_attr="held_skills"),
        Prefetch("memberships", members, to_attr="active_memberships"),
    )
    return list(rows[:MOST_PEOPLE])


def _shift(shift: DutyShift, first: datetime) -> Shift:
    return Shift(
        id=shift.pk,
        starts=_minutes(shift.starts_at - first),
        ends=_minutes(shift.ends_at - first),
        fewest=shift.min_people,
        most=shift.max_people,
        skills=frozenset(skill.code for skill in shift.skills.all()),
        needs_key=shift.needs_key_holder,
    )


def _elsewhere(times: SpareTime, who: int, ids: set[int], drafted: Duties | None) -> list[DutyShift]:
    held = {duty.shift_id: duty.shift for duty in times.elsewhere(who, ids)}
    return list((held | {shift.pk: shift for shift in (drafted or {}).get(who, ())}).values())


def _person(
    volunteer: Volunteer, shifts: list[DutyShift], elsewhere: list[DutyShift], times: SpareTime, first: datetime,
    carried: Mapping[int, int], roster: Roster, current: set[Pair],
) -> Person:  # fmt: skip
    free = [
        shift
        for shift in shifts
        if times.has_time(volunteer.pk, shift)
        and not list(obstacles(shift, volunteer))
        and not any(_clash(shift, duty) for duty in elsewhere)
    ]
    busy_minutes: dict[int, int] = defaultdict(int)
    busy_days = set()
    for duty in elsewhere:
        day = _minutes(duty.starts_at - first) // (24 * 60)
        busy_days.add(day)
        busy_minutes[(day + roster.first_day.weekday()) // 7] += duty.minutes
    units = {member.team.organization_id for member in volunteer.active_memberships}
    wishes = {
        shift.pk: LIKES * times.prefers(volunteer.pk, shift)
        + IS_ASKED * ((volunteer.pk, shift.pk) in current)
        + ON_TURN * (shift.unit_on_turn_id is not None and shift.unit_on_turn_id in units)
        for shift in free
    }
    return Person(
        id=volunteer.pk,
        weekly_minutes=volunteer.weekly_minutes,
        available=frozenset(shift.pk for shift in free),
        skills=frozenset(held.skill.code for held in volunteer.held_skills if held.counts_on(roster.last_day)),
        has_key=volunteer.has_key,
        is_minor=volunteer.is_minor(roster.first_day),
        carried_minutes=carried.get(volunteer.pk, 0),
        busy_minutes=busy_minutes,
        busy_days=frozenset(busy_days),
        wishes={shift: worth for shift, worth in wishes.items() if worth},
        partners=frozenset(filter(None, [volunteer.recruited_by_id])),
    )


def _clash(shift: DutyShift, other: DutyShift) -> bool:
    """Whether duty elsewhere leaves no time, or no night's rest, for a shift."""
    first, second = sorted((shift, other), key=lambda each: each.starts_at)
    if second.starts_at < first.ends_at:
        return True
    same_day = first.starts_at.astimezone(ZONE).date() == second.starts_at.astimezone(ZONE).date()
    return not same_day and _minutes(second.starts_at - first.ends_at) < Rules().rest_minutes


def _carried(roster: Roster, people: list[Volunteer]) -> dict[int, int]:
    """How many minutes each served more than their share in the last three months, within two weeks' capacity."""
    since = roster.first_day - REMEMBERED
    rows = HourEntry.objects.filter(
        volunteer__in=people, account=HourAccount.RECORDED, on__gte=since, on__lt=roster.first_day
    )
    served = dict(rows.order_by().values_list("volunteer").annotate(Sum("minutes")))
    capacity = sum(person.weekly_minutes for person in people)
    total = sum(served.values())
    found = {}
    for person in people:
        share = total * person.weekly_minutes // capacity if capacity else 0
        most = 2 * person.weekly_minutes
        found[person.pk] = max(-most, min(most, served.get(person.pk, 0) - share))
    return found


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def outcome(made: Plan, roster: Collection[Pair], gaps: Iterable[Gap]) -> dict[str, Any]:
    """What pages and the API tell of a roster, as JSON. "Before" is the draft that the solver began with."""
    minutes, before = load(made.problem, roster), load(made.problem, made.start)
    return {
        "people": len(made.problem.people),
        "places": sum(shift.fewest for shift in made.problem.shifts),
        "filled": len(roster),
        "unfairness": unfairness(made.problem, roster),
        "unfairness_before": unfairness(made.problem, made.start),
        "gaps": [
            {"shift": gap.shift, "what": gap.what, "count": gap.count, "reason": gap.reason, "proven": gap.is_proven}
            for gap in gaps
        ],
        "stages": [],
        "load": [
            {"volunteer": who, "minutes": minutes[who], "before": before[who], "share": made.problem.shares[who]}
            for who in sorted(minutes)
        ],
    }
