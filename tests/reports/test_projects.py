"""`projects-funnel`: its figures, the rows behind them, and whose they are."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from portal.core.rest.views import throttling
from portal.reports import projects as funnel
from portal.reports.definitions import Span
from portal.reports.periods import Period, PeriodKind
from portal.reports.places import place_for
from requests import projects, workflow
from requests.models import ServiceProject, ServiceRequest
from requests.project_types import ProjectState
from requests.types import State
from tests.requests.builders import case_in, make_cast, new_case, new_project

S = ProjectState
ADDRESS = "/api/v1/reports/projects-funnel/"


@pytest.fixture
def world(the_north, the_south):
    """Four needs in the north, of which two are in projects; three projects decided on, one of them finished."""
    cast = make_cast(the_north, the_south)
    by, day = cast.dispatcher.user, timezone.now() - timedelta(minutes=1)
    cases = [case_in(State.ACCEPTED, cast)[0] for _number in range(3)] + [new_case(the_north)[0]]
    ServiceRequest.objects.update(kind="need")
    done, going, stopped = (new_project(the_north.community, name=f"项目{n}", reviewed_at=day) for n in range(3))
    new_project(the_north.community, name="草拟的", state=S.DRAFT)
    new_project(the_south.community, name="南边的", reviewed_at=day)
    for case, project in zip(cases, (done, going, stopped), strict=False):
        workflow.adopt(case, by=cast.dispatcher, project=project)
    projects.finish(done, by=by, text="办好了。")
    projects.stop(stopped, by=by, ground="no_need", text="不需要了。")
    return cast


def counted(user):
    span = Span(Period.containing(timezone.localdate(), PeriodKind.YEAR), timezone.now())
    return funnel.summarize(place_for(user, ""), span)


@pytest.fixture
def api(client):
    throttling.forget_here()

    def call_as(user):
        caller = APIClient()
        caller.force_login(user)
        return caller

    return call_as


def test_it_works(world, north):
    made = counted(north)
    assert made.counts == {"needs": 4, "projects": 3, "finished": 1, "adopted": 2, "resolved": 1}
    assert made.rate("needs_to_projects") == 3 / 4
    assert made.rate("projects_finished") == 1 / 3
    assert made.rate("needs_resolved") == 1 / 2


def test_figures_agree_with_a_count_by_hand(world, north):
    made, rows = counted(north), list(ServiceProject.objects.filter(region__path__startswith="4403/"))
    mine = [row for row in rows if ServiceProject.objects.for_user(north).filter(pk=row.pk).exists()]
    assert made.counts["projects"] == sum(row.reviewed_at is not None and row.state != S.REFUSED for row in mine)
    assert made.counts["finished"] == sum(row.state == S.FINISHED for row in mine)


def test_nothing_divided_by_nothing_is_not_applicable(north):
    assert counted(north).rate("projects_finished") is None


def test_everybody_has_the_figures_of_their_own_place(world, south, api):
    assert counted(south).counts == {"needs": 0, "projects": 1, "finished": 0, "adopted": 0, "resolved": 0}
    assert api(south).get(ADDRESS, {"region": "440306001001"}).status_code == 404


@pytest.mark.parametrize("figure", funnel.ProjectFigure.values)
def test_the_rows_behind_a_figure_are_as_many_as_it_says(world, north, api, client, figure):
    number = counted(north).counts[figure]
    rows = api(north).get(f"{ADDRESS}rows/", {"period": "year", "figure": figure})
    assert rows.status_code == 200, rows.data
    assert (rows.data["count"], len(rows.data["results"])) == (number, number)
    client.force_login(north)
    page = client.get("/desk/reports/projects/rows/", {"period": "year", "figure": figure})
    assert page.status_code == 200
    assert f"：{number}" in page.content.decode()


def test_it_is_a_page_and_a_file(world, north, auditor, api, client):
    client.force_login(north)
    shown = client.get("/desk/reports/projects/").content.decode()
    assert "33.3%" in shown
    assert client.get("/desk/reports/projects/?period=rubbish").status_code == 400
    taken = api(north).get(ADDRESS, {"period": "year", "format": "csv"})
    lines = b"".join(taken.streaming_content).decode("utf-8-sig").splitlines()
    assert "75" in lines[1]
    assert api(north).get(f"{ADDRESS}rows/", {"figure": "adopted", "format": "xlsx"}).status_code == 200
    assert api(auditor).get(ADDRESS, {"format": "csv"}).status_code == 403
    answer = api(auditor).get(ADDRESS, {"period": "year"}).data
    assert answer["rates"]["needs_to_projects"] == 0.75


def test_the_files_hold_the_figures_of_the_page(world, north, client):
    of_last_year = ServiceProject.objects.filter(name="项目1")
    of_last_year.update(reviewed_at=timezone.now().replace(month=1, day=1) - timedelta(days=1))
    client.force_login(north)
    for asked in ("", "?period=month", "?period=rubbish"):
        shown = client.get(f"/desk/reports/projects/{asked}")
        query = shown.context["query"]
        for kind in ("csv", "xlsx"):
            assert f"projects-funnel/?{shown.context['exported']}&amp;format={kind}" in shown.content.decode()
        taken = client.get(f"{ADDRESS}?{shown.context['exported']}&format=csv")
        line = b"".join(taken.streaming_content).decode("utf-8-sig").splitlines()[1].split(",")
        counts = [str(each) for each in funnel.summarize(query.place, query.span).counts.values()]
        assert line[1:9] == [
            query.span.period.label,
            str(query.span.period.first),
            str(query.span.period.last),
            *counts,
        ]


def test_what_each_figure_means_is_told(north, api):
    reports = api(north).get("/api/v1/reports/").data["results"]
    told = next(each for each in reports if each["name"] == "projects-funnel")
    assert {each["code"] for each in told["figures"]} == {*funnel.ProjectFigure.values, *funnel.ProjectRate.values}
