"""The whole transition table: every state x verb x actor, against a second reading of DESIGN 6 written here by hand."""

import inspect
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from portal.core.errors import Conflict, NotAllowed
from portal.core.models import Organization, StoredFile
from requests import workflow
from requests.models import Approval, Assist, Dispatch, Resource, ServiceProject, ServiceRequest
from requests.types import ASSISTED_STATES, GONE_STATES, HELD_REPLY_STATES, OPEN_STATES, Actor, State, Verb
from requests.workflow.actors import CLOCK
from requests.workflow.departments import Judgement
from requests.workflow.splitting import Part
from requests.workflow.table import TABLE
from tests.requests.builders import Cast, case_in, make_cast, new_case, new_project, offer

S, V = State, Verb
STAFF = "dispatcher handler keeper leader"

# verb -> state -> who may, in the words of `Actor`.
EXPECTED: dict[str, dict[str, str]] = {
    V.ACCEPT: {S.SUBMITTED: "dispatcher keeper"},
    V.REJECT: {S.SUBMITTED: "dispatcher", S.ACCEPTED: "dispatcher"},
    V.DISPATCH: {S.ACCEPTED: "dispatcher"},
    V.TAKE: {S.DISPATCHED: "handler"},
    V.SEND_BACK: {S.DISPATCHED: "handler", S.IN_PROGRESS: "handler"},
    V.RECALL: {
        S.DISPATCHED: "dispatcher",
        S.WAITING: "dispatcher handler keeper",
        S.DELIBERATING: "dispatcher",
    },
    V.EXPIRE: {S.DISPATCHED: "job", S.WAITING: "job", S.DELIBERATING: "job"},
    V.CONTACT: {S.IN_PROGRESS: "handler dispatcher"},
    V.TRANSFER: {S.IN_PROGRESS: "handler dispatcher"},
    V.RESOLVE: {S.ACCEPTED: "dispatcher", S.IN_PROGRESS: "handler dispatcher"},
    V.ASK: {S.SUBMITTED: "dispatcher keeper", S.ACCEPTED: "dispatcher keeper", S.IN_PROGRESS: "handler dispatcher"},
    V.REPLY: {S.WAITING: "resident dispatcher handler keeper"},
    V.WITHDRAW: dict.fromkeys(OPEN_STATES, "resident"),
    V.RESTORE: {S.WITHDRAWN: "dispatcher", S.MERGED: "dispatcher", S.SPLIT: "dispatcher"},
    V.MERGE: dict.fromkeys(set(OPEN_STATES) - {S.REFERRED, S.IN_PROJECT}, "dispatcher"),
    V.JOIN: dict.fromkeys(OPEN_STATES, "dispatcher"),
    V.SPLIT: {S.SUBMITTED: "dispatcher"},
    V.GATHER: dict.fromkeys(OPEN_STATES, "dispatcher"),
    V.CLAIM: {S.ACCEPTED: "dispatcher", S.DISPATCHED: "dispatcher", S.IN_PROGRESS: "handler dispatcher"},
    V.TABLE: {S.ACCEPTED: "dispatcher leader", S.IN_PROGRESS: "dispatcher leader"},
    V.CONCLUDE: {S.DELIBERATING: "chair"},
    V.REFER: {S.SUBMITTED: "dispatcher", S.ACCEPTED: "dispatcher"},
    V.OUTCOME: {S.REFERRED: "dispatcher"},
    V.RETURNED: {S.REFERRED: "dispatcher"},
    V.ADOPT: {S.ACCEPTED: "dispatcher leader", S.IN_PROGRESS: "dispatcher leader"},
    V.REPLAN: {S.IN_PROJECT: "project_lead"},
    V.FINISH: {S.IN_PROJECT: "project_lead"},
    V.LEAVE_PROJECT: {S.IN_PROJECT: "project_lead"},
    V.RATE: {S.RESOLVED: "resident"},
    V.CALL_BACK: {S.RESOLVED: "dispatcher"},
    V.REDO: {S.RESOLVED: "dispatcher leader", S.CLOSED: "resident leader"},
    V.CLOSE: {S.RESOLVED: "job"},
    V.APPEAL: {S.REJECTED: "resident"},
    V.DECIDE_APPEAL: {S.REJECTED: "appeal_leader"},
    V.NOTE: dict.fromkeys(State, STAFF),
    V.AMEND: {S.SUBMITTED: "dispatcher", S.ACCEPTED: "dispatcher"},
    V.HAND_IN: dict.fromkeys(HELD_REPLY_STATES, "handler dispatcher"),
    V.REVIEW_REPLY: dict.fromkeys(HELD_REPLY_STATES, "dispatcher leader"),
    V.TAKE_OVER: dict.fromkeys([S.DISPATCHED, S.IN_PROGRESS, S.WAITING], "dispatcher leader"),
    V.REQUEST_EXTENSION: {S.IN_PROGRESS: "handler"},
    V.DECIDE_EXTENSION: {S.IN_PROGRESS: "leader", S.WAITING: "leader"},
    V.WHISTLE: {S.ACCEPTED: "dispatcher", S.IN_PROGRESS: "dispatcher"},
    V.DECIDE_WHISTLE: {S.ACCEPTED: "leader", S.IN_PROGRESS: "leader"},
    V.ADD_ASSIST: {S.DISPATCHED: "dispatcher", S.IN_PROGRESS: "handler dispatcher"},
    V.TAKE_ASSIST: dict.fromkeys(ASSISTED_STATES, "assistant"),
    V.FINISH_ASSIST: dict.fromkeys(ASSISTED_STATES, "assistant"),
    V.DECLINE_ASSIST: dict.fromkeys(ASSISTED_STATES, "assistant"),
    V.CALL_OFF_ASSIST: {
        S.DISPATCHED: "dispatcher",
        S.IN_PROGRESS: "handler dispatcher",
        S.WAITING: "handler dispatcher",
    },
    V.RATE_DEPARTMENTS: {S.RESOLVED: "dispatcher", S.CLOSED: "dispatcher"},
    V.REMIND: {
        S.ACCEPTED: "leader job",
        S.REFERRED: "leader job",
        S.DISPATCHED: "dispatcher leader job",
        S.IN_PROGRESS: "dispatcher leader job",
    },
    V.SUPERVISE: dict.fromkeys([S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS, S.REFERRED], "job"),
    V.EXCLUDE: dict.fromkeys(set(State) - {S.SUBMITTED, S.REJECTED, *GONE_STATES}, "dispatcher"),
    V.DECIDE_EXCLUSION: dict.fromkeys(State, "exclusion_leader"),
    V.AGREE: dict.fromkeys(State, "resident"),
    V.RELEASE: dict.fromkeys(set(State) - {S.SUBMITTED, S.REJECTED, *GONE_STATES}, "dispatcher"),
    V.HIDE: dict.fromkeys(State, "dispatcher"),
}

