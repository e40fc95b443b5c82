"""What a roster is made of, the hard rules, and what is measured of a finished one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

DAY = 24 * 60
Pair = tuple[int, int]  # person, shift
# A gap of a place, of a skill, or of a key-holder is named by one of these.
PEOPLE, KEY = "people", "key"
# What the solver makes good, one after the other.
STAGES = ("cover", "fairness", "wishes")


@dataclass(frozen=True)
class Rules:
    """The hard rules. None of them may be bent by a draft, whatever it would be good for."""

    rest_minutes: int = 10 * 60  # between duties of different days
    max_consecutive_days: int = 6
    # 未成年人: none of it at night, and not the whole day.
    minors_from: int = 8 * 60
    minors_until: int = 20 * 60
    minors_minutes_a_day: int = 4 * 60


@dataclass(frozen=True)
class Person:
    id: int
    weekly_minutes: int  # the declared capacity, and the most in one week
    available: frozenset[int]  # shifts that lie within the person's time
    skills: frozenset[str] = frozenset()
    has_key: bool = False
    is_minor: bool = False
    # What was served more (or, negative, less) than one's share in past months.
    carried_minutes: int = 0
    # Minutes of duty elsewhere, by week of the problem.
    busy_minutes: Mapping[int, int] = field(default_factory=dict)
    # Days with duty elsewhere, which count for days in a row.
    busy_days: frozenset[int] = frozenset()
    wishes: Mapping[int, int] = field(default_factory=dict)  # shift: what granting it is worth
    metres: int = 0  # from home to the station
    partners: frozenset[int] = frozenset()  # people one likes to serve with


@dataclass(frozen=True)
class Shift:
    id: int
    starts: int
    ends: int
    fewest: int
    most: int
    skills: frozenset[str] = frozenset()
    needs_key: bool = False

    @property
    def minutes(self) -> int:
        return self.ends - self.starts

    @property
    def day(self) -> int:
        return self.starts // DAY

    def collides(self, other: "Shift", rest_minutes: int) -> bool:
        """Whether one person cannot do both: at the same time, or without a night's rest in between."""
        first, second = (self, other) if self.starts <= other.starts else (other, self)
        if second.starts < first.ends:
            return True
        return first.day != second.day and second.starts - first.ends < rest_minutes


@dataclass(frozen=True)
class Gap:
    """What a shift lacks. `what` is `people`, `key` or a skill; `reason` a code that pages put into words."""

    shift: int
    what: str
    count: int
    reason: str
    # No roster could do better: nobody is left for this very gap, or the solver has proven the whole.
    is_proven: bool


@dataclass(frozen=True)
class Problem:
    people: tuple[Person, ...]
    shifts: tuple[Shift, ...]
    rules: Rules = Rules()
    first_weekday: int = 0  # of day 0; weeks begin on Monday
    pinned: frozenset[Pair] = frozenset()

    @cached_property
    def person(self) -> dict[int, Person]:
        return {person.id: person for person in self.people}

    @cached_property
    def shift(self) -> dict[int, Shift]:
        return {shift.id: shift for shift in self.shifts}

    @cached_property
    def possible(self) -> dict[int, tuple[int, ...]]:
        """For each shift the people who could do it, as far as one shift alone tells; pinned ones in any case."""
        found = {}
        for shift in self.shifts:
            found[shift.id] = tuple(
                person.id
                for person in self.people
                if (person.id, shift.id) in self.pinned
                or (shift.id in person.available and self._alone_allowed(person, shift))
            )
        return found

    def _alone_allowed(self, person: Person, shift: Shift) -> bool:
        if shift.minutes + person.busy_minutes.get(self.week(shift), 0) > person.weekly_minutes:
            return False
        if not person.is_minor:
            return True
        clock, rules = shift.starts % DAY, self.rules
        return (
            clock >= rules.minors_from
            and clock + shift.minutes <= rules.minors_until
            and shift.minutes <= rules.minors_minutes_a_day
        )

    def week(self, shift: Shift) -> int:
        return (shift.day + self.first_weekday) // 7

    @cached_property
    def collisions(self) -> dict[int, frozenset[int]]:
        """For each shift those that the same person cannot do as well."""
        found: dict[int, set[int]] = defaultdict(set)
        ordered = sorted(self.shifts, key=lambda shift: shift.starts)
        reach = max((shift.minutes for shift in ordered), default=0) + self.rules.rest_minutes
        for index, first in enumerate(ordered):
            for second in ordered[index + 1 :]:
                if second.starts - first.starts > reach:
                    break
                if first.collides(second, self.rules.rest_minutes):
                    found[first.id].add(second.id)
                    found[second.id].add(first.id)
        return {shift.id: frozenset(found[shift.id]) for shift in self.shifts}

    @cached_property
    def shares(self) -> dict[int, int]:
        """The minutes that each person would serve if all served alike, measured by what they declared.

        What somebody cannot serve for lack of time falls to the others, so that one who is hardly there does not
        count as unfairly idle. Those who served too much before get less.
        """
        needed = sum(shift.fewest * shift.minutes for shift in self.shifts)
        reach = self._reach()
        total = sum(person.carried_minutes for person in self.people) + needed
        # Below nought where those who served too little before have more to make up for than there is to do.
        low, high = -1e6, 1e6
        for _round in range(60):
            level = (low + high) / 2
            if sum(self._share(person, level, reach) + person.carried_minutes for person in self.people) < total:
                low = level
            else:
                high = level
        return {person.id: round(self._share(person, high, reach)) for person in self.people}

    def _share(self, person: Person, level: float, reach: Mapping[int, int]) -> float:
        return min(reach[person.id], max(0.0, level * person.weekly_minutes - person.carried_minutes))

    def _reach(self) -> dict[int, int]:
        """At most so many minutes can each person serve, by the weekly cap and one shift at a time."""
        free: dict[int, dict[int, int]] = {person.id: defaultdict(int) for person in self.people}
        for shift in self.shifts:
            for who in self.possible[shift.id]:
                free[who][self.week(shift)] += shift.minutes
        return {
            person.id: sum(
                min(minutes, max(0, person.weekly_minutes - person.busy_minutes.get(week, 0)))
                for week, minutes in free[person.id].items()
            )
            for person in self.people
        }


