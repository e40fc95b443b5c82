"""The register: how somebody comes onto it, and what becomes of the entry.

Staff enter people (`enrol`) or people sign up (`apply`) and staff confirm. Whoever is under 18 becomes active when a
guardian's consent is recorded. Somebody who has an entry already does not get a second one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import crypto
from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError
from portal.core.history import acting_as
from portal.core.masking import mask_phone, normalize_phone
from portal.core.models import ConsentText, Level, Membership, Person, Region, Role, User
from portal.core.people import new_person
from volunteers import availability, notices, numbers
from volunteers.guards import MAX_REASON, OWN, held, reason_of, refuse, refuse_outside, save
from volunteers.models import Assignment, MemberReport, Skill, TeamMember, Volunteer, VolunteerSkill
from volunteers.types import HOLDING, MemberStatus, ReportStatus, VolunteerKind, VolunteerSource, VolunteerStatus

S = VolunteerStatus
HOME_LEVELS = (Level.STREET, Level.COMMUNITY)
# What an entry says besides who and where; each as the model has it.
DETAILS = frozenset({
    "kind", "national_number", "born_on", "guardian_consent_on", "profession", "interests", "languages",
    "weekly_minutes", "joined_on", "recruited_by", "insured_until", "trained_on", "note",
})  # fmt: skip
# What a volunteer changes in the own entry.
OWN_DETAILS = frozenset({"profession", "interests", "languages", "weekly_minutes"})


@dataclass(frozen=True)
class Who:
    """The person, as a form or a sheet names them. Lives for one call; the phone is stored sealed."""

    name: str
    phone: str = ""
    is_party_member: bool | None = None
    guardian_name: str = ""
    guardian_phone: str = ""

    def __repr__(self) -> str:
        return "<Who>"


@dataclass(frozen=True)
class Wishes:
    """What somebody says at the sign-up about what they can do and when."""

    skills: Iterable[Skill] = ()
    times: Iterable[availability.Span] = field(default_factory=tuple)


class AlreadyRegistered(Conflict):
    """Staff read it. Whoever signs up is answered as everybody else (`portal.public.views.volunteer`)."""

    def __init__(self) -> None:
        message = _("This person is on the register already.")
        super().__init__(message, code="already_registered", fields={"phone": [message]})


def enrol(*, who: Who, home_region: Region, by: User, source: str = VolunteerSource.STAFF, **details: Any) -> Volunteer:
    """Staff enter somebody. A minor whose guardian has not agreed yet waits for confirmation."""
    refuse_outside(home_region, by=by, field="home_region")
    with transaction.atomic(), acting_as(by.pk):
        phone = _normal(who.phone, "phone")
        if found_by(phone=phone, name=who.name, born_on=details.get("born_on")) is not None:
            raise AlreadyRegistered
        volunteer = _new(who, home_region, source=source, **details)
        volunteer.status = S.APPLIED if volunteer.lacks_guardian else S.ACTIVE
        save(volunteer)
    return volunteer


def apply(
    *,
    who: Who,
    home_region: Region,
    consent: ConsentText,
    wishes: Wishes = Wishes(),
    **details: Any,  # noqa: B008
) -> Volunteer:
    """Somebody signs up. Staff of the home community confirm.

    Raises `AlreadyRegistered` where the phone has an entry: in the end, so that the answer takes as long as any other
    and finds the same faults in what was typed. A stranger must not be able to ask who is on the register.
    """
    if not who.phone:
        refuse("phone", _("Give a phone number, so that somebody can reach you."))
    if details.get("guardian_consent_on") is not None:
        refuse("guardian_consent_on", _("Staff record the consent of a guardian."))
    with transaction.atomic(), acting_as(None):
        known = found_by(phone=_normal(who.phone, "phone"))
        volunteer = _new(who, home_region, source=VolunteerSource.SELF, **details)
        if volunteer.is_minor() and not (who.guardian_name and who.guardian_phone):
            message = _("Under 18 we need the name and phone of a guardian.")
            empty = [name for name in ("guardian_name", "guardian_phone") if not getattr(who, name)]
            raise DomainError("invalid", message, fields={name: [message] for name in empty})
        volunteer.consent, volunteer.consented_at = consent, timezone.now()
        save(volunteer)
        VolunteerSkill.objects.bulk_create(VolunteerSkill(volunteer=volunteer, skill=each) for each in wishes.skills)
        availability.write_week(volunteer, wishes.times)
        notices.applied(volunteer)
        if known is not None:
            raise AlreadyRegistered
    return volunteer


def edit(
    volunteer: Volunteer, *, by: User, who: Who | None = None, home_region: Region | None = None, **details: Any
) -> Volunteer:
    """Correct the entry. An empty phone leaves the one on file, which forms do not show."""
    with held(volunteer, by=by) as locked:
        if home_region is not None and home_region != locked.home_region:
            refuse_outside(home_region, by=by, field="home_region")
            _fits_home(home_region)
            locked.home_region = home_region
        _lay(locked, details)
        if who is not None:
            _rename(locked, who)
        save(locked)
    return _refreshed(volunteer)


def edit_own(volunteer: Volunteer, *, by: User, **details: Any) -> Volunteer:
    """The volunteer changes what is theirs to say."""
    if others := set(details) - OWN_DETAILS:
        raise TypeError(f"not one's own to change: {others}")
    with held(volunteer, by=by, capability=OWN) as locked:
        _lay(locked, details)
        save(locked)
    return _refreshed(volunteer)


def confirm(volunteer: Volunteer, *, by: User) -> Volunteer:
    """Take somebody who signed up onto the register."""
    with held(volunteer, by=by, expects=(S.APPLIED, S.REFUSED)) as locked:
        locked.status, locked.status_reason = S.ACTIVE, ""
        save(locked)
        _follow_with_role(locked)
        notices.application_decided(locked)
    return _refreshed(volunteer)


def refuse_application(volunteer: Volunteer, *, by: User, reason: str) -> Volunteer:
    """Do not admit somebody who signed up, and say why."""
    with transaction.atomic():
        refused = _end(volunteer, S.REFUSED, by=by, reason=reason_of(reason), expects=(S.APPLIED,))
        notices.application_decided(refused)
    return refused


def pause(volunteer: Volunteer, *, by: User, reason: str = "") -> Volunteer:
    """No duty for a while. Duties that are already agreed have to be given back first."""
    with held(volunteer, by=by, capability=OWN, expects=(S.ACTIVE,)) as locked:
        _refuse_duties(locked)
        locked.status, locked.status_reason = S.PAUSED, reason.strip()[:MAX_REASON]
        save(locked)
    return _refreshed(volunteer)


def resume(volunteer: Volunteer, *, by: User) -> Volunteer:
    """Be there again, after a pause or after having left."""
    with held(volunteer, by=by, capability=OWN, expects=(S.PAUSED, S.LEFT)) as locked:
        if locked.erased_at is not None:
            raise Conflict(_("The personal data of this entry has been erased."), code="erased")
        locked.status, locked.status_reason, locked.left_on = S.ACTIVE, "", None
        save(locked)
        _follow_with_role(locked)
    return _refreshed(volunteer)


def leave(volunteer: Volunteer, *, by: User, reason: str = "") -> Volunteer:
    """Leave the register, and with it the teams. Hours and history stay."""
    return _end(
        volunteer, S.LEFT, by=by, reason=reason.strip()[:MAX_REASON], expects=(S.ACTIVE, S.PAUSED, S.APPLIED),
        capability=OWN,
    )  # fmt: skip


def found_by(*, phone: str = "", name: str = "", born_on: date | None = None) -> Volunteer | None:
    """The current entry of the person with this phone, or with this name and date of birth."""
    rows = Volunteer.objects.current().select_related("person", "home_region").order_by("pk")
    found = rows.filter(person__phone_hash=crypto.keyed_hash(phone, purpose="phone")).first() if phone else None
    if found is None and name and born_on:
        found = rows.filter(person__name=name.strip(), born_on=born_on).first()
    return found


def _new(who: Who, home_region: Region, *, source: str, **details: Any) -> Volunteer:
    """An entry that is not saved yet; with its person, who is."""
    phone = _normal(who.phone, "phone")
    _fits_home(home_region)
    if not who.name.strip():
        refuse("name", _("Please give the name."))
    person = _person_of(phone, who) or new_person(name=who.name, phone=phone, is_party_member=bool(who.is_party_member))
    if person.pk is None:
        person.save()
    volunteer = Volunteer(person=person, number=numbers.new_number(), home_region=home_region, source=source)
    _lay(volunteer, details)
    _lay_guardian(volunteer, who)
    if volunteer.kind == VolunteerKind.PARTY_MEMBER and not person.is_party_member:
        person.is_party_member = True
        person.save(update_fields=["is_party_member"])
    return volunteer


def _person_of(phone: str, who: Who) -> Person | None:
    """Staff and post holders who volunteer, too, stay one person."""
    known = (
        Person.objects.filter(phone_hash=crypto.keyed_hash(phone, purpose="phone")) if phone else Person.objects.none()
    )
    return known.filter(name=who.name.strip(), volunteer=None).first()


def _normal(phone: str, name: str) -> str:
    try:
        return normalize_phone(phone) if phone else ""
    except DomainError as error:
        raise DomainError(error.code, error.message, fields={name: [str(error)]}) from error


def _fits_home(region: Region) -> None:
    if region.level not in HOME_LEVELS or not region.is_current:
        refuse("home_region", _("Choose the community; the street where it is not known."))


def _lay(volunteer: Volunteer, details: dict[str, Any]) -> None:
    if unknown := set(details) - DETAILS:
        raise TypeError(f"no details of a volunteer: {unknown}")
    for name, value in details.items():
        setattr(volunteer, name, value)
    if volunteer.recruited_by_id is not None and volunteer.recruited_by_id == volunteer.pk:
        refuse("recruited_by", _("Nobody recruits themselves."))


def _lay_guardian(volunteer: Volunteer, who: Who) -> None:
    """What is typed replaces what was there; empty leaves it."""
    if who.guardian_name.strip():
        volunteer.guardian_name = who.guardian_name.strip()
    if who.guardian_phone:
        volunteer.guardian_phone = _normal(who.guardian_phone, "guardian_phone")


def _rename(volunteer: Volunteer, who: Who) -> None:
    person, phone = volunteer.person, _normal(who.phone, "phone")
    if who.name.strip():
        person.name = who.name.strip()
    if phone:
        other = found_by(phone=phone)
        if other is not None and other.pk != volunteer.pk:
            message = _("Somebody else on the register has this number.")
            raise Conflict(message, code="already_registered", fields={"phone": [message]})
        person.phone, person.phone_masked = phone, mask_phone(phone)
        person.phone_hash = crypto.keyed_hash(phone, purpose="phone")
    if who.is_party_member is not None:
        person.is_party_member = who.is_party_member
    person.save()
    _lay_guardian(volunteer, who)


def _end(
    volunteer: Volunteer, status: str, *, by: User, reason: str, expects: tuple[str, ...], **how: Any
) -> Volunteer:
    today = timezone.localdate(timezone=ZONE)
    with held(volunteer, by=by, expects=expects, **how) as locked:
        _refuse_duties(locked)
        locked.status, locked.status_reason, locked.left_on = status, reason, today
        save(locked)
        open_ones = TeamMember.objects.filter(volunteer=locked, status__in=[MemberStatus.ASKED, MemberStatus.ACTIVE])
        open_ones.update(status=MemberStatus.LEFT, left_on=today, is_leader=False)
        MemberReport.objects.filter(volunteer=locked).open().update(status=ReportStatus.ENDED, ended_on=today)
        Membership.objects.filter(user__person=locked.person, role=Role.VOLUNTEER).update(is_active=False)
    return _refreshed(volunteer)


def _refuse_duties(volunteer: Volunteer) -> None:
    """Whoever goes on a roster's day without a word leaves a station closed."""
    ahead = Assignment.objects.filter(volunteer=volunteer, status__in=HOLDING, shift__starts_at__gt=timezone.now())
    if (count := ahead.count()) > 0:
        message = _("%(count)d duties lie ahead. Give them back or replace the person first.") % {"count": count}
        raise Conflict(message, code="has_duties")


def _follow_with_role(volunteer: Volunteer) -> None:
    """The account of somebody who is back has its role again."""
    Membership.objects.filter(user__person=volunteer.person, role=Role.VOLUNTEER).update(is_active=True)


def _refreshed(volunteer: Volunteer) -> Volunteer:
    volunteer.refresh_from_db()
    return volunteer
