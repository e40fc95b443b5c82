"""Who is on duty when: a roster as a problem of its own, without database, clock or language.

    problem = Problem(people=…, shifts=…, rules=Rules())
    draft = greedy(problem)                  # at once, for a whole district
    result = solve(problem, hint=draft)      # in stages: cover and skills, fairness, wishes

Minutes are counted from the first midnight of the problem, in the city's time.
"""

from volunteers.roster.greedy import greedy
from volunteers.roster.problem import Gap, Person, Problem, Rules, Shift
from volunteers.roster.solver import Result, Stage, solve

__all__ = ["Gap", "Person", "Problem", "Result", "Rules", "Shift", "Stage", "greedy", "solve"]
