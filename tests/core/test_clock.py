import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.clock import ZONE, Limit, WorkCalendar, due_at, elapsed, remaining, resume

calendar = WorkCalendar()
UNITS = ["minutes", "hours", "days", "working_days", "service_minutes"]


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def due(start: str, amount: int, unit: str, among: WorkCalendar = calendar) -> str:
    return due_at(at(start), Limit(amount, unit), among).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def test_it_works():
    assert due("2026-03-02 10:00", 30, "minutes") == "2026-03-02 10:30"
    assert due("2026-03-02 10:00", 24, "hours") == "2026-03-03 10:00"
    assert due("2026-03-02 10:00", 7, "days") == "2026-03-09 10:00"
    assert due("2026-03-02 10:00", 3, "working_days") == "2026-03-05 10:00"
    assert due("2026-03-02 10:00", 30, "service_minutes") == "2026-03-02 10:30"


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        # A plain weekend: Friday, then Monday.
        ("2026-03-06 15:00", 1, "2026-03-09 15:00"),
        # A start on a day off begins with the next working day.
        ("2026-03-07 15:00", 1, "2026-03-10 00:00"),
        ("2026-03-07 15:00", 0, "2026-03-09 00:00"),
        # Spring Festival 2026: off 15 to 23 February; Saturday 14 and Saturday 28 are worked.
        ("2026-02-13 10:00", 1, "2026-02-14 10:00"),
        ("2026-02-14 10:00", 1, "2026-02-24 10:00"),
        ("2026-02-16 10:00", 1, "2026-02-25 00:00"),
        ("2026-02-27 10:00", 1, "2026-02-28 10:00"),
        ("2026-02-28 10:00", 1, "2026-03-02 10:00"),
        # National Day 2026: off 1 to 7 October; Sunday 20 September and Saturday 10 October are worked.
        ("2026-09-18 10:00", 1, "2026-09-20 10:00"),
        ("2026-09-30 10:00", 2, "2026-10-09 10:00"),
        ("2026-10-09 10:00", 1, "2026-10-10 10:00"),
        # 2025: Spring Festival off 28 January to 4 February; Sunday 26 January, Saturday 8 February worked.
        ("2025-01-24 10:00", 1, "2025-01-26 10:00"),
        ("2025-01-27 10:00", 4, "2025-02-08 10:00"),
        # 2025: National Day off 1 to 8 October; Sunday 28 September and Saturday 11 October worked.
        ("2025-09-26 17:30", 1, "2025-09-28 17:30"),
        ("2025-09-30 17:30", 1, "2025-10-09 17:30"),
        ("2025-10-10 17:30", 1, "2025-10-11 17:30"),
    ],
)
def test_working_days_follow_the_official_calendar(start, amount, end):
    assert due(start, amount, "working_days") == end


def test_days_announced_later_come_before_the_calendar():
    local = WorkCalendar({dt.date(2026, 3, 3): False, dt.date(2026, 3, 7): True})
    assert due("2026-03-02 10:00", 1, "working_days", local) == "2026-03-04 10:00"
    assert due("2026-03-06 10:00", 1, "working_days", local) == "2026-03-07 10:00"


def test_a_year_without_published_days_has_plain_weeks():
    national_week = [dt.date(2091, 10, day) for day in range(1, 8)]
    assert [day for day in national_week if not WorkCalendar().is_working_day(day)] == [
        day for day in national_week if day.weekday() >= 5
    ]


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-03-02 17:30", 30, "2026-03-02 18:00"),
        ("2026-03-02 17:45", 30, "2026-03-03 09:15"),
        ("2026-03-02 20:00", 30, "2026-03-03 09:30"),
        ("2026-03-02 07:00", 120, "2026-03-02 11:00"),
        # Daily, at the weekend too.
        ("2026-03-07 17:00", 120, "2026-03-08 10:00"),
        ("2026-03-02 09:00", 540, "2026-03-02 18:00"),
        ("2026-03-02 18:00", 0, "2026-03-03 09:00"),
    ],
)
def test_service_minutes_run_in_the_service_hours(start, minutes, end):
    assert due(start, minutes, "service_minutes") == end


