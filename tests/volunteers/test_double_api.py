"""Double check-in, brand projects and honours are written under /api/v1/ by the verbs of the desk."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from tests.volunteers.conftest import V1
from volunteers import honours, member_reports, unit_reports
from volunteers.models import BrandProject, Honour, MemberReport, UnitPledge, UnitReport
from volunteers.types import BrandStage, ReportStatus

TODAY = timezone.localdate(timezone=ZONE)


@pytest.fixture
def post(api):
    def post(user, address, body=None, key=""):
        headers = {"Idempotency-Key": key} if key else {}
        return api(user).post(V1 + address, body or {}, format="json", headers=headers)

    return post


def fields(answer) -> list[str]:
    assert answer.status_code == 400, answer.json()
    return list(answer.json()["error"]["fields"])


class TestUnits:
    @pytest.fixture
    def body(self, the_north):
        return {
            "organization": the_north.unit.pk, "region": the_north.community.code,
            "reported_on": str(TODAY - timedelta(days=9)),
        }  # fmt: skip

    @pytest.fixture
    def unit_report(self, the_north, helper):
        day = TODAY - timedelta(days=9)
        return unit_reports.report(organization=the_north.unit, region=the_north.community, reported_on=day, by=helper)

    @pytest.fixture
    def pledge(self, unit_report, helper):
        return unit_reports.pledge(unit_report, by=helper, text="开放停车位")

    def test_it_works(self, post, helper, north, body):
        made = post(helper, "unit-reports/", body)
        assert (made.status_code, made.json()["status"]) == (201, ReportStatus.REPORTED)
        # Nobody else was named as the unit's contact.
        assert UnitReport.objects.get().contact == helper.person
        here = f"unit-reports/{made.json()['id']}/"
        assert post(north, f"{here}confirm/").json()["status"] == ReportStatus.CONFIRMED
        asked = {"text": "开放停车位", "quantity": "20 个", "due_on": str(TODAY)}
        written = post(helper, f"{here}pledges/", asked)
        assert (written.status_code, written.json()["pledges"][0]["quantity"]) == (201, "20 个")
        pledge = written.json()["pledges"][0]["id"]
        done = post(north, f"{here}pledges/{pledge}/fulfil/", {"fulfilled_on": str(TODAY), "evidence": "已划线"})
        assert (done.status_code, done.json()["fulfilled_count"]) == (200, 1)
        assert post(north, f"{here}pledges/{pledge}/reopen/").json()["fulfilled_count"] == 0
        assert post(north, f"{here}end/", {"reason": "搬迁"}).json()["end_reason"] == "搬迁"
        assert post(north, f"{here}end/", {"reason": "搬迁"}).status_code == 409

    def test_what_the_community_writes_down_is_confirmed_with_that(self, post, north, body):
        assert post(north, "unit-reports/", body).json()["status"] == ReportStatus.CONFIRMED
        assert UnitReport.objects.get().contact is None
        assert post(north, "unit-reports/", body).status_code == 409

    def test_what_comes_twice_by_one_key_is_done_once(self, post, helper, body):
        first, again = (post(helper, "unit-reports/", body, key="r1") for _each in range(2))
        assert first.json() == again.json()
        here = f"unit-reports/{first.json()['id']}/pledges/"
        for _each in range(2):
            assert post(helper, here, {"text": "开放停车位"}, key="p1").status_code == 201
        assert (UnitReport.objects.count(), UnitPledge.objects.count()) == (1, 1)

    def test_south_reports_and_changes_nothing(self, post, south, body, unit_report, pledge):
        assert post(south, "unit-reports/", body).status_code == 403
        here = f"unit-reports/{unit_report.pk}/"
        for step, asked in (
            ("confirm", {}), ("end", {"reason": "x"}), ("pledges", {"text": "x"}), (f"pledges/{pledge.pk}/reopen", {}),
            (f"pledges/{pledge.pk}/fulfil", {"fulfilled_on": str(TODAY), "evidence": "x"}),
        ):  # fmt: skip
            assert post(south, f"{here}{step}/", asked).status_code == 404, step

    def test_the_unit_pledges_and_the_community_alone_decides(self, post, helper, unit_report, pledge):
        here = f"unit-reports/{unit_report.pk}/"
        for step, asked in (
            ("confirm", {}), ("end", {"reason": "x"}), (f"pledges/{pledge.pk}/reopen", {}),
            (f"pledges/{pledge.pk}/fulfil", {"fulfilled_on": str(TODAY), "evidence": "x"}),
        ):  # fmt: skip
            assert post(helper, f"{here}{step}/", asked).status_code == 403, step

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("organization", 10**12), ("organization", "x"), ("region", "440399"), ("region", "\0"),
            ("reported_on", "2999-01-01"), ("reported_on", "soon"), ("contact", 10**9), ("valid_until", "x"),
            ("colour", "red"),
        ],
    )  # fmt: skip
    def test_a_bad_report_names_the_field(self, post, north, body, field, value):
        assert field in fields(post(north, "unit-reports/", {**body, field: value}))
        assert not UnitReport.objects.exists()

    def test_bad_steps_name_the_field(self, post, north, unit_report, pledge):
        here = f"unit-reports/{unit_report.pk}/"
        assert fields(post(north, f"{here}end/")) == ["reason"]
        assert fields(post(north, f"{here}pledges/", {"text": "长" * 201})) == ["text"]
        assert fields(post(north, f"{here}pledges/", {"text": "x", "due_on": "2000-01-01"})) == ["due_on"]
        here = f"{here}pledges/{pledge.pk}/fulfil/"
        asked = {"fulfilled_on": str(TODAY), "evidence": "已划线"}
        assert fields(post(north, here, {**asked, "evidence": " "})) == ["evidence"]
        assert fields(post(north, here, {**asked, "fulfilled_on": "2999-01-01"})) == ["fulfilled_on"]
        assert post(north, f"unit-reports/{unit_report.pk}/pledges/{pledge.pk + 1}/fulfil/", asked).status_code == 404


class TestMembers:
    def test_staff_report_a_member_and_end_it(self, post, north, wang, branch):
        made = post(north, "member-reports/", {"volunteer": wang.pk, "branch": branch.pk})
        assert (made.status_code, made.json()["status"], made.json()["name"]) == (201, "confirmed", "王小明")
        assert made.json()["reported_on"] == str(TODAY)
        here = f"member-reports/{made.json()['id']}/end/"
        assert fields(post(north, here)) == ["reason"]
        assert post(north, here, {"reason": "转出"}).json()["ended_on"] == str(TODAY)
        assert post(north, here, {"reason": "转出"}).status_code == 409

    def test_a_member_reports_alone_and_the_community_confirms(self, post, me, north, south, branch):
        first, again = (post(me, "member-reports/", {"branch": branch.pk}, key="m1") for _each in range(2))
        assert (first.status_code, first.json()["status"]) == (201, ReportStatus.REPORTED)
        assert first.json() == again.json()
        here = f"member-reports/{first.json()['id']}/"
        assert post(me, f"{here}confirm/").status_code == 403
        assert post(south, f"{here}confirm/").status_code == 404
        assert post(north, f"{here}confirm/").json()["status"] == ReportStatus.CONFIRMED
        assert post(me, f"{here}end/", {"reason": "搬家"}).json()["status"] == ReportStatus.ENDED

    def test_others_report_nobody_of_the_north(self, post, south, helper, me, person, wang, branch):
        asked = {"volunteer": wang.pk, "branch": branch.pk}
        assert fields(post(south, "member-reports/", asked)) == ["volunteer"]
        assert post(helper, "member-reports/", asked).status_code == 403
        _other, account = person("李小红")
        assert post(account, "member-reports/", asked).status_code in (400, 403)
        assert not MemberReport.objects.exists()

    def test_others_confirm_and_end_nothing(self, post, south, secretary, wang, branch, me):
        report = member_reports.report(wang, branch=branch, by=me)
        for step, asked in (("confirm", {}), ("end", {"reason": "x"})):
            assert post(south, f"member-reports/{report.pk}/{step}/", asked).status_code == 404
            assert post(secretary, f"member-reports/{report.pk}/{step}/", asked).status_code == 403

    @pytest.mark.parametrize(
        ("field", "value"),
        [("volunteer", 10**12), ("branch", 10**12), ("branch", None), ("reported_on", "2999-01-01"), ("colour", "red")],
    )
    def test_a_bad_report_names_the_field(self, post, north, wang, branch, field, value):
        asked = {"volunteer": wang.pk, "branch": branch.pk, field: value}
        assert field in fields(post(north, "member-reports/", asked))

    def test_staff_name_the_member_and_a_unit_is_no_branch(self, post, north, wang, branch, the_north):
        assert fields(post(north, "member-reports/", {"branch": branch.pk})) == ["volunteer"]
        assert fields(post(north, "member-reports/", {"volunteer": wang.pk, "branch": the_north.unit.pk})) == ["branch"]


class TestBrandProjects:
    @pytest.fixture
    def body(self, team):
        return {"team": team.pk, "name": "红色调解室", "summary": "家门口\n说事", "on": str(TODAY)}

    def test_a_project_is_started_brought_on_and_ended(self, post, north, body):
        first, again = (post(north, "brand-projects/", body, key="b1") for _each in range(2))
        assert (first.status_code, first.json()["stage"]) == (201, BrandStage.IDEA)
        assert (first.json(), BrandProject.objects.count()) == (again.json(), 1)
        here = f"brand-projects/{first.json()['id']}/stage/"
        assert fields(post(north, here, {"stage": "ended", "on": str(TODAY)})) == ["note"]
        ended = post(north, here, {"stage": "ended", "on": str(TODAY), "note": "队伍解散"})
        assert [step["stage"] for step in ended.json()["steps"]] == ["idea", "ended"]

    def test_south_helper_and_volunteers_start_nothing(self, post, south, helper, me, body):
        assert fields(post(south, "brand-projects/", body)) == ["team"]
        for nobody in (helper, me):
            assert post(nobody, "brand-projects/", body).status_code == 403
        assert not BrandProject.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [("team", "x"), ("name", " "), ("name", "长" * 61), ("on", "2999-01-01"), ("hub", 10**9), ("colour", "red")],
    )
    def test_a_bad_project_names_the_field(self, post, north, body, field, value):
        assert field in fields(post(north, "brand-projects/", {**body, field: value}))


class TestHonours:
    @pytest.fixture
    def body(self):
        return {"title": "最美志愿者", "awarded_by": "街道", "awarded_on": str(TODAY)}

    @pytest.mark.parametrize("whose", ["team", "volunteer"])
    def test_an_honour_is_listed_and_taken_off(self, post, api, north, team, wang, body, whose):
        who = {"team": team, "volunteer": wang}[whose]
        first, again = (post(north, "honours/", {**body, whose: who.pk}, key="h1") for _each in range(2))
        assert (first.status_code, first.json()[whose]) == (201, who.pk)
        assert (first.json(), Honour.objects.count()) == (again.json(), 1)
        assert post(north, "honours/", {**body, whose: who.pk}).status_code in (400, 409)
        here = f"{V1}honours/{first.json()['id']}/"
        assert api(north).delete(here).status_code == 204
        assert api(north).delete(here).status_code == 404

    def test_others_honour_nobody_of_the_north(self, post, api, north, south, helper, me, wang, team, body):
        honour = honours.award(wang, title="最美", awarded_by="社区", awarded_on=TODAY, by=north)
        for whose, who in (("team", team), ("volunteer", wang)):
            assert fields(post(south, "honours/", {**body, whose: who.pk})) == [whose]
            for nobody in (helper, me):
                assert post(nobody, "honours/", {**body, whose: who.pk}).status_code == 403
        for nobody, status in ((south, 404), (helper, 403), (me, 403)):
            assert api(nobody).delete(f"{V1}honours/{honour.pk}/").status_code == status
        assert Honour.objects.get() == honour

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"title": ""}, "title"), ({"awarded_by": "长" * 81}, "awarded_by"),
            ({"awarded_on": "2999-01-01"}, "awarded_on"), ({"team": 10**9}, "team"), ({"colour": "red"}, "colour"),
        ],
    )  # fmt: skip
    def test_a_bad_honour_names_the_field(self, post, north, wang, body, change, field):
        assert field in fields(post(north, "honours/", {**body, "volunteer": wang.pk, **change}))

    def test_an_honour_is_of_one(self, post, north, wang, team, body):
        assert fields(post(north, "honours/", body)) == ["team"]
        assert fields(post(north, "honours/", {**body, "volunteer": wang.pk, "team": team.pk})) == ["team"]
