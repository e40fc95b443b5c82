"""Rosters of a station: asked for, solved by a job, looked at, pinned, solved again, published by a person."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import DAY, ZONE
from portal.core.errors import Conflict, DomainError
from portal.core.history import acting_as
from portal.core.models import User
from stations.models import Station
from volunteers import notices, places
from volunteers.guards import refuse_unless_runs_duty
from volunteers.models import Assignment, DutyShift, HourEntry, Roster, RosterLine, Volunteer
from volunteers.models.duty import DutyShiftQuerySet
from volunteers.roster.greedy import greedy
from volunteers.roster.problem import Pair, Person, Problem, Rules, Shift, load, unfairness
from volunteers.roster.solver import Result, solve
from volunteers.spare_time import SpareTime
from volunteers.suitability import obstacles
from volunteers.types import HOLDING, AssignmentSource, AssignmentStatus, HourAccount, MemberStatus

LONGEST = 62 * DAY
# More people make the solver slow and the roster no better; who lives near and serves here comes first.
MOST_PEOPLE = 120
TO_ANSWER = timedelta(hours=48)
REMEMBERED = timedelta(days=92)
# A wish of one's own, and that a unit's own people serve when it is the unit's turn.
LIKES, ON_TURN = 1, 3


def ask(station: Station, *, first_day: date, last_day: date, by: User) -> Roster:
    """Ask for a roster of a station's shifts in these days. The caller enqueues the job when this is committed."""
    refuse_unless_runs_duty(station, by=by)
    if not first_day <= last_day <= first_day + LONGEST:
        backwards = last_day < first_day
        message = _("The last day comes before the first.") if backwards else _("A roster covers two months at most.")
        raise DomainError("invalid", message, fields={"last_day": [message]})
    roster = Roster(station=station, first_day=first_day, last_day=last_day, made_by=by)
    if not shifts_of(roster).exists():
        raise DomainError("no_shifts", _("There are no shifts in these days. Please make a duty template first."))
    with transaction.atomic(), acting_as(by.pk):
        roster.save()
    return roster


def shifts_of(roster: Roster) -> DutyShiftQuerySet:
    """The shifts that a roster is about: planned ones of its station that begin in its days."""
    begins = datetime.combine(roster.first_day, time(), ZONE)
    ends = datetime.combine(roster.last_day + DAY, time(), ZONE)
    return DutyShift.objects.open().filter(station=roster.station_id, starts_at__gte=begins, starts_at__lt=ends)


@dataclass(frozen=True)
class Plan:
    """A roster's problem, and the draft that it begins with."""

    problem: Problem
    start: frozenset[Pair]


def plan(roster: Roster) -> Plan:
    """The problem as the register, the shifts and duty elsewhere make it; six queries, whatever its size."""
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
    first = datetime.combine(roster.first_day, time(), ZONE)
    carried = _carried(roster, people)
    problem = Problem(
        people=tuple(_person(each, shifts, times, first, carried, roster) for each in people),
        shifts=tuple(_shift(each, first) for each in shifts),
        first_weekday=roster.first_day.weekday(),
        pinned=frozenset((who, shift) for who, shift in pinned if who in {each.pk for each in people}),
    )
    start = set(problem.pinned) | {pair for pair in current if pair[0] in problem.person}
    return Plan(problem, frozenset(start if start != set(problem.pinned) else greedy(problem)))


def candidates(station: Station, shift_ids: Iterable[int]) -> list[Volunteer]:
    """Who may be put on a station's roster: those who live in its region or serve here, nearest to its needs first."""
    lives_here = Q(home_region__path__startswith=station.region.path)
    key = Q(keys__station=station)
    on_it = Q(assignments__shift__in=list(shift_ids), assignments__status__in=HOLDING)
    team = Q(memberships__team__region=station.region_id, memberships__status=MemberStatus.ACTIVE)
    wanted = Volunteer.objects.active().filter(lives_here | key | on_it | team).values("pk")
    rows = Volunteer.objects.filter(pk__in=wanted).prefetch_related("skills__skill", "keys", "memberships__team")
    found = list(rows.select_related("person").order_by("pk"))

    def rank(person: Volunteer) -> tuple[bool, int, int]:
        has_key = any(key.station_id == station.pk for key in person.keys.all())
        return (not has_key, -len(person.skills.all()), person.pk)

    return sorted(found, key=rank)[:MOST_PEOPLE]


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


