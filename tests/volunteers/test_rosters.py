"""Rosters: what is hard stays hard, gaps are named with their reason, nothing holds before it is published."""

import os
import subprocess
import sys
from datetime import date, datetime, time, timedelta

import pytest
from django.conf import settings

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError
from tests.volunteers.conftest import MORNING
from volunteers import places, rosters
from volunteers.models import Assignment, DayAvailability, DutyTemplate, KeyHolder, Roster, Skill, VolunteerSkill
from volunteers.roster import job
from volunteers.roster.greedy import greedy
from volunteers.roster.plans import shifts_of
from volunteers.roster.problem import Person, Problem, Shift, lacks, unfairness, violations
from volunteers.roster.solver import solve
from volunteers.types import AssignmentStatus

QUICK = {"cover": 2.0, "fairness": 1.0, "wishes": 1.0}
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 7)
BEFORE = datetime.combine(FIRST - timedelta(days=14), time(), ZONE)


@pytest.fixture
def week(make_shift):
    """A shift on each morning and evening of a week."""
    days = [datetime.combine(FIRST + timedelta(days=n), time(), ZONE) for n in range(7)]
    return [make_shift(day + timedelta(hours=hour), minutes=120) for day in days for hour in (9, 19)]


def solved(station, north):
    return job.run(rosters.ask(station, first_day=FIRST, last_day=LAST, by=north, now=BEFORE).pk, seconds=QUICK)


def test_it_works(anytime, week, north, the_north):
    people = [anytime() for _each in range(4)]
    roster = solved(the_north.station, north)
    assert (roster.status, roster.outcome["gaps"]) == (Roster.Status.DRAFT, [])
    assert not Assignment.objects.exists()
    done = rosters.publish(roster, by=north, now=MORNING - timedelta(days=7))
    assert (len(done.assigned), done.refused) == (14, [])
    assert {each.status for each in done.assigned} == {AssignmentStatus.PROPOSED}
    per_head = [Assignment.objects.filter(volunteer=person).count() for person in people]
    assert max(per_head) - min(per_head) <= 1


def test_a_roster_is_published_once(anytime, week, north, the_north):
    anytime()
    roster = solved(the_north.station, north)
    rosters.publish(roster, by=north, now=MORNING - timedelta(days=7))
    with pytest.raises(Conflict):
        rosters.publish(roster, by=north)


def test_a_gap_is_named_with_its_reason(anytime, make_shift, north, the_north):
    first_aid = Skill.objects.create(code="first-aid", name="急救", needs_evidence=True)
    VolunteerSkill.objects.create(volunteer=anytime(), skill=first_aid)  # nobody has seen the evidence
    morning = make_shift()
    morning.skills.add(first_aid)
    late = make_shift(MORNING.replace(hour=22), needs_key_holder=True)
    gaps = {(gap["shift"], gap["what"]): gap for gap in solved(the_north.station, north).outcome["gaps"]}
    assert gaps[morning.pk, "first-aid"] | {"count": 1} == gaps[morning.pk, "first-aid"]
    assert (gaps[late.pk, "people"]["reason"], gaps[late.pk, "people"]["proven"]) == ("nobody_free", True)
    assert (late.pk, "key") in gaps


def test_a_key_holder_and_a_skill_are_found(anytime, make_shift, north, the_north):
    first_aid = Skill.objects.create(code="first-aid", name="急救")
    nurse, opener, _third = anytime(), anytime(), anytime()
    VolunteerSkill.objects.create(volunteer=nurse, skill=first_aid)
    KeyHolder.objects.create(volunteer=opener, station=the_north.station)
    shift = make_shift(min_people=2, needs_key_holder=True)
    shift.skills.add(first_aid)
    roster = solved(the_north.station, north)
    assert set(roster.lines.values_list("volunteer", flat=True)) == {nurse.pk, opener.pk}


def test_nobody_is_put_on_duty_when_away_or_elsewhere(anytime, make_shift, north, the_north, the_south):
    away, elsewhere, free = anytime("甲"), anytime("乙"), anytime("丙")
    DayAvailability.objects.create(volunteer=away, date=MORNING.date())
    other = make_shift(MORNING - timedelta(hours=1), station=the_south.station, district=the_south.district)
    places.assign(other, volunteer=elsewhere, by=None)
    make_shift(min_people=3, max_people=3)
    roster = solved(the_north.station, north)
    assert list(roster.lines.values_list("volunteer", flat=True)) == [free.pk]
    assert roster.outcome["gaps"][0]["count"] == 2


def test_a_pinned_line_stays_when_it_is_solved_again(anytime, make_shift, north, the_north):
    for _each in range(5):
        anytime()
    make_shift(min_people=1)
    roster = solved(the_north.station, north)
    line = roster.lines.get()
    rosters.pin(line, by=north)
    job.run(rosters.solve_again(roster, by=north).pk, seconds=QUICK)
    assert roster.lines.get() == line


def test_whoever_said_yes_stays_and_a_proposal_may_be_replaced(anytime, make_shift, north, the_north):
    shift = make_shift(min_people=1)
    yes, other = anytime(), anytime()
    places.assign(shift, volunteer=yes, by=north)
    roster = solved(the_north.station, north)
    assert list(roster.lines.values_list("volunteer", flat=True)) == [yes.pk]
    changes = rosters.compare(roster)
    assert (changes.added, changes.removed, len(changes.kept)) == ([], [], 1)
    assert other.assignments.count() == 0


def test_what_no_longer_works_is_named_when_it_is_published(anytime, make_shift, north, the_north, the_south):
    somebody = anytime()
    make_shift()
    roster = solved(the_north.station, north)
    busy = make_shift(MORNING, station=the_south.station, district=the_south.district)
    places.assign(busy, volunteer=somebody, by=None)
    done = rosters.publish(roster, by=north, now=MORNING - timedelta(days=1))
    assert (done.assigned, len(done.refused)) == ([], 1)
    assert "王小明" in done.refused[0][1]


