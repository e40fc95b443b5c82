"""Each figure counts what its definition says, by the date it says, in the right unit."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from portal.reports import figures
from portal.reports.definitions import Span
from portal.reports.groups import GroupBy, groups_of
from portal.reports.periods import Period
from portal.reports.places import place_for
from requests import workflow
from requests.models import ServiceRequest
from requests.types import RejectGround, ReturnGround
from requests.workflow import CLOCK, Resident, Staff
from requests.workflow.intake import Contact

# A Monday, in a month whose end the limits do not reach.
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.get_default_timezone())
MARCH = Period.containing(date(2026, 3, 1), "month")
APRIL_1 = datetime(2026, 4, 1, 0, 0, tzinfo=timezone.get_default_timezone())
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def make(the_north):
    def submit(at=MONDAY, half=the_north, **kwargs):
        contact = Contact(phone="13800001234")
        return workflow.submit(description="路灯坏了。", contact=contact, region=half.community, at=at, **kwargs)

    return submit


@pytest.fixture
def summary(north):
    def summarize(period=MARCH, now=APRIL_1, user=north, group_by=""):
        return figures.summarize(place_for(user), Span(period, now), group_by=group_by)

    return summarize


@pytest.fixture
def counts(summary):
    return lambda *args, **kwargs: summary(*args, **kwargs).total.counts


@pytest.fixture
def through(north, helper, the_north):
    """A case taken through all steps, resolved `days` after acceptance."""

    def go(submitted, days=1, solved=True, code="satisfied"):
        case, at = submitted.case, submitted.case.submitted_at
        workflow.accept(case, by=Staff(north), at=at + HOUR)
        workflow.dispatch(case, by=Staff(north), to=the_north.unit, at=at + HOUR)
        workflow.take(case, by=Staff(helper), at=at + 2 * HOUR)
        workflow.contact(case, by=Staff(helper), reached=True, at=at + 3 * HOUR)
        workflow.resolve(case, by=Staff(helper), text="已修好。", at=at + HOUR + days * DAY)
        workflow.rate(case, by=Resident(submitted.requester), code=code, solved=solved, at=at + (days + 1) * DAY)
        return case

    return go


@pytest.mark.smoke
def test_it_works(make, through, summary):
    through(make())
    total = summary().total
    for code in ["received", "accepted", "dispatched", "finished", "closed", "on_time", "due", "contacted_on_time"]:
        assert total.counts[code] == 1, code
    for code in ["rejected", "withdrawn", "overdue", "returned", "redone", "expired"]:
        assert total.counts[code] == 0, code
    rates = total.as_dict()
    for code in ["response_rate", "on_time_acceptance_rate", "on_time_completion_rate", "resolution_rate"]:
        assert rates[code]["gross"] == {"numerator": 1, "denominator": 1, "rate": 1.0}
        assert rates[code]["net"] == rates[code]["gross"]
    assert rates["satisfaction_rate"]["gross"]["rate"] == 1.0
    assert rates["return_rate"]["gross"] == {"numerator": 0, "denominator": 1, "rate": 0.0}


def test_nothing_divided_by_nothing_is_not_applicable(summary, north):
    rates = summary().total.as_dict()
    assert all(rates[code]["gross"]["rate"] is None for code in rates if code.endswith("_rate"))


def test_a_rejected_case_is_only_in_its_own_count(make, north, counts):
    case = make().case
    workflow.accept(case, by=Staff(north), at=MONDAY)
    workflow.reject(case, by=Staff(north), ground=RejectGround.DUPLICATE, text="重复", at=MONDAY + 9 * DAY)
    assert {code: number for code, number in counts().items() if number} == {"rejected": 1}


def test_a_withdrawn_case_is_counted_but_never_judged(make, north, helper, the_north, counts):
    submitted = make()
    case = submitted.case
    workflow.accept(case, by=Staff(north), at=MONDAY)
    workflow.dispatch(case, by=Staff(north), to=the_north.unit, at=MONDAY)
    workflow.take(case, by=Staff(helper), at=MONDAY)
    ground = ReturnGround.NOT_OUR_DUTY
    workflow.send_back(case, by=Staff(helper), ground=ground, text="不归我们管", at=MONDAY + HOUR)
    workflow.withdraw(case, by=Resident(submitted.requester), at=MONDAY + 8 * DAY)
    counted = {code: number for code, number in counts().items() if number}
    assert counted == {"received": 1, "accepted": 1, "dispatched": 1, "withdrawn": 1}


def test_a_late_case_is_due_but_not_on_time(make, through, counts):
    through(make(), days=8)
    counted = counts()
    assert (counted["due"], counted["on_time"], counted["overdue"]) == (1, 0, 0)


def test_the_due_time_decides_the_period_of_on_time(make, through, counts):
    """Finished in March, due in April: judged in April."""
    through(make(at=MONDAY + 28 * DAY), days=0.2)
    april = Period.containing(date(2026, 4, 1), "month")
    assert (counts()["finished"], counts()["due"]) == (1, 0)
    assert (counts(april, APRIL_1 + 3 * DAY)["due"], counts(april, APRIL_1 + 3 * DAY)["on_time"]) == (1, 1)


def test_what_is_not_yet_due_is_not_judged(make, north, counts):
    workflow.accept(make().case, by=Staff(north), at=MONDAY)
    assert counts(now=MONDAY + 6 * DAY)["due"] == 0
    late = counts(now=MONDAY + 7 * DAY + HOUR)
    assert (late["due"], late["on_time"], late["overdue"]) == (1, 0, 1)


def test_a_clock_that_stands_still_is_not_due(make, north, helper, the_north, counts):
    case = make().case
    workflow.accept(case, by=Staff(north), at=MONDAY)
    workflow.ask(case, by=Staff(north), text="哪一盏？", at=MONDAY + HOUR)
    counted = counts()
    assert (counted["due"], counted["overdue"]) == (0, 0)
    assert ServiceRequest.objects.overdue(APRIL_1).count() == 0


def test_overdue_is_asked_for_at_the_end_of_a_period_that_is_over(make, through, counts):
    """Late by a week and finished since: overdue on the day before, not today."""
    through(make(), days=10)
    ninth = Period.containing(date(2026, 3, 10), "day")
    assert counts(ninth)["overdue"] == 1
    assert counts()["overdue"] == 0
    assert counts(Period.containing(date(2026, 3, 8), "day"))["overdue"] == 0


def test_an_offer_that_nobody_took_expires(make, north, helper, the_north, counts):
    case = make().case
    workflow.accept(case, by=Staff(north), at=MONDAY)
    workflow.dispatch(case, by=Staff(north), to=the_north.unit, at=MONDAY)
    workflow.expire(case, by=CLOCK, at=MONDAY + 3 * DAY)
    workflow.dispatch(case, by=Staff(north), to=the_north.unit, at=MONDAY + 4 * DAY)
    workflow.take(case, by=Staff(helper), at=MONDAY + 4 * DAY + HOUR)
    counted = counts()
    assert (counted["dispatched"], counted["expired"]) == (2, 1)
    assert (counted["offers_due"], counted["taken_on_time"]) == (2, 1)


def test_an_offer_recalled_before_its_limit_was_never_due(make, north, the_north, counts):
    case = make().case
    workflow.accept(case, by=Staff(north), at=MONDAY)
    workflow.dispatch(case, by=Staff(north), to=the_north.unit, at=MONDAY)
    workflow.recall(case, by=Staff(north), text="派错了", at=MONDAY + HOUR)
    assert (counts()["dispatched"], counts()["offers_due"]) == (1, 0)


def test_returns_are_counted_in_offers(make, north, helper, the_north, counts):
    case = make().case
    workflow.accept(case, by=Staff(north), at=MONDAY)
    for day in range(2):
        workflow.dispatch(case, by=Staff(north), to=the_north.unit, at=MONDAY + day * DAY)
        at = MONDAY + day * DAY + HOUR
        workflow.send_back(case, by=Staff(helper), ground=ReturnGround.WRONG_AREA, text="不在本片区", at=at)
    counted = counts()
    assert (counted["received"], counted["offered"], counted["returned"]) == (1, 2, 2)


def test_a_case_redone_twice_is_one_case_and_two_redos(make, through, north, helper, leader, counts):
    submitted = make()
    case = through(submitted, solved=False, code="dissatisfied")
    at = MONDAY + 3 * DAY
    workflow.call_back(case, by=Staff(north), reached=True, outcome="redo", text="没修好", at=at)
    workflow.take(case, by=Staff(helper), at=at + HOUR)
    workflow.resolve(case, by=Staff(helper), text="再修", at=at + 2 * HOUR)
    workflow.redo(case, by=Staff(leader), text="还是不亮", at=at + 3 * HOUR)
    counted = counts()
    assert (counted["redone"], counted["redos"], counted["finished_judged"]) == (1, 2, 1)
    assert (counted["answered"], counted["solved"]) == (1, 0)
    assert (counted["due"], counted["on_time"]) == (1, 1)


def test_the_last_rating_of_a_case_stands(make, through, north, helper, counts):
    submitted = make()
    case = through(submitted, solved=False, code="very_dissatisfied")
    at = MONDAY + 3 * DAY
    workflow.call_back(case, by=Staff(north), reached=True, outcome="redo", text="没修好", at=at)
    workflow.take(case, by=Staff(helper), at=at + HOUR)
    workflow.resolve(case, by=Staff(helper), text="修好了", at=at + 2 * HOUR)
    workflow.rate(case, by=Resident(submitted.requester), code="satisfied", solved=True, at=at + DAY)
    counted = counts()
    assert (counted["rated"], counted["satisfied"], counted["answered"], counted["solved"]) == (1, 1, 1, 1)


def test_lines_by_unit_credit_offers_to_whom_they_were_made(make, north, helper, the_north, summary):
    case = make().case
    workflow.accept(case, by=Staff(north), at=MONDAY)
    workflow.dispatch(case, by=Staff(north), to=the_north.unit, at=MONDAY)
    workflow.send_back(
        case, by=Staff(helper), ground=ReturnGround.WRONG_AREA, text="不在本片区", at=MONDAY + HOUR
    )  # fmt: skip
    lines = summary(group_by=GroupBy.UNIT).lines
    # The case is back with the dispatcher: no unit has it, but the return is the unit's.
    assert lines[the_north.unit.pk].counts["returned"] == 1
    assert lines[the_north.unit.pk].counts["received"] == 0
    assert lines[None].counts["received"] == 1


def test_every_street_has_a_line_and_the_total_is_no_average(make, through, leader, the_north, summary):
    through(make())
    through(make(), days=8)
    report = summary(user=leader, group_by=GroupBy.STREET)
    [street] = groups_of(GroupBy.STREET, report.place, report.lines)
    assert (street.name, report.line(street).counts["received"]) == ("北街道", 2)
    assert report.total.as_dict()["on_time_completion_rate"]["gross"]["rate"] == 0.5


def test_the_south_counts_nothing_of_the_north(make, through, south, keeper, counts):
    through(make())
    assert not any(counts(user=south).values())
    # Nor does a keeper count cases of the community that are not the station's.
    assert not any(counts(user=keeper).values())


def test_a_keeper_counts_the_cases_of_the_station(make, keeper, the_north, counts):
    make(station=the_north.station)
    assert counts(user=keeper)["received"] == 1


def test_a_case_that_was_misplaced_takes_its_offers_along(make, north, helper, south, the_north, the_south, counts):
    case = make().case
    workflow.accept(case, by=Staff(north), at=MONDAY)
    workflow.dispatch(case, by=Staff(north), to=the_north.unit, at=MONDAY)
    ground = ReturnGround.WRONG_AREA
    workflow.send_back(case, by=Staff(helper), ground=ground, text="不在本片区", at=MONDAY + HOUR)
    workflow.amend(case, by=Staff(north), region=the_south.community)
    assert counts(user=north)["returned"] == 0
    assert counts(user=south)["returned"] == 1
