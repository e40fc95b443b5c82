"""Drafts at once for all stations of an area: nobody twice at one time, published station by station."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from portal.core.models import Role
from stations.models import Station
from tests.conftest import make_user
from tests.volunteers.conftest import SOON
from volunteers import places, rosters, tasks
from volunteers.models import Assignment, DistrictDraft, Roster, RosterLine
from volunteers.roster import district
from volunteers.types import AssignmentStatus

PAGES = "/desk/duty/rosters/area/"


@pytest.fixture
def second_station(the_north):
    return Station.objects.create(
        code="S61", name="北二小站", station_type=the_north.station.station_type, status=the_north.station.status,
        region=the_north.community, latitude=22.61, longitude=113.88,
    )  # fmt: skip


@pytest.fixture
def runner(the_north):
    return make_user("runner", Role.DISTRICT, region=the_north.district)


def asked_and_drafted(the_north, by):
    draft = rosters.ask_for_area(the_north.district, first_day=SOON.date(), by=by)
    district.run(draft.pk)
    draft.refresh_from_db()
    return draft


def test_it_works(browser, runner, the_north, the_south, second_station, anytime, make_shift):
    anytime("王小明"), anytime("李四")
    make_shift(SOON)
    make_shift(SOON, station=second_station)
    make_shift(SOON, station=the_south.station, district=the_south.district)
    make_shift(SOON + timedelta(days=7))
    client = browser(runner)
    form = {"region": f"北区 {the_north.district.code}", "first_day": f"{SOON:%Y-%m-%d}"}
    made = client.post(PAGES, form)
    draft = DistrictDraft.objects.get()
    assert (made.status_code, made.url) == (302, f"{PAGES}{draft.pk}/")
    assert DBTaskResult.objects.filter(task_path=tasks.draft_district.module_path).count() == 1
    assert "hx-trigger" in client.get(made.url).content.decode()
    assert district.run(draft.pk) == 2
    page = client.get(made.url)
    assert page.context["total"] == {"places": 2, "filled": 2, "gaps": 0}
    first = page.context["lines"][0].roster
    published = client.post(f"/desk/duty/rosters/{first.pk}/publish/", {"next": made.url})
    assert (published.status_code, published.url) == (302, made.url)
    assert Assignment.objects.get().shift.station == first.station
    assert client.get(f"/desk/duty/rosters/{first.pk}/").status_code == 200


def test_nobody_is_drafted_at_two_stations_at_one_time(runner, the_north, second_station, anytime, make_shift):
    anytime()
    make_shift(SOON)
    make_shift(SOON + timedelta(hours=1), station=second_station)
    draft = asked_and_drafted(the_north, runner)
    assert RosterLine.objects.filter(roster__district_draft=draft).count() == 1
    gaps = [gap for roster in draft.rosters.all() for gap in roster.outcome["gaps"]]
    assert [gap["count"] for gap in gaps] == [1]


def test_duty_that_holds_counts_once_against_the_weekly_cap(runner, the_north, second_station, anytime, make_shift):
    person = anytime()
    person.weekly_minutes = 360
    person.save()
    places.assign(make_shift(SOON), volunteer=person, by=runner)
    make_shift(SOON + timedelta(days=1), station=second_station)
    draft = asked_and_drafted(the_north, runner)
    assert RosterLine.objects.filter(roster__district_draft=draft).count() == 2


def test_whoever_has_been_asked_stays_asked(runner, the_north, anytime, make_shift):
    first, _second = anytime("王小明"), anytime("李四")
    shift = make_shift(SOON, min_people=2)
    places.assign(shift, volunteer=first, by=runner, answer_by=SOON)
    roster = asked_and_drafted(the_north, runner).rosters.get()
    assert (rosters.compare(roster).removed, roster.lines.count()) == ([], 2)
    assert Assignment.objects.get().status == AssignmentStatus.PROPOSED


def test_a_second_run_finds_it_done_and_a_broken_one_begins_anew(runner, the_north, anytime, make_shift):
    anytime()
    make_shift(SOON)
    draft = asked_and_drafted(the_north, runner)
    assert district.run(draft.pk) == 0
    DistrictDraft.objects.update(status=DistrictDraft.Status.DRAFTING)
    assert district.run(draft.pk) == 1
    assert Roster.objects.count() == 1
    DistrictDraft.objects.update(status=DistrictDraft.Status.DRAFTING)
    district.fail(draft.pk)
    draft.refresh_from_db()
    assert draft.status == DistrictDraft.Status.FAILED


@pytest.mark.parametrize("change", [{"region": ""}, {"region": "x"}, {"first_day": "soon"}, {"first_day": ""}])
def test_bad_input_is_told(change, browser, runner, the_north, make_shift):
    make_shift(SOON)
    form = {"region": f"北区 {the_north.district.code}", "first_day": f"{SOON:%Y-%m-%d}"}
    answer = browser(runner).post(PAGES, {**form, **change})
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == change.keys()
    assert not DistrictDraft.objects.exists()


def test_a_week_without_shifts_is_refused(browser, runner, the_north):
    form = {"region": f"北区 {the_north.district.code}", "first_day": f"{SOON:%Y-%m-%d}"}
    assert browser(runner).post(PAGES, form).context["form"].non_field_errors()


def test_others_see_nothing_of_it(browser, runner, north, south, helper, keeper, the_north, anytime, make_shift):
    anytime()
    make_shift(SOON)
    draft = asked_and_drafted(the_north, runner)
    for other in (north, south, keeper):
        assert list(browser(other).get(PAGES).context["recent"]) == []
        assert browser(other).get(f"{PAGES}{draft.pk}/").status_code == 404
    assert browser(helper).get(PAGES).status_code == 403
    form = {"region": f"北社区 {the_north.community.code}", "first_day": f"{SOON:%Y-%m-%d}"}
    assert browser(south).post(PAGES, form).status_code == 400
    assert browser(keeper).post(PAGES, form).status_code in (400, 403)
    assert browser(north).post(PAGES, form).status_code == 302


def test_the_page_takes_as_many_queries_for_many_stations_as_for_one(
    browser, runner, the_north, second_station, anytime, make_shift
):
    anytime()
    make_shift(SOON)
    client, draft = browser(runner), asked_and_drafted(the_north, runner)

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{PAGES}{draft.pk}/").status_code == 200
        return len(queries)

    before = count()
    for _each in range(3):
        Roster.objects.create(
            station=second_station, first_day=SOON, last_day=SOON, district_draft=draft, status=Roster.Status.DRAFT
        )
    assert count() == before