def load(problem: Problem, roster: Iterable[Pair]) -> dict[int, int]:
    """Minutes on duty of each person."""
    minutes = dict.fromkeys(problem.person, 0)
    for who, shift_id in roster:
        minutes[who] += problem.shift[shift_id].minutes
    return minutes


def unfairness(problem: Problem, roster: Iterable[Pair]) -> int:
    """The fairness gap in minutes: between whoever is furthest above their share and whoever is furthest below."""
    minutes = load(problem, roster)
    over = [minutes[who] - share for who, share in problem.shares.items() if problem.person[who].available]
    return max(over) - min(over) if over else 0


def lacks(problem: Problem, roster: Iterable[Pair]) -> dict[tuple[int, str], int]:
    """What is missing on each shift: (shift, what) and how many."""
    on: dict[int, list[Person]] = defaultdict(list)
    for who, shift_id in roster:
        on[shift_id].append(problem.person[who])
    found = {}
    for shift in problem.shifts:
        there = on[shift.id]
        if len(there) < shift.fewest:
            found[shift.id, PEOPLE] = shift.fewest - len(there)
        if shift.needs_key and not any(person.has_key for person in there):
            found[shift.id, KEY] = 1
        for skill in sorted(shift.skills):
            if not any(skill in person.skills for person in there):
                found[shift.id, skill] = 1
    return found


def gaps(problem: Problem, roster: Iterable[Pair], *, is_proven: bool) -> list[Gap]:
    """What is missing, and why: `nobody_free`, `too_few_free`, `all_taken` (by other duties, caps or rest)."""
    found = []
    for (shift, what), count in sorted(lacks(problem, roster).items()):
        could = [problem.person[who] for who in problem.possible[shift]]
        if what == KEY:
            could = [person for person in could if person.has_key]
        elif what != PEOPLE:
            could = [person for person in could if what in person.skills]
        wanted = problem.shift[shift].fewest if what == PEOPLE else 1
        reason = "nobody_free" if not could else "too_few_free" if len(could) < wanted else "all_taken"
        found.append(
            Gap(shift, what, count, reason, is_proven or (reason != "all_taken" and count == wanted - len(could)))
        )
    return found


def violations(problem: Problem, roster: Iterable[Pair]) -> list[str]:
    """Hard rules that a roster breaks, each as a short sentence for developers; what people pinned is theirs."""
    roster = set(roster)
    found = []
    by_person: dict[int, list[Shift]] = defaultdict(list)
    for who, shift_id in roster:
        by_person[who].append(problem.shift[shift_id])
        if who not in problem.possible[shift_id]:
            found.append(f"{who} has no time for {shift_id}")
    for who, shifts in by_person.items():
        free = [shift for shift in shifts if (who, shift.id) not in problem.pinned]
        person = problem.person[who]
        for first, second in combinations(shifts, 2):
            if second.id in problem.collisions[first.id] and (first in free or second in free):
                found.append(f"{who} cannot do {first.id} and {second.id}")
        if not free:
            continue
        weeks: dict[int, int] = defaultdict(int, person.busy_minutes)
        days: dict[int, int] = defaultdict(int)
        for shift in shifts:
            weeks[problem.week(shift)] += shift.minutes
            days[shift.day] += shift.minutes
        found += [f"{who} serves too much in week {week}" for week, n in weeks.items() if n > person.weekly_minutes]
        if person.is_minor and max(days.values()) > problem.rules.minors_minutes_a_day:
            found.append(f"{who} is a minor and serves too long a day")
        if longest_run(set(days) | person.busy_days) > problem.rules.max_consecutive_days:
            found.append(f"{who} serves too many days in a row")
    return found


def longest_run(days: Iterable[int]) -> int:
    """The most days in a row."""
    days = set(days)
    longest = 0
    for day in days:
        if day - 1 not in days:
            length = 1
            while day + length in days:
                length += 1
            longest = max(longest, length)
    return longest
