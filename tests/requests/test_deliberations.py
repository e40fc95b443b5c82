"""议事协商: from the topic to the finished task, and who may do what."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound
from portal.core.models import Notification, OutboxMessage, Role
from requests import deliberation_notices, timeline, workflow
from requests.deliberations import follow_up, meetings, publicity, topics
from requests.models import FollowUpTask, Meeting, ServiceProject
from requests.reckoning import accounts_of
from requests.types import DispatchOutcome, State
from requests.workflow import Staff
from tests.conftest import make_user
from tests.requests.builders import case_in, deliberation, new_project
from tests.requests.talks import DAY, go


def test_it_works_from_a_tabled_case_to_the_finished_task(cast, topic, runner):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    workflow.table(case, by=cast.dispatcher, text="涉及整栋楼。", deliberation=topic)
    assert (case.state, case.waiting_from) == (State.DELIBERATING, State.IN_PROGRESS)
    go(topic, runner, to="in_force")
    workflow.conclude(case, by=cast.chair, result="go_on", text="同意更换路灯。")
    assert (case.state, case.current_dispatch.organization) == (State.IN_PROGRESS, cast.half.unit)
    task = follow_up.give(
        topic, by=runner, text="更换路灯", due_on=timezone.localdate() + DAY, organization=cast.half.unit
    )
    follow_up.report(task, by=cast.handler.user, result="已更换。")
    topic.refresh_from_db()
    assert (topic.state, task.state) == ("done", "done")
    verbs = list(topic.events.values_list("verb", flat=True))
    assert verbs == ["schedule", "hold", "resolve", "publish", "enact", "finish"]


def test_a_matter_can_be_settled_by_deliberation_and_the_resident_reads_how(cast, topic):
    case, _resident = case_in(State.ACCEPTED, cast)
    workflow.table(case, by=cast.leader, text="几户有分歧。", deliberation=topic)
    workflow.conclude(case, by=cast.chair, result="resolved", text="双方达成一致。")
    assert (case.state, case.resolve_ground) == (State.RESOLVED, "deliberated")
    event = case.events.order_by("-id").first()
    assert (event.is_public, event.text, event.actor) == (True, "双方达成一致。", "chair")
    assert case.tablings.get().outcome == "concluded"


class TestConcludedIntoAProject:
    def test_a_project_is_drafted_at_once_and_the_resident_reads_its_plan(self, cast, topic):
        case, resident = case_in(State.IN_PROGRESS, cast)
        workflow.table(case, by=cast.dispatcher, text="涉及整栋楼。", deliberation=topic)
        end = timezone.localdate() + 90 * DAY
        workflow.conclude(
            case, by=cast.chair, result="project", text="同意整栋改造。", project_name="楼道照明改造", planned_end=end
        )
        project = ServiceProject.objects.get()
        assert (case.state, case.tablings.get().outcome) == (State.IN_PROJECT, "concluded")
        assert (project.state, project.region, project.description) == ("draft", topic.region, "同意整栋改造。")
        assert (project.lead_person, project.planned_end) == (cast.chair.user.person, end)
        assert [event.verb for event in project.events.all()] == ["create", "add_needs"]
        assert case.dispatches.get().outcome == DispatchOutcome.ENDED
        line = timeline.lines_for(resident.requester)[-1]
        assert "楼道照明改造" in line.sentence
        assert line.said == "同意整栋改造。"
        assert OutboxMessage.objects.filter(kind="case_adopted").count() == 1
        assert not OutboxMessage.objects.filter(kind="case_concluded").exists()

    def test_a_project_that_the_chair_runs_takes_it_and_others_do_not(self, cast, topic, the_south):
        case, _resident = case_in(State.DELIBERATING, cast)
        with pytest.raises(DomainError) as refusal:
            workflow.conclude(
                case, by=cast.chair, result="project", text="好。", project=new_project(the_south.community)
            )
        assert "project" in refusal.value.fields
        running = new_project(cast.half.community)
        workflow.conclude(case, by=cast.chair, result="project", text="并入改造。", project=running)
        assert running.needs.get().request == case
        assert running.events.get().about == case.number

    @pytest.mark.parametrize(
        ("name", "days", "field"),
        [("", 30, "project_name"), ("改造", None, "planned_end"), ("改造", -1, "planned_end")],
    )
    def test_a_draft_needs_a_name_and_an_end_to_come(self, cast, name, days, field):
        case, _resident = case_in(State.DELIBERATING, cast)
        end = None if days is None else timezone.localdate() + days * DAY
        with pytest.raises(DomainError) as refusal:
            workflow.conclude(case, by=cast.chair, result="project", text="好。", project_name=name, planned_end=end)
        assert list(refusal.value.fields) == [field]
        case.refresh_from_db()
        assert case.state == State.DELIBERATING
        assert not ServiceProject.objects.exists()

    def test_the_clock_stands_still_in_both_and_goes_on_where_it_stood(self, cast):
        case, _resident = case_in(State.DELIBERATING, cast, came_from=State.ACCEPTED)
        due, at = case.due_at, case.waiting_since
        project = new_project(cast.half.community)
        workflow.conclude(case, by=cast.chair, result="project", text="好。", project=project, at=at + 5 * DAY)
        leader = Staff(make_user("lead", Role.COMMUNITY, region=cast.half.community))
        workflow.leave_project(case, by=leader, text="不做了。", at=at + 9 * DAY)
        assert abs(case.due_at - (due + 9 * DAY)) < timedelta(seconds=1)
        told = accounts_of(case, case.events.order_by("id"))["resolve"]
        assert [pause.state for pause in told.pauses] == [State.DELIBERATING, State.IN_PROJECT]
        assert abs(told.due_at - case.due_at) < timedelta(seconds=1)


def test_while_it_is_talked_over_the_clock_stands_still(cast, topic):
    case, _resident = case_in(State.ACCEPTED, cast)
    at, due = timezone.now(), case.due_at
    workflow.table(case, by=cast.dispatcher, text="多户。", deliberation=topic, at=at)
    assert case not in type(case).objects.overdue(at + 20 * DAY)
    workflow.conclude(case, by=cast.chair, result="go_on", text="继续办。", at=at + 20 * DAY)
    assert abs(case.due_at - (due + 20 * DAY)) < timedelta(seconds=1)


def test_after_thirty_days_it_goes_on_by_itself_and_the_dispatcher_is_told(cast, topic, runner):
    case, _resident = case_in(State.IN_PROGRESS, cast)
    at = timezone.now()
    workflow.table(case, by=cast.leader, text="多户。", deliberation=topic, at=at)
    assert workflow.clockwork.run_due(at=at + 29 * DAY)["topics"] == 0
    assert workflow.clockwork.run_due(at=at + 31 * DAY)["topics"] == 1
    case.refresh_from_db()
    assert (case.state, case.tablings.get().outcome) == (State.IN_PROGRESS, "expired")
    assert Notification.objects.filter(person=runner.person, kind="case_topic_lapsed").exists()


def test_the_dispatcher_takes_a_topic_off_the_agenda(cast, topic):
    case, _resident = case_in(State.DELIBERATING, cast)
    workflow.recall(case, by=cast.dispatcher, text="已经另行解决。")
    assert (case.state, case.tablings.get().outcome) == (State.IN_PROGRESS, "recalled")


def test_a_case_that_was_withdrawn_or_merged_comes_back_to_the_agenda(cast):
    case, resident = case_in(State.DELIBERATING, cast)
    workflow.withdraw(case, by=resident)
    workflow.restore(case, by=cast.dispatcher, text="住户改了主意。")
    assert case.state == State.DELIBERATING
    other, _resident = case_in(State.ACCEPTED, cast)
    workflow.merge(case, by=cast.dispatcher, into=other)
    workflow.restore(case, by=cast.dispatcher, text="不是一件事。")
    assert case.tablings.filter(outcome="waiting").count() == 1
    workflow.conclude(case, by=cast.chair, result="go_on", text="继续办。")
    assert case.state == State.IN_PROGRESS


def test_an_agenda_of_another_region_or_one_that_is_over_takes_nothing(cast, topic, runner, the_south):
    case, _resident = case_in(State.ACCEPTED, cast)
    elsewhere = deliberation(cast, region=the_south.community)
    topics.drop(topic, by=runner, ground="settled")
    for each in (elsewhere, topic):
        with pytest.raises(DomainError) as refusal:
            workflow.table(case, by=cast.dispatcher, text="多户。", deliberation=each)
        assert "deliberation" in refusal.value.fields


def test_what_a_dropped_deliberation_had_on_its_agenda_waits_for_the_next_meeting(cast, topic, runner):
    case, _resident = case_in(State.ACCEPTED, cast)
    workflow.table(case, by=cast.dispatcher, text="多户。", deliberation=topic)
    topics.drop(topic, by=runner, ground="no_agreement")
    meeting = meetings.call(
        by=runner, region=cast.half.community, held_on=timezone.localdate(), chair=cast.chair.user.person
    )
    assert [item.tabling.request for item in meeting.items.all()] == [case]
    workflow.conclude(case, by=cast.chair, result="resolved", text="会上已商定。")
    assert case.state == State.RESOLVED


class TestSteps:
    def test_each_is_refused_out_of_its_turn(self, topic, runner):
        with pytest.raises(Conflict) as refusal:
            topics.resolve(topic, by=runner, resolution="更换路灯。")
        assert refusal.value.extra["allowed"] == ["amend", "schedule", "drop", "hand_over"]

    def test_people_elsewhere_find_nothing_and_those_who_only_read_may_not(self, cast, topic):
        with pytest.raises(NotFound):
            topics.schedule(topic, by=cast.stranger.user, scheduled_for=timezone.now() + DAY, place="议事厅")
        with pytest.raises(NotAllowed):
            topics.schedule(topic, by=cast.handler.user, scheduled_for=timezone.now() + DAY, place="议事厅")

    def test_nobody_is_told_to_come_where_nobody_is_invited(self, cast, runner):
        with pytest.raises(Conflict):
            topics.schedule(deliberation(cast), by=runner, scheduled_for=timezone.now() + DAY, place="议事厅")

    def test_the_notice_reaches_the_unit_and_names_time_and_place_but_not_the_topic(self, cast, topic, runner):
        topics.schedule(topic, by=runner, scheduled_for=timezone.now() + DAY, place="议事厅")
        told = Notification.objects.get(person=cast.handler.user.person, kind="deliberation_scheduled")
        assert told.values["place"] == "议事厅" and topic.topic not in told.values.values()

    def test_minutes_are_written_after_the_meeting_with_those_who_came(self, topic, runner):
        topics.schedule(topic, by=runner, scheduled_for=timezone.now() + DAY, place="议事厅")
        with pytest.raises(Conflict):
            topics.hold(topic, by=runner, minutes="好。", attended=list(topic.participants.all()))
        came = topic.participants.get(name="王阿姨")
        topics.hold(topic, by=runner, minutes="好。", attended=[came], at=timezone.now() + 2 * DAY)
        assert dict(topic.participants.values_list("name", "attended")) == {"": False, "王阿姨": True}

    def test_whoever_is_invited_answers_for_themselves(self, cast, topic):
        seat = topic.participants.get(organization=cast.half.unit)
        topics.reply(seat, by=cast.handler.user, accepts=True)
        assert seat.reply == "accepted"
        with pytest.raises(NotAllowed):
            topics.reply(seat, by=cast.keeper.user, accepts=False)

    def test_a_chair_looks_after_the_region(self, cast, runner):
        with pytest.raises(DomainError) as refusal:
            topics.raise_topic(
                by=runner, region=cast.half.community, chair=cast.stranger.user.person, kind="parking", topic="停车"
            )
        assert "chair" in refusal.value.fields

    def test_nobody_raises_a_topic_elsewhere(self, cast, runner, the_south):
        with pytest.raises(DomainError) as refusal:
            topics.raise_topic(by=runner, region=the_south.community, chair=runner.person, kind="parking", topic="停车")
        assert "region" in refusal.value.fields


class TestPublicity:
    def test_an_objection_is_answered_before_it_comes_in_force(self, cast, topic, runner):
        at = timezone.now() - 30 * DAY
        go(topic, runner, to="public", at=at)
        made = publicity.object_to(topic, name="张三", phone="13800002222", text="太亮了。", at=at + 6 * DAY)
        assert (made.name_masked, made.phone_masked) == ("张*", "138****2222")
        assert Notification.objects.filter(person=cast.chair.user.person, kind="deliberation_objected").exists()
        with pytest.raises(Conflict) as refusal:
            publicity.enact(topic, by=runner)
        assert refusal.value.code == "unanswered"
        publicity.answer(made, by=runner, text="换成暖光。")
        assert OutboxMessage.objects.filter(kind="deliberation_objection_answered").exists()
        publicity.enact(topic, by=runner)
        assert topic.state == "in_force"

    def test_it_hangs_until_its_time_is_over(self, topic, runner):
        go(topic, runner, to="resolved")
        publicity.publish(topic, by=runner)
        with pytest.raises(Conflict) as refusal:
            publicity.enact(topic, by=runner)
        assert refusal.value.code == "too_early"

    def test_one_phone_has_one_open_objection_and_none_after_the_end(self, topic, runner):
        go(topic, runner, to="resolved")
        publicity.publish(topic, by=runner)
        said = {"name": "张三", "phone": "13800002222", "text": "太亮了。"}
        publicity.object_to(topic, **said)
        with pytest.raises(Conflict):
            publicity.object_to(topic, **said)
        with pytest.raises(Conflict) as refusal:
            publicity.object_to(topic, **said | {"phone": "13800003333"}, at=topic.publicity_ends_at + DAY)
        assert refusal.value.code == "too_late"


class TestTasks:
    def test_the_owner_is_told_and_once_more_when_it_is_late(self, cast, topic, runner):
        go(topic, runner, to="in_force")
        task = follow_up.give(topic, by=runner, text="换灯", due_on=timezone.localdate(), organization=cast.half.unit)
        told = Notification.objects.filter(person=cast.handler.user.person)
        assert told.filter(kind="deliberation_task").count() == 1
        FollowUpTask.objects.update(due_on=timezone.localdate() - DAY)
        assert [deliberation_notices.remind_of_tasks() for _ in range(2)] == [1, 0]
        assert told.filter(kind="deliberation_task_late").count() == 1
        assert FollowUpTask.objects.mine(cast.handler.user.scope).get() == task

    def test_strangers_and_those_who_only_read_do_not_report(self, cast, topic, runner):
        go(topic, runner, to="in_force")
        task = follow_up.give(topic, by=runner, text="换灯", due_on=timezone.localdate(), person=runner.person)
        with pytest.raises(NotFound):
            follow_up.report(task, by=cast.stranger.user, result="好了。")
        with pytest.raises(NotAllowed):
            follow_up.report(task, by=cast.handler.user, result="好了。")

    def test_tasks_to_be_done_keep_it_open(self, topic, runner):
        go(topic, runner, to="in_force")
        follow_up.give(topic, by=runner, text="换灯", due_on=timezone.localdate(), person=runner.person)
        with pytest.raises(Conflict):
            follow_up.finish_deliberation(topic, by=runner)


class TestMeetings:
    def test_the_list_is_made_of_what_is_open_and_put_in_order(self, cast, topic, runner):
        case, _resident = case_in(State.ACCEPTED, cast)
        workflow.table(case, by=cast.dispatcher, text="多户。")
        today, chair = timezone.localdate(), runner.person
        meeting = meetings.call(by=runner, region=cast.half.community, held_on=today, chair=chair)
        first, second = meeting.items.all()
        assert (first.deliberation, second.tabling.request) == (topic, case)
        meetings.move(second, by=runner, up=True)
        assert [item.pk for item in meeting.items.all()] == [second.pk, first.pk]
        assert meetings.gather(meeting, by=runner) == 0
        meetings.hold(meeting, by=runner, minutes="逐项商议。")
        with pytest.raises(Conflict):
            meetings.gather(meeting, by=runner)

    def test_a_meeting_is_written_down_some_days_late_and_says_that_its_minutes_are_missing(self, cast, runner):
        today, where = timezone.localdate(), {"region": cast.half.community, "chair": runner.person}
        late = meetings.call(by=runner, held_on=today - 3 * DAY, **where)
        assert late.lacks_minutes
        meetings.hold(late, by=runner, minutes="补记。")
        assert not late.lacks_minutes
        with pytest.raises(DomainError) as refusal:
            meetings.call(by=runner, held_on=today - 31 * DAY, **where)
        assert list(refusal.value.fields) == ["held_on"]

    def test_a_region_has_one_meeting_a_day_and_strangers_call_none(self, cast, runner):
        today, region = timezone.localdate(), cast.half.community
        meetings.call(by=runner, region=region, held_on=today, chair=runner.person)
        with pytest.raises(DomainError):
            meetings.call(by=runner, region=region, held_on=today, chair=runner.person)
        with pytest.raises(DomainError):
            meetings.call(by=cast.stranger.user, region=region, held_on=today + DAY, chair=runner.person)
        assert not Meeting.objects.for_user(cast.stranger.user).exists()
