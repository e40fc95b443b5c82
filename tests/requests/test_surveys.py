"""入户摸底: one answer a household, counted by the rule of votes; a deliberation's vote; the sheet of households."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound
from portal.core.imports import outcome
from portal.core.models import Estate
from portal.core.sheets import write_xlsx
from requests import households, survey_exports, surveys
from requests.deliberations import polls, topics
from requests.household_imports import HouseholdSheet
from requests.models import Household, SurveyVisit, Vote
from tests.requests.builders import deliberation

DAY = timedelta(days=1)


@pytest.fixture
def estate(cast, by):
    made = Estate.objects.create(name="龙井小区", region=cast.half.community)
    lines = "\n".join(f"{building}栋{flat}01,{80 + flat}" for building in (1, 2, 10) for flat in range(1, 5))
    assert households.revise(made, by=by, lines=lines).added == 12
    return made


@pytest.fixture
def survey(estate, by):
    made = surveys.draft(by=by, estate=estate, title="加装电梯摸底")
    surveys.ask(made, by=by, question="是否同意加装电梯？", options=["同意", "不同意"])
    surveys.ask(made, by=by, question="还有什么想说的？")
    return made


def answers(survey, option=0, words=""):
    lift, wish = survey.questions.all()
    return {lift.pk: lift.options.all()[option], wish.pk: words}


def test_it_works_from_the_draft_to_the_result(survey, by, estate):
    surveys.open_up(survey, by=by)
    homes = list(estate.households.all())
    for number, home in enumerate(homes[:9]):
        surveys.record(
            survey, by=by, household=home, outcome="answered", answers=answers(survey, int(number > 6), "快些。")
        )
    surveys.record(survey, by=by, household=homes[9], outcome="refused")
    surveys.record(survey, by=by, household=homes[10], outcome="not_reached")
    told = surveys.progress(survey)
    assert (told.households, told.answered, told.refused, told.not_reached, told.to_visit) == (12, 9, 1, 1, 1)
    surveys.close(survey, by=by)
    lift = survey.questions.first()
    counted = polls.result(lift)
    assert (counted.entitled, counted.voted, str(counted.carried)) == (12, 9, "同意")
    assert counted.area_turnout is not None
    assert Vote.objects.filter(words="快些。").count() == 9


def test_the_page_of_a_draft_shows_questions_and_no_results(survey, by, client):
    client.force_login(by)
    page = client.get(f"/desk/surveys/{survey.pk}/").content.decode()
    assert "同意 / 不同意" in page
    assert "文字作答" in page
    assert "表决进行中" not in page
    surveys.open_up(survey, by=by)
    assert "表决进行中" in client.get(f"/desk/surveys/{survey.pk}/").content.decode()


class TestDoors:
    @pytest.fixture(autouse=True)
    def opened(self, survey, by):
        surveys.open_up(survey, by=by)

    def test_a_household_answers_once(self, survey, by, estate):
        home = estate.households.first()
        visit = surveys.record(survey, by=by, household=home, outcome="answered", answers=answers(survey))
        with pytest.raises(Conflict) as refusal:
            surveys.record(survey, by=by, household=home, outcome="answered", answers=answers(survey, 1))
        assert refusal.value.code == "answered_already"
        with pytest.raises(IntegrityError), transaction.atomic():
            SurveyVisit.objects.create(survey=survey, household=home, outcome="answered", recorded_by=by)
        surveys.take_back(visit, by=by)
        assert not Vote.objects.exists()
        surveys.record(survey, by=by, household=home, outcome="answered", answers=answers(survey, 1))
        assert Vote.objects.get().option.text == "不同意"

    def test_who_refused_or_was_out_may_answer_later(self, survey, by, estate):
        home = estate.households.first()
        for went in ("not_reached", "refused", "answered"):
            surveys.record(survey, by=by, household=home, outcome=went, answers=answers(survey))
        assert survey.visits.get().outcome == "answered"

    def test_every_choice_is_answered_or_abstained_from(self, survey, by, estate):
        lift, wish = survey.questions.all()
        home = estate.households.first()
        with pytest.raises(DomainError) as refusal:
            surveys.record(survey, by=by, household=home, outcome="answered", answers={wish.pk: "好"})
        assert list(refusal.value.fields) == [f"question_{lift.pk}"]
        assert not survey.visits.exists()
        surveys.record(survey, by=by, household=home, outcome="answered", answers={lift.pk: None})
        assert polls.result(lift).tallies[-1].votes == 1

    def test_the_next_door_is_the_next_that_nobody_has_called_at(self, survey, by, estate):
        first, second, third, fourth = surveys.doors(survey, "2栋")
        surveys.record(survey, by=by, household=second, outcome="refused")
        assert surveys.next_door(survey, first) == third
        assert surveys.next_door(survey, fourth) == first
        assert [name for name, _progress in surveys.buildings(survey)] == ["1栋", "2栋", "10栋"]

    def test_a_household_of_another_estate_is_not_there(self, survey, by, cast):
        other = Estate.objects.create(name="别处", region=cast.half.community)
        home = Household.objects.create(estate=other, label="1栋101")
        with pytest.raises(NotFound):
            surveys.record(survey, by=by, household=home, outcome="refused")

    def test_people_elsewhere_find_nothing_and_those_who_only_read_may_not(self, survey, cast, estate, north, auditor):
        home = estate.households.first()
        with pytest.raises(NotFound):
            surveys.record(survey, by=cast.stranger.user, household=home, outcome="refused")
        with pytest.raises(NotAllowed):
            surveys.record(survey, by=auditor, household=home, outcome="refused")

    def test_questions_stay_as_they_were_asked(self, survey, by):
        with pytest.raises(Conflict):
            surveys.ask(survey, by=by, question="还有呢？")
        with pytest.raises(Conflict):
            surveys.take_question_away(survey.questions.first(), by=by)

    def test_the_answers_leave_as_a_sheet_without_names(self, survey, by, estate):
        home = estate.households.first()
        surveys.record(survey, by=by, household=home, outcome="answered", answers=answers(survey, 0, "快些。"))
        header, lines = survey_exports.table(survey)
        first = list(lines)[0]
        assert [str(each) for each in header[4:]] == ["是否同意加装电梯？", "还有什么想说的？"]
        assert first == ["1栋", "1栋101", Decimal("81.00"), "已答复", "同意", "快些。"]


class TestVoteOfADeliberation:
    @pytest.fixture
    def topic(self, cast, estate):
        return deliberation(cast, estate=estate)

    def test_its_questions_are_votes_of_the_deliberation_until_the_resolution(self, survey, by, topic, estate):
        surveys.amend(survey, by=by, title=survey.title, deliberation=topic)
        surveys.open_up(survey, by=by)
        poll = topic.polls.get()
        assert poll.question == "是否同意加装电梯？"
        with pytest.raises(Conflict):
            polls.record(poll, by=by, voters=[estate.households.first()], option=None)
        topics.invite(topic, by=by, role="resident", name="王阿姨")
        at = timezone.now() - 3 * DAY
        topics.schedule(topic, by=by, scheduled_for=at + DAY, place="议事厅", at=at)
        topics.hold(topic, by=by, minutes="都来了。", attended=list(topic.participants.all()))
        with pytest.raises(Conflict):
            topics.resolve(topic, by=by, resolution="加装。")
        surveys.close(survey, by=by)
        topics.resolve(topic, by=by, resolution="加装。")

    def test_one_of_another_estate_or_a_confidential_one_does_not_fit(self, survey, by, cast, topic):
        secret = deliberation(cast, estate=survey.estate, kind="dispute", is_confidential=True, chair=by.person)
        for other in (deliberation(cast), secret):
            with pytest.raises(DomainError) as refusal:
                surveys.amend(survey, by=by, title="摸底", deliberation=other)
            assert "deliberation" in refusal.value.fields


class TestSheet:
    def load(self, by, rows, *, dry_run=False):
        header = [column.label for column in HouseholdSheet(by.scope).columns()]
        return outcome.run(HouseholdSheet(by.scope), io.BytesIO(write_xlsx(header, rows).read()), dry_run=dry_run)

    def test_flats_are_added_and_their_area_is_corrected(self, by, estate):
        told, failed = self.load(by, [["龙井小区", "1栋101", "90.5"], ["龙井小区", "11栋101", ""]])
        assert (told.new, told.changed, told.wrong, failed) == (1, 1, 0, None)
        assert estate.households.get(label="1栋101").area_m2 == Decimal("90.5")
        assert estate.households.get(label="11栋101").building == "11栋"

    def test_wrong_rows_are_named_and_come_back(self, by, estate, the_south):
        Estate.objects.create(name="南边小区", region=the_south.community)
        rows = [
            ["南边小区", "1栋101", ""],
            ["龙井小区", "", "80"],
            ["龙井小区", "3栋101", "-5"],
            ["龙井小区", "4栋101", ""],
        ]
        told, failed = self.load(by, rows)
        assert (told.new, told.wrong) == (1, 3)
        assert [row["number"] for row in told.rows if row["kind"] == "wrong"] == [2, 3, 4]
        assert failed is not None
