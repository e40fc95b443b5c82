"""What cannot outlive the state that a step leaves: open questions to leaders, parts of the work, ratings to come."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.core.errors import Conflict
from portal.core.humanize import absolute_time
from requests.models import Approval, ServiceRequest
from requests.types import DONE_STATES, State
from requests.workflow import assists

if TYPE_CHECKING:
    from requests.workflow.step import Step


def lapse(now: "Step") -> None:
    """End what the step has left behind."""
    _lapse_extension(now)
    _lapse_whistle(now)
    _lapse_reply(now)
    assists.end_all_outside(now)
    if now.case.departments_to_rate and now.case.state not in DONE_STATES:
        # The work goes on; what is left to be said is counted anew when it is done.
        now.set(departments_to_rate=0)


def _lapse_extension(now: "Step") -> None:
    """More time that was asked for is for the handler's work: nobody decides about it once that is over."""
    if now.case.extension_until is not None and now.case.state not in (State.IN_PROGRESS, State.WAITING):
        _end(now, Approval.Kind.EXTENSION)
        now.set(extension_until=None)


def refuse_lapsed_whistle(case: ServiceRequest, *, allowed: Callable[[], list[str]]) -> None:
    """Tell a leader who decides late what became of the whistle, rather than that something has changed."""
    if case.whistle_asked:
        return
    last = case.approvals.filter(kind=Approval.Kind.WHISTLE).order_by("-pk").first()
    if last is not None and last.outcome == Approval.Outcome.LAPSED:
        message = _(
            "This whistle lapsed at %(at)s, when the case went another way: there is nothing to decide any more. "
            "Whoever still needs the departments whistles again."
        )
        raise Conflict(
            message % {"at": absolute_time(last.decided_at)}, code="whistle_lapsed",
            extra={"state": case.state, "allowed": allowed()},
        )  # fmt: skip


def _lapse_whistle(now: "Step") -> None:
    """A whistle is about the case as it stood: when it goes on, whoever needs it whistles again."""
    if now.case.whistle_asked and now.case.state != now.from_state:
        _end(now, Approval.Kind.WHISTLE)
        now.set(whistle_asked=False)
        now.data["whistle_lapsed"] = True


def _lapse_reply(now: "Step") -> None:
    """A reply is to the case as it stood: nobody sends it once the case has gone another way."""
    if now.case.reply_held and now.case.state != now.from_state:
        _end(now, Approval.Kind.REPLY)
        now.set(reply_held=False)
        now.data["reply_lapsed"] = True


def _end(now: "Step", kind: str) -> None:
    pending = now.case.approvals.filter(kind=kind, outcome=Approval.Outcome.PENDING)
    pending.update(outcome=Approval.Outcome.LAPSED, decided_at=now.at)