# These come with a step of another case, or in the place of one, and are nobody's to choose.
UNOFFERED = {V.JOIN, V.GATHER, V.HAND_IN, V.REPLAN}
ACTORS = [
    "resident", "dispatcher", "handler", "assistant", "keeper", "leader", "appeal_leader", "chair", "project_lead",
    "job", "stranger",
]  # fmt: skip
# These wait for a unit that assists, a whistle or a department that came, a reply, somebody who is away.
OF_OTHERS = {
    V.REVIEW_REPLY, V.TAKE_OVER, V.TAKE_ASSIST, V.FINISH_ASSIST, V.DECLINE_ASSIST, V.CALL_OFF_ASSIST,
    V.DECIDE_WHISTLE, V.RATE_DEPARTMENTS,
}  # fmt: skip


def ask_for_more_time(case: ServiceRequest, cast: Cast) -> None:
    was_waiting = case.state == S.WAITING
    if was_waiting:
        workflow.recall(case, by=cast.handler, text="不用了。")
    workflow.request_extension(case, by=cast.handler, until=case.due_at + timedelta(days=1), text="等配件。")
    if was_waiting:
        workflow.ask(case, by=cast.handler, text="是哪一层楼？")


def evidence() -> StoredFile:
    return StoredFile.objects.create(file="files/evidence.pdf", content_type="application/pdf", size=1, sha256="0" * 64)


