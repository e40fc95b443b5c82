"""Hours under /api/v1/: the verbs of the desk, each for the rows of whoever calls."""

import pytest
from django.utils import timezone

from portal.core.clock import ZONE
from portal.core.models import Role
from tests.conftest import make_user
from tests.volunteers.conftest import SOON, V1, ids
from volunteers import ledger
from volunteers.models import (
    HourClaim,
    HourEntry,
    HourRule,
)
from volunteers.types import ClaimStatus


class TestHours:
    def test_a_volunteer_asks_and_a_leader_decides(self, api, volunteer, wang, north, the_north):
        today = timezone.localdate(timezone=ZONE)
        street = make_user("street-leader", Role.LEADER, region=the_north.street)
        asked = {
            "kind": "supplement", "region": the_north.community.code, "on": f"{today:%Y-%m-%d}", "minutes": 90,
            "reason": "签到设备断电",
        }  # fmt: skip
        made = api(volunteer).post(f"{V1}hour-claims/", asked, format="json")
        assert (made.status_code, made.json()["status"]) == (201, ClaimStatus.PENDING)
        address = f"{V1}hour-claims/{made.json()['id']}/decide/"
        assert api(north).post(address, {"granted": True}, format="json").status_code == 403
        assert "decision" in api(street).post(address, {"granted": False}, format="json").json()["error"]["fields"]
        granted = api(street).post(address, {"granted": True}, format="json")
        assert (granted.status_code, granted.json()["status"]) == (200, ClaimStatus.GRANTED)
        assert ledger.totals(wang)["approved"] == 90
        assert api(street).post(address, {"granted": True}, format="json").status_code == 409

    def test_an_entry_is_reversed_once(self, api, leader, north, south, served, wang):
        entry = HourEntry.objects.get(account="approved")
        address = f"{V1}hour-entries/{entry.pk}/reverse/"
        assert api(north).post(address, {"reason": "签错人"}, format="json").status_code == 403
        assert api(leader).post(address, {"reason": " "}, format="json").status_code == 400
        made = api(leader).post(address, {"reason": "签错人"}, format="json")
        assert (made.status_code, made.json()["minutes"], made.json()["reverses"]) == (201, -480, entry.pk)
        assert ledger.totals(wang)["approved"] == 0
        assert api(leader).post(address, {"reason": "签错人"}, format="json").status_code == 409

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"minutes": 0}, "minutes"), ({"minutes": 10**9}, "minutes"), ({"reason": ""}, "reason"),
            ({"on": "2999-01-01"}, "on"), ({"kind": "long_day"}, "kind"), ({"region": "1"}, "region"),
        ],
    )  # fmt: skip
    def test_a_claim_that_cannot_be_is_refused(self, change, field, api, volunteer, the_north):
        asked = {
            "kind": "supplement", "region": the_north.community.code, "on": "2026-01-05", "minutes": 60,
            "reason": "补录",
        } | change  # fmt: skip
        answer = api(volunteer).post(f"{V1}hour-claims/", asked, format="json")
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])

    def test_nobody_claims_by_anothers_duty_or_for_anothers_volunteer(
        self, api, north, south, enrol, served, the_north
    ):
        other = enrol("李四")
        asked = {
            "volunteer": other.pk, "kind": "correction", "region": the_north.community.code, "on": "2026-01-05",
            "minutes": 60, "reason": "更正", "assignment": served.pk,
        }  # fmt: skip
        answer = api(north).post(f"{V1}hour-claims/", asked, format="json")
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["assignment"])
        assert set(api(south).post(f"{V1}hour-claims/", asked, format="json").json()["error"]["fields"]) == {
            "volunteer", "assignment",
        }  # fmt: skip
        claim = HourClaim.objects.get()
        assert api(south).post(f"{V1}hour-claims/{claim.pk}/decide/", {"granted": True}).status_code == 403

    def test_a_district_lays_down_a_rule_for_a_day_to_come(self, api, leader, north, south, the_north, the_south):
        body = {"district": the_north.district.code, "valid_from": f"{SOON:%Y-%m-%d}", "rounding_minutes": 30}
        made = api(leader).post(f"{V1}hour-rules/", body, format="json")
        assert made.status_code == 201, made.json()
        again = api(leader).post(f"{V1}hour-rules/", {**body, "rounding_minutes": 15}, format="json")
        assert (again.json()["rounding_minutes"], HourRule.objects.count()) == (15, 1)
        assert ids(api(south).get(f"{V1}hour-rules/")) == [again.json()["id"]]
        assert api(north).post(f"{V1}hour-rules/", body, format="json").status_code == 403
        for change, status in (
            ({"valid_from": f"{timezone.localdate(timezone=ZONE):%Y-%m-%d}"}, 400), ({"district": None}, 403),
            ({"district": the_south.district.code}, 400), ({"district": the_north.street.code}, 400),
            ({"day_limit_minutes": 900, "long_day_minutes": 800}, 400), ({"rounding_minutes": 0}, 400),
        ):  # fmt: skip
            answer = api(leader).post(f"{V1}hour-rules/", {**body, **change}, format="json")
            assert answer.status_code == status, (change, answer.json())
        assert HourRule.objects.count() == 1
