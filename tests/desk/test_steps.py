"""Every step by its form, for those who may and for those who may not."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.core.errors import Conflict
from requests import workflow
from requests.forms import STEP_FORMS
from requests.models import Category, ServiceRequest
from requests.types import State, TimeLimit, Verb
from requests.workflow import TABLE, Resident, Staff
from requests.workflow.table import Actor
from tests.core.test_images import picture


@pytest.mark.smoke
def test_it_works(client, desk, case, north, helper, the_north):
    client.force_login(north)
    assert case.title in client.get(reverse("desk:home")).content.decode()
    assert desk(north, case, "accept").status_code == 302
    assert desk(north, case, "dispatch", to=f"unit:{the_north.unit.pk}").status_code == 302
    assert desk(helper, case, "take").status_code == 302
    assert desk(helper, case, "contact", reached="1", text="说好明天来修").status_code == 302
    assert desk(helper, case, "resolve", text="路灯已经修好。").status_code == 302
    case.refresh_from_db()
    assert case.state == State.RESOLVED


def test_every_step_that_staff_take_has_a_form():
    by_staff = {rule.verb for rule in TABLE if rule.is_offered and rule.actors - {Actor.RESIDENT, Actor.JOB}}
    assert set(STEP_FORMS) == by_staff


def test_accepting_can_classify_the_case(desk, case, north):
    top = Category.objects.create(name="城乡建设")
    category = Category.objects.create(parent=top, name="路灯照明")
    desk(north, case, "accept", category=category.pk, time_limit="utility")
    case.refresh_from_db()
    assert (case.category, case.time_limit) == (category, TimeLimit.UTILITY)


@pytest.mark.parametrize(
    ("verb", "fields", "to"),
    [
        ("reject", {"ground": "unclear", "text": "看不懂"}, State.REJECTED),
        ("ask", {"text": "是哪一盏？"}, State.WAITING),
        ("amend", {"time_limit": "complex"}, State.SUBMITTED),
        ("note", {"text": "先打个电话"}, State.SUBMITTED),
    ],
)
def test_steps_on_a_submitted_case(desk, case, north, verb, fields, to):
    assert desk(north, case, verb, **fields).status_code == 302
    case.refresh_from_db()
    assert case.state == to


@pytest.mark.parametrize(
    ("verb", "fields", "to"),
    [
        ("send_back", {"ground": "not_our_duty", "text": "不归我们管"}, State.ACCEPTED),
        ("contact", {"reached": "0"}, State.IN_PROGRESS),
        ("ask", {"text": "是哪一盏？"}, State.WAITING),
        ("resolve", {"text": "修好了"}, State.RESOLVED),
    ],
)
def test_steps_of_the_handler(desk, in_progress, helper, verb, fields, to):
    assert desk(helper, in_progress, verb, **fields).status_code == 302
    in_progress.refresh_from_db()
    assert in_progress.state == to


def test_a_dispatch_can_be_recalled_and_a_case_transferred(desk, dispatched, north, helper, the_north):
    other = type(the_north.unit).objects.create(
        name="北环卫队", kind="social_organization", region=the_north.community, takes_requests=True
    )
    assert desk(north, dispatched, "recall", why="0").status_code == 302
    assert desk(north, dispatched, "dispatch", to=f"unit:{the_north.unit.pk}").status_code == 302
    assert desk(helper, dispatched, "take").status_code == 302
    assert desk(helper, dispatched, "transfer", to=f"unit:{other.pk}", why="other", text="属于环卫").status_code == 302
    dispatched.refresh_from_db()
    assert dispatched.current_dispatch.organization == other


def test_a_case_can_be_dispatched_to_a_member_of_staff(desk, case, north, keeper):
    workflow.accept(case, by=Staff(north))
    assert desk(north, case, "dispatch", to=f"person:{keeper.person_id}").status_code == 302
    assert desk(keeper, case, "take").status_code == 302


def test_a_case_is_not_dispatched_to_somebody_elsewhere(desk, case, north, the_south):
    workflow.accept(case, by=Staff(north))
    for to in (f"unit:{the_south.unit.pk}", "unit:x", "nobody:1", ""):
        assert desk(north, case, "dispatch", to=to).status_code == 422


def test_waiting_goes_on_when_the_answer_is_written_down(desk, case, north):
    workflow.ask(case, by=Staff(north), text="是哪一盏？")
    assert desk(north, case, "reply", text="凉亭旁边那盏").status_code == 302
    case.refresh_from_db()
    assert case.state == State.SUBMITTED


@pytest.mark.parametrize(
    ("fields", "to"),
    [
        ({"reached": "1", "outcome": "call_back_solved", "code": "satisfied"}, State.CLOSED),
        ({"reached": "1", "outcome": "redo"}, State.DISPATCHED),
        ({"reached": "0", "outcome": "call_back_unreachable"}, State.CLOSED),
    ],
)
def test_calling_back(desk, resolved, submitted, north, fields, to):
    workflow.rate(resolved, by=Resident(submitted.requester), code="dissatisfied", solved=False)
    assert desk(north, resolved, "call_back", text="打过电话", **fields).status_code == 302
    resolved.refresh_from_db()
    assert resolved.state == to


def test_what_contradicts_itself_is_told_beside_the_field(desk, resolved, north):
    answer = desk(north, resolved, "call_back", reached="0", outcome="call_back_solved", text="没人接")
    assert answer.status_code == 400
    assert "没人接" in answer.content.decode()


def test_redo_restore_and_appeal(desk, case, resolved, submitted, north, leader):
    assert desk(leader, resolved, "redo", why="0", text="灯还是不亮").status_code == 302
    workflow.withdraw(resolved, by=Resident(submitted.requester))
    assert desk(north, resolved, "restore", why="0").status_code == 302
    resolved.refresh_from_db()
    assert resolved.state == State.DISPATCHED


def test_the_picked_reason_and_the_words_are_one_text(desk, resolved, leader):
    assert desk(leader, resolved, "redo", why="other").status_code == 422
    assert desk(leader, resolved, "redo", why="1", text="昨晚又灭了").status_code == 302
    assert resolved.events.get(verb=Verb.REDO).text == "问题再次出现\n昨晚又灭了"


def test_a_leader_decides_an_appeal(desk, page, case, submitted, north, leader):
    workflow.reject(case, by=Staff(north), ground="unclear", text="看不懂")
    workflow.appeal(case, by=Resident(submitted.requester), text="写得很清楚")
    assert "写得很清楚" in page(leader, reverse("desk:case", args=[case.pk])).content.decode()
    assert desk(north, case, "decide_appeal", granted="1", text="应当受理").status_code == 403
    assert desk(leader, case, "decide_appeal", granted="1", text="应当受理").status_code == 302
    case.refresh_from_db()
    assert case.state == State.ACCEPTED


def test_photos_come_with_the_result_and_are_served_to_those_in_scope(desk, page, in_progress, helper, north, south):
    photo = SimpleUploadedFile("路灯.jpg", picture(), "image/jpeg")
    assert desk(helper, in_progress, "resolve", text="修好了", files=photo).status_code == 302
    attachment = in_progress.attachments.get()
    address = reverse("desk:attachment", args=[in_progress.pk, attachment.pk])
    answer = page(north, address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert page(south, address).status_code == 404


def test_a_file_that_is_no_photo_refuses_the_step(desk, in_progress, helper):
    bad = SimpleUploadedFile("x.jpg", b"<script>", "image/jpeg")
    answer = desk(helper, in_progress, "resolve", text="修好了三盏灯", files=bad)
    assert answer.status_code == 400
    assert "修好了三盏灯" in answer.content.decode()
    in_progress.refresh_from_db()
    assert in_progress.state == State.IN_PROGRESS


def test_a_step_without_words_comes_back_with_the_form(desk, case, north):
    answer = desk(north, case, "reject", ground="unclear")
    assert answer.status_code == 422
    assert "请填写说明" in answer.content.decode()
    case.refresh_from_db()
    assert case.state == State.SUBMITTED


def test_ten_thousand_characters_are_refused_and_kept(desk, case, north):
    answer = desk(north, case, "ask", text="长" * 10_000)
    assert answer.status_code == 422
    assert "长" * 10_000 in answer.content.decode()


def test_somebody_elses_case_is_not_found(desk, case, south):
    assert desk(south, case, "accept").status_code == 404


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb in STEP_FORMS])
def test_an_auditor_reads_and_takes_no_step(desk, page, case, auditor, verb):
    assert page(auditor, reverse("desk:case", args=[case.pk])).status_code == 200
    assert desk(auditor, case, verb, text="x").status_code == 403


def test_a_stale_form_says_what_happened_and_keeps_what_was_typed(desk, case, north):
    workflow.accept(case, by=Staff(north))
    answer = desk(north, case, "ask", version=1, text="是哪一盏路灯？", htmx=True)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "North" in page and "受理" in page
    assert "是哪一盏路灯？" in page
    assert 'name="version" value="2"' in page


def test_what_was_typed_for_a_step_that_is_no_longer_possible_is_shown(desk, case, north):
    workflow.reject(case, by=Staff(north), ground="unclear", text="看不懂")
    page = desk(north, case, "ask", version=1, text="是哪一盏路灯？").content.decode()
    assert "这一步已不能办理" in page
    assert "是哪一盏路灯？" in page


def test_what_was_typed_is_shown_in_words_and_nobody_is_asked_to_send_it_again(desk, case, north, the_north):
    workflow.accept(case, by=Staff(north))
    seen = ServiceRequest.objects.get(pk=case.pk).version
    workflow.reject(case, by=Staff(north), ground="unclear", text="看不懂")
    page = desk(north, case, "dispatch", version=seen, to=f"unit:{the_north.unit.pk}", text="请尽快。").content.decode()
    assert the_north.unit.name in page and "unit:" not in page
    assert "再提交一次" not in page
    page = desk(north, case, "reject", version=seen, ground="out_of_scope", text="不归我们").content.decode()
    assert "out_of_scope" not in page


def test_the_same_form_sent_twice_is_one_step(desk, case, north):
    for _time in range(2):
        assert desk(north, case, "note", version=1, idempotency_key="k1", text="先打个电话").status_code == 302
    assert case.events.filter(verb=Verb.NOTE).count() == 1
    assert desk(north, case, "note", version=2, idempotency_key="k1", text="别的话").status_code == 409


def test_a_dispatch_can_be_undone_at_once(client, desk, case, north, the_north):
    workflow.accept(case, by=Staff(north))
    desk(north, case, "dispatch", to=f"unit:{the_north.unit.pk}")
    undo = reverse("desk:undo", args=[case.pk, 3])
    assert undo in client.get(reverse("desk:home")).content.decode()
    assert client.post(undo).status_code == 302
    case.refresh_from_db()
    assert case.state == State.ACCEPTED
    assert client.post(undo).status_code == 409


def test_a_dispatch_that_was_taken_is_not_undone(client, desk, case, north, helper, the_north):
    workflow.accept(case, by=Staff(north))
    desk(north, case, "dispatch", to=f"unit:{the_north.unit.pk}")
    workflow.take(case, by=Staff(helper))
    client.force_login(north)
    assert client.post(reverse("desk:undo", args=[case.pk, 3])).status_code == 409
    assert ServiceRequest.objects.get(pk=case.pk).state == State.IN_PROGRESS


def test_a_script_gets_the_panel_and_a_hint_to_the_list(desk, case, north):
    answer = desk(north, case, "accept", htmx=True)
    assert answer.status_code == 200
    assert "cases-changed" in answer["HX-Trigger"]
    assert "<html" not in answer.content.decode()
    assert "toast-success" in answer.content.decode()


def test_recalling_a_question_is_called_so_on_the_button_in_the_toast_and_in_the_refusal(
    client, desk, page, case, north, keeper
):
    workflow.ask(case, by=Staff(north), text="是哪一盏？")
    shown = page(north, reverse("desk:case", args=[case.pk])).content.decode()
    assert "撤回提问" in shown
    assert "撤回派单" not in shown
    assert "派错了承办方" not in shown
    assert desk(north, case, "recall", why="0").status_code == 422
    assert desk(north, case, "recall", why="3", text="居民来电说明了").status_code == 302
    assert case.events.get(verb=Verb.RECALL).text == "不需要居民再补充\n居民来电说明了"
    assert f"已完成“撤回提问”：{case}" in client.get(reverse("desk:home")).content.decode()
    with pytest.raises(Conflict) as told:
        workflow.ask(case, by=Staff(north), version=2, text="是哪一盏？")
    assert told.value.extra["since"][0]["label"] == "撤回提问"
