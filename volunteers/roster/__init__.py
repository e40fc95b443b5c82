"""Who is on duty when: a roster as a problem of its own, without database, clock or language.

    problem = Problem(people=…, shifts=…, rules=Rules())
    draft = greedy(problem)                  # at once, for a whole district
    result = solve(problem, hint=draft)      # in stages: cover and skills, fairness, wishes

Minutes are counted from the first midnight of the problem, in the city's time. Nothing is imported here: the solver
(OR-Tools) is heavy, and only the job that solves needs it.
"""
