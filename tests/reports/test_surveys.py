"""`survey-summary`: its figures against a recount by hand, the rows behind them, whose they are, and what they keep."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from portal.core.models import Estate, Level, Organization
from portal.reports import surveys as report
from portal.reports.definitions import Span
from portal.reports.periods import Period
from portal.reports.places import place_for
from portal.reports.surveys import SURVEYS, SurveyFigure
from requests import appraisals, elections, households, surveys
from requests.deliberation_types import Criterion
from requests.models import Appraisal, Candidate, Survey, SurveyVisit, Vote
from tests.conftest import make_region, make_user
from tests.requests.builders import deliberation, make_cast

ADDRESS = "/api/v1/reports/survey-summary/"
DAY = timedelta(days=1)
F = SurveyFigure


@pytest.fixture
def cast(the_north, the_south):
    return make_cast(the_north, the_south)


@pytest.fixture
def runner(cast):
    return make_user("runner", "street", region=cast.half.street)


@pytest.fixture
def decider(cast):
    return make_user("decider", "leader", region=cast.half.street)


def at(days_ago):
    return timezone.now() - days_ago * DAY


def surveyed(estate, by, rng, days_ago, topic=None):
    row = surveys.draft(by=by, estate=estate, title="摸底", deliberation=topic, at=at(days_ago))
    first = surveys.ask(row, by=by, question="同意吗？", options=["同意", "不同意"])
    second = surveys.ask(row, by=by, question="何时？", options=["今年", "明年"])
    surveys.open_up(row, by=by, at=at(days_ago))
    for home in estate.households.all():
        answers = {poll.pk: rng.choice([*poll.options.all(), None]) for poll in (first, second)}
        outcome = rng.choice(["answered", "answered", "refused", "not_reached", ""])
        if outcome:
            surveys.record(row, by=by, household=home, outcome=outcome, answers=answers, at=at(days_ago))
    if topic or rng.random() < 0.7:
        surveys.close(row, by=by, at=at(days_ago))
    return row


def appraised(estate, by, rng, company, year, days_ago):
    row = appraisals.begin(by=by, estate=estate, organization=company, year=year, questions=["保洁？", "维修？"])
    surveys.open_up(row.survey, by=by, at=at(days_ago))
    for home in estate.households.all()[:3]:
        answers = {poll.pk: rng.choice(list(poll.options.all())) for poll in row.survey.questions.all()}
        surveys.record(row.survey, by=by, household=home, outcome="answered", answers=answers, at=at(days_ago))
    surveys.close(row.survey, by=by, at=at(days_ago))
    appraisals.score(row, by=by, branch_score=Decimal(rng.randint(50, 100)), branch_text="好。")
    appraisals.publish(row, by=by, at=at(days_ago))


@pytest.fixture
def world(cast, runner, decider):
    """Two communities of the north's street, surveys in and out of the period, with chance in between."""
    rng, half = random.Random(81), cast.half
    second = make_region("440306001002", "二社区", Level.COMMUNITY, half.street)
    companies = [Organization.objects.create(name=f"第{n}物业", kind="property", region=half.street) for n in (1, 2)]
    for number, region in enumerate((half.community, second)):
        estate = Estate.objects.create(name=f"第{number}小区", region=region)
        households.revise(estate, by=runner, lines="\n".join(f"1栋{n}01" for n in range(1, 9)))
        for days_ago in (1, 2, 400):
            topic = deliberation(cast, region=region, estate=estate) if days_ago == 2 else None
            surveyed(estate, runner, rng, days_ago, topic)
            appraised(estate, runner, rng, companies[days_ago % 2], 2024 - days_ago % 7, days_ago)
        election = elections.call(by=runner, estate=estate, title="第三届", held_on=timezone.localdate())
        for n in range(4):
            who = {"name": "王建国", "phone": f"1380000111{n}", "is_namesake": True}
            candidate = elections.enter(election, by=runner, **who)
            failed = [Criterion.OWNER] if n == 1 else []
            for criterion in Criterion:
                elections.check(
                    candidate, by=runner, criterion=criterion, passed=criterion not in failed, text="王建国"
                )
            if n < 3:
                verdict = "unsuitable" if failed else "suitable"
                elections.decide(candidate, by=decider, verdict=verdict, reasons="王建国的事。", at=at((1, 2, 400)[n]))
    return companies


PERIOD = 100


def falls(moment):
    return moment is not None and moment > at(PERIOD)


def recount(community):
    """What each figure is, without the database's help."""
    here = [visit for visit in SurveyVisit.objects.all() if visit.survey.estate.region == community]
    visits = [visit for visit in here if falls(visit.survey.closed_at)]
    answered = [visit for visit in visits if visit.outcome == "answered"]

    def put(visit):
        return [poll for poll in visit.survey.questions.all() if poll.deliberation_id]

    def consents(visit):
        votes = Vote.objects.filter(poll=put(visit)[0], household=visit.household) if put(visit) else []
        return any(vote.option is not None and vote.option.text == "同意" for vote in votes)

    decided = [c for c in Candidate.objects.all() if c.election.estate.region == community and falls(c.decided_at)]
    return {
        F.SURVEYS: sum(row.estate.region == community and falls(row.closed_at) for row in Survey.objects.all()),
        F.ASKED: len(visits),
        F.ANSWERED: len(answered),
        F.PROPOSED: sum(bool(put(visit)) for visit in answered),
        F.CONSENTING: sum(map(consents, answered)),
        F.DOORS: sum(falls(visit.recorded_at) for visit in here),
        F.APPRAISALS: sum(r.estate.region == community and falls(r.published_at) for r in Appraisal.objects.all()),
        F.SUITABLE: sum(candidate.verdict == "suitable" for candidate in decided),
        F.UNSUITABLE: sum(candidate.verdict == "unsuitable" for candidate in decided),
    }


