"""延期: asked for in time, decided by a leader, told to those whom it concerns."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Membership, Notification, OutboxMessage, Role
from requests import workflow
from requests.models import Approval, ServiceRequest
from requests.queues import QUEUES
from requests.timeline import lines
from requests.types import State, Verb
from requests.workflow.extensions import latest_extension
from tests.registry.conftest import api, page  # noqa: F401
from tests.requests.builders import case_in

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WAITS = {"text": "配件要从外地发货。"}


def asked(cast, until=2 * DAY):
    case, resident = case_in(State.IN_PROGRESS, cast)
    workflow.request_extension(case, by=cast.handler, until=case.due_at + until, **WAITS)
    return case, resident


def told(kind) -> list[str]:
    return [row.person.user.username for row in Notification.objects.filter(kind=kind).order_by("pk")]


def test_it_works(cast):
    case, _resident = asked(cast)
    before = case.due_at
    approval = Approval.objects.get()
    assert (approval.kind, approval.outcome, approval.until) == ("extension", "pending", before + 2 * DAY)
    assert told("case_extension_asked") == ["community-leader"]
    workflow.decide_extension(case, by=cast.leader, granted=True, text="同意，请抓紧。")
    assert (case.due_at, case.extension_until) == (before + 2 * DAY, None)
    assert told("case_extension_decided") == ["handler"]
    message = OutboxMessage.objects.get(kind="case_extended")
    assert set(message.values) == {"number", "address", "due"}


def test_the_resident_reads_of_more_time_once_it_is_granted_and_never_who_asked(cast):
    case, _resident = asked(cast)
    assert not [line for line in lines(case, audience="public") if line.event.verb == Verb.REQUEST_EXTENSION]
    workflow.decide_extension(case, by=cast.leader, granted=True, text="厂家停产，改换型号。")
    line = lines(case, audience="public")[-1]
    assert "办理时限已延长至" in line.sentence
    assert line.said == "厂家停产，改换型号。"


def test_a_refusal_changes_nothing_and_is_told_to_the_handler_alone(cast):
    case, _resident = asked(cast)
    due, told_before = case.due_at, len(lines(case, audience="public"))
    workflow.decide_extension(case, by=cast.leader, granted=False, text="请按期办结。")
    assert (case.due_at, case.extension_until) == (due, None)
    assert told("case_extension_decided") == ["handler"]
    assert not OutboxMessage.objects.filter(kind="case_extended").exists()
    assert len(lines(case, audience="public")) == told_before


def test_it_is_asked_for_before_the_limit_has_passed(cast):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    late = case.due_at + timedelta(seconds=1)
    with pytest.raises(Conflict) as refusal:
        workflow.request_extension(case, by=cast.handler, until=case.due_at + DAY, at=late, **WAITS)
    assert refusal.value.code == "limit_passed"
    workflow.request_extension(case, by=cast.handler, until=case.due_at + DAY, at=case.due_at, **WAITS)


def test_a_late_step_is_not_offered(cast):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    assert Verb.REQUEST_EXTENSION in workflow.allowed_verbs(case, by=cast.handler)
    case.due_at = timezone.now() - HOUR
    assert Verb.REQUEST_EXTENSION not in workflow.allowed_verbs(case, by=cast.handler)


@pytest.mark.parametrize("beyond", [timedelta(0), -DAY, 7 * DAY + timedelta(seconds=1), 400 * DAY])
def test_the_new_time_is_later_and_doubles_the_limit_at_most(cast, beyond):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    with pytest.raises(DomainError) as refusal:
        workflow.request_extension(case, by=cast.handler, until=case.due_at + beyond, **WAITS)
    assert list(refusal.value.fields) == ["until"]
    assert Approval.objects.count() == 0


def test_what_was_granted_before_counts_for_what_can_still_be_asked(cast):
    case, _resident = asked(cast, until=5 * DAY)
    workflow.decide_extension(case, by=cast.leader, granted=True, text="同意。")
    assert latest_extension(case) == case.due_at + 2 * DAY
    with pytest.raises(DomainError):
        workflow.request_extension(case, by=cast.handler, until=case.due_at + 3 * DAY, **WAITS)
    workflow.request_extension(case, by=cast.handler, until=case.due_at + 2 * DAY, **WAITS)


def test_a_redone_case_may_be_extended_anew(cast):
    case, resident = asked(cast, until=7 * DAY)
    workflow.decide_extension(case, by=cast.leader, granted=True, text="同意。")
    workflow.resolve(case, by=cast.handler, text="已换好。")
    workflow.rate(case, by=resident, code="satisfied", solved=True)
    workflow.redo(case, by=resident, text="又坏了。")
    workflow.take(case, by=cast.handler)
    assert latest_extension(case) == case.due_at + 7 * DAY


def test_one_request_at_a_time(cast):
    case, _resident = asked(cast)
    with pytest.raises(Conflict) as refusal:
        workflow.request_extension(case, by=cast.handler, until=case.due_at + DAY, **WAITS)
    assert refusal.value.code == "extension_pending"
    assert Verb.REQUEST_EXTENSION not in workflow.allowed_verbs(case, by=cast.handler)


def test_it_is_decided_once(cast):
    case, _resident = asked(cast)
    workflow.decide_extension(case, by=cast.leader, granted=False, text="不同意。")
    with pytest.raises(Conflict) as refusal:
        workflow.decide_extension(case, by=cast.leader, granted=True, text="同意。")
    assert refusal.value.code == "no_extension"


def test_nobody_decides_about_what_they_asked_for(cast):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    Membership.objects.create(user=cast.handler.user, role=Role.LEADER, region=cast.half.community)
    both = workflow.Staff(type(cast.handler.user).objects.get(pk=cast.handler.user.pk))
    workflow.request_extension(case, by=both, until=case.due_at + DAY, **WAITS)
    with pytest.raises(NotAllowed) as refusal:
        workflow.decide_extension(case, by=both, granted=True, text="同意。")
    assert refusal.value.code == "asked_by_yourself"
    workflow.decide_extension(case, by=cast.appeal_leader, granted=True, text="同意。")


@pytest.mark.parametrize("leaves", ["resolve", "send_back", "transfer", "withdraw"])
def test_it_lapses_when_the_case_leaves_the_handler(cast, leaves):
    case, resident = asked(cast)
    due = case.due_at
    {
        "resolve": lambda: workflow.resolve(case, by=cast.handler, text="已换好。"),
        "send_back": lambda: workflow.send_back(case, by=cast.handler, ground="not_our_duty", text="不归我们管。"),
        "transfer": lambda: workflow.transfer(case, by=cast.handler, to=cast.dispatcher.user.person, text="请接办。"),
        "withdraw": lambda: workflow.withdraw(case, by=resident),
    }[leaves]()
    assert Approval.objects.get().outcome == "lapsed"
    assert (case.extension_until, case.due_at) == (None, due)
    assert case.finish_due_at in (None, due)


def test_a_question_moves_what_is_asked_for_as_it_moves_the_limit(cast):
    case, resident = asked(cast)
    due, now = case.due_at, timezone.now()
    workflow.ask(case, by=cast.handler, text="几楼？", at=now)
    workflow.reply(case, by=resident, text="三楼。", at=now + 3 * DAY)
    assert (case.due_at, case.extension_until) == (due + 3 * DAY, due + 5 * DAY)
    workflow.decide_extension(case, by=cast.leader, granted=True, text="同意。")
    assert case.due_at == due + 5 * DAY
    assert Approval.objects.get().due_before == due + 3 * DAY


def test_figures_judge_by_the_extended_time(cast):
    case, _resident = asked(cast)
    workflow.decide_extension(case, by=cast.leader, granted=True, text="同意。")
    workflow.resolve(case, by=cast.handler, text="已换好。", at=case.due_at - HOUR)
    assert case.finished_at < case.finish_due_at
    assert case.finish_due_at == case.due_at


def test_leaders_find_it_in_their_queue_and_others_do_not(cast):
    case, _resident = asked(cast)
    assert list(QUEUES["extensions"].of(cast.leader.user)) == [case]
    assert list(QUEUES["extensions"].of(cast.appeal_leader.user)) == [case]
    for other in (cast.stranger, cast.dispatcher, cast.handler):
        assert not QUEUES["extensions"].of(other.user).exists()


def test_the_desk_asks_and_decides(page, cast):  # noqa: F811
    case, _resident = case_in(State.IN_PROGRESS, cast)
    browser = page(cast.handler.user)
    shown = browser.get(f"/desk/requests/{case.pk}/").content.decode()
    assert "最晚可延至" in shown
    until = timezone.localtime(case.due_at + DAY)
    typed = {"version": case.version, "until": f"{until:%Y-%m-%dT%H:%M}", "text": "等配件。"}
    assert browser.post(f"/desk/requests/{case.pk}/do/request_extension/", typed).status_code == 302
    case.refresh_from_db()
    assert case.extension_until == until.replace(second=0, microsecond=0)
    leader = page(cast.leader.user)
    assert "等配件。" in leader.get(f"/desk/requests/{case.pk}/").content.decode()
    typed = {"version": case.version, "granted": "1", "text": "同意。"}
    assert leader.post(f"/desk/requests/{case.pk}/do/decide_extension/", typed).status_code == 302
    case.refresh_from_db()
    assert case.due_at == until.replace(second=0, microsecond=0)


def test_a_time_that_cannot_be_is_refused_beside_its_field_and_loses_nothing(page, cast):  # noqa: F811
    case, _resident = case_in(State.IN_PROGRESS, cast)
    typed = {"version": case.version, "until": "2099-01-01T00:00", "text": "等一批配件。"}
    refused = page(cast.handler.user).post(f"/desk/requests/{case.pk}/do/request_extension/", typed)
    assert refused.status_code == 400
    assert "最多可延长一倍" in refused.content.decode()
    assert "等一批配件。" in refused.content.decode()


def test_the_api_asks_and_decides(api, cast, south):  # noqa: F811
    case, _resident = case_in(State.IN_PROGRESS, cast)
    address = f"/api/v1/service-requests/{case.pk}/"
    body = {"version": case.version, "until": (case.due_at + DAY).isoformat(), **WAITS}
    assert api(south).post(f"{address}request-extension/", body).status_code == 404
    made = api(cast.handler.user).post(f"{address}request-extension/", body)
    assert made.status_code == 200, made.json()
    seen = api(cast.leader.user).get(address).json()
    assert "decide_extension" in seen["allowed"]
    decision = {"version": seen["version"], "granted": True, "text": "同意。"}
    assert api(cast.handler.user).post(f"{address}decide-extension/", decision).status_code == 403
    answer = api(cast.leader.user).post(f"{address}decide-extension/", decision).json()
    assert datetime.fromisoformat(answer["due_at"]) == ServiceRequest.objects.get(pk=case.pk).due_at
    assert answer["due_at"] != seen["due_at"]
