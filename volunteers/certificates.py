"""Certificates (志愿服务记录证明): asked for, issued from the ledger of hours, in publicity, valid, perhaps revoked.

Hours come from one place, the approved account of the ledger: the rows of the period are written down as the
certificate's lines, and its minutes are their sum. Whoever holds number and check code sees what it is worth today.
"""

import hmac
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import codes
from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound
from portal.core.history import acting_as
from portal.core.humanize import day_in_words
from portal.core.models import User
from portal.core.text import clean_text
from portal.core.throttling import hit
from volunteers import ledger, notices
from volunteers.guards import OWN, WRITE, held, reason_of, refuse
from volunteers.models import Certificate, CertificateLine, Volunteer
from volunteers.models.certificates import LONGEST_PUBLICITY, PUBLICITY_DAYS
from volunteers.types import CertificateStanding, CertificateStatus, HourAccount

MAX_PURPOSE = 100
# Somebody who compares papers looks up a few; somebody who guesses codes, many.
TRIES_OF_AN_ADDRESS = {"limit": 30, "seconds": 600}


@dataclass(frozen=True)
class Work:
    """What somebody did, where, how often and how long: one line of the paper."""

    what: str
    where: str
    times: int
    minutes: int


class UnknownCertificate(NotFound):
    """One answer for a number that does not exist and a code that is wrong."""

    def __init__(self) -> None:
        message = _("There is no certificate with this number and check code. Please compare both with the paper.")
        super().__init__(message, code="unknown_certificate")


def apply(volunteer: Volunteer, *, since: date, until: date, by: User, purpose: str = "") -> Certificate:
    """Ask for a certificate over the days from `since` to `until`: the volunteer, or staff for them."""
    purpose = clean_text(purpose, max_length=MAX_PURPOSE)
    if since > until:
        refuse("until", _("The end comes before the beginning."))
    if until > timezone.localdate(timezone=ZONE):
        refuse("until", _("This day has not come yet."))
    with held(volunteer, by=by, capability=OWN) as locked:
        if _approved(locked, since, until) <= 0:
            refuse("since", _("No hours have been approved in this time."))
        try:
            with transaction.atomic():
                return Certificate.objects.create(
                    volunteer=locked, region=locked.home_region, since=since, until=until, purpose=purpose,
                    asked_by=by,
                )  # fmt: skip
        except IntegrityError as error:
            message = _("A certificate has been asked for already and waits to be issued.")
            raise Conflict(message, code="asked_already") from error


def issue(certificate: Certificate, *, by: User, days: int = PUBLICITY_DAYS, today: date | None = None) -> Certificate:
    """Write down the hours that count in its time, and put it into publicity for so many days, this one included."""
    if not 1 <= days <= LONGEST_PUBLICITY:
        refuse("days", _("The publicity period takes from 1 to %(most)d days.") % {"most": LONGEST_PUBLICITY})
    today = today or timezone.localdate(timezone=ZONE)
    # The volunteer's row is what the ledger locks, too: no hour comes or goes between reading and writing down.
    with held(certificate.volunteer, by=by) as volunteer:
        locked = _locked(certificate, CertificateStatus.ASKED)
        _refuse_for_oneself(volunteer, by=by)
        rows = ledger.rows(volunteer, since=locked.since, until=locked.until).filter(account=HourAccount.APPROVED)
        entries = list(rows.order_by("on", "pk"))
        locked.minutes = max(0, sum(entry.minutes for entry in entries))
        if locked.minutes == 0:
            raise Conflict(_("No hours have been approved in this time."), code="no_hours")
        locked.status, locked.number, locked.region = (
            CertificateStatus.ISSUED,
            _new_number(today),
            volunteer.home_region,
        )
        locked.decided_by, locked.decided_at = by, timezone.now()
        locked.publicity_from, locked.publicity_until = today, today + timedelta(days=days - 1)
        locked.save()
        CertificateLine.objects.bulk_create(CertificateLine(certificate=locked, entry=entry) for entry in entries)
        notices.certificate_decided(locked)
    certificate.refresh_from_db()
    return certificate


def turn_down(certificate: Certificate, *, by: User, reason: str) -> Certificate:
    """Do not issue it, and say why."""
    with held(certificate.volunteer, by=by):
        locked = _locked(certificate, CertificateStatus.ASKED)
        locked.status, locked.refusal = CertificateStatus.REFUSED, reason_of(reason)
        locked.decided_by, locked.decided_at = by, timezone.now()
        locked.save(update_fields=["status", "refusal", "decided_by", "decided_at"])
        notices.certificate_decided(locked)
    certificate.refresh_from_db()
    return certificate


