"""剔除: a case is left out of rates for which nobody can answer; a leader above decides, on evidence.

Reports tell each rate with such cases (gross) and without them (net).
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import StoredFile
from requests.models import Approval, ServiceRequest
from requests.types import ExcludedRate, ExclusionGround, Verb
from requests.workflow.actors import By
from requests.workflow.intake import deciding_region
from requests.workflow.step import step


def exclude(
    case: ServiceRequest,
    *,
    by: By,
    rates: Sequence[str],
    ground: str,
    text: str,
    files: Sequence[StoredFile],
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """申请剔除: ask for the case to be left out of `rates`, with evidence that stays on the timeline.

    One request at a time; it goes to a leader above the region for which it is asked.
    """
    with step(case, Verb.EXCLUDE, by=by, version=version, text=text, text_required=True, files=files, at=at) as now:
        _refuse_bad(rates, ground, files)
        if now.case.exclusion_asked:
            message = _("To leave this case out has been asked for already, and is to be decided.")
            raise Conflict(message, code="exclusion_pending")
        asked = [rate for rate in ExcludedRate.values if rate in rates]
        if already := set(asked) & set(now.case.excluded_from or ()):
            names = "、".join(str(ExcludedRate(rate).label) for rate in asked if rate in already)
            message = _("The case is left out of these already: %(names)s.") % {"names": names}
            raise DomainError("invalid", message, fields={"rates": [message]})
        now.is_public = False
        Approval.objects.create(
            kind=Approval.Kind.EXCLUSION, request=now.case, region_id=deciding_region(now.case, by), reason=now.text,
            asked_by=by.user, asked_at=now.at, rates=asked, ground=ground,
        )  # fmt: skip
        now.data.update(rates=asked, ground=ground)
        now.set(exclusion_asked=True)
    return case


def decide_exclusion(
    case: ServiceRequest, *, by: By, granted: bool, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """剔除审批. Granted: the case is in no net figure of these rates from now on, whatever period they are of."""
    with step(case, Verb.DECIDE_EXCLUSION, by=by, version=version, text=text, text_required=True, at=at) as now:
        approval = pending_exclusion(now.case)
        if approval is None:
            raise Conflict(_("Nobody asks to leave this case out."), code="no_exclusion")
        if approval.asked_by_id == by.user.pk:
            raise NotAllowed(_("You asked for it yourself; another leader decides."), code="asked_by_yourself")
        approval.outcome = Approval.Outcome.GRANTED if granted else Approval.Outcome.REFUSED
        approval.decided_by, approval.decided_at, approval.decision = by.user, now.at, now.text
        approval.save(update_fields=["outcome", "decided_by", "decided_at", "decision"])
        now.is_public = False
        now.data.update(granted=granted, rates=approval.rates)
        now.set(exclusion_asked=False)
        if granted:
            left_out = {*(now.case.excluded_from or ()), *approval.rates}
            now.set(excluded_from=[rate for rate in ExcludedRate.values if rate in left_out])
    return case


def pending_exclusion(case: ServiceRequest) -> Approval | None:
    return case.approvals.filter(kind=Approval.Kind.EXCLUSION, outcome=Approval.Outcome.PENDING).first()


def _refuse_bad(rates: Sequence[str], ground: str, files: Sequence[StoredFile]) -> None:
    fields = {}
    if not rates or set(rates) - set(ExcludedRate.values):
        fields["rates"] = [_("Choose the rates that the case is to be left out of.")]
    if ground not in ExclusionGround.values:
        fields["ground"] = [_("Please choose one of the reasons.")]
    if not files:
        fields["files"] = [_("Attach the evidence: a photo or a PDF.")]
    if fields:
        raise DomainError("invalid", next(iter(fields.values()))[0], fields=fields)
