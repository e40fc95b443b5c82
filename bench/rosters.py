"""Rosters: the solver beside the greedy draft, and the instant draft of a whole district."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from datetime import time as clock
from typing import Any

from django.utils import timezone

from bench.timing import Row
from portal.core.clock import ZONE
from stations.models import Station
from volunteers.models import DistrictDraft, DutyShift, Roster, Volunteer
from volunteers.roster import district
from volunteers.roster.greedy import greedy
from volunteers.roster.problem import Pair, Person, Problem, Shift, lacks, unfairness, violations
from volunteers.roster.solver import Result, solve

DAY = 24 * 60
STATIONS = 358
# Mornings, afternoons, evenings.
TIMES = ((9 * 60, 12 * 60), (14 * 60, 17 * 60), (19 * 60, 21 * 60))


def roster_month(bench: Any) -> Row:
    """40 people, 31 days with 3 shifts, two people each, everybody free for half of them."""
    chance = random.Random(1)
    shifts = shifts_of(days=31, fewest=2)
    people = [
        Person(number, weekly_minutes=900, available=frozenset(s.id for s in shifts if chance.random() < 0.5))
        for number in range(40)
    ]
    draft, result, row = _solved("roster_month", Problem(tuple(people), tuple(shifts)))
    stages = ", ".join(f"{s.name} {s.seconds:.1f} s{' proven' if s.is_proven else ''}" for s in result.stages)
    row.target = "cover < 2 s, gap ≤ 3 h, all < 20 s"
    row.note = (
        f"{stages}; missing {missing(draft)} -> {missing((result.roster, draft[1]))}; fairness gap"
        f" {unfairness(draft[1], draft[0]) / 60:.1f} h greedy -> {result.unfairness / 60:.1f} h"
    )
    return row


def roster_cases(bench: Any) -> Row:
    """Ten seeded months, greedy beside the solver: the table is printed, the row sums it up."""
    lines, worse, milliseconds, greedy_ms = [], 0, [], []
    for name, problem in cases():
        draft, result, row = _solved(name, problem)
        before, after = _figures(problem, draft[0]), _figures(problem, result.roster)
        # Fairness comes after cover: a roster that fills more may be less even.
        worse += after[0] > before[0] or (after[0] == before[0] and after[1] > before[1])
        milliseconds.append(row.p50_ms)
        greedy_ms.append(row.floor_p50_ms)
        proven = ", ".join(stage.name for stage in result.stages if stage.is_proven) or "–"
        lines.append(
            f"| {name} | {before[0]} → {after[0]} | {before[1] / 60:.1f} → {after[1] / 60:.1f}"
            f" | {before[2]} → {after[2]} | {row.floor_p50_ms / 1000:.2f} → {row.p50_ms / 1000:.1f} | {proven} |"
        )
    print("\n| case | unfilled | fairness gap, h | wishes broken | seconds | proven |\n|---|---|---|---|---|---|")
    print("\n".join(lines) + "\n")
    mean, floor = sum(milliseconds) / len(lines), sum(greedy_ms) / len(lines)
    return Row(
        name="roster_cases", p50_ms=mean, p95_ms=max(milliseconds), floor_p50_ms=floor, ratio=mean / floor,
        queries=None, bytes=0, target="never worse than greedy",
        note=f"greedy → solver in {len(lines)} cases; worse than greedy in {worse}; floor: greedy",
    )  # fmt: skip


def roster_district_draft(bench: Any) -> Row:
    """A week of 358 stations, 14 shifts each, drafted at once."""
    first = timezone.localdate(timezone=ZONE) + timedelta(weeks=30)
    rows = Station.objects.filter(region__path__startswith=bench.district.path, status="open").order_by("pk")
    stations = list(rows[:STATIONS])
    shifts = DutyShift.objects.bulk_create(
        DutyShift(
            station=station, district=bench.district, title="测量", starts_at=at, ends_at=at + timedelta(hours=3),
            min_people=2, max_people=4,
        )
        for station in stations
        for day in range(7)
        for at in (datetime.combine(first + timedelta(days=day), clock(hour), ZONE) for hour in (9, 18))
    )  # fmt: skip
    draft = DistrictDraft.objects.create(region=bench.district, first_day=first, last_day=first + timedelta(days=6))
    started = time.perf_counter()
    count = district.run(draft.pk)
    seconds = time.perf_counter() - started
    made = Roster.objects.filter(district_draft=draft)
    people = Volunteer.objects.active().filter(home_region__path__startswith=bench.district.path).count()
    filled = sum(roster.outcome["filled"] for roster in made)
    made.delete()
    draft.delete()
    DutyShift.objects.filter(pk__in=[shift.pk for shift in shifts]).delete()
    return Row(
        name="roster_district_draft", p50_ms=seconds * 1000, p95_ms=seconds * 1000, floor_p50_ms=seconds * 1000,
        ratio=1, queries=None, bytes=0, target="< 60 s",
        note=f"{count} stations, {len(shifts)} shifts, {people} people: {filled} of {2 * len(shifts)} places filled in"
        f" {seconds:.1f} s; no floor",
    )  # fmt: skip


def _solved(name: str, problem: Problem) -> tuple[tuple[set[Pair], Problem], Result, Row]:
    started = time.perf_counter()
    draft = greedy(problem)
    between = time.perf_counter()
    result = solve(problem, hint=draft)
    ended = time.perf_counter()
    if found := violations(problem, result.roster) or violations(problem, draft):
        raise SystemExit(f"{name}: {found[0]}")
    solver, floor = (ended - between) * 1000, (between - started) * 1000
    row = Row(name, solver, solver, floor, solver / floor, queries=None, bytes=0)
    return (draft, problem), result, row


def missing(draft: tuple[Any, Problem]) -> int:
    return sum(lacks(draft[1], draft[0]).values())


def _figures(problem: Problem, roster: Any) -> tuple[int, int, int]:
    """What is unfilled, the fairness gap in minutes, the wishes that were not granted."""
    granted = sum(shift in problem.person[who].wishes for who, shift in roster)
    wished = sum(len(person.wishes) for person in problem.people)
    return missing((roster, problem)), unfairness(problem, roster), wished - granted


def shifts_of(*, days: int, fewest: int, **values: Any) -> list[Shift]:
    return [
        Shift(day * len(TIMES) + n, day * DAY + starts, day * DAY + ends, fewest, fewest + 1, **values)
        for day in range(days)
        for n, (starts, ends) in enumerate(TIMES)
    ]


def cases() -> Iterator[tuple[str, Problem]]:
    """Each with a seed of its own, so that every run measures the same."""
    kinds: list[tuple[str, Callable[[random.Random], Problem]]] = [
        ("half free", lambda chance: month(chance, people=40)),
        ("workers and retirees", lambda chance: month(chance, people=40, patterns=True)),
        ("tight weekly caps", lambda chance: month(chance, people=36, caps=(180, 360))),
        ("skills on every evening", lambda chance: month(chance, people=40, skills=True)),
        ("thin station", lambda chance: month(chance, people=9, free=0.3)),
    ]
    for number in range(10):
        name, make = kinds[number % len(kinds)]
        yield f"{number + 1} {name}", make(random.Random(number))


def month(
    chance: random.Random, *, people: int, free: float = 0.5, patterns: bool = False,
    caps: tuple[int, int] = (360, 900), skills: bool = False,
) -> Problem:  # fmt: skip
    """31 days with 3 shifts. Patterns: workers come in the evening and at weekends, retirees on weekdays by day."""
    shifts = shifts_of(days=31, fewest=2)
    if skills:
        shifts = [
            Shift(s.id, s.starts, s.ends, s.fewest, s.most, skills=frozenset({"first-aid"}), needs_key=s.id % 9 == 2)
            if s.id % 3 == 2 else s
            for s in shifts
        ]  # fmt: skip
    made = []
    for number in range(people):
        is_worker = chance.random() < 0.5

        def suits(shift: Shift, is_worker: bool = is_worker) -> bool:
            by_day = shift.day % 7 < 5 and shift.starts % DAY < 18 * 60
            return not patterns or by_day != is_worker

        available = frozenset(s.id for s in shifts if suits(s) and chance.random() < free)
        made.append(
            Person(
                number, weekly_minutes=chance.randrange(*caps, 60), available=available,
                skills=frozenset({"first-aid"} if chance.random() < 0.25 else ()), has_key=chance.random() < 0.2,
                carried_minutes=chance.randrange(-360, 361, 60),
                wishes={shift: 1 for shift in available if chance.random() < 0.1},
            )
        )  # fmt: skip
    return Problem(tuple(made), tuple(shifts))
