"""How a due time came about: since when its clock runs and by which rule, when it stood still, what was added.

The timeline is gone through once more, step by step; it says all that the verbs went by.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.core import clock
from requests import limits
from requests.limits import Decided
from requests.models import RequestEvent, ServiceRequest
from requests.types import GONE_STATES, PAUSED_STATES, LimitStep, State, Verb
from requests.workflow.hotline_due import wanted_by

# In these nobody can go on.
STOPPED = (*PAUSED_STATES, *GONE_STATES)
BEGUN = (State.RESOLVED, State.CLOSED)
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
    for event in events:
        was_stopped, is_stopped = event.from_state in STOPPED, event.to_state in STOPPED
        if is_stopped and not was_stopped:
            stopped = event
        elif stopped is not None and was_stopped and (not is_stopped or event.verb == Verb.CONCLUDE):
            # What neighbours leave to a project goes from one pause into the next.
            for account in accounts.values():
                _stand_still(account, stopped, event.at)
            stopped = event if is_stopped else None
        for step in _started_by(event, accounts):
            decided = limits.decide(case, step, event.at)
            accounts[step] = Account(event.at, decided, limits.due(event.at, decided.limit))
            if step == LimitStep.RESOLVE and not _begins_again(event):
                _shorten(accounts[step], wanted_by(case))
        if event.verb == Verb.DECIDE_EXTENSION and event.data.get("granted") and LimitStep.RESOLVE in accounts:
            _extend(accounts[LimitStep.RESOLVE], event)
    if stopped is not None:
        for account in accounts.values():
            if account.due_at >= stopped.at:
                account.pauses.append(Pause(stopped.at, None, stopped.to_state))
    return accounts


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


def _started_by(event: RequestEvent, accounts: dict[str, Account]) -> list[str]:
    """The clocks that a step starts, for the first time or anew."""
    started: list[str] = []
    is_part = event.verb == Verb.SPLIT and "from" in event.data
    comes_back = event.to_state == State.ACCEPTED and event.from_state in LEADING_BACK
    if event.verb == Verb.SUBMIT:
        started.append(LimitStep.ACKNOWLEDGE)
    if event.verb == Verb.ACCEPT or is_part or comes_back or "out_of" in event.data:
        started.append(LimitStep.DISPATCH)
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
