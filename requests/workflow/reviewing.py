"""回复审核, the second half: somebody else reads a reply that was handed in, and sends it or gives it back."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, NotAllowed
from requests.models import Approval, RequestAttachment, ServiceRequest
from requests.types import ResolveGround, State, Verb
from requests.workflow.actors import By
from requests.workflow.handling import resolved
from requests.workflow.intake import rejected
from requests.workflow.step import Step, step


def review_reply(
    case: ServiceRequest,
    *,
    by: By,
    granted: bool,
    text: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """审核回复. Granted: the resident reads the reply as it was handed in. Not granted: its writer reads why, and the
    case goes on as it is.

    Figures take the moment of handing in for the moment at which the work was done: whoever writes in time is not made
    late by whoever reads.
    """
    with step(case, Verb.REVIEW_REPLY, by=by, version=version, text=text, text_required=not granted, at=at) as now:
        reply = pending_reply(now.case)
        if reply is None:
            raise Conflict(_("No reply waits to be reviewed on this case."), code="no_reply")
        if reply.asked_by_id == by.user.pk:
            raise NotAllowed(_("You wrote it yourself; somebody else reviews it."), code="asked_by_yourself")
        reply.outcome = Approval.Outcome.GRANTED if granted else Approval.Outcome.REFUSED
        reply.decided_by, reply.decided_at, reply.decision = by.user, now.at, now.text
        reply.save(update_fields=["outcome", "decided_by", "decided_at", "decision"])
        now.data.update(granted=granted, of=reply.reply_verb)
        now.is_public = granted
        now.set(reply_held=False)
        if granted:
            _send(now, reply)
    return case


def pending_reply(case: ServiceRequest) -> Approval | None:
    return case.approvals.filter(kind=Approval.Kind.REPLY, outcome=Approval.Outcome.PENDING).first()


def _send(now: Step, reply: Approval) -> None:
    """Do what was handed in. Its photos go over to this step, with which the resident sees them."""
    handed_in = now.case.events.filter(verb=Verb.HAND_IN).order_by("-id").first()
    photos = RequestAttachment.objects.filter(event=handed_in).select_related("file")
    now.text, now.files = reply.reason, [photo.file for photo in photos]
    photos.delete()
    SENDING[Verb(reply.reply_verb)](now, reply)


def _resolve(now: Step, reply: Approval) -> None:
    at_once = now.case.state == State.ACCEPTED
    resolved(now, ground=ResolveGround.ANSWERED if at_once else ResolveGround.DONE, finished_at=reply.asked_at)
    if now.case.current_dispatch is not None and not at_once:
        # Residents read who did the work, and not who read the reply.
        now.data["unit"] = str(now.case.current_dispatch.organization or now.case.current_dispatch.team or "")


SENDING: dict[Verb, Callable[[Step, Approval], None]] = {
    Verb.RESOLVE: _resolve,
    Verb.REJECT: lambda now, reply: rejected(now, ground=reply.ground, region_id=reply.region_id),
    Verb.OUTCOME: lambda now, reply: resolved(now, ground=ResolveGround.REFERRED, finished_at=reply.asked_at),
}
