"""移动探头: a rider reports a hazard on the way. Known by an account or by a code of the rider's own."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import codes, crypto
from portal.core.clock import ZONE
from portal.core.errors import DomainError, NotAllowed
from portal.core.geo import distance_m
from portal.core.history import acting_as
from portal.core.models import ConsentText, Region, StoredFile, User
from requests.hazards import tiles
from requests.models import HazardReport, RiderCode, ServiceRequest
from requests.models.probes import Hazard
from requests.types import Channel, Kind, ResolveGround, State
from requests.workflow.intake import Contact, Submitted, submit
from requests.workflow.step import Step, after_step
from volunteers.guards import OWN
from volunteers.merging import on_merge
from volunteers.models import Volunteer
from volunteers.models.volunteers import VolunteerQuerySet
from volunteers.points import credit_report
from volunteers.types import VolunteerKind, VolunteerStatus

# Reports of one hazard so near and so recent are likely of one thing.
NEAR_METRES = 150
RECENT = timedelta(days=30)
# So much of a degree holds the circle at our latitudes; the index of the table is by district and time.
_BOX = 0.002


def report(
    *,
    volunteer: Volunteer,
    hazard: str = "",
    region: Region | None,
    point: tuple[float, float] | None = None,
    text: str = "",
    photos: Sequence[StoredFile] = (),
    consent: ConsentText | None = None,
    account: User | None = None,
    at: datetime | None = None,
) -> Submitted:
    """Report a hazard in the name of a rider; the tracking code is the rider's. `hazard` is the code of a tile."""
    if not may_report(volunteer):
        raise NotAllowed(_("Only riders and drivers on the register of volunteers can report here."))
    names = {tile.code: str(tile.name) for tile in tiles()}
    if hazard and hazard not in names:
        message = _("Choose what it is.")
        raise DomainError("invalid", message, fields={"hazard": [message]})
    refuse_unsaid(hazard, text=text, photos=photos)
    label = names.get(hazard) or str(Kind.HAZARD.label)
    person = volunteer.person
    with transaction.atomic(), acting_as(account.pk if account else None):
        made = submit(
            description=f"{label}\n{text}".strip(), title=f"{label} {text}".strip()[:80], kind=Kind.HAZARD,
            channel=Channel.RIDER, region=region, point=point, photos=photos, consent=consent, reporter=account,
            contact=Contact(phone=person.phone.reveal(), name=person.name), at=at,
        )  # fmt: skip
        HazardReport.objects.create(request=made.case, volunteer=volunteer, hazard=hazard)
    return made


def refuse_unsaid(hazard: str, *, text: str, photos: Sequence[StoredFile]) -> None:
    """What it is has to be known somehow: by a tile, by words or by a photo."""
    if hazard in ("", Hazard.OTHER) and not text.strip() and not photos:
        message = _("Add a photo, or say in a few words what it is.")
        raise DomainError("invalid", message, fields={"text": [message]})


def may_report(volunteer: Volunteer) -> bool:
    return volunteer.kind == VolunteerKind.RIDER and volunteer.status == VolunteerStatus.ACTIVE


def reported_near(hazard: str, point: tuple[float, float]) -> int:
    """How many reports of this hazard there are near a point that nobody has seen to yet."""
    latitude, longitude = point
    rows = ServiceRequest.objects.open().filter(
        hazard_report__hazard=hazard, submitted_at__gte=timezone.now() - RECENT,
        latitude__range=(latitude - _BOX, latitude + _BOX), longitude__range=(longitude - _BOX, longitude + _BOX),
    )  # fmt: skip
    points = rows.order_by().values_list("latitude", "longitude")
    return sum(distance_m(*point, *found) <= NEAR_METRES for found in points)


def rider_of(user: User) -> Volunteer | None:
    """The entry of whoever is signed in, if that person may report."""
    if not user.is_authenticated or not user.scope.can(OWN) or user.person_id is None:
        return None
    found = _volunteers().filter(person=user.person_id).first()
    return found if found is not None and may_report(found) else None


def rider_with(code: str) -> RiderCode:
    """Whose code somebody typed, or `bad_code`; a code of somebody who left opens nothing."""
    try:
        digest = _digest_of(codes.parse_code(code))
    except DomainError as error:
        raise _unknown_code() from error
    found = RiderCode.objects.in_force().filter(digest=digest).select_related("volunteer__person").first()
    if found is None or not may_report(found.volunteer):
        raise _unknown_code()
    return found


def _unknown_code() -> DomainError:
    message = _("This code is not valid, or not any more. Sign in and make a new one, or ask the community for one.")
    return DomainError("bad_code", message, fields={"code": [message]})


def holder_of(pk: int, digest: str) -> Volunteer | None:
    """The rider of a code that was typed here before, as long as it is the one that counts."""
    found = RiderCode.objects.in_force().filter(pk=pk, digest=digest).select_related("volunteer__person").first()
    return found.volunteer if found is not None and may_report(found.volunteer) else None


def renew_code(volunteer: Volunteer, *, by: User) -> str:
    """A new code of one's own, shown this once; the one before it ends."""
    if rider_of(by) != volunteer:
        raise NotAllowed()
    with transaction.atomic(), acting_as(by.pk):
        # Locked first: staff may block the code in the same second.
        mine = RiderCode.objects.select_for_update().filter(volunteer=volunteer).first()
        if mine is not None and mine.blocked_at is not None:
            raise NotAllowed(_("Your code has been blocked. Ask the community for a new one."))
        return give_code(volunteer)


def give_code(volunteer: Volunteer) -> str:
    """A new code in the place of the one before; who may have one, the caller has made sure of."""
    code = codes.new_code()
    RiderCode.objects.update_or_create(
        volunteer=volunteer, defaults={"digest": _digest_of(code), "made_at": timezone.now(), "blocked_at": None}
    )
    return code


def _volunteers() -> VolunteerQuerySet:
    return Volunteer.objects.select_related("person", "home_region").defer("search")


def _digest_of(code: str) -> str:
    return crypto.keyed_hash(code, purpose="rider-code")


@after_step
def give_points(now: Step) -> None:
    """The hazard was there and somebody saw to it: whoever reported it earns points, once."""
    case = now.case
    if case.channel != Channel.RIDER or case.state != State.RESOLVED or now.from_state == State.RESOLVED:
        return
    if case.resolve_ground == ResolveGround.NO_REPLY:
        return
    found = HazardReport.objects.filter(request=case.pk).select_related("volunteer").first()
    if found is not None:
        credit_report(found.volunteer, region=case.handling_region, report=case.number, on=_day(now))


def _day(now: Step) -> date:
    return now.at.astimezone(ZONE).date()


@on_merge
def _bring_along(gone: Volunteer, kept: Volunteer) -> None:
    """Reports go over; the code of the entry that goes opens nothing any more."""
    HazardReport.objects.filter(volunteer=gone).update(volunteer=kept)
    RiderCode.objects.filter(volunteer=gone).delete()
