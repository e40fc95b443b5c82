"""The timeline of a case in sentences that people read, and where the case stands now.

Residents see public events only, with units named and staff not; staff see who did it. What somebody wrote is beside
the sentence, not in it: `said` gives the part of it that the audience may read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _

from requests.models import RequestAttachment, Requester, RequestEvent, ServiceRequest
from requests.sentences import Words, tell
from requests.types import Actor, Verb
from requests.workflow.step import who

Audience = Literal["public", "staff"]

# What staff write with these steps is for the resident; with all others it is for colleagues.
WRITTEN_FOR_RESIDENTS = {
    Verb.REJECT, Verb.ASK, Verb.REPLY, Verb.RESOLVE, Verb.NOTE, Verb.DECIDE_APPEAL, Verb.OUTCOME,
    Verb.DECIDE_EXTENSION, Verb.FINISH, Verb.LEAVE_PROJECT, Verb.CONCLUDE, Verb.REVIEW_REPLY,
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of the timeline, ready to be shown."""

    event: RequestEvent
    sentence: str
    said: str
    attachments: Sequence[RequestAttachment]

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def icon(self) -> str:
        return ICONS.get(self.event.verb, "circle-dashed")


def lines_for(requester: Requester) -> list[Line]:
    """The timeline as one of those who asked reads it.

    Whose case was merged reads of it what happened until then, and of the other case what happens from then on.
    """
    case, own = requester.request, requester.came_with
    shared = lines(case, audience="public", reader=requester)
    if own is None:
        return shared
    since = own.ended_at or own.submitted_at
    return [*lines(own, audience="public"), *(line for line in shared if line.at > since)]


def lines(case: ServiceRequest, *, audience: Audience, reader: Requester | None = None) -> list[Line]:
    """The timeline of `case`, oldest first, in three queries however long it is.

    Of several who asked, a `reader` is not shown what the others wrote and sent.
    """
    events = case.events.select_related("organization", "user__person").prefetch_related("attachments__file")
    if audience == "public":
        events = events.filter(is_public=True)
    return [_line(event, audience, reader) for event in events.order_by("id")]


def _line(event: RequestEvent, audience: Audience, reader: Requester | None) -> Line:
    if reader is not None and event.actor == Actor.RESIDENT and not is_own(event, reader):
        words = Words(by=_("Another resident"), to="", resident="")
        return Line(event, tell(event, words), "", [])
    return Line(
        event,
        sentence(event, audience=audience),
        said(event, audience=audience),
        [each for each in event.attachments.all() if audience == "staff" or each.is_public],
    )


def is_own(event: RequestEvent, requester: Requester) -> bool:
    """Whether a step of a resident was this one's; what does not say whose it was is of the one who asked first."""
    whose = event.data.get("requester")
    return requester.is_main if whose is None else whose == requester.pk


def said(event: RequestEvent, *, audience: Audience) -> str:
    """What was written with the event, as far as it is meant for the audience."""
    for_resident = event.actor == Actor.RESIDENT or event.verb in WRITTEN_FOR_RESIDENTS
    return event.text if audience == "staff" or (event.is_public and for_resident) else ""


def sentence(event: RequestEvent, *, audience: Audience) -> str:
    """What happened, as one sentence: “The North Property Company took the case”.

    Reads `organization` and, for staff, `user.person` of the event: select them for lists (`lines` does).
    """
    words = Words(
        by=_by(event, audience),
        to=_to(event, audience),
        resident=_("you") if audience == "public" else _("the resident"),
        is_public=audience == "public",
    )
    return tell(event, words)


def _by(event: RequestEvent, audience: Audience) -> str:
    if event.actor == Actor.RESIDENT:
        return _("You") if audience == "public" else _("The resident")
    if audience == "staff":
        return who(event)
    if event.organization_id:
        return str(event.organization)
    return {Actor.KEEPER: _("The station"), Actor.JOB: _("The system")}.get(event.actor) or _("The staff")


def _to(event: RequestEvent, audience: Audience) -> str:
    """Whom the case was offered to. A member of staff has no name for residents."""
    name = event.data.get("to") or ""
    if audience == "public" and (event.data.get("to_person") or not name):
        return _("a member of staff")
    return name


ICONS = {
    Verb.SUBMIT: "inbox",
    Verb.ACCEPT: "circle-check",
    Verb.REJECT: "ban",
    Verb.APPEAL: "flag",
    Verb.DECIDE_APPEAL: "flag",
    Verb.DISPATCH: "send",
    Verb.TAKE: "user-check",
    Verb.SEND_BACK: "arrow-back-up",
    Verb.RECALL: "arrow-back-up",
    Verb.EXPIRE: "clock-exclamation",
    Verb.CONTACT: "phone",
    Verb.NOTE: "message",
    Verb.ASK: "message",
    Verb.REPLY: "message",
    Verb.WITHDRAW: "arrow-back-up",
    Verb.TRANSFER: "arrow-right",
    Verb.RESOLVE: "check",
    Verb.RATE: "star",
    Verb.CALL_BACK: "phone",
    Verb.REDO: "refresh",
    Verb.CLOSE: "archive",
    Verb.RESTORE: "refresh",
    Verb.AMEND: "edit",
    Verb.MERGE: "copy",
    Verb.JOIN: "users",
    Verb.CLAIM: "bookmark",
    Verb.SPLIT: "sitemap",
    Verb.GATHER: "sitemap",
    Verb.TABLE: "users-group",
    Verb.CONCLUDE: "square-check",
    Verb.REFER: "arrow-right",
    Verb.ADOPT: "tool",
    Verb.REPLAN: "calendar",
    Verb.FINISH: "check",
    Verb.LEAVE_PROJECT: "arrow-back-up",
    Verb.OUTCOME: "check",
    Verb.RETURNED: "arrow-back-up",
    Verb.REQUEST_EXTENSION: "hourglass",
    Verb.DECIDE_EXTENSION: "hourglass",
    Verb.HAND_IN: "note",
    Verb.REVIEW_REPLY: "check",
    Verb.TAKE_OVER: "user-check",
    Verb.EXCLUDE: "chart-bar",
    Verb.DECIDE_EXCLUSION: "chart-bar",
    Verb.ADD_ASSIST: "users",
    Verb.TAKE_ASSIST: "user-check",
    Verb.FINISH_ASSIST: "check",
    Verb.DECLINE_ASSIST: "arrow-back-up",
    Verb.CALL_OFF_ASSIST: "ban",
    Verb.WHISTLE: "volume",
    Verb.DECIDE_WHISTLE: "volume",
    Verb.RATE_DEPARTMENTS: "star",
    Verb.REMIND: "bell",
    Verb.SUPERVISE: "flag",
    Verb.AGREE: "eye",
    Verb.RELEASE: "eye",
    Verb.HIDE: "eye-off",
}
