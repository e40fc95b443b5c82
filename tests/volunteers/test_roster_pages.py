"""Rosters at the desk: asked for, followed, looked at, pinned, published; by those who run the station's duty."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from tests.volunteers.conftest import QUICK, SOON
from volunteers import places, rosters, tasks
from volunteers.models import Assignment, Roster, Skill
from volunteers.roster import job
from volunteers.types import AssignmentStatus

PAGES = "/desk/duty/rosters/"


@pytest.fixture
def shifts(make_shift):
    return [make_shift(SOON + timedelta(days=n)) for n in range(2)]


@pytest.fixture
def asked(shifts, anytime, north, the_north):
    anytime()
    return rosters.ask(the_north.station, first_day=SOON.date(), last_day=SOON.date() + timedelta(days=6), by=north)


@pytest.fixture
def draft(asked):
    return job.run(asked.pk, seconds=QUICK)


def form_of(half, first=SOON, days=6):
    return {
        "station": f"{half.station.name} #{half.station.pk}", "first_day": f"{first:%Y-%m-%d}",
        "last_day": f"{first + timedelta(days=days):%Y-%m-%d}",
    }  # fmt: skip


def test_it_works(browser, north, the_north, shifts, anytime):
    anytime()
    client = browser(north)
    assert client.get(f"{PAGES}new/").context["form"].initial["station"] == the_north.station
    made = client.post(f"{PAGES}new/", form_of(the_north))
    roster = Roster.objects.get()
    assert (made.status_code, made.url) == (302, f"{PAGES}{roster.pk}/")
    assert DBTaskResult.objects.filter(task_path=tasks.solve_roster.module_path).count() == 1
    waiting = client.get(made.url).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert 'http-equiv="refresh"' in waiting
    job.run(roster.pk, seconds=QUICK)
    page = client.get(made.url)
    text = page.content.decode()
    assert "hx-trigger" not in text
    assert "王小明" in text
    assert len(page.context["sheet"].by_person) == 1
    assert client.post(f"{made.url}publish/").status_code == 302
    assert Assignment.objects.filter(status=AssignmentStatus.PROPOSED).count() == 2
    assert client.get(made.url).context["is_published"]


def test_a_roster_under_way_says_how_far_it_is_and_can_be_stopped(browser, north, asked):
    Roster.objects.update(status=Roster.Status.SOLVING, progress={"stage": "fairness", "places": 2})
    page = browser(north).get(f"{PAGES}{asked.pk}/")
    assert page.context["progress"] | {"done": 1, "count": 3, "places": 2} == page.context["progress"]
    browser(north).post(f"{PAGES}{asked.pk}/cancel/")
    asked.refresh_from_db()
    assert asked.asked_to_stop
    assert "stopped" in browser(north).get(f"{PAGES}{asked.pk}/", headers={"Accept-Language": "en"}).content.decode()


def test_gaps_are_told_in_words_with_what_is_proven(browser, north, the_north, anytime, make_shift):
    first_aid = Skill.objects.create(code="first-aid", name="急救")
    anytime()
    make_shift(SOON, needs_key_holder=True).skills.add(first_aid)
    make_shift(SOON.replace(hour=22), minutes=60, min_people=2)
    roster = rosters.ask(the_north.station, first_day=SOON.date(), last_day=SOON.date(), by=north)
    job.run(roster.pk, seconds=QUICK)
    text = browser(north).get(f"{PAGES}{roster.pk}/").content.decode()
    for words in ("缺 2 人", "缺持钥匙的人", "缺具备“急救”技能的人", "已证明无法排满"):
        assert words in text


def test_what_publishing_changes_is_shown_before(browser, north, draft, shifts, anytime):
    stays = places.assign(shifts[0], volunteer=anytime("李四"), by=north)
    goes = places.assign(shifts[1], volunteer=anytime("赵五"), by=north, answer_by=SOON)
    changes = browser(north).get(f"{PAGES}{draft.pk}/").context["changes"]
    assert (changes["kept"], changes["removed"], len(changes["added"])) == ([stays], [goes], 2)


def test_what_no_longer_works_is_named_after_publishing(browser, north, draft, the_south, make_shift):
    line = draft.lines.order_by("shift__starts_at").first()
    elsewhere = make_shift(line.shift.starts_at, station=the_south.station, district=the_south.district)
    places.assign(elsewhere, volunteer=line.volunteer, by=None)
    browser(north).post(f"{PAGES}{draft.pk}/publish/")
    page = browser(north).get(f"{PAGES}{draft.pk}/")
    [(shift, person, reason)] = page.context["sheet"].refused
    assert (shift, person) == (line.shift, line.volunteer)
    assert reason in page.content.decode()


def test_a_line_is_pinned_and_let_go(browser, north, draft):
    line, address = draft.lines.first(), f"{PAGES}{draft.pk}/pin/"
    for is_pinned in (True, False):
        assert browser(north).post(address, {"line": line.pk}).status_code == 302
        line.refresh_from_db()
        assert line.is_pinned is is_pinned
    for wrong in ("", "x", "0", "9" * 30, str(line.pk + 999)):
        assert browser(north).post(address, {"line": wrong}).status_code == 404


def test_it_is_solved_again(browser, north, draft):
    browser(north).post(f"{PAGES}{draft.pk}/solve-again/")
    draft.refresh_from_db()
    assert draft.status == Roster.Status.QUEUED
    # A second press finds it under way, and says so.
    again = browser(north).post(f"{PAGES}{draft.pk}/solve-again/", follow=True)
    assert [message.level_tag for message in again.context["messages"]][-1] == "error"


@pytest.mark.parametrize(
    "change",
    [{"station": ""}, {"station": "x"}, {"first_day": "soon"}, {"last_day": "2020-01-01"}, {"last_day": "2099-01-01"}],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(change, browser, north, the_north, shifts):
    answer = browser(north).post(f"{PAGES}new/", {**form_of(the_north), **change})
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == change.keys()
    assert answer.context["form"].data["first_day"]
    assert not Roster.objects.exists()


def test_without_shifts_it_says_what_to_do_first(browser, north, the_north):
    answer = browser(north).post(f"{PAGES}new/", form_of(the_north))
    assert answer.context["form"].non_field_errors()


def test_others_see_nothing_of_it(browser, south, helper, auditor, the_north, draft):
    for other in (south, helper):
        assert browser(other).get(PAGES).context["page"].paginator.count == 0
        assert browser(other).get(f"{PAGES}{draft.pk}/").status_code == 404
    assert browser(south).post(f"{PAGES}new/", form_of(the_north)).status_code == 400
    for verb in ("publish", "pin", "cancel", "solve-again"):
        assert browser(south).post(f"{PAGES}{draft.pk}/{verb}/").status_code == 404
        assert browser(helper).post(f"{PAGES}{draft.pk}/{verb}/").status_code == 403
        assert browser(auditor).post(f"{PAGES}{draft.pk}/{verb}/").status_code == 403
    page = browser(auditor).get(f"{PAGES}{draft.pk}/").content.decode()
    assert "王**" in page
    assert "王小明" not in page
    assert "/publish/" not in page
    draft.refresh_from_db()
    assert draft.status == Roster.Status.DRAFT


def test_a_keeper_makes_the_roster_of_the_own_station(browser, keeper, the_north, the_south, shifts, anytime):
    anytime()
    assert browser(keeper).post(f"{PAGES}new/", form_of(the_north)).status_code == 302
    assert browser(keeper).post(f"{PAGES}new/", form_of(the_south)).status_code in (400, 403)


def test_a_step_that_there_is_not_is_not_found(browser, north, draft):
    assert browser(north).post(f"{PAGES}{draft.pk}/burn/").status_code == 404


def test_pages_take_as_many_queries_for_many_lines_as_for_few(browser, north, draft, anytime, make_shift):
    client = browser(north)

    def count(address):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    before = [count(PAGES), count(f"{PAGES}{draft.pk}/")]
    for n in range(4):
        person, shift = anytime(f"志愿者{n}"), make_shift(SOON + timedelta(days=n, hours=5))
        draft.lines.create(shift=shift, volunteer=person)
        draft.outcome["load"].append({"volunteer": person.pk, "minutes": 180, "before": 0, "share": 90})
        places.assign(make_shift(SOON + timedelta(days=n, hours=8), minutes=60), volunteer=person, by=north)
        Roster.objects.create(station=draft.station, first_day=SOON, last_day=SOON)
    draft.save()
    assert [count(PAGES), count(f"{PAGES}{draft.pk}/")] == before
