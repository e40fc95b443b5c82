"""Whom verbs of surveys, appraisals and elections tell: as the table says, the right people, once, without words."""

import inspect
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from portal.core.errors import Conflict, DomainError
from portal.core.models import Estate, Notification, Role
from requests import appraisals, elections, households, survey_notices, surveys
from requests.deliberation_types import AppraisalVerb, Criterion, ElectionVerb, SurveyVerb
from requests.models import Survey
from requests.telling import (
    APPRAISALS,
    ELECTIONS,
    NOBODY_OF_APPRAISALS,
    NOBODY_OF_ELECTIONS,
    NOBODY_OF_SURVEYS,
    SURVEYS,
)
from tests.conftest import make_user
from tests.requests.builders import deliberation

DAY = timedelta(days=1)
TABLES = [
    (surveys, SurveyVerb, SURVEYS, NOBODY_OF_SURVEYS),
    (appraisals, AppraisalVerb, APPRAISALS, NOBODY_OF_APPRAISALS),
    (elections, ElectionVerb, ELECTIONS, NOBODY_OF_ELECTIONS),
]


@pytest.fixture
def mate(cast):
    return make_user("mate", Role.COMMUNITY, region=cast.half.community)


@pytest.fixture
def chief(cast):
    return make_user("chief", Role.LEADER, region=cast.half.street)


@pytest.fixture
def estate(cast, by):
    made = Estate.objects.create(name="龙井小区", region=cast.half.community, property_company=cast.half.unit)
    households.revise(made, by=by, lines="1栋101\n1栋201")
    return made


@pytest.fixture
def survey(estate, by):
    made = surveys.draft(by=by, estate=estate, title="加装电梯摸底")
    surveys.ask(made, by=by, question="还有什么想说的？")
    return made


@pytest.fixture
def appraisal(estate, by):
    return appraisals.begin(
        by=by, estate=estate, organization=estate.property_company, year=2026, questions=["保洁到位吗？"]
    )


@pytest.fixture
def election(estate, by):
    return elections.call(by=by, estate=estate, title="第三届", held_on=timezone.localdate() + 20 * DAY)


def told(kind):
    return set(Notification.objects.filter(kind=kind).values_list("person__user__username", flat=True))


def open_doors(survey, by):
    surveys.open_up(survey, by=by)
    home = survey.estate.households.first()
    answers = {poll.pk: poll.options.first() or "好。" for poll in survey.questions.all()}
    return surveys.record(survey, by=by, household=home, outcome="answered", answers=answers)


def publishable(row, by):
    open_doors(row.survey, by)
    surveys.close(row.survey, by=by)
    appraisals.score(row, by=by, branch_score=Decimal(80), branch_text="有改进。")


def entered(election, by, checked=tuple(Criterion)):
    candidate = elections.enter(election, by=by, name="王建国", phone="13800001111")
    for criterion in checked:
        elections.check(candidate, by=by, criterion=criterion, passed=True)
    return candidate


@pytest.mark.parametrize(("module", "verbs", "said", "unsaid"), TABLES)
def test_every_verb_is_in_the_table_with_its_kinds_or_a_reason(module, verbs, said, unsaid):
    functions = {
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        and inspect.signature(function).return_annotation is not bool
        and "by" in inspect.signature(function).parameters and name not in ("kept", "keeps", "allowed", "allowed_for")
    }  # fmt: skip
    assert functions == set(verbs.values)
    assert set(said) | set(unsaid) == set(verbs) and not set(said) & set(unsaid)
    assert all(said.values()) and all(str(reason) for reason in unsaid.values())


