"""Pages, files and API of projects, and their public page: each for those whom it concerns."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from portal.core.models import DisclosureRecord, Role
from portal.core.rest.views import throttling
from requests import projects, workflow
from requests.models import ServiceProject, ServiceRequest
from requests.project_types import ProjectState
from requests.types import State
from tests.conftest import make_user
from tests.requests.builders import case_in, new_project

S = ProjectState


@pytest.fixture
def project(the_north):
    return new_project(the_north.community, summary="球场翻新。")


@pytest.fixture
def boss(the_north):
    return make_user("boss", Role.LEADER, region=the_north.street)


@pytest.fixture
def page(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def api():
    throttling.forget_here()

    def call_as(user):
        caller = APIClient()
        caller.force_login(user)
        return caller

    return call_as


def details(the_north, **values):
    day = timezone.localdate()
    return {
        "kind": "service", "name": "四点半课堂", "region": the_north.community.code, "planned_start": day.isoformat(),
        "planned_end": (day + timedelta(days=30)).isoformat(), **values,
    }  # fmt: skip


class TestPages:
    def test_it_works(self, page, cast, the_north):
        case, _resident = case_in(State.ACCEPTED, cast)
        signed_in = page(cast.dispatcher.user)
        form = signed_in.get(f"/desk/projects/new/?cases={case.pk}")
        assert case.number in form.content.decode()
        asked = details(the_north, cases=case.number, description="放学后看护。")
        made = signed_in.post("/desk/projects/new/", asked)
        assert made.status_code == 302, made.context["form"].errors
        project = ServiceProject.objects.get()
        shown = signed_in.get(f"/desk/projects/{project.pk}/").content.decode()
        assert case.title in shown
        assert project.number in shown
        assert project.name in signed_in.get(f"/desk/requests/{case.pk}/").content.decode()

    def test_a_step_is_asked_for_and_taken(self, page, project, north):
        signed_in = page(north)
        address = f"/desk/projects/{project.pk}/do/set_milestone/"
        assert signed_in.get(address).status_code == 200
        due = project.planned_end.isoformat()
        assert signed_in.post(address, {"title": "完工", "due_on": due}).status_code == 302
        assert project.milestones.get().title == "完工"

    def test_every_step_has_a_page(self, page, project, north):
        signed_in = page(north)
        for verb in projects.allowed_verbs(project, by=north):
            if verb not in ("change", "correct", "remove"):
                assert signed_in.get(f"/desk/projects/{project.pk}/do/{verb}/").status_code == 200, verb
        assert signed_in.get(f"/desk/projects/{project.pk}/do/rubbish/").status_code == 404

    def test_a_part_is_corrected_and_taken_away(self, page, project, north, south):
        projects.set_milestone(project, by=north, title="完公", due_on=project.planned_end)
        milestone = project.milestones.get()
        correct, remove = (
            f"/desk/projects/{project.pk}/{verb}/milestones/{milestone.pk}/" for verb in ("correct", "remove")
        )
        signed_in = page(north)
        assert "完公" in signed_in.get(correct).content.decode()
        due = project.planned_end.isoformat()
        assert signed_in.post(correct, {"title": "完工", "due_on": due}).status_code == 302
        assert project.milestones.get().title == "完工"
        assert correct in signed_in.get(f"/desk/projects/{project.pk}/").content.decode()
        assert signed_in.post(remove, {"text": ""}).status_code == 422
        assert signed_in.post(remove, {"text": "写错了。"}).status_code == 302
        assert not project.milestones.exists()
        for gone in (
            correct,
            f"/desk/projects/{project.pk}/finish/milestones/1/",
            correct.replace("milestones", "gates"),
        ):
            assert signed_in.get(gone).status_code == 404
        assert page(south).get(correct).status_code == 404

    def test_what_was_taken_out_is_no_need_of_it(self, page, project, cast):
        cases = [case_in(State.ACCEPTED, cast)[0] for _number in range(2)]
        projects.add_needs(project, by=cast.dispatcher.user, cases=cases)
        projects.take_out(project, by=cast.dispatcher.user, case=cases[0], text="另行处理。")
        shown = page(cast.dispatcher.user).get(f"/desk/projects/{project.pk}/")
        assert (shown.context["page"].need_count, len(shown.context["page"].needs)) == (1, 2)

    def test_a_leader_sees_in_the_queue_that_projects_wait(self, page, the_north, north, boss):
        new_project(the_north.community, state=S.APPLIED, applied_by=north)
        assert "/desk/projects/?to_review=true" in page(boss).get("/desk/").content.decode()
        assert "/desk/projects/?to_review=true" not in page(north).get("/desk/").content.decode()

    def test_money_is_asked_for_where_some_is_to_be_paid_withdrawn_or_given_back(self, page, project, north):
        def offered():
            shown = page(north).get(f"/desk/projects/{project.pk}/").context["page"]
            return {str(button.verb) for button in shown.buttons["funds"]} - {"pledge"}

        assert offered() == set()
        projects.pledge(project, by=north, household="3栋502", amount=Decimal(100))
        assert offered() == {"pay", "withdraw_pledge"}
        projects.pay(project, by=north, contribution=project.contributions.get(), amount=Decimal(100))
        assert offered() == {"refund"}

    def test_who_finishes_it_reads_which_targets_are_not_reached(self, page, project, north):
        projects.set_target(project, by=north, name="路灯", target=Decimal(5), unit="盏")
        assert "尚未完成的目标：路灯" in page(north).get(f"/desk/projects/{project.pk}/do/finish/").content.decode()

    def test_bad_input_comes_back_with_what_was_typed(self, page, project, north):
        signed_in = page(north)
        answer = signed_in.post(f"/desk/projects/{project.pk}/do/set_budget/", {"title": "灯", "amount": "-3"})
        assert answer.status_code == 422
        assert "灯" in answer.content.decode()
        far = {"title": "完工", "due_on": "2999-01-01"}
        answer = signed_in.post(f"/desk/projects/{project.pk}/do/set_milestone/", far)
        assert (answer.status_code, "计划完成" in answer.content.decode()) == (400, True)

    def test_an_unknown_case_is_named(self, page, the_north, north, cast, the_south):
        answer = page(north).post("/desk/projects/new/", details(the_north, cases="XZ000009999"))
        assert answer.status_code in (400, 422)
        assert "XZ000009999" in answer.content.decode()
        assert not ServiceProject.objects.exists()

    def test_others_do_not_find_it(self, page, project, south, helper):
        for user in (south, helper):
            signed_in = page(user)
            assert signed_in.get(f"/desk/projects/{project.pk}/").status_code == 404
            assert signed_in.post(f"/desk/projects/{project.pk}/do/start/", {}).status_code == 404
            assert project.name not in signed_in.get("/desk/projects/").content.decode()

    def test_several_cases_are_put_into_one_at_once(self, page, cast, project):
        cases = [case_in(State.ACCEPTED, cast)[0] for _number in range(2)]
        data = {
            "verb": "adopt", "confirm": "1", "next": "/desk/", "project": f"{project.name} #{project.pk}",
            "case": [f"{case.pk}:{case.version}" for case in cases],
        }  # fmt: skip
        assert page(cast.dispatcher.user).post("/desk/bulk/", data).status_code in (200, 302)
        assert set(ServiceRequest.objects.filter(pk__in=[c.pk for c in cases]).values_list("state", flat=True)) == {
            State.IN_PROJECT
        }

    def test_leaders_find_what_waits_for_them(self, page, project, leader, north):
        ServiceProject.objects.update(state=S.APPLIED, applied_by=north)
        shown = page(leader).get("/desk/projects/?to_review=true")
        assert project.name in shown.content.decode()
        assert "待您审核" in shown.content.decode()

    def test_lists_and_details_ask_a_fixed_number_of_queries(self, page, the_north, north, cast):
        signed_in, counted = page(north), []
        for number in range(6):
            made = new_project(the_north.community, name=f"项目{number}")
            for step in range(number + 1):
                projects.set_milestone(made, by=north, title=f"节点{step}", due_on=made.planned_end)
                projects.add_member(made, by=north, name=f"代表{step}", role="supervisor", standing="deputy")
                case, _resident = case_in(State.ACCEPTED, cast)
                workflow.adopt(case, by=cast.dispatcher, project=made)
            if number in (2, 5):
                for address in ("/desk/projects/", f"/desk/projects/{made.pk}/"):
                    signed_in.get(address)
                    with CaptureQueriesContext(connection) as queries:
                        signed_in.get(address)
                    counted.append(len(queries))
        assert counted[:2] == counted[2:]

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_the_list_is_taken_away_by_those_who_may(self, page, project, north, auditor, kind):
        answer = page(north).get(f"/desk/projects/export.{kind}?kind=service")
        assert answer.status_code == 200
        content = b"".join(answer.streaming_content)
        assert kind == "xlsx" or project.name in content.decode("utf-8-sig")
        assert page(auditor).get(f"/desk/projects/export.{kind}").status_code == 403
        assert page(north).get(f"/desk/projects/export.{kind}?kind=rubbish").status_code == 400


class TestContributors:
    def test_who_runs_it_sees_names_with_a_reason_that_is_logged(self, page, project, north, leader, south):
        projects.pledge(project, by=north, name="欧阳春", amount=Decimal(100))
        address, signed_in = f"/desk/projects/{project.pk}/contributors/", page(north)
        assert "欧阳春" not in signed_in.get(f"/desk/projects/{project.pk}/").content.decode()
        assert signed_in.post(address, {"reason": ""}).status_code == 422
        assert not DisclosureRecord.objects.exists()
        assert "欧阳春" in signed_in.post(address, {"reason": "核对到账"}).content.decode()
        logged = DisclosureRecord.objects.get()
        assert (logged.user, logged.reason, logged.about) == (north, "核对到账", project.number)
        assert page(leader).get(address).status_code == 403
        assert page(south).get(address).status_code == 404


class TestApi:
    def test_it_works(self, api, cast, the_north):
        case, _resident = case_in(State.ACCEPTED, cast)
        caller, boss = api(cast.dispatcher.user), api(cast.leader.user)
        asked = details(the_north, description="看护。", organization=the_north.unit.pk, cases=[case.pk])
        made = caller.post("/api/v1/projects/", asked, format="json")
        assert made.status_code == 201, made.data
        address = f"/api/v1/projects/{made.data['id']}/"
        assert "apply" in made.data["allowed"]
        assert caller.post(f"{address}apply/", {}, format="json").data["state"] == S.APPLIED
        decided = boss.post(f"{address}review/", {"granted": True, "text": "同意。"}, format="json")
        assert decided.data["state"] == S.APPROVED, decided.data
        assert caller.post(f"{address}start/", {}, format="json").status_code == 200
        finished = caller.post(f"{address}finish/", {"text": "办好了。"}, format="json")
        assert (finished.data["state"], finished.data["needs"][0]["outcome"]) == (S.FINISHED, "resolved")
        again = caller.post(f"{address}finish/", {"text": "办好了。"}, format="json")
        assert (again.status_code, again.data["error"]["code"]) == (409, "not_possible_now")

    def test_others_do_not_find_it(self, api, project, south):
        caller = api(south)
        assert caller.get("/api/v1/projects/").data["results"] == []
        assert caller.get(f"/api/v1/projects/{project.pk}/").status_code == 404
        assert caller.post(f"/api/v1/projects/{project.pk}/start/", {}, format="json").status_code == 404

    def test_a_name_is_masked_and_bad_input_is_a_sentence(self, api, project, north):
        caller = api(north)
        address = f"/api/v1/projects/{project.pk}/"
        pledged = caller.post(f"{address}pledge/", {"name": "欧阳春", "amount": "100.00"}, format="json")
        assert pledged.data["contributions"][0]["name_masked"] == "欧阳*"
        refused = caller.post(f"{address}pledge/", {"name": "欧阳春", "amount": "many"}, format="json")
        assert (refused.status_code, list(refused.data["error"]["fields"])) == (400, ["amount"])

    @pytest.mark.parametrize(
        ("asked", "found"),
        [("kind=service", 1), ("kind=key", 0), ("state=under_way", 1), ("late=true", 0), ("late=false", 1),
         ("q=球场", 1), ("q=XM000000", 0), ("published=true", 0)],
    )  # fmt: skip
    def test_each_filter_includes_and_excludes(self, api, project, north, asked, found):
        assert len(api(north).get(f"/api/v1/projects/?{asked}").data["results"]) == found

    def test_the_step_of_the_case_is_there_too(self, api, cast, project):
        case, _resident = case_in(State.ACCEPTED, cast)
        caller, address = api(cast.dispatcher.user), f"/api/v1/service-requests/{case.pk}/"
        asked = {"version": case.version, "project": project.pk}
        answer = caller.post(f"{address}adopt/", asked, format="json")
        assert (answer.status_code, answer.data["state"]) == (200, "in_project")
        asked = {"version": answer.data["version"], "text": "不属于。"}
        assert caller.post(f"{address}leave-project/", asked, format="json").data["state"] == "accepted"


class TestPublicPage:
    def test_only_what_is_published_is_read_by_everybody(self, client, project, north, the_north):
        assert client.get(f"/projects/{project.pk}/").status_code == 404
        projects.publish(project, by=north)
        shown = client.get(f"/projects/{project.pk}/").content.decode()
        assert "球场翻新。" in shown
        assert project.name in client.get("/projects/?kind=service").content.decode()
        assert project.name not in client.get("/projects/?kind=key").content.decode()
        assert client.get("/projects/?kind=rubbish&page=x").status_code == 200
        projects.unpublish(project, by=north)
        assert client.get(f"/projects/{project.pk}/").status_code == 404

    def test_no_name_stands_on_it(self, client, project, north):
        projects.publish(project, by=north)
        projects.pledge(project, by=north, household="3栋502", name="欧阳春", amount=Decimal(100))
        projects.add_member(project, by=north, name="周代表", role="supervisor", standing="deputy")
        shown = client.get(f"/projects/{project.pk}/").content.decode()
        assert "100" in shown
        assert not any(word in shown for word in ("欧阳", "3栋502", "周代表", project.description))

    def test_a_draft_or_a_project_without_a_summary_is_not_published(self, the_north, north):
        draft = new_project(the_north.community, state=S.DRAFT, summary="有。")
        assert "publish" not in projects.allowed_verbs(draft, by=north)
