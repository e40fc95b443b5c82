"""Every step is told to somebody, or says why to nobody; and other systems hear of each."""

import json
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from portal.core.errors import DomainError
from portal.core.models import Organization, Role, Webhook, WebhookDelivery
from portal.core.notifications.kinds import events
from portal.core.notifications.webhooks import create_webhook
from requests import workflow
from requests.models import ServiceRequest
from requests.telling import DELIBERATIONS, NOBODY, PROJECTS, TOLD, unknown
from requests.types import State, Verb
from requests.workflow.table import TABLE
from tests.conftest import make_user
from tests.registry.conftest import api  # noqa: F401
from tests.requests.builders import case_in, make_cast, new_case, new_project, offer
from tests.requests.test_table import bring_in_others, call

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(the_north, the_south):
    made = make_cast(the_north, the_south)
    offer(the_north)
    new_project(the_north.community, name="社区的项目")
    Organization.objects.create(name="志愿服务站", kind="department", region=the_north.community, takes_requests=True)
    other, _resident = new_case(the_north)
    ServiceRequest.objects.filter(pk=other.pk).update(title="另一件")
    return made


@pytest.fixture
def street(the_north):
    return make_user("street", Role.STREET, region=the_north.street)


def test_every_step_of_a_case_is_told_or_says_why_not():
    assert set(TOLD) | set(NOBODY) == set(Verb)
    assert not set(TOLD) & set(NOBODY)
    assert all(TOLD.values()) and all(str(reason) for reason in NOBODY.values())


def test_the_table_names_kinds_that_there_are():
    assert unknown() == []
    assert PROJECTS and DELIBERATIONS


def test_every_step_by_which_a_whistle_can_lapse_tells_of_it():
    waits = {state for rule in TABLE if rule.verb == Verb.WHISTLE for state in rule.states}
    leaves = {rule.verb for rule in TABLE for state in rule.states if state in waits and set(rule.to or ()) - {state}}
    assert leaves - {Verb.DECIDE_WHISTLE} == {verb for verb, kinds in TOLD.items() if "case_whistle_lapsed" in kinds}


def test_the_page_of_the_docs_is_what_the_table_says():
    out = StringIO()
    call_command("show_notices", stdout=out)
    assert (settings.BASE_DIR / "docs" / "notices.md").read_text() == out.getvalue(), "run manage.py show_notices"


def announced(cast, verb, state, by) -> set[str]:
    case, resident = case_in(state, cast)
    if verb == Verb.DECIDE_APPEAL:
        workflow.appeal(case, by=resident, text="我不同意。")
    if verb in (Verb.REVIEW_REPLY, Verb.TAKE_OVER, Verb.DECIDE_WHISTLE, Verb.TAKE_ASSIST, Verb.CALL_OFF_ASSIST):
        bring_in_others(case, verb, cast)
    WebhookDelivery.objects.all().delete()
    actor = resident if by == "resident" else getattr(cast, by)
    call(verb, ServiceRequest.objects.get(pk=case.pk), actor, cast)
    return set(WebhookDelivery.objects.values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("verb", "state", "by"),
    [
        (Verb.ACCEPT, State.SUBMITTED, "dispatcher"),
        (Verb.REJECT, State.SUBMITTED, "dispatcher"),
        (Verb.APPEAL, State.REJECTED, "resident"),
        (Verb.DECIDE_APPEAL, State.REJECTED, "appeal_leader"),
        (Verb.DISPATCH, State.ACCEPTED, "dispatcher"),
        (Verb.TAKE, State.DISPATCHED, "handler"),
        (Verb.SEND_BACK, State.DISPATCHED, "handler"),
        (Verb.RECALL, State.DISPATCHED, "dispatcher"),
        (Verb.CONTACT, State.IN_PROGRESS, "handler"),
        (Verb.NOTE, State.IN_PROGRESS, "handler"),
        (Verb.ASK, State.IN_PROGRESS, "handler"),
        (Verb.REPLY, State.WAITING, "resident"),
        (Verb.WITHDRAW, State.IN_PROGRESS, "resident"),
        (Verb.RESOLVE, State.IN_PROGRESS, "handler"),
        (Verb.REVIEW_REPLY, State.IN_PROGRESS, "dispatcher"),
        (Verb.TAKE_OVER, State.IN_PROGRESS, "leader"),
        (Verb.TRANSFER, State.IN_PROGRESS, "handler"),
        (Verb.CALL_BACK, State.RESOLVED, "dispatcher"),
        (Verb.REDO, State.RESOLVED, "dispatcher"),
        (Verb.RESTORE, State.WITHDRAWN, "dispatcher"),
        (Verb.MERGE, State.ACCEPTED, "dispatcher"),
        (Verb.SPLIT, State.SUBMITTED, "dispatcher"),
        (Verb.REFER, State.ACCEPTED, "dispatcher"),
        (Verb.OUTCOME, State.REFERRED, "dispatcher"),
        (Verb.RETURNED, State.REFERRED, "dispatcher"),
        (Verb.WHISTLE, State.ACCEPTED, "dispatcher"),
        (Verb.DECIDE_WHISTLE, State.ACCEPTED, "leader"),
        (Verb.ADD_ASSIST, State.IN_PROGRESS, "handler"),
        (Verb.TAKE_ASSIST, State.IN_PROGRESS, "assistant"),
        (Verb.CALL_OFF_ASSIST, State.IN_PROGRESS, "handler"),
        (Verb.REQUEST_EXTENSION, State.IN_PROGRESS, "handler"),
        (Verb.EXCLUDE, State.IN_PROGRESS, "dispatcher"),
        (Verb.FINISH, State.IN_PROJECT, "project_lead"),
        (Verb.LEAVE_PROJECT, State.IN_PROJECT, "project_lead"),
    ],
)
def test_a_step_announces_what_the_table_says(cast, street, verb, state, by):
    kinds = [kind.name for kind in events() if kind.needs in ("", "requests:read", "resources:read")]
    create_webhook(by=street, name="区平台", url="https://example.org/x", kinds=kinds, region=cast.half.street)
    heard = announced(cast, verb, state, by) - {"case_step"}
    allowed = set(TOLD.get(verb, ()))
    if verb in (Verb.MERGE, Verb.SPLIT):
        # The other case takes its own step.
        assert heard & allowed
    elif verb == Verb.CALL_BACK:
        assert heard <= allowed
    else:
        assert heard <= allowed and bool(heard) == bool(allowed)


