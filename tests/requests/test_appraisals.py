"""物业评议: two parts, weighed; computed, compared with the year before, published."""

from decimal import Decimal

import pytest

from portal.core.errors import Conflict, DomainError, NotFound
from portal.core.models import Estate
from requests import appraisals, households, surveys
from requests.models import Appraisal


@pytest.fixture
def estate(cast, by):
    made = Estate.objects.create(name="龙井小区", region=cast.half.community, property_company=cast.half.unit)
    households.revise(made, by=by, lines="\n".join(f"1栋{number}01" for number in range(1, 5)))
    return made


def begin(by, estate, year=2026, **values):
    asked = {"organization": estate.property_company, "questions": ["保洁到位吗？", "维修及时吗？"], **values}
    return appraisals.begin(by=by, estate=estate, year=year, **asked)


def answered(row, by, *levels):
    """So many households, each with one level (1 the best) for all questions."""
    surveys.open_up(row.survey, by=by)
    for home, level in zip(row.estate.households.all(), levels, strict=False):
        said = {poll.pk: poll.options.all()[level - 1] for poll in row.survey.questions.all()}
        surveys.record(row.survey, by=by, household=home, outcome="answered", answers=said)
    surveys.close(row.survey, by=by)


def test_it_works_and_is_compared_with_the_year_before(by, estate):
    before = begin(by, estate, 2025)
    answered(before, by, 3, 3)
    appraisals.score(before, by=by, branch_score=Decimal(70), branch_text="一般。")
    appraisals.publish(before, by=by)
    row = begin(by, estate, branch_weight=40)
    answered(row, by, 1, 2, 2)
    appraisals.score(row, by=by, branch_score=Decimal(80), branch_text="有改进。")
    appraisals.publish(row, by=by)
    told = appraisals.result(row)
    # Households: (100 + 75 + 75) / 3; of the whole 80 x 40% and that x 60%.
    assert (told.branch, told.households, told.total) == (Decimal(80), Decimal("83.33"), Decimal("82.00"))
    assert (told.previous.total, told.change, told.answered) == (Decimal("60.00"), Decimal("22.00"), 3)
    assert [number for _text, _points, number in told.questions] == [3, 3]


def test_it_is_published_when_both_parts_are_there_and_stays_so(by, estate):
    row = begin(by, estate)
    for ready in (
        lambda: appraisals.score(row, by=by, branch_score=Decimal(80), branch_text="好。"),
        lambda: answered(row, by, 1),
    ):
        with pytest.raises(Conflict):
            appraisals.publish(row, by=by)
        ready()
    appraisals.publish(row, by=by)
    for verb, asked in (
        (appraisals.score, {"branch_score": Decimal(90), "branch_text": "更好。"}),
        (appraisals.weigh, {"branch_weight": 10}),
        (appraisals.publish, {}),
    ):
        with pytest.raises(Conflict):
            verb(row, by=by, **asked)


def test_a_company_is_appraised_once_a_year(by, estate):
    begin(by, estate)
    with pytest.raises(DomainError):
        begin(by, estate)
    assert Appraisal.objects.count() == 1


def test_a_score_out_of_range_and_one_without_grounds_are_refused(by, estate):
    row = begin(by, estate)
    for asked, field in (
        ({"branch_score": Decimal(101), "branch_text": "好。"}, "branch_score"),
        ({"branch_score": Decimal(90), "branch_text": " "}, "branch_text"),
    ):
        with pytest.raises(DomainError) as refusal:
            appraisals.score(row, by=by, **asked)
        assert list(refusal.value.fields) == [field]


def test_people_elsewhere_find_nothing_and_the_company_reads_what_is_published(by, cast, estate):
    row = begin(by, estate)
    with pytest.raises(NotFound):
        appraisals.score(row, by=cast.stranger.user, branch_score=Decimal(1), branch_text="差。")
    contact = cast.handler.user
    assert not Appraisal.objects.for_user(contact).exists()
    answered(row, by, 2)
    appraisals.score(row, by=by, branch_score=Decimal(80), branch_text="好。")
    appraisals.publish(row, by=by)
    assert Appraisal.objects.for_user(contact).get() == row
