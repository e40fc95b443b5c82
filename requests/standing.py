"""Where a case stands, as the resident reads it: one function a state."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from requests import limits
from requests.models import ServiceProject, ServiceRequest
from requests.types import CloseGround, ResolveGround, State
from requests.workflow.step import redo_window_open


class PublicStatus(NamedTuple):
    """Where a case stands, what happens next, and by when at the latest (None: nothing is awaited)."""

    sentence: str
    next_step: str
    by_when: datetime | None


def public_status(case: ServiceRequest, at: datetime | None = None) -> PublicStatus:
    """Where `case` stands in one sentence, what happens next, and by when."""
    return _STATUS[State(case.state)](case, at or timezone.now())


def _handler(case: ServiceRequest) -> str:
    held = case.current_dispatch
    return str(held.organization) if held is not None and held.organization_id else _("a member of staff")


def _status_submitted(case: ServiceRequest, at: datetime) -> PublicStatus:
    return PublicStatus(
        _("We have received your request. It is waiting to be accepted."),
        _("The staff of %(region)s read it and decide who deals with it.") % {"region": case.handling_region},
        case.dispatch_due_at,
    )


def _status_accepted(case: ServiceRequest, at: datetime) -> PublicStatus:
    return PublicStatus(
        _("Your request is accepted. We are arranging who deals with it."),
        _("You will see here who deals with it."),
        case.dispatch_due_at or case.due_at,
    )


def _status_dispatched(case: ServiceRequest, at: datetime) -> PublicStatus:
    held = case.current_dispatch
    return PublicStatus(
        _("Your request has been handed to %(unit)s, who has yet to take it.") % {"unit": _handler(case)},
        _("%(unit)s takes it, or we find somebody else.") % {"unit": _handler(case)},
        held.accept_due_at if held else case.due_at,
    )


def _status_in_progress(case: ServiceRequest, at: datetime) -> PublicStatus:
    now = _("%(unit)s is dealing with your request.") % {"unit": _handler(case)}
    if case.contacted_at is None and case.contact_due_at is not None:
        return PublicStatus(now, _("%(unit)s gets in touch with you.") % {"unit": _handler(case)}, case.contact_due_at)
    return PublicStatus(now, _("You will read the result here, and can then rate it."), case.due_at)


def _status_waiting(case: ServiceRequest, at: datetime) -> PublicStatus:
    return PublicStatus(
        _("We need to know more from you to go on."),
        _("Please answer the question below. The clock stands still until then."),
        case.waiting_due_at,
    )


def _status_deliberating(case: ServiceRequest, at: datetime) -> PublicStatus:
    return PublicStatus(
        _("Your request is talked over with neighbours and those who have a part in it."),
        _("You will read here what was agreed. The clock stands still until then."),
        case.waiting_due_at,
    )


def _status_resolved(case: ServiceRequest, at: datetime) -> PublicStatus:
    if case.call_back_due_at is not None:
        return PublicStatus(
            _("You told us that it is not solved yet."),
            _("We call you back to see what can be done."),
            case.call_back_due_at,
        )
    if case.resolve_ground == ResolveGround.NO_REPLY:
        now = _("The case was ended because we heard nothing from you.")
    else:
        now = _("The work is done. Please say how it went.")
    window = limits.due(case.resolved_at, limits.RATING_WINDOW)
    return PublicStatus(now, _("Rate it below. Without a rating the case is closed by itself."), window)


def _closed_because(ground: str) -> str:
    match ground:
        case CloseGround.RATED:
            return _("You said that it is solved. The case is closed.")
        case CloseGround.CALL_BACK_SOLVED:
            return _("You told us on the phone that it is solved. The case is closed.")
        case CloseGround.CALL_BACK_UNREASONABLE:
            return _("We explained on the phone what can be done and what cannot. The case is closed.")
        case CloseGround.CALL_BACK_UNREACHABLE:
            return _("We called back and could not reach you. The case is closed.")
        case CloseGround.WINDOW:
            return _("The time to rate it is over. The case is closed.")
    return _("The case is closed.")


def _status_closed(case: ServiceRequest, at: datetime) -> PublicStatus:
    now = _closed_because(case.close_ground)
    if redo_window_open(case, at):
        return PublicStatus(
            now,
            _("If the problem has come back, you can ask for it to be done again."),
            limits.due(case.resolved_at, limits.RATING_WINDOW),
        )
    return PublicStatus(now, _("If you need help again, submit a new request."), None)


def _status_rejected(case: ServiceRequest, at: datetime) -> PublicStatus:
    if any(approval.is_pending(approval.Kind.APPEAL) for approval in case.approvals.all()):
        return PublicStatus(
            _("We did not take your request on, and you have appealed."),
            _("A leader of the level above looks at it and decides. You will read the decision here."),
            None,
        )
    if case.appeal_upheld:
        return PublicStatus(
            _("We did not take your request on. The level above looked at it and confirmed this."),
            _("If you have another matter, submit a new request."),
            None,
        )
    return PublicStatus(
        _("We did not take your request on. The reason is below."),
        _("If you do not agree, you can appeal; the level above then decides."),
        None,
    )


def _status_referred(case: ServiceRequest, at: datetime) -> PublicStatus:
    return PublicStatus(
        _("Your request has been referred to %(body)s.") % {"body": case.referred_to},
        _("They deal with it; you will read the result here, and can then rate it."),
        case.due_at,
    )


def _status_in_project(case: ServiceRequest, at: datetime) -> PublicStatus:
    project = ServiceProject.objects.holding(case).get()
    return PublicStatus(
        _("Your request is dealt with by the project “%(project)s”.") % {"project": project.name},
        _("The project is planned to be done by %(day)s. You will read the result here, and can then rate it.")
        % {"day": date_format(project.planned_end)},
        None,
    )


def _status_merged(case: ServiceRequest, at: datetime) -> PublicStatus:
    return PublicStatus(
        _("The request is dealt with together with another one about the same matter."),
        _("With the code of your receipt you see how far that one is."),
        None,
    )


def _status_split(case: ServiceRequest, at: datetime) -> PublicStatus:
    return PublicStatus(
        _("Your message held several matters. Each is dealt with on its own."),
        _("Below you find each of them."),
        None,
    )


def _status_withdrawn(case: ServiceRequest, at: datetime) -> PublicStatus:
    return PublicStatus(
        _("You have withdrawn this request."),
        _("If you need help again, submit a new request."),
        None,
    )


_STATUS: dict[State, Callable[[ServiceRequest, datetime], PublicStatus]] = {
    State.SUBMITTED: _status_submitted,
    State.ACCEPTED: _status_accepted,
    State.DISPATCHED: _status_dispatched,
    State.IN_PROGRESS: _status_in_progress,
    State.WAITING: _status_waiting,
    State.DELIBERATING: _status_deliberating,
    State.RESOLVED: _status_resolved,
    State.CLOSED: _status_closed,
    State.REJECTED: _status_rejected,
    State.WITHDRAWN: _status_withdrawn,
    State.REFERRED: _status_referred,
    State.IN_PROJECT: _status_in_project,
    State.MERGED: _status_merged,
    State.SPLIT: _status_split,
}
