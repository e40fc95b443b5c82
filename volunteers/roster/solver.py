"""The roster by optimisation (OR-Tools CP-SAT), in stages, each frozen before the next.

1. cover: as few places, skills and keys missing as possible;
2. fairness: the gap between who is furthest above and who is furthest below their share, as small as possible;
3. wishes: wishes granted, short ways, people kept together.

One weighted sum of all three did worse in a trial than stages: it trades what must not be traded. Each stage begins at
the best roster found so far, so that a stage that runs out of time never makes things worse.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from volunteers.roster.greedy import greedy
from volunteers.roster.problem import KEY, PEOPLE, STAGES, Gap, Pair, Problem, Shift, gaps, lacks, unfairness

WORKERS = 8
SECONDS_A_STAGE = dict.fromkeys(STAGES, 6.0)
# What a broken wish weighs beside a kilometre of way and a pair that is torn apart.
WISH, KILOMETRE, TOGETHER = 10, 1, 2

Told = Callable[[str, set[Pair]], bool]


@dataclass(frozen=True)
class Stage:
    """`value` and `bound` in the stage's own unit: things missing, minutes, points. Equal: proven best."""

    name: str
    value: int
    bound: int
    seconds: float

    @property
    def is_proven(self) -> bool:
        return self.value == self.bound


@dataclass(frozen=True)
class Result:
    roster: frozenset[Pair]
    gaps: tuple[Gap, ...]
    stages: tuple[Stage, ...]
    unfairness: int
    was_stopped: bool = False


def solve(
    problem: Problem,
    *,
    hint: Iterable[Pair] = (),
    seconds: dict[str, float] | None = None,
    tell: Told = lambda stage, roster: True,
    seed: int = 1,
) -> Result:
    """The best roster found in the time of each stage.

    `hint` is where to begin (default: the greedy draft). `tell(stage, roster)` is called as things get better and
    says whether to go on; after a "no" the best roster so far is returned.
    """
    begun = _Run(problem, set(hint) or greedy(problem), {**SECONDS_A_STAGE, **(seconds or {})}, tell, seed)
    for stage in (begun.cover, begun.fairness, begun.wishes):
        if not begun.was_stopped:
            stage()
    roster = frozenset(begun.best)
    return Result(
        roster=roster,
        gaps=tuple(gaps(problem, roster, is_proven=bool(begun.stages) and begun.stages[0].is_proven)),
        stages=tuple(begun.stages),
        unfairness=unfairness(problem, roster),
        was_stopped=begun.was_stopped,
    )


