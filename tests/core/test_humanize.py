from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from portal.core.humanize import (
    DUE_LOOKS,
    STATE_LOOKS,
    absolute_time,
    deadline,
    due_in_words,
    duration,
    figure,
    relative_time,
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
        (timedelta(0), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=-3, hours=-5), "3 days"),
    ],
)
def test_a_duration_is_said_in_its_largest_whole_unit(length, words):
    assert duration(length) == words


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(hours=-3), "in 3 hours"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=30), "2026-01-31"),
    ],
)
def test_time_is_relative_within_a_month_and_a_date_beyond(ago, words):
    assert relative_time(NOW - ago, NOW) == words


def test_absolute_time_is_that_of_the_wall_clock_in_china():
    assert absolute_time(NOW) == "2026-03-02 09:05"


@pytest.mark.parametrize(
    ("due", "options", "code", "words"),
    [
        (None, {}, "none", "No time limit"),
        (NOW, {}, "soon", "1 minute left"),
        (NOW - timedelta(seconds=1), {}, "overdue", "1 minute over"),
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
    assert deadline(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == "2026-11-23 24:00"
    assert deadline(datetime(2026, 11, 23, 9, 30, tzinfo=UTC)) == "2026-11-23 17:30"
