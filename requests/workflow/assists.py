"""What happens to the parts of a case that others work on, whichever verb it is that happens to the case.

The case keeps how many are open, so that the database refuses to let it end before they do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.models import Organization
from portal.core.text import clean_text
from requests.models import Assist, Dispatch
from requests.types import ASSISTED_STATES, AssistState

if TYPE_CHECKING:
    from requests.workflow.step import Step

MOST = 8
MAX_ASKED = 2_000


@dataclass(frozen=True)
class Ask:
    """What is asked of one unit; without a time of its own it is due with the case."""

    unit: Organization
    text: str
    due_at: datetime | None = None


def ask_units(now: "Step", asks: Sequence[Ask], *, field: str = "assisting") -> list[Assist]:
    """Ask units to assist whoever holds the case: the part that add_assist, dispatch, transfer and a whistle share."""
    if not asks:
        return []
    holder = now.case.current_dispatch
    already = set(now.case.assists.open().values_list("organization", flat=True)) if now.case.open_assists else set()
    made = []
    for ask in asks:
        text = clean_text(ask.text, max_length=MAX_ASKED, multiline=True)
        message = _refusal(ask, text, now, holder=holder, already=already)
        if message:
            raise DomainError("cannot_assist", message, fields={field: [message]})
        already.add(ask.unit.pk)
        made.append(
            Assist(
                request=now.case, district_id=now.case.district_id, dispatch=holder, organization=ask.unit, asked=text,
                asked_at=now.at, asked_by=now.by.user, due_at=ask.due_at or now.case.due_at,
            )
        )  # fmt: skip
    Assist.objects.bulk_create(made)
    now.set(open_assists=len(already))
    now.data["assisting"] = [str(ask.unit) for ask in asks]
    now.data["assists"] = [assist.pk for assist in made]
    return made


def _refusal(ask: Ask, text: str, now: "Step", *, holder: Dispatch, already: set[int]) -> str:
    words = {"name": ask.unit, "most": MOST}
    if not (ask.unit.is_active and ask.unit.takes_requests):
        return _("“%(name)s” takes no cases.") % words
    if ask.unit.pk == holder.organization_id:
        return _("“%(name)s” holds the case itself and need not assist.") % words
    if ask.unit.pk in already:
        return _("“%(name)s” is asked to assist already.") % words
    if len(already) >= MOST:
        return _("At most %(most)d units assist with one case at a time.") % words
    if not text:
        return _("Say what is asked of “%(name)s”.") % words
    if ask.due_at is not None and ask.due_at <= now.at:
        return _("The time by which “%(name)s” is to assist has already passed.") % words
    return ""


def hand_over(now: "Step", *, to: Dispatch) -> None:
    """Open parts go over with the case; whoever holds it now has no part of its own any more."""
    if not now.case.open_assists:
        return
    now.case.assists.open().update(dispatch=to)
    own = now.case.assists.open().filter(organization=to.organization_id)
    end(now, list(own), AssistState.CALLED_OFF)


def end(now: "Step", assists: Sequence[Assist], state: str, *, ground: str = "", result: str = "") -> None:
    """These parts are over, for whatever reason."""
    for assist in assists:
        assist.state, assist.ended_at, assist.decline_ground, assist.result = state, now.at, ground, result
    Assist.objects.bulk_update(assists, ["state", "ended_at", "decline_ground", "result"])
    if assists and state == AssistState.CALLED_OFF:
        now.data["called_off"] = [assist.pk for assist in assists]
    if assists:
        now.set(open_assists=now.case.open_assists - len(assists))


def end_all_outside(now: "Step") -> None:
    """A case that nobody holds any more has no parts that others work on."""
    if now.case.open_assists and now.case.state not in ASSISTED_STATES:
        end(now, list(now.case.assists.open()), AssistState.CALLED_OFF)


def refuse_while_open(now: "Step") -> None:
    """Refuse to resolve a case before its parts are done."""
    if now.case.open_assists:
        names = [str(assist) for assist in now.case.assists.open().select_related("organization").order_by("pk")]
        message = _("These units have not finished their part yet: %(names)s. Wait for them, or call them off.")
        raise Conflict(message % {"names": "、".join(names)}, code="assists_open", extra={"units": names})
