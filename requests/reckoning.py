"""How a due time came about: since when its clock runs and by which rule, when it stood still, what was added.

The timeline is gone through once more, step by step; it says all that the verbs went by.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from portal.core import clock
from requests import limits
from requests.limits import Decided, Matter
from requests.models import RequestEvent, ServiceRequest
from requests.types import GONE_STATES, PAUSED_STATES, URGENT, LimitStep, State, Verb
from requests.workflow.hotline_due import wanted_by

# In these nobody can go on.
STOPPED = (*PAUSED_STATES, *GONE_STATES)
BEGUN = (State.RESOLVED, State.CLOSED)
# A clock that runs in one of these goes on, or stands still, until it is left for another state.
NOT_ANSWERED = (State.SUBMITTED, State.WAITING, *GONE_STATES)
NOT_PLACED = (State.SUBMITTED, State.ACCEPTED, State.WAITING, State.DELIBERATING, *GONE_STATES)
# From these a case comes back to be dispatched.
LEADING_BACK = (State.DISPATCHED, State.IN_PROGRESS, State.REFERRED, State.REJECTED, State.IN_PROJECT, *BEGUN)


@dataclass(frozen=True)
class Pause:
    """The clock stood still; `until` None: it still does. `state` says why: the resident was asked, neighbours talked
    it over, a project had it, or the case was gone."""

    since: datetime
    until: datetime | None
    state: str

    @property
    def was_asked(self) -> bool:
        return self.state == State.WAITING


@dataclass(frozen=True)
class Extension:
    at: datetime
    due_before: datetime
    until: datetime


@dataclass
class Account:
    """One clock of a case, from its start."""

    started_at: datetime
    decided: Decided
    due_at: datetime
    # When a hotline wants the result, where that is sooner than our own limit.
    wanted_by: datetime | None = None
    pauses: list[Pause] = field(default_factory=list)
    extensions: list[Extension] = field(default_factory=list)
    # An urgent matter is dispatched by when it had to be accepted, whatever the limit.
    is_short: bool = False
    # What it was for has been done: nothing moves it from then on.
    done_at: datetime | None = None
    # The finished clock of the round, or of the offer, before this one.
    earlier: "Account | None" = None

    @property
    def all_rounds(self) -> list["Account"]:
        """The first one first."""
        return [*(self.earlier.all_rounds if self.earlier else ()), self]

    def counted(self, until: datetime) -> timedelta:
        """How far the clock has run by then, without the time that it stood still."""
        limit, calendar = self.decided.limit, limits.calendar()
        stood = sum(
            (clock.elapsed(each.since, min(each.until or until, until), limit, calendar) for each in self.pauses),
            timedelta(),
        )
        return clock.elapsed(self.started_at, until, limit, calendar) - stood


def accounts_of(case: ServiceRequest, events: Iterable[RequestEvent]) -> dict[str, Account]:
    """The clocks that a case has, by `LimitStep`, from its events in their order."""
    accounts: dict[str, Account] = {}
    stopped: RequestEvent | None = None
    for event, matter in _with_matters(case, events):
        was_stopped, is_stopped = event.from_state in STOPPED, event.to_state in STOPPED
        if is_stopped and not was_stopped:
            stopped = event
        elif stopped is not None and was_stopped and (not is_stopped or event.verb == Verb.CONCLUDE):
            # What neighbours leave to a project goes from one pause into the next.
            for account in _running(accounts):
                _stand_still(account, stopped, event.at)
            stopped = event if is_stopped else None
        for step in _ended_by(event):
            if step in accounts and accounts[step].done_at is None:
                accounts[step].done_at = event.at
        for step in _started_by(event, accounts):
            _start(accounts, step, case, matter, event)
        if event.verb == Verb.AMEND and LimitStep.RESOLVE in accounts:
            _correct(accounts[LimitStep.RESOLVE], case, matter)
        if event.to_state == State.RESOLVED and accounts[LimitStep.RESOLVE].done_at is None:
            accounts[LimitStep.RESOLVE].done_at = event.at
        if event.verb == Verb.DECIDE_EXTENSION and event.data.get("granted") and LimitStep.RESOLVE in accounts:
            _extend(accounts[LimitStep.RESOLVE], event)
    if stopped is not None:
        for account in _running(accounts):
            if account.due_at >= stopped.at:
                account.pauses.append(Pause(stopped.at, None, stopped.to_state))
    return accounts


def _running(accounts: dict[str, Account]) -> list[Account]:
    return [account for account in accounts.values() if account.done_at is None]


def _with_matters(case: ServiceRequest, events: Iterable[RequestEvent]) -> list[tuple[RequestEvent, Matter]]:
    """Each event with what the case was taken for just after it: who accepts or corrects it may change that, for the
    clocks that start then or later."""
    found, matter = [], Matter(case.time_limit, case.kind, case.category_id, case.district_id)
    for event in reversed(list(events)):
        found.append((event, matter))
        if event.verb in (Verb.ACCEPT, Verb.AMEND):
            was = {
                column: event.data[name][0]
                for name, column in (("category", "category_id"), ("time_limit", "time_limit"))
                if name in event.data
            }
            matter = replace(matter, **was)
    return found[::-1]


def _start(accounts: dict[str, Account], step: str, case: ServiceRequest, matter: Matter, event: RequestEvent) -> None:
    decided, before = limits.decide(matter, step, event.at), accounts.get(step)
    earlier = before if before is not None and before.done_at is not None else None
    accounts[step] = Account(event.at, decided, limits.due(event.at, decided.limit), earlier=earlier)
    if step == LimitStep.RESOLVE and not _begins_again(event):
        _shorten(accounts[step], wanted_by(case))
    if step == LimitStep.DISPATCH and event.verb == Verb.ACCEPT and matter.time_limit in URGENT:
        waited = accounts[LimitStep.ACKNOWLEDGE].due_at
        accounts[step].is_short = waited < accounts[step].due_at
        accounts[step].due_at = min(waited, accounts[step].due_at)


def _correct(account: Account, case: ServiceRequest, matter: Matter) -> None:
    """A corrected limit is reckoned from the beginning."""
    decided = limits.decide(matter, LimitStep.RESOLVE, account.started_at)
    if account.done_at is None and decided.limit != account.decided.limit:
        account.decided, account.due_at = decided, limits.due(account.started_at, decided.limit)
        account.pauses.clear()
        account.extensions.clear()
        _shorten(account, wanted_by(case))


def _shorten(account: Account, wanted: datetime | None) -> None:
    if wanted is not None and wanted < account.due_at:
        account.due_at = account.wanted_by = wanted


def _stand_still(account: Account, stopped: RequestEvent, until: datetime) -> None:
    """What had passed when it stopped stays passed: such a pause counts for nothing."""
    if account.due_at >= stopped.at:
        account.pauses.append(Pause(stopped.at, until, stopped.to_state))
        account.due_at = clock.resume(
            account.due_at, stopped.at, until, account.decided.limit, limits.calendar()
        )  # fmt: skip


def _extend(account: Account, event: RequestEvent) -> None:
    before, until = (datetime.fromisoformat(event.data[name]) for name in ("due_before", "until"))
    account.extensions.append(Extension(event.at, before, until))
    account.due_at = until


def _ended_by(event: RequestEvent) -> list[str]:
    """The clocks whose purpose a step serves, before it starts others."""
    ended: list[str] = []
    if event.to_state not in NOT_ANSWERED:
        ended.append(LimitStep.ACKNOWLEDGE)
    if event.to_state not in NOT_PLACED:
        ended.append(LimitStep.DISPATCH)
    if event.from_state == State.DISPATCHED and event.to_state not in (State.DISPATCHED, *GONE_STATES):
        ended.append(LimitStep.ACCEPT)
    if event.verb == Verb.CONTACT and event.data.get("reached"):
        ended.append(LimitStep.CONTACT)
    return ended


def _started_by(event: RequestEvent, accounts: dict[str, Account]) -> list[str]:
    """The clocks that a step starts, for the first time or anew."""
    started: list[str] = []
    is_part = event.verb == Verb.SPLIT and "from" in event.data
    comes_back = event.to_state == State.ACCEPTED and event.from_state in LEADING_BACK
    if event.verb == Verb.SUBMIT:
        started.append(LimitStep.ACKNOWLEDGE)
    if event.verb == Verb.ACCEPT or is_part or comes_back or "out_of" in event.data:
        started.append(LimitStep.DISPATCH)
    if "dispatch" in event.data:
        started.append(LimitStep.ACCEPT)
    if event.verb == Verb.TAKE and LimitStep.CONTACT not in accounts:
        started.append(LimitStep.CONTACT)
    is_taken_on = event.verb in (Verb.ACCEPT, Verb.REFER) or event.to_state == State.RESOLVED
    is_taken_on = is_taken_on and LimitStep.RESOLVE not in accounts
    if is_part or _begins_again(event) or is_taken_on:
        started.append(LimitStep.RESOLVE)
    return started


def _begins_again(event: RequestEvent) -> bool:
    """A new round: redone, or taken on after an appeal."""
    is_redone = event.from_state in BEGUN and event.to_state in (State.ACCEPTED, State.DISPATCHED)
    return is_redone or (event.verb == Verb.DECIDE_APPEAL and event.to_state == State.ACCEPTED)
