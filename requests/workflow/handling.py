"""办理: contact, questions and answers, remarks, the result, and doing it again."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict
from portal.core.models import StoredFile
from requests import limits
from requests.models import ServiceRequest
from requests.types import DispatchOutcome, LimitStep, ResolveGround, State, Verb
from requests.workflow import offers
from requests.workflow.actors import By
from requests.workflow.assists import refuse_while_open
from requests.workflow.departments import to_rate
from requests.workflow.holding import hold_back
from requests.workflow.step import Step, redo_window_open, step


def contact(
    case: ServiceRequest,
    *,
    by: By,
    reached: bool,
    version: int | None = None,
    text: str = "",
    at: datetime | None = None,
) -> ServiceRequest:
    """联系居民. An attempt counts for the response rate only when somebody was reached."""
    with step(case, Verb.CONTACT, by=by, version=version, text=text, at=at) as now:
        now.data["reached"] = reached
        now.is_public = reached
        if reached and now.case.contacted_at is None:
            now.set(contacted_at=now.at)
    return case


def note(
    case: ServiceRequest,
    *,
    by: By,
    text: str,
    is_public: bool = False,
    version: int | None = None,
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> ServiceRequest:
    """备注: a remark on the timeline, for colleagues or also for the resident."""
    with step(case, Verb.NOTE, by=by, version=version, text=text, text_required=True, files=files, at=at) as now:
        now.is_public = is_public
    return case


def ask(
    case: ServiceRequest, *, by: By, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """请居民补充: the clocks stop until the answer comes, for `limits.REPLY` at the most."""
    with step(case, Verb.ASK, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.set(
            waiting_from=now.case.state,
            state=State.WAITING,
            waiting_since=now.at,
            waiting_due_at=limits.due(now.at, limits.REPLY),
        )
    return case


def reply(
    case: ServiceRequest,
    *,
    by: By,
    text: str,
    version: int | None = None,
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> ServiceRequest:
    """补充: the resident's answer, typed by the resident or by whoever asked on the phone."""
    with step(case, Verb.REPLY, by=by, version=version, text=text, text_required=True, files=files, at=at) as now:
        came_from = now.case.waiting_from
        offers.stop_waiting(now)
        now.set(state=came_from, silence_count=0)
    return case


def resolve(
    case: ServiceRequest,
    *,
    by: By,
    text: str,
    version: int | None = None,
    files: Sequence[StoredFile] = (),
    at: datetime | None = None,
) -> ServiceRequest:
    """办结 with the result that the resident reads. The first resolve is what on-time figures judge."""
    with step(case, Verb.RESOLVE, by=by, version=version, text=text, text_required=True, files=files, at=at) as now:
        at_once = now.case.state == State.ACCEPTED
        refuse_while_open(now)
        if not hold_back(now):
            resolved(now, ground=ResolveGround.ANSWERED if at_once else ResolveGround.DONE)
    return case


def resolved(now: Step, *, ground: str, finished_at: datetime | None = None) -> None:
    """Put the case to be rated; the part that `resolve`, a reviewed reply and the second silence share. The work was
    done now, unless its result was written at `finished_at`."""
    refuse_while_open(now)
    held = now.case.current_dispatch
    if held is not None and held.is_held:
        now.data["organization"] = held.organization_id
        offers.end(held, DispatchOutcome.DONE, at=now.at)
    now.set(
        state=State.RESOLVED,
        resolve_ground=ground,
        resolved_at=now.at,
        call_back_due_at=None,
        dispatch_due_at=None,
    )
    if now.case.whistled_at is not None:
        now.set(departments_to_rate=len(to_rate(now.case)))
    if now.case.finished_at is None:
        # What is said to be due is what was due when the work was first done, whatever is redone later.
        now.set(finished_at=finished_at or now.at, finish_due_at=now.case.due_at)


def redo(
    case: ServiceRequest, *, by: By, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """重办: to whoever handled it last, or to the dispatcher when it was answered at once."""
    with step(case, Verb.REDO, by=by, version=version, text=text, text_required=True, at=at) as now:
        if now.case.state == State.CLOSED and not redo_window_open(now.case, now.at):
            raise Conflict(
                _("The case was closed too long ago to be redone. Please submit a new one."),
                code="window_over",
            )
        begin_again(now)
    return case


def begin_again(now: Step) -> None:
    """Open the case again with a new due time; the part that `redo` and a call-back share."""
    last = now.case.current_dispatch
    now.set(
        redo_count=now.case.redo_count + 1,
        ended_at=None,
        call_back_due_at=None,
        close_ground="",
        due_at=limits.due_for(now.case, LimitStep.RESOLVE, now.at),
        warned_at=None,
    )
    to = last and offers.who_stands_in(last.to, at=now.at)
    if to is not None and offers.can_take(to):
        offers.offer(now, to=to, whistle=last.whistle)
    else:
        offers.back_to_dispatcher(now)
