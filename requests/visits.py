"""入户走访: one visit, many needs, each of them a case like any other. Written down on the spot and sent when there is
a network: the key that the phone made keeps a visit that is sent twice one visit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.core import crypto
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.masking import mask_address, mask_name, normalize_phone
from portal.core.models import ConsentText, Estate, Level, Region, StoredFile, User
from portal.core.text import clean_text
from requests.models import Category, Household, ServiceRequest, Visit, VisitNeed
from requests.models.service_requests import ServiceRequestQuerySet
from requests.models.visits import Met
from requests.types import Channel, Kind
from requests.workflow.actors import Staff
from requests.workflow.intake import Contact, submit

RECORD = "requests:record"
MOST_NEEDS = 10
MAX_HOUSEHOLD, MAX_NOTE = 100, 500
# A phone may lie in a drawer for a week; its clock may be a little fast.
OLDEST, FAST = timedelta(days=31), timedelta(minutes=10)

# A page that puts visits away where there is no network says the same before it does.
NO_COMMUNITY = gettext_lazy("Choose the community.")
NO_HOUSEHOLD = gettext_lazy("Say which household it is: building, entrance and flat.")
NOBODY_MET = gettext_lazy("Say who was met.")
NOBODY_SAID = gettext_lazy("Where nobody was at home, nobody said what is needed.")
NO_CONSENT = gettext_lazy("Without consent the request cannot be recorded.")
NO_PHONE = gettext_lazy("Give a phone number, so that somebody can reach you.")
NO_NEED = gettext_lazy("Say what it is about.")


def bad_moment() -> str:
    return _("The visit must lie in the last %(count)d days.") % {"count": OLDEST.days}


@dataclass(frozen=True)
class Need:
    """One thing that the household needs."""

    description: str
    kind: str = Kind.NEED
    category: Category | None = None
    photos: Sequence[StoredFile] = field(default=())


@dataclass(frozen=True)
class Recorded:
    """A visit; `is_new` is False where the same one had come before."""

    visit: Visit
    is_new: bool


def record(
    *,
    key: UUID,
    region: Region,
    household: str,
    met: str,
    by: Staff,
    needs: Sequence[Need] = (),
    estate: Estate | None = None,
    name: str = "",
    phone: str = "",
    note: str = "",
    consent: ConsentText | None = None,
    visited_at: datetime | None = None,
    at: datetime | None = None,
) -> Recorded:
    """Record a visit with all its needs, or nothing of it. The same key again is the same visit.

    `at` is when it comes in, from which the limits of its cases run; a visit that waited for a network was made before.
    """
    if known := sent_before(key, by=by):
        return known
    visited_at = visited_at or timezone.now()
    household = clean_text(household, max_length=MAX_HOUSEHOLD)
    _refuse_incomplete(
        region=region, estate=estate, household=household, met=met, needs=needs, phone=phone, consent=consent,
        visited_at=visited_at, by=by,
    )  # fmt: skip
    try:
        with transaction.atomic(), acting_as(by.user.pk):
            visit = Visit.objects.create(
                key=key, region=region, estate=estate, household=_listed(estate, household),
                household_masked=mask_address(household), met=met,
                met_masked=mask_name(clean_text(name, max_length=30)), consent=consent,
                note=clean_text(note, max_length=MAX_NOTE, multiline=True), visited_at=visited_at, recorded_by=by.user,
            )  # fmt: skip
            where = {"region": region, "address_text": estate.name if estate else ""}
            contact = Contact(phone=phone, name=name, address=f"{estate or ''}{household}")
            for number, need in enumerate(needs):
                _hear(visit, need, number=number, by=by, contact=contact, consent=consent, at=at, **where)
    except IntegrityError:
        # Sent twice in the same second: the other one holds, and this one has left nothing behind.
        known = sent_before(key, by=by)
        if known is None:
            raise
        return known
    return Recorded(visit, is_new=True)


def _hear(visit: Visit, need: Need, *, number: int, by: Staff, **matter: Any) -> None:
    try:
        made = submit(
            description=need.description, kind=need.kind, category=need.category, photos=need.photos,
            channel=Channel.VISIT, by=by, **matter,
        )  # fmt: skip
    except DomainError as error:
        # Which of several needs it is about; what is said of the household is the visit's own.
        fields = {
            name if name in ("phone", "name", "region") else f"needs-{number}-{name}": lines
            for name, lines in (error.fields or {}).items()
        }
        raise DomainError(error.code, str(error), fields=fields or None) from error
    VisitNeed.objects.create(visit=visit, request=made.case)


def sealing_key(user: User) -> str:
    """What seals the visits that wait in a browser, in hex: the same for an account wherever it signs in."""
    return crypto.keyed_hash(str(user.pk), purpose="waiting-visits")


def sent_before(key: UUID, *, by: Staff) -> Recorded | None:
    """The visit that came before under this key, if one did."""
    found = Visit.objects.filter(key=key).first()
    if found is None:
        return None
    if found.recorded_by_id != by.user.pk:
        raise Conflict(_("Somebody else has sent a visit under this key."), code="key_taken")
    return Recorded(found, is_new=False)


def _listed(estate: Estate | None, label: str) -> Household | None:
    return Household.objects.filter(estate=estate, label=label).first() if estate else None


def _refuse_incomplete(
    *, region: Region, estate: Estate | None, household: str, met: str, needs: Sequence[Need], phone: str,
    consent: ConsentText | None, visited_at: datetime, by: Staff,
) -> None:  # fmt: skip
    """All that is wrong at once: whoever stands at a door has no time for rounds."""
    if not by.user.scope.can(RECORD):
        raise NotAllowed()
    errors: dict[str, list[str]] = {}
    scope = by.user.scope
    if region.level != Level.COMMUNITY:
        errors["region"] = [str(NO_COMMUNITY)]
    elif not (scope.covers(region) or region.path.startswith(scope.home_paths)):
        errors["region"] = [_("You can only record requests for places of your own area.")]
    if estate is not None and estate.region_id != region.pk:
        errors["estate"] = [_("This estate lies in another community.")]
    if not household:
        errors["household"] = [str(NO_HOUSEHOLD)]
    if met not in Met.values:
        errors["met"] = [str(NOBODY_MET)]
    if len(needs) > MOST_NEEDS:
        errors["needs"] = [_("At most %(count)d needs a visit.") % {"count": MOST_NEEDS}]
    if needs and met == Met.NOBODY:
        errors["met"] = [str(NOBODY_SAID)]
    if needs and consent is None:
        errors["consent"] = [str(NO_CONSENT)]
    if needs and not phone.strip():
        errors["phone"] = [str(NO_PHONE)]
    elif phone.strip():
        try:
            normalize_phone(phone)
        except DomainError as error:
            errors["phone"] = [str(error)]
    if not timezone.now() - OLDEST <= visited_at <= timezone.now() + FAST:
        errors["visited_at"] = [bad_moment()]
    if errors:
        raise DomainError("invalid", next(iter(errors.values()))[0], fields=errors)


def cases_of_needs() -> ServiceRequestQuerySet:
    """The cases as a visit lists them, whoever of its readers sees the visit: who heard a need may see what became of
    it."""
    return ServiceRequest.objects.only("title", "state", "submitted_at")
