"""Periods begin and end at midnight in the city, whole months stay whole, and leap days go nowhere."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import DomainError
from portal.reports.periods import Period, PeriodKind

CALENDAR = [kind for kind in PeriodKind.values if kind != PeriodKind.CUSTOM]
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "kind, day, first, last",
    [
        ("day", date(2026, 3, 31), date(2026, 3, 31), date(2026, 3, 31)),
        ("week", date(2026, 3, 1), date(2026, 2, 23), date(2026, 3, 1)),
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        ("month", date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 28)),
        ("quarter", date(2026, 6, 30), date(2026, 4, 1), date(2026, 6, 30)),
        ("half_year", date(2026, 7, 1), date(2026, 7, 1), date(2026, 12, 31)),
        ("year", date(2026, 12, 31), date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_it_works(kind, day, first, last):
    period = Period.containing(day, kind)
    assert (period.first, period.last) == (first, last)


def test_a_day_begins_at_midnight_in_the_city():
    day = Period.containing(date(2026, 3, 1), "day")
    assert day.start == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert day.end == datetime(2026, 3, 1, 16, tzinfo=UTC)


@given(DAYS, st.sampled_from(CALENDAR))
def test_periods_follow_one_another_without_a_gap(day, kind):
    period = Period.containing(day, kind)
    assert period.first <= day <= period.last
    assert period.previous().end == period.start
    assert period.following().start == period.end
    assert period.following().previous() == period
    assert period.previous().kind == period.last_year().kind == kind


@given(DAYS, st.integers(0, 800))
def test_a_span_of_ones_own_is_compared_with_as_many_days(day, length):
    period = Period.between(day, min(date.fromordinal(day.toordinal() + length), date(2100, 12, 31)))
    before = period.previous()
    assert before.end == period.start
    assert before.last - before.first == period.last - period.first


@pytest.mark.parametrize(
    "period, first, last",
    [
        (Period.containing(date(2024, 2, 29), "day"), date(2023, 2, 28), date(2023, 2, 28)),
        (Period.containing(date(2024, 2, 29), "month"), date(2023, 2, 1), date(2023, 2, 28)),
        (Period.containing(date(2025, 2, 1), "month"), date(2024, 2, 1), date(2024, 2, 29)),
        (Period.between(date(2024, 2, 29), date(2024, 3, 1)), date(2023, 2, 28), date(2023, 3, 1)),
        (Period.containing(date(2026, 3, 2), "week"), date(2025, 3, 3), date(2025, 3, 9)),
    ],
)
def test_the_same_period_last_year(period, first, last):
    assert (period.last_year().first, period.last_year().last) == (first, last)


@pytest.mark.parametrize(
    "period, label",
    [
        (Period.containing(date(2026, 3, 1), "day"), "2026-03-01"),
        (Period.containing(date(2026, 3, 1), "month"), "2026年3月"),
        (Period.containing(date(2026, 3, 1), "quarter"), "2026年第1季度"),
        (Period.containing(date(2026, 12, 1), "half_year"), "2026年下半年"),
        (Period.containing(date(2026, 3, 1), "year"), "2026年"),
        (Period.between(date(2026, 3, 1), date(2026, 3, 9)), "2026-03-01至2026-03-09"),
    ],
)
def test_a_period_is_called_as_people_call_it(period, label):
    assert period.label == label


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1999, 12, 31), date(9999, 12, 31)])
def test_days_off_the_calendar_are_refused(day):
    with pytest.raises(DomainError):
        Period.containing(day, "month")


def test_an_end_before_the_beginning_is_refused():
    with pytest.raises(DomainError) as refusal:
        Period.between(date(2026, 3, 2), date(2026, 3, 1))
    assert "to" in refusal.value.fields


@pytest.mark.parametrize("kind", CALENDAR)
@pytest.mark.parametrize("day", [date(2000, 1, 1), date(2100, 12, 31)])
def test_the_first_and_last_day_have_neighbours(day, kind):
    period = Period.containing(day, kind)
    assert period.previous().end == period.start
    assert period.following().start == period.end
    assert period.last_year().end <= period.start
