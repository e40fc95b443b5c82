"""A case in memory, moved by the same rules as the verbs of `requests.workflow`, without a database.

A year of cases by the verbs themselves would take an hour. Here each verb changes plain attributes and appends the rows
that the real one writes; `tests/demo/test_replay.py` sends generated cases through the real verbs and compares every
column, so that the two cannot drift apart.
"""

from dataclasses import InitVar, dataclass, field
from datetime import datetime
from typing import Any

from portal.core import clock
from portal.core.clock import Limit, WorkCalendar
from portal.core.spans import Spans
from requests.limits import CALL_BACK, LIMITS, RATING_WINDOW, REPLY
from requests.types import (
    HELD,
    OPEN_STATES,
    URGENT,
    Actor,
    CloseGround,
    DispatchOutcome,
    Kind,
    ResolveGround,
    State,
    TimeLimit,
    Verb,
)

SILENCES = 2


class Calendar(WorkCalendar):
    """The official working days, each looked up once."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[Any, bool] = {}

    def is_working_day(self, day: Any) -> bool:
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = super().is_working_day(day)
        return found


CALENDAR = Calendar()


def due(start: datetime, limit: Limit) -> datetime:
    return clock.due_at(start, limit, CALENDAR)


@dataclass(slots=True)
class Party:
    """Who acts: an account in a capacity; the resident and the clock have no account."""

    actor: str
    user_id: int | None = None


RESIDENT, JOB = Party(Actor.RESIDENT), Party(Actor.JOB)


@dataclass(slots=True)
class Taker:
    """Whom a case is dispatched to: a unit or a member of staff, and the account that takes it."""

    label: str
    user_id: int
    organization_id: int | None = None
    person_id: int | None = None


@dataclass(slots=True)
class Offer:
    id: int
    to: Taker
    offered_at: datetime
    offered_by_id: int | None
    accept_due_at: datetime
    taken_at: datetime | None = None
    taken_by_id: int | None = None
    ended_at: datetime | None = None
    outcome: str = DispatchOutcome.OFFERED
    return_ground: str = ""

    @property
    def is_held(self) -> bool:
        return self.outcome in HELD

    def end(self, outcome: str, at: datetime, ground: str = "") -> None:
        self.outcome, self.ended_at, self.return_ground = outcome, at, ground


@dataclass(slots=True)
class Event:
    at: datetime
    verb: str
    from_state: str
    to_state: str
    party: Party
    organization_id: int | None
    text: str
    data: dict[str, Any]
    is_public: bool
    version: int
    photo: bool = False


@dataclass(slots=True)
class Ids:
    """Keys given out in the order of the rows."""

    dispatch: int = 0

    def next_dispatch(self) -> int:
        self.dispatch += 1
        return self.dispatch


@dataclass(slots=True)
class Case:
    """The columns of `ServiceRequest` that verbs change, with what they append."""

    ids: Ids
    kind: str
    channel: str
    category_id: int | None
    category_limit: str
    submitted_at: datetime
    recorded_by_id: int | None = None
    # Words of danger make it an emergency, whatever its category.
    is_dangerous: bool = False
    state: str = State.SUBMITTED
    version: int = 1
    time_limit: str = ""
    waiting_from: str = ""
    left_from: str = ""
    waiting_since: datetime | None = None
    waiting_due_at: datetime | None = None
    silence_count: int = 0
    accepted_at: datetime | None = None
    dispatched_at: datetime | None = None
    contacted_at: datetime | None = None
    finished_at: datetime | None = None
    resolved_at: datetime | None = None
    ended_at: datetime | None = None
    dispatch_due_at: datetime | None = None
    contact_due_at: datetime | None = None
    due_at: datetime | None = None
    finish_due_at: datetime | None = None
    reopened_at: datetime | None = None
    late_during: Spans | None = None
    call_back_due_at: datetime | None = None
    current: Offer | None = None
    resolve_ground: str = ""
    close_ground: str = ""
    redo_count: int = 0
    transfer_count: int = 0
    appeal_upheld: bool = False
    last_solved: bool | None = None
    last_answer_at: datetime | None = None
    last_rating: str = ""
    last_rating_at: datetime | None = None
    listing_agreed: InitVar[bool] = False
    listing_agreed_at: datetime | None = None
    listed_at: datetime | None = None
    offers: list[Offer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    approvals: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self, listing_agreed: bool) -> None:
        self.listing_agreed_at = self.submitted_at if listing_agreed else None
        self.time_limit = self._proposed(self.category_limit)
        self.dispatch_due_at = due(self.submitted_at, LIMITS[self.time_limit].acknowledge)
        by = Party(Actor.DISPATCHER, self.recorded_by_id) if self.recorded_by_id else RESIDENT
        self.events.append(
            Event(
                self.submitted_at, Verb.SUBMIT, "", self.state, by, None, "", {"channel": self.channel}, True, 1
            )  # fmt: skip
        )

    def _proposed(self, category_limit: str) -> str:
        if self.is_dangerous:
            return TimeLimit.EMERGENCY
        return category_limit or (TimeLimit.ENQUIRY if self.kind == Kind.ENQUIRY else TimeLimit.GENERAL)

    def _log(
        self, verb: str, from_state: str, by: Party, at: datetime, text: str = "", data: dict | None = None,
        *, is_public: bool = True,
    ) -> None:  # fmt: skip
        self.version += 1
        self._keep_round(from_state, at)
        data = data or {}
        organization = None
        if by.actor == Actor.HANDLER:
            offer = self.current
            organization = data.get("organization") or (offer.to.organization_id if offer else None)
        self.events.append(
            Event(at, verb, from_state, self.state, by, organization, text, data, is_public, self.version)
        )

    def _keep_round(self, from_state: str, at: datetime) -> None:
        was_open, is_open = from_state in OPEN_STATES, self.state in OPEN_STATES
        if is_open and not was_open:
            self.reopened_at = at
        elif was_open and not is_open and self.due_at is not None:
            stopped_in_time = self.waiting_since is not None and self.waiting_since <= self.due_at
            since = max(self.due_at, self.reopened_at or self.due_at)
            if since < at and not stopped_in_time:
                self.late_during = (*(self.late_during or ()), (since, at))

    # 受理

    def accept(self, by: Party, at: datetime, *, category: tuple[int, str] | None = None, time_limit: str = "") -> None:
        came_from, was = self.state, {"category": self.category_id, "time_limit": self.time_limit}
        if category:
            self.category_id = category[0]
            self.time_limit = time_limit or self._proposed(category[1])
        elif time_limit:
            self.time_limit = time_limit
        now = {"category": self.category_id, "time_limit": self.time_limit}
        data = {name: [was[name], now[name]] for name in was if was[name] != now[name]}
        self.state, self.accepted_at = State.ACCEPTED, at
        limits = LIMITS[self.time_limit]
        self.due_at = due(at, limits.resolve)
        to_dispatch = due(at, limits.dispatch)
        if self.time_limit in URGENT:
            to_dispatch = min(filter(None, [to_dispatch, self.dispatch_due_at]))
        self.dispatch_due_at = to_dispatch
        self._log(Verb.ACCEPT, came_from, by, at, data=data)

    def reject(self, by: Party, at: datetime, *, ground: str, text: str, region_id: int) -> None:
        came_from = self.state
        self.state, self.ended_at = State.REJECTED, at
        self._log(Verb.REJECT, came_from, by, at, text, {"ground": ground, "region": region_id})

    def appeal(self, at: datetime, *, text: str, region_id: int) -> None:
        self.approvals.append(
            {
                "region_id": region_id, "reason": text, "asked_at": at, "outcome": "pending",
                "decided_by_id": None, "decided_at": None, "decision": "",
            }
        )  # fmt: skip
        self._log(Verb.APPEAL, self.state, RESIDENT, at, text)

    def decide_appeal(self, by: Party, at: datetime, *, granted: bool, text: str) -> None:
        came_from, approval = self.state, self.approvals[-1]
        approval.update(
            outcome="granted" if granted else "refused", decided_by_id=by.user_id, decided_at=at, decision=text
        )
        if granted:
            self.ended_at, self.accepted_at = None, self.accepted_at or at
            self.due_at = due(at, LIMITS[self.time_limit].resolve)
            self._back_to_dispatcher(at)
        else:
            self.appeal_upheld = True
        self._log(Verb.DECIDE_APPEAL, came_from, by, at, text, {"granted": granted})

    def withdraw(self, at: datetime, *, text: str = "") -> None:
        came_from, data = self.state, {}
        if self.current is not None:
            data["outcome"] = self.current.outcome
            self.current.end(DispatchOutcome.ENDED, at)
        self.left_from, self.state, self.ended_at = self.state, State.WITHDRAWN, at
        self._log(Verb.WITHDRAW, came_from, RESIDENT, at, text, data)

    def restore(self, by: Party, at: datetime, *, text: str) -> None:
        came_from, away_since, offer = self.state, self.ended_at, self.current
        if offer is not None:
            last = next(event for event in reversed(self.events) if event.verb == Verb.WITHDRAW)
            offer.outcome, offer.ended_at = last.data.get("outcome", DispatchOutcome.OFFERED), None
            if offer.outcome == DispatchOutcome.OFFERED:
                limit = LIMITS[self.time_limit].accept
                offer.accept_due_at = clock.resume(offer.accept_due_at, away_since, at, limit, CALENDAR)
        self._move_clocks(away_since, at)
        self.state, self.left_from, self.ended_at = self.left_from, "", None
        self._log(Verb.RESTORE, came_from, by, at, text)

    # 派单

    def dispatch(self, by: Party, at: datetime, *, to: Taker) -> None:
        came_from = self.state
        self._log(Verb.DISPATCH, came_from, by, at, data=self._offer(by, at, to))

    def _offer(self, by: Party, at: datetime, to: Taker) -> dict[str, Any]:
        offer = Offer(self.ids.next_dispatch(), to, at, by.user_id, due(at, LIMITS[self.time_limit].accept))
        self.offers.append(offer)
        self.state, self.current, self.dispatch_due_at = State.DISPATCHED, offer, None
        if self.dispatched_at is None:
            self.dispatched_at = at
        return {"dispatch": offer.id, "to": to.label} | ({"to_person": True} if to.person_id else {})

    def take(self, by: Party, at: datetime) -> None:
        came_from, offer = self.state, self.current
        offer.outcome, offer.taken_at, offer.taken_by_id = DispatchOutcome.TAKEN, at, by.user_id
        self.state = State.IN_PROGRESS
        if self.contact_due_at is None:
            self.contact_due_at = due(at, LIMITS[self.time_limit].contact)
        self._log(Verb.TAKE, came_from, by, at)

    def send_back(self, by: Party, at: datetime, *, ground: str, text: str) -> None:
        came_from, data = self.state, {"ground": ground, "organization": self.current.to.organization_id}
        self.current.end(DispatchOutcome.RETURNED, at, ground)
        self._back_to_dispatcher(at)
        self._log(Verb.SEND_BACK, came_from, by, at, text, data, is_public=False)

    def recall(self, by: Party, at: datetime, *, text: str) -> None:
        came_from = self.state
        if self.state == State.WAITING:
            self.state = self.waiting_from
            self._stop_waiting(at)
        else:
            self.current.end(DispatchOutcome.RECALLED, at)
            self._back_to_dispatcher(at)
        self._log(Verb.RECALL, came_from, by, at, text, is_public=False)

    def expire(self, at: datetime) -> None:
        came_from = self.state
        if self.state == State.DISPATCHED:
            data = {"organization": self.current.to.organization_id}
            self.current.end(DispatchOutcome.EXPIRED, at)
            self._back_to_dispatcher(at)
            self._log(Verb.EXPIRE, came_from, JOB, at, data=data, is_public=False)
            return
        waited_from, silences = self.waiting_from, self.silence_count + 1
        self._stop_waiting(at)
        self.silence_count = silences
        data = {"silence": silences}
        if silences < SILENCES:
            self.state = waited_from
        else:
            if self.accepted_at is None:
                self.accepted_at, self.due_at = at, due(at, LIMITS[self.time_limit].resolve)
            self._resolved(at, ResolveGround.NO_REPLY, data)
        self._log(Verb.EXPIRE, came_from, JOB, at, data=data)

    def transfer(self, by: Party, at: datetime, *, to: Taker, text: str) -> None:
        came_from, held = self.state, self.current
        data = {"organization": held.to.organization_id}
        held.end(DispatchOutcome.TRANSFERRED, at)
        self.transfer_count += 1
        data |= self._offer(by, at, to)
        self._log(Verb.TRANSFER, came_from, by, at, text, data)

    # 办理

    def contact(self, by: Party, at: datetime, *, reached: bool, text: str = "") -> None:
        if reached and self.contacted_at is None:
            self.contacted_at = at
        self._log(Verb.CONTACT, self.state, by, at, text, {"reached": reached}, is_public=reached)

    def note(self, by: Party, at: datetime, *, text: str) -> None:
        self._log(Verb.NOTE, self.state, by, at, text, is_public=False)

    def ask(self, by: Party, at: datetime, *, text: str) -> None:
        came_from = self.state
        self.waiting_from, self.state, self.waiting_since = self.state, State.WAITING, at
        self.waiting_due_at = due(at, REPLY)
        self._log(Verb.ASK, came_from, by, at, text)

    def reply(self, by: Party, at: datetime, *, text: str) -> None:
        came_from, waited_from = self.state, self.waiting_from
        self._stop_waiting(at)
        self.state, self.silence_count = waited_from, 0
        self._log(Verb.REPLY, came_from, by, at, text)

    def resolve(self, by: Party, at: datetime, *, text: str) -> None:
        came_from, data = self.state, {}
        at_once = self.state == State.ACCEPTED
        self._resolved(at, ResolveGround.ANSWERED if at_once else ResolveGround.DONE, data)
        self._log(Verb.RESOLVE, came_from, by, at, text, data)

    def _resolved(self, at: datetime, ground: str, data: dict[str, Any]) -> None:
        if self.current is not None and self.current.is_held:
            data["organization"] = self.current.to.organization_id
            self.current.end(DispatchOutcome.DONE, at)
        self.state, self.resolve_ground, self.resolved_at = State.RESOLVED, ground, at
        self.call_back_due_at = self.dispatch_due_at = None
        if self.finished_at is None:
            self.finished_at, self.finish_due_at = at, self.due_at

    # 评价, 回访, 重办, 归档

    def rate(self, at: datetime, *, code: str, solved: bool, comment: str) -> None:
        came_from = self.state
        self._rating("rating", at, code, solved, comment)
        self.last_rating, self.last_rating_at = code, at
        self.last_solved, self.last_answer_at = solved, at
        data: dict[str, Any] = {"code": code, "solved": solved}
        if solved:
            self._close(at, CloseGround.RATED, data)
        else:
            self.call_back_due_at = due(at, CALL_BACK)
        self._log(Verb.RATE, came_from, RESIDENT, at, comment, data)

    def _rating(self, source: str, at: datetime, code: str, solved: bool | None, comment: str = "") -> None:
        self.ratings.append(
            {
                "round": self.redo_count, "source": source, "code": code, "solved": solved,
                "comment": comment, "at": at,
            }
        )  # fmt: skip

    def call_back(self, by: Party, at: datetime, *, outcome: str, text: str) -> None:
        """The call as the demo makes it: an answer follows from its outcome."""
        came_from = self.state
        reached = outcome != CloseGround.CALL_BACK_UNREACHABLE
        solved = {CloseGround.CALL_BACK_SOLVED: True, "redo": False}.get(outcome)
        data: dict[str, Any] = {"reached": reached, "outcome": outcome, "solved": solved if reached else None}
        if reached and solved is not None:
            self._rating("call_back", at, "", solved)
            self.last_solved, self.last_answer_at = solved, at
        if outcome == "redo":
            data |= self._begin_again(by, at)
        else:
            self._close(at, outcome, data)
        self._log(Verb.CALL_BACK, came_from, by, at, text, data)

    def redo(self, by: Party, at: datetime, *, text: str) -> None:
        came_from = self.state
        data = self._begin_again(by, at)
        self._log(Verb.REDO, came_from, by, at, text, data)

    def _begin_again(self, by: Party, at: datetime) -> dict[str, Any]:
        self.redo_count += 1
        self.ended_at = self.call_back_due_at = None
        self.close_ground = ""
        self.due_at = due(at, LIMITS[self.time_limit].resolve)
        if self.current is not None:
            return self._offer(by, at, self.current.to)
        self._back_to_dispatcher(at)
        return {}

    def release(self, by: Party, at: datetime) -> None:
        self.listed_at = self.listed_at or at
        self._log(Verb.RELEASE, self.state, by, at)

    def close(self, at: datetime) -> None:
        came_from, data = self.state, {}
        self._close(at, CloseGround.WINDOW, data)
        self._log(Verb.CLOSE, came_from, JOB, at, data=data)

    def _close(self, at: datetime, ground: str, data: dict[str, Any]) -> None:
        data["ground"] = ground
        self.state, self.close_ground, self.ended_at, self.call_back_due_at = State.CLOSED, ground, at, None

    @property
    def window_ends(self) -> datetime:
        return due(self.resolved_at, RATING_WINDOW)

    # What several verbs share.

    def _back_to_dispatcher(self, at: datetime) -> None:
        self.state, self.current = State.ACCEPTED, None
        self.dispatch_due_at = due(at, LIMITS[self.time_limit].dispatch)

    def _stop_waiting(self, at: datetime) -> None:
        self._move_clocks(self.waiting_since, at)
        self.waiting_since = self.waiting_due_at = None
        self.waiting_from = ""

    def _move_clocks(self, paused_at: datetime, resumed_at: datetime) -> None:
        limits = LIMITS[self.time_limit]
        for column, limit in [
            ("dispatch_due_at", limits.acknowledge if self.accepted_at is None else limits.dispatch),
            ("contact_due_at", limits.contact),
            ("due_at", limits.resolve),
        ]:
            at = getattr(self, column)
            is_done = column == "contact_due_at" and self.contacted_at is not None
            if at is not None and at >= paused_at and not is_done:
                setattr(self, column, clock.resume(at, paused_at, resumed_at, limit, CALENDAR))
