"""Duty templates at the desk: shown before they change anything, and what regions that move leave behind."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.errors import DomainError
from portal.core.regions import merge_regions, move_region
from volunteers import places, planning, recurrence
from volunteers.models import DutyShift, DutyTemplate, Skill


def form_of(station, **change) -> dict:
    return {
        "title": "晚间一小时", "kind": "evening_hour", "station": f"{station.name} #{station.pk}", "is_active": "on",
        "recurs": "weekly", "weekdays": ["2"], "every": "1", "nth": "1", "weekday": "0", "rule": "",
        "starts": "19:00", "ends": "20:00", "first_day": "2026-01-01", "on_holidays": "warn", "weeks_ahead": "4",
        "min_people": "1", "max_people": "2", "seen": "0", **change,
    }  # fmt: skip


NEW = "/desk/duty/templates/new/"


@pytest.fixture
def saved(browser, north, the_north):
    """A template with its shifts, as the desk makes it."""
    sent = form_of(the_north.station)
    mark = browser(north).post(NEW, sent).context["changes"].mark
    browser(north).post(NEW, {**sent, "mark": mark})
    return DutyTemplate.objects.get()


def seen(caller, template) -> int:
    return caller.get(f"/desk/duty/templates/{template.pk}/edit/").context["seen"]


def text_of(answer) -> str:
    return answer.content.decode()


def test_it_works(browser, north, the_north):
    sent = form_of(the_north.station)
    shown = browser(north).post(NEW, sent)
    assert shown.status_code == 200
    assert not DutyTemplate.objects.exists()
    count = len(shown.context["changes"].added)
    assert count in (4, 5)
    answer = browser(north).post(NEW, {**sent, "mark": shown.context["changes"].mark})
    template = DutyTemplate.objects.get()
    assert answer.url == f"/desk/duty/templates/{template.pk}/"
    assert (template.rule, DutyShift.objects.count()) == ("FREQ=WEEKLY;BYDAY=WE", count)
    assert browser(north).get(answer.url).status_code == 200


def test_a_change_says_whom_it_concerns_and_then_does_exactly_that(browser, north, the_north, saved, enrol):
    place = places.assign(DutyShift.objects.last(), volunteer=enrol(), by=north)
    address, skill = f"/desk/duty/templates/{saved.pk}/edit/", Skill.objects.create(code="first-aid", name="急救")
    sent = form_of(the_north.station, starts="18:30", skills=[skill.pk], seen=seen(browser(north), saved))
    shown = browser(north).post(address, sent)
    changes = shown.context["changes"]
    assert len(changes.changed) == DutyShift.objects.count()
    assert changes.people_concerned == 1
    assert DutyTemplate.objects.get().starts == time(19)
    assert browser(north).post(address, {**sent, "mark": changes.mark}).status_code == 302
    place.refresh_from_db()
    assert place.period.lower.astimezone(ZONE).time() == time(18, 30)
    assert all(list(shift.skills.all()) == [skill] for shift in DutyShift.objects.all())


def test_what_changed_since_the_preview_is_shown_again(browser, north, the_north, saved, enrol):
    address = f"/desk/duty/templates/{saved.pk}/edit/"
    sent = form_of(the_north.station, starts="18:30", seen=seen(browser(north), saved))
    mark = browser(north).post(address, sent).context["changes"].mark
    places.assign(DutyShift.objects.last(), volunteer=enrol(), by=north)
    answer = browser(north).post(address, {**sent, "mark": mark})
    assert answer.status_code == 409
    assert answer.context["changes"].people_concerned == 1
    assert DutyTemplate.objects.get().starts == time(19)


def test_one_can_go_on_editing(browser, north, the_north):
    answer = browser(north).post(NEW, {**form_of(the_north.station, title="另一个"), "again": "1"})
    assert answer.status_code == 200
    assert 'value="另一个"' in text_of(answer)


def test_a_template_that_ends_takes_its_shifts_along(browser, north, the_north, saved, enrol):
    places.assign(DutyShift.objects.last(), volunteer=enrol(), by=north)
    address = f"/desk/duty/templates/{saved.pk}/edit/"
    sent = form_of(the_north.station, seen=seen(browser(north), saved))
    del sent["is_active"]
    changes = browser(north).post(address, sent).context["changes"]
    assert len(changes.removed) == DutyShift.objects.count()
    browser(north).post(address, {**sent, "mark": changes.mark})
    assert not DutyShift.objects.open().exists()


def test_somebody_in_the_way_is_named_and_nothing_is_saved(browser, north, the_north, saved, enrol, make_shift):
    shift, who = DutyShift.objects.last(), enrol()
    places.assign(shift, volunteer=who, by=north)
    places.assign(make_shift(shift.starts_at - timedelta(hours=2), minutes=60), volunteer=who, by=north)
    address = f"/desk/duty/templates/{saved.pk}/edit/"
    sent = form_of(the_north.station, starts="17:30", seen=seen(browser(north), saved))
    mark = browser(north).post(address, sent).context["changes"].mark
    answer = browser(north).post(address, {**sent, "mark": mark})
    assert answer.status_code == 409
    assert "王小明" in text_of(answer)
    assert DutyTemplate.objects.get().starts == time(19)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"min_people": "3"}, "最多人数"),
        ({"last_day": "2025-12-01"}, "结束日期早于开始日期"),
        ({"starts": "20:00"}, "相同"),
        ({"weekdays": []}, "星期"),
        ({"recurs": "rule", "rule": "FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2"}, "没有一天"),
        ({"recurs": "rule", "rule": "FREQ=DAILY;INTERVAL=0"}, "规则"),
        ({"recurs": "rule", "rule": "每周三"}, "规则"),
        ({"recurs": "rule", "rule": ""}, "规则"),
        ({"recurs": "yearly"}, "yearly"),
        ({"first_day": "2026-01-01", "last_day": "2026-01-02"}, "没有一天"),
        ({"weeks_ahead": "100"}, "26"),
        ({"title": ""}, "必填"),
    ],
)
def test_an_impossible_template_is_refused_in_words(browser, north, the_north, change, words):
    answer = browser(north).post(NEW, form_of(the_north.station, **change))
    assert answer.status_code == 400
    assert words in text_of(answer)
    assert not DutyTemplate.objects.exists()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"recurs": "daily"}, "FREQ=DAILY"),
        ({"recurs": "monthly", "nth": "-1", "weekday": "5"}, "FREQ=MONTHLY;BYDAY=-1SA"),
        ({"weekdays": ["4", "0"], "every": "2"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR"),
        ({"recurs": "rule", "rule": "rrule:freq=monthly;bymonthday=15"}, "FREQ=MONTHLY;BYMONTHDAY=15"),
    ],
)
def test_plain_fields_make_the_rule_and_come_back_from_it(browser, north, the_north, change, rule):
    sent = form_of(the_north.station, **change)
    mark = browser(north).post(NEW, sent).context["changes"].mark
    browser(north).post(NEW, {**sent, "mark": mark})
    template = DutyTemplate.objects.get()
    assert template.rule == rule
    form = browser(north).get(f"/desk/duty/templates/{template.pk}/edit/").context["form"]
    assert form["recurs"].value() == sent["recurs"]
    assert recurrence.in_words(rule)


@pytest.mark.parametrize("interval", ["0", "-1", "1000", "²", "x"])
def test_an_interval_that_never_moves_on_is_no_rule(interval):
    with pytest.raises(DomainError):
        recurrence.clean_rule(f"FREQ=DAILY;INTERVAL={interval}")


def test_south_and_helper_find_nothing_and_a_leader_changes_nothing(browser, south, helper, leader, the_north, saved):
    for who in (south, helper):
        assert browser(who).get("/desk/duty/templates/").context["page"].paginator.count == 0
        assert browser(who).get(f"/desk/duty/templates/{saved.pk}/").status_code == 404
        assert browser(who).post(f"/desk/duty/templates/{saved.pk}/edit/").status_code in (403, 404)
    assert browser(leader).get(f"/desk/duty/templates/{saved.pk}/").status_code == 200
    assert browser(leader).get(f"/desk/duty/templates/{saved.pk}/edit/").status_code == 403
    assert browser(south).post(NEW, form_of(the_north.station)).status_code == 400


def test_the_list_finds_by_station_word_and_kind(browser, north, the_north, saved):
    for query, count in (
        ({"station": the_north.station.pk}, 1), ({"station": 10**6}, 0), ({"q": "晚间"}, 1), ({"q": "早班"}, 0),
        ({"kind": "overnight"}, 0), ({"active": "true"}, 1), ({"region": the_north.community.code}, 1),
    ):  # fmt: skip
        assert browser(north).get("/desk/duty/templates/", query).context["page"].paginator.count == count, query


def test_the_preview_mark_names_the_very_changes(north, saved):
    saved.starts = time(18)
    assert planning.preview(saved).mark == planning.preview(saved).mark
    before = planning.preview(saved).mark
    saved.starts = time(17)
    assert planning.preview(saved).mark != before


def test_a_shorter_reach_takes_no_shift_away(saved):
    saved.weeks_ahead = 1
    changes = planning.preview(saved)
    assert changes.is_empty


class TestRegionsThatChange:
    """Shifts and the places on them keep their district beside the station; templates keep none."""

    @pytest.fixture
    def on_duty(self, make_shift, enrol, north):
        place = places.assign(make_shift(), volunteer=enrol(), by=north)
        return place.shift, place

    def districts(self, on_duty) -> set:
        for row in on_duty:
            row.refresh_from_db()
        return {row.district for row in on_duty}

    def test_a_street_that_moves_takes_its_duty_along(self, on_duty, the_north, the_south):
        move_region(the_north.street, to=the_south.district, by=None)
        assert self.districts(on_duty) == {the_south.district}

    def test_a_community_merged_into_another_districts_takes_its_duty_along(self, on_duty, the_north, the_south):
        merge_regions([the_north.community], into=the_south.community, by=None)
        assert self.districts(on_duty) == {the_south.district}

    def test_a_district_that_is_merged_takes_its_duty_along(self, on_duty, the_north, the_south):
        merge_regions([the_north.district], into=the_south.district, by=None)
        assert self.districts(on_duty) == {the_south.district}

    def test_templates_make_the_next_shifts_for_the_new_district(self, saved, the_north, the_south):
        move_region(the_north.street, to=the_south.district, by=None)
        later = timezone.now() + timedelta(weeks=3)
        assert planning.extend_all(later) > 0
        assert set(DutyShift.objects.values_list("district", flat=True)) == {the_south.district.pk}


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO"])
def test_a_duty_that_begins_at_the_end_of_the_calendar_is_judged_like_any_other(rule):
    last = date(9999, 12, 31)  # a Friday
    if rule == "FREQ=DAILY":
        recurrence.refuse_no_occurrence(rule, first=last, last=None)
        return
    with pytest.raises(DomainError):
        recurrence.refuse_no_occurrence(rule, first=last, last=None)
