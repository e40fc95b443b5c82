"""Personal data of requesters: shown in full with a logged reason, and erased when its purpose has ended."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import disclosures
from portal.core.errors import Conflict, DomainError, NotAllowed
from portal.core.history import acting_as
from portal.core.masking import mask_address, scrub
from portal.core.models import StoredFile, User
from portal.core.notifications.outbox import forget
from portal.core.text import clean_text
from requests.deidentify import known_values
from requests.models import (
    HotlineReturn,
    ProjectEvent,
    ProjectPhoto,
    RequestAttachment,
    Requester,
    RequestEvent,
    ServiceProject,
    ServiceRequest,
    StreetDraftLine,
    Visit,
)
from requests.notices import about
from requests.photos import discard
from requests.types import GONE_STATES, Actor, State, Verb
from requests.workflow import Staff, refuse_stale
from requests.workflow.listing import NOT_LISTED

# Who needs the data to do the work on the case (DOMAIN 3): leaders and auditors work with the masked form.
MAY_SEE = frozenset({Actor.HANDLER, Actor.ASSISTANT, Actor.DISPATCHER, Actor.KEEPER})
# Until then somebody may have to call.
ENDED = (State.CLOSED, State.REJECTED, *GONE_STATES)
MAX_REASON = 200


@dataclass(frozen=True)
class Personal:
    """What `reveal` shows, in the clear. Lives for one answer and is stored nowhere."""

    phone: str
    name: str
    address: str
    beneficiary: str
    is_name_hidden: bool


def may_reveal(case: ServiceRequest, user: User) -> bool:
    return user.scope.can("requests:reveal") and bool(Staff(user).actors_on(case) & MAY_SEE)


def reveal(requester: Requester, *, by: User, reason: str) -> Personal:
    """Show who asked, to somebody who works on the case, and log who looked and why.

    A handler or an assisting unit of a case whose requester hides the name gets the phone alone. Raises `TooMuchShown`
    when the account has seen its share.
    """
    case = requester.request
    if not may_reveal(case, by):
        raise NotAllowed(_("Only those who work on this case may see who asked."), code="not_yours_to_see")
    reason = _reason(reason)
    hidden = requester.hide_name and not Staff(by).actors_on(case) & (MAY_SEE - {Actor.HANDLER, Actor.ASSISTANT})
    with transaction.atomic(), acting_as(by.pk):
        disclosures.record(
            by=by, subject=f"{Requester._meta.db_table}/{requester.pk}", about=case.number, region=case.region,
            reason=reason,
        )  # fmt: skip
        return Personal(
            phone=requester.phone.reveal(),
            name="" if hidden else requester.name.reveal(),
            address="" if hidden else requester.address.reveal(),
            beneficiary="" if hidden else requester.beneficiary.reveal(),
            is_name_hidden=hidden,
        )


def erase(case: ServiceRequest, *, by: User, reason: str, version: int | None = None) -> ServiceRequest:
    """Take everything personal out of an ended case: contact data, photos, the point on the map, and from free text.

    The case stays with its place, category, states and figures. There is no way back.
    `version` is the version that the person saw, as for every verb.
    """
    if not by.scope.can("requests:erase"):
        raise NotAllowed()
    reason = _reason(reason)
    with transaction.atomic(), acting_as(by.pk):
        locked = ServiceRequest.objects.select_for_update(of=("self",)).defer("search").get(pk=case.pk)
        refuse_stale(locked, by=Staff(by), version=version)
        if locked.state not in ENDED:
            raise Conflict(
                _("The case is not over yet: somebody may still have to call. Erase it when it is closed."),
                code="not_over",
            )
        if locked.erased_at is not None:
            raise Conflict(_("The personal data of this case has already been erased."), code="already_erased")
        known = known_values(locked.requesters.all())
        _erase_text(locked, known)
        _erase_requesters(locked)
        _erase_photos(locked)
        forget(about=about(locked))
        RequestEvent.objects.create(
            request=locked,
            district_id=locked.district_id,
            verb=Verb.NOTE,
            from_state=locked.state,
            to_state=locked.state,
            actor=Actor.DISPATCHER,
            user=by,
            text=_("Personal data erased: %(reason)s") % {"reason": scrub(reason, known=known)},
            is_public=False,
            version=locked.version,
        )
    case.__dict__.update(locked.__dict__)
    return case


def _reason(text: str) -> str:
    reason = clean_text(text, max_length=MAX_REASON)
    if not reason:
        message = _("Say why: the reason is logged.")
        raise DomainError("reason_required", message, fields={"reason": [message]})
    return reason


def _erase_text(case: ServiceRequest, known: list[str]) -> None:
    case.title, case.description = scrub(case.title, known=known), scrub(case.description, known=known)
    case.address_text = mask_address(case.address_text)
    case.latitude = case.longitude = None
    for name, value in {**NOT_LISTED, "listing_agreed_at": None}.items():
        setattr(case, name, value)
    case.erased_at = timezone.now()
    case.version += 1
    case.save(
        update_fields=[
            "title",
            "description",
            "address_text",
            "latitude",
            "longitude",
            "erased_at",
            "version",
            "listing_agreed_at",
            *NOT_LISTED,
        ]
    )
    # What a project says to everybody whose need was in it may name one of them.
    steps = ProjectEvent.objects.filter(project__needs__request=case)
    texts = (
        (case.events, "text"), (case.ratings, "comment"), (case.approvals, "reason"), (case.approvals, "decision"),
        (case.assists, "asked"), (case.assists, "result"), (case.department_ratings, "text"),
        (StreetDraftLine.objects.filter(request=case), "remark"),
        (HotlineReturn.objects.filter(hotline__request=case), "text"),
        (Visit.objects.filter(needs__request=case), "note"),
        (steps, "text"), (ServiceProject.objects.filter(needs__request=case), "result"),
        (ServiceProject.objects.filter(needs__request=case), "description"),
    )  # fmt: skip
    for rows, field in texts:
        for row in rows.exclude(**{field: ""}):
            setattr(row, field, scrub(getattr(row, field), known=known))
            row.save(update_fields=[field])


def _erase_requesters(case: ServiceRequest) -> None:
    # The code still shows where the case stands; it tells nothing of who holds it.
    case.requesters.update(
        name="", name_masked="", phone="", phone_masked="", phone_hash="", address="", address_masked="",
        relation="", beneficiary="", beneficiary_masked="", code="",
    )  # fmt: skip


def _erase_photos(case: ServiceRequest) -> None:
    named = list(case.attachments.values_list("file", flat=True))
    case.attachments.all().delete()
    # One upload may have gone with two requests of the same form, or show a project: that keeps it.
    elsewhere = RequestAttachment.objects.filter(file__in=named).values("file")
    of_projects = ProjectPhoto.objects.filter(file__in=named).values("file")
    discard(StoredFile.objects.filter(pk__in=named).exclude(pk__in=elsewhere).exclude(pk__in=of_projects))