class _Run:
    def __init__(self, problem: Problem, start: set[Pair], seconds: dict[str, float], tell: Told, seed: int) -> None:
        self.problem, self.best, self.seconds, self.tell, self.seed = problem, start, seconds, tell, seed
        self.stages: list[Stage] = []
        self.was_stopped = False
        self.model = cp_model.CpModel()
        self.takes: dict[Pair, cp_model.IntVar] = {
            (who, shift.id): self.model.new_bool_var(f"x{who}_{shift.id}")
            for shift in problem.shifts
            for who in problem.possible[shift.id]
        }
        self.missing: dict[tuple[int, str], cp_model.IntVar] = {}
        self.extra: list[tuple[cp_model.IntVar, Callable[[set[Pair]], int]]] = []
        self._hard_rules()
        self._needs()

    # The hard rules

    def _hard_rules(self) -> None:
        of: dict[int, list[Shift]] = defaultdict(list)
        for who, shift in self.takes:
            of[who].append(self.problem.shift[shift])
        for pair in self.problem.pinned:
            self.model.add(self.takes[pair] == 1)
        for who, shifts in of.items():
            self._no_collisions(who, shifts)
            self._caps(who, shifts)
            self._days_in_a_row(who, shifts)

    def _is_free(self, who: int, *shifts: int) -> bool:
        """Whether the draft decides on one of these at all; what people have pinned is theirs to answer for."""
        return any((who, shift) not in self.problem.pinned for shift in shifts)

    def _no_collisions(self, who: int, shifts: list[Shift]) -> None:
        mine = {shift.id for shift in shifts}
        for shift in shifts:
            for other in self.problem.collisions[shift.id] & mine:
                if shift.id < other and self._is_free(who, shift.id, other):
                    self.model.add_at_most_one(self.takes[who, shift.id], self.takes[who, other])

    def _caps(self, who: int, shifts: list[Shift]) -> None:
        person, rules = self.problem.person[who], self.problem.rules
        by_week, by_day = defaultdict(list), defaultdict(list)
        for shift in shifts:
            by_week[self.problem.week(shift)].append(shift)
            by_day[shift.day].append(shift)
        for week, of_week in by_week.items():
            self._cap(who, of_week, person.weekly_minutes - person.busy_minutes.get(week, 0))
        if person.is_minor:
            for of_day in by_day.values():
                self._cap(who, of_day, rules.minors_minutes_a_day)

    def _cap(self, who: int, shifts: list[Shift], minutes: int) -> None:
        pinned = sum(shift.minutes for shift in shifts if not self._is_free(who, shift.id))
        total = sum(shift.minutes for shift in shifts)
        if total > minutes:
            served = sum(shift.minutes * self.takes[who, shift.id] for shift in shifts)
            self.model.add(served <= max(minutes, pinned))

    def _days_in_a_row(self, who: int, shifts: list[Shift]) -> None:
        most, busy = self.problem.rules.max_consecutive_days, self.problem.person[who].busy_days
        by_day = defaultdict(list)
        for shift in shifts:
            by_day[shift.day].append(shift)
        serves: dict[int, Any] = dict.fromkeys(busy, 1)
        for first in sorted(by_day):
            window = range(first, first + most + 1)
            if not all(day in by_day or day in busy for day in window):
                continue
            for day in window:
                if day not in serves:
                    serves[day] = self._serves_on(who, by_day[day])
            if any(self._is_free(who, shift.id) for day in window for shift in by_day.get(day, [])):
                self.model.add(sum(serves[day] for day in window) <= most)

    def _serves_on(self, who: int, shifts: list[Shift]) -> Any:
        if len(shifts) == 1:
            return self.takes[who, shifts[0].id]
        serves = self.model.new_bool_var("")
        for shift in shifts:
            self.model.add_implication(self.takes[who, shift.id], serves)
        ids = [(who, shift.id) for shift in shifts]
        self.extra.append((serves, lambda roster, ids=ids: int(any(pair in roster for pair in ids))))
        return serves

    # What the shifts need

    def _needs(self) -> None:
        for shift in self.problem.shifts:
            there = [(who, self.takes[who, shift.id]) for who in self.problem.possible[shift.id]]
            pinned = sum(not self._is_free(who, shift.id) for who, _variable in there)
            asks = len(shift.skills) + shift.needs_key
            # Somebody beyond the fewest comes only for a skill or a key that is missing otherwise.
            room = max(pinned, shift.fewest, min(shift.most, shift.fewest + asks))
            present = sum(variable for _who, variable in there)
            self.model.add(present <= room)
            self._need(shift, PEOPLE, [variable for _who, variable in there], shift.fewest)
            if shift.needs_key:
                self._need(shift, KEY, [x for who, x in there if self.problem.person[who].has_key], 1)
            for skill in sorted(shift.skills):
                self._need(shift, skill, [x for who, x in there if skill in self.problem.person[who].skills], 1)

    def _need(self, shift: Shift, what: str, bringing: list[Any], count: int) -> None:
        missing = self.model.new_int_var(0, count, f"m{shift.id}_{what}")
        self.model.add(sum(bringing) + missing >= count)
        self.missing[shift.id, what] = missing

    # The stages

    def cover(self) -> None:
        lacking = sum(lacks(self.problem, self.best).values())
        objective = sum(self.missing.values())
        if not lacking:
            self.stages.append(Stage("cover", 0, 0, 0.0))
            self.model.add(objective == 0)
            return
        self._minimise("cover", objective, lacking, lambda roster: sum(lacks(self.problem, roster).values()))

    def fairness(self) -> None:
        problem, most = self.problem, 60 * 24 * 400
        highest = self.model.new_int_var(-most, most, "highest")
        lowest = self.model.new_int_var(-most, most, "lowest")
        terms = defaultdict(list)
        for (who, shift), variable in self.takes.items():
            terms[who].append(problem.shift[shift].minutes * variable)
        for person in problem.people:
            if person.available:
                over = sum(terms[person.id]) - problem.shares[person.id]
                self.model.add(over <= highest)
                self.model.add(over >= lowest)
        self.extra += [
            (highest, lambda roster: max(self._over(roster), default=0)),
            (lowest, lambda roster: min(self._over(roster), default=0)),
        ]
        value = unfairness(problem, self.best)
        self._minimise("fairness", highest - lowest, value, lambda roster: unfairness(problem, roster))

    def _over(self, roster: set[Pair]) -> list[int]:
        minutes: dict[int, int] = defaultdict(int)
        for who, shift in roster:
            minutes[who] += self.problem.shift[shift].minutes
        return [minutes[p.id] - self.problem.shares[p.id] for p in self.problem.people if p.available]

    def wishes(self) -> None:
        costs = {pair: self._cost(*pair) for pair in self.takes}
        together = self._together()
        objective = sum(cost * self.takes[pair] for pair, cost in costs.items() if cost)
        objective = objective - sum(TOGETHER * variable for variable in together.values())

        def value(roster: set[Pair]) -> int:
            kept = sum(all((who, shift) in roster for who in pair) for pair, shift in together)
            return sum(costs.get(pair, 0) for pair in roster) - TOGETHER * kept

        if not together and not any(costs.values()):
            return
        self._minimise("wishes", objective, value(self.best), value)

    def _cost(self, who: int, shift: int) -> int:
        person = self.problem.person[who]
        return KILOMETRE * (person.metres // 1000) - WISH * person.wishes.get(shift, 0)

    def _together(self) -> dict[tuple[Pair, int], Any]:
        found = {}
        for person in self.problem.people:
            for partner in person.partners:
                if person.id > partner:
                    continue
                for shift in self.problem.shifts:
                    pair = [(person.id, shift.id), (partner, shift.id)]
                    if all(each in self.takes for each in pair):
                        both = self.model.new_bool_var("")
                        for each in pair:
                            self.model.add_implication(both, self.takes[each])
                        found[(person.id, partner), shift.id] = both
                        self.extra.append((both, lambda roster, pair=pair: int(all(each in roster for each in pair))))
        return found

    def _minimise(self, name: str, objective: Any, value: int, measure: Callable[[set[Pair]], int]) -> None:
        """Minimise, keep the better roster, and hold its value for the stages that follow."""
        began = time.monotonic()
        self.model.clear_hints()
        for pair, variable in self.takes.items():
            self.model.add_hint(variable, int(pair in self.best))
        lacking = lacks(self.problem, self.best)
        for key, variable in self.missing.items():
            self.model.add_hint(variable, lacking.get(key, 0))
        for variable, of in self.extra:
            self.model.add_hint(variable, of(self.best))
        self.model.minimize(objective)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = WORKERS
        solver.parameters.random_seed = self.seed
        solver.parameters.max_time_in_seconds = self.seconds[name]
        if not self.tell(name, self.best):
            self.was_stopped = True
            return
        watch = _Watch(self, name)
        status = solver.solve(self.model, watch)
        bound = value
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = {pair for pair, variable in self.takes.items() if solver.boolean_value(variable)}
            # An equal one is no better: the roster in hand may already be good in what later stages ask.
            if measure(found) < value:
                self.best, value = found, measure(found)
        if status != cp_model.OPTIMAL:
            bound = min(value, round(solver.best_objective_bound))
        self.stages.append(Stage(name, value, bound if status != cp_model.OPTIMAL else value, time.monotonic() - began))
        self.model.add(objective <= value)


class _Watch(cp_model.CpSolverSolutionCallback):
    def __init__(self, run: _Run, stage: str) -> None:
        super().__init__()
        self.run, self.stage = run, stage

    def on_solution_callback(self) -> None:
        found = {pair for pair, variable in self.run.takes.items() if self.boolean_value(variable)}
        if not self.run.tell(self.stage, found):
            self.run.was_stopped = True
            self.stop_search()
