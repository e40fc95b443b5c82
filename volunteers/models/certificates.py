"""Records of voluntary service (志愿服务记录证明): what somebody asked for, what it stands on, who vouches for it."""

from datetime import date

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.clock import ZONE
from portal.core.history import HistoryTrigger
from portal.core.humanize import day_in_words
from portal.core.models import Region
from volunteers.models.hours import HourEntry, OfVolunteerQuerySet
from volunteers.models.volunteers import Volunteer
from volunteers.types import CertificateStanding, CertificateStatus, HourAccount

# 公示期: so many days, the day of issue among them, everybody may object before the certificate is valid.
PUBLICITY_DAYS = 5
LONGEST_PUBLICITY = 30


class CertificateQuerySet(OfVolunteerQuerySet):
    def issued(self) -> "CertificateQuerySet":
        """Those that were ever handed out, whatever became of them."""
        return self.filter(status__in=[CertificateStatus.ISSUED, CertificateStatus.REVOKED])

    def in_publicity(self, day: date | None = None) -> "CertificateQuerySet":
        return self.standing(CertificateStanding.PUBLICITY, day=day)

    def standing(self, *standings: str, day: date | None = None) -> "CertificateQuerySet":
        """`Certificate.standing`, for a list."""
        day = day or timezone.localdate(timezone=ZONE)
        issued = Q(status=CertificateStatus.ISSUED)
        rules = {
            CertificateStanding.PUBLICITY: issued & Q(publicity_until__gte=day),
            CertificateStanding.VALID: issued & Q(publicity_until__lt=day),
        }
        wanted = Q(pk__in=[])
        for each in standings:
            wanted |= rules.get(CertificateStanding(each), Q(status=each))
        return self.filter(wanted)

    def with_changes(self) -> "CertificateQuerySet":
        """Each row knows whether hours that it stands on were taken back since (`has_changed`)."""
        mine = CertificateLine.objects.filter(certificate=OuterRef(OuterRef("pk")))
        later = HourEntry.objects.filter(
            volunteer=OuterRef("volunteer"), account=HourAccount.APPROVED, minutes__lt=0,
            on__range=(OuterRef("since"), OuterRef("until")),
        ).exclude(pk__in=mine.values("entry"))  # fmt: skip
        # What reverses an entry that came after the certificate does not concern it; a correction does.
        concerning = later.filter(Q(reverses__isnull=True) | Q(reverses__in=mine.values("entry")))
        is_issued = Q(status__in=[CertificateStatus.ISSUED, CertificateStatus.REVOKED])
        return self.annotate(has_changed=models.ExpressionWrapper(
            is_issued & Exists(concerning), output_field=models.BooleanField()
        ))  # fmt: skip


class Certificate(models.Model):
    # Set by `with_changes`.
    has_changed: bool

    # Given when it is issued; whoever holds the paper reads it, with the check code (`volunteers.certificates`).
    number = models.CharField(_("certificate number"), max_length=16, unique=True, null=True, editable=False)
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="certificates", verbose_name=_("volunteer"))
    # Whose staff vouch for it: the home region when it was issued.
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    since = models.DateField(_("served from"))
    until = models.DateField(_("served until"))
    purpose = models.CharField(_("what it is for"), max_length=100, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=CertificateStatus.choices, default=CertificateStatus.ASKED
    )
    # The sum of its lines.
    minutes = models.PositiveIntegerField(_("minutes"), default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True)
    refusal = models.CharField(_("why it was not issued"), max_length=100, blank=True)
    publicity_from = models.DateField(_("in publicity from"), null=True)
    publicity_until = models.DateField(_("in publicity until"), null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    revocation = models.CharField(_("why it was revoked"), max_length=100, blank=True)
    entries = models.ManyToManyField(HourEntry, through="CertificateLine", related_name="certificates")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate of service")
        verbose_name_plural = _("certificates of service")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(
                fields=["publicity_until"], condition=Q(status=CertificateStatus.ISSUED), name="certificate_publicity"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__lte=F("until")), name="certificate_since_before_until",
                violation_error_message=_("The end comes before the beginning."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=[CertificateStatus.ISSUED, CertificateStatus.REVOKED])
                & Q(number__isnull=False, minutes__gt=0, publicity_from__lte=F("publicity_until"))
                | Q(status__in=[CertificateStatus.ASKED, CertificateStatus.REFUSED])
                & Q(number__isnull=True, minutes=0, publicity_from__isnull=True, publicity_until__isnull=True),
                name="certificate_issued_completely",
            ),
            models.CheckConstraint(
                condition=Q(status=CertificateStatus.REVOKED, revoked_at__isnull=False) & ~Q(revocation="")
                | ~Q(status=CertificateStatus.REVOKED) & Q(revoked_at__isnull=True, revocation=""),
                name="certificate_revoked_with_a_reason",
            ),
            models.UniqueConstraint(
                fields=["volunteer"], condition=Q(status=CertificateStatus.ASKED), name="certificate_asked_once",
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["purpose", "refusal", "revocation"])]

    def __str__(self) -> str:
        return self.number or str(
            _("Application of %(day)s") % {"day": day_in_words(timezone.localtime(self.asked_at).date())}
        )

    def standing(self, day: date | None = None) -> CertificateStanding:
        """Where it stands on a day (default: today): an issued one is in publicity first, then valid."""
        if self.status != CertificateStatus.ISSUED:
            return CertificateStanding(self.status)
        day = day or timezone.localdate(timezone=ZONE)
        return CertificateStanding.PUBLICITY if day <= self.publicity_until else CertificateStanding.VALID


class CertificateLine(models.Model):
    """One row of the ledger that a certificate stands on: every hour on the paper traces to these."""

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="lines", verbose_name=_("certificate"))
    entry = models.ForeignKey(
        HourEntry, models.PROTECT, related_name="certificate_lines", verbose_name=_("entry of hours")
    )

    class Meta:
        verbose_name = _("line of a certificate")
        verbose_name_plural = _("lines of certificates")
        constraints = [models.UniqueConstraint(fields=["certificate", "entry"], name="certificate_line_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.certificate_id}: {self.entry_id}"