def test_service_hours_can_be_others():
    evening = WorkCalendar(service_start=dt.time(8), service_end=dt.time(20))
    assert due("2026-03-02 19:45", 30, "service_minutes", evening) == "2026-03-03 08:15"
    with pytest.raises(ValueError):
        WorkCalendar(service_start=dt.time(18), service_end=dt.time(9))


def test_a_pause_moves_the_due_time():
    three = Limit(3, "working_days")
    end = due_at(at("2026-03-02 10:00"), three, calendar)
    # Asked on Tuesday at 10:00, answered on Saturday: the two days that were left begin on Monday.
    moved = resume(end, at("2026-03-03 10:00"), at("2026-03-07 12:00"), three, calendar)
    assert moved == at("2026-03-11 00:00")
    hours = Limit(24, "hours")
    assert resume(at("2026-03-03 10:00"), at("2026-03-02 12:00"), at("2026-03-02 14:30"), hours, calendar) == at(
        "2026-03-03 12:30"
    )


def test_what_was_overdue_stays_overdue_after_a_pause():
    limit = Limit(1, "working_days")
    moved = resume(at("2026-03-02 10:00"), at("2026-03-03 10:00"), at("2026-03-05 10:00"), limit, calendar)
    assert moved == at("2026-03-04 10:00")


def test_what_is_left_and_what_has_passed():
    limit = Limit(3, "working_days")
    assert remaining(at("2026-03-06 12:00"), at("2026-03-09 12:00"), limit, calendar) == dt.timedelta(days=1)
    assert remaining(at("2026-03-09 12:00"), at("2026-03-06 12:00"), limit, calendar) == -dt.timedelta(days=1)
    assert elapsed(at("2026-03-07 12:00"), at("2026-03-08 12:00"), limit, calendar) == dt.timedelta()


def test_an_impossible_limit_is_refused():
    for amount, unit in ((-1, "days"), (1, "weeks")):
        with pytest.raises(ValueError):
            Limit(amount, unit)


def test_a_calendar_without_working_days_ends():
    never = WorkCalendar({dt.date(2026, 1, 1) + dt.timedelta(days=n): False for n in range(1200)})
    with pytest.raises(ValueError):
        due_at(at("2026-03-02 10:00"), Limit(1, "working_days"), never)


moments = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2028, 12, 31)).map(
    lambda naive: naive.replace(tzinfo=dt.UTC)
)
limits = st.builds(Limit, st.integers(0, 40), st.sampled_from(UNITS))


@given(start=moments, limit=limits)
def test_the_clock_grants_what_the_limit_says(start, limit):
    end = due_at(start, limit, calendar)
    assert end >= start
    assert elapsed(start, end, limit, calendar) == limit.length


@given(start=moments, later=st.timedeltas(dt.timedelta(), dt.timedelta(days=30)), limit=limits)
def test_who_starts_later_is_due_no_earlier(start, later, limit):
    assert due_at(start, limit, calendar) <= due_at(start + later, limit, calendar)


@given(start=moments, amount=st.integers(0, 40), unit=st.sampled_from(UNITS))
def test_a_longer_limit_ends_no_earlier(start, amount, unit):
    assert due_at(start, Limit(amount, unit), calendar) <= due_at(start, Limit(amount + 1, unit), calendar)


@given(
    start=moments,
    limit=limits,
    worked=st.timedeltas(dt.timedelta(), dt.timedelta(days=50)),
    pause=st.timedeltas(dt.timedelta(seconds=1), dt.timedelta(days=50)),
)
def test_a_pause_conserves_what_is_left(start, limit, worked, pause):
    end = due_at(start, limit, calendar)
    paused, resumed = start + worked, start + worked + pause
    moved = resume(end, paused, resumed, limit, calendar)
    assert remaining(resumed, moved, limit, calendar) == remaining(paused, end, limit, calendar)


@given(start=moments, limit=limits)
def test_the_zone_of_the_caller_changes_nothing(start, limit):
    new_york = start.astimezone(ZoneInfo("America/New_York"))
    # In the repeated hour of autumn Python calls equal moments of two zones different: compare both in UTC.
    assert due_at(new_york, limit, calendar).astimezone(dt.UTC) == due_at(start, limit, calendar)
