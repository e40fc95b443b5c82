"""公开: a case is listed publicly when the resident agreed and staff released a text that does not tell who asked."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core.errors import Conflict, DomainError
from portal.core.text import clean_text
from requests.deidentify import known_values, proposed, tells_who
from requests.models import ServiceRequest
from requests.types import State, Verb
from requests.workflow.actors import By
from requests.workflow.step import Step, step

MAX_TITLE, MAX_LISTED = 80, 1_000
NOT_LISTED = {"listed_at": None, "listed_title": "", "listed_text": "", "listed_outcome": ""}


@dataclass(frozen=True)
class Draft:
    title: str
    text: str
    outcome: str


def draft(case: ServiceRequest) -> Draft:
    """What is listed, or else a proposal: the resident's words and the result, with what tells who asked masked."""
    if case.listed_at is not None:
        return Draft(case.listed_title, case.listed_text, case.listed_outcome)
    known = known_values(case.requesters.all())
    results = case.events.filter(verb__in=[Verb.RESOLVE, Verb.REVIEW_REPLY], to_state=State.RESOLVED, is_public=True)
    result = results.order_by("-id").values_list("text", flat=True).first()
    texts = (case.title[:MAX_TITLE], case.description, result or "")
    return Draft(*(proposed(text, known=known)[:MAX_LISTED] for text in texts))


def agree(
    case: ServiceRequest, *, by: By, agreed: bool, version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """同意公开: the resident agrees that the case may be listed, or no longer does; then it is gone at once."""
    with step(case, Verb.AGREE, by=by, version=version, at=at) as now:
        if agreed and now.case.erased_at is not None:
            raise Conflict(_("The personal data of this case has already been erased."), code="already_erased")
        now.data["agreed"] = agreed
        now.set(listing_agreed_at=now.at if agreed else None)
        if not agreed:
            now.set(**NOT_LISTED)
    return case


def release(
    case: ServiceRequest,
    *,
    by: By,
    title: str,
    text: str,
    outcome: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """公开 a text that somebody has read. Released again, it replaces the one before."""
    listed = {
        "title": clean_text(title, max_length=MAX_TITLE),
        "text": clean_text(text, max_length=MAX_LISTED, multiline=True),
        "outcome": clean_text(outcome, max_length=MAX_LISTED, multiline=True),
    }
    with step(case, Verb.RELEASE, by=by, version=version, at=at) as now:
        if now.case.listing_agreed_at is None:
            raise Conflict(_("The resident has not agreed that this case is made public."), code="not_agreed")
        _refuse(now, listed)
        now.set(**{f"listed_{name}": value for name, value in listed.items()}, listed_at=now.case.listed_at or now.at)
    return case


def hide(case: ServiceRequest, *, by: By, version: int | None = None, at: datetime | None = None) -> ServiceRequest:
    """撤下: the case is no longer listed. It can be released again."""
    with step(case, Verb.HIDE, by=by, version=version, at=at) as now:
        if now.case.listed_at is None:
            raise Conflict(_("This case is not public."), code="not_listed")
        now.set(**NOT_LISTED)
    return case


def _refuse(now: Step, listed: dict[str, str]) -> None:
    known = known_values(now.case.requesters.all())
    message = _(
        "This still holds a phone number, an id number, a plate, a door or the name of who asked. Write **** instead."
    )
    fields = {name: [message] for name, value in listed.items() if tells_who(value, known=known)}
    fields |= {name: [_("Please write a few words.")] for name in ("title", "text") if not listed[name]}
    if fields:
        raise DomainError("invalid", next(iter(fields.values()))[0], fields=fields)
