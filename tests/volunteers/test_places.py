"""Places on shifts: taken, answered, given back; never more than there are, never one person twice at one time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Role
from tests.conftest import make_user
from tests.volunteers.conftest import MORNING
from volunteers import open_shifts, places
from volunteers.models import Assignment, DutyShift
from volunteers.models.duty import stands_in
from volunteers.types import AssignmentStatus, ShiftStatus, VolunteerStatus

BEFORE = MORNING - timedelta(days=1)


def test_it_works(enrol, make_shift, north):
    shift = make_shift()
    assignment = places.assign(shift, volunteer=enrol(), by=north)
    shift.refresh_from_db()
    assert (assignment.status, shift.taken) == (AssignmentStatus.CONFIRMED, 1)


def test_a_full_shift_takes_nobody_else(enrol, make_shift, north):
    shift = make_shift(max_people=1)
    places.assign(shift, volunteer=enrol(), by=north)
    with pytest.raises(Conflict) as refused:
        places.assign(shift, volunteer=enrol(), by=north)
    assert refused.value.code == "full"
    assert Assignment.objects.count() == 1


def test_nobody_is_on_duty_twice_at_one_time(enrol, make_shift, north):
    somebody = enrol()
    places.assign(make_shift(), volunteer=somebody, by=north)
    other = make_shift(MORNING + timedelta(hours=1))
    with pytest.raises(Conflict) as refused:
        places.assign(other, volunteer=somebody, by=north)
    other.refresh_from_db()
    assert (refused.value.code, other.taken) == ("busy", 0)


def test_one_shift_may_follow_the_other(enrol, make_shift, north):
    somebody = enrol()
    places.assign(make_shift(), volunteer=somebody, by=north)
    assert places.assign(make_shift(MORNING + timedelta(hours=3)), volunteer=somebody, by=north)


def test_whoever_comes_after_the_last_place_waits_and_is_promoted(enrol, make_shift, open_signup):
    shift = make_shift(max_people=1, **open_signup)
    first = places.sign_up(shift, volunteer=enrol(), by=None, at=BEFORE)
    second = places.sign_up(shift, volunteer=enrol(), by=None, at=BEFORE)
    assert second.status == AssignmentStatus.WAITING
    places.withdraw(first, by=None, at=BEFORE)
    second.refresh_from_db()
    shift.refresh_from_db()
    assert (second.status, shift.taken) == (AssignmentStatus.CONFIRMED, 1)


def test_somebody_who_is_busy_by_now_is_passed_over(enrol, make_shift, open_signup, north):
    shift, other = make_shift(max_people=1, **open_signup), make_shift()
    first, busy, free = (
        places.sign_up(shift, volunteer=enrol(), by=None, at=BEFORE) for _each in range(3)
    )  # fmt: skip
    places.assign(other, volunteer=busy.volunteer, by=north)
    places.withdraw(first, by=None, at=BEFORE)
    states = dict(Assignment.objects.filter(shift=shift).values_list("pk", "status"))
    assert (states[busy.pk], states[free.pk]) == (AssignmentStatus.WAITING, AssignmentStatus.CONFIRMED)
    shift.refresh_from_db()
    assert shift.taken == 1


def test_sign_up_is_closed_outside_of_its_window(enrol, make_shift, open_signup):
    shift = make_shift(**open_signup)
    for at in (MORNING - timedelta(days=8), MORNING):
        with pytest.raises(Conflict, match="not open|报名"):
            places.sign_up(shift, volunteer=enrol(), by=None, at=at)


def test_an_offer_is_answered_in_time_or_freed(enrol, make_shift, north):
    shift = make_shift()
    yes = places.assign(shift, volunteer=enrol(), by=north, answer_by=BEFORE)
    places.accept(yes, by=north, at=BEFORE - timedelta(hours=1))
    silent = places.assign(shift, volunteer=enrol(), by=north, answer_by=BEFORE)
    with pytest.raises(Conflict):
        places.accept(silent, by=north, at=BEFORE + timedelta(hours=1))
    assert places.expire_proposals(BEFORE + timedelta(hours=1)) == 1
    assert places.expire_proposals(BEFORE + timedelta(hours=1)) == 0
    shift.refresh_from_db()
    silent.refresh_from_db()
    assert (shift.taken, silent.status) == (1, AssignmentStatus.DECLINED)


def test_a_place_is_given_back_once(enrol, make_shift, north):
    shift = make_shift()
    assignment = places.assign(shift, volunteer=enrol(), by=north)
    places.withdraw(assignment, by=north, at=BEFORE)
    with pytest.raises(Conflict):
        places.withdraw(assignment, by=north, at=BEFORE)
    shift.refresh_from_db()
    assert shift.taken == 0


def test_a_shift_that_is_called_off_names_who_is_to_be_told(enrol, make_shift, north):
    shift = make_shift()
    places.assign(shift, volunteer=enrol(), by=north)
    told = places.call_off(shift, by=north, reason="台风")
    assert (len(told), shift.taken) == (1, 0)
    with pytest.raises(Conflict) as refused:
        places.assign(shift, volunteer=enrol(), by=north)
    assert refused.value.code == "called_off"


@pytest.mark.parametrize(
    ("person", "shift"),
    [
        ({"status": VolunteerStatus.PAUSED}, {}),
        ({"insured_until": MORNING.date() - timedelta(days=1)}, {"needs_insurance": True}),
        ({}, {"needs_training": True}),
        ({"born_on": MORNING.date().replace(year=2010)}, {"minutes": 300}),
    ],
)
def test_a_shift_asks_of_each_person_what_it_asks(enrol, make_shift, north, person, shift):
    with pytest.raises(DomainError) as refused:
        places.assign(make_shift(**shift), volunteer=enrol(**person), by=north)
    assert refused.value.code == "unsuitable"


def test_reasons_are_one_line_of_sentences(enrol, make_shift, north):
    shift = make_shift(needs_insurance=True, needs_training=True)
    with pytest.raises(DomainError) as refused:
        places.assign(shift, volunteer=enrol(), by=north)
    words = str(refused.value)
    assert "；" in words
    assert words.index("。") == len(words) - 1


def at_once(calls):
    """Run the calls in a thread each, all at the same moment; what each returned or raised."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait(timeout=30)
        try:
            return call()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_sixteen_sign_ups_for_two_places_admit_exactly_two(enrol, make_shift, open_signup):
    shift = make_shift(max_people=2, **open_signup)
    people = [enrol() for _each in range(16)]
    made = at_once(
        [lambda who=who: places.sign_up(shift, volunteer=who, by=None, at=BEFORE) for who in people]
    )  # fmt: skip
    states = [each.status for each in made]
    assert states.count(AssignmentStatus.CONFIRMED) == 2
    assert states.count(AssignmentStatus.WAITING) == 14
    assert DutyShift.objects.get().taken == 2


