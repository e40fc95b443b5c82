"""Rules for points under /api/v1/point-rules/: who reads which, and who adds one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import Role
from tests.conftest import make_user
from volunteers import points
from volunteers.models import HourEntry, PointRule
from volunteers.types import HourAccount

API = "/api/v1/point-rules/"
TODAY = timezone.localdate(timezone=ZONE)


@pytest.fixture
def rules(the_north, the_south):
    """Everybody's, that of the north and that of the south."""
    return [
        PointRule.objects.create(district=where, valid_from=TODAY, points_per_hour=points)
        for where, points in ((None, 10), (the_north.district, 20), (the_south.district, 30))
    ]


def seen(answer) -> set[int]:
    assert answer.status_code == 200, answer.content
    return {row["points_per_hour"] for row in answer.json()["results"]}


def test_it_works(api, district, the_north):
    asked = {
        "district": the_north.district.code,
        "valid_from": str(TODAY),
        "points_per_hour": 12,
        "evening_percent": 150,
    }
    made = api(district).post(API, asked, format="json")
    assert made.status_code == 201, made.json()
    assert made.json() == {
        "id": PointRule.objects.get().pk, "district": {"code": the_north.district.code, "name": "北区"},
        "valid_from": str(TODAY), "points_per_hour": 12, "points_per_report": 5, "evening_percent": 150,
        "red_weekend_percent": 100, "staggered_percent": 100, "overnight_percent": 100,
    }  # fmt: skip
    assert api(district).get(f"{API}{made.json()['id']}/").json() == made.json()


def test_each_reads_the_rules_that_count_where_they_are(
    api, north, helper, keeper, south, auditor, person, rules, client
):
    _volunteer, account = person("王小明")
    for user in (north, helper, keeper, auditor, account):
        assert seen(api(user).get(API)) == {10, 20}, user
    assert seen(api(south).get(API)) == {10, 30}
    assert api(south).get(f"{API}{rules[1].pk}/").status_code == 404
    assert client.get(API).status_code == 401


def test_rules_are_added_where_the_page_lets_one_add_them(
    api, machine, district, north, helper, auditor, the_north, rules
):
    later = {"valid_from": str(TODAY + timedelta(days=1))}
    own = {"district": the_north.district.code, **later}
    for user in (helper, auditor):
        assert api(user).post(API, own, format="json").status_code == 403
    # A community looks after no district, and a district not after all of them.
    assert api(north).post(API, own, format="json").status_code in (400, 403)
    assert api(district).post(API, later, format="json").status_code == 403
    reader = machine(district, "rewards:read", region=the_north.district)
    assert reader.get(API).status_code == 200
    assert reader.post(API, own, format="json").status_code == 403
    assert api(make_user("boss", Role.ADMINISTRATOR)).post(API, later, format="json").status_code == 201
    assert PointRule.objects.count() == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"valid_from": "soon"}, "valid_from"), ({"valid_from": str(TODAY - timedelta(days=1))}, "valid_from"),
        ({"valid_from": None}, "valid_from"), ({"points_per_hour": -1}, "points_per_hour"),
        ({"points_per_hour": 10**20}, "points_per_hour"), ({"evening_percent": 1001}, "evening_percent"),
        ({"district": "440305"}, "district"), ({"district": "440306001"}, "district"), ({"colour": "red"}, "colour"),
        ({"valid_from": str(TODAY)}, "non_field_errors"),
    ],
)  # fmt: skip
def test_bad_input_is_named_and_adds_nothing(change, field, api, district, the_north, rules):
    asked = {"district": the_north.district.code, "valid_from": str(TODAY + timedelta(days=1)), **change}
    answer = api(district).post(API, asked, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert PointRule.objects.count() == 3


def test_an_idempotency_key_counts_once(api, district, the_north):
    asked = {"district": the_north.district.code, "valid_from": str(TODAY)}
    for _again in range(2):
        assert api(district).post(API, asked, format="json", headers={"Idempotency-Key": "a"}).status_code == 201
    assert PointRule.objects.count() == 1


def test_filters_include_and_exclude(api, north, rules, the_north):
    for query, found in (
        ({"district": the_north.district.code}, {20}), ({"valid_from_from": str(TODAY)}, {10, 20}),
        ({"valid_from_to": str(TODAY - timedelta(days=1))}, set()),
    ):  # fmt: skip
        assert seen(api(north).get(API, query)) == found, query
    assert api(north).get(API, {"colour": "red"}).status_code == 400


def test_an_entry_of_points_names_its_rule(api, north, rules, enrol, the_north):
    entry = HourEntry.objects.create(
        volunteer=enrol(), region=the_north.community, account=HourAccount.APPROVED, on=TODAY, minutes=60
    )
    points.credit(entry)
    (row,) = api(north).get("/api/v1/point-entries/").json()["results"]
    assert (row["points"], row["rule"]) == (20, rules[1].pk)
