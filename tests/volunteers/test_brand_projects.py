"""Brand projects and honours at the desk, on a leader's phone and in the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed
from volunteers import brands, honours, teams
from volunteers.models import BrandProject
from volunteers.types import BrandStage

TODAY = timezone.localdate(timezone=ZONE)


@pytest.fixture
def leading(team, wang, north):
    """王小明 leads the team."""
    return teams.add_member(team, volunteer=wang, by=north, is_leader=True)


class TestBrandProjects:
    def test_stages_follow_each_other(self, project, north):
        day = project.stage_since
        for stage in (BrandStage.INCUBATING, BrandStage.RUNNING, BrandStage.GRADUATED):
            day += timedelta(days=1)
            brands.move(project, stage=stage, on=day, by=north)
        assert [step.stage for step in project.steps.all()] == ["idea", "incubating", "running", "graduated"]
        assert (project.stage, project.stage_since) == (BrandStage.GRADUATED, day)
        with pytest.raises(Conflict):
            brands.move(project, stage=BrandStage.ENDED, on=day, note="完成", by=north)

    def test_no_stage_is_skipped_dated_back_or_ended_without_a_word(self, project, north):
        with pytest.raises(Conflict):
            brands.move(project, stage=BrandStage.RUNNING, on=TODAY, by=north)
        for wrong in ({"on": project.stage_since - timedelta(days=1)}, {"on": TODAY + timedelta(days=1)}):
            with pytest.raises(DomainError):
                brands.move(project, stage=BrandStage.INCUBATING, by=north, **wrong)
        with pytest.raises(DomainError):
            brands.move(project, stage=BrandStage.ENDED, on=TODAY, by=north)
        assert project.steps.count() == 1

    def test_others_move_nothing(self, project, south, helper):
        for nobody in (south, helper):
            with pytest.raises(NotAllowed):
                brands.move(project, stage=BrandStage.INCUBATING, on=TODAY, by=nobody)

    def test_a_leader_moves_the_own_teams_project_on_the_phone(self, browser, me, leading, project):
        here = f"/volunteer/me/projects/{project.pk}/"
        assert here in browser(me).get("/volunteer/me/").content.decode()
        assert "红色调解室" in browser(me).get(here).content.decode()
        wrong = browser(me).post(here, {"stage": "incubating", "on": "2999-01-01", "note": "找到场地"})
        assert (wrong.status_code, "on" in wrong.context["form"].errors) == (400, True)
        assert "找到场地" in wrong.content.decode()
        assert browser(me).post(here, {"stage": "graduated", "on": str(TODAY)}).status_code == 400
        assert browser(me).post(here, {"stage": "ended", "on": str(TODAY), "note": ""}).status_code == 400
        assert browser(me).post(here, {"stage": "incubating", "on": str(TODAY), "note": "找到场地"}).status_code == 302
        project.refresh_from_db()
        assert (project.stage, project.steps.last().made_by) == (BrandStage.INCUBATING, me)
        for stage in ("running", "graduated"):
            brands.move(project, stage=stage, on=TODAY, by=me)
        assert browser(me).get(here).context["form"] is None

    def test_who_does_not_lead_the_team_finds_no_page_and_moves_nothing(
        self, browser, api, me, leading, project, team, person, north, south
    ):  # fmt: skip
        member, account = person("李小红")
        teams.add_member(team, volunteer=member, by=north)
        asked = {"stage": "incubating", "on": str(TODAY)}
        for call in (browser(account).get, browser(account).post):
            assert call(f"/volunteer/me/projects/{project.pk}/", asked).status_code == 404
        assert f"projects/{project.pk}/" not in browser(account).get("/volunteer/me/").content.decode()
        here = f"/api/v1/brand-projects/{project.pk}/"
        assert api(account).get(here).status_code == 200
        assert api(account).post(f"{here}stage/", asked, format="json").status_code == 403
        assert api(south).post(f"{here}stage/", asked, format="json").status_code == 404
        teams.end_membership(team.members.get(volunteer=member), by=account)
        assert api(account).get(here).status_code == 404
        teams.make_leader(leading, by=north, is_leader=False)
        assert browser(me).get(f"/volunteer/me/projects/{project.pk}/").status_code == 404
        assert browser(south).get(f"/volunteer/me/projects/{project.pk}/").status_code == 403
        assert project.steps.count() == 1

    def test_the_stage_in_the_api_is_for_leaders_and_staff(self, api, me, north, helper, leading, project):
        here = f"/api/v1/brand-projects/{project.pk}/stage/"
        asked = {"stage": "incubating", "on": str(TODAY), "note": "找到场地"}
        for field, value in (("stage", "sold"), ("on", "soon"), ("note", "长" * 201), ("colour", "red")):
            refused = api(me).post(here, {**asked, field: value}, format="json")
            assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, [field])
        assert api(helper).post(here, asked, format="json").status_code == 403
        moved = api(me).post(here, asked, format="json")
        assert (moved.status_code, moved.json()["stage"]) == (200, "incubating")
        assert moved.json()["steps"][-1] == {
            "stage": "incubating", "stage_label": moved.json()["stage_label"], "on": str(TODAY), "note": "找到场地",
        }  # fmt: skip
        assert api(me).post(here, asked, format="json").status_code == 409
        assert api(north).post(here, {**asked, "stage": "running"}, format="json").json()["stage"] == "running"

    def test_pages_bring_a_project_on_its_way(self, browser, north, team):
        new = {"team": f"先锋队 #{team.pk}", "name": "阳台音乐会", "summary": "楼栋", "hub": "", "on": "2026-01-05"}
        assert browser(north).post("/desk/brand-projects/new/", {**new, "name": ""}).status_code == 400
        assert browser(north).post("/desk/brand-projects/new/", new).status_code == 302
        row = BrandProject.objects.get()
        here = f"/desk/brand-projects/{row.pk}/"
        assert browser(north).post("/desk/brand-projects/new/", new).status_code == 400
        page = browser(north).get(f"{here}edit/")
        sent = {"name": "阳台音乐节", "summary": "", "hub": "", "seen": page.context["seen"]}
        assert browser(north).post(f"{here}edit/", sent).status_code == 302
        wrong = {"stage": "graduated", "on": "2026-02-01", "note": ""}
        assert browser(north).post(f"{here}stage/", wrong).status_code == 400
        assert browser(north).post(f"{here}stage/", {**wrong, "stage": "incubating"}).status_code == 302
        for address in (here, f"/desk/teams/{team.pk}/", "/desk/brand-projects/?stage=incubating"):
            assert "阳台音乐节" in browser(north).get(address).content.decode(), address

    def test_south_finds_none_and_helper_changes_none(self, browser, south, helper, project):
        here = f"/desk/brand-projects/{project.pk}/"
        assert browser(south).get("/desk/brand-projects/").context["page"].paginator.count == 0
        for address in (here, f"{here}edit/", f"{here}stage/"):
            assert browser(south).get(address).status_code == 404, address
        for address in ("/desk/brand-projects/new/", f"{here}stage/"):
            assert browser(helper).get(address).status_code == 403, address

    def test_a_hub_sees_what_it_incubates_and_changes_nothing(self, browser, helper, project, north, the_north):
        brands.edit(project, name=project.name, hub=the_north.unit, by=north)
        answer = browser(helper).get(f"/desk/brand-projects/{project.pk}/")
        assert answer.status_code == 200
        assert not answer.context["may_move"]

    def test_filters_include_and_exclude(self, browser, north, project, team):
        for query, count in (
            ("q=调解", 1), ("q=先锋", 1), ("q=音乐", 0), ("stage=idea", 1), ("stage=running", 0),
            (f"team={team.pk}", 1), ("hub=1", 0), (f"region={team.region.code}", 1), (f"since_from={TODAY}", 0),
        ):  # fmt: skip
            page = browser(north).get(f"/desk/brand-projects/?{query}").context["page"]
            assert page.paginator.count == count, query


class TestHonours:
    def test_a_team_and_a_volunteer_are_honoured_on_their_pages(self, browser, north, team, wang, me):
        sent = {"title": "五星志愿者", "awarded_by": "宝安区志愿者联合会", "awarded_on": "2026-03-05"}
        for who in (f"teams/{team.pk}", f"volunteers/{wang.pk}"):
            assert browser(north).post(f"/desk/{who}/honours/new/", {**sent, "title": ""}).status_code == 400
            for status in (302, 400):  # the same again is told
                assert browser(north).post(f"/desk/{who}/honours/new/", sent).status_code == status
            assert "五星志愿者" in browser(north).get(f"/desk/{who}/").content.decode()
        assert "五星志愿者" in browser(me).get("/volunteer/me/").content.decode()
        for honour in (team.honours.get(), wang.honours.get()):
            assert browser(north).post(f"/desk/honours/{honour.pk}/remove/").status_code == 302
        assert not team.honours.exists()

    def test_south_honours_and_removes_nothing(self, browser, south, north, helper, team, wang):
        honour = honours.award(wang, title="最美", awarded_by="社区", awarded_on=TODAY, by=north)
        for who in (f"teams/{team.pk}", f"volunteers/{wang.pk}"):
            assert browser(south).get(f"/desk/{who}/honours/new/").status_code == 404
            assert browser(helper).get(f"/desk/{who}/honours/new/").status_code == 403
        assert browser(south).post(f"/desk/honours/{honour.pk}/remove/").status_code == 404
        with pytest.raises(NotAllowed):
            honours.remove(honour, by=south)
        with pytest.raises(DomainError):
            honours.award(team, title="最美", awarded_by="社区", awarded_on=TODAY + timedelta(days=1), by=north)

    def test_a_team_page_says_how_many_its_members_brought_in(self, browser, north, team, wang, enrol):
        teams.add_member(team, volunteer=wang, by=north)
        for name in ("李四", "赵五"):
            enrol(name, recruited_by=wang)
        page = browser(north).get(f"/desk/teams/{team.pk}/")
        assert page.context["brought_in"] == 2
        assert "2 名志愿者" in page.content.decode()
