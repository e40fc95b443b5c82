"""The demo's cases, sent through the real verbs, come out as the demo has written them."""

import random
from datetime import datetime, time

import pytest

from portal.core.models import Organization, Person, User
from portal.demo import anchors
from portal.demo.cases import REQUEST, Maker, Row, _request
from requests import workflow
from requests.models import Category, Requester, ServiceRequest
from requests.types import Actor, State, Verb
from requests.workflow import CLOCK, Resident, Staff
from requests.workflow.intake import Contact
from requests.workflow.table import BY_STATE
from tests.demo.conftest import TODAY

COUNT = 140
JOINED = {State.MERGED, State.SPLIT, State.REFERRED, State.IN_PROJECT, State.DELIBERATING}
# Keys and personal data differ from run to run.
NOT_COMPARED = {"id", "title", "description", "current_dispatch_id", "address_text", "latitude", "longitude"}


@pytest.fixture(scope="module")
def rows(demo):
    maker = Maker(random.Random(7), datetime.combine(TODAY, time(), anchors.ZONE), shown_unit_id=demo.shown_unit.pk)
    return list(maker.rows(demo.sites, COUNT, demo.keeper_station))


@pytest.mark.django_db
def test_the_real_verbs_agree(rows):
    differences = []
    for row in rows:
        case = Replay(row).run()
        made = ServiceRequest.objects.get(pk=case.pk)
        expected = dict(zip(REQUEST, _request(row), strict=True))
        differences += [
            (row.id, name, value, getattr(made, name))
            for name, value in expected.items()
            if name not in NOT_COMPARED and getattr(made, name) != value
        ]
        assert _events(made) == [_expected_event(event) for event in row.case.events]
        assert _offers(made) == [_expected_offer(offer) for offer in row.case.offers]
        assert _ratings(made) == [tuple(rating.values()) for rating in row.case.ratings]
        assert _approvals(made) == [tuple(approval.values()) for approval in row.case.approvals]
    assert differences == []


def test_every_step_is_in_the_table(rows):
    """Who takes a step, from where it starts and where it leads, as the table of the workflow says."""
    for row in rows:
        for event in row.case.events[1:]:
            rule = BY_STATE[event.from_state][event.verb]
            assert event.party.actor in rule.actors, event
            assert event.to_state in (rule.to or (event.from_state,)), event


def test_every_state_and_most_verbs_are_reached(rows):
    # What joins cases, takes them apart or hands them to others the demo does by the verbs themselves.
    assert {row.case.state for row in rows} == set(State) - JOINED
    missing = set(Verb) - {event.verb for row in rows for event in row.case.events}
    # Corrections and second thoughts about the public list are not part of the story; an undone withdrawal is rare.
    # What the clock presses for, and more time, the demo adds by the verbs themselves.
    pressed = {Verb.REQUEST_EXTENSION, Verb.DECIDE_EXTENSION, Verb.REMIND, Verb.SUPERVISE}
    pressed |= {Verb.EXCLUDE, Verb.DECIDE_EXCLUSION}
    pressed |= {Verb.HAND_IN, Verb.REVIEW_REPLY, Verb.TAKE_OVER}
    pressed |= {Verb.TABLE, Verb.CONCLUDE}
    joined = {Verb.MERGE, Verb.JOIN, Verb.SPLIT, Verb.GATHER, Verb.REFER, Verb.OUTCOME, Verb.RETURNED, Verb.CLAIM}
    joined |= {Verb.ADOPT, Verb.FINISH, Verb.LEAVE_PROJECT, Verb.REPLAN}
    joined |= {Verb.WHISTLE, Verb.DECIDE_WHISTLE, Verb.ADD_ASSIST, Verb.TAKE_ASSIST, Verb.FINISH_ASSIST}
    joined |= {Verb.DECLINE_ASSIST, Verb.CALL_OFF_ASSIST, Verb.RATE_DEPARTMENTS}
    assert missing <= {Verb.AMEND, Verb.RESTORE, Verb.AGREE, Verb.HIDE} | pressed | joined


