"""回复审核, the first half: where a rule says so, somebody else reads a reply before it is sent."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict
from requests.models import Approval, ReviewRule, ServiceRequest
from requests.types import REVIEWED_VERBS, Verb
from requests.workflow.step import Step


def reviewed_verbs(case: ServiceRequest, verbs: Iterable[str], at: datetime | None = None) -> set[str]:
    """Those of `verbs` whose words somebody else reads before the resident does."""
    asked = {verb for verb in verbs if verb in REVIEWED_VERBS}
    if not asked:
        return set()
    on = (at or timezone.now()).astimezone(ZONE).date()
    rules = ReviewRule.objects.in_force(on).about(case).order_by().values_list("verbs", flat=True)
    return asked & {verb for verbs in rules for verb in verbs}


def hold_back(now: Step, *, ground: str = "", region_id: int | None = None) -> bool:
    """Whether the reply under way is held back, and nothing more is to be done: the step becomes a handing in.

    Every verb of `REVIEWED_VERBS` asks here before it changes the case. `region_id` is for which region it speaks.
    """
    if now.case.reply_held:
        raise Conflict(_("A reply has been handed in already, and is to be reviewed."), code="reply_pending")
    if not reviewed_verbs(now.case, [now.verb], now.at):
        return False
    Approval.objects.create(
        kind=Approval.Kind.REPLY, request=now.case, region_id=region_id or now.case.handling_region_id,
        reason=now.text, asked_by=now.by.user, asked_at=now.at, reply_verb=now.verb, ground=ground,
    )  # fmt: skip
    now.data["of"] = now.verb
    if ground:
        now.data["ground"] = ground
    now.verb, now.is_public = Verb.HAND_IN, False
    now.set(reply_held=True)
    return True
