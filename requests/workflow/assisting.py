"""协办: units beside the one that holds the case do a part of the work. Who took the case first stays answerable
(首接负责): it alone resolves it, and not before every part is done or called off.
"""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.models import Organization, StoredFile
from requests.candidates import units_for
from requests.models import Assist, ServiceRequest
from requests.types import Actor, AssistState, ReturnGround, Verb
from requests.workflow import assists
from requests.workflow.actors import By
from requests.workflow.assists import Ask
from requests.workflow.step import Step, step


def add_assist(
    case: ServiceRequest,
    *,
    by: By,
    to: Organization,
    text: str,
    due_at: datetime | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """请求协办: ask one more unit for what `text` says, by `due_at` (default: when the case is due)."""
    if not isinstance(to, Organization):
        message = _("Only units assist: “%(name)s” is none.") % {"name": to}
        raise DomainError("cannot_assist", message, fields={"to": [message]})
    with step(case, Verb.ADD_ASSIST, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.is_public = False
        if not units_for(now.case, by.user).filter(pk=to.pk).exists():
            # Whom a community may not give a case to, it whistles for.
            message = _("“%(name)s” is not among the units that this case can be given to.") % {"name": to}
            raise DomainError("cannot_assist", message, fields={"to": [message]})
        assists.ask_units(now, [Ask(to, now.text, due_at)], field="to")
    return case


def take_assist(
    case: ServiceRequest,
    *,
    by: By,
    assist: Assist,
    text: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """接受协办."""
    with step(case, Verb.TAKE_ASSIST, by=by, version=version, text=text, at=at) as now:
        mine = _my_part(now, assist)
        if mine.state != AssistState.ASKED:
            raise Conflict(_("Your unit has taken this on already."), code="already_taken")
        mine.state, mine.taken_at, mine.taken_by = AssistState.TAKEN, now.at, by.user
        mine.save(update_fields=["state", "taken_at", "taken_by"])
    return case


def finish_assist(
    case: ServiceRequest,
    *,
    by: By,
    assist: Assist,
    text: str,
    files: Sequence[StoredFile] = (),
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """协办完成, with what was done and photos of it for whoever holds the case."""
    with step(
        case, Verb.FINISH_ASSIST, by=by, version=version, text=text, text_required=True, files=files, at=at
    ) as now:
        mine = _my_part(now, assist)
        if mine.taken_at is None:
            raise Conflict(_("Take the assistance on before you finish it."), code="not_taken")
        assists.end(now, [mine], AssistState.DONE, result=now.text)
    return case


def decline_assist(
    case: ServiceRequest,
    *,
    by: By,
    assist: Assist,
    ground: str,
    text: str,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """退回协办 with one of the grounds; whoever holds the case asks another unit, or does without."""
    if ground not in ReturnGround.values:
        message = _("Please choose one of the reasons.")
        raise DomainError("invalid", message, fields={"ground": [message]})
    with step(case, Verb.DECLINE_ASSIST, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.data["ground"] = ground
        assists.end(now, [_my_part(now, assist)], AssistState.DECLINED, ground=ground, result=now.text)
    return case


def call_off_assist(
    case: ServiceRequest,
    *,
    by: By,
    assist: Assist,
    text: str,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """取消协办: what the unit was asked for is not needed any more."""
    with step(case, Verb.CALL_OFF_ASSIST, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.is_public = False
        called_off = _open_part(now, assist)
        now.data |= {"assist": called_off.pk, "unit": str(called_off)}
        assists.end(now, [called_off], AssistState.CALLED_OFF, result=now.text)
    return case


def _my_part(now: Step, assist: Assist) -> Assist:
    """The part as it is now, of a unit for which the person acts."""
    now.is_public = False
    mine = _open_part(now, assist)
    if now.actor == Actor.ASSISTANT and mine.organization_id not in now.by.user.scope.organization_ids:
        raise NotAllowed(_("This is asked of another unit."), code="not_yours_to_do")
    now.data |= {"assist": mine.pk, "organization": mine.organization_id}
    return mine


def _open_part(now: Step, assist: Assist) -> Assist:
    # Read anew under the lock of the case: it may be over since the page was opened.
    found = now.case.assists.open().select_related("organization").filter(pk=assist.pk).first()
    if found is None:
        raise Conflict(_("This assistance is over already."), code="assist_over")
    return found
