"""申诉 against a rejection: the resident asks, a leader of the level above decides."""

from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict
from portal.core.models import Region
from requests import limits
from requests.models import Approval, ServiceRequest
from requests.types import LimitStep, State, Verb
from requests.workflow.actors import By
from requests.workflow.offers import back_to_dispatcher
from requests.workflow.step import step


def appeal(
    case: ServiceRequest, *, by: By, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """The resident does not accept the rejection. One appeal at a time; an upheld one is final."""
    with step(case, Verb.APPEAL, by=by, version=version, text=text, text_required=True, at=at) as now:
        if now.case.appeal_upheld:
            raise Conflict(_("Your appeal has already been decided."), code="appeal_decided")
        if pending_appeal(now.case) is not None:
            raise Conflict(_("Your appeal is already being looked at."), code="appeal_pending")
        rejection = (
            now.case.events.filter(verb__in=[Verb.REJECT, Verb.REVIEW_REPLY], to_state=State.REJECTED)
            .order_by("-id")
            .first()
        )
        Approval.objects.create(
            kind=Approval.Kind.APPEAL,
            request=now.case,
            region_id=_rejecting_region(now.case, rejection.data if rejection else {}),
            reason=now.text,
            asked_at=now.at,
        )
    return case


def decide_appeal(
    case: ServiceRequest,
    *,
    by: By,
    granted: bool,
    text: str,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """Granted: the case is accepted and its limit starts. Refused: it stays rejected, marked as upheld."""
    with step(case, Verb.DECIDE_APPEAL, by=by, version=version, text=text, text_required=True, at=at) as now:
        approval = pending_appeal(now.case)
        if approval is None:
            raise Conflict(_("There is no appeal to decide."), code="no_appeal")
        approval.outcome = Approval.Outcome.GRANTED if granted else Approval.Outcome.REFUSED
        approval.decided_by, approval.decided_at, approval.decision = by.user, now.at, now.text
        approval.save(update_fields=["outcome", "decided_by", "decided_at", "decision"])
        now.data["granted"] = granted
        if granted:
            now.set(ended_at=None, accepted_at=now.case.accepted_at or now.at)
            now.set(due_at=limits.due_for(now.case, LimitStep.RESOLVE, now.at))
            back_to_dispatcher(now)
        else:
            now.set(appeal_upheld=True, state=State.REJECTED)
    return case


def pending_appeal(case: ServiceRequest) -> Approval | None:
    return case.approvals.filter(kind=Approval.Kind.APPEAL, outcome=Approval.Outcome.PENDING).first()


def _rejecting_region(case: ServiceRequest, data: dict[str, int]) -> int:
    region_id = data.get("region")
    if region_id and Region.objects.filter(pk=region_id).exists():
        return region_id
    return case.handling_region_id
