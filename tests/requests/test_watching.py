"""预警、催办、督办: what the clock does about open cases, over holidays, twice, and after an outage of days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core.errors import Conflict
from portal.core.models import CalendarDay, Notification, Role
from requests import limits, workflow
from requests.models import LimitRule, RequestEvent, ServiceRequest
from requests.queues import AREA, QUEUES
from requests.timeline import lines
from requests.types import State, Verb
from requests.workflow.watching import supervision_due, watch
from tests.conftest import make_user
from tests.registry.conftest import api, page  # noqa: F401
from tests.requests.builders import case_in, make_cast, new_case

pytestmark = pytest.mark.django_db

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NOTHING = {"warned": 0, "reminded": 0, "supervised": 0}


def shanghai(*args: int) -> datetime:
    """A moment of Asia/Shanghai, in UTC."""
    return datetime(*args, tzinfo=UTC) - 8 * HOUR


@pytest.fixture
def cast(the_north, the_south):
    made = make_cast(the_north, the_south)
    make_user("district-leader", Role.LEADER, region=the_north.district)
    make_user("southern-leader", Role.LEADER, region=the_south.district)
    return made


def under_way(cast, *, accepted, time_limit="general") -> ServiceRequest:
    """A case that the unit has taken, whose limit runs from `accepted`."""
    case, _resident = new_case(cast.half, at=accepted)
    workflow.accept(case, by=cast.dispatcher, time_limit=time_limit, at=accepted)
    workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit, at=accepted)
    workflow.take(case, by=cast.handler, at=accepted)
    return case


def told(kind) -> list[str]:
    return [row.person.user.username for row in Notification.objects.filter(kind=kind).order_by("pk")]


def done(**counts) -> dict[str, int]:
    return NOTHING | counts


def test_it_works(cast):
    case = under_way(cast, accepted=timezone.now())
    due, limit = case.due_at, 7 * DAY
    assert watch(at=due - limit / 5 - SECOND) == NOTHING
    assert watch(at=due - limit / 5) == done(warned=1)
    assert told("case_due_soon") == ["handler"]
    assert watch(at=due) == NOTHING
    assert watch(at=due + SECOND) == done(reminded=1)
    assert told("case_reminded") == ["handler"]
    for level, leader in enumerate(["community-leader", "street-leader", "district-leader"], start=1):
        assert watch(at=due + level * limit / 2 - SECOND) == NOTHING
        assert watch(at=due + level * limit / 2) == done(supervised=1)
        assert told("case_supervised")[level - 1 :] == [leader]
    assert watch(at=due + 40 * DAY) == NOTHING
    case.refresh_from_db()
    assert case.supervision_level == 3


def test_a_second_run_does_nothing(cast):
    case = under_way(cast, accepted=timezone.now())
    for moment in (case.due_at - DAY, case.due_at + DAY, case.due_at + 20 * DAY):
        assert watch(at=moment) != NOTHING
        assert watch(at=moment) == NOTHING


def test_after_an_outage_of_weeks_each_level_is_taken_and_told_once(cast):
    case = under_way(cast, accepted=timezone.now())
    # Too late to warn of it: it is overdue.
    assert watch(at=case.due_at + 30 * DAY) == done(reminded=1, supervised=3)
    assert told("case_due_soon") == []
    assert told("case_supervised") == ["community-leader", "street-leader", "district-leader"]
    levels = [event.data["level"] for event in case.events.filter(verb=Verb.SUPERVISE).order_by("id")]
    assert levels == [1, 2, 3]


def test_each_level_of_supervision_tells_its_own_reason(cast):
    case = under_way(cast, accepted=timezone.now())
    ServiceRequest.objects.filter(pk=case.pk).update(redo_count=3)
    # Late by the whole limit, and redone three times: three levels in the same minute.
    assert watch(at=case.due_at + 7 * DAY) == done(reminded=1, supervised=3)
    said = [line.sentence for line in lines(case, audience="staff") if line.event.verb == Verb.SUPERVISE]
    expected = ["超期已达办理时限的一半", "超期已达整个办理时限", "重办 3 次"]
    assert len(said) == 3 and all(reason in sentence for reason, sentence in zip(expected, said, strict=True)), said
    assert not any(other in said[1] for other in (expected[0], expected[2]))


def test_a_level_that_was_told_by_an_earlier_version_is_not_told_again(cast):
    case = under_way(cast, accepted=timezone.now())
    watch(at=case.due_at + 4 * DAY)
    RequestEvent.objects.filter(verb=Verb.SUPERVISE).update(data={"level": 1, "late": True, "redos": 0, "transfers": 0})
    watch(at=case.due_at + 7 * DAY)
    assert [each.data for each in case.events.filter(verb=Verb.SUPERVISE, data__level=2)] == [{"level": 2, "halves": 2}]


def test_a_warning_is_no_step_and_makes_no_page_stale(cast):
    case = under_way(cast, accepted=timezone.now())
    watch(at=case.due_at - HOUR)
    workflow.contact(case, by=cast.handler, reached=True, version=case.version)


def test_working_days_are_measured_over_the_spring_festival_and_its_swapped_days(cast):
    # Off from 15 to 23 February 2026; 14 and 28 February are worked in exchange.
    case = under_way(cast, accepted=shanghai(2026, 2, 13, 10), time_limit="enquiry")
    # Three working days: the 14th, the 24th, the 25th at 10 o'clock.
    assert case.due_at == shanghai(2026, 2, 25, 10)
    # A fifth of 72 hours before that is 14:24 h of working time: 19:36 of the 24th.
    assert watch(at=shanghai(2026, 2, 24, 19, 35)) == NOTHING
    assert watch(at=shanghai(2026, 2, 24, 19, 36)) == done(warned=1)
    assert watch(at=shanghai(2026, 2, 25, 10)) == NOTHING
    assert watch(at=shanghai(2026, 2, 25, 11)) == done(reminded=1)
    # Half of three working days: 26 February 22:00; once more: the 28th, a Saturday that is worked, at 10 o'clock.
    assert watch(at=shanghai(2026, 2, 26, 21, 59)) == NOTHING
    assert watch(at=shanghai(2026, 2, 26, 22)) == done(supervised=1)
    assert watch(at=shanghai(2026, 2, 28, 9, 59)) == NOTHING
    assert watch(at=shanghai(2026, 2, 28, 10)) == done(supervised=1)
    # Sunday is not worked: 36 hours from Saturday at 10 end on Monday at 22.
    assert watch(at=shanghai(2026, 3, 2, 21, 59)) == NOTHING
    assert watch(at=shanghai(2026, 3, 2, 22)) == done(supervised=1)


def test_nobody_is_pressed_in_the_middle_of_the_holidays(cast):
    case = under_way(cast, accepted=shanghai(2026, 2, 10, 10), time_limit="enquiry")
    assert case.due_at == shanghai(2026, 2, 13, 10)
    watch(at=shanghai(2026, 2, 14, 22))
    case.refresh_from_db()
    assert case.supervision_level == 1
    # The nine days off count for nothing.
    assert watch(at=shanghai(2026, 2, 23, 23)) == NOTHING
    # Two hours of the 14th were left; 34 more of the 24th and the 25th.
    assert watch(at=shanghai(2026, 2, 25, 9, 59)) == NOTHING
    assert watch(at=shanghai(2026, 2, 25, 10)) == done(supervised=1)


def test_a_day_off_announced_later_is_not_counted(cast):
    CalendarDay.objects.create(date="2026-02-24", is_working_day=False, reason="另行通知")
    case = under_way(cast, accepted=shanghai(2026, 2, 13, 10), time_limit="enquiry")
    assert case.due_at == shanghai(2026, 2, 26, 10)
    assert watch(at=shanghai(2026, 2, 24, 23)) == NOTHING


def test_limits_of_the_district_set_the_pace(cast, the_north):
    LimitRule.objects.create(
        district=the_north.district, step="resolve", amount=10, unit="hours", starts_on=date(2026, 1, 1)
    )
    case = under_way(cast, accepted=shanghai(2026, 3, 4, 8))
    assert case.due_at == shanghai(2026, 3, 4, 18)
    assert watch(at=shanghai(2026, 3, 4, 15, 59)) == NOTHING
    assert watch(at=shanghai(2026, 3, 4, 16)) == done(warned=1)
    assert watch(at=shanghai(2026, 3, 4, 23)) == done(reminded=1, supervised=1)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.REFERRED])
def test_what_nobody_handles_is_for_its_dispatchers(cast, state):
    case, _resident = case_in(state, cast)
    watch(at=case.due_at - HOUR)
    watch(at=case.due_at + HOUR)
    assert told("case_due_soon") == told("case_reminded") == ["dispatcher"]


def test_a_case_that_waits_for_the_resident_is_left_in_peace(cast):
    case, resident = case_in(State.WAITING, cast)
    assert watch(at=case.due_at + 60 * DAY) == NOTHING
    workflow.reply(case, by=resident, text="三楼。", at=case.waiting_since + DAY)
    assert watch(at=case.due_at - HOUR) == done(warned=1)


@pytest.mark.parametrize("state", [State.SUBMITTED, State.RESOLVED, State.CLOSED, State.REJECTED, State.WITHDRAWN])
def test_what_is_not_under_way_is_not_watched(cast, state):
    case_in(state, cast)
    assert watch(at=timezone.now() + 300 * DAY) == NOTHING


def test_more_time_that_is_granted_starts_the_warnings_anew(cast):
    case = under_way(cast, accepted=timezone.now())
    due = case.due_at
    workflow.request_extension(case, by=cast.handler, until=due + 5 * DAY, text="等配件。")
    assert watch(at=due - HOUR) == done(warned=1)
    assert watch(at=due + HOUR) == done(reminded=1)
    case.refresh_from_db()
    workflow.decide_extension(case, by=cast.leader, granted=True, text="同意。")
    assert watch(at=due + 2 * HOUR) == NOTHING
    assert watch(at=case.due_at - HOUR) == done(warned=1)
    assert watch(at=case.due_at + HOUR) == done(reminded=1)


def test_the_lateness_of_earlier_rounds_counts(cast):
    case = under_way(cast, accepted=timezone.now())
    late = case.due_at + 2 * DAY
    watch(at=late)
    case.refresh_from_db()
    workflow.resolve(case, by=cast.handler, text="已换好。", at=late)
    workflow.redo(case, by=cast.dispatcher, text="又坏了。", at=late)
    # Two days then, a day and a half now: half of seven days.
    assert supervision_due(case, case.due_at + 36 * HOUR - SECOND) == 0
    assert supervision_due(case, case.due_at + 36 * HOUR) == 1


def test_three_redos_and_three_transfers_raise_supervision_one_level_each(cast):
    case = under_way(cast, accepted=timezone.now())
    for _round in range(3):
        workflow.resolve(case, by=cast.handler, text="已换好。")
        assert watch() == NOTHING
        workflow.redo(case, by=cast.dispatcher, text="又坏了。")
        workflow.take(case, by=cast.handler)
    assert watch() == done(supervised=1)
    case.refresh_from_db()
    for number in range(3):
        workflow.transfer(
            case, by=cast.dispatcher, to=[cast.dispatcher.user.person, cast.half.unit][number % 2], text="换"
        )
        workflow.take(case, by=[cast.dispatcher, cast.handler][number % 2])
    assert watch() == done(supervised=1)
    assert watch() == NOTHING
    assert told("case_supervised") == ["community-leader", "street-leader"]
    case.refresh_from_db()
    assert case.events.filter(verb=Verb.SUPERVISE).last().data["transfers"] == 3


def test_a_level_without_leaders_is_told_to_those_above_it(cast):
    cast.leader.user.memberships.update(is_active=False)
    case = under_way(cast, accepted=timezone.now())
    watch(at=case.due_at + 4 * DAY)
    assert told("case_supervised") == ["street-leader"]


def test_the_clock_refuses_what_is_not_due(cast):
    case = under_way(cast, accepted=timezone.now())
    for verb in (workflow.remind, workflow.supervise):
        with pytest.raises(Conflict):
            verb(case, by=workflow.CLOCK, at=case.due_at)


def test_people_remind_whenever_they_see_reason(cast):
    case = under_way(cast, accepted=timezone.now())
    workflow.remind(case, by=cast.dispatcher, text="居民又打电话来问。")
    workflow.remind(case, by=cast.leader)
    assert told("case_reminded") == ["handler", "handler"]
    assert not [event for event in case.events.filter(verb=Verb.REMIND) if event.is_public]
    # Once it is overdue the clock reminds all the same.
    assert watch(at=case.due_at + HOUR) == done(reminded=1)


def test_the_desk_and_the_api_remind(page, api, cast, south):  # noqa: F811
    case = under_way(cast, accepted=timezone.now())
    browser = page(cast.dispatcher.user)
    assert browser.post(f"/desk/requests/{case.pk}/do/remind/", {"version": case.version}).status_code == 302
    case.refresh_from_db()
    address = f"/api/v1/service-requests/{case.pk}/remind/"
    assert api(south).post(address, {"version": case.version}).status_code == 404
    assert api(cast.handler.user).post(address, {"version": case.version}).status_code == 403
    assert api(cast.leader.user).post(address, {"version": case.version}).status_code == 200


def test_supervised_cases_are_marked_found_and_exported(page, api, cast):  # noqa: F811
    case = under_way(cast, accepted=timezone.now())
    plain = under_way(cast, accepted=timezone.now())
    ServiceRequest.objects.filter(pk=case.pk).update(supervision_level=2)
    assert (
        list(QUEUES["supervised"].of(cast.leader.user)) == list(AREA["supervised"].of(cast.dispatcher.user)) == [case]
    )
    assert not QUEUES["supervised"].of(cast.stranger.user).exists()
    browser = page(cast.leader.user)
    assert "街道督办" in browser.get("/desk/?queue=supervised").content.decode()
    assert "街道督办" in browser.get(f"/desk/requests/{case.pk}/").content.decode()
    exported = b"".join(browser.post("/desk/requests/export/", {"format": "csv"}).streaming_content).decode()
    assert exported.count("街道督办") == 1
    caller = api(cast.leader.user)
    for query, found in [
        ("supervised=true", [case.pk]),
        ("supervised=false", [plain.pk]),
        ("supervision=2", [case.pk]),
        ("supervision=1", []),
    ]:
        rows = caller.get(f"/api/v1/service-requests/?{query}").json()["results"]
        assert [row["id"] for row in rows] == found
    (row,) = caller.get("/api/v1/service-requests/?supervision=2").json()["results"]
    assert (row["supervision_level"], row["supervision_label"]) == (2, "街道督办")
    assert caller.get("/api/v1/service-requests/?supervision=9").status_code == 400


def test_a_run_reads_batches_and_asks_no_more_of_the_database_for_what_is_not_due(cast):
    for _number in range(3):
        under_way(cast, accepted=timezone.now())
    at = ServiceRequest.objects.first().due_at - HOUR
    watch(at=at)
    with CaptureQueriesContext(
        connection,
    ) as few:
        watch(at=at)
    for _number in range(9):
        under_way(cast, accepted=timezone.now())
    watch(at=at)
    with CaptureQueriesContext(connection) as many:
        assert watch(at=at) == NOTHING
    assert len(many) == len(few)
    with CaptureQueriesContext(connection) as paged:
        assert watch(at=at, batch=4) == NOTHING
    assert len(paged) == len(few) + 3


def test_every_page_of_a_run_is_looked_at(cast):
    same = timezone.now()
    for number in range(7):
        under_way(cast, accepted=same - (number % 2) * HOUR)
    assert watch(at=same + 7 * DAY + HOUR, batch=2) == done(reminded=7)
    assert watch(at=same + 7 * DAY + HOUR, batch=2) == NOTHING


def test_rules_that_nobody_asked_for_leave_the_horizon_alone(db):
    assert max(limit.length for limit in limits.known_limits()) == 15 * DAY