def test_a_roster_that_waits_is_cancelled_and_not_solved(anytime, make_shift, north, the_north):
    anytime()
    make_shift()
    roster = rosters.ask(the_north.station, first_day=FIRST, last_day=LAST, by=north, now=BEFORE)
    rosters.cancel(roster, by=north)
    assert job.run(roster.pk, seconds=QUICK).status == Roster.Status.CANCELLED
    assert not roster.lines.exists()


@pytest.mark.parametrize(("first", "last"), [(FIRST, date(2027, 12, 1)), (FIRST, FIRST - timedelta(1)), (FIRST, LAST)])
def test_a_roster_of_no_shifts_or_no_days_is_refused(the_north, north, first, last):
    with pytest.raises(DomainError):
        rosters.ask(the_north.station, first_day=first, last_day=last, by=north, now=BEFORE)
    assert not Roster.objects.exists()


def test_days_that_are_over_have_no_roster(anytime, make_shift, north, the_north):
    anytime()
    make_shift()
    after = BEFORE + timedelta(days=20)
    with pytest.raises(DomainError) as refused:
        rosters.ask(the_north.station, first_day=FIRST, last_day=LAST, by=north, now=after)
    assert set(refused.value.fields) == {"first_day"}


def test_the_shifts_of_all_its_days_are_made(the_north, north):
    DutyTemplate.objects.create(
        title="日常值班", station=the_north.station, rule="FREQ=DAILY", first_day=FIRST, starts=time(9), ends=time(12),
        weeks_ahead=1,
    )  # fmt: skip
    roster = rosters.ask(the_north.station, first_day=FIRST, last_day=FIRST + timedelta(days=30), by=north, now=BEFORE)
    assert shifts_of(roster).count() == 31


def test_shares_add_up_to_the_duty_that_there_is():
    """Also where everybody served too little before: what they have to make up for is more than there is to do."""
    shifts = tuple(Shift(id=n, starts=n * 1440 + 540, ends=n * 1440 + 720, fewest=1, most=2) for n in range(5))
    people = tuple(
        Person(id=n, weekly_minutes=240, available=frozenset(range(5)), carried_minutes=-480 + 100 * n)
        for n in range(4)
    )  # fmt: skip
    problem = Problem(people, shifts)
    assert abs(sum(problem.shares.values()) - 5 * 180) <= len(people)


def test_web_workers_do_without_the_solver():
    """All pages and addresses, loaded in a process of its own, leave the solver alone."""
    code = "import sys, django; django.setup(); import portal.urls; sys.exit('ortools' in sys.modules)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    done = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, check=False)
    assert done.returncode == 0


# The solver by itself: no database, no clock.


def problem_of(people, days=7, *, fewest=1, **rules):
    shifts = []
    for day in range(days):
        for hour in (9, 14, 21):
            starts = day * 24 * 60 + hour * 60
            shifts.append(Shift(len(shifts), starts, starts + 120, fewest, fewest + 1))
    everything = frozenset(shift.id for shift in shifts)
    made = [Person(**{"id": number, "weekly_minutes": 600, "available": everything} | each) for number, each in people]
    return Problem(tuple(made), tuple(shifts), **rules)


@pytest.mark.parametrize("make", [greedy, lambda problem: solve(problem, seconds=QUICK).roster])
def test_every_roster_keeps_the_hard_rules(make):
    people = [(n, {"is_minor": n % 3 == 0, "weekly_minutes": 240 + 120 * (n % 4)}) for n in range(12)]
    problem = problem_of(people, days=10, fewest=2)
    assert violations(problem, make(problem)) == []


def test_late_duty_is_followed_by_a_nights_rest():
    problem = problem_of([(1, {"weekly_minutes": 3000})], days=2)
    roster = solve(problem, seconds=QUICK).roster
    # From 23:00 to 9:00 are ten hours: enough. A longer rest forbids it.
    assert violations(problem, roster) == []
    stricter = Problem(problem.people, problem.shifts, rules=type(problem.rules)(rest_minutes=11 * 60))
    strict = solve(stricter, seconds=QUICK).roster
    assert (1, 2) not in strict or (1, 3) not in strict


def test_load_follows_what_people_declared_and_what_they_did_before():
    people = [
        (1, {"weekly_minutes": 1200}),
        (2, {"weekly_minutes": 600}),
        (3, {"weekly_minutes": 600, "carried_minutes": 600}),
    ]
    result = solve(problem_of(people, days=4), seconds=QUICK)
    minutes = {who: sum(120 for person, _shift in result.roster if person == who) for who in (1, 2, 3)}
    assert minutes[1] > minutes[2] > minutes[3]


def test_the_solver_is_at_least_as_fair_as_greedy_and_fills_as_much():
    people = [(n, {"available": frozenset(range(n % 5, 21, 2))}) for n in range(9)]
    problem = problem_of(people, fewest=2)
    start = greedy(problem)
    result = solve(problem, hint=start, seconds=QUICK)
    assert sum(lacks(problem, result.roster).values()) <= sum(lacks(problem, start).values())
    if sum(lacks(problem, result.roster).values()) == sum(lacks(problem, start).values()):
        assert result.unfairness <= unfairness(problem, start)


def test_a_run_can_be_stopped_and_keeps_what_it_found():
    problem = problem_of([(n, {}) for n in range(6)])
    result = solve(problem, seconds=QUICK, tell=lambda stage, roster: False)
    assert result.was_stopped
    assert violations(problem, result.roster) == []
