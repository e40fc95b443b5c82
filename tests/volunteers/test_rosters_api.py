"""Rosters under /api/v1/: the verbs of the desk, each for the rows of whoever calls."""

from datetime import time

import pytest

from tests.volunteers.conftest import QUICK, SOON, V1
from volunteers.models import (
    Roster,
    WeeklyAvailability,
)
from volunteers.roster import job


class TestRosters:
    def test_a_roster_is_asked_for_solved_pinned_and_published(self, api, north, shift, wang, the_north):
        WeeklyAvailability.objects.create(volunteer=wang, weekday=SOON.weekday(), starts=time(8), ends=time(20))
        asked = {"station": the_north.station.pk, "first_day": f"{SOON:%Y-%m-%d}", "last_day": f"{SOON:%Y-%m-%d}"}
        made = api(north).post(f"{V1}rosters/", asked, format="json")
        assert (made.status_code, made.json()["status"], made.json()["outcome"]) == (201, "queued", {})
        pk = made.json()["id"]
        job.run(pk, seconds=QUICK)
        row = api(north).get(f"{V1}rosters/{pk}/").json()
        assert (row["status"], row["outcome"]["gaps"]) == ("draft", [])
        assert [line["volunteer"]["name"] for line in row["lines"]] == ["王小明"]
        line = row["lines"][0]["id"]
        pinned = api(north).post(f"{V1}rosters/{pk}/lines/{line}/pin/").json()
        assert pinned["lines"][0]["is_pinned"] is True
        assert api(north).get(f"{V1}rosters/{pk}/comparison/").json() == {"added": [line], "removed": [], "kept": []}
        assert api(north).post(f"{V1}rosters/{pk}/solve-again/").json()["status"] == "queued"
        job.run(pk, seconds=QUICK)
        done = api(north).post(f"{V1}rosters/{pk}/publish/").json()
        assert (len(done["assigned"]), done["withdrawn"], done["refused"]) == (1, [], [])
        again = api(north).post(f"{V1}rosters/{pk}/publish/")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "not_possible_now")

    def test_a_roster_that_waits_is_cancelled(self, api, north, roster):
        assert api(north).post(f"{V1}rosters/{roster.pk}/cancel/").json()["status"] == "cancelled"

    def test_bad_days_and_foreign_lines_are_refused(self, api, north, roster, the_north):
        asked = {"station": the_north.station.pk, "first_day": f"{SOON:%Y-%m-%d}", "last_day": "2020-01-01"}
        answer = api(north).post(f"{V1}rosters/", asked, format="json")
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"last_day"})
        assert api(north).post(f"{V1}rosters/{roster.pk}/lines/999/pin/").status_code == 404

    @pytest.mark.parametrize("verb", ["cancel", "solve-again", "publish", "lines/1/pin"])
    def test_nobody_acts_on_anothers_roster(self, verb, api, helper, south, auditor, draft):
        address = f"{V1}rosters/{draft.pk}/{verb}/"
        assert api(south).post(address).status_code == 404
        for reader in (helper, auditor):
            assert api(reader).post(address).status_code == 403
        assert Roster.objects.get().status == Roster.Status.DRAFT