def bring_in_others(case: ServiceRequest, verb: str, cast: Cast) -> None:
    """As it is when the department is asked to assist, or is whistled for."""
    kept = ServiceRequest.objects.filter(pk=case.pk)
    if verb == V.DECIDE_WHISTLE:
        Approval.objects.create(
            kind="whistle", request=case, region=case.handling_region, to_region=cast.half.street, reason="联合执法。",
            lead=cast.department, ground="joint_enforcement", asked_by=cast.dispatcher.user,
        )  # fmt: skip
        kept.update(whistle_asked=True)
        return
    if verb == V.REVIEW_REPLY:
        Approval.objects.create(
            kind="reply", request=case, region=case.handling_region, reason="处理好了。", asked_by=cast.keeper.user,
            reply_verb=REPLIES[case.state], ground="out_of_scope",
        )  # fmt: skip
        kept.update(reply_held=True)
        return
    offer = case.current_dispatch
    if verb == V.TAKE_OVER:
        Dispatch.objects.filter(pk=offer.pk).update(organization=None, person=cast.keeper.user.person)
        return
    if verb == V.RATE_DEPARTMENTS:
        whistle = Approval.objects.create(
            kind="whistle", request=case, region=case.handling_region, to_region=cast.half.street, reason="联合执法。",
            lead=cast.department, ground="joint_enforcement", outcome="granted",
        )  # fmt: skip
        Dispatch.objects.filter(pk=offer.pk).update(whistle=whistle)
        kept.update(departments_to_rate=1, whistled_at=timezone.now())
        return
    Assist.objects.create(
        request=case, district=case.district, dispatch=offer, organization=cast.department, asked="搬走杂物。",
        due_at=timezone.now() + timedelta(days=1), state="taken" if verb == V.FINISH_ASSIST else "asked",
        taken_at=timezone.now() if verb == V.FINISH_ASSIST else None,
    )  # fmt: skip
    kept.update(open_assists=1)


REPLIES = {S.SUBMITTED: "reject", S.ACCEPTED: "reject", S.IN_PROGRESS: "resolve", S.REFERRED: "outcome"}


def part_of(case: ServiceRequest) -> Assist:
    return Assist.objects.filter(request=case).last() or Assist(pk=0)


def ask_to_exclude(case: ServiceRequest, cast: Cast) -> None:
    """As it is after the dispatcher asked, whatever became of the case since."""
    Approval.objects.create(
        kind="exclusion", request=case, region=case.handling_region, asked_by=cast.dispatcher.user,
        reason="台风停工。", rates=["response_rate"], ground="force_majeure",
    )  # fmt: skip
    ServiceRequest.objects.filter(pk=case.pk).update(exclusion_asked=True)


def other_case(cast: Cast) -> ServiceRequest:
    return ServiceRequest.objects.filter(title="另一件").first()


