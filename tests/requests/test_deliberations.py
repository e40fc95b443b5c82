"""议事协商: from the topic to the finished task, who may do what, and what stays confidential."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound
from portal.core.masking import mask_name
from portal.core.models import Estate, Notification, OutboxMessage, Role
from requests import deliberation_notices, households, timeline, workflow
from requests.deliberations import follow_up, meetings, polls, publicity, step, topics
from requests.deliberations.seats import name_for, seats_of
from requests.models import Deliberation, FollowUpTask, Household, Meeting, ServiceProject
from requests.reckoning import accounts_of
from requests.types import DispatchOutcome, State
from requests.workflow import Staff
from tests.conftest import make_user
from tests.requests.builders import case_in, deliberation, make_cast, new_project

DAY = timedelta(days=1)


@pytest.fixture
def cast(the_north, the_south):
    return make_cast(the_north, the_south)


@pytest.fixture
def runner(cast):
    return cast.dispatcher.user


@pytest.fixture
def topic(cast, runner):
    """A topic to which the half's unit and a resident are invited."""
    row = deliberation(cast)
    topics.invite(row, by=runner, role="executor", organization=cast.half.unit)
    topics.invite(row, by=runner, role="resident", name="王阿姨")
    return row


def go(row, by, *, to, at=None):
    """Bring it there by the verbs, beginning at a moment."""
    at = at or timezone.now() - 40 * DAY
    ways = {
        "scheduled": lambda: topics.schedule(row, by=by, scheduled_for=at + 2 * DAY, place="议事厅", at=at),
        "held": lambda: topics.hold(
            row, by=by, minutes="大家都同意。", attended=list(row.participants.all()), at=at + 3 * DAY
        ),
        "resolved": lambda: topics.resolve(row, by=by, resolution="更换路灯。", at=at + 4 * DAY),
        "public": lambda: publicity.publish(row, by=by, at=at + 5 * DAY),
        "in_force": lambda: publicity.enact(row, by=by, at=at + 30 * DAY),
    }
    for state, way in ways.items():
        way()
        assert row.state == state
        if state == to:
            break
    return row


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
        assert refusal.value.extra["allowed"] == ["amend", "schedule", "drop"]

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


