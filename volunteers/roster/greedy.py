"""A draft at once: the hardest shifts first, each to whoever is furthest below their share."""

from collections import defaultdict
from collections.abc import Iterable

from volunteers.roster.problem import Pair, Person, Problem, Shift, longest_run


def greedy(problem: Problem, *, keep: Iterable[Pair] = ()) -> set[Pair]:
    """A roster that keeps every hard rule. It fills what it can in one pass and takes nothing back.

    `keep`: pairs that stay as far as the rules allow; the rest is filled around them.
    """
    draft = _Draft(problem)
    for who, shift_id in sorted(problem.pinned):
        draft.add(problem.person[who], problem.shift[shift_id])
    for who, shift_id in sorted(keep):
        draft.keep(who, problem.shift[shift_id])
    # The fewer could do a shift, the sooner it is its turn.
    for shift in sorted(problem.shifts, key=lambda shift: (len(problem.possible[shift.id]) - shift.fewest, shift.id)):
        draft.fill(shift)
    return draft.pairs


class _Draft:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.pairs: set[Pair] = set()
        self.on: dict[int, list[Person]] = defaultdict(list)
        self.of: dict[int, set[int]] = defaultdict(set)
        self.days: dict[int, dict[int, int]] = {person.id: defaultdict(int) for person in problem.people}
        self.weeks = {person.id: defaultdict(int, person.busy_minutes) for person in problem.people}
        self.over = {who: -share for who, share in problem.shares.items()}

    def add(self, person: Person, shift: Shift) -> None:
        self.pairs.add((person.id, shift.id))
        self.on[shift.id].append(person)
        self.of[person.id].add(shift.id)
        self.days[person.id][shift.day] += shift.minutes
        self.weeks[person.id][self.problem.week(shift)] += shift.minutes
        self.over[person.id] += shift.minutes

    def keep(self, who: int, shift: Shift) -> None:
        has_room = len(self.on[shift.id]) < shift.most
        if has_room and who in self.problem.possible[shift.id] and self._can(who, shift):
            self.add(self.problem.person[who], shift)

    def fill(self, shift: Shift) -> None:
        there = self.on[shift.id]
        while True:
            lacking = [skill for skill in shift.skills if not any(skill in person.skills for person in there)]
            lacks_key = shift.needs_key and not any(person.has_key for person in there)
            if len(there) >= shift.fewest and not ((lacking or lacks_key) and len(there) < shift.most):
                return
            free = [self.problem.person[who] for who in self.problem.possible[shift.id] if self._can(who, shift)]
            if len(there) >= shift.fewest or len(lacking) + lacks_key >= shift.fewest - len(there):
                # The places that are left go to those who bring what is missing.
                bringing = [p for p in free if p.skills & set(lacking) or (lacks_key and p.has_key)]
                if not bringing and len(there) >= shift.fewest:
                    return
                free = bringing or free
            if not free:
                return
            self.add(min(free, key=lambda person: self._cost(person, shift, lacking, lacks_key)), shift)

    def _cost(self, person: Person, shift: Shift, lacking: list[str], lacks_key: bool) -> tuple[float, ...]:
        brings = len(person.skills & set(lacking)) + (lacks_key and person.has_key)
        return (-brings, self.over[person.id], -person.wishes.get(shift.id, 0), person.metres, person.id)

    def _can(self, who: int, shift: Shift) -> bool:
        if shift.id in self.of[who] or self.of[who] & self.problem.collisions[shift.id]:
            return False
        person, rules = self.problem.person[who], self.problem.rules
        if self.weeks[who][self.problem.week(shift)] + shift.minutes > person.weekly_minutes:
            return False
        if person.is_minor and self.days[who][shift.day] + shift.minutes > rules.minors_minutes_a_day:
            return False
        days = {day for day, minutes in self.days[who].items() if minutes} | person.busy_days | {shift.day}
        return longest_run(days) <= rules.max_consecutive_days