def call(verb, case, by, cast: Cast):
    """The verb with arguments that it accepts when it is allowed at all."""
    later = timezone.now() + timedelta(days=60)
    text = {"text": "情况属实。"}
    arguments = {
        V.ACCEPT: {},
        V.REJECT: {"ground": "out_of_scope", **text},
        V.DISPATCH: {"to": cast.half.unit},
        V.TAKE: {},
        V.SEND_BACK: {"ground": "not_our_duty", **text},
        V.RECALL: text,
        V.EXPIRE: {"at": later},
        V.CONTACT: {"reached": True},
        V.TRANSFER: {"to": cast.dispatcher.user.person, **text},
        V.RESOLVE: text,
        V.ASK: text,
        V.REPLY: text,
        V.WITHDRAW: {},
        V.RESTORE: text,
        V.RATE: {"code": "satisfied", "solved": True},
        V.CALL_BACK: {"reached": True, "outcome": "call_back_solved", **text},
        V.REDO: text,
        V.CLOSE: {},
        V.APPEAL: text,
        V.DECIDE_APPEAL: {"granted": True, **text},
        V.NOTE: text,
        V.AMEND: {},
        V.REQUEST_EXTENSION: {"until": (case.due_at or later) + timedelta(days=1), **text},
        V.DECIDE_EXTENSION: {"granted": True, **text},
        V.REVIEW_REPLY: {"granted": True},
        V.TAKE_OVER: {"to": cast.dispatcher.user.person, **text},
        V.REMIND: {"at": later},
        V.SUPERVISE: {"at": later},
        V.EXCLUDE: {"rates": ["response_rate"], "ground": "no_power", "files": [evidence()], **text},
        V.DECIDE_EXCLUSION: {"granted": True, **text},
        V.AGREE: {"agreed": False},
        V.RELEASE: {"title": "楼道的灯", **text},
        V.HIDE: {},
        V.MERGE: {"into": other_case(cast)},
        V.SPLIT: {"parts": [Part("路灯不亮。"), Part("井盖破了。")]},
        V.REFER: {"body": "市供电局"},
        V.TABLE: text,
        V.CONCLUDE: {"result": "go_on", **text},
        V.OUTCOME: text,
        V.CLAIM: {"resource": Resource.objects.get(), "amount": Decimal(1)},
        V.RETURNED: text,
        V.WHISTLE: {"to_level": "street", "ground": "beyond_power", **text},
        V.DECIDE_WHISTLE: {"granted": True, **text},
        V.ADD_ASSIST: {"to": Organization.objects.get(name="志愿服务站"), **text},
        V.TAKE_ASSIST: {"assist": part_of(case)},
        V.FINISH_ASSIST: {"assist": part_of(case), **text},
        V.DECLINE_ASSIST: {"assist": part_of(case), "ground": "not_our_duty", **text},
        V.CALL_OFF_ASSIST: {"assist": part_of(case), **text},
        V.RATE_DEPARTMENTS: {"ratings": [Judgement(cast.half.unit, "satisfied")]},
        V.ADOPT: {"project": ServiceProject.objects.filter(region=cast.half.community).first()},
        V.FINISH: text,
        V.LEAVE_PROJECT: text,
    }[verb]
    return getattr(workflow, verb)(case, by=by, **arguments)


@pytest.fixture
def cast(the_north, the_south):
    made = make_cast(the_north, the_south)
    offer(the_north)
    Organization.objects.create(name="志愿服务站", kind="department", region=the_north.community, takes_requests=True)
    new_project(the_north.community, name="社区的项目")
    other, _resident = new_case(the_north)
    ServiceRequest.objects.filter(pk=other.pk).update(title="另一件")
    return made


def test_the_table_says_what_the_design_says():
    said = {(rule.verb, state): rule.actors for rule in TABLE for state in rule.states}
    expected = {
        (verb, state): frozenset(Actor(name) for name in who.split())
        for verb, states in EXPECTED.items()
        for state, who in states.items()
    }
    assert said == expected


@pytest.mark.parametrize(
    "rule", [rule for rule in TABLE if rule.is_offered], ids=lambda rule: f"{rule.verb}-{rule.states[0]}"
)
def test_what_a_step_needs_is_what_its_verb_asks_for(rule):
    asked = inspect.signature(getattr(workflow, rule.verb)).parameters
    assert set(rule.needs) <= set(asked)
    required = {name for name, it in asked.items() if it.kind is it.KEYWORD_ONLY and it.default is it.empty}
    assert required - {"by"} <= set(rule.needs)