class TestVotes:
    @pytest.fixture
    def homes(self, topic, runner):
        topic.estate = Estate.objects.create(name="龙井小区", region=topic.region)
        topic.save()
        lines = "\n".join(f"{number}栋101,{50 + number}" for number in range(1, 11))
        assert households.revise(topic.estate, by=runner, lines=lines).added == 10
        topics.schedule(topic, by=runner, scheduled_for=timezone.now() + DAY, place="议事厅")
        return list(Household.objects.order_by("pk"))

    def put(self, topic, runner, **values):
        asked = {
            "question": "装充电桩？",
            "options": ["同意", "不同意"],
            "voted": "household",
            "quorum": 60,
            "majority": 51,
        }
        return polls.put(topic, by=runner, **asked | values)

    def test_the_result_is_counted_by_households_and_by_area(self, topic, runner, homes):
        poll = self.put(topic, runner)
        yes, no = poll.options.all()
        polls.record(poll, by=runner, voters=homes[:2], option=yes)
        assert not polls.result(poll).has_quorum
        polls.record(poll, by=runner, voters=homes[2:5], option=yes)
        polls.record(poll, by=runner, voters=homes[5:6], option=no)
        polls.record(poll, by=runner, voters=homes[6:7], option=None)
        found = polls.result(poll)
        assert (found.entitled, found.voted, found.turnout, found.ahead) == (10, 7, 70, yes)
        assert [line.votes for line in found.tallies] == [5, 1, 1]
        assert str(found.tallies[0].area_share) == "70.11"

    def test_an_open_vote_has_carried_nothing(self, topic, runner, homes):
        poll = self.put(topic, runner)
        polls.record(poll, by=runner, voters=homes, option=poll.options.first())
        assert (polls.result(poll).ahead, polls.result(poll).carried) == (poll.options.first(), None)
        polls.close(poll, by=runner)
        assert polls.result(poll).carried == poll.options.first()

    def test_many_small_flats_do_not_outvote_the_floor_area(self, topic, runner, homes):
        Household.objects.filter(pk__in=[home.pk for home in homes[6:]]).update(area_m2=500)
        poll = self.put(topic, runner)
        yes, no = poll.options.all()
        polls.record(poll, by=runner, voters=homes[:6], option=yes)
        polls.record(poll, by=runner, voters=homes[6:], option=no)
        polls.close(poll, by=runner)
        found = polls.result(poll)
        assert (found.has_quorum, found.unmeasured, found.ahead, found.carried) == (True, 0, None, None)

    def test_an_unknown_floor_area_is_no_consent(self, topic, runner, homes):
        Household.objects.filter(pk__in=[home.pk for home in homes[8:]]).update(area_m2=None)
        poll = self.put(topic, runner)
        yes, _no = poll.options.all()
        polls.record(poll, by=runner, voters=homes[1:], option=yes)
        polls.close(poll, by=runner)
        found = polls.result(poll)
        assert (found.unmeasured, found.ahead, found.carried) == (2, yes, None)
        # 385 of 436 m² that are known; the two flats without one add nothing.
        assert (str(found.area_turnout), str(found.tallies[0].area_share)) == ("88.30", "100.00")

    def test_a_household_votes_once_and_nothing_is_recorded_if_one_has(self, topic, runner, homes):
        poll = self.put(topic, runner)
        polls.record(poll, by=runner, voters=homes[:1], option=None)
        with pytest.raises(Conflict) as refusal:
            polls.record(poll, by=runner, voters=homes, option=None)
        assert refusal.value.code == "voted_already" and poll.votes.count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            poll.votes.create(household=homes[0])

    def test_the_list_of_households_can_be_corrected(self, topic, runner, homes):
        made = households.revise(topic.estate, by=runner, lines="1栋101，88.5\n2栋101\n11栋101", off="10栋101")
        assert (made.added, made.measured, made.removed) == (1, 1, 1)
        areas = dict(topic.estate.households.values_list("label", "area_m2"))
        assert [str(areas[label]) for label in ("1栋101", "2栋101", "11栋101")] == ["88.50", "52.00", "None"]
        assert "10栋101" not in areas

    def test_a_household_that_has_voted_stays_on_the_list(self, topic, runner, homes):
        polls.record(self.put(topic, runner), by=runner, voters=homes[:1], option=None)
        for off in ("1栋101\n2栋101", "99栋101"):
            with pytest.raises(DomainError) as refusal:
                households.revise(topic.estate, by=runner, lines="", off=off)
            assert list(refusal.value.fields) == ["off"]
        assert topic.estate.households.count() == 10

    def test_seats_vote_and_strangers_do_not(self, topic, runner, homes):
        poll = self.put(topic, runner, voted="seat")
        with pytest.raises(DomainError):
            polls.record(poll, by=runner, voters=homes[:1], option=None)
        there = list(topic.participants.all())
        polls.record(poll, by=runner, voters=there, option=poll.options.first(), at=timezone.now() + DAY)
        assert polls.result(poll).turnout == 100

    def test_seats_vote_once_the_meeting_has_begun_and_households_from_the_notice_on(self, topic, runner, homes):
        by_seat, by_household = self.put(topic, runner, voted="seat"), self.put(topic, runner)
        there = list(topic.participants.all())
        with pytest.raises(Conflict) as refusal:
            polls.record(by_seat, by=runner, voters=there, option=None)
        assert refusal.value.code == "not_possible_now"
        assert polls.record(by_household, by=runner, voters=homes[:1], option=None) == 1

    def test_who_was_not_at_the_meeting_has_no_vote(self, topic, runner, homes):
        poll = self.put(topic, runner, voted="seat")
        came, away = topic.participants.all()
        topics.hold(topic, by=runner, minutes="好。", attended=[came], at=timezone.now() + DAY)
        with pytest.raises(DomainError) as refusal:
            polls.record(poll, by=runner, voters=[came, away], option=None, at=timezone.now() + DAY)
        assert str(away) in refusal.value.fields["voters"][0]
        assert polls.result(poll).voted == 0

    def test_a_closed_vote_takes_no_more_and_an_open_one_holds_the_resolution_up(self, topic, runner, homes):
        poll = self.put(topic, runner)
        topics.hold(
            topic, by=runner, minutes="好。", attended=list(topic.participants.all()), at=timezone.now() + 2 * DAY
        )
        with pytest.raises(Conflict):
            topics.resolve(topic, by=runner, resolution="装。")
        polls.close(poll, by=runner)
        with pytest.raises(Conflict):
            polls.record(poll, by=runner, voters=homes[:1], option=None)
        topics.resolve(topic, by=runner, resolution="装。")


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