def asked():
    today = timezone.localdate()
    return {"from": (today - PERIOD * DAY).isoformat(), "to": today.isoformat()}


def span():
    today = timezone.localdate()
    return Span(Period.between(today - PERIOD * DAY, today), timezone.now())


def test_the_report_is_what_a_recount_gives_and_its_rows(world, runner, cast):
    place = place_for(runner)
    summary = SURVEYS.summarize(place, span())
    by_region = {line.key: line.figures for line in summary.lines}
    communities = {estate.region for estate in Estate.objects.all()}
    expected = {region.code: recount(region) for region in communities}
    assert by_region == expected
    for code in SurveyFigure.values:
        total = sum(figures[code] for figures in expected.values())
        assert summary.total.figures[code] == total > 0, code
        assert SURVEYS.rows(place, span(), figure=code).count() == total, code
    below = summary.total.figures[F.ASKED]
    assert summary.total.rate == summary.total.figures[F.ANSWERED] / below


def test_one_row_is_about_the_same_surveys_and_one_that_goes_on_counts_at_its_doors_alone(cast, runner):
    estate = Estate.objects.create(name="龙井小区", region=cast.half.community)
    households.revise(estate, by=runner, lines="\n".join(f"1栋{n}01" for n in range(1, 5)))
    homes = list(estate.households.order_by("pk"))
    topic = deliberation(cast, region=estate.region, estate=estate)
    rows = []
    for deliberated in (topic, None):
        row = surveys.draft(by=runner, estate=estate, title="摸底", deliberation=deliberated)
        poll = surveys.ask(row, by=runner, question="同意吗？", options=["同意", "不同意"])
        surveys.open_up(row, by=runner)
        rows.append((row, {poll.pk: poll.options.first()}))
    (voted, consent), (open_one, answer) = rows
    surveys.record(voted, by=runner, household=homes[0], outcome="answered", answers=consent)
    for home in homes:
        surveys.record(open_one, by=runner, household=home, outcome="answered", answers=answer)
    surveys.close(voted, by=runner)

    def told(*figures):
        total = SURVEYS.summarize(place_for(runner), span()).total
        return total.rate, [total.figures[figure] for figure in figures]

    row = (F.SURVEYS, F.ASKED, F.ANSWERED, F.PROPOSED, F.CONSENTING, F.DOORS)
    assert told(*row) == (1, [1, 1, 1, 1, 1, 5])
    surveys.close(open_one, by=runner)
    assert told(*row) == (1, [2, 5, 5, 1, 1, 5])


def test_the_mean_of_each_company_is_that_of_its_published_results(world, runner):
    told = report.companies(place_for(runner), span())
    for each in told:
        rows = [row for row in Appraisal.objects.filter(organization=each.pk) if falls(row.published_at)]
        points = [appraisals.result(row).total for row in rows]
        assert (each.appraisals, each.mean) == (len(rows), round(sum(points) / len(points), 2))
    assert [each.mean for each in told] == sorted((each.mean for each in told), reverse=True) and len(told) == 2


def test_everybody_has_the_figures_of_their_own_place(world, south, api):
    told = api(south).get(ADDRESS, asked()).json()
    assert set(told["total"].values()) == {0, None} and told["companies"] == []


@pytest.mark.parametrize("figure", SurveyFigure.values)
def test_the_rows_behind_a_figure_are_as_many_as_it_says_and_tell_no_name(world, runner, api, client, figure):
    number = api(runner).get(ADDRESS, asked()).json()["total"][figure]
    rows = api(runner).get(f"{ADDRESS}rows/", {**asked(), "figure": figure})
    assert rows.data["count"] == number
    client.force_login(runner)
    page = client.get("/desk/reports/surveys/rows/", {**asked(), "figure": figure})
    assert f"：{number}" in page.content.decode()
    assert "王" not in page.content.decode().split("<main", 1)[1] and "王" not in rows.content.decode()
    assert api(runner).get(f"{ADDRESS}rows/", {**asked(), "figure": figure, "format": "csv"}).status_code == 200


def test_it_is_a_page_and_a_file(world, runner, auditor, api, client):
    client.force_login(runner)
    shown = client.get("/desk/reports/surveys/", asked()).content.decode()
    assert "第1物业" in shown and "满分" in shown
    assert client.get("/desk/reports/surveys/?period=rubbish").status_code == 400
    taken = api(runner).get(ADDRESS, {**asked(), "format": "csv"})
    lines = b"".join(taken.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 4 and "入户户数（户）" in lines[0]
    assert api(auditor).get(ADDRESS, {**asked(), "format": "csv"}).status_code == 403


def test_a_contact_of_a_unit_reads_none_of_it(world, cast, api):
    assert api(cast.handler.user).get(ADDRESS).status_code == 403
