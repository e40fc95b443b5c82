"""The registry under /api/v1/: the same rows, the same rules."""

import pytest

from portal.core.models import Membership, Region, Role
from stations.models import Amenity, StationFunction
from tests.conftest import make_user
from tests.registry.test_pages import SUBJECTS, WRITABLE, _another

NEW = {
    "stations": {"code": "NEW1", "name": "新小站", "tier": "station", "station_type": "estate"},
    "organizations": {"name": "新公司", "kind": "enterprise"},
    "estates": {"name": "新花园", "kind": "old"},
    "posts": {"kind": "delegate", "starts_on": "2026-03-01"},
    "affiliates": {"kind": "biz_point", "name": "新网点"},
    "guarantors": {"starts_on": "2026-03-01"},
    "agreements": {
        "title": "新共建", "signed_on": "2026-03-01", "starts_on": "2026-03-01", "ends_on": "2027-03-01",
        "pledges": [{"text": "每月一次义诊"}],
    },
}  # fmt: skip


def body(subject: str, half, rows) -> dict:
    extra = {"region": half.community.code}
    if subject == "posts":
        extra["person"] = rows.posts.person_id
    if subject in ("agreements", "guarantors"):
        extra["organization"] = half.unit.pk
    return NEW[subject] | extra


def address(subject: str, row=None) -> str:
    key = "" if row is None else f"{row.code if subject == 'regions' else row.pk}/"
    return f"/api/v1/{subject}/{key}"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_list_and_a_detail_hold_the_callers_own_rows_alone(subject, api, north, south, northern, southern):
    mine, theirs = getattr(northern, subject), getattr(southern, subject)
    for caller, own, other in ((north, mine, theirs), (south, theirs, mine)):
        listed = [row["id"] for row in api(caller).get(address(subject)).json()["results"]]
        assert own.pk in listed
        assert other.pk not in listed
        assert api(caller).get(address(subject, own)).status_code == 200
        assert api(caller).get(address(subject, other)).status_code == 404


@pytest.mark.parametrize("subject", WRITABLE)
def test_north_adds_and_changes_a_row(subject, api, north, the_north, northern):
    made = api(north).post(address(subject), body(subject, the_north, northern))
    assert made.status_code == 201, made.json()
    assert made.json()["region"] == the_north.community.code
    changed = api(north).patch(f"{address(subject)}{made.json()['id']}/", {"region": the_north.community.code})
    assert changed.status_code == 200, changed.json()


@pytest.mark.parametrize("subject", WRITABLE)
def test_nobody_writes_in_anothers_area(subject, api, north, south, helper, the_north, northern):
    row = getattr(northern, subject)
    refused = api(south).post(address(subject), body(subject, the_north, northern))
    assert refused.status_code == 400
    assert "region" in refused.json()["error"]["fields"]
    for call in ("patch", "put", "delete"):
        assert getattr(api(south), call)(address(subject, row), {}).status_code == 404
        assert getattr(api(helper), call)(address(subject, row), {}).status_code in (403, 404)
    assert api(helper).post(address(subject), body(subject, the_north, northern)).status_code == 403


def test_regions_are_read_only(api, north, the_north):
    assert api(north).patch(f"/api/v1/regions/{the_north.community.code}/", {"name": "x"}).status_code in (403, 405)


def test_a_row_cannot_be_moved_to_where_one_only_reads(api, the_north, the_south, northern):
    both = make_user("both", Role.COMMUNITY, region=the_north.community)
    Membership.objects.create(user=both, role=Role.AUDITOR, region=the_north.district.parent)
    answer = api(both).patch(address("organizations", northern.organizations), {"region": the_south.community.code})
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "outside_your_area"
    assert api(both).patch(address("organizations", the_south.unit), {"phone": "1"}).status_code == 403


def test_a_region_outside_of_the_area_is_said_to_be_so(api, north, the_south):
    """Regions are public: that there is one is no secret."""
    answer = api(north).post("/api/v1/organizations/", NEW["organizations"] | {"region": the_south.community.code})
    assert (answer.status_code, answer.json()["error"]["fields"]["region"]) == (
        400, ["这个区域不在您负责的范围内。"],
    )  # fmt: skip


def test_an_unknown_and_an_abolished_region_are_told_apart(api, north, the_north, northern):
    unknown = api(north).post("/api/v1/organizations/", NEW["organizations"] | {"region": "999"})
    assert (unknown.status_code, unknown.json()["error"]["fields"]["region"]) == (400, ["没有这个代码的区域。"])
    grid = Region.objects.create(
        code="440306001001009", name="老网格", short_name="老网格", level="grid", parent=the_north.community,
        valid_to="2020-01-01",
    )  # fmt: skip
    abolished = api(north).post("/api/v1/organizations/", NEW["organizations"] | {"region": grid.code})
    assert abolished.status_code == 400
    assert "已撤销" in abolished.json()["error"]["fields"]["region"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": None}, {"region": {}}, {"region": "\0"}, {"name": "x" * 10_000}, {"name": "\u200b"}, {"kind": "no"},
        {"parent": 10**30}, {"parent": "x"}, {"founded_on": "2019-13-01"}, {"member_count": -1}, {"unknown": 1},
        {"member_count": 10**30}, [], "x",
    ],
    ids=str,
)  # fmt: skip
def test_bad_input_is_400(wrong, api, north, the_north):
    sent = body("organizations", the_north, None) | wrong if isinstance(wrong, dict) else wrong
    answer = api(north).post("/api/v1/organizations/", sent)
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"]


