"""结论 by a machine token: it takes its owner's chair, inside its region and with the permission for it."""

import pytest

from requests import workflow
from requests.models import ServiceRequest
from requests.types import State
from tests.api.conftest import api, machine  # noqa: F401
from tests.requests.builders import case_in, deliberation

pytestmark = pytest.mark.django_db
SCOPES = ("requests:read", "requests:act", "deliberations:write")
SAID = {"result": "go_on", "text": "同意更换路灯。"}


def conclude(client, case):
    said = {**SAID, "version": case.version}
    return client.post(f"/api/v1/service-requests/{case.pk}/conclude/", said, format="json")


def test_it_works(machine, cast):  # noqa: F811
    case, _resident = case_in(State.DELIBERATING, cast)
    answer = conclude(machine(cast.chair.user, *SCOPES), case)
    assert (answer.status_code, answer.json()["state"]) == (200, "in_progress")
    event = case.events.order_by("-id").first()
    assert (event.verb, event.actor, event.user) == ("conclude", "chair", cast.chair.user)


def test_a_token_without_the_permission_is_told_which_one_it_lacks(machine, cast):  # noqa: F811
    case, _resident = case_in(State.DELIBERATING, cast)
    answer = conclude(machine(cast.chair.user, "requests:read", "requests:act"), case)
    assert answer.status_code == 403
    error = answer.json()["error"]
    assert (error["code"], error["permission"]) == ("missing_permission", "deliberations:write")
    assert "主持人" in error["message"]
    assert "conclude" not in error["allowed"]


def test_a_token_is_no_chair_where_its_owner_is_none(machine, cast, north, helper, south):  # noqa: F811
    case, _resident = case_in(State.DELIBERATING, cast)
    refused = {}
    for user in (north, helper, south):
        answer = conclude(machine(user, *(name for name in SCOPES if user.scope.can(name))), case)
        refused[user.username] = (answer.status_code, answer.json()["error"]["code"])
    # The helper's unit holds the case; neither she nor the staff of the community chair what is talked over.
    assert refused == {
        "north": (403, "not_yours_to_do"), "helper": (403, "not_yours_to_do"), "south": (404, "not_found"),
    }  # fmt: skip


def test_a_token_for_another_region_finds_no_case(machine, cast, the_north, the_south):  # noqa: F811
    chair = cast.chair.user
    chair.memberships.create(role="street", region=the_south.street)
    case, _resident = case_in(State.DELIBERATING, cast)
    elsewhere = machine(type(chair).objects.get(pk=chair.pk), *SCOPES, region=the_south.street)
    assert conclude(elsewhere, case).status_code == 404
    assert ServiceRequest.objects.get(pk=case.pk).state == State.DELIBERATING


def test_what_is_confidential_only_the_person_concludes(api, machine, cast):  # noqa: F811
    case, _resident = case_in(State.IN_PROGRESS, cast)
    topic = deliberation(cast, kind="dispute", is_confidential=True)
    topic.participants.create(role="mediator", person=cast.dispatcher.user.person)
    workflow.table(case, by=cast.dispatcher, text="两户有争议。", deliberation=topic)
    assert conclude(machine(cast.chair.user, *SCOPES), case).json()["error"]["code"] == "not_yours_to_do"
    assert conclude(api(cast.chair.user), case).status_code == 200
