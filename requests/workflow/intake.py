"""点单 and 受理: how a matter comes in, is accepted, corrected, rejected, withdrawn and restored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import codes, crypto
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.geo import to_wgs84
from portal.core.history import acting_as
from portal.core.masking import mask_address, mask_name, mask_phone, normalize_phone
from portal.core.models import ConsentText, Region, StoredFile, User
from portal.core.text import clean_text
from requests import limits
from requests.danger import danger_in
from requests.models import Category, Requester, RequestEvent, ServiceRequest
from requests.places import TOO_WIDE, handling_region_of, moved_place, place_of
from requests.types import (
    URGENT,
    Actor,
    Channel,
    Kind,
    LimitStep,
    RejectGround,
    State,
    TimeLimit,
    Verb,
)
from requests.workflow.actors import By, Staff
from requests.workflow.holding import hold_back
from requests.workflow.hotline_due import first_due
from requests.workflow.leaving import leave
from requests.workflow.step import Step, allowed_verbs, attach, step
from stations.models import Station

# Their clients send no phone unless they want to; whoever asks follows the case by its code, or by the hotline. A rider
# is on the register, with a phone or without one.
WITHOUT_PHONE = (Channel.OPEN311, Channel.HOTLINE, Channel.RIDER)
MAX_DESCRIPTION = 2_000
MAX_PHOTOS = 4
# A name without it would tell the handler nothing; dropping it would lose what somebody typed.
FOR_WHOM = gettext_lazy("You named somebody else: choose for whom the request is, or leave the name empty.")


@dataclass(frozen=True)
class Contact:
    """Who asks. A phone is needed to call back; the rest is asked only as far as it helps."""

    phone: str
    name: str = ""
    address: str = ""
    relation: str = ""
    beneficiary: str = ""
    hide_name: bool = False


@dataclass(frozen=True)
class Submitted:
    case: ServiceRequest
    requester: Requester
    # Shown once, on the confirmation and the receipt.
    tracking_code: str


def submit(
    *,
    description: str,
    contact: Contact,
    region: Region | None = None,
    station: Station | None = None,
    kind: str = Kind.DEMAND,
    channel: str = Channel.WEB,
    title: str = "",
    category: Category | None = None,
    address_text: str = "",
    point: tuple[float, float] | None = None,
    datum: str = "wgs84",
    consent: ConsentText | None = None,
    listing_agreed: bool = False,
    photos: Sequence[StoredFile] = (),
    by: Staff | None = None,
    reporter: User | None = None,
    at: datetime | None = None,
) -> Submitted:
    """Take in a matter. `by` is the member of staff who records it for somebody; None: the resident online, or a
    `reporter`, who has an account and speaks for nobody else.

    `region` is the street or community of the matter; a `station` brings its own. `point` is (latitude, longitude) in
    `datum`. Raises DomainError with the fields at fault.
    """
    at = at or timezone.now()
    if by is not None and not by.user.scope.can("requests:record"):
        raise NotAllowed()
    description = clean_text(description, max_length=MAX_DESCRIPTION, multiline=True)
    title = clean_text(title, max_length=80, multiline=False) or first_words(description)
    address_text = clean_text(address_text, max_length=200, multiline=False)
    errors = _missing(description=description, contact=contact, region=region, station=station, channel=channel)
    if len(photos) > MAX_PHOTOS:
        errors["photos"] = [_("At most %(count)d photos.") % {"count": MAX_PHOTOS}]
    if errors:
        raise DomainError("invalid", next(iter(errors.values()))[0], fields=errors)
    place = place_of(region or station.region)
    if by is not None and not _serves(by, place.region, station):
        message = _("You can only record requests for places of your own area.")
        raise DomainError("not_your_area", message, fields={"region": [message]})
    latitude, longitude = to_wgs84(*point, datum) if point else (None, None)
    urgency = proposed_limit(kind, category, title, description)
    matter = limits.Matter(urgency, kind, category.pk if category else None, place.district_id)
    code = codes.new_code()

    with transaction.atomic(), acting_as(by.user.pk if by else None):
        case = ServiceRequest.objects.create(
            kind=kind,
            channel=channel,
            title=title,
            description=description,
            category=category,
            time_limit=urgency,
            region=place.region,
            city_id=place.city_id,
            district_id=place.district_id,
            street_id=place.street_id,
            community_id=place.community_id,
            handling_region=handling_region_of(place),
            station=station,
            address_text=address_text,
            latitude=latitude,
            longitude=longitude,
            datum=datum,
            recorded_by=by.user if by else reporter,
            submitted_at=at,
            listing_agreed_at=at if listing_agreed else None,
            dispatch_due_at=limits.due_for(matter, LimitStep.ACKNOWLEDGE, at),
        )
        requester = Requester.objects.create(
            request=case,
            district_id=place.district_id,
            consent=consent,
            consented_at=at if consent else None,
            code=code,
            code_hash=crypto.keyed_hash(code, purpose="tracking-code"),
            hide_name=contact.hide_name,
            relation=contact.relation,
            **sealed(contact),
        )
        event = RequestEvent.objects.create(
            request=case,
            district_id=place.district_id,
            at=at,
            verb=Verb.SUBMIT,
            to_state=State.SUBMITTED,
            actor=Actor.DISPATCHER if by else Actor.RESIDENT,
            user=by.user if by else None,
            data={"channel": channel},
            version=case.version,
        )
        attach(case, photos, event=event, is_public=True)
    return Submitted(case=case, requester=requester, tracking_code=code)


def _serves(by: Staff, region: Region, station: Station | None) -> bool:
    """Whether a member of staff takes in matters there: their regions, their station, the region they stand in."""
    scope = by.user.scope
    if station is not None and station.pk in scope.station_ids:
        return True
    return scope.covers(region) or region.path.startswith(scope.home_paths)


def sealed(contact: Contact) -> dict[str, Any]:
    """The columns of a requester for a contact: ciphertexts, the masked forms beside them, the hash to search by."""
    phone = normalize_phone(contact.phone) if contact.phone.strip() else ""
    name = clean_text(contact.name, max_length=30, multiline=False)
    address = clean_text(contact.address, max_length=200, multiline=False)
    beneficiary = clean_text(contact.beneficiary, max_length=30, multiline=False)
    return {
        "name": name,
        "name_masked": mask_name(name),
        "phone": phone,
        "phone_masked": mask_phone(phone),
        "phone_hash": crypto.keyed_hash(phone, purpose="phone") if phone else "",
        "address": address,
        "address_masked": mask_address(address),
        "beneficiary": beneficiary,
        "beneficiary_masked": mask_name(beneficiary),
    }


def first_words(description: str, length: int = 30) -> str:
    """A title made of the first line of a description, cut at `length` characters."""
    line = next(iter(description.split("\n")), "").strip()
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _missing(
    *, description: str, contact: Contact, region: Region | None, station: Station | None, channel: str
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not description:
        errors["description"] = [_("Say what it is about.")]
    if not contact.phone.strip() and channel not in WITHOUT_PHONE:
        errors["phone"] = [_("Give a phone number, so that somebody can reach you.")]
    if contact.beneficiary.strip() and not contact.relation:
        errors["relation"] = [str(FOR_WHOM)]
    if region is None and station is None:
        errors["region"] = [_("Say where it is: choose the street and the community.")]
    elif region is not None and (not region.is_current or region.level in TOO_WIDE):
        errors["region"] = [
            _("This region no longer exists. Please choose again.")
            if not region.is_current
            else _("Please choose a street or a community.")
        ]
    return errors


def proposed_limit(kind: str, category: Category | None, *words: str) -> str:
    """The class of due times that a matter of this kind, category and words has unless somebody says otherwise."""
    if danger_in(*words):
        return TimeLimit.EMERGENCY
    if category is not None and category.time_limit:
        return category.time_limit
    return TimeLimit.ENQUIRY if kind == Kind.ENQUIRY else TimeLimit.GENERAL


def accept(
    case: ServiceRequest,
    *,
    by: By,
    version: int | None = None,
    category: Category | None = None,
    time_limit: str = "",
    text: str = "",
    at: datetime | None = None,
) -> ServiceRequest:
    """受理: the matter is ours. The limit to resolve starts now.

    As what it is accepted stands in the event, for the clock that ran until now went by what it was taken for."""
    with step(case, Verb.ACCEPT, by=by, version=version, text=text, at=at) as now:
        chosen = category or now.case.category
        limit = time_limit or now.case.time_limit
        if category and not time_limit:
            # The description is read for the few that words of danger may have made an emergency.
            words = (now.case.title, now.case.description) if limit == TimeLimit.EMERGENCY else ()
            limit = proposed_limit(now.case.kind, category, *words)
        if chosen != now.case.category:
            now.data["category"] = [now.case.category_id, chosen.pk]
        if limit != now.case.time_limit:
            now.data["time_limit"] = [now.case.time_limit, limit]
        now.set(state=State.ACCEPTED, category=chosen, time_limit=limit, accepted_at=now.at)
        now.set(due_at=first_due(now.case, now.at))
        to_dispatch = limits.due_for(now.case, LimitStep.DISPATCH, now.at)
        if limit in URGENT:
            # An urgent matter does not wait twice: it is dispatched by when it had to be accepted.
            to_dispatch = min(filter(None, [to_dispatch, now.case.dispatch_due_at]))
        now.set(dispatch_due_at=to_dispatch)
    return case


def reject(
    case: ServiceRequest,
    *,
    by: By,
    ground: str,
    text: str,
    version: int | None = None,
    at: datetime | None = None,
) -> ServiceRequest:
    """不予受理, with a ground and an explanation that the resident reads."""
    _known(ground, RejectGround, "ground")
    with step(case, Verb.REJECT, by=by, version=version, text=text, text_required=True, at=at) as now:
        region_id = deciding_region(now.case, by)
        if not hold_back(now, ground=ground, region_id=region_id):
            rejected(now, ground=ground, region_id=region_id)
    return case


def rejected(now: Step, *, ground: str, region_id: int) -> None:
    """End the case as not taken on; the part that `reject` and a reviewed reply share."""
    now.data.update(ground=ground, region=region_id)
    now.set(state=State.REJECTED, ended_at=now.at)


def deciding_region(case: ServiceRequest, by: By) -> int:
    """The region for which somebody rejects, or asks for something: it goes to the level above it."""
    covering = [
        grant
        for grant in by.user.scope.grants
        if grant.is_regional and grant.path and case.handling_region.path.startswith(grant.path)
    ]
    narrowest = max(covering, key=lambda grant: len(grant.path), default=None)
    return narrowest.region_id if narrowest and narrowest.region_id else case.handling_region_id


def amend(
    case: ServiceRequest,
    *,
    by: By,
    version: int | None = None,
    region: Region | None = None,
    category: Category | None = None,
    time_limit: str = "",
    text: str = "",
) -> ServiceRequest:
    """更正 the place, category or limit of a case that was classified wrongly; the clocks start where they did."""
    with step(case, Verb.AMEND, by=by, version=version, text=text) as now:
        now.is_public = False
        accepted_at = now.case.accepted_at
        before = limits.limit_of(now.case, LimitStep.RESOLVE, accepted_at) if accepted_at else None
        if region is not None and region.pk != now.case.region_id:
            place = moved_place(city_id=now.case.city_id, to=region)
            now.data["region"] = [now.case.region_id, region.pk]
            now.set(
                region=region,
                city_id=place.city_id,
                district_id=place.district_id,
                street_id=place.street_id,
                community_id=place.community_id,
                handling_region=handling_region_of(place),
            )
            _follow(now.case)
        if category is not None:
            now.data["category"] = [now.case.category_id, category.pk]
            now.set(category=category)
        if time_limit and time_limit != now.case.time_limit:
            _known(time_limit, TimeLimit, "time_limit")
            now.data["time_limit"] = [now.case.time_limit, time_limit]
            now.set(time_limit=time_limit)
        if accepted_at and limits.limit_of(now.case, LimitStep.RESOLVE, accepted_at) != before:
            now.set(due_at=first_due(now.case, accepted_at))
    return case


def _follow(case: ServiceRequest) -> None:
    """The rows of a case carry its district too: figures and lists of a district find them by it."""
    for rows in (case.requesters, case.dispatches, case.events, case.ratings):
        rows.exclude(district_id=case.district_id).update(district_id=case.district_id)


def withdraw(
    case: ServiceRequest, *, by: By, version: int | None = None, text: str = "", at: datetime | None = None
) -> ServiceRequest:
    """The resident needs it no longer. A case that waited for its handler takes the offer back.

    What several people asked for goes on: none of them can end it for the others.
    """
    with step(case, Verb.WITHDRAW, by=by, version=version, text=text, at=at) as now:
        if now.case.requesters.count() > 1:
            message = _("Others asked for the same, and still wait for it: the case goes on.")
            raise Conflict(message, code="others_wait", extra={"allowed": allowed_verbs(now.case, by=by)})
        leave(now, State.WITHDRAWN)
    return case


def _known(value: str, choices: Any, field: str) -> None:
    if value not in choices.values:
        raise DomainError(
            "invalid",
            _("Please choose one of the reasons."),
            fields={field: [_("Please choose one of the reasons.")]},
        )
