"""Personal data of volunteers: shown in full with a logged reason, and erased when somebody has left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import files
from portal.core.errors import Conflict, NotAllowed
from portal.core.history import acting_as
from portal.core.masking import scrub
from portal.core.models import DisclosureRecord, Membership, Person, Role, User
from portal.core.text import clean_text
from volunteers.guards import held, refuse
from volunteers.models import Assignment, Certificate, HourClaim, MemberReport, Volunteer
from volunteers.types import VolunteerStatus

REVEAL, ERASE = "volunteers:reveal", "volunteers:erase"
MAX_REASON = 200
ENDED = (VolunteerStatus.LEFT, VolunteerStatus.REFUSED, VolunteerStatus.MERGED)


Hook = Callable[[Volunteer, Callable[[str], str]], None]
_on_erase: list[Hook] = []


def on_erase(hook: Hook) -> Hook:
    """Have `hook(volunteer, scrubbed)` take the person out of texts that a higher floor keeps, in one transaction."""
    _on_erase.append(hook)
    return hook


@dataclass(frozen=True)
class Personal:
    """What `reveal` shows, in the clear. Lives for one answer and is stored nowhere."""

    name: str
    phone: str
    born_on: date | None
    guardian_name: str
    guardian_phone: str


def may_reveal(volunteer: Volunteer, user: User) -> bool:
    return Volunteer.objects.editable_by(user, REVEAL).filter(pk=volunteer.pk).exists()


def reveal(volunteer: Volunteer, *, by: User, reason: str) -> Personal:
    """Show how to reach somebody, and log who looked and why."""
    if not may_reveal(volunteer, by):
        raise NotAllowed(_("Only those who work with this volunteer may see this."), code="not_yours_to_see")
    reason = _reason(reason)
    with transaction.atomic(), acting_as(by.pk):
        DisclosureRecord.objects.create(user=by, subject=f"{Volunteer._meta.db_table}/{volunteer.pk}", reason=reason)
        return Personal(
            name=volunteer.person.name, phone=volunteer.person.phone.reveal(), born_on=volunteer.born_on,
            guardian_name=volunteer.guardian_name.reveal(), guardian_phone=volunteer.guardian_phone.reveal(),
        )  # fmt: skip


def log_export(*, by: User, reason: str, count: int) -> None:
    """An export in full says why, and is written down before the first row leaves."""
    DisclosureRecord.objects.create(
        user=by, kind=DisclosureRecord.Kind.EXPORT, subject=Volunteer._meta.db_table, reason=_reason(reason),
        count=count,
    )  # fmt: skip


def log_statement(*, by: User, count: int) -> None:
    """A statement of double check-in names people, too; its reason is always the same."""
    log_export(by=by, reason=_("Statement of double check-in"), count=count)


def erase(volunteer: Volunteer, *, by: User, reason: str) -> Volunteer:
    """Take everything personal out of the entry of somebody who has gone. Number, services and hours stay.

    There is no way back. Who also works for the network stays a person there, and the entry loses its tie to them.
    """
    _reason(reason)
    with held(volunteer, by=by, capability=ERASE, expects=ENDED) as locked:
        if locked.erased_at is not None:
            raise Conflict(_("The personal data of this entry has been erased."), code="erased")
        known = [locked.person.name, locked.person.phone.reveal(), locked.guardian_name.reveal()]
        known.append(locked.guardian_phone.reveal())
        known = [each for each in known if each]
        _erase_texts(locked, known)
        for hook in _on_erase:
            hook(locked, lambda text: scrub(text, known=known))
        _erase_belongings(locked)
        locked.person = _nobody(locked)
        locked.born_on = locked.guardian_consent_on = None
        locked.guardian_name = locked.guardian_phone = ""
        locked.profession = locked.interests = locked.languages = locked.note = locked.national_number = ""
        locked.erased_at, locked.status_reason = timezone.now(), scrub(reason, known=known)[:100]
        locked.save()
    volunteer.refresh_from_db()
    return volunteer


def _reason(text: str) -> str:
    reason = clean_text(text, max_length=MAX_REASON)
    if not reason:
        refuse("reason", _("Say why: the reason is logged."))
    return reason


def _nobody(volunteer: Volunteer) -> Person:
    """The entry's person without anything of theirs."""
    person = volunteer.person
    accounts = Membership.objects.filter(user__person=person, is_active=True).exclude(role=Role.VOLUNTEER)
    if accounts.exists() or person.posts.exists():
        return Person.objects.create(name=volunteer.number)
    account = User.objects.filter(person=person).first()
    if account is not None:
        account.is_active, account.email, account.username = False, "", volunteer.number
        account.set_unusable_password()
        account.save()
    person.name, person.phone, person.phone_hash, person.phone_masked = volunteer.number, "", "", ""
    person.is_party_member = False
    person.save()
    return person


def _erase_texts(volunteer: Volunteer, known: list[str]) -> None:
    for rows, names in (
        (Assignment.objects.filter(volunteer=volunteer), ("reason",)),
        (HourClaim.objects.filter(volunteer=volunteer), ("reason", "decision")),
        (Certificate.objects.filter(volunteer=volunteer), ("purpose", "refusal", "revocation")),
        (MemberReport.objects.filter(volunteer=volunteer), ("end_reason",)),
    ):
        for row in rows:
            before = [getattr(row, name) for name in names]
            after = [scrub(text, known=known) for text in before]
            if after != before:
                for name, text in zip(names, after, strict=True):
                    setattr(row, name, text)
                row.save(update_fields=names)


def _erase_belongings(volunteer: Volunteer) -> None:
    evidence = [listed.evidence for listed in volunteer.skills.select_related("evidence") if listed.evidence]
    volunteer.skills.all().delete()
    for stored in evidence:
        files.delete(stored)
    volunteer.weekly_availability.all().delete()
    volunteer.day_availability.all().delete()
    volunteer.keys.all().delete()