# A unit's contact is a handler only while the unit holds the offer.
HELD_IN = (S.DISPATCHED, S.IN_PROGRESS, S.WAITING, S.DELIBERATING)


def who_may_take(verb, state):
    return [name for name in EXPECTED[verb].get(state, "").split() if name != "handler" or state in HELD_IN]


@contextmanager
def undone():
    """Whatever happens inside is rolled back, so that the next actor finds the case as it was."""
    try:
        with transaction.atomic():
            yield
            raise _Undo
    except _Undo:
        pass


class _Undo(Exception):
    pass


@pytest.mark.parametrize("state", list(State))
def test_each_verb_is_done_by_those_who_may_and_refused_to_all_others(state, cast):
    case, resident = case_in(state, cast)
    if state == S.REJECTED:
        workflow.appeal(case, by=resident, text="我不同意。")
    before = case.version
    for verb in set(EXPECTED) - UNOFFERED:
        who_may = who_may_take(verb, state)
        rule = next((rule for rule in TABLE if rule.verb == verb and state in rule.states), None)
        for name in ACTORS:
            by = {"resident": resident, "job": CLOCK}.get(name) or getattr(cast, name)
            with undone():
                # Who leads the street also leads the community under it, and runs the street's projects.
                leads = name == "appeal_leader" and {"leader", "exclusion_leader", "project_lead"} & set(who_may)
                # The chair looks after the street, too; only who whistled rates those who came.
                helps = name == "chair" and {"dispatcher", "project_lead"} & set(who_may)
                leads = leads or (helps and verb != V.RATE_DEPARTMENTS)
                if name in who_may or leads:
                    if verb in OF_OTHERS:
                        bring_in_others(case, verb, cast)
                    if verb == V.DECIDE_EXCLUSION:
                        ask_to_exclude(case, cast)
                    if verb == V.APPEAL:
                        workflow.decide_appeal(case, by=cast.appeal_leader, granted=False, text="维持。")
                        case.approvals.all().delete()
                        ServiceRequest.objects.filter(pk=case.pk).update(appeal_upheld=False)
                    if verb == V.DECIDE_EXTENSION:
                        ask_for_more_time(ServiceRequest.objects.get(pk=case.pk), cast)
                    if verb in (V.RELEASE, V.HIDE):
                        released = {"listed_at": timezone.now()} if verb == V.HIDE else {}
                        agreed = ServiceRequest.objects.filter(pk=case.pk)
                        agreed.update(listing_agreed_at=timezone.now(), **released)
                    seen = ServiceRequest.objects.get(pk=case.pk)
                    call(verb, seen, by, cast)
                    assert seen.version > before, (verb, state, name)
                    assert rule.to is None or seen.state in rule.to
                else:
                    with pytest.raises((Conflict, NotAllowed)) as refusal:
                        call(verb, case, by, cast)
                    assert refusal.type is (NotAllowed if rule else Conflict), (verb, state, name)
            case = ServiceRequest.objects.get(pk=case.pk)
            assert (case.version, case.state) == (before, state)


@pytest.mark.parametrize("state", list(State))
def test_what_is_offered_is_what_is_allowed(state, cast):
    case, resident = case_in(state, cast)
    for name in ("dispatcher", "handler", "keeper", "leader"):
        offered = workflow.allowed_verbs(case, by=getattr(cast, name))
        expected = {verb for verb in EXPECTED if name in who_may_take(verb, state)}
        waiting = {V.DECIDE_APPEAL, V.DECIDE_EXTENSION, V.RELEASE, V.HIDE, *OF_OTHERS}
        assert set(offered) == expected - waiting - UNOFFERED
    assert workflow.allowed_verbs(case, by=cast.stranger) == []


def test_the_page_of_the_docs_is_what_the_table_says():
    out = StringIO()
    call_command("show_workflow", stdout=out)
    assert (settings.BASE_DIR / "docs" / "workflow.md").read_text() == out.getvalue(), "run manage.py show_workflow"
