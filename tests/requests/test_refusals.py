"""Every step is refused out of state, out of role, out of scope and when stale, with the code and what may be done
instead: those of a case, of its parts, and of what stands beside it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from portal.core.models import Organization
from requests import appraisals, claims, elections, resources, surveys, workflow
from requests.deliberations import meetings
from requests.models import FollowUpTask
from requests.types import State, Verb
from requests.workflow.table import TABLE
from tests.api.conftest import api  # noqa: F401
from tests.requests.builders import case_in, deliberation, new_project, offer
from tests.requests.test_table import EXPECTED, bring_in_others

pytestmark = pytest.mark.django_db
S, V = State, Verb
TEXT = {"text": "情况属实。"}
TOMORROW = (timezone.localdate() + timedelta(days=1)).isoformat()

# What is sent, where a version alone is not enough. `pk` stands for a unit that takes cases.
BODIES = {
    V.REJECT: {"ground": "out_of_scope", **TEXT},
    V.DISPATCH: {"unit": "unit"},
    V.SEND_BACK: {"ground": "not_our_duty", **TEXT},
    V.RECALL: TEXT,
    V.CONTACT: {"reached": True},
    V.TRANSFER: {"unit": "unit", **TEXT},
    V.RESOLVE: TEXT,
    V.ASK: TEXT,
    V.REPLY: TEXT,
    V.RESTORE: TEXT,
    V.NOTE: TEXT,
    V.REDO: TEXT,
    V.CALL_BACK: {"reached": True, "outcome": "call_back_solved", **TEXT},
    V.OUTCOME: TEXT,
    V.RETURNED: TEXT,
    V.REFER: {"body": "市供电局"},
    V.TABLE: TEXT,
    V.CONCLUDE: {"result": "go_on", **TEXT},
    V.FINISH: TEXT,
    V.LEAVE_PROJECT: TEXT,
    V.REQUEST_EXTENSION: {"until": TOMORROW, **TEXT},
    V.DECIDE_EXTENSION: {"granted": True, **TEXT},
    V.DECIDE_EXCLUSION: {"granted": True, **TEXT},
    V.DECIDE_APPEAL: {"granted": True, **TEXT},
    V.REVIEW_REPLY: {"granted": True},
    V.WHISTLE: {"to_level": "street", "ground": "beyond_power", **TEXT},
    V.DECIDE_WHISTLE: {"granted": True, **TEXT},
    V.RATE_DEPARTMENTS: {"ratings": [{"unit": "unit", "code": "satisfied"}]},
    V.ADD_ASSIST: {"unit": "unit", "asked": "搬走杂物。"},
    V.FINISH_ASSIST: TEXT,
    V.DECLINE_ASSIST: {"ground": "not_our_duty", **TEXT},
    V.CALL_OFF_ASSIST: TEXT,
    V.RELEASE: {"title": "楼道的灯", **TEXT},
    V.SPLIT: {"parts": [{"description": "路灯不亮。"}, {"description": "井盖破了。"}]},
}
# Their input names rows that are made for one case alone; what refuses them is the guard of all others.
NAMED_ROWS = {V.MERGE, V.ADOPT, V.CLAIM, V.EXCLUDE, V.TAKE_OVER}
PARTS = {V.TAKE_ASSIST, V.FINISH_ASSIST, V.DECLINE_ASSIST, V.CALL_OFF_ASSIST}
# Steps of residents and of the clock have no address here.
OF_STAFF = sorted(
    {rule.verb for rule in TABLE if rule.is_offered}
    - {V.WITHDRAW, V.RATE, V.APPEAL, V.AGREE, V.EXPIRE, V.CLOSE, V.SUPERVISE}
)


def address(case, verb):
    if verb in PARTS:
        name = verb.removesuffix("_assist").replace("_", "-")
        part = case.assists.last()
        return f"/api/v1/service-requests/{case.pk}/assists/{part.pk}/{name}/"
    name = "assists" if verb == V.ADD_ASSIST else verb.replace("_", "-")
    return f"/api/v1/service-requests/{case.pk}/{name}/"


def send(client, case, verb, *, version, unit):
    def filled(value):
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        return unit.pk if value == "unit" else value

    body = {**filled(BODIES.get(verb, {})), "version": version}
    return client.post(address(case, verb), body, format="json")


def refusal(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], isinstance(error.get("allowed"), list), bool(error["message"])


def case_for(verb, state, cast):
    case, _resident = case_in(state, cast)
    if verb in PARTS:
        bring_in_others(case, verb, cast)
        case.refresh_from_db()
    return case


@pytest.mark.parametrize("verb", OF_STAFF)
def test_a_step_of_a_case_is_refused_with_what_may_be_done_instead(api, cast, verb):  # noqa: F811
    unit = Organization.objects.create(
        name="志愿服务站", kind="department", region=cast.half.community, takes_requests=True
    )
    state = next(state for state in State if state in EXPECTED[verb] and (verb not in PARTS or state == S.IN_PROGRESS))
    case = case_for(verb, state, cast)
    case_now = {"version": case.version, "unit": unit}

    # Out of scope there is no case.
    assert refusal(send(api(cast.stranger.user), case, verb, **case_now))[:2] == (404, "not_found")
    # Out of role: somebody who sees the case, and has no part in this step.
    others = [name for name in ("keeper", "leader", "dispatcher") if name not in EXPECTED[verb][state].split()]
    for name in others[:1]:
        answer = send(api(getattr(cast, name).user), case, verb, **case_now)
        assert refusal(answer) == (403, "not_yours_to_do", True, True)
    # Stale: somebody was faster.
    if verb not in NAMED_ROWS:
        workflow.note(case, by=cast.dispatcher, text="已电话核实。")
        answer = send(api(cast.dispatcher.user), case, verb, **case_now)
        assert refusal(answer) == (409, "stale", True, True)
        assert answer.json()["error"]["since"]
    # Out of state.
    elsewhere = next((each for each in (S.CLOSED, S.SUBMITTED, S.REJECTED) if each not in EXPECTED[verb]), None)
    if elsewhere is not None and verb not in PARTS:
        other = case_for(verb, elsewhere, cast)
        answer = send(api(cast.dispatcher.user), other, verb, version=other.version, unit=unit)
        assert refusal(answer) == (409, "not_possible_now", True, True)


def test_a_part_of_a_case_that_another_unit_has_or_that_is_over_is_refused_with_what_is_left(api, cast):  # noqa: F811
    case = case_for(V.TAKE_ASSIST, S.IN_PROGRESS, cast)
    case_now = {"version": case.version, "unit": cast.half.unit}
    assistant = api(cast.assistant.user)
    early = send(assistant, case, V.FINISH_ASSIST, **case_now)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "not_taken")
    assert "take_assist" in early.json()["error"]["allowed"]
    taken = send(assistant, case, V.TAKE_ASSIST, **case_now).json()
    again = send(assistant, case, V.TAKE_ASSIST, version=taken["version"], unit=cast.half.unit)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "already_taken")
    assert {"finish_assist", "decline_assist"} <= set(again.json()["error"]["allowed"])


def test_a_whistle_that_is_pending_is_refused_a_second_time_with_what_may_be_done(api, cast):  # noqa: F811
    case, _resident = case_in(S.IN_PROGRESS, cast)
    bring_in_others(case, V.DECIDE_WHISTLE, cast)
    answer = send(api(cast.dispatcher.user), case, V.WHISTLE, version=case.version, unit=cast.half.unit)
    assert refusal(answer) == (409, "whistle_pending", True, True)
    assert "whistle" not in answer.json()["error"]["allowed"]


# What stands beside a case: name -> where it is, steps that it takes now, steps that it does not take.
def survey_of(cast, estate, by):
    row = surveys.draft(by=by, estate=estate, title="电梯", ends_on=timezone.localdate())
    return "surveys", row, [], {"close": {}, "last-day": {"ends_on": TOMORROW}}


def appraisal_of(cast, estate, by):
    row = appraisals.begin(by=by, estate=estate, organization=cast.half.unit, year=2026, questions=["保洁"])
    return "appraisals", row, ["publish"], {"publish": {}}


def election_of(cast, estate, by):
    row = elections.call(by=by, estate=estate, title="业委会换届", held_on=timezone.localdate())
    return "elections", row, [], {"publish": {}}


def resource_of(cast, estate, by):
    row = offer(cast.half)
    resources.pause(row, by=by)
    return "resources", row, ["resume", "withdraw"], {"pause": {}}


def project_of(cast, estate, by):
    return "projects", new_project(cast.half.community, name="楼道照明"), [], {"start": {}}


def deliberation_of(cast, estate, by):
    return "deliberations", deliberation(cast), ["schedule"], {"enact": {}, "finish": {}}


def claim_of(cast, estate, by):
    case, _resident = case_in(S.ACCEPTED, cast)
    workflow.claim(case, by=cast.dispatcher, resource=offer(cast.half), amount=Decimal(1))
    row = case.claims.get()
    claims.release(row, by=by)
    return "resource-claims", row, [], {"use": {"used": "1"}, "release": {}}


def task_of(cast, estate, by):
    topic = deliberation(cast)
    row = FollowUpTask.objects.create(
        deliberation=topic, text="更换路灯", due_on=timezone.localdate(), organization=cast.half.unit,
        state="done", done_at=timezone.now(), done_by=by, result="已更换。",
    )  # fmt: skip
    return "deliberation-tasks", row, [], {"report": {"result": "已更换。"}}


def meeting_of(cast, estate, by):
    row = meetings.call(by=by, region=cast.half.community, held_on=timezone.localdate(), chair=by.person)
    meetings.hold(row, by=by, minutes="会商了两件事。")
    return "meetings", row, [], {"gather": {}, "hold": {"minutes": "又写一次。"}}


BESIDE = [survey_of, appraisal_of, election_of, resource_of, project_of, deliberation_of, claim_of, task_of, meeting_of]


@pytest.mark.parametrize("made", BESIDE, ids=lambda made: made.__name__)
def test_what_stands_beside_a_case_refuses_with_what_may_be_done_instead(
    api,  # noqa: F811
    cast,
    estate,
    by,
    auditor,
    made,
):
    where, row, now_open, wrong = made(cast, estate, by)
    for name, body in wrong.items():
        path = f"/api/v1/{where}/{row.pk}/{name}/"
        answer = api(by).post(path, body, format="json")
        status, code, has_allowed, _message = refusal(answer)
        assert (status in (403, 409), has_allowed) == (True, True), (name, code)
        assert set(now_open) <= set(answer.json()["error"]["allowed"])
        assert refusal(api(cast.stranger.user).post(path, body, format="json"))[:2] in (
            (404, "not_found"), (403, "missing_permission"),
        )  # fmt: skip
        # Who may only read is told which permission that takes.
        refused = api(auditor).post(path, body, format="json").json()["error"]
        assert refused["code"] in ("missing_permission", "not_yours_to_do")
        assert refused.get("permission") or refused["allowed"] == []