def unit_hook(street, cast, **values) -> Webhook:
    return create_webhook(
        by=street, name="物业系统", url="https://example.org/unit",
        **{"kinds": ["case_step"], "region": cast.half.street, "organization": cast.half.unit, **values},
    )[0]  # fmt: skip


def heard_by(webhook) -> list[str]:
    return [json.loads(row.body)["data"]["verb"] for row in webhook.deliveries.order_by("pk")]


def test_a_units_own_system_hears_a_case_from_when_it_is_offered_until_that_is_over(cast, street):
    webhook = unit_hook(street, cast)
    case, _resident = case_in(State.ACCEPTED, cast)
    assert heard_by(webhook) == []
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit)
    workflow.take(case, by=cast.handler)
    workflow.send_back(case, by=cast.handler, ground="not_our_duty", text="不归我们。")
    workflow.resolve(case, by=cast.dispatcher, text="已答复。")
    assert heard_by(webhook) == ["dispatch", "take", "send_back"]
    body = json.loads(webhook.deliveries.first().body)
    assert body["data"].keys() == {"number", "verb", "from_state", "to_state", "due_at"}


def test_the_street_hears_every_step_once(cast, street):
    webhook = create_webhook(
        by=street, name="街道平台", url="https://example.org/x", kinds=["case_step", "case_offered"],
        region=cast.half.street,
    )[0]  # fmt: skip
    case_in(State.DISPATCHED, cast)
    assert heard_by(webhook).count("dispatch") == 2
    assert sorted(webhook.deliveries.values_list("kind", flat=True)) == ["case_offered", *["case_step"] * 2]


def test_a_units_webhook_hears_nothing_but_its_steps(cast, street, the_south):
    for values in (
        {"kinds": ["case_offered"]},
        {"kinds": ["case_step", "case_offered"]},
        {"organization": the_south.unit},
    ):
        with pytest.raises(DomainError):
            unit_hook(street, cast, **values)


def test_the_api_makes_a_units_webhook(cast, street, api):  # noqa: F811
    body = {
        "name": "物业系统", "url": "https://example.org/unit", "kinds": ["case_step"],
        "region": cast.half.street.code, "organization": cast.half.unit.pk,
    }  # fmt: skip
    made = api(street).post("/api/v1/webhooks/", body)
    assert (made.status_code, made.json()["webhook"]["organization"]) == (201, cast.half.unit.pk)


def test_a_reply_is_told_to_whoever_asked(cast, street):
    case, resident = case_in(State.WAITING, cast)
    workflow.reply(case, by=resident, text="三楼。", at=timezone.now())
    assert cast.handler.user.person.notifications.filter(kind="case_answered").count() == 1