class TestEachVerbTellsWhatTheTableSays:
    """Before each the portal is silent, and everybody is there who could be told."""

    @pytest.fixture(autouse=True)
    def people(self, mate, chief):
        return [mate, chief]

    def heard(self, call):
        Notification.objects.all().delete()
        call()
        return set(Notification.objects.values_list("kind", flat=True))

    @pytest.mark.parametrize("verb", SurveyVerb)
    def test_of_a_survey(self, verb, survey, estate, by, chief):
        visit = None
        if verb in (SurveyVerb.TAKE_BACK, SurveyVerb.CLOSE):
            visit = open_doors(survey, by)
        elif verb in (SurveyVerb.RECORD, SurveyVerb.MOVE_END):
            surveys.open_up(survey, by=by)
        calls = {
            SurveyVerb.DRAFT: lambda: surveys.draft(by=by, estate=estate, title="又一次"),
            SurveyVerb.AMEND: lambda: surveys.amend(survey, by=by, title="改名"),
            SurveyVerb.ASK: lambda: surveys.ask(survey, by=by, question="还有呢？"),
            SurveyVerb.TAKE_QUESTION_AWAY: lambda: surveys.take_question_away(survey.questions.first(), by=by),
            SurveyVerb.OPEN_UP: lambda: surveys.open_up(survey, by=by),
            SurveyVerb.RECORD: lambda: surveys.record(
                survey, by=by, household=estate.households.last(), outcome="refused"
            ),
            SurveyVerb.TAKE_BACK: lambda: surveys.take_back(visit, by=by),
            SurveyVerb.MOVE_END: lambda: surveys.move_end(survey, by=by, ends_on=timezone.localdate() + 9 * DAY),
            SurveyVerb.CLOSE: lambda: surveys.close(survey, by=chief),
        }
        assert self.heard(calls[verb]) == set(SURVEYS.get(verb, ()))

    @pytest.mark.parametrize("verb", AppraisalVerb)
    def test_of_an_appraisal(self, verb, estate, by, appraisal):
        if verb == AppraisalVerb.PUBLISH:
            publishable(appraisal, by)
        calls = {
            AppraisalVerb.BEGIN: lambda: appraisals.begin(
                by=by, estate=estate, organization=estate.property_company, year=2025, questions=["保洁？"]
            ),
            AppraisalVerb.WEIGH: lambda: appraisals.weigh(appraisal, by=by, branch_weight=40),
            AppraisalVerb.SCORE: lambda: appraisals.score(
                appraisal, by=by, branch_score=Decimal(80), branch_text="有改进。"
            ),
            AppraisalVerb.PUBLISH: lambda: appraisals.publish(appraisal, by=by),
        }
        assert self.heard(calls[verb]) == set(APPRAISALS.get(verb, ()))

    @pytest.mark.parametrize("verb", ElectionVerb)
    def test_of_an_election(self, verb, estate, by, election, mate, admin_user):
        checked = list(Criterion)[1:] if verb == ElectionVerb.CHECK else list(Criterion)
        if verb == ElectionVerb.STRIKE:
            # Of two, one is decided on: the other is the last one who is not.
            other = elections.enter(election, by=by, name="李卫东", phone="13800002222")
            for criterion in Criterion:
                elections.check(other, by=by, criterion=criterion, passed=True)
            elections.decide(other, by=mate, verdict="suitable", reasons="符合。")
        candidate = entered(election, by, checked)
        if verb in (ElectionVerb.PUBLISH, ElectionVerb.ERASE):
            elections.decide(candidate, by=mate, verdict="suitable", reasons="符合。")
        if verb == ElectionVerb.ERASE:
            elections.publish(election, by=mate, at=timezone.now() - 40 * DAY)
        calls = {
            ElectionVerb.CALL: lambda: elections.call(by=by, estate=estate, title="补选", held_on=election.held_on),
            ElectionVerb.AMEND: lambda: elections.amend(election, by=by, title="补选", held_on=election.held_on),
            ElectionVerb.ENTER: lambda: elections.enter(election, by=by, name="李卫东", phone="13800002222"),
            ElectionVerb.CORRECT: lambda: elections.correct(candidate, by=by, name="李卫东"),
            ElectionVerb.STRIKE: lambda: elections.strike(candidate, by=by),
            ElectionVerb.CHECK: lambda: elections.check(candidate, by=by, criterion=Criterion.values[0], passed=True),
            ElectionVerb.DECIDE: lambda: elections.decide(candidate, by=mate, verdict="suitable", reasons="符合。"),
            ElectionVerb.PUBLISH: lambda: elections.publish(election, by=mate),
            ElectionVerb.REVEAL: lambda: elections.reveal(candidate, by=by, reason="核实身份"),
            ElectionVerb.ERASE: lambda: elections.erase(candidate, by=admin_user),
        }
        assert self.heard(calls[verb]) == set(ELECTIONS.get(verb, ()))