def revoke(certificate: Certificate, *, by: User, reason: str) -> Certificate:
    """Take it back, in publicity or later. The paper stays with whoever holds it; its code says what became of it."""
    with transaction.atomic(), acting_as(by.pk):
        # Those who vouch for it, even where the volunteer has moved away since.
        locked = (
            Certificate.objects.select_for_update(of=("self",))
            .select_related("region", "volunteer")
            .get(pk=certificate.pk)
        )
        if not by.scope.granting(WRITE).covers(locked.region):
            raise NotAllowed()
        _refuse_unless(locked, CertificateStatus.ISSUED)
        locked.status, locked.revocation = CertificateStatus.REVOKED, reason_of(reason)
        locked.revoked_by, locked.revoked_at = by, timezone.now()
        locked.save(update_fields=["status", "revocation", "revoked_by", "revoked_at"])
        notices.certificate_decided(locked)
    certificate.refresh_from_db()
    return certificate


def minutes_of(certificate: Certificate) -> int:
    """What stands on it; before it is issued, what would stand on it today."""
    if certificate.status != CertificateStatus.ASKED:
        return certificate.minutes
    return max(0, _approved(certificate.volunteer, certificate.since, certificate.until))


def check_code(certificate: Certificate) -> str:
    """What stands on the paper beside the number: nobody makes it without the portal's key."""
    return _code_of(certificate.number or "")


def verify(number: str, code: str, *, address: str) -> Certificate:
    """The certificate of a paper. Call it outside of a transaction, so that tries stay counted."""
    hit("certificate", address, **TRIES_OF_AN_ADDRESS)
    number = clean_text(number[:MAX_PURPOSE], max_length=MAX_PURPOSE).upper()
    try:
        given = codes.parse_code(code)
    except DomainError:
        given = ""
    rows = Certificate.objects.issued().with_changes().select_related("volunteer__person", "region")
    found = rows.filter(number=number).first()
    # Compared whether or not there is such a number: both take the same time.
    if not hmac.compare_digest(_code_of(number), given) or found is None:
        raise UnknownCertificate
    return found


def refuse_unless_printable(certificate: Certificate) -> None:
    """A paper is for a certificate that is valid and stands on hours that still count."""
    standing = certificate.standing()
    if standing == CertificateStanding.PUBLICITY and certificate.publicity_until:
        message = _("In publicity until %(day)s; the certificate can be printed from the day after.")
        raise Conflict(message % {"day": day_in_words(certificate.publicity_until)}, code="in_publicity")
    if standing != CertificateStanding.VALID:
        raise Conflict(_("This certificate is not valid."), code="not_valid")
    if certificate.has_changed:
        message = _("Hours on this certificate were taken back since. It has to be issued anew.")
        raise Conflict(message, code="hours_changed")


def is_printable(certificate: Certificate) -> bool:
    return certificate.standing() == CertificateStanding.VALID and not certificate.has_changed


def works(certificate: Certificate) -> list[Work]:
    """What the hours were served with, the longest first; what came to nothing is left out."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for line in lines(certificate):
        shift = line.entry.assignment.shift if line.entry.assignment else None
        what = shift.title if shift else line.entry.claim.get_kind_display() if line.entry.claim else ""
        where = str(shift.station) if shift else str(line.entry.region)
        service = line.entry.assignment_id or -(line.entry.claim_id or 0)
        found.setdefault((what, where), []).append((service, line.entry.minutes))
    made = []
    for (what, where), parts in found.items():
        by_service: dict[int, int] = {}
        for service, minutes in parts:
            by_service[service] = by_service.get(service, 0) + minutes
        times, minutes = sum(1 for each in by_service.values() if each > 0), sum(by_service.values())
        if minutes:
            made.append(Work(what, where, times, minutes))
    return sorted(made, key=lambda work: -work.minutes)


def lines(certificate: Certificate) -> list[CertificateLine]:
    """The rows of the ledger that it stands on, with what each was for."""
    rows = certificate.lines.select_related(
        "entry__assignment__shift__station", "entry__claim", "entry__region", "entry__reversed_by"
    )
    return list(rows.order_by("entry__on", "entry_id"))


def _locked(certificate: Certificate, status: str) -> Certificate:
    locked = Certificate.objects.select_for_update(of=("self",)).select_related("volunteer").get(pk=certificate.pk)
    _refuse_unless(locked, status)
    return locked


def _refuse_unless(certificate: Certificate, status: str) -> None:
    if certificate.status != status:
        message = _("This certificate is “%(state)s” by now.") % {"state": certificate.standing().label}
        raise Conflict(message, code="not_possible_now")


def _refuse_for_oneself(volunteer: Volunteer, *, by: User) -> None:
    if by.person_id is not None and volunteer.person_id == by.person_id:
        raise NotAllowed(_("Nobody issues a certificate to themselves. Please ask a colleague."))


def _approved(volunteer: Volunteer, since: date, until: date) -> int:
    return ledger.totals(volunteer, since=since, until=until)[HourAccount.APPROVED]


def _new_number(day: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('volunteers_certificate_number')")
        (value,) = cursor.fetchone()
    return f"ZM{day.year}{value:06d}"


def _code_of(number: str) -> str:
    return codes.code_of(number, purpose="certificate")
