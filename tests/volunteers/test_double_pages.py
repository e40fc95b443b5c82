"""双报到 at the desk, on the phone and in the API."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core import humanize
from portal.core.clock import ZONE
from portal.core.models import DisclosureRecord
from volunteers import honours, member_reports, unit_reports
from volunteers.models import MemberReport, UnitReport
from volunteers.quarters import Quarter
from volunteers.types import ReportStatus

TODAY = timezone.localdate(timezone=ZONE)
DESK = "/desk/double-check-in"


@pytest.fixture
def unit_report(the_north, north):
    made = unit_reports.report(
        organization=the_north.unit, region=the_north.community, reported_on=TODAY - timedelta(days=9), by=north
    )
    unit_reports.pledge(made, by=north, text="开放停车位", quantity="20 个")
    return made


class TestOverview:
    def test_north_sees_what_was_done_in_the_quarter(self, browser, north, reported, unit_report, branch):
        answer = browser(north).get(f"{DESK}/")
        page = answer.content.decode()
        assert answer.status_code == 200
        assert branch.name in page
        assert humanize.hours(95) in page
        assert f"{DESK}/statements/{branch.pk}/?quarter={Quarter.now().code}" in page

    def test_south_sees_nothing_of_it(self, browser, south, reported, unit_report, branch):
        found = browser(south).get(f"{DESK}/").context["found"]
        assert (found.members.lines, found.units.count(), found.pledges.total) == ([], 0, 0)

    def test_the_units_contact_sees_the_own_unit_alone(self, browser, helper, reported, unit_report):
        found = browser(helper).get(f"{DESK}/").context["found"]
        assert (found.members.lines, found.units.count()) == ([], 1)

    def test_a_volunteer_has_no_desk(self, browser, me):
        assert browser(me).get(f"{DESK}/").status_code == 403

    @pytest.mark.parametrize("query", ["quarter=2026Q9", "quarter=1999Q1", "region=440305", "region=x"])
    def test_what_cannot_be_asked_is_told(self, query, browser, north, the_south, reported):
        answer = browser(north).get(f"{DESK}/?{query}")
        assert answer.status_code == 400
        assert answer.context["form"].errors

    def test_quarter_and_region_narrow_it(self, browser, north, reported, the_north):
        before = Quarter.now().previous.code
        assert browser(north).get(f"{DESK}/?quarter={before}").context["found"].members.lines == []
        here = browser(north).get(f"{DESK}/?region={the_north.community.code}").context["found"]
        assert here.members.minutes == 95


class TestStatement:
    def address(self, branch, part="") -> str:
        return f"{DESK}/statements/{branch.pk}/{part}"

    def test_the_community_and_the_branch_read_names(self, browser, north, secretary, reported, branch):
        for user in (north, secretary):
            page = browser(user).get(self.address(branch)).content.decode()
            assert "王小明" in page
            assert humanize.hours(95) in page

    def test_an_auditor_reads_masked_names_and_takes_nothing(self, browser, auditor, reported, branch):
        page = browser(auditor).get(self.address(branch)).content.decode()
        assert "王小明" not in page
        assert "王**" in page
        assert browser(auditor).post(self.address(branch, "file/"), {"format": "csv"}).status_code == 403

    def test_others_find_no_statement(self, browser, south, helper, branch, reported, me):
        for user in (south, helper):
            assert browser(user).get(self.address(branch)).status_code == 404
            assert browser(user).post(self.address(branch, "file/"), {"format": "csv"}).status_code == 404
        assert browser(me).get(self.address(branch)).status_code == 403

    def test_the_own_report_of_staff_opens_no_statement_of_the_branch(self, browser, south, wang, reported, branch):
        south.person = wang.person
        south.save()
        assert MemberReport.objects.for_user(south).exists()
        assert browser(south).get(self.address(branch)).status_code == 404

    def test_files_hold_the_lines_of_the_page_and_are_logged(self, browser, secretary, reported, branch):
        answer = browser(secretary).post(self.address(branch, "file/"), {"format": "csv"})
        lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
        assert lines[1][1:] == ["王小明", "北社区", str(reported.reported_on), "0", "95", "0"]
        assert lines[2][-3:] == ["0", "95", "0"]
        answer = browser(secretary).post(self.address(branch, "file/"), {"format": "xlsx"})
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        assert [row[5] for row in book.active.iter_rows(values_only=True)][1:] == [95, 95]
        assert list(DisclosureRecord.objects.values_list("user", "count")) == [(secretary.pk, 1)] * 2
        for asked in ({}, {"format": "pdf"}):
            assert browser(secretary).post(self.address(branch, "file/"), asked).status_code == 404
        assert browser(secretary).post(self.address(branch, "file/?quarter=x"), {"format": "csv"}).status_code == 404

    def test_the_queries_do_not_grow_with_members(self, browser, north, branch, enrol):
        counts = []
        for more in (1, 1, 20):
            for number in range(more):
                each = enrol(f"党员{number}")
                each.person.is_party_member = True
                each.person.save()
                member_reports.report(each, branch=branch, by=north)
            with CaptureQueriesContext(connection) as captured:
                for address in (self.address(branch), f"{DESK}/", f"{DESK}/members/", f"{DESK}/units/"):
                    browser(north).get(address)
            counts.append(len(captured))
        assert counts[1] == counts[2]


class TestUnitPages:
    def form(self, half, **change) -> dict:
        return {
            "organization": f"{half.unit.name} #{half.unit.pk}", "reported_on": str(TODAY),
            "region": f"{half.community.short_name} {half.community.code}", **change,
        }  # fmt: skip

    def test_a_unit_reports_pledges_and_the_community_confirms_and_judges(self, browser, helper, north, the_north):
        answer = browser(helper).post(f"{DESK}/units/new/", self.form(the_north))
        row = UnitReport.objects.get()
        assert (answer.status_code, row.status, row.contact) == (302, ReportStatus.REPORTED, helper.person)
        here = f"{DESK}/units/{row.pk}/"
        pledge = {"text": "义诊", "quantity": "每月 1 次", "due_on": ""}
        assert browser(helper).post(f"{here}pledges/new/", pledge).status_code == 302
        assert browser(helper).post(f"{here}confirm/").status_code == 403
        assert browser(north).post(f"{here}confirm/").status_code == 302
        pk = row.pledges.get().pk
        done = {"fulfilled_on": str(TODAY), "evidence": ""}
        assert browser(north).post(f"{DESK}/pledges/{pk}/fulfil/", done).status_code == 400
        assert browser(north).post(f"{DESK}/pledges/{pk}/fulfil/", {**done, "evidence": "照片"}).status_code == 302
        assert "照片" in browser(helper).get(here).content.decode()
        assert browser(north).post(f"{DESK}/pledges/{pk}/reopen/").status_code == 302
        assert row.pledges.get().fulfilled_on is None
        assert browser(north).post(f"{here}end/", {"reason": "搬迁"}).status_code == 302
        row.refresh_from_db()
        assert row.status == ReportStatus.ENDED

    def test_south_finds_none_of_it(self, browser, south, unit_report):
        here, pk = f"{DESK}/units/{unit_report.pk}/", unit_report.pledges.get().pk
        assert browser(south).get(f"{DESK}/units/").context["page"].paginator.count == 0
        for address in (here, f"{here}edit/", f"{here}end/", f"{here}pledges/new/", f"{DESK}/pledges/{pk}/fulfil/"):
            assert browser(south).get(address).status_code == 404, address
        assert browser(south).post(f"{DESK}/pledges/{pk}/reopen/").status_code == 404
        assert browser(south).post(f"{here}confirm/").status_code == 404

    def test_the_unit_or_the_community_withdraws_a_pledge(self, browser, helper, north, auditor, south, unit_report):
        pledge, report = unit_report.pledges.get(), f"{DESK}/units/{unit_report.pk}/"
        here = f"{DESK}/pledges/{pledge.pk}/withdraw/"
        assert here in browser(north).get(report).content.decode()
        assert browser(auditor).get(here).status_code == 403
        assert browser(south).get(here).status_code == 404
        assert here not in browser(auditor).get(report).content.decode()
        assert here in browser(helper).get(report).content.decode()
        assert browser(helper).get(here).status_code == 200
        assert "reason" in browser(helper).post(here, {"reason": ""}).context["form"].errors
        assert browser(helper).post(here, {"reason": "车位改建"}).status_code == 302
        page = browser(north).get(report).content.decode()
        assert "车位改建" in page
        assert here not in page
        assert f"{DESK}/pledges/{pledge.pk}/fulfil/" not in page
        again = browser(north).post(here, {"reason": "再撤一次"})
        assert (again.status_code, again.context["form"].non_field_errors()) == (409, ["这项承诺已经撤回。"])

    @pytest.mark.parametrize(
        ("field", "value"),
        [("organization", "没有的单位"), ("region", "没有的社区"), ("reported_on", "2999-01-01"), ("valid_until", "x")],
    )
    def test_bad_input_is_told_and_nothing_typed_is_lost(self, field, value, browser, north, the_north):
        answer = browser(north).post(f"{DESK}/units/new/", self.form(the_north, **{field: value}))
        assert answer.status_code in (400, 422)
        assert field in answer.context["form"].errors
        assert str(value) in answer.content.decode()
        assert not UnitReport.objects.exists()

    def test_a_unit_of_somebody_else_is_refused_in_words(self, browser, helper, the_south):
        answer = browser(helper).post(f"{DESK}/units/new/", self.form(the_south))
        assert answer.status_code == 403
        assert answer.context["form"].non_field_errors()

    def test_the_term_is_prolonged(self, browser, north, unit_report):
        here = f"{DESK}/units/{unit_report.pk}/edit/"
        page = browser(north).get(here)
        later = TODAY + timedelta(days=365)
        sent = {"contact": "", "valid_until": str(later), "seen": page.context["seen"]}
        assert browser(north).post(here, sent).status_code == 302
        unit_report.refresh_from_db()
        assert unit_report.valid_until == later

    def test_filters_include_and_exclude(self, browser, north, unit_report):
        for query, count in (
            ("q=停车", 1), ("q=义诊", 0), ("status=confirmed", 1), ("status=ended", 0), ("current=true", 1),
            ("current=false", 0), ("overdue=true", 0), ("overdue=false", 1),
            (f"organization={unit_report.organization_id}", 1), ("organization=1", 0),
            (f"region={unit_report.region.code}", 1), (f"reported_from={TODAY}", 0),
        ):  # fmt: skip
            page = browser(north).get(f"{DESK}/units/?{query}").context["page"]
            assert page.paginator.count == count, query

    def test_any_unit_is_proposed_to_those_who_report_one(self, browser, north, auditor, the_south):
        assert the_south.unit.name in str(browser(north).get(f"{DESK}/units/lookup/?q=南物业").json())
        assert browser(north).get(f"{DESK}/communities/?q=南").json()["proposals"]
        for address in ("units/lookup/", "communities/", "branches/"):
            assert browser(auditor).get(f"{DESK}/{address}?q=南").status_code == 403


class TestOrganizationPage:
    def test_it_leads_to_the_reports_and_the_statement(
        self, browser, north, helper, secretary, unit_report, reported, branch
    ):
        unit, told = f"/desk/organizations/{unit_report.organization_id}/", f"{DESK}/units/{unit_report.pk}/"
        for user in (north, helper):
            page = browser(user).get(unit).content.decode()
            assert f'href="{told}"' in page
            assert "承诺 0 / 1" in page
        page = browser(secretary).get(f"/desk/organizations/{branch.pk}/").content.decode()
        assert f'href="{DESK}/statements/{branch.pk}/"' in page
        assert f'href="{DESK}/members/?branch={branch.pk}"' in page

    def test_it_tells_nobody_of_reports_elsewhere(self, browser, south, wang, unit_report, reported, branch, the_south):
        # The unit and the branch are of the south; both reported to the north.
        UnitReport.objects.update(organization=the_south.unit)
        branch.region = the_south.community
        branch.save()
        south.person = wang.person
        south.save()
        for organization in (the_south.unit, branch):
            page = browser(south).get(f"/desk/organizations/{organization.pk}/")
            assert (page.status_code, page.context["sections"]) == (200, [])


class TestMemberPages:
    def test_a_member_reports_on_the_phone_and_the_community_confirms(self, browser, me, north, south, branch, wang):
        assert "/volunteer/me/report/" in browser(me).get("/volunteer/me/").content.decode()
        assert branch.name in str(browser(me).get("/volunteer/me/report/branches/?q=教育局").json())
        answer = browser(me).post("/volunteer/me/report/", {"branch": branch.name})
        report = MemberReport.objects.get()
        assert (answer.status_code, report.status) == (302, ReportStatus.REPORTED)
        here = f"{DESK}/members/{report.pk}/"
        assert browser(south).post(f"{here}confirm/").status_code == 404
        assert browser(north).get(here).context["may_confirm"]
        assert browser(north).post(f"{here}confirm/").status_code == 302
        assert "您已向北社区报到" in browser(me).get("/volunteer/me/report/").content.decode()
        assert browser(me).post("/volunteer/me/report/", {"reason": ""}).status_code == 400
        assert browser(me).post("/volunteer/me/report/", {"reason": "搬家"}).status_code == 302
        report.refresh_from_db()
        assert report.status == ReportStatus.ENDED

    def test_who_is_no_member_has_nothing_to_report(self, browser, me, wang, branch):
        wang.person.is_party_member = False
        wang.person.save()
        assert "/volunteer/me/report/" not in browser(me).get("/volunteer/me/").content.decode()
        assert browser(me).get("/volunteer/me/report/").status_code == 200
        assert browser(me).post("/volunteer/me/report/", {"branch": branch.name}).status_code == 400

    def test_a_unit_that_is_no_branch_is_not_found(self, browser, me, the_north):
        answer = browser(me).post("/volunteer/me/report/", {"branch": the_north.unit.name})
        assert answer.status_code == 400
        assert the_north.unit.name in answer.content.decode()

    def test_staff_enter_it_on_the_volunteers_page(self, browser, north, south, helper, branch, wang):
        here = f"/desk/volunteers/{wang.pk}/report/"
        assert here in browser(north).get(f"/desk/volunteers/{wang.pk}/").content.decode()
        assert browser(south).get(here).status_code == 404
        assert browser(helper).get(here).status_code == 403
        wrong = {"branch": branch.name, "reported_on": "2999-01-01"}
        assert "reported_on" in browser(north).post(here, wrong).context["form"].errors
        assert browser(north).post(here, {**wrong, "reported_on": "2026-01-05"}).status_code == 302
        page = browser(north).get(f"/desk/volunteers/{wang.pk}/").content.decode()
        assert branch.name in page
        assert here not in page

    def test_the_list_names_members_to_those_who_work_with_them_or_are_their_branch(
        self, browser, north, secretary, auditor, south, reported
    ):  # fmt: skip
        for user, name in ((north, "王小明"), (secretary, "王小明"), (auditor, "王**")):
            for address in (f"{DESK}/members/", f"{DESK}/members/{reported.pk}/"):
                assert name in browser(user).get(address).content.decode(), (user, address)
        assert browser(south).get(f"{DESK}/members/").context["page"].paginator.count == 0
        assert browser(south).get(f"{DESK}/members/{reported.pk}/").status_code == 404

    def test_filters_include_and_exclude(self, browser, north, auditor, reported, wang, branch):
        for query, count in (
            ("q=王小明", 1), (f"q={wang.number}", 1), ("q=教育局", 1), ("q=李", 0), ("status=reported", 0),
            (f"branch={branch.pk}", 1), ("branch=1", 0), (f"volunteer={wang.pk}", 1),
            (f"region={wang.home_region.code}", 1),
            (f"reported_to={reported.reported_on - timedelta(days=1)}", 0),
        ):  # fmt: skip
            assert browser(north).get(f"{DESK}/members/?{query}").context["page"].paginator.count == count, query
        assert browser(auditor).get(f"{DESK}/members/?q=王小明").context["page"].paginator.count == 0

    def test_an_end_has_a_reason(self, browser, north, reported):
        here = f"{DESK}/members/{reported.pk}/end/"
        assert browser(north).post(here, {"reason": ""}).status_code == 400
        assert browser(north).post(here, {"reason": "转出"}).status_code == 302
        reported.refresh_from_db()
        assert reported.end_reason == "转出"


class TestApi:
    @pytest.mark.parametrize("name", ["unit-reports", "member-reports", "brand-projects", "honours"])
    def test_lists_and_details_are_of_the_callers_scope(
        self, name, api, north, south, wang, reported, unit_report, project, client
    ):  # fmt: skip
        honour = honours.award(wang, title="最美", awarded_by="社区", awarded_on=TODAY, by=north)
        rows = {"unit-reports": unit_report, "member-reports": reported, "brand-projects": project, "honours": honour}
        pk = rows[name].pk
        assert [row["id"] for row in api(north).get(f"/api/v1/{name}/").json()["results"]] == [pk]
        assert api(north).get(f"/api/v1/{name}/{pk}/").json()["id"] == pk
        assert api(south).get(f"/api/v1/{name}/").json()["results"] == []
        assert api(south).get(f"/api/v1/{name}/{pk}/").status_code == 404
        assert api(north).get(f"/api/v1/{name}/?colour=red").status_code == 400
        assert api(north).post(f"/api/v1/{name}/", {}, format="json").status_code == 400
        assert client.get(f"/api/v1/{name}/").status_code == 401

    def test_names_are_as_the_caller_may_see_them(self, api, north, secretary, auditor, reported):
        for user, name in ((north, "王小明"), (secretary, "王小明"), (auditor, "王**")):
            assert api(user).get("/api/v1/member-reports/").json()["results"][0]["name"] == name
            assert api(user).get(f"/api/v1/member-reports/{reported.pk}/").json()["name"] == name

    def test_a_pledge_is_withdrawn(self, api, helper, auditor, south, unit_report):
        pledge = unit_report.pledges.get()
        here = f"/api/v1/unit-reports/{unit_report.pk}/pledges/"
        why = {"reason": "车位改建"}
        assert api(auditor).post(f"{here}{pledge.pk}/withdraw/", why, format="json").status_code == 403
        assert api(south).post(f"{here}{pledge.pk}/withdraw/", why, format="json").status_code == 404
        assert api(helper).post(f"{here}{pledge.pk + 1}/withdraw/", why, format="json").status_code == 404
        for wrong in ({}, {"reason": ""}, {"reason": "长" * 101}, {**why, "colour": "red"}):
            assert api(helper).post(f"{here}{pledge.pk}/withdraw/", wrong, format="json").status_code == 400
        done = api(helper).post(f"{here}{pledge.pk}/withdraw/", why, format="json").json()
        assert (done["pledge_count"], done["pledges"][0]["withdrawal"]) == (0, "车位改建")
        assert api(helper).post(f"{here}{pledge.pk}/withdraw/", why, format="json").status_code == 409

    def test_details_have_pledges_and_stages(self, api, north, unit_report, project):
        found = api(north).get(f"/api/v1/unit-reports/{unit_report.pk}/").json()
        assert (found["pledge_count"], found["pledges"][0]["quantity"]) == (1, "20 个")
        found = api(north).get(f"/api/v1/brand-projects/{project.pk}/").json()
        assert [step["stage"] for step in found["steps"]] == ["idea"]