class TestConfidential:
    @pytest.fixture
    def secret(self, cast, runner):
        row = deliberation(cast, kind="dispute", topic="漏水赔偿", is_confidential=True)
        mediator = make_user("mediator", Role.COMMUNITY, region=cast.half.community)
        topics.invite(row, by=cast.chair.user, role="mediator", person=mediator.person)
        topics.invite(row, by=cast.chair.user, role="executor", organization=cast.half.unit)
        row.mediator = mediator
        return row

    def test_only_its_chair_its_mediators_and_those_named_see_it(self, cast, secret, admin_user):
        def sees(user):
            return Deliberation.objects.for_user(user).filter(pk=secret.pk).exists()

        assert sees(cast.chair.user) and sees(secret.mediator)
        others = [cast.dispatcher, cast.leader, cast.keeper, cast.handler, cast.appeal_leader, cast.stranger]
        assert not any(sees(each.user) for each in others) and not sees(admin_user)

    @pytest.mark.parametrize("role", ["party", "resident"])
    def test_who_is_part_of_it_is_named_to_the_chair_and_the_mediators_alone(self, cast, secret, role):
        seats_given = [
            topics.invite(secret, by=cast.chair.user, role=role, person=each.user.person)
            for each in (cast.keeper, cast.leader)
        ]
        of_leader = seats_of(secret).get(pk=seats_given[1].pk)
        for reader, is_told in [(cast.chair.user, True), (secret.mediator, True), (cast.leader.user, True)]:
            assert (name_for(of_leader, reader) == str(of_leader)) is is_told
        assert name_for(of_leader, cast.keeper.user) == mask_name(str(of_leader))

    def test_whoever_looks_after_the_region_cannot_run_it(self, runner, secret):
        with pytest.raises(NotFound):
            topics.drop(secret, by=runner, ground="settled")
        topics.drop(secret, by=secret.mediator, ground="settled")

    def test_leaders_learn_that_it_exists_and_nothing_else(self, cast, secret):
        assert Deliberation.objects.withheld_from(cast.leader.user.scope).count() == 1
        assert Deliberation.objects.withheld_from(cast.dispatcher.user.scope).count() == 0
        assert Deliberation.objects.withheld_from(cast.chair.user.scope).count() == 0

    def test_units_are_not_told_and_no_list_holds_it(self, cast, runner, secret):
        topics.schedule(secret, by=secret.mediator, scheduled_for=timezone.now() + DAY, place="调解室")
        assert not Notification.objects.filter(person=cast.handler.user.person).exists()
        assert Notification.objects.filter(person=secret.mediator.person).count() == 0  # gave the notice
        meeting = meetings.call(
            by=runner, region=cast.half.community, held_on=timezone.localdate(), chair=runner.person
        )
        assert not meeting.items.exists()

    def test_it_is_never_published(self, secret):
        go(secret, secret.mediator, to="resolved")
        with pytest.raises(Conflict):
            publicity.publish(secret, by=secret.mediator)
        publicity.enact(secret, by=secret.mediator)
        assert secret.state == "in_force"
        with pytest.raises(IntegrityError), transaction.atomic():
            Deliberation.objects.filter(pk=secret.pk).update(
                published_at=timezone.now(), publicity_ends_at=timezone.now()
            )

    def test_only_a_dispute_can_be(self, cast, runner):
        with pytest.raises(DomainError) as refusal:
            topics.raise_topic(
                by=runner, region=cast.half.community, chair=runner.person, kind="parking", topic="停车",
                is_confidential=True,
            )  # fmt: skip
        assert "is_confidential" in refusal.value.fields

    def test_a_case_on_its_agenda_does_not_tell_which(self, cast, secret):
        case, _resident = case_in(State.ACCEPTED, cast)
        workflow.table(case, by=Staff(secret.mediator), text="请调解。", deliberation=secret)
        event = case.events.order_by("-id").first()
        assert str(secret.pk) not in str(event.data) and secret.topic not in event.text
        workflow.conclude(case, by=cast.chair, result="resolved", text="已和解。")

    def test_what_the_owner_of_a_task_sees_is_the_task_alone(self, cast, secret):
        go(secret, secret.mediator, to="resolved")
        task = follow_up.give(
            secret, by=secret.mediator, text="检修水管", due_on=timezone.localdate(), organization=cast.half.unit
        )
        user = cast.handler.user
        assert FollowUpTask.objects.for_user(user).get() == task
        assert not Deliberation.objects.for_user(user).exists()
        assert step.allowed(secret, by=user) == []
