"""拆分: one message that holds several matters becomes a case for each, and whoever asked follows every one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from portal.core import codes, crypto
from portal.core.errors import Conflict, DomainError
from portal.core.text import clean_text
from requests import limits
from requests.models import Category, RequestAttachment, Requester, RequestEvent, ServiceRequest
from requests.types import LimitStep, State, Verb
from requests.workflow.actors import By
from requests.workflow.intake import MAX_DESCRIPTION, first_words, proposed_limit
from requests.workflow.leaving import leave
from requests.workflow.step import Step, step

FEWEST, MOST = 2, 5
# What a part has from the case that it comes from.
_INHERITED = (
    "kind", "channel", "region_id", "city_id", "district_id", "street_id", "community_id", "handling_region_id",
    "station_id", "address_text", "latitude", "longitude", "datum", "recorded_by_id", "submitted_at",
    "listing_agreed_at",
)  # fmt: skip
_OF_A_REQUESTER = (
    "district_id", "name", "name_masked", "phone", "phone_masked", "phone_hash", "address", "address_masked",
    "is_main", "relation", "beneficiary", "beneficiary_masked", "hide_name", "consent_id", "consented_at",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One matter out of the message. Without a title its first words are one."""

    description: str
    title: str = ""
    category: Category | None = None
    time_limit: str = ""


def split(
    case: ServiceRequest,
    *,
    by: By,
    parts: Sequence[Part],
    text: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """拆分: each part is an accepted case of its own with the place, photos and people of the message; that one ends.

    Undone by `restore` until a part has been resolved.
    """
    cleaned = [clean_text(part.description, max_length=MAX_DESCRIPTION, multiline=True) for part in parts]
    if not FEWEST <= len(parts) <= MOST or not all(cleaned):
        message = _("Write down from %(fewest)d to %(most)d matters, each in words of its own.")
        message %= {"fewest": FEWEST, "most": MOST}
        raise DomainError("invalid", message, fields={"parts": [message]})
    with step(case, Verb.SPLIT, by=by, version=version, text=text, at=at) as now:
        leave(now, State.SPLIT)
        made = [_make(now, part, description) for part, description in zip(parts, cleaned, strict=True)]
        now.data["parts"] = [each.number for each in made]
    return case


def _make(now: Step, part: Part, description: str) -> ServiceRequest:
    whole = ServiceRequest.objects.get(pk=now.case.pk)
    category = part.category or whole.category
    limit = part.time_limit or proposed_limit(whole.kind, category, description)
    matter = limits.Matter(limit, whole.kind, category.pk if category else None, whole.district_id)
    made = ServiceRequest.objects.create(
        **{name: getattr(whole, name) for name in _INHERITED},
        title=clean_text(part.title, max_length=80, multiline=False) or first_words(description),
        description=description, category=category, time_limit=limit, split_from=whole, state=State.ACCEPTED,
        accepted_at=now.at, due_at=limits.due_for(matter, LimitStep.RESOLVE, now.at),
        dispatch_due_at=limits.due_for(matter, LimitStep.DISPATCH, now.at),
    )  # fmt: skip
    for requester in whole.requesters.all():
        code = codes.new_code()
        Requester.objects.create(
            request=made, code=code, code_hash=crypto.keyed_hash(code, purpose="tracking-code"),
            **{name: getattr(requester, name) for name in _OF_A_REQUESTER},
        )  # fmt: skip
    event = RequestEvent.objects.create(
        request=made, district_id=made.district_id, at=now.at, verb=Verb.SPLIT, to_state=State.ACCEPTED,
        actor=now.actor, user=now.by.user, data={"from": whole.number}, version=made.version,
    )  # fmt: skip
    RequestAttachment.objects.bulk_create(
        RequestAttachment(request=made, event=event, file_id=each.file_id, is_public=each.is_public)
        for each in whole.attachments.all()
    )
    return made


def gather(now: Step) -> None:
    """The parts end, and the message is one matter again."""
    parts = list(now.case.parts.select_for_update(of=("self",)).order_by("pk"))
    if any(part.finished_at is not None for part in parts):
        raise Conflict(_("A part of it has been resolved: the case cannot be put together again."), code="too_late")
    for part in parts:
        if part.is_open:
            with step(part, Verb.GATHER, by=now.by, at=now.at) as gathered:
                gathered.data["into"] = now.case.number
                leave(gathered, State.WITHDRAWN)
