"""延期: whoever handles a case asks for more time before it is over; a leader over the handling region decides."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from portal.core import clock, humanize
from portal.core.errors import Conflict, DomainError, NotAllowed
from requests import limits
from requests.models import Approval, ServiceRequest
from requests.types import Verb
from requests.workflow.actors import By
from requests.workflow.step import Step, step


def request_extension(
    case: ServiceRequest, *, by: By, until: datetime, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """申请延期: ask for a later due time, before the one that holds has passed.

    In all, the time that a case is given can be doubled. One request at a time waits to be decided; it lapses when the
    case leaves the handler.
    """
    with step(case, Verb.REQUEST_EXTENSION, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.is_public = False
        _refuse(now, until)
        Approval.objects.create(
            kind=Approval.Kind.EXTENSION, request=now.case, region=now.case.handling_region, reason=now.text,
            asked_by=by.user, asked_at=now.at, due_before=now.case.due_at, until=until,
        )  # fmt: skip
        now.data["until"] = until.isoformat()
        now.set(extension_until=until)
    return case


def decide_extension(
    case: ServiceRequest, *, by: By, granted: bool, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """延期审批. Granted: the case is due at the later time, which the resident reads. Refused: nothing changes."""
    with step(case, Verb.DECIDE_EXTENSION, by=by, version=version, text=text, text_required=True, at=at) as now:
        approval = pending_extension(now.case)
        if approval is None:
            raise Conflict(_("Nobody waits for more time on this case."), code="no_extension")
        if approval.asked_by_id == by.user.pk:
            raise NotAllowed(_("You asked for it yourself; another leader decides."), code="asked_by_yourself")
        approval.outcome = Approval.Outcome.GRANTED if granted else Approval.Outcome.REFUSED
        approval.decided_by, approval.decided_at, approval.decision = by.user, now.at, now.text
        # A question to the resident may have moved both since.
        approval.due_before, approval.until = now.case.due_at, now.case.extension_until
        approval.save(update_fields=["outcome", "decided_by", "decided_at", "decision", "due_before", "until"])
        now.data["granted"] = granted
        now.is_public = granted
        now.set(extension_until=None)
        if granted:
            now.data.update(due_before=now.case.due_at.isoformat(), until=approval.until.isoformat())
            now.set(due_at=approval.until, warned_at=None)
    return case


def pending_extension(case: ServiceRequest) -> Approval | None:
    return case.approvals.filter(kind=Approval.Kind.EXTENSION, outcome=Approval.Outcome.PENDING).first()


def latest_extension(case: ServiceRequest) -> datetime:
    """Until when a case can be extended at most: its limit once more, less what has been granted in this round."""
    limit, calendar = limits.of_round(case), limits.calendar()
    granted = case.approvals.filter(
        kind=Approval.Kind.EXTENSION, outcome=Approval.Outcome.GRANTED, asked_at__gte=case.round_began
    )
    spent = sum(
        (clock.elapsed(before, until, limit, calendar) for before, until in granted.values_list("due_before", "until")),
        timedelta(),
    )
    return clock.shift(case.due_at, max(timedelta(), limit.length - spent), limit, calendar)


def _refuse(now: Step, until: datetime) -> None:
    case = now.case
    if case.extension_until is not None:
        raise Conflict(_("More time has been asked for already, and is to be decided."), code="extension_pending")
    if now.at > case.due_at:
        raise Conflict(
            _("The time limit has passed. More time has to be asked for before it is over."), code="limit_passed"
        )
    latest = latest_extension(case)
    if until <= case.due_at:
        message = _("The new time has to be later than the present one, %(due)s.")
        message %= {"due": humanize.deadline(case.due_at)}
    elif until > latest:
        message = _("A time limit can be doubled at most: please choose a time until %(latest)s.")
        message %= {"latest": humanize.deadline(latest)}
    else:
        return
    raise DomainError("invalid", message, fields={"until": [message]})