class Replay:
    """Takes the steps of one generated case by the verbs."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.offers = iter(row.case.offers)

    def run(self) -> ServiceRequest:
        row, case = self.row, self.row.case
        recorder = User.objects.get(pk=case.recorded_by_id) if case.recorded_by_id else None
        submitted = workflow.submit(
            description=row.description, title=row.title, contact=Contact(phone="13800001234"),
            region=row.site.region, station=row.station, kind=case.kind, channel=case.channel,
            category=Category.objects.get(pk=case.category_id) if row.was_classified else None,
            by=Staff(recorder) if recorder else None, at=case.submitted_at,
            listing_agreed=case.listing_agreed_at is not None,
        )  # fmt: skip
        self.case, self.requester = submitted.case, submitted.requester
        for event in case.events[1:]:
            getattr(self, event.verb)(event)
        return self.case

    def _by(self, event):
        match event.party.actor:
            case Actor.RESIDENT:
                return Resident(Requester.objects.get(pk=self.requester.pk))
            case Actor.JOB:
                return CLOCK
        return Staff(User.objects.get(pk=event.party.user_id))

    def _take_step(self, event, **what):
        getattr(workflow, event.verb)(self.case, by=self._by(event), at=event.at, **what)

    def _next_taker(self):
        to = next(self.offers).to
        if to.organization_id:
            return Organization.objects.get(pk=to.organization_id)
        return Person.objects.get(pk=to.person_id)

    def accept(self, event):
        wanted = self.row.case
        what = {} if self.row.was_classified else {"category": Category.objects.get(pk=wanted.category_id)}
        self._take_step(event, **what, time_limit=wanted.time_limit)

    def dispatch(self, event):
        self._take_step(event, to=self._next_taker())

    def transfer(self, event):
        self._take_step(event, to=self._next_taker(), text=event.text)

    def call_back(self, event):
        self._begin_again(event)
        self._take_step(event, reached=event.data["reached"], outcome=event.data["outcome"], text=event.text)

    def redo(self, event):
        self._begin_again(event)
        self._take_step(event, text=event.text)

    def _begin_again(self, event):
        if event.to_state == State.DISPATCHED:
            next(self.offers)

    def rate(self, event):
        self._take_step(event, code=event.data["code"], solved=event.data["solved"], comment=event.text)

    def contact(self, event):
        self._take_step(event, reached=event.data["reached"], text=event.text)

    def release(self, event):
        title, text, outcome = self.row.listed
        self._take_step(event, title=title, text=text, outcome=outcome)

    def decide_appeal(self, event):
        self._take_step(event, granted=event.data["granted"], text=event.text)

    def _with_ground(self, event):
        self._take_step(event, ground=event.data["ground"], text=event.text)

    def _with_text(self, event):
        self._take_step(event, text=event.text)

    def _alone(self, event):
        self._take_step(event)

    reject = send_back = _with_ground
    take = expire = close = _alone
    appeal = withdraw = restore = recall = note = ask = reply = resolve = _with_text


def _events(case):
    return [
        (
            event.at, event.verb, event.from_state, event.to_state, event.actor, event.user_id,
            event.organization_id, event.text, _without_key(event.data), event.is_public, event.version,
        )
        for event in case.events.all()
    ]  # fmt: skip


def _expected_event(event):
    return (
        event.at, event.verb, event.from_state, event.to_state, event.party.actor, event.party.user_id,
        event.organization_id, event.text, _without_key(event.data), event.is_public, event.version,
    )  # fmt: skip


def _without_key(data):
    return {name: value for name, value in data.items() if name not in ("dispatch", "requester")}


OFFER = (
    "offered_at", "offered_by_id", "accept_due_at", "taken_at", "taken_by_id", "ended_at", "outcome", "return_ground",
)  # fmt: skip


def _offers(case):
    return [
        (offer.organization_id, offer.person_id, *(getattr(offer, name) for name in OFFER))
        for offer in case.dispatches.order_by("id")
    ]


def _expected_offer(offer):
    return (offer.to.organization_id, offer.to.person_id, *(getattr(offer, name) for name in OFFER))


def _ratings(case):
    return list(case.ratings.order_by("id").values_list("round", "source", "code", "solved", "comment", "at"))


def _approvals(case):
    columns = ("region_id", "reason", "asked_at", "outcome", "decided_by_id", "decided_at", "decision")
    return list(case.approvals.order_by("id").values_list(*columns))