@pytest.mark.django_db(transaction=True)
def test_sixteen_overlapping_claims_on_one_person_admit_one(enrol, make_shift):
    somebody = enrol()
    shifts = [make_shift(MORNING + timedelta(minutes=10 * number)) for number in range(16)]
    made = at_once([lambda shift=shift: places.assign(shift, volunteer=somebody, by=None) for shift in shifts])
    refused = [each.code for each in made if isinstance(each, Conflict)]
    assert (len(refused), set(refused)) == (15, {"busy"})
    assert sum(DutyShift.objects.values_list("taken", flat=True)) == 1


def test_only_those_who_run_a_station_decide_about_its_places(enrol, make_shift, open_signup, north, south, keeper):
    shift, somebody = make_shift(**open_signup), enrol()
    for stranger in (south, make_user("auditor-of-duty", Role.AUDITOR, region=shift.district)):
        with pytest.raises(NotAllowed):
            places.assign(shift, volunteer=somebody, by=stranger)
        with pytest.raises(NotAllowed):
            places.sign_up(shift, volunteer=somebody, by=stranger, at=BEFORE)
        with pytest.raises(NotAllowed):
            places.call_off(shift, by=stranger, reason="台风")
    assignment = places.assign(shift, volunteer=somebody, by=keeper)
    with pytest.raises(NotAllowed):
        places.withdraw(assignment, by=south, at=BEFORE)


def test_a_volunteer_decides_about_places_of_their_own_only(enrol, make_shift, open_signup, the_north):
    shift, other = make_shift(**open_signup), enrol()
    user = make_user("volunteer", Role.VOLUNTEER, region=the_north.community)
    me = enrol()
    me.person = user.person
    me.save()
    mine = places.sign_up(shift, volunteer=me, by=user, at=BEFORE)
    assert mine.status == AssignmentStatus.CONFIRMED
    with pytest.raises(NotAllowed):
        places.sign_up(shift, volunteer=other, by=user, at=BEFORE)
    with pytest.raises(NotAllowed):
        places.assign(shift, volunteer=me, by=user)
    assert places.withdraw(mine, by=user, at=BEFORE).status == AssignmentStatus.WITHDRAWN


class TestRowsAtHand:
    """What is asked of a row in Python is what its queryset asks the database."""

    @pytest.mark.parametrize("who", ["north", "helper", "south", "keeper", "district"])
    def test_duty_at_a_station_is_ones_own_by_the_rule_of_lists(self, who, request, make_shift, the_south):
        user = request.getfixturevalue(who)
        for shift in (make_shift(), make_shift(station=the_south.station, district=the_south.district)):
            is_listed = DutyShift.objects.for_user(user).filter(pk=shift.pk).exists()
            assert stands_in(shift.station, user.scope) == is_listed

    @pytest.mark.parametrize("hours", [-200, -169, -168, -1, 0, 1])
    @pytest.mark.parametrize("status", ShiftStatus.values)
    def test_a_shift_is_on_offer_by_the_rule_of_lists(
        self, hours, status, enrol, make_shift, open_signup, the_north, the_south, city
    ):
        at = MORNING + timedelta(hours=hours)
        people = [enrol(home_region=home) for home in (the_north.community, the_north.district, the_south.street, city)]
        shifts = [
            make_shift(status=status, district=district, **open_signup)
            for district in (the_north.district, the_south.district, city)
        ]
        for shift in [*shifts, make_shift(status=status)]:
            for volunteer in people:
                is_listed = open_shifts.open_to(volunteer, at=at).filter(pk=shift.pk).exists()
                assert open_shifts.is_offered(shift, volunteer, at=at) == is_listed
