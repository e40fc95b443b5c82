"""Templates become shifts: on the right days, once, and a changed template says what it would change."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError
from portal.core.models import CalendarDay
from volunteers import places, planning, recurrence
from volunteers.models import DutyShift, DutyTemplate, Skill
from volunteers.types import HolidayRule, ShiftStatus

# A Monday; the National Day holiday begins on the Thursday.
NOW = datetime(2026, 9, 28, 8, 0, tzinfo=ZONE)


@pytest.fixture
def make_template(the_north):
    def make_template(rule="FREQ=WEEKLY;BYDAY=WE", **values):
        defaults = {
            "title": "晚间一小时", "station": the_north.station, "first_day": NOW.date(), "starts": time(19),
            "ends": time(20), "weeks_ahead": 2,
        }  # fmt: skip
        return DutyTemplate.objects.create(rule=rule, **defaults | values)

    return make_template


def test_it_works(make_template, north, the_north):
    template = make_template()
    changes = planning.apply(template, by=north, now=NOW)
    shifts = list(DutyShift.objects.all())
    assert [shift.occurs_on for shift in shifts] == [date(2026, 9, 30), date(2026, 10, 7)]
    assert [each.day for each in changes.warnings] == [date(2026, 10, 7)]
    assert (shifts[0].starts_at.astimezone(ZONE).hour, shifts[0].minutes) == (19, 60)
    assert shifts[0].district == the_north.district


def test_a_second_run_finds_nothing_to_do(make_template, north):
    template = make_template()
    planning.apply(template, by=north, now=NOW)
    assert planning.apply(template, by=north, now=NOW).is_empty
    assert planning.extend_all(NOW) == 0
    assert planning.extend_all(NOW + timedelta(days=7)) == 1


@pytest.mark.parametrize(
    ("rule", "days"), [(HolidayRule.SKIP, [30]), (HolidayRule.KEEP, [30, 7]), (HolidayRule.WARN, [30, 7])]
)
def test_public_holidays_are_kept_skipped_or_pointed_out(make_template, north, rule, days):
    planning.apply(make_template(on_holidays=rule), by=north, now=NOW)
    assert [shift.occurs_on.day for shift in DutyShift.objects.all()] == days


def test_a_day_off_that_was_announced_later_counts_too(make_template, north):
    CalendarDay.objects.create(date=date(2026, 9, 30), is_working_day=False, reason="全市放假")
    CalendarDay.objects.create(date=date(2026, 10, 7), is_working_day=True, reason="调休上班")
    planning.apply(make_template(on_holidays=HolidayRule.SKIP), by=north, now=NOW)
    assert [shift.occurs_on.day for shift in DutyShift.objects.all()] == [7]


def test_overnight_duty_ends_on_the_next_day(make_template, north):
    planning.apply(make_template(starts=time(22), ends=time(6)), by=north, now=NOW)
    assert DutyShift.objects.first().minutes == 8 * 60


def test_a_changed_template_says_what_it_would_change_and_does_just_that(make_template, north, enrol):
    template = make_template()
    planning.apply(template, by=north, now=NOW)
    first, second = DutyShift.objects.order_by("starts_at")
    places.assign(second, volunteer=enrol(), by=north)
    template.rule, template.starts, template.ends = "FREQ=WEEKLY;BYDAY=WE", time(18), time(20)
    template.last_day = date(2026, 10, 1)
    changes = planning.preview(template, now=NOW)
    assert [shift for shift, _occurrence in changes.changed] == [first]
    assert (changes.removed, changes.people_concerned) == ([second], 1)
    assert DutyShift.objects.get(pk=first.pk).minutes == 60
    template.save()
    planning.apply(template, by=north, now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.minutes, second.status) == (120, ShiftStatus.CALLED_OFF)
    # What was called off does not come again by itself.
    assert planning.apply(template, by=north, now=NOW).is_empty


def test_whoever_is_on_a_shift_moves_with_it_unless_on_duty_elsewhere(make_template, make_shift, north, enrol):
    template, somebody = make_template(), enrol()
    planning.apply(template, by=north, now=NOW)
    shift = DutyShift.objects.first()
    places.assign(shift, volunteer=somebody, by=north)
    earlier = shift.starts_at - timedelta(hours=3)
    places.assign(make_shift(earlier, minutes=120), volunteer=somebody, by=north)
    template.starts = time(17, 30)
    template.save()
    with pytest.raises(Conflict, match="王小明"):
        planning.apply(template, by=north, now=NOW)
    shift.refresh_from_db()
    assert shift.minutes == 60
    template.starts = time(18)
    template.save()
    planning.apply(template, by=north, now=NOW)
    assert shift.assignments.get().period.lower.astimezone(ZONE).hour == 18


def test_a_shift_that_was_changed_by_hand_is_left_alone(make_template, north):
    template = make_template()
    planning.apply(template, by=north, now=NOW)
    shift = planning.change_shift(DutyShift.objects.first(), by=north, title="中秋特别值班")
    template.title = "别的"
    template.save()
    changes = planning.apply(template, by=north, now=NOW)
    shift.refresh_from_db()
    assert (shift.title, changes.left_alone) == ("中秋特别值班", [shift])


def test_skills_follow_the_template(make_template, north):
    template = make_template()
    planning.apply(template, by=north, now=NOW)
    template.skills.add(Skill.objects.create(code="first-aid", name="急救"))
    assert len(planning.apply(template, by=north, now=NOW).changed) == 2
    assert DutyShift.objects.first().skills.count() == 1


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "EVERY DAY",
        "FREQ=HOURLY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=20300101",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;DTSTART=1",
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule):
    with pytest.raises(DomainError) as refused:
        recurrence.clean_rule(rule)
    assert "rule" in refused.value.fields


def test_a_rule_that_never_falls_on_a_day_ends_the_search():
    found = recurrence.days(
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", first=NOW.date(), since=NOW.date(), until=date(2027, 1, 1)
    )
    assert list(found) == []


@pytest.mark.parametrize(
    "values", [{"min_people": 3, "max_people": 2}, {"last_day": date(2020, 1, 1)}, {"starts": time(9), "ends": time(9)}]
)
def test_a_template_that_cannot_be_is_refused(make_template, values):
    template = make_template()
    for name, value in values.items():
        setattr(template, name, value)
    with pytest.raises(ValidationError):
        template.full_clean()


def test_a_duty_of_more_than_sixteen_hours_is_taken_for_a_typing_error(make_template):
    template = make_template(starts=time(16), ends=time(14))
    with pytest.raises(DomainError) as refused:
        planning.refuse_impossible(template)
    assert "ends" in refused.value.fields
    planning.refuse_impossible(make_template(title="通宵值守", starts=time(20), ends=time(8)))
