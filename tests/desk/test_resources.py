"""Pages, sheets and API of resources: staff's, a unit's, a volunteer's; nobody else's."""

import io
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from portal.core.models import Role
from portal.core.rest.views import throttling
from portal.desk.import_kinds import resource_for
from requests import workflow
from requests.models import Category, Claim, Resource
from requests.types import ClaimState, ResourceStatus, State
from requests.workflow import Staff
from tests.conftest import make_user
from tests.requests.builders import case_in, enrolled, make_cast, offer

FORM = {"kind": "skill", "name": "义务理发", "amount": "20", "unit": "次", "datum": "wgs84"}
ROW = {"类别": "技能", "名称": "理发", "数量": "2"}


@pytest.fixture
def enrol(the_north):
    return partial(enrolled, the_north)


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


@pytest.fixture
def claimed(the_north, the_south):
    cast = make_cast(the_north, the_south)
    case, _resident = case_in(State.ACCEPTED, cast)
    made = offer(the_north)
    workflow.claim(case, by=cast.dispatcher, resource=made, amount=Decimal(3))
    return case.claims.get()


@pytest.fixture
def volunteer(enrol, the_north):
    user = make_user("wang", Role.VOLUNTEER, region=the_north.community)
    entry = enrol("王小明")
    entry.person = user.person
    entry.save()
    return user


class TestPages:
    def test_it_works(self, page, north, the_north):
        Category.objects.create(name="便民服务")
        unit = f"{the_north.unit.name} #{the_north.unit.pk}"
        region = f"{the_north.community.short_name} {the_north.community.code}"
        answer = page(north).post("/desk/resources/new/", {
            **FORM, "organization": unit, "region": region, "fits": "便民服务", "weekly": ["wednesday_evening"],
        })  # fmt: skip
        made = Resource.objects.get()
        assert answer.headers["Location"] == f"/desk/resources/{made.pk}/"
        assert (made.giver, made.weekly) == (the_north.unit, ["wednesday_evening"])
        assert [each.name for each in made.categories.all()] == ["便民服务"]
        text = page(north).get(f"/desk/resources/{made.pk}/").content.decode()
        assert "义务理发" in text
        assert "周三晚上" in text

    def test_a_unit_gives_in_its_own_name_without_naming_it(self, page, helper, the_north):
        shown = page(helper).get("/desk/resources/new/").content.decode()
        assert "北物业公司" in shown
        page(helper).post("/desk/resources/new/", {**FORM, "giver": f"organization:{the_north.unit.pk}"})
        made = Resource.objects.get()
        assert (made.giver, made.region) == (the_north.unit, the_north.community)

    def test_a_volunteer_gives_as_themselves_and_sees_that_alone(self, page, volunteer, the_north):
        offer(the_north, name="会议室")
        entry = volunteer.person.volunteer
        page(volunteer).post("/desk/resources/new/", {**FORM, "giver": f"volunteer:{entry.pk}"})
        made = Resource.objects.get(volunteer=entry)
        text = page(volunteer).get("/desk/resources/").content.decode()
        assert "义务理发" in text
        assert "会议室" not in text
        assert page(volunteer).get(f"/desk/resources/{made.pk}/edit/").status_code == 200

    def test_what_was_typed_wrong_is_told_and_kept(self, page, north, the_north):
        answer = page(north).post("/desk/resources/new/", {**FORM, "amount": "-1", "fits": "没有这个", "region": "北"})
        assert answer.status_code == 400
        assert set(answer.context["form"].errors) >= {"amount", "fits", "region"}
        assert "没有这个" in answer.content.decode()
        answer = page(north).post("/desk/resources/new/", {
            **FORM, "region": f"{the_north.community.short_name} {the_north.community.code}"
        })  # fmt: skip
        assert answer.status_code == 400
        assert "organization" in answer.context["form"].errors
        assert not Resource.objects.exists()

    def test_south_sees_nothing_of_it(self, page, south, the_north):
        made = offer(the_north)
        browser = page(south)
        assert "义务理发" not in browser.get("/desk/resources/").content.decode()
        for address in ("", "edit/"):
            assert browser.get(f"/desk/resources/{made.pk}/{address}").status_code == 404
        assert browser.post(f"/desk/resources/{made.pk}/do/pause/").status_code == 404

    def test_its_keeper_pauses_and_withdraws_by_one_button(self, page, helper, the_north):
        made = offer(the_north)
        for verb, status in (("pause", "paused"), ("resume", "offered"), ("withdraw", "withdrawn")):
            assert page(helper).post(f"/desk/resources/{made.pk}/do/{verb}/").status_code == 302
            made.refresh_from_db()
            assert made.status == status

    def test_the_giver_says_what_was_used(self, page, helper, claimed):
        address = f"/desk/resources/claims/{claimed.pk}/use/"
        assert page(helper).post(address, {"used": "9"}).status_code == 400
        assert page(helper).post(address, {"used": "2", "note": "剪了两位"}).status_code == 302
        claimed.refresh_from_db()
        assert (claimed.state, claimed.used, claimed.resource.used) == (ClaimState.USED, 2, 2)

    def test_a_claim_is_released_by_those_alone_whom_it_concerns(self, page, helper, south, keeper, claimed):
        address = f"/desk/resources/claims/{claimed.pk}/release/"
        assert page(south).post(address).status_code == 404
        assert page(keeper).post(address).status_code in (403, 404)
        assert page(helper).post(address).status_code == 302
        assert Claim.objects.get().state == ClaimState.RELEASED

    def test_it_is_claimed_from_the_page_of_the_case(self, page, north, case, the_north):
        workflow.accept(case, by=Staff(north))
        made = offer(the_north)
        answer = page(north).post(f"/desk/requests/{case.pk}/do/claim/", {
            "version": case.version, "resource": f"{made.name} {made.code}", "amount": "2",
        })  # fmt: skip
        assert answer.status_code == 302
        assert case.claims.get().amount == 2
        text = page(north).get(f"/desk/requests/{case.pk}/").content.decode()
        assert made.code in text

    def test_the_list_costs_the_same_for_three_and_thirty(self, page, north, the_north, enrol):
        browser = page(north)

        def queries():
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert browser.get("/desk/resources/").status_code == 200
            return len(seen)

        offer(the_north)
        offer(the_north, volunteer=enrol())
        queries()
        few = queries()
        for number in range(14):
            offer(the_north, name=f"理发{number}")
            offer(the_north, name=f"修伞{number}", volunteer=enrol())
        assert queries() == few


