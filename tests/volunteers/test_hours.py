"""Check-in and check-out, and what they leave in the ledger of hours."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Role
from tests.conftest import make_user
from tests.volunteers.conftest import MORNING
from volunteers import attendance, ledger, places
from volunteers.models import HourClaim, HourEntry, HourRule
from volunteers.types import CheckMethod, ClaimKind, ClaimStatus, DutyKind, HourAccount

STAFF = CheckMethod.STAFF


@pytest.fixture
def serve(make_shift, north):
    """Have somebody serve so many minutes of a shift."""

    def serve(volunteer, minutes, *, at=MORNING, planned=None, **values):
        shift = make_shift(at, minutes=planned or max(minutes, 30), **values)
        assignment = places.assign(shift, volunteer=volunteer, by=north)
        left = at + timedelta(minutes=minutes)
        attendance.check_in(assignment, by=north, how=STAFF, at=at, now=left)
        return attendance.check_out(assignment, by=north, how=STAFF, at=left, now=left)

    return serve


@pytest.fixture
def city_leader(city):
    return make_user("city-leader", Role.LEADER, region=city)


@pytest.fixture
def street_leader(the_north):
    return make_user("street-leader", Role.LEADER, region=the_north.street)


def test_it_works(enrol, serve):
    somebody = enrol()
    serve(somebody, 150, planned=180)
    assert ledger.totals(somebody) == {"planned": 180, "recorded": 150, "approved": 150}


def test_a_second_check_out_counts_nothing(enrol, serve, north):
    somebody = enrol()
    assignment = serve(somebody, 60)
    attendance.check_out(assignment, by=north, how=STAFF, at=MORNING + timedelta(hours=2), now=MORNING + timedelta(1))
    assert ledger.totals(somebody)["recorded"] == 60


def test_what_was_noted_without_a_network_comes_in_later(enrol, make_shift, north):
    assignment = places.assign(make_shift(), volunteer=enrol(), by=north)
    later = MORNING + timedelta(days=2)
    attendance.check_in(assignment, by=north, how=CheckMethod.SHEET, at=MORNING, now=later)
    attendance.check_out(assignment, by=north, how=CheckMethod.SHEET, at=MORNING + timedelta(hours=3), now=later)
    assert ledger.totals(assignment.volunteer)["approved"] == 180


@pytest.mark.parametrize(
    ("at", "now"),
    [
        (timedelta(minutes=-90), timedelta()),
        (timedelta(hours=4), timedelta(hours=4)),
        (timedelta(hours=1), timedelta()),
        (timedelta(), timedelta(days=9)),
    ],
)
def test_a_check_in_that_has_nothing_to_do_with_the_shift_is_refused(enrol, make_shift, north, at, now):
    assignment = places.assign(make_shift(), volunteer=enrol(), by=north)
    with pytest.raises(DomainError):
        attendance.check_in(assignment, by=north, how=STAFF, at=MORNING + at, now=MORNING + now)


def test_a_forgotten_check_out_closes_at_the_planned_end(enrol, make_shift, north):
    assignment = places.assign(make_shift(), volunteer=enrol(), by=north)
    attendance.check_in(assignment, by=north, how=STAFF, at=MORNING, now=MORNING)
    assert attendance.close_forgotten(MORNING + timedelta(hours=3, minutes=30)) == 0
    evening = MORNING + timedelta(hours=9)
    assert (attendance.close_forgotten(evening), attendance.close_forgotten(evening)) == (1, 0)
    assignment.refresh_from_db()
    assert (assignment.checked_out_at, assignment.checked_out_how) == (assignment.shift.ends_at, CheckMethod.JOB)
    assert ledger.totals(assignment.volunteer)["recorded"] == 180


def test_somebody_marked_absent_may_turn_out_to_have_been_there(enrol, make_shift, north):
    assignment = places.assign(make_shift(), volunteer=enrol(), by=north)
    after = MORNING + timedelta(hours=4)
    attendance.no_show(assignment, by=north, now=after)
    assert ledger.totals(assignment.volunteer) == {"planned": 180, "recorded": 0, "approved": 0}
    attendance.check_in(assignment, by=north, how=CheckMethod.SHEET, at=MORNING, now=after)
    attendance.check_out(assignment, by=north, how=CheckMethod.SHEET, at=MORNING + timedelta(hours=3), now=after)
    assert ledger.totals(assignment.volunteer) == {"planned": 180, "recorded": 180, "approved": 180}


def test_eight_hours_a_day_count_at_once_and_the_body_above_decides_on_the_rest(enrol, serve, street_leader, leader):
    somebody = enrol()
    serve(somebody, 9 * 60)
    claim = HourClaim.objects.get()
    assert ledger.totals(somebody)["approved"] == 8 * 60
    assert (claim.minutes, claim.decided_in) == (60, street_leader.memberships.get().region)
    ledger.decide(claim, by=street_leader, granted=True)
    assert ledger.totals(somebody) == {"planned": 540, "recorded": 540, "approved": 540}
    with pytest.raises(Conflict):
        ledger.decide(claim, by=leader, granted=True)


def test_more_than_twelve_hours_are_decided_a_level_higher(enrol, serve, street_leader, leader):
    serve(enrol(), 13 * 60)
    claim = HourClaim.objects.get()
    with pytest.raises(NotAllowed):
        ledger.decide(claim, by=street_leader, granted=True)
    assert ledger.decide(claim, by=leader, granted=True).status == ClaimStatus.GRANTED


def test_two_shifts_of_one_day_share_its_eight_hours(enrol, serve):
    somebody = enrol()
    serve(somebody, 300)
    serve(somebody, 300, at=MORNING + timedelta(hours=6))
    assert ledger.totals(somebody)["approved"] == 480
    assert HourClaim.objects.get().minutes == 120


def test_a_districts_rule_counts_from_its_day_on(enrol, serve, the_north):
    HourRule.objects.create(district=the_north.district, valid_from=MORNING.date(), rounding_minutes=30)
    HourRule.objects.create(valid_from=MORNING.date() - timedelta(days=30), evening_percent=150)
    rounded, earlier = enrol(), enrol()
    serve(rounded, 89)
    serve(earlier, 60, at=MORNING - timedelta(days=1), kind=DutyKind.EVENING_HOUR)
    assert ledger.totals(rounded)["approved"] == 60
    assert ledger.totals(earlier)["approved"] == 90


def test_a_supplement_counts_when_it_is_granted(enrol, the_north, street_leader):
    somebody = enrol()
    asked = ledger.claim(
        somebody, kind=ClaimKind.SUPPLEMENT, region=the_north.community, on=MORNING.date() - timedelta(days=30),
        minutes=120, reason="签到设备断电", by=None,
    )  # fmt: skip
    assert not HourEntry.objects.exists()
    ledger.decide(asked, by=street_leader, granted=True)
    assert ledger.totals(somebody) == {"planned": 0, "recorded": 120, "approved": 120}


@pytest.mark.parametrize(
    "values",
    [{"minutes": 0}, {"minutes": -30}, {"minutes": 2000}, {"reason": " "}, {"on": MORNING.date() + timedelta(3650)}],
)
def test_a_supplement_that_cannot_be_is_refused(enrol, the_north, values):
    asked = {"minutes": 60, "reason": "忘记签到", "on": MORNING.date() - timedelta(days=30)} | values
    with pytest.raises(DomainError):
        ledger.claim(enrol(), kind=ClaimKind.SUPPLEMENT, region=the_north.community, by=None, **asked)


def test_nobody_decides_about_hours_of_their_own(enrol, the_north, street_leader):
    own = enrol()
    own.person = street_leader.person
    own.save()
    asked = ledger.claim(
        own, kind=ClaimKind.SUPPLEMENT, region=the_north.community, on=MORNING.date() - timedelta(days=30), minutes=60,
        reason="忘记签到", by=None,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        ledger.decide(asked, by=street_leader, granted=True)


def test_what_is_wrong_is_reversed_and_never_changed(enrol, serve, leader):
    somebody = enrol()
    serve(somebody, 60)
    entry = HourEntry.objects.get(account=HourAccount.APPROVED)
    ledger.reverse(entry, by=leader, reason="签错人")
    assert ledger.totals(somebody)["approved"] == 0
    with pytest.raises(Conflict):
        ledger.reverse(entry, by=leader, reason="签错人")
    for change in (lambda: HourEntry.objects.update(minutes=1), lambda: HourEntry.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 900), st.booleans()), max_size=6))
def test_the_sum_of_the_ledger_is_every_total(enrol, serve, city_leader, duties):
    somebody, expected, taken = enrol(), {}, set()
    for day, minutes, grant in duties:
        if day in taken:
            continue
        taken.add(day)
        serve(somebody, minutes, at=MORNING + timedelta(days=2 * day))
        approved = min(minutes, 480)
        for claim in HourClaim.objects.filter(volunteer=somebody, status=ClaimStatus.PENDING):
            ledger.decide(claim, by=city_leader, granted=grant, decision="核实")
            approved += claim.minutes if grant else 0
        expected[day] = approved
    assert ledger.totals(somebody)["approved"] == sum(expected.values())
    assert ledger.totals(somebody, until=MORNING.date())["approved"] == expected.get(0, 0)


def test_supplements_of_a_long_day_go_two_levels_up_and_no_day_has_more_than_24_hours(enrol, the_north, street_leader):
    somebody, day = enrol(), MORNING.date() - timedelta(days=30)

    def ask(minutes: int) -> HourClaim:
        return ledger.claim(
            somebody, kind=ClaimKind.SUPPLEMENT, region=the_north.community, on=day, minutes=minutes,
            reason=f"社区清扫 {minutes} 分钟", by=None,
        )  # fmt: skip

    first, second = ask(700), ask(600)
    assert (first.decided_in, second.decided_in) == (the_north.street, the_north.district)
    with pytest.raises(DomainError) as refused:
        ask(200)
    assert "24 小时" in refused.value.fields["minutes"][0]
    # What was refused counts no more.
    ledger.decide(first, by=street_leader, granted=False, decision="没有记录")
    assert ask(100).decided_in == the_north.street
