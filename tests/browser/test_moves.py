"""The month of a station in a real browser: a name is taken from shift to shift by mouse and by keyboard."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import Person
from tests.browser import PHONE
from volunteers import places
from volunteers.models import DutyShift, Roster, Volunteer
from volunteers.types import HOLDING, VolunteerStatus

pytestmark = pytest.mark.django_db(transaction=True)

# The fifth of next month and the days after it are on one page whatever today is.
FIFTH = (timezone.localdate(timezone=ZONE).replace(day=1) + timedelta(days=32)).replace(day=5)


@pytest.fixture
def shifts(the_north):
    def made(days, title, **values):
        starts_at = datetime.combine(FIFTH + timedelta(days=days), time(9), ZONE)
        return DutyShift.objects.create(
            station=the_north.station, district=the_north.district, title=title, starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=3), **values,
        )  # fmt: skip

    return made(0, "第一班"), made(1, "第二班"), made(2, "满员的班", max_people=1)


@pytest.fixture
def enrol(the_north):
    def enrol(name):
        person, number = Person.objects.create(name=name), f"{Volunteer.objects.count() + 1:09d}"
        return Volunteer.objects.create(
            person=person, number=number, home_region=the_north.community, status=VolunteerStatus.ACTIVE
        )

    return enrol


@pytest.fixture
def month(shifts, enrol, north, the_north, sign_in):
    places.assign(shifts[0], volunteer=enrol("王小明"), by=north)
    places.assign(shifts[2], volunteer=enrol("李小红"), by=north)
    page = sign_in(north)
    page.goto(f"/desk/duty/?station={the_north.station.pk}&month={FIFTH:%Y-%m}")
    return page


def on(shift):
    return set(shift.assignments.filter(status__in=HOLDING).values_list("volunteer__person__name", flat=True))


def cell(page, shift):
    return page.locator(f"[data-move-target='{shift.pk}']")


def said(page, words):
    page.locator("[data-move-status]").get_by_text(words).wait_for(state="attached")


def test_a_name_is_dragged_to_another_shift(month, shifts, assert_accessible):
    first, second, _full = shifts
    month.get_by_role("link", name="王小明").drag_to(cell(month, second))
    cell(month, second).get_by_text("王小明").wait_for()
    said(month, "已调到")
    assert (on(first), on(second)) == (set(), {"王小明"})
    assert cell(month, second).locator(".duty-count").inner_text().startswith("1/")
    assert cell(month, first).get_by_text("王小明").count() == 0
    assert_accessible(month)


def test_what_cannot_be_dropped_says_why_and_changes_nothing(month, shifts):
    first, _second, full = shifts
    month.get_by_role("link", name="王小明").drag_to(cell(month, full))
    said(month, "不能调到这里：这个班次已满")
    assert month.locator(".toast-error").get_by_text("已满").is_visible()
    assert (on(first), on(full)) == ({"王小明"}, {"李小红"})
    assert cell(month, first).get_by_text("王小明").is_visible()
    # Nothing is held any more: the next one is moved as ever.
    month.get_by_role("link", name="李小红").drag_to(cell(month, first))
    cell(month, first).get_by_text("李小红").wait_for()
    assert on(first) == {"王小明", "李小红"}


def test_the_keyboard_does_the_same(month, shifts):
    first, second, _full = shifts
    month.get_by_role("link", name="王小明").focus()
    month.keyboard.press("Space")
    said(month, "已拿起王小明")
    month.keyboard.press("ArrowRight")
    said(month, "第二班")
    month.keyboard.press("Escape")
    said(month, "不变动")
    assert month.evaluate("document.activeElement.textContent") == "王小明"
    assert (on(first), on(second)) == ({"王小明"}, set())

    month.keyboard.press("Space")
    month.keyboard.press("ArrowRight")
    month.keyboard.press("ArrowRight")
    month.keyboard.press("Enter")
    said(month, "已满")
    assert on(first) == {"王小明"}

    month.keyboard.press("Space")
    month.keyboard.press("ArrowRight")
    month.keyboard.press("Enter")
    said(month, "已调到")
    assert (on(first), on(second)) == (set(), {"王小明"})
    # Whoever moved somebody is still there: the same name can go on.
    assert month.evaluate("document.activeElement.textContent") == "王小明"
    assert "/desk/duty/" in month.url


def test_without_scripts_a_name_leads_to_a_form(month, shifts, open_page):
    _first, second, _full = shifts
    quiet = open_page("/", size=PHONE, java_script_enabled=False)
    quiet.context.add_cookies(month.context.cookies())
    quiet.goto(month.url)
    quiet.get_by_role("link", name="王小明").click()
    quiet.locator("#id_to").select_option(str(second.pk))
    quiet.locator("form.registry-form button.btn-primary").click()
    quiet.wait_for_url(f"**/desk/duty/shifts/{second.pk}/")
    assert on(second) == {"王小明"}


def test_a_draft_is_changed_in_the_same_way(shifts, enrol, north, the_north, sign_in, assert_accessible):
    first, second, full = shifts
    roster = Roster.objects.create(
        station=the_north.station, first_day=FIFTH, last_day=FIFTH + timedelta(days=6), status=Roster.Status.DRAFT,
        outcome={"people": 2, "places": 3, "filled": 2, "unfairness": 0, "unfairness_before": 0},
    )  # fmt: skip
    for shift, name in ((first, "王小明"), (full, "李小红")):
        roster.lines.create(shift=shift, volunteer=enrol(name))
    page = sign_in(north)
    page.goto(f"/desk/duty/rosters/{roster.pk}/")
    page.locator("#days").get_by_role("link", name="王小明").drag_to(cell(page, full))
    said(page, "已满")
    page.locator("#days").get_by_role("link", name="王小明").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    said(page, "第二班")
    page.keyboard.press("Enter")
    said(page, "已调到")
    cell(page, second).get_by_role("link", name="王小明").wait_for()
    line = roster.lines.get(volunteer__person__name="王小明")
    assert (line.shift, line.is_pinned) == (second, True)
    assert_accessible(page)
