"""Whatever happened to whatever cases: the report is what a plain recount in Python gives, and has those rows.

The recount below reads DOMAIN 2 once more, without a database: it shares no line with the definitions.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.models import Level
from portal.reports import figures
from portal.reports.definitions import COUNTS, NET_COUNTS, RATES, Span
from portal.reports.groups import GroupBy
from portal.reports.periods import Period
from portal.reports.places import place_for
from requests.models import (
    Approval,
    Category,
    DepartmentRating,
    Dispatch,
    Rating,
    Requester,
    RequestEvent,
    ServiceRequest,
)
from requests.types import (
    HELD,
    PAUSED_STATES,
    AnswerSource,
    Channel,
    DispatchOutcome,
    ExcludedRate,
    RatingCode,
    ReturnGround,
    State,
    Verb,
)
from tests.conftest import make_region

COUNTED = (*COUNTS, *NET_COUNTS)
BASE = datetime(2026, 2, 20, tzinfo=UTC)
OPEN = {
    "submitted", "accepted", "dispatched", "in_progress", "waiting", "deliberating", "referred", "in_project",
}  # fmt: skip
GONE = {"withdrawn", "merged", "split"}

# Moments within a few weeks, often the same ones and often on the edge of a local day (16:00 UTC).
moments = st.integers(0, 24 * 50).map(lambda hours: BASE + timedelta(hours=hours)) | st.sampled_from(
    [datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC), BASE + timedelta(days=20)]
)
maybe = st.none() | moments
offers = st.fixed_dictionaries(
    {
        "offered_at": moments,
        "accept_due_at": moments,
        "taken_at": maybe,
        "ended_at": maybe,
        "outcome": st.sampled_from(DispatchOutcome.values),
        "unit": st.integers(0, 1),
    }
)
ratings = st.fixed_dictionaries({"at": moments, "code": st.sampled_from(["", *RatingCode.values])})
whistles = st.fixed_dictionaries({"asked_at": moments, "answered_at": maybe, "unit": st.integers(0, 1)})
judged = st.fixed_dictionaries(
    {"at": moments, "code": st.sampled_from(RatingCode.values), "unit": st.integers(0, 1), "was_lead": st.booleans()}
)
cases = st.fixed_dictionaries(
    {
        "place": st.integers(0, 2),
        "station": st.booleans(),
        "category": st.integers(0, 2),
        "channel": st.sampled_from(Channel.values[:2]),
        "state": st.sampled_from(State.values),
        "submitted_at": moments,
        **dict.fromkeys(
            [
                "accepted_at", "contacted_at", "finished_at", "resolved_at", "ended_at", "contact_due_at", "due_at",
                "finish_due_at", "last_answer_at", "waiting_since",
            ],
            maybe,
        ),
        "reopened_at": maybe,
        # The time from one moment to the next one, and again from the third to the fourth.
        "late": st.lists(moments, max_size=4, unique=True).map(sorted),
        "last_solved": st.sampled_from([None, True, False]),
        "redo_count": st.integers(0, 2),
        "excluded_from": st.none() | st.lists(st.sampled_from(ExcludedRate.values), unique=True),
        "offers": st.lists(offers, max_size=3),
        "ratings": st.lists(ratings, max_size=2),
        "whistles": st.lists(whistles, max_size=2),
        "judged": st.lists(judged, max_size=2, unique_by=lambda each: each["unit"]),
        "redos": st.lists(st.tuples(moments, st.booleans()), max_size=2),
    }
)  # fmt: skip
periods = st.builds(
    Period.containing,
    st.dates(datetime(2026, 2, 1).date(), datetime(2026, 4, 20).date()),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
)


@pytest.fixture
def world(the_north, the_south):
    """Two communities of one district, one of another; two units, a station, a category of three levels."""
    guangzhou = make_region("4401", "广州市", Level.CITY)
    elsewhere = ServiceRequest.objects.create(
        title="另一件", description="另一件", channel="web", region=guangzhou, city=guangzhou, district=guangzhou,
        handling_region=guangzhou, submitted_at=datetime(2001, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    second = make_region("440306001002", "二社区", Level.COMMUNITY, the_north.street)
    top = Category.objects.create(name="环境")
    below = Category.objects.create(name="噪音", parent=top)
    return {
        "halves": [the_north, the_north, the_south],
        # Somewhere else, long ago: what others are merged into.
        "other": elsewhere,
        "communities": [the_north.community, second, the_south.community],
        "units": [the_north.unit, the_south.unit],
        "station": the_north.station,
        "categories": [None, top, below],
    }


def copy(drawn):
    """What is drawn may be drawn again: only the copy is changed."""
    return {**drawn, **{name: [dict(each) for each in drawn[name]] for name in ("offers", "whistles", "judged")}}


def build(world, told):
    """Write a drawn case as it is, as far as the constraints of the tables allow, and keep what was written."""
    half = world["halves"][told["place"]]
    told = {**told, "district": half.district.pk, "community": world["communities"][told["place"]].pk}
    if told["state"] in PAUSED_STATES:
        told["waiting_since"] = told["waiting_since"] or BASE
    elif told["state"] not in GONE:
        told["waiting_since"] = None
    if told["finished_at"]:
        told["resolved_at"] = told["resolved_at"] or told["finished_at"]
    told["last_rating_at"] = max((each["at"] for each in told["ratings"] if each["code"]), default=None)
    columns = [
        "channel", "state", "submitted_at", "accepted_at", "contacted_at", "finished_at", "resolved_at", "ended_at",
        "contact_due_at", "due_at", "finish_due_at", "last_answer_at", "waiting_since", "last_solved", "redo_count",
        "last_rating_at", "reopened_at", "excluded_from",
    ]  # fmt: skip
    told["late"] = tuple(zip(told["late"][::2], told["late"][1::2], strict=False))
    case = ServiceRequest.objects.create(
        title="路灯", description="路灯坏了", region_id=told["community"], community_id=told["community"],
        city=half.district.parent, district=half.district, street=half.street, handling_region_id=told["community"],
        station=world["station"] if told["station"] else None, category=world["categories"][told["category"]],
        late_during=told["late"], merged_into=world["other"] if told["state"] == State.MERGED else None,
        **{column: told[column] for column in columns},
    )  # fmt: skip
    told["id"], held = case.pk, False
    for offer in told["offers"]:
        if offer["outcome"] in HELD and held:
            offer["outcome"] = DispatchOutcome.RECALLED
        held = held or offer["outcome"] in HELD
        ground = ReturnGround.WRONG_AREA if offer["outcome"] == DispatchOutcome.RETURNED else ""
        unit = world["units"][offer["unit"]]
        made = Dispatch.objects.create(
            request=case, district=half.district, organization=unit, return_ground=ground,
            **{name: value for name, value in offer.items() if name != "unit"},
        )  # fmt: skip
        if offer["outcome"] in HELD:
            case.current_dispatch = made
            case.save(update_fields=["current_dispatch"])
            told["unit"] = unit.pk
    person = Requester.objects.create(request=case, district=half.district, code="c", code_hash=f"hash {case.pk}")
    for number, rating in enumerate(told["ratings"]):
        source = AnswerSource.RATING if rating["code"] else AnswerSource.CALL_BACK
        Rating.objects.create(
            request=case, district=half.district, requester=person, round=number, source=source, solved=True, **rating
        )
    for each in told["whistles"]:
        Approval.objects.create(
            kind="whistle", request=case, region=half.community, to_region=half.street, reason="联合执法。",
            lead=world["units"][each["unit"]], ground="joint_enforcement", outcome="granted", asked_at=each["asked_at"],
            answered_at=each["answered_at"],
        )  # fmt: skip
    for each in told["judged"]:
        DepartmentRating.objects.create(
            request=case, district=half.district, organization=world["units"][each["unit"]], text="说明。",
            at=each["at"], code=each["code"], was_lead=each["was_lead"],
        )  # fmt: skip
    for at, by_call in told["redos"]:
        RequestEvent.objects.create(
            request=case, district=half.district, at=at, verb=Verb.CALL_BACK if by_call else Verb.REDO, version=1,
            from_state=State.RESOLVED, to_state=State.DISPATCHED, actor="dispatcher",
        )  # fmt: skip
    return told


def recount(told, start, end, now):
    """What one case adds to each figure, by its unit: {(code, unit): number}."""
    added, own = {}, told.get("unit")
    asked_for, is_over = min(end, now), end <= now

    def add(code, number=1, unit=own):
        added[code, unit] = added.get((code, unit), 0) + number

    def judge(rate, above, below, is_above, unit=own):
        """One more below the line of a rate, and above it if it was kept; net only if the case was not left out."""
        nets = [""] if rate in (told["excluded_from"] or ()) else ["", "_net"]
        for net in nets:
            add(below + net, unit=unit)
            if is_above:
                add(above + net, unit=unit)

    def falls(moment):
        return moment is not None and start <= moment < end

    state, due, waiting = told["state"], told["due_at"], told["waiting_since"]
    if state == "rejected" and falls(told["ended_at"]):
        add("rejected")
    if state in ("rejected", "split"):
        return added
    for code, column in [("received", "submitted_at"), ("accepted", "accepted_at"), ("finished", "finished_at")]:
        if falls(told[column]):
            add(code)
    if state in ("closed", "withdrawn") and falls(told["ended_at"]):
        add(state)
    for offer in told["offers"]:
        if falls(offer["offered_at"]):
            add("dispatched", unit=offer["unit"])

    for whistle in told["whistles"]:
        if falls(whistle["asked_at"]):
            add("whistles", unit=whistle["unit"])
            if whistle["answered_at"]:
                add("whistles_answered", unit=whistle["unit"])

    # Overdue, at the asked-for moment; a period to come has none yet.
    stopped = waiting is not None and due is not None and waiting <= due
    late = due is not None and due < asked_for
    overdue = late and state in OPEN and not stopped
    if is_over:
        overdue = overdue and (told["reopened_at"] is None or told["reopened_at"] <= asked_for)
        overdue |= any(since < asked_for < until for since, until in told["late"])
    if overdue and start <= now:
        add("overdue")
    if state in GONE:
        return added

    contact_due, contacted = told["contact_due_at"], told["contacted_at"]
    if falls(contact_due) and (contacted or (contact_due < asked_for and not (waiting and waiting <= contact_due))):
        judge("response_rate", "contacted_on_time", "contact_due", contacted and contacted <= contact_due)
    done, done_due = told["finished_at"], told["finish_due_at"]
    undone_due = done is None and state in OPEN and falls(due) and due < asked_for and not stopped
    if undone_due or falls(done_due):
        judge("on_time_completion_rate", "on_time", "due", done and done_due and done <= done_due)
    if falls(told["last_answer_at"]) and told["last_solved"] is not None:
        judge("resolution_rate", "solved", "answered", told["last_solved"])
    if falls(done):
        add("finished_judged")
    for offer in told["offers"]:
        unit, limit, taken, ended = offer["unit"], offer["accept_due_at"], offer["taken_at"], offer["ended_at"]
        if falls(offer["offered_at"]):
            add("offered", unit=unit)
        if falls(ended) and offer["outcome"] in ("returned", "expired"):
            add(offer["outcome"], unit=unit)
        if falls(limit) and (taken or (limit < asked_for and not (ended and ended < limit))):
            judge("on_time_acceptance_rate", "taken_on_time", "offers_due", taken and taken <= limit, unit)
    for rating in told["ratings"]:
        if rating["code"] and rating["at"] == told["last_rating_at"] and falls(rating["at"]):
            is_satisfied = rating["code"] not in ("dissatisfied", "very_dissatisfied")
            judge("satisfaction_rate", "satisfied", "rated", is_satisfied)
    for each in told["judged"]:
        if falls(each["at"]):
            add("departments_rated", unit=each["unit"])
            if each["code"] not in ("dissatisfied", "very_dissatisfied"):
                add("departments_positive", unit=each["unit"])
    begun = sum(falls(at) for at, _by_call in told["redos"])
    if begun:
        add("redos", begun)
        add("redone")
    return added


def group_of(group_by, told, unit, world):
    top = world["categories"][1].pk
    return {
        GroupBy.DISTRICT: told["district"],
        GroupBy.STREET: world["halves"][told["place"]].street.pk,
        GroupBy.COMMUNITY: told["community"],
        GroupBy.STATION: world["station"].pk if told["station"] else None,
        GroupBy.STATION_TYPE: "estate" if told["station"] else None,
        GroupBy.CATEGORY: top if told["category"] else None,
        GroupBy.CHANNEL: told["channel"],
        GroupBy.UNIT: unit,
    }[group_by]


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(cases, max_size=6), period=periods, now=moments, group_by=st.sampled_from(GroupBy.values))
def test_the_report_is_what_a_recount_gives_and_its_rows(world, leader, drawn, period, now, group_by):
    with transaction.atomic():
        written = [build(world, copy(case)) for case in drawn]
        for told in written:
            for offer in told["offers"]:
                offer["unit"] = world["units"][offer["unit"]].pk
            for each in (*told["whistles"], *told["judged"]):
                each["unit"] = world["units"][each["unit"]].pk
        place, span = place_for(leader), Span(period, now)
        report = figures.summarize(place, span, group_by=group_by)

        expected, by_group = dict.fromkeys([count.code for count in COUNTED], 0), {}
        for told in written:
            if told["district"] != world["halves"][0].district.pk:
                continue
            for (code, unit), number in recount(told, period.start, period.end, now).items():
                expected[code] += number
                line = by_group.setdefault(group_of(group_by, told, unit, world), {})
                line[code] = line.get(code, 0) + number
        assert report.total.counts == expected
        lines = {value: {code: n for code, n in line.counts.items() if n} for value, line in report.lines.items()}
        assert {value: line for value, line in lines.items() if line} == by_group

        for count in COUNTED:
            assert figures.rows(count, place, span).count() == expected[count.code], count.code
            for value, line in report.lines.items():
                rows = figures.rows(count, place, span, group_by=group_by, group=value)
                assert rows.count() == line.counts[count.code], (count.code, value)
        for rate in RATES:
            for part in (rate, rate.net):
                above, below = expected[part.numerator.code], expected[part.denominator.code]
                assert report.total.rate(part).rate == (round(above / below, 4) if below else None)
        transaction.set_rollback(True)
