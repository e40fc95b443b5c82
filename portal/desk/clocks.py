"""The clocks of a case, explained: what runs, since when and how long, what stands still and why."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import humanize
from requests import limits
from requests.models import ServiceRequest
from requests.types import HELD, OPEN_STATES, DispatchOutcome, State, TimeLimit


@dataclass(frozen=True)
class Clock:
    """One limit of the case. `explanation` says by which rule it runs."""

    label: Promise
    due_at: datetime | None
    done_at: datetime | None = None
    paused: bool = False
    explanation: str = ""


def clocks_of(case: ServiceRequest) -> list[Clock]:
    """The limits that matter now, in the order in which a case meets them."""
    is_open, waiting = case.state in OPEN_STATES, case.state == State.WAITING
    found = []
    if is_open and case.dispatch_due_at:
        found.append(
            Clock(gettext_lazy("Dispatch"), case.dispatch_due_at, paused=waiting, explanation=_since(case.submitted_at))
        )
    if is_open and (taking := _taking(case)):
        found.append(taking)
    if case.contact_due_at:
        label = gettext_lazy("Contact the resident")
        found.append(
            Clock(
                label,
                case.contact_due_at,
                done_at=case.contacted_at,
                paused=waiting and case.contacted_at is None,
                explanation=_("from the first time it was taken"),
            )  # fmt: skip
        )
    if case.state == State.RESOLVED and case.call_back_due_at:
        found.append(
            Clock(
                gettext_lazy("Call back"),
                case.call_back_due_at,
                explanation=_("the resident said that it is not solved"),
            )
        )
    found += _resolving(case, is_open=is_open, waiting=waiting)
    if waiting:
        label = gettext_lazy("The resident may answer")
        found.append(
            Clock(label, case.waiting_due_at, explanation=_("asked %(when)s; all other clocks stand still since") % {
                "when": humanize.relative_time(case.waiting_since)
            })
        )  # fmt: skip
    if case.state == State.RESOLVED:
        found.append(
            Clock(
                gettext_lazy("The resident may rate"),
                limits.due(case.resolved_at, limits.RATING_WINDOW),
                explanation=_("without a rating the case is closed by itself"),
            )  # fmt: skip
        )
    return found


def _taking(case: ServiceRequest) -> Clock | None:
    offer = case.current_dispatch
    if offer is None or offer.outcome not in HELD:
        return None
    taken = offer.taken_at if offer.outcome == DispatchOutcome.TAKEN else None
    explanation = "" if taken else _("offered %(when)s; goes back to be dispatched when it is over")
    when = {"when": humanize.relative_time(offer.offered_at)}
    return Clock(gettext_lazy("Take"), offer.accept_due_at, done_at=taken, explanation=explanation % when)


def _resolving(case: ServiceRequest, *, is_open: bool, waiting: bool) -> list[Clock]:
    label = gettext_lazy("Resolve")
    rule = str(TimeLimit(case.time_limit).label)
    if is_open and case.due_at:
        paused = waiting and case.waiting_since <= case.due_at
        since = _("%(rule)s, from when it was accepted")
        if case.redo_count:
            since = _("%(rule)s, from when it was to be redone")
        return [Clock(label, case.due_at, paused=paused, explanation=since % {"rule": rule})]
    if case.finished_at:
        kept = _("%(rule)s; judged by the first time it was resolved") % {"rule": rule}
        return [Clock(label, case.finish_due_at, done_at=case.finished_at, explanation=kept)]
    return []


def _since(moment: datetime) -> str:
    return _("came in %(when)s") % {"when": humanize.relative_time(moment)}
