from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.core.humanize import (
    DUE_LOOKS,
    STATE_LOOKS,
    absolute_time,
    deadline,
    due_in_words,
    elapsed,
    figure,
    full_time,
    relative_time,
    remaining,
    state_look,
    thin_spaced,
)

NOW = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)  # 09:05 in Shanghai


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=1, hours=23), "1 day"),
        (timedelta(days=3, hours=5), "3 days"),
    ],
)
def test_time_that_has_passed_is_counted_in_whole_units_as_an_age_is(length, words):
    assert elapsed(length) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(days=7) - timedelta(seconds=1), "7 days"),
        (timedelta(days=6, hours=12, seconds=1), "7 days"),
        (timedelta(days=6, hours=12), "6 days"),
        (timedelta(hours=23, minutes=31), "1 day"),
        (timedelta(hours=13), "13 hours"),
        (timedelta(hours=4) - timedelta(seconds=1), "4 hours"),
        (timedelta(minutes=59, seconds=40), "1 hour"),
        (timedelta(minutes=31), "31 minutes"),
        (timedelta(seconds=31), "1 minute"),
        (timedelta(seconds=30), "less than a minute"),
        (timedelta(0), "less than a minute"),
    ],
)
def test_time_that_is_left_is_said_to_the_nearest_unit(length, words):
    assert remaining(length) == words


UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}


def meant_by(words):
    """(how long the words say it is, the unit that they count in)"""
    if words == "less than a minute":
        return timedelta(0), UNITS["minute"]
    count, unit = words.split()
    unit = UNITS[unit.removesuffix("s")]
    return int(count) * unit, unit


lengths = st.timedeltas(timedelta(0), timedelta(days=40))


@given(lengths)
def test_what_is_left_is_never_said_to_be_more_or_less_by_over_half_a_unit(length):
    with translation.override("en"):
        said, unit = meant_by(remaining(length))
    assert abs(said - length) <= unit / 2
    # In the largest unit that fits: neither 60 minutes nor 24 hours.
    assert unit == UNITS["day"] or said < {UNITS["minute"]: UNITS["hour"], UNITS["hour"]: UNITS["day"]}[unit]


@given(lengths, lengths)
def test_what_leaves_less_time_never_sounds_like_more(one, other):
    shorter, longer = sorted([one, other])
    with translation.override("en"):
        assert meant_by(remaining(shorter))[0] <= meant_by(remaining(longer))[0]


@given(lengths)
def test_nobody_is_said_to_be_later_than_they_are(length):
    with translation.override("en"):
        said, unit = meant_by(elapsed(length))
    assert timedelta(0) <= length - said < unit


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(hours=-3), "in 3 hours"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=30), "January 31"),
    ],
)
def test_time_is_relative_within_a_month_and_a_date_beyond(ago, words):
    assert relative_time(NOW - ago, NOW) == words


def test_absolute_time_is_that_of_the_wall_clock_in_china():
    with translation.override("zh-hans"):
        assert absolute_time(NOW, now=NOW) == "3月2日 09:05"
        assert absolute_time(NOW, now=NOW + timedelta(days=365)) == "2026年3月2日 09:05"
        assert full_time(NOW) == "2026年3月2日 09:05"


@pytest.mark.parametrize(
    ("due", "options", "code", "words"),
    [
        (None, {}, "none", "No time limit"),
        (NOW, {}, "soon", "Less than a minute left"),
        (NOW - timedelta(seconds=1), {}, "overdue", "Less than a minute over"),
        (NOW - timedelta(days=1), {}, "overdue", "1 day over"),
        (NOW + timedelta(hours=4), {}, "soon", "4 hours left"),
        (NOW + timedelta(hours=5), {}, "ahead", "5 hours left"),
        (NOW - timedelta(days=1), {"paused": True}, "paused", "Clock stopped"),
        (NOW, {"done_at": NOW}, "met", "Done on time"),
        (NOW, {"done_at": NOW + timedelta(seconds=1)}, "missed", "Done late"),
    ],
)
def test_a_limit_says_where_it_stands(due, options, code, words):
    said = due_in_words(due, NOW, **options)
    assert (said.code, said.words) == (code, words)
    assert said.look == DUE_LOOKS[code]


def test_the_chinese_words_are_those_of_the_field():
    with translation.override("zh-hans"):
        assert due_in_words(NOW + timedelta(hours=3), NOW).words == "还剩 3 小时"
        assert due_in_words(NOW + timedelta(days=7, seconds=-1), NOW).words == "还剩 7 天"
        assert due_in_words(NOW + timedelta(seconds=9), NOW).words == "还剩不到 1 分钟"
        assert due_in_words(NOW - timedelta(days=1), NOW).words == "已超 1 天"
        assert relative_time(NOW - timedelta(minutes=5), NOW) == "5 分钟前"
        assert relative_time(NOW + timedelta(minutes=5), NOW) == "5 分钟后"


def test_a_state_nobody_has_drawn_still_has_a_look():
    assert state_look("resolved") is STATE_LOOKS["resolved"]
    assert state_look("unheard-of").tone == "plain"


def test_what_is_finished_is_never_red():
    assert all(STATE_LOOKS[code].tone != "bad" for code in ("resolved", "closed", "finished", "approved", "open"))


def test_chinese_and_latin_are_set_apart_once():
    assert thin_spaced("大浪28区WiFi信号") == "大浪\u200928\u2009区\u2009WiFi\u2009信号"
    assert thin_spaced("还剩 3 小时") == "还剩 3 小时"


def test_a_missing_figure_is_not_a_zero():
    assert figure(None, "件") == "not applicable"
    assert figure(0, "件") == "0\u2009件"
    assert figure(12345) == "12,345"
    assert figure(97.25, "%") == "97.2\u2009%"


def test_a_deadline_at_midnight_is_the_end_of_a_day():
    midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    with translation.override("zh-hans"):
        assert deadline(midnight, now=midnight) == "11月23日 24时"
        assert deadline(midnight - timedelta(hours=6.5), now=midnight) == "11月23日 17:30"
        assert deadline(midnight, now=midnight + timedelta(days=60)) == "2026年11月23日 24时"
