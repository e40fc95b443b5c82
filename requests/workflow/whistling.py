"""吹哨: what is beyond the level that handles a case is asked of the departments of a level above.

The region that handles the case keeps it: it dispatches it again when the departments send it back, and calls the
resident. What moves up is the work alone (docs/decisions/0076).
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Organization, Region
from requests.candidates import departments_of, region_above
from requests.models import Approval, ServiceRequest
from requests.types import DispatchOutcome, Verb, WhistleGround, WhistleLevel
from requests.workflow import assists, offers
from requests.workflow.actors import By
from requests.workflow.assists import Ask
from requests.workflow.step import Step, step


def whistle(
    case: ServiceRequest,
    *,
    by: By,
    to_level: str,
    ground: str,
    text: str,
    lead: Organization | None = None,
    assisting: Sequence[Organization] = (),
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """吹哨 to `to_level`; a leader decides. `lead` and `assisting` are suggestions, which the leader may change."""
    if ground not in WhistleGround.values:
        message = _("Please choose one of the reasons.")
        raise DomainError("invalid", message, fields={"ground": [message]})
    with step(case, Verb.WHISTLE, by=by, version=version, text=text, text_required=True, at=at) as now:
        if now.case.whistle_asked:
            raise Conflict(_("There is a whistle for this case already; it is to be decided."), code="whistle_pending")
        now.is_public = False
        region = _called(now, to_level)
        _refuse_others(now.case, region, lead, assisting)
        asked = Approval.objects.create(
            kind=Approval.Kind.WHISTLE, request=now.case, region=now.case.handling_region, to_region=region, lead=lead,
            ground=ground, reason=now.text, asked_by=by.user, asked_at=now.at,
        )  # fmt: skip
        asked.assisting.set(assisting)
        now.data.update(level=to_level, ground=ground, region=str(region))
        now.set(whistle_asked=True)
    return case


def decide_whistle(
    case: ServiceRequest,
    *,
    by: By,
    granted: bool,
    text: str,
    lead: Organization | None = None,
    assisting: Sequence[Organization] | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """吹哨审批. Granted: the case goes at once to `lead` with `assisting` units, by default those suggested.

    Refused: it stays where it is.
    """
    with step(case, Verb.DECIDE_WHISTLE, by=by, version=version, text=text, text_required=True, at=at) as now:
        approval = pending_whistle(now.case)
        if approval is None:
            raise Conflict(_("Nobody waits for a decision about a whistle."), code="no_whistle")
        if approval.asked_by_id == by.user.pk:
            raise NotAllowed(_("You asked for it yourself; another leader decides."), code="asked_by_yourself")
        now.is_public = granted
        now.data.update(granted=granted, region=str(approval.to_region), level=approval.to_region.level)
        now.set(whistle_asked=False)
        if granted:
            approval.lead = lead or approval.lead
            units = list(approval.assisting.all()) if assisting is None else list(assisting)
            _refuse_others(now.case, approval.to_region, approval.lead, units)
            _move_up(now, approval, units)
            approval.assisting.set(units)
        approval.outcome = Approval.Outcome.GRANTED if granted else Approval.Outcome.REFUSED
        approval.decided_by, approval.decided_at, approval.decision = by.user, now.at, now.text
        approval.save(update_fields=["outcome", "decided_by", "decided_at", "decision", "lead"])
    return case


def pending_whistle(case: ServiceRequest) -> Approval | None:
    pending = case.approvals.filter(kind=Approval.Kind.WHISTLE, outcome=Approval.Outcome.PENDING)
    return pending.select_related("to_region", "lead").first()


def _move_up(now: Step, approval: Approval, units: Sequence[Organization]) -> None:
    if approval.lead is None:
        message = _("Choose the unit that is to hold the case.")
        raise DomainError("invalid", message, fields={"lead": [message]})
    held = now.case.current_dispatch
    if held is not None and held.is_held:
        if held.to == approval.lead:
            message = _("The case is already with “%(name)s”.") % {"name": approval.lead}
            raise DomainError("invalid", message, fields={"lead": [message]})
        offers.end(held, DispatchOutcome.TRANSFERRED, at=now.at)
    made = offers.offer(now, to=approval.lead, whistle=approval, field="lead")
    assists.hand_over(now, to=made)
    assists.ask_units(now, [Ask(unit, approval.reason) for unit in units])
    if now.case.whistled_at is None:
        now.set(whistled_at=now.at)


def _called(now: Step, to_level: str) -> Region:
    handled_by = now.case.handling_region
    region = region_above(handled_by, to_level) if to_level in WhistleLevel.values else None
    if region is None:
        message = _("Choose a level above the one that handles the case.")
        raise DomainError("invalid", message, fields={"to_level": [message]})
    return region


def _refuse_others(
    case: ServiceRequest, region: Region, lead: Organization | None, assisting: Sequence[Organization]
) -> None:
    """Refuse units that are no departments of the called region."""
    known = set(departments_of(region, case.handling_region).values_list("pk", flat=True))
    fields = {}
    for name, units in [("lead", [lead] if lead else []), ("assisting", assisting)]:
        others = [str(unit) for unit in units if unit.pk not in known]
        if others:
            message = _("Not a department of “%(region)s” that takes cases: %(names)s.")
            fields[name] = [message % {"region": region, "names": "、".join(others)}]
    if fields:
        raise DomainError("invalid", next(iter(fields.values()))[0], fields=fields)
