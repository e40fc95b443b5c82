"""The register at the desk, in the API and on the phone."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core.masking import mask_phone
from portal.core.models import DisclosureRecord, OutboxMessage, Role
from tests.conftest import make_user
from volunteers import register, teams
from volunteers.models import Skill, Volunteer, VolunteerSkill, VolunteerTeam
from volunteers.models.volunteers import DEFAULT_WEEKLY_MINUTES
from volunteers.register import Who
from volunteers.types import MemberStatus, VolunteerStatus


@pytest.fixture
def wang(the_north, north):
    who = Who(name="王小明", phone="13800001111")
    return register.enrol(who=who, home_region=the_north.community, by=north, born_on=date(1980, 5, 1))


@pytest.fixture
def team(the_north):
    return VolunteerTeam.objects.create(name="先锋队", kind="party", region=the_north.community)


def form_of(half, **change) -> dict:
    return {
        "name": "李四", "phone": "13900002222", "home_region": f"{half.community.short_name} {half.community.code}",
        "kind": "resident", "weekly_minutes": "240", "joined_on": "2026-01-01", **change,
    }  # fmt: skip


class TestDesk:
    def test_north_sees_her_volunteers_in_full(self, browser, north, wang, team):
        teams.add_member(team, volunteer=wang, by=north)
        for address in ("volunteers/", f"volunteers/{wang.pk}/", "teams/", f"teams/{team.pk}/"):
            answer = browser(north).get(f"/desk/{address}")
            assert answer.status_code == 200, address
            assert ("王小明" in answer.content.decode()) is (address != "teams/")
            assert "13800001111" not in answer.content.decode()

    def test_an_auditor_reads_masked_names_and_finds_nobody_by_name(self, browser, auditor, north, wang, team):
        teams.add_member(team, volunteer=wang, by=north)
        for address in ("volunteers/", f"volunteers/{wang.pk}/", f"teams/{team.pk}/"):
            page = browser(auditor).get(f"/desk/{address}").content.decode()
            assert "王小明" not in page, address
            assert "王**" in page, address
        for words in ("王小明", "13800001111"):
            assert browser(auditor).get("/desk/volunteers/", {"q": words}).context["page"].paginator.count == 0
            assert browser(north).get("/desk/volunteers/", {"q": words}).context["page"].paginator.count == 1

    def test_south_finds_nothing_of_the_north(self, browser, south, wang, team):
        assert browser(south).get("/desk/volunteers/").context["page"].paginator.count == 0
        for address in (
            f"volunteers/{wang.pk}/", f"volunteers/{wang.pk}/edit/", f"volunteers/{wang.pk}/contact/",
            f"volunteers/{wang.pk}/times/", f"volunteers/{wang.pk}/leave/", f"volunteers/{wang.pk}/skills/new/",
            f"teams/{team.pk}/", f"teams/{team.pk}/members/new/",
        ):  # fmt: skip
            assert browser(south).get(f"/desk/{address}").status_code == 404, address

    def test_helper_reads_and_writes_nothing(self, browser, helper, wang):
        for address in ("volunteers/new/", "teams/new/", "duplicates/", "volunteers/export/"):
            assert browser(helper).get(f"/desk/{address}").status_code == 403, address

    def test_north_enters_edits_and_ends_an_entry(self, browser, north, the_north):
        answer = browser(north).post("/desk/volunteers/new/", form_of(the_north, born_on="1990-02-03"))
        row = Volunteer.objects.get()
        assert (answer.status_code, answer.url) == (302, f"/desk/volunteers/{row.pk}/")
        page = browser(north).get(f"/desk/volunteers/{row.pk}/edit/")
        assert "1990-02-03" not in page.content.decode()
        change = form_of(the_north, name="李思", phone="", seen=page.context["seen"], interests="太极")
        assert browser(north).post(f"/desk/volunteers/{row.pk}/edit/", change).status_code == 302
        row = Volunteer.objects.get()
        assert (row.person.name, row.born_on, row.interests) == ("李思", date(1990, 2, 3), "太极")
        assert row.person.phone.reveal() == "13900002222"
        assert browser(north).post(f"/desk/volunteers/{row.pk}/leave/", {"reason": "搬家"}).status_code == 302
        assert Volunteer.objects.get().status == VolunteerStatus.LEFT

    @pytest.mark.parametrize(
        ("field", "value"),
        [("phone", "12"), ("name", ""), ("home_region", "南社区"), ("born_on", "2999-01-01"), ("weekly_minutes", "x")],
    )
    def test_bad_input_is_told_and_nothing_typed_is_lost(self, field, value, browser, north, the_north, the_south):
        answer = browser(north).post("/desk/volunteers/new/", form_of(the_north, **{field: value}))
        assert answer.status_code in (400, 403)
        assert field in answer.context["form"].errors
        assert answer.context["form"].data["kind"] == "resident"
        assert not Volunteer.objects.exists()

    def test_contact_data_is_shown_once_for_a_reason(self, browser, north, wang):
        address = f"/desk/volunteers/{wang.pk}/contact/"
        assert browser(north).post(address, {"why": "other", "reason": ""}).status_code == 400
        answer = browser(north).post(address, {"why": "duty"})
        assert "13800001111" in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
        assert DisclosureRecord.objects.get().user == north

    def test_times_are_entered_and_filter_the_list(self, browser, north, wang):
        address = f"/desk/volunteers/{wang.pk}/times/"
        wrong = {"week-2_0_opens": "19:00", "week-2_0_closes": "18:00"}
        assert browser(north).post(address, wrong).status_code == 400
        assert browser(north).post(address, {**wrong, "week-2_0_closes": "21:00"}).status_code == 302
        for day, count in ((2, 1), (3, 0)):
            page = browser(north).get("/desk/volunteers/", {"available": day})
            assert page.context["page"].paginator.count == count
        assert "19:00–21:00" in browser(north).get(f"/desk/volunteers/{wang.pk}/").content.decode()

    def test_duplicates_are_merged_from_their_page(self, browser, north, wang, enrol):
        twin = enrol("王小明", born_on=date(1980, 5, 1))
        page = browser(north).get("/desk/duplicates/").content.decode()
        assert f"/desk/volunteers/{twin.pk}/merge/?into={wang.number}" in page
        address, asked = f"/desk/volunteers/{twin.pk}/merge/", {"into": f"王小明 {wang.number}"}
        seen = browser(north).post(address, asked)
        twin.refresh_from_db()
        assert (seen.status_code, twin.merged_into) == (200, None)
        assert f"{min(wang.joined_on, twin.joined_on):%Y-%m-%d}" in seen.content.decode()
        answer = browser(north).post(address, {**asked, "seen": wang.number})
        assert answer.url == f"/desk/volunteers/{wang.pk}/"

    def test_members_come_and_go_by_one_button(self, browser, north, wang, team):
        add = {"volunteer": f"王小明 {wang.number}", "joined_on": "2020-01-01"}
        assert browser(north).post(f"/desk/teams/{team.pk}/members/new/", add).status_code == 302
        member = team.members.get()
        for verb, is_leader in (("lead", True), ("no-lead", False)):
            browser(north).post(f"/desk/teams/{team.pk}/members/{member.pk}/{verb}/")
            assert team.members.get().is_leader is is_leader
        browser(north).post(f"/desk/teams/{team.pk}/members/{member.pk}/end/")
        assert team.members.get().status == MemberStatus.LEFT

    def test_a_list_takes_the_same_queries_for_many(self, browser, north, wang, team, enrol):
        counts = []
        for more in (1, 1, 30):  # the first fills what is kept between requests
            for number in range(more):
                teams.add_member(team, volunteer=enrol(f"志愿者{number}"), by=north)
            with CaptureQueriesContext(connection) as captured:
                browser(north).get("/desk/volunteers/")
                browser(north).get(f"/desk/teams/{team.pk}/")
                browser(north).get("/api/v1/volunteers/")
            counts.append(len(captured))
        assert counts[1] == counts[2]


class TestExport:
    def sheet(self, answer) -> list[tuple]:
        book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        return list(book.active.iter_rows(values_only=True))

    def test_the_national_platforms_columns_masked_and_in_full(self, browser, north, wang, team):
        teams.add_member(team, volunteer=wang, by=north)
        asked = {"layout": "national", "format": "xlsx"}
        head, line = self.sheet(browser(north).post("/desk/volunteers/export/", asked))
        assert {"姓名", "证件类型", "手机号码", "志愿者编号", "服务队"} <= set(head)
        assert (line[0], line[3], line[7]) == ("王**", "138****1111", "先锋队")
        asked["full"] = "on"
        assert browser(north).post("/desk/volunteers/export/", asked).status_code == 422
        _head, line = self.sheet(browser(north).post("/desk/volunteers/export/", {**asked, "reason": "上报"}))
        assert (line[0], line[3]) == ("王小明", "13800001111")
        assert list(DisclosureRecord.objects.order_by("pk").values_list("count", flat=True)) == [1, 1]

    def test_others_export_nothing(self, browser, keeper, auditor, leader, wang):
        for user in (keeper, auditor, leader):
            assert browser(user).get("/desk/volunteers/export/").status_code == 403


class TestApi:
    def test_it_works(self, api, north, the_north):
        body = {"name": "李四", "phone": "13900002222", "home_region": the_north.community.code, "kind": "student"}
        made = api(north).post("/api/v1/volunteers/", body, format="json", HTTP_IDEMPOTENCY_KEY="a")
        again = api(north).post("/api/v1/volunteers/", body, format="json", HTTP_IDEMPOTENCY_KEY="a")
        assert (made.status_code, made.json()["id"]) == (201, again.json()["id"])
        address = f"/api/v1/volunteers/{made.json()['id']}/"
        assert api(north).patch(address, {"interests": "读书"}, format="json").json()["interests"] == "读书"
        week = {"times": [{"weekday": 2, "starts": "19:00", "ends": "21:00"}]}
        assert api(north).put(f"{address}times/", week, format="json").json()["times"][0]["weekday"] == 2
        assert api(north).post(f"{address}pause/", {}, format="json").json()["status"] == "paused"
        assert api(north).post(f"{address}reveal/", {"reason": "通知"}, format="json").json()["phone"] == "13900002222"

    def test_south_gets_nothing_of_the_north(self, api, south, wang, team):
        assert api(south).get("/api/v1/volunteers/").json()["results"] == []
        assert api(south).get("/api/v1/teams/").json()["results"] == []
        for verb in ("", "pause/", "leave/", "reveal/", "merge/"):
            call = api(south).post if verb else api(south).get
            body = {"reason": "x"} if verb == "reveal/" else {}
            assert call(f"/api/v1/volunteers/{wang.pk}/{verb}", body, format="json" if verb else None).status_code in (
                400, 404,
            ), verb  # fmt: skip

    def test_an_auditor_reads_masked_names(self, api, auditor, wang):
        [row] = api(auditor).get("/api/v1/volunteers/").json()["results"]
        assert (row["name"], row["phone_masked"]) == ("王**", "138****1111")

    def test_members_of_a_team(self, api, north, wang, team):
        address = f"/api/v1/teams/{team.pk}/members/"
        assert api(north).post(address, {"volunteer": wang.pk}, format="json").status_code == 201
        [member] = api(north).get(address).json()
        led = api(north).post(f"{address}{member['id']}/leader/", {"is_leader": True}, format="json").json()
        assert (led[0]["is_leader"], led[0]["name"]) == (True, "王小明")

    @pytest.mark.parametrize(
        ("body", "field"),
        [({"phone": "12"}, "phone"), ({"home_region": "999"}, "home_region"), ({"nmae": "x"}, "nmae")],
    )
    def test_bad_input_names_the_field(self, body, field, api, north, the_north):
        whole = {"name": "李四", "home_region": the_north.community.code, **body}
        answer = api(north).post("/api/v1/volunteers/", whole, format="json")
        assert (answer.status_code, field in answer.json()["error"]["fields"]) == (400, True)


class TestPhone:
    def typed(self, half, **change) -> dict:
        return {
            "name": "赵六", "phone": "13700003333", "kind": "rider", "district": half.district.pk,
            "street": half.street.pk, "community": half.community.pk, "days": ["2"], "parts": ["evening"],
            "consent": "on", "idempotency_key": "one", **change,
        }  # fmt: skip

    def test_somebody_signs_up_and_staff_confirm(self, client, the_north, north):
        assert client.get("/volunteer/").status_code == 200
        assert client.get("/volunteer/join/").status_code == 200
        for _twice in range(2):
            assert client.post("/volunteer/join/", self.typed(the_north)).status_code == 302
        row = Volunteer.objects.get()
        page = client.get("/volunteer/done/").content.decode()
        assert "137****3333" in page
        assert "/volunteer/sign-in/code/" in page
        assert (row.status, row.weekly_availability.get().weekday) == (VolunteerStatus.APPLIED, 2)
        client.force_login(north)
        assert client.post(f"/desk/volunteers/{row.pk}/confirm/").status_code == 302

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"phone": "1"}, "phone"), ({"name": ""}, "name"), ({"consent": ""}, "consent"), ({"parts": []}, "parts"),
            ({"born_on": "2015-01-01"}, "guardian_name"), ({"district": "99999"}, "district"), ({"kind": "x"}, "kind"),
        ],
    )  # fmt: skip
    def test_bad_input_is_told_and_nothing_typed_is_lost(self, change, field, client, the_north):
        answer = client.post("/volunteer/join/", self.typed(the_north, **change))
        assert answer.status_code in (400, 422)
        assert field in answer.context["form"].errors
        assert not Volunteer.objects.exists()

    def test_who_likes_says_the_profession_and_the_hours_a_week(self, client, the_north):
        page = client.get("/volunteer/join/").content.decode()
        folded = page[: page.index('name="profession"')].rpartition("<details")[2]
        assert "</details>" not in folded
        assert " open>" not in folded
        sent = self.typed(the_north, profession="护士", weekly_hours="3")
        assert client.post("/volunteer/join/", sent).status_code == 302
        row = Volunteer.objects.get()
        assert (row.profession, row.weekly_minutes) == ("护士", 180)

    def test_who_says_neither_is_taken_for_the_usual_hours(self, client, the_north):
        assert client.post("/volunteer/join/", self.typed(the_north)).status_code == 302
        row = Volunteer.objects.get()
        assert (row.profession, row.weekly_minutes) == ("", DEFAULT_WEEKLY_MINUTES)

    @pytest.mark.parametrize("hours", ["0", "61", "-3", "many"])
    def test_hours_that_cannot_be_are_told_unfolded(self, client, the_north, hours):
        answer = client.post("/volunteer/join/", self.typed(the_north, profession="护士", weekly_hours=hours))
        assert list(answer.context["form"].errors) == ["weekly_hours"]
        page = answer.content.decode()
        assert f'value="{hours}"' in page
        assert " open>" in page[: page.index('name="profession"')].rpartition("<details")[2]

    def test_the_answer_to_a_sign_up_tells_nobody_whether_the_phone_is_registered(self, client, the_north, wang):
        pages = []
        for phone in ("13800001111", "13700003333"):
            browser = type(client)()
            answer = browser.post("/volunteer/join/", self.typed(the_north, phone=phone, idempotency_key=phone))
            assert (answer.status_code, answer.url) == (302, "/volunteer/done/")
            # Both phones have received a code; it opens the entry of the one that has one.
            assert OutboxMessage.objects.filter(kind="sign_in_code").count() == len(pages) + 1
            page = browser.get("/volunteer/done/").content.decode()
            pages.append(page[page.index("<h1>") : page.index("</ol>")].replace(mask_phone(phone), ""))
        assert pages[0] == pages[1]
        assert Volunteer.objects.count() == 2
        assert not Volunteer.objects.filter(person__name="赵六", person=wang.person).exists()

    @pytest.mark.parametrize("change", [{"born_on": "2015-01-01"}, {"born_on": "1800-01-01"}])
    def test_faults_are_found_in_the_same_way_for_a_known_phone(self, change, client, the_north, wang):
        sent = self.typed(the_north, **change)
        unknown, known = (
            client.post("/volunteer/join/", sent | {"phone": each}) for each in ("13700003333", "13800001111")
        )
        assert (unknown.status_code, unknown.context["form"].errors) == (
            known.status_code,
            known.context["form"].errors,
        )

    def test_whoever_has_an_entry_enters_by_the_code_that_a_sign_up_sends(self, client, the_north, wang):
        client.post("/volunteer/join/", self.typed(the_north, phone="13800001111"))
        code = re.search(r"\d{6}", OutboxMessage.objects.get(kind="sign_in_code").context.reveal()).group()
        assert client.post("/volunteer/sign-in/code/", {"code": code}).url == "/volunteer/me/"

    def test_a_volunteer_signs_in_to_the_own_entry(self, client, wang, the_north, team, enrol):
        me = make_user("me", Role.VOLUNTEER, region=the_north.community)
        me.person = wang.person
        me.save()
        signed_in = client.post("/accounts/login/", {"login": "me", "password": "a good password"})
        assert signed_in.url == "/volunteer/me/"
        for address in ("", "times/", "about/", "teams/", "pause/"):
            assert client.get(f"/volunteer/me/{address}").status_code == 200, address
        assert (
            client.post("/volunteer/me/times/", {"week-0_0_opens": "9:00", "week-0_0_closes": "11:00"}).status_code
            == 302
        )
        assert client.post(f"/volunteer/me/teams/{team.pk}/join/").status_code == 302
        assert team.members.get().status == MemberStatus.ASKED
        skill = Skill.objects.create(code="nurse", name="护理", needs_evidence=True)
        assert client.post("/volunteer/me/skills/", {"skill": ""}).status_code == 400
        assert client.post("/volunteer/me/skills/", {"skill": skill.pk}).status_code == 302
        assert "缺证明" in client.get("/volunteer/me/skills/").content.decode()
        other = VolunteerSkill.objects.create(volunteer=enrol("别人"), skill=skill)
        assert client.post(f"/volunteer/me/skills/{other.pk}/remove/").status_code == 404
        mine = VolunteerSkill.objects.exclude(pk=other.pk).get()
        assert client.post(f"/volunteer/me/skills/{mine.pk}/remove/").status_code == 302
        assert client.get("/volunteer/sign-in/").url == "/volunteer/me/shifts/"
        assert "/volunteer/me/shifts/" in client.get("/volunteer/").content.decode()
        assert client.post("/volunteer/me/about/", {"weekly_hours": "0"}).status_code == 400
        about = {"interests": "太极", "weekly_hours": "4"}
        assert client.post("/volunteer/me/about/", about).status_code == 302
        wang.refresh_from_db()
        assert (wang.weekly_minutes, wang.weekly_availability.count()) == (240, 1)
        assert client.get("/desk/volunteers/").status_code == 403

    def test_staff_have_no_own_entry(self, client, north):
        client.force_login(north)
        assert client.get("/volunteer/me/").status_code == 403
