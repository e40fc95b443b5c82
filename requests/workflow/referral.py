"""转办: another body deals with the matter, and says what became of it."""

from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import DomainError
from portal.core.text import clean_text
from requests.models import ServiceRequest
from requests.types import ResolveGround, State, Verb
from requests.workflow import offers
from requests.workflow.actors import By
from requests.workflow.handling import resolved
from requests.workflow.holding import hold_back
from requests.workflow.hotline_due import first_due
from requests.workflow.step import Step, step

MAX_BODY, MAX_NUMBER = 60, 40


def refer(
    case: ServiceRequest,
    *,
    by: By,
    body: str,
    number: str = "",
    text: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """转办 to `body`, outside of the portal's units, under the `number` by which they know it.

    The clock goes on: the resident waits as before. The resident reads to whom it went.
    """
    body = clean_text(body, max_length=MAX_BODY, multiline=False)
    if not body:
        message = _("Please say who deals with it.")
        raise DomainError("invalid", message, fields={"body": [message]})
    with step(case, Verb.REFER, by=by, version=version, text=text, at=at) as now:
        now.data["body"] = body
        _accepted(now)
        now.set(
            state=State.REFERRED, referred_to=body, dispatch_due_at=None,
            referred_number=clean_text(number, max_length=MAX_NUMBER, multiline=False),
        )  # fmt: skip
    return case


def outcome(
    case: ServiceRequest, *, by: By, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """转办结果: what the other body did, for the resident to read and to rate."""
    with step(case, Verb.OUTCOME, by=by, version=version, text=text, text_required=True, at=at) as now:
        if not hold_back(now):
            resolved(now, ground=ResolveGround.REFERRED)
    return case


def returned(
    case: ServiceRequest, *, by: By, text: str, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """转办退回: the other body does not deal with it; the case waits to be dispatched."""
    with step(case, Verb.RETURNED, by=by, version=version, text=text, text_required=True, at=at) as now:
        now.is_public = False
        offers.back_to_dispatcher(now)
    return case


def _accepted(now: Step) -> None:
    """Whoever refers a matter that nobody had accepted takes it on: from then on its clock runs."""
    if now.case.accepted_at is None:
        due_at = first_due(now.case, now.at)
        now.set(accepted_at=now.at, due_at=due_at)