class TestApi:
    def test_it_works(self, api, north, the_north, case):
        workflow.accept(case, by=Staff(north))
        caller = api(north)
        made = caller.post("/api/v1/resources/", {
            "kind": "room", "name": "会议室", "amount": "4", "unit": "次", "organization": the_north.unit.pk,
        }, format="json")  # fmt: skip
        assert made.status_code == 201, made.data
        pk = made.data["id"]
        assert (made.data["giver"]["kind"], made.data["free"]) == ("organization", 4)
        claim = caller.post(f"/api/v1/service-requests/{case.pk}/claim/", {
            "version": case.version, "resource": pk, "amount": "3",
        }, format="json")  # fmt: skip
        assert claim.status_code == 200, claim.data
        listed = caller.get("/api/v1/resource-claims/").data["results"]
        assert [(each["amount"], each["state"]) for each in listed] == [(3, "claimed")]
        used = caller.post(f"/api/v1/resource-claims/{listed[0]['id']}/use/", {"used": "1"}, format="json")
        assert used.data["state"] == "used"
        row = caller.get("/api/v1/resources/").data["results"][0]
        assert (row["claimed"], row["used"], row["free"]) == (0, 1, 3)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"amount": "0"}, "amount"), ({"kind": "gold"}, "kind"), ({"weekly": ["never"]}, "weekly"),
            ({"region": "9"}, "region"), ({"organization": 10**12}, "organization"), ({"colour": "red"}, "colour"),
            ({"volunteer": None}, "volunteer"), ({"categories": [10**9]}, "categories"),
        ],
    )  # fmt: skip
    def test_bad_input_is_named(self, api, north, the_north, wrong, field):
        body = {"kind": "room", "name": "会议室", "amount": "4", "organization": the_north.unit.pk, **wrong}
        answer = api(north).post("/api/v1/resources/", body, format="json")
        assert answer.status_code == 400
        assert {field, f"{field}.0"} & set(answer.json()["error"]["fields"])

    def test_south_finds_nothing(self, api, south, the_north, claimed):
        caller = api(south)
        assert caller.get("/api/v1/resources/").data["results"] == []
        assert caller.get("/api/v1/resource-claims/").data["results"] == []
        for address in ("", "pause/", "withdraw/"):
            ask = caller.get if not address else caller.post
            assert ask(f"/api/v1/resources/{claimed.resource_id}/{address}").status_code == 404
        assert caller.post(f"/api/v1/resource-claims/{claimed.pk}/release/").status_code == 404

    def test_a_volunteers_name_is_masked_for_those_who_do_not_work_with_them(
        self, api, auditor, north, the_north, enrol
    ):
        offer(the_north, volunteer=enrol("王小明"))
        names = [api(user).get("/api/v1/resources/").data["results"][0]["giver"]["name"] for user in (north, auditor)]
        assert names == ["王小明", "王**"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("kind=skill", {"理发"}), ("kind=room", {"会议室"}), ("status=paused", {"会议室"}),
            ("available=true", {"理发"}), ("available=false", {"会议室"}), ("claimed=true", set()),
            ("time=monday_morning", {"理发"}), ("q=会议", {"会议室"}), ("q=t0001", {"理发"}),
            ("region=440306001001", {"理发", "会议室"}), ("region=440305", set()), ("mine=true", {"理发", "会议室"}),
        ],
    )  # fmt: skip
    def test_each_filter_includes_and_excludes(self, api, helper, the_north, the_south, query, found):
        offer(the_north, name="理发", weekly=["monday_morning"])
        offer(the_north, name="会议室", kind="room", status=ResourceStatus.PAUSED)
        answer = api(helper).get(f"/api/v1/resources/?{query}")
        assert {each["name"] for each in answer.data["results"]} == found

    def test_a_category_finds_what_fits_it_or_one_above_it(self, api, helper, the_north):
        top = Category.objects.create(name="民生")
        below = Category.objects.create(name="养老", parent=top)
        leaf = Category.objects.create(name="助餐", parent=below)
        offer(the_north, name="送餐").categories.add(below)
        caller = api(helper)
        found = [caller.get(f"/api/v1/resources/?category={each.pk}").data["results"] for each in (leaf, below, top)]
        counts = [len(each) for each in found]
        assert counts == [1, 1, 0]