def _person(
    volunteer: Volunteer, shifts: list[DutyShift], times: SpareTime, first: datetime, carried: Mapping[int, int],
    roster: Roster,
) -> Person:  # fmt: skip
    ids = {shift.pk for shift in shifts}
    elsewhere = list(times.elsewhere(volunteer.pk, ids))
    free = [
        shift
        for shift in shifts
        if times.has_time(volunteer.pk, shift)
        and not list(obstacles(shift, volunteer))
        and not any(_clash(shift, duty.shift) for duty in elsewhere)
    ]
    busy_minutes: dict[int, int] = defaultdict(int)
    busy_days = set()
    for duty in elsewhere:
        day = _minutes(duty.shift.starts_at - first) // (24 * 60)
        busy_days.add(day)
        busy_minutes[(day + roster.first_day.weekday()) // 7] += duty.shift.minutes
    active = [member for member in volunteer.memberships.all() if member.status == MemberStatus.ACTIVE]
    units = {member.team.organization_id for member in active}
    wishes = {
        shift.pk: LIKES * times.prefers(volunteer.pk, shift)
        + ON_TURN * (shift.unit_on_turn_id is not None and shift.unit_on_turn_id in units)
        for shift in free
    }
    return Person(
        id=volunteer.pk,
        weekly_minutes=volunteer.weekly_minutes,
        available=frozenset(shift.pk for shift in free),
        skills=frozenset(held.skill.code for held in volunteer.skills.all() if held.counts_on(roster.last_day)),
        has_key=any(key.station_id == roster.station_id for key in volunteer.keys.all()),
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


def run(roster_id: int, *, seconds: dict[str, float] | None = None) -> Roster:
    """Solve a roster that was asked for. A second run of the same job finds it done."""
    with transaction.atomic():
        roster = Roster.objects.select_for_update(of=("self",)).select_related("station__region").get(pk=roster_id)
        if roster.status not in (Roster.Status.QUEUED, Roster.Status.SOLVING):
            return roster
        roster.status = Roster.Status.SOLVING
        roster.save(update_fields=["status"])
    made = plan(roster)
    result = solve(made.problem, hint=made.start, seconds=seconds, tell=_Teller(roster.pk))
    with transaction.atomic():
        roster = Roster.objects.select_for_update().get(pk=roster_id)
        if roster.status != Roster.Status.SOLVING:
            return roster
        roster.lines.exclude(is_pinned=True).delete()
        kept = set(roster.lines.values_list("volunteer_id", "shift_id"))
        RosterLine.objects.bulk_create(
            RosterLine(roster=roster, volunteer_id=who, shift_id=shift) for who, shift in sorted(result.roster - kept)
        )
        roster.status = Roster.Status.CANCELLED if roster.asked_to_stop else Roster.Status.DRAFT
        roster.outcome = outcome(made, result)
        roster.save(update_fields=["status", "outcome"])
    return roster


def outcome(made: Plan, result: Result) -> dict[str, object]:
    """What pages and the API tell of a solved roster, as JSON."""
    minutes = load(made.problem, result.roster)
    return {
        "people": len(made.problem.people),
        "places": sum(shift.fewest for shift in made.problem.shifts),
        "filled": len(result.roster),
        "unfairness": result.unfairness,
        "unfairness_before": unfairness(made.problem, made.start),
        "gaps": [
            {"shift": gap.shift, "what": gap.what, "count": gap.count, "reason": gap.reason, "proven": gap.is_proven}
            for gap in result.gaps
        ],
        "stages": [
            {"name": each.name, "value": each.value, "proven": each.is_proven, "seconds": round(each.seconds, 1)}
            for each in result.stages
        ],
        "load": [
            {"volunteer": who, "minutes": minutes[who], "share": made.problem.shares[who]} for who in sorted(minutes)
        ],
    }


class _Teller:
    """Says on the roster's row how far the solver is, and hears from it whether to go on; once a second at most."""

    def __init__(self, roster_id: int) -> None:
        self.roster_id, self.last, self.answer = roster_id, 0.0, True

    def __call__(self, stage: str, roster: Iterable[Pair]) -> bool:
        if monotonic() - self.last >= 1:
            self.last = monotonic()
            rows = Roster.objects.filter(pk=self.roster_id)
            rows.update(progress={"stage": stage, "places": len(set(roster))})
            self.answer = not rows.filter(Q(asked_to_stop=True) | ~Q(status=Roster.Status.SOLVING)).exists()
        return self.answer


def fail(roster_id: int) -> None:
    """Say that the job broke off; whoever asked may have the roster solved again."""
    Roster.objects.filter(pk=roster_id, status=Roster.Status.SOLVING).update(status=Roster.Status.FAILED)


def cancel(roster: Roster, *, by: User) -> Roster:
    """Stop a roster that waits or is being solved; what was found so far stays to be looked at."""
    with _locked(roster, by=by, expects=(Roster.Status.QUEUED, Roster.Status.SOLVING)) as locked:
        locked.asked_to_stop = True
        if locked.status == Roster.Status.QUEUED:
            locked.status = Roster.Status.CANCELLED
        locked.save(update_fields=["asked_to_stop", "status"])
    roster.refresh_from_db()
    return roster


def pin(line: RosterLine, *, by: User, is_pinned: bool = True) -> RosterLine:
    """Hold a line of a draft fast: the next solving leaves it alone."""
    with _locked(line.roster, by=by, expects=(Roster.Status.DRAFT, Roster.Status.CANCELLED)):
        line.is_pinned = is_pinned
        line.save(update_fields=["is_pinned"])
    return line


def solve_again(roster: Roster, *, by: User) -> Roster:
    """Put a draft back into the queue; its pinned lines stay. The caller enqueues the job."""
    with _locked(roster, by=by, expects=(Roster.Status.DRAFT, Roster.Status.CANCELLED, Roster.Status.FAILED)) as locked:
        locked.status, locked.asked_to_stop, locked.progress = Roster.Status.QUEUED, False, {}
        locked.save(update_fields=["status", "asked_to_stop", "progress"])
    roster.refresh_from_db()
    return roster


@dataclass
class Comparison:
    """What publishing a draft would change: who would be added, and whose proposal would be taken back."""

    added: list[RosterLine] = field(default_factory=list)
    removed: list[Assignment] = field(default_factory=list)
    kept: list[Assignment] = field(default_factory=list)


def compare(roster: Roster) -> Comparison:
    """The draft beside what stands on the shifts today."""
    lines = list(roster.lines.select_related("shift", "volunteer__person"))
    wanted = {(line.volunteer_id, line.shift_id) for line in lines}
    held = Assignment.objects.holding().filter(shift__in=shifts_of(roster)).select_related("shift", "volunteer__person")
    found = Comparison()
    standing = set()
    for assignment in held:
        pair = (assignment.volunteer_id, assignment.shift_id)
        standing.add(pair)
        replaceable = assignment.status == AssignmentStatus.PROPOSED and not assignment.is_pinned
        (found.removed if pair not in wanted and replaceable else found.kept).append(assignment)
    found.added = [line for line in lines if (line.volunteer_id, line.shift_id) not in standing]
    return found


@dataclass
class Published:
    assigned: list[Assignment] = field(default_factory=list)
    withdrawn: list[Assignment] = field(default_factory=list)
    # Who could not be put on after all, and why: somebody acted since the draft was made.
    refused: list[tuple[RosterLine, str]] = field(default_factory=list)


def publish(roster: Roster, *, by: User, now: datetime | None = None) -> Published:
    """Make the draft hold: everybody on it is asked, with a limit to answer. What no longer works is named."""
    now, done = now or timezone.now(), Published()
    with _locked(roster, by=by, expects=(Roster.Status.DRAFT,)) as locked:
        changes = compare(locked)
        for assignment in changes.removed:
            done.withdrawn.append(places.withdraw(assignment, by=by, reason=_("Replaced by a new roster"), at=now))
        for line in changes.added:
            if line.shift.starts_at <= now:
                continue
            try:
                with transaction.atomic():
                    done.assigned.append(
                        places.assign(
                            line.shift, volunteer=line.volunteer, by=by, source=AssignmentSource.ROSTER,
                            answer_by=min(now + TO_ANSWER, line.shift.starts_at), is_pinned=line.is_pinned,
                            is_told=False,
                        )
                    )  # fmt: skip
            except DomainError as error:
                done.refused.append((line, str(error)))
        notices.asked(done.assigned)
        locked.status, locked.published_by, locked.published_at = Roster.Status.PUBLISHED, by, now
        locked.save(update_fields=["status", "published_by", "published_at"])
    roster.refresh_from_db()
    return done


@contextmanager
def _locked(roster: Roster, *, by: User, expects: tuple[str, ...]) -> Iterator[Roster]:
    """The roster's row, locked in a transaction in which `by` acts."""
    refuse_unless_runs_duty(roster.station, by=by)
    with transaction.atomic(), acting_as(by.pk):
        locked = Roster.objects.select_for_update(of=("self",)).select_related("station").get(pk=roster.pk)
        if locked.status not in expects:
            message = _("This roster is “%(state)s” by now.") % {"state": locked.get_status_display()}
            raise Conflict(message, code="not_possible_now")
        yield locked
