"""Projects: from needs to a result that everybody who asked reads, and nothing skipped on the way."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Role, StoredFile
from portal.core.models.notifications import Notification, OutboxMessage
from requests import claims, privacy, projects, resources, timeline, workflow
from requests.clocks import clocks_of
from requests.models import ProjectNeed, ServiceProject, ServiceRequest
from requests.project_types import Gate, NeedOutcome, ProjectKind, ProjectState, ProjectVerb
from requests.projects.table import TABLE
from requests.standing import public_status
from requests.types import ClaimState, DispatchOutcome, State
from requests.workflow import Resident, Staff
from tests.conftest import make_user
from tests.requests.builders import case_in, new_case, new_project, offer

S = ProjectState
DAY = timedelta(days=1)


@pytest.fixture
def by(cast):
    """Runs the community."""
    return cast.dispatcher.user


@pytest.fixture
def boss(cast):
    return cast.leader.user


@pytest.fixture
def under_way(the_north):
    return new_project(the_north.community, organization=the_north.unit)


def two_needs(cast):
    return case_in(State.ACCEPTED, cast), case_in(State.IN_PROGRESS, cast)


def draft(by, the_north, **values):
    day = timezone.localdate()
    details = {
        "name": "篮球场微改造", "kind": ProjectKind.SERVICE, "description": "翻新地面。",
        "organization": the_north.unit,
        "planned_start": day, "planned_end": day + 60 * DAY, **values,
    }  # fmt: skip
    return projects.create(by=by, region=the_north.community, **details)


def read(case) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=case.pk)


def test_it_works(cast, by, boss, the_north):
    """Two needs, a project, its review, a milestone, the result for both."""
    (first, asked_first), (second, asked_second) = two_needs(cast)
    project = draft(by, the_north, cases=[first, second])
    assert {read(first).state, read(second).state} == {State.IN_PROJECT}
    projects.set_milestone(project, by=by, title="完工", due_on=timezone.localdate() + 30 * DAY)
    projects.apply(project, by=by, text="居民反映集中。")
    projects.review(project, by=boss, granted=True, text="同意。")
    projects.start(project, by=by)
    projects.reach_milestone(project, by=by, milestone=project.milestones.get())
    projects.finish(project, by=by, text="球场已经翻新，欢迎来打球。")
    assert project.state == S.FINISHED
    for case, resident in [(first, asked_first), (second, asked_second)]:
        now = read(case)
        assert (now.state, now.resolve_ground) == (State.RESOLVED, "project")
        assert timeline.lines_for(resident.requester)[-1].said == "球场已经翻新，欢迎来打球。"
        assert "评价" in public_status(now).next_step
    assert set(project.needs.values_list("outcome", flat=True)) == {NeedOutcome.RESOLVED}
    verbs = list(project.events.values_list("verb", flat=True))
    assert verbs == ["create", "set_milestone", "apply", "review", "start", "reach_milestone", "finish"]


def test_everybody_who_asked_with_a_merged_case_is_told_the_result(cast, by, under_way):
    (kept, _one), (other, asked) = case_in(State.ACCEPTED, cast), case_in(State.ACCEPTED, cast)
    workflow.adopt(kept, by=cast.dispatcher, project=under_way)
    workflow.merge(other, by=cast.dispatcher, into=kept)
    projects.finish(under_way, by=by, text="都办好了。")
    asked.requester.refresh_from_db()
    assert timeline.lines_for(asked.requester)[-1].said == "都办好了。"


class TestNeeds:
    def test_whoever_held_it_holds_it_no_more_and_the_resident_reads_the_plan(self, cast, under_way):
        case, resident = case_in(State.IN_PROGRESS, cast)
        workflow.adopt(case, by=cast.dispatcher, project=under_way)
        offered = case.dispatches.get()
        assert (offered.outcome, case.current_dispatch) == (DispatchOutcome.ENDED, None)
        status = public_status(read(case))
        assert under_way.name in status.sentence
        assert str(under_way.planned_end.day) in status.next_step
        assert under_way.name in timeline.lines_for(resident.requester)[-1].sentence
        assert OutboxMessage.objects.filter(kind="case_adopted").count() == 1

    def test_steps_on_the_page_of_a_case_stand_on_the_projects_timeline_once(self, cast, by, under_way):
        (case, _one), (other, _two) = case_in(State.ACCEPTED, cast), case_in(State.ACCEPTED, cast)
        workflow.adopt(case, by=cast.dispatcher, project=under_way, text="同类。")
        workflow.leave_project(case, by=Staff(by), text="不属于本项目。")
        projects.add_needs(under_way, by=by, cases=[case, other])
        workflow.finish(other, by=Staff(by), text="办好了。")
        told = [(event.verb, event.about) for event in under_way.events.all()]
        both = f"{case.number}、{other.number}"
        assert told == [
            ("add_needs", case.number), ("take_out", case.number), ("add_needs", both), ("answer_need", other.number),
        ]  # fmt: skip

    def test_its_clock_stands_still_and_goes_on_where_it_stood(self, cast, by, under_way):
        case, _resident = case_in(State.ACCEPTED, cast)
        was_due, adopted_at = case.due_at, timezone.now()
        workflow.adopt(case, by=cast.dispatcher, project=under_way, at=adopted_at)
        later = was_due + 30 * DAY
        assert not ServiceRequest.objects.overdue(later).exists()
        projects.take_out(under_way, by=by, case=case, text="不属于本项目。", at=later)
        case = read(case)
        assert case.state == State.ACCEPTED
        assert case.due_at > later
        assert not ServiceRequest.objects.overdue(later).exists()
        resolving = clocks_of(case, list(case.events.order_by("id")))[-1]
        assert any("列入项目" in line for line in resolving.lines)
        assert resolving.account.due_at == case.due_at

    def test_what_was_overdue_before_stays_overdue(self, cast, under_way):
        case, _resident = case_in(State.ACCEPTED, cast)
        late = case.due_at + DAY
        workflow.adopt(case, by=cast.dispatcher, project=under_way, at=late)
        assert ServiceRequest.objects.overdue(late + DAY).get() == case
        assert read(case).late_since is not None

    def test_a_case_is_in_one_project_at_most(self, cast, the_north, under_way):
        case, _resident = case_in(State.ACCEPTED, cast)
        workflow.adopt(case, by=cast.dispatcher, project=under_way)
        with pytest.raises(Conflict):
            workflow.adopt(case, by=cast.dispatcher, project=new_project(the_north.community, name="另一个"))
        with pytest.raises(IntegrityError), transaction.atomic():
            ProjectNeed.objects.create(project=new_project(the_north.community, name="第三个"), request=case)

    def test_a_project_of_others_or_one_that_is_over_takes_none(self, cast, the_north, the_south):
        case, _resident = case_in(State.ACCEPTED, cast)
        with pytest.raises(DomainError) as refusal:
            workflow.adopt(case, by=cast.dispatcher, project=new_project(the_south.community))
        assert refusal.value.code == "outside_your_area"
        over = new_project(the_north.community, state=S.FINISHED, finished_at=timezone.now())
        with pytest.raises(Conflict):
            workflow.adopt(case, by=cast.dispatcher, project=over)
        assert read(case).state == State.ACCEPTED

    def test_all_or_none_are_put_in(self, cast, by, under_way):
        good, _one = case_in(State.ACCEPTED, cast)
        bad, _other = case_in(State.SUBMITTED, cast)
        with pytest.raises(Conflict):
            projects.add_needs(under_way, by=by, cases=[good, bad])
        assert read(good).state == State.ACCEPTED
        assert not under_way.needs.exists()

    def test_who_withdraws_leaves_the_project_and_a_restored_case_is_dispatched_anew(self, cast, under_way):
        case, resident = case_in(State.ACCEPTED, cast)
        workflow.adopt(case, by=cast.dispatcher, project=under_way)
        workflow.withdraw(case, by=resident)
        assert under_way.needs.get().outcome == NeedOutcome.LEFT
        workflow.restore(case, by=cast.dispatcher, text="居民又需要了。")
        assert (case.state, case.waiting_since) == (State.ACCEPTED, None)
        assert case.dispatch_due_at is not None

    def test_one_need_is_resolved_ahead_of_the_others(self, cast, by, under_way):
        (first, _a), (second, _b) = two_needs(cast)
        projects.add_needs(under_way, by=by, cases=[first, second])
        projects.answer_need(under_way, by=by, case=first, text="先装好了一盏灯。")
        assert (read(first).state, read(second).state) == (State.RESOLVED, State.IN_PROJECT)
        with pytest.raises(DomainError):
            projects.answer_need(under_way, by=by, case=first, text="再来一次。")

    def test_a_rating_of_not_solved_leads_to_the_dispatcher(self, cast, by, under_way):
        case, _resident = case_in(State.IN_PROGRESS, cast)
        projects.add_needs(under_way, by=by, cases=[case])
        projects.finish(under_way, by=by, text="办好了。")
        case = read(case)
        workflow.redo(case, by=cast.dispatcher, text="还没有好。")
        assert case.state == State.ACCEPTED


class TestReview:
    def test_who_applied_does_not_decide(self, cast, boss, the_north):
        project = draft(boss, the_north)
        projects.apply(project, by=boss)
        with pytest.raises(NotAllowed):
            projects.review(project, by=boss, granted=True, text="同意。")
        assert not ServiceProject.objects.to_review(boss).exists()
        above = cast.appeal_leader.user
        assert ServiceProject.objects.to_review(above).get() == project
        assert Notification.objects.filter(kind="project_applied").exists()
        projects.review(project, by=above, granted=True, text="同意。")
        assert Notification.objects.filter(kind="project_decided").exists()

    def test_who_runs_it_does_not_decide_either(self, by, the_north):
        project = draft(by, the_north)
        projects.apply(project, by=by)
        with pytest.raises(NotAllowed):
            projects.review(project, by=by, granted=True, text="同意。")

    def test_what_is_refused_lets_its_needs_go_with_the_reason(self, cast, by, boss, the_north):
        case, resident = case_in(State.ACCEPTED, cast)
        project = draft(by, the_north, cases=[case])
        projects.apply(project, by=by)
        projects.review(project, by=boss, granted=False, text="这里规划为绿地。")
        assert (project.state, read(case).state) == (S.REFUSED, State.ACCEPTED)
        assert timeline.lines_for(resident.requester)[-1].said == "这里规划为绿地。"

    def test_a_secretarys_project_is_applied_for_by_the_secretary(self, cast, by, the_north):
        secretary = make_user("secretary", Role.COMMUNITY, region=the_north.community)
        project = draft(by, the_north, kind=ProjectKind.SECRETARY, lead_person=secretary.person)
        with pytest.raises(DomainError) as refusal:
            projects.apply(project, by=by)
        assert "lead_person" in refusal.value.fields
        projects.apply(project, by=secretary)
        assert project.applied_by == secretary

    @pytest.mark.parametrize("missing", [{"organization": None}, {"description": ""}])
    def test_what_is_incomplete_is_not_applied_for(self, by, the_north, missing):
        project = draft(by, the_north, **missing)
        with pytest.raises(DomainError) as refusal:
            projects.apply(project, by=by)
        assert set(refusal.value.fields) == set(missing)

    def test_a_draft_says_all_that_it_lacks_at_once(self, by, the_north, client):
        project = draft(by, the_north, kind=ProjectKind.SECRETARY, description="")
        with pytest.raises(DomainError) as refusal:
            projects.apply(project, by=by)
        assert set(refusal.value.fields) == {"lead_person", "description"}
        client.force_login(by)
        page = client.get(f"/desk/projects/{project.pk}/").content.decode()
        assert all(line in page for lines in refusal.value.fields.values() for line in lines)

    def test_kind_and_region_stay_once_it_is_decided(self, by, under_way, the_north):
        projects.change(under_way, by=by, name="新名字")
        assert under_way.name == "新名字"
        with pytest.raises(DomainError):
            projects.change(under_way, by=by, kind=ProjectKind.KEY)


class TestGatesAndMilestones:
    def test_a_gate_that_was_not_passed_has_to_be_passed_first(self, by, under_way):
        projects.add_member(under_way, by=by, name="周代表", role="supervisor", standing="deputy")
        checks = {"by": by, "gate": Gate.SAFETY, "supervisor": under_way.members.get()}
        projects.check_gate(under_way, **checks, passed=False, text="围挡不全。")
        with pytest.raises(Conflict) as refusal:
            projects.finish(under_way, by=by, text="完工。")
        assert "安全关" in str(refusal.value)
        projects.check_gate(under_way, **checks, passed=True)
        projects.finish(under_way, by=by, text="完工。")

    def test_what_is_built_passes_all_three(self, by, the_north):
        built = new_project(the_north.community, kind=ProjectKind.MICRO_RENEWAL)
        with pytest.raises(Conflict) as refusal:
            projects.finish(built, by=by, text="完工。")
        assert all(str(gate.label) in str(refusal.value) for gate in Gate)

    def test_only_a_supervisor_of_this_project_checks(self, by, under_way, the_north):
        projects.add_member(under_way, by=by, name="王工", role="member", standing="expert")
        other = new_project(the_north.community, name="另一个")
        projects.add_member(other, by=by, name="周代表", role="supervisor", standing="deputy")
        for who in (under_way.members.get(), other.members.get()):
            with pytest.raises(DomainError):
                projects.check_gate(under_way, by=by, gate=Gate.SITE, supervisor=who, passed=True)

    def test_a_milestone_is_reached_or_explained_before_the_end(self, by, under_way):
        projects.set_milestone(under_way, by=by, title="完工", due_on=under_way.planned_end)
        milestone = under_way.milestones.get()
        with pytest.raises(Conflict):
            projects.finish(under_way, by=by, text="完工。")
        projects.explain_milestone(under_way, by=by, milestone=milestone, text="改为分段验收。")
        projects.finish(under_way, by=by, text="完工。")

    def test_targets_have_decimals_and_units(self, by, under_way):
        projects.set_target(under_way, by=by, name="整治楼栋", target=Decimal(20), unit="栋")
        projects.report_target(under_way, by=by, target=under_way.targets.get(), reached=Decimal("19.5"))
        assert under_way.events.last().about == "整治楼栋 19.5 / 20 栋"

    @pytest.mark.parametrize("reached", ["20.5", "19"])
    def test_more_than_the_target_or_less_than_before_is_asked_about(self, by, under_way, reached):
        projects.set_target(under_way, by=by, name="整治楼栋", target=Decimal(20), unit="栋")
        target = under_way.targets.get()
        projects.report_target(under_way, by=by, target=target, reached=Decimal("19.5"))
        with pytest.raises(DomainError) as refusal:
            projects.report_target(under_way, by=by, target=target, reached=Decimal(reached))
        assert list(refusal.value.fields) == ["reached"]
        projects.report_target(under_way, by=by, target=target, reached=Decimal(reached), is_sure=True)
        assert under_way.targets.get().reached == Decimal(reached)


class TestParts:
    """Corrected, or taken away where nothing rests on it."""

    def test_a_milestone_is_corrected_until_it_is_reached(self, by, under_way):
        projects.set_milestone(under_way, by=by, title="完公", due_on=under_way.planned_end)
        milestone = under_way.milestones.get()
        asked = {"by": by, "kind": "milestones", "part": milestone.pk}
        projects.correct(under_way, **asked, title="完工")
        assert under_way.events.last().about.startswith("完公")
        for odd in (under_way.planned_start - DAY, under_way.planned_end + DAY):
            with pytest.raises(DomainError) as refusal:
                projects.correct(under_way, **asked, due_on=odd)
            assert list(refusal.value.fields) == ["due_on"]
        with pytest.raises(DomainError):
            projects.correct(under_way, **asked, amount=Decimal(1))
        projects.reach_milestone(under_way, by=by, milestone=milestone)
        for verb in (projects.correct, projects.remove):
            with pytest.raises(DomainError):
                verb(under_way, **asked, text="写错了。")

    def test_what_is_spent_reported_or_checked_stays(self, by, under_way):
        projects.set_budget(under_way, by=by, title="灯", source="budget", amount=Decimal(100))
        projects.spend(under_way, by=by, line=under_way.budget.get(), amount=Decimal(10))
        projects.set_target(under_way, by=by, name="路灯", target=Decimal(5), unit="盏")
        projects.report_target(under_way, by=by, target=under_way.targets.get(), reached=Decimal(1))
        projects.add_member(under_way, by=by, name="周代表", role="supervisor", standing="deputy")
        projects.check_gate(under_way, by=by, gate=Gate.SITE, supervisor=under_way.members.get(), passed=True)
        for kind in ("budget", "targets", "members"):
            part = getattr(under_way, kind).get()
            with pytest.raises(DomainError):
                projects.remove(under_way, by=by, kind=kind, part=part.pk, text="写错了。")
        with pytest.raises(DomainError):
            projects.correct(under_way, by=by, kind="budget", part=under_way.budget.get().pk, amount=Decimal(5))

    def test_taking_one_away_from_what_is_decided_needs_a_reason(self, by, under_way, the_north):
        drafted = new_project(the_north.community, state=S.DRAFT, started_at=None)
        for project in (drafted, under_way):
            projects.add_member(project, by=by, name="王工", role="member", standing="expert")
        with pytest.raises(DomainError):
            projects.remove(under_way, by=by, kind="members", part=under_way.members.get().pk)
        with pytest.raises(DomainError):
            projects.remove(drafted, by=by, kind="members", part=under_way.members.get().pk)
        projects.remove(drafted, by=by, kind="members", part=drafted.members.get().pk)
        assert "王工" not in drafted.events.last().about

    def test_while_a_leader_decides_nothing_in_it_changes(self, cast, by, the_north):
        project = new_project(the_north.community, state=S.APPLIED, started_at=None)
        case, _resident = case_in(State.ACCEPTED, cast)
        for change in (
            lambda: projects.add_needs(project, by=by, cases=[case]),
            lambda: workflow.adopt(case, by=cast.dispatcher, project=project),
            lambda: projects.set_milestone(project, by=by, title="完工", due_on=project.planned_end),
            lambda: projects.add_member(project, by=by, name="王工", role="member", standing="expert"),
        ):
            with pytest.raises(Conflict):
                change()

    def test_of_several_cases_the_one_that_cannot_be_put_in_is_named(self, cast, by, under_way, the_north):
        (good, _one), (fresh, _two) = case_in(State.ACCEPTED, cast), new_case(the_north)
        with pytest.raises(DomainError) as refusal:
            projects.add_needs(under_way, by=by, cases=[good, fresh])
        assert fresh.number in str(refusal.value) and good.number not in str(refusal.value)
        assert list(refusal.value.fields) == ["cases"]

    def test_a_plan_does_not_end_in_the_past(self, by, the_north, under_way):
        yesterday = timezone.localdate() - DAY
        for write in (
            lambda: draft(by, the_north, planned_start=yesterday - DAY, planned_end=yesterday),
            lambda: projects.change(under_way, by=by, planned_end=yesterday),
        ):
            with pytest.raises(DomainError) as refusal:
                write()
            assert list(refusal.value.fields) == ["planned_end"]


def test_whoever_asked_reads_of_another_date(cast, by, under_way):
    case, _resident = case_in(State.ACCEPTED, cast)
    projects.add_needs(under_way, by=by, cases=[case])
    later = under_way.planned_end + 30 * DAY
    projects.change(under_way, by=by, planned_end=later)
    line = timeline.lines(read(case), audience="public")[-1]
    assert date_format(later) in line.sentence and read(case).state == State.IN_PROJECT
    told = OutboxMessage.objects.filter(kind="case_replanned")
    assert told.count() == 1
    projects.change(under_way, by=by, name="新名字")
    assert told.count() == 1


class TestEnding:
    def test_what_is_stopped_frees_needs_and_resources_and_dissolves_its_branch(self, cast, by, the_north):
        project = new_project(the_north.community, branch_name="临时党支部")
        case, _resident = case_in(State.ACCEPTED, cast)
        projects.add_needs(project, by=by, cases=[case])
        given = offer(the_north, amount=10)
        projects.claim(project, by=by, resource=given, amount=Decimal(4))
        projects.stop(project, by=by, ground="no_consent", text="多数居民不同意。")
        given.refresh_from_db()
        assert (project.state, read(case).state, given.claimed) == (S.STOPPED, State.ACCEPTED, 0)
        assert project.branch_dissolved_on == timezone.localdate()

    def test_claims_of_projects_and_cases_share_what_there_is(self, cast, by, under_way, the_north):
        given = offer(the_north, amount=10)
        projects.claim(under_way, by=by, resource=given, amount=Decimal(7))
        case, _resident = case_in(State.ACCEPTED, cast)
        with pytest.raises(Conflict):
            workflow.claim(case, by=cast.dispatcher, resource=given, amount=Decimal(4))
        with pytest.raises(Conflict):
            projects.claim(under_way, by=by, resource=given, amount=Decimal(4))
        claims.use(under_way.claims.get(), by=by, used=Decimal(5))
        given.refresh_from_db()
        assert (given.used, given.claimed, under_way.claims.get().state) == (5, 0, ClaimState.USED)
        with pytest.raises(DomainError):
            resources.change(given, by=by, amount=Decimal(4))

    @pytest.mark.parametrize("verb", [verb for verb in ProjectVerb if verb in TABLE])
    def test_nothing_is_done_in_a_state_that_the_table_does_not_name(self, by, the_north, verb):
        for state in set(ProjectState) - set(TABLE[verb].states):
            ends = {"finished_at": timezone.now()} if state == S.FINISHED else {}
            ends |= {"stopped_at": timezone.now(), "stop_ground": "no_need"} if state == S.STOPPED else {}
            project = new_project(the_north.community, state=state, **ends)
            assert verb not in projects.allowed_verbs(project, by=by)


def test_erasing_a_case_leaves_the_photos_and_the_sense_of_its_project(cast, by, under_way, the_north):
    case, resident = case_in(State.ACCEPTED, cast)
    projects.add_needs(under_way, by=by, cases=[case])
    photo = StoredFile.objects.create(file="files/a.jpg", content_type="image/jpeg", size=1, sha256="0" * 64)
    projects.finish(under_way, by=by, text="已为李某装好扶手。", files=[photo])
    case = read(case)
    workflow.rate(case, by=resident, code="satisfied", solved=True)
    privacy.erase(read(case), by=make_user("district", Role.DISTRICT, region=the_north.district), reason="本人要求")
    under_way.refresh_from_db()
    assert "李某" not in under_way.result + "".join(under_way.events.values_list("text", flat=True))
    assert under_way.photos.get().file == photo


class TestWhoSeesAndRuns:
    def test_a_project_is_for_its_region_its_unit_and_its_lead(self, the_north, north, helper, south, auditor):
        project = new_project(the_north.community)
        seen = [user.username for user in (north, helper, south, auditor) if _sees(user, project)]
        assert seen == ["north", "auditor"]
        ServiceProject.objects.update(organization=the_north.unit)
        assert _sees(helper, project)
        assert ServiceProject.objects.run_by(helper).exists()
        assert not ServiceProject.objects.run_by(auditor).exists()
        assert not ServiceProject.objects.run_by(south).exists()

    def test_others_are_refused_at_every_step(self, the_north, south):
        project = new_project(the_north.community)
        assert projects.allowed_verbs(project, by=south) == []
        with pytest.raises(NotAllowed):
            projects.finish(project, by=south, text="完工。")
        with pytest.raises(DomainError):
            draft(south, the_north)

    def test_the_units_contact_who_leads_it_finishes_it_for_everybody(self, cast, the_north):
        project = new_project(the_north.community, organization=the_north.unit)
        case, _resident = case_in(State.ACCEPTED, cast)
        workflow.adopt(case, by=cast.dispatcher, project=project)
        projects.finish(project, by=cast.handler.user, text="已经完工。")
        assert read(case).state == State.RESOLVED

    def test_a_resident_cannot_act_for_the_project(self, cast, under_way):
        case, resident = case_in(State.ACCEPTED, cast)
        workflow.adopt(case, by=cast.dispatcher, project=under_way)
        with pytest.raises(NotAllowed):
            workflow.finish(case, by=Resident(resident.requester), text="办好了。")


def _sees(user, project) -> bool:
    return ServiceProject.objects.for_user(user).filter(pk=project.pk).exists()