class TestSheet:
    def load(self, user, rows):
        sheet_of = resource_for("resources", user)
        headers = sheet_of.headers()
        text = "\n".join([",".join(headers), *(",".join(str(row.get(name, "")) for name in headers) for row in rows)])
        upload = io.BytesIO(text.encode("utf-8-sig"))
        upload.name = "list.csv"
        return sheet_of, sheet_of.load(sheet_of.read(upload), dry_run=False)

    def test_it_works_and_what_was_exported_changes_what_it_names(self, north, the_north):
        row = {
            "类别": "技能", "名称": "义务理发", "单位": the_north.unit.name, "提供范围": the_north.community.code,
            "数量": "20", "计量单位": "次", "常规时间": "周三晚上、周六上午",
        }  # fmt: skip
        sheet, results = self.load(north, [row])
        assert [each.import_type for each in results] == ["new"], [each.validation_error for each in results]
        made = Resource.objects.get()
        assert (made.giver, made.weekly) == (the_north.unit, ["wednesday_evening", "saturday_morning"])
        line = next(iter(sheet.lines([made])))
        again = dict(zip(sheet.headers(), line, strict=True))
        again["数量"] = "30"
        _sheet, results = self.load(north, [again, row])
        assert [each.import_type for each in results] == ["update", "invalid"]
        made.refresh_from_db()
        assert made.amount == 30

    def test_a_volunteer_is_named_by_the_number_and_read_again_by_it(self, page, north, the_north, enrol):
        entry = enrol()
        offer(the_north, volunteer=entry)
        answer = page(north).get("/desk/imports/resources/export/", {"format": "csv"})
        text = b"".join(answer.streaming_content).decode()
        assert entry.number in text
        assert entry.person.name not in text
        sheet = resource_for("resources", north)
        line = dict(zip(sheet.headers(), next(iter(sheet.lines(Resource.objects.all()))), strict=True))
        _sheet, results = self.load(north, [line | {"数量": "7"}])
        assert [each.import_type for each in results] == ["update"], [each.validation_error for each in results]

    def test_rows_of_elsewhere_and_senseless_ones_are_refused(self, south, the_north):
        _sheet, results = self.load(south, [
            {**ROW, "单位": the_north.unit.name, "提供范围": the_north.community.code},
            {**ROW, "类别": "黄金", "数量": "x", "常规时间": "周八"},
        ])  # fmt: skip
        assert [each.import_type for each in results] == ["invalid", "invalid"]
        assert not Resource.objects.exists()
