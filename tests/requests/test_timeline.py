"""What residents and staff read of a case."""

import pytest

from portal.core.models import Person
from requests import workflow
from requests.models import ProjectNeed
from requests.standing import public_status
from requests.timeline import lines, sentence
from requests.types import State, Verb
from requests.workflow import Resident, Staff
from tests.requests.builders import new_project


def read(case, audience: str) -> list[str]:
    return [line.sentence for line in lines(case, audience=audience)]


@pytest.fixture
def under_way(case, north, helper, the_north):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit, text="请先联系居民")
    workflow.send_back(case, by=Staff(helper), ground="wrong_area", text="不在我们片区")
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    workflow.take(case, by=Staff(helper))
    return case


def test_it_works(under_way):
    assert read(under_way, "public") == [
        "您提交了诉求", "工作人员已受理", "工作人员派单给北物业公司", "工作人员派单给北物业公司", "北物业公司已接单",
    ]  # fmt: skip


def test_staff_read_who_did_what_and_what_residents_do_not_see(under_way):
    told = read(under_way, "staff")
    assert told[0] == "居民提交了诉求"
    assert told[1] == "North已受理"
    assert told[3].startswith("北物业公司 Helper退单：")


def test_what_staff_write_for_colleagues_is_not_shown_to_the_resident(under_way):
    assert "请先联系居民" not in [line.said for line in lines(under_way, audience="public")]
    assert "请先联系居民" in [line.said for line in lines(under_way, audience="staff")]


def test_a_member_of_staff_has_no_name_for_residents(case, north, keeper):
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=Person.objects.get(user=keeper))
    event = case.events.get(verb=Verb.DISPATCH)
    assert sentence(event, audience="public") == "工作人员派单给工作人员"
    assert sentence(event, audience="staff") == "North派单给Keeper"
    assert "Keeper" not in str(public_status(case))


def test_a_timeline_costs_the_same_however_long_it_is(under_way, north, django_assert_num_queries):
    for number in range(10):
        workflow.note(under_way, by=Staff(north), text=f"备注 {number}", is_public=True)
    with django_assert_num_queries(2):
        assert len(lines(under_way, audience="staff")) == 16


def test_the_status_says_what_happens_next_and_by_when(submitted, north, helper, the_north):
    case, resident = submitted.case, Resident(submitted.requester)
    assert public_status(case).by_when == case.dispatch_due_at
    workflow.accept(case, by=Staff(north))
    assert "已受理" in public_status(case).sentence
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    assert public_status(case).sentence == "您的诉求已派给北物业公司，等待接单。"
    workflow.take(case, by=Staff(helper))
    assert public_status(case) == ("北物业公司正在办理您的诉求。", "北物业公司会与您联系。", case.contact_due_at)
    workflow.ask(case, by=Staff(helper), text="是哪一盏灯？")
    assert public_status(case).by_when == case.waiting_due_at
    workflow.reply(case, by=resident, text="门口左边那盏。")
    workflow.contact(case, by=Staff(helper), reached=True)
    assert public_status(case).by_when == case.due_at
    workflow.resolve(case, by=Staff(helper), text="已更换灯泡。")
    assert "请您评价" in public_status(case).sentence
    workflow.rate(case, by=resident, code="dissatisfied", solved=False)
    assert public_status(case).by_when == case.call_back_due_at
    workflow.call_back(case, by=Staff(north), reached=True, outcome="call_back_solved", text="居民说好了")
    assert "重办" in public_status(case).next_step


def test_every_state_and_every_verb_has_a_sentence(case, the_north):
    ProjectNeed.objects.create(project=new_project(the_north.community), request=case)
    event = case.events.get()
    for verb in Verb:
        event.verb = verb
        for audience in ("public", "staff"):
            assert sentence(event, audience=audience)
    case.resolved_at = case.submitted_at
    for state in State:
        case.state = state
        assert public_status(case).sentence


def test_what_is_recalled_is_named_the_question_or_the_dispatch(case, north, helper, the_north):
    workflow.ask(case, by=Staff(north), text="是哪一盏灯？")
    workflow.recall(case, by=Staff(north), text="居民来电说明了")
    workflow.accept(case, by=Staff(north))
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    workflow.recall(case, by=Staff(north), text="派错了")
    workflow.dispatch(case, by=Staff(north), to=the_north.unit)
    workflow.take(case, by=Staff(helper))
    workflow.ask(case, by=Staff(helper), text="是哪一盏灯？")
    workflow.recall(case, by=Staff(helper), text="居民来电说明了")
    assert case.state == State.IN_PROGRESS
    assert case.current_dispatch.is_held
    told = [line for line in lines(case, audience="staff") if line.event.verb == Verb.RECALL]
    assert [line.sentence for line in told] == ["North撤回了提问", "North撤回了派单", "北物业公司 Helper撤回了提问"]
    assert [str(line.event.label) for line in told] == ["撤回提问", "撤回派单", "撤回提问"]
    assert not [line for line in lines(case, audience="public") if "撤回" in line.sentence]
