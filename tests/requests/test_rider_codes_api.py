"""/api/v1/rider-codes/: giving, blocking and replacing riders' codes by a program."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.core.models import HistoryEntry
from requests import probes, rider_codes
from requests.models import RiderCode
from tests.api.conftest import api, machine  # noqa: F401
from tests.requests.builders import enrolled
from volunteers.types import VolunteerKind

pytestmark = pytest.mark.django_db
LIST = "/api/v1/rider-codes/"


@pytest.fixture
def rider(the_north):
    return enrolled(the_north, "骑手小王", kind=VolunteerKind.RIDER)


def test_it_works(machine, north, rider):  # noqa: F811
    client, mine = machine(north), f"{LIST}{rider.pk}/"
    assert client.get(mine).json()["state"] == "none"
    made = client.post(f"{mine}issue/")
    assert (made.status_code, made.json()["state"], made.json()["name"]) == (200, "valid", "骑手小王")
    assert made.headers["Cache-Control"] == "no-store"
    code = made.json()["code"]
    assert probes.rider_with(code).volunteer == rider
    # Shown this once.
    assert "code" not in client.get(mine).json()
    assert client.post(f"{mine}block/").json()["state"] == "blocked"
    assert client.post(f"{mine}unblock/").json()["state"] == "valid"
    assert probes.rider_with(code).volunteer == rider
    replaced = client.post(f"{mine}issue/").json()["code"]
    assert replaced != code
    assert RiderCode.objects.get(volunteer=rider).digest == probes.rider_with(replaced).digest


def test_what_is_done_by_a_program_stands_in_the_history_with_its_account(machine, north, rider):  # noqa: F811
    client = machine(north)
    client.post(f"{LIST}{rider.pk}/issue/")
    client.post(f"{LIST}{rider.pk}/block/")
    entries = HistoryEntry.objects.filter(table=RiderCode._meta.db_table).order_by("id")
    assert [entry.actor_id for entry in entries] == [north.pk, north.pk]


def test_those_of_other_areas_and_other_work_are_refused(api, north, helper, south, rider):  # noqa: F811
    for name in ("issue", "block", "unblock"):
        address = f"{LIST}{rider.pk}/{name}/"
        assert api(south).post(address).status_code == 404
        assert api(helper).post(address).status_code == 403
    assert api(south).get(LIST).json()["results"] == []
    assert api(helper).get(LIST).status_code == 403
    assert not RiderCode.objects.exists()


def test_what_does_not_fit_is_refused_with_what_does(api, north, rider):  # noqa: F811
    refused = api(north).post(f"{LIST}{rider.pk}/block/").json()["error"]
    assert (refused["code"], refused["allowed"]) == ("not_possible_now", ["issue"])
    rider_codes.issue_code(rider, by=north)
    refused = api(north).post(f"{LIST}{rider.pk}/unblock/").json()["error"]
    assert (refused["code"], refused["allowed"]) == ("not_possible_now", ["issue", "block"])


def test_only_riders_are_listed_and_found_by_the_state_of_their_code(api, north, rider, the_north):  # noqa: F811
    enrolled(the_north, "普通志愿者")
    other = enrolled(the_north, "骑手小李", kind=VolunteerKind.RIDER)
    rider_codes.issue_code(other, by=north)
    assert [row["id"] for row in api(north).get(LIST).json()["results"]] == [other.pk, rider.pk]
    for state, ids in (("valid", [other.pk]), ("none", [rider.pk]), ("blocked", [])):
        assert [row["id"] for row in api(north).get(LIST, {"code": state}).json()["results"]] == ids
    assert api(north).get(LIST, {"code": "lost"}).status_code == 400


def test_the_list_takes_the_same_queries_for_many_riders(api, north, rider, the_north):  # noqa: F811
    client = api(north)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for number in range(5):
        rider_codes.issue_code(enrolled(the_north, f"骑手{number}", kind=VolunteerKind.RIDER), by=north)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(LIST).json()["results"]) == 6
    assert len(many) == len(few)


def test_a_blocked_code_counts_again_from_the_page(client, north, helper, south, rider):
    code = rider_codes.issue_code(rider, by=north)
    rider_codes.block_code(rider, by=north)
    detail, unblock = (reverse(f"requests:rider_code_{name}", args=[rider.pk]) for name in ("detail", "unblock"))
    client.force_login(north)
    assert "恢复骑手码" in client.get(detail).content.decode()
    assert client.get(unblock).url == detail
    assert client.post(unblock).url == detail
    assert probes.rider_with(code).volunteer == rider
    assert client.post(unblock).status_code == 409
    for stranger, status in ((south, 404), (helper, 403)):
        client.force_login(stranger)
        assert client.post(unblock).status_code == status