class TestSurveys:
    def test_those_who_go_from_door_to_door_are_told_but_not_who_opens_it(self, survey, by, mate, chief, south):
        surveys.open_up(survey, by=by)
        heard = told("survey_opened")
        assert "mate" in heard and not {by.username, "chief", south.username} & heard
        assert "加装电梯" not in Notification.objects.filter(kind="survey_opened").first().context.reveal()

    def test_a_last_day_is_moved_told_and_reminded_of_anew(self, survey, by, mate, south):
        today = timezone.localdate()
        with pytest.raises(DomainError):
            surveys.move_end(survey, by=by, ends_on=today)
        surveys.amend(survey, by=by, title=survey.title, ends_on=today + 2 * DAY)
        surveys.open_up(survey, by=by)
        assert survey_notices.remind_of_surveys() == 1
        surveys.move_end(survey, by=by, ends_on=today + 9 * DAY)
        assert "mate" in told("survey_end_moved") and south.username not in told("survey_end_moved")
        assert survey_notices.remind_of_surveys() == 0
        surveys.move_end(survey, by=by, ends_on=today)
        assert (survey.ends_on, survey_notices.remind_of_surveys()) == (today, 1)
        for day in (today - DAY, today):
            with pytest.raises(DomainError) as refused:
                surveys.move_end(survey, by=by, ends_on=day)
            assert "ends_on" in refused.value.fields

    def test_the_page_moves_it_and_a_past_day_is_refused(self, survey, by, south, client):
        surveys.open_up(survey, by=by)
        address, today = f"/desk/surveys/{survey.pk}/last-day/", timezone.localdate()
        client.force_login(south)
        assert client.post(address, {"ends_on": today}).status_code == 404
        client.force_login(by)
        assert "没有作答" in client.get(address).content.decode()
        for bad in ("", "x", str(today - DAY)):
            assert client.post(address, {"ends_on": bad}).status_code == 400
        assert client.post(address, {"ends_on": str(today + DAY)}).status_code == 302
        survey.refresh_from_db()
        assert survey.ends_on == today + DAY

    def test_they_are_reminded_once_before_it_ends(self, survey, by, mate):
        surveys.amend(survey, by=by, title=survey.title, ends_on=timezone.localdate() + 2 * DAY)
        assert survey_notices.remind_of_surveys() == 0
        surveys.open_up(survey, by=by)
        assert (survey_notices.remind_of_surveys(), survey_notices.remind_of_surveys()) == (1, 0)
        assert {"mate", by.username} <= told("survey_ends_soon")

    def test_one_that_is_to_be_done_later_is_not_reminded_of_yet(self, survey, by):
        surveys.amend(survey, by=by, title=survey.title, ends_on=timezone.localdate() + 3 * DAY)
        surveys.open_up(survey, by=by)
        assert survey_notices.remind_of_surveys() == 0

    def test_whoever_drafted_it_and_the_chair_read_that_it_is_closed(self, survey, by, cast, mate, estate):
        topic = deliberation(cast, estate=estate)
        surveys.amend(survey, by=by, title=survey.title, deliberation=topic)
        surveys.open_up(survey, by=by)
        surveys.close(survey, by=mate)
        assert told("survey_closed") == {by.username, topic.chair.user.username}


class TestAppraisals:
    def test_the_company_is_told_its_points_and_the_link_opens(self, appraisal, by, cast, client):
        publishable(appraisal, by)
        appraisals.publish(appraisal, by=by)
        contact = cast.handler.user
        assert told("appraisal_published") == {contact.username}
        notification = Notification.objects.get(kind="appraisal_published")
        client.force_login(contact)
        assert '"points": "90.00"' in notification.context.reveal()
        assert client.get(notification.link).status_code == 200


class TestCandidates:
    def test_somebody_who_did_not_enter_the_candidate_is_asked_to_decide_once(self, election, by, mate, chief):
        candidate = entered(election, by)
        elections.check(candidate, by=by, criterion=Criterion.OWNER, passed=True)
        assert "mate" in told("candidate_to_decide") and by.username not in told("candidate_to_decide")
        line = Notification.objects.filter(kind="candidate_to_decide", person=mate.person).get()
        assert "王" not in line.context.reveal() and "1380000" not in line.context.reveal()

    def test_where_nobody_else_is_there_the_next_above_is_asked(self, election, by, chief, cast):
        others = survey_notices.nearest(cast.half.community, roles=[Role.COMMUNITY], but=[by.pk])
        for other in others:
            other.memberships.update(is_active=False)
        cast.leader.user.memberships.update(is_active=False)
        entered(election, by)
        assert told("candidate_to_decide") and by.username not in told("candidate_to_decide")

    def test_leaders_read_when_all_are_decided_on_and_again_after_one_more(self, election, by, mate, chief, cast):
        cast.leader.user.memberships.update(is_active=False)
        first = entered(election, by)
        second = elections.enter(election, by=by, name="李卫东", phone="13800002222")
        elections.decide(first, by=mate, verdict="suitable", reasons="符合。")
        assert told("candidate_decided") == {by.username} and not told("candidates_vetted")
        for criterion in Criterion:
            elections.check(second, by=by, criterion=criterion, passed=criterion != Criterion.OWNER, text="未过户。")
        elections.decide(second, by=mate, verdict="unsuitable", reasons="未过户。")
        line = chief.person.notifications.get(kind="candidates_vetted")
        assert '"suitable": "1"' in line.context.reveal() and '"unsuitable": "1"' in line.context.reveal()
        third = elections.enter(election, by=by, name="赵六", phone="13800003333")
        for criterion in Criterion:
            elections.check(third, by=by, criterion=criterion, passed=True)
        elections.decide(third, by=mate, verdict="suitable", reasons="符合。")
        assert chief.person.notifications.filter(kind="candidates_vetted").count() == 2


def test_a_day_that_has_passed_is_refused_when_drafted_and_when_opened(survey, by):
    with pytest.raises(DomainError) as refusal:
        surveys.amend(survey, by=by, title=survey.title, ends_on=timezone.localdate() - DAY)
    assert list(refusal.value.fields) == ["ends_on"]
    Survey.objects.update(ends_on=timezone.localdate() - DAY)
    with pytest.raises(Conflict) as refusal:
        surveys.open_up(survey, by=by)
    assert refusal.value.code == "end_passed"