def test_a_rule_of_the_model_answers_in_chinese(api, north, the_north, northern):
    centre = NEW["stations"] | {"tier": "community_centre", "region": the_north.community.code}
    assert "中心" in api(north).post("/api/v1/stations/", centre).json()["error"]["message"]
    twice = NEW["organizations"] | {"region": the_north.community.code, "name": the_north.unit.name}
    assert api(north).post("/api/v1/organizations/", twice).status_code == 400
    ends = {"ends_on": "2020-01-01"}
    answer = api(north).patch(address("agreements", northern.agreements), ends)
    assert answer.json()["error"]["message"] == "任期结束早于开始。" or answer.status_code == 400


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_queries_of_a_list_do_not_grow(subject, api, north, the_north, northern):
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    caller, counted = api(north), []
    caller.get(address(subject))
    for more in (3, 30):
        for number in range(more):
            _another(subject, the_north, f"{more}-{number}")
        with CaptureQueriesContext(connection) as queries:
            assert caller.get(address(subject), {"limit": 100}).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 10


def test_a_station_with_everything(api, north, the_north):
    StationFunction.objects.create(code="talks", name="居民议事")
    Amenity.objects.create(code="wifi", name="WiFi")
    sent = body("stations", the_north, None) | {
        "functions": ["talks"], "amenities": ["wifi"],
        "point": {"latitude": 22.6, "longitude": 113.9, "datum": "gcj02"},
        "opening_hours": [{"weekday": 0, "opens": "09:00", "closes": "18:00"}],
        "special_days": [{"date": "2027-01-01", "reason": "元旦"}],
    }  # fmt: skip
    answer = api(north).post("/api/v1/stations/", sent)
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["functions"], made["amenities"], made["datum"]) == (["talks"], ["wifi"], "gcj02")
    assert made["latitude"] != 22.6
    assert abs(made["latitude"] - 22.6) < 0.01
    assert made["opening_hours"] == [{"weekday": 0, "opens": "09:00:00", "closes": "18:00:00"}]
    renamed = api(north).patch(f"/api/v1/stations/{made['id']}/", {"name": "又新小站"}).json()
    assert (renamed["latitude"], renamed["opening_hours"]) == (made["latitude"], made["opening_hours"])
    emptied = api(north).patch(f"/api/v1/stations/{made['id']}/", {"opening_hours": [], "point": None}).json()
    assert (emptied["opening_hours"], emptied["latitude"]) == ([], None)


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ({"latitude": 113.9, "longitude": 22.6}, "填反"),
        ({"latitude": 39.9, "longitude": 116.4}, "不在"),
        ({"latitude": 22.6}, "必填"),
        ({"latitude": "x", "longitude": 1}, "数字"),
        ({"latitude": 1e400, "longitude": 1}, ""),
        ({"latitude": 22.6, "longitude": 113.9, "datum": "moon"}, "合法"),
    ],
    ids=str,
)
def test_a_point_that_cannot_be_right_is_refused(point, words, api, north, the_north):
    if point.get("latitude") == float("inf"):
        point = {**point, "latitude": "inf"}
    answer = api(north).patch(address("stations", the_north.station), {"point": point})
    assert answer.status_code == 400
    assert words in str(answer.json())


def test_a_keeper_changes_daily_matters_of_their_own_station(api, keeper, the_north, the_south):
    mine = address("stations", the_north.station)
    daily = {"phone": "0755-20000000", "opening_hours": [{"weekday": 5, "opens": "09:00", "closes": "12:00"}]}
    assert api(keeper).patch(mine, daily).status_code == 200
    for field, value in (("tier", "street_centre"), ("region", the_north.street.code), ("status", "closed")):
        answer = api(keeper).patch(mine, {field: value})
        assert answer.status_code in (400, 403), field
    assert api(keeper).patch(mine, {"status": "closed"}).json()["error"]["code"] == "not_for_keepers"
    assert api(keeper).patch(address("stations", the_south.station), daily).status_code == 404
    assert api(keeper).delete(mine).status_code == 403
    the_north.station.refresh_from_db()
    assert (the_north.station.status, the_north.station.phone) == ("open", "0755-20000000")


def test_pledges_are_kept_changed_and_dropped(api, north, northern):
    there = address("agreements", northern.agreements)
    first = api(north).get(there).json()["pledges"][0]
    sent = [{**first, "fulfilled_on": "2026-05-01"}, {"text": "捐赠图书"}]
    pledges = api(north).patch(there, {"pledges": sent}).json()["pledges"]
    assert [(row["text"], row["fulfilled_on"]) for row in pledges] == [
        (first["text"], "2026-05-01"), ("捐赠图书", None),
    ]  # fmt: skip
    assert api(north).patch(there, {"pledges": [{"id": 10**9, "text": "x"}]}).status_code == 400


def test_a_row_that_others_need_is_not_deleted(api, north, northern):
    answer = api(north).delete(address("organizations", northern.organizations))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "in_use")


def test_code_tables_explain_codes_and_abolished_regions(api, north, the_north):
    tables = api(north).get("/api/v1/code-tables/").json()
    for name in tables:
        assert api(north).get(f"/api/v1/code-tables/{name}/").status_code == 200
    types = api(north).get("/api/v1/code-tables/station-types/").json()["entries"]
    assert {"code": "estate", "label": "小区"} in types
    old = Region.objects.create(
        code="440306001001008", name="旧网格", short_name="旧网格", level="grid", parent=the_north.community,
        valid_to="2020-01-01", merged_into=the_north.community,
    )  # fmt: skip
    entries = api(north).get("/api/v1/code-tables/region-crosswalk/").json()["entries"]
    assert entries == [{"code": old.code, "label": "旧网格", "leads_to": the_north.community.code, "on": "2020-01-01"}]
    assert api(north).get("/api/v1/code-tables/nothing/").status_code == 404
