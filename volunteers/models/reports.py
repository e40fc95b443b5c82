"""双报到: a unit reports to a community, a party member to the community where they live.

What a unit signed with the community (共建责任书) stands in `stations.models.agreements` and is found by unit and
community; a report has pledges of its own besides, each with a quantity.
"""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.clock import ZONE
from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Person, Region, User
from portal.core.scope import NOTHING, Scope, ScopedQuerySet
from stations.models import PartnershipAgreement, Pledge
from volunteers.models.volunteers import Volunteer
from volunteers.types import OPEN_REPORTS, ReportStatus

K = Organization.Kind
# The branch (党支部、党总支) that a member belongs to, which is told what they do where they live.
BRANCH_KINDS = (K.ESTATE_BRANCH, K.GENERAL_BRANCH, K.NEW_SECTOR_BRANCH, K.TEMPORARY_BRANCH)


def _today() -> date:
    return timezone.localdate(timezone=ZONE)


def _count_of(rows: models.QuerySet) -> Coalesce:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


class ReportQuerySet(ScopedQuerySet):
    """What reports of units and of members have in common."""

    def open(self) -> "ReportQuerySet":
        return self.filter(status__in=OPEN_REPORTS)

    def waiting(self) -> "ReportQuerySet":
        return self.filter(status=ReportStatus.REPORTED)

    def standing(self, first: date, last: date) -> "ReportQuerySet":
        """Confirmed, and in force on a day from `first` to `last`. The day on which one ends is not its own any more:
        on that day the next one may begin."""
        rows = self.filter(confirmed_at__isnull=False, reported_on__lte=last)
        return rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=first) & Q(ended_on__gt=F("reported_on")))

    def in_community(self, scope: Scope) -> Q:
        condition = scope.region_filter("region__path")
        if scope.station_ids:
            condition |= Q(region__in=Region.objects.filter(stations__in=scope.station_ids))
        return condition


class UnitReportQuerySet(ReportQuerySet):
    def in_scope(self, scope: Scope) -> "UnitReportQuerySet":
        """Reports to my communities, and those of my unit."""
        return self.filter(self.in_community(scope) | Q(organization__in=scope.organization_ids))

    def current(self) -> "UnitReportQuerySet":
        still_valid = Q(valid_until__isnull=True) | Q(valid_until__gte=_today())
        return self.filter(still_valid, status=ReportStatus.CONFIRMED)

    def with_pledges(self) -> "UnitReportQuerySet":
        """Each with how much of what was pledged is fulfilled: in the report, and in agreements with the community."""
        signed = Pledge.objects.filter(
            agreement__organization=OuterRef("organization"), agreement__region=OuterRef("region")
        )
        done = signed.filter(fulfilled_on__isnull=False)
        return self.annotate(
            pledge_count=Count("pledges", filter=Q(pledges__withdrawn_on__isnull=True)),
            fulfilled_count=Count("pledges", filter=Q(pledges__fulfilled_on__isnull=False)),
            signed_count=_count_of(signed), signed_fulfilled_count=_count_of(done),
        )  # fmt: skip


class MemberReportQuerySet(ReportQuerySet):
    def in_scope(self, scope: Scope) -> "MemberReportQuerySet":
        """What statements are made of for me, and my own report."""
        mine = Q(volunteer__person=scope.person_id) if scope.person_id is not None else NOTHING
        return self.filter(self._of_others(scope) | mine)

    def in_statements(self, user: User) -> "MemberReportQuerySet":
        """Reports to my communities, and those of my branch's members. One's own opens no statement of the branch."""
        return self.filter(self._of_others(user.scope))

    def _of_others(self, scope: Scope) -> Q:
        return self.in_community(scope) | Q(branch__in=scope.organization_ids)


class Report(models.Model):
    """From reporting to its end; what the community never confirmed counts for nothing."""

    reported_on = models.DateField(_("reported on"))
    status = models.CharField(
        _("status"), max_length=10, choices=ReportStatus.choices, default=ReportStatus.REPORTED, editable=False
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+",
        verbose_name=_("confirmed by"),
    )  # fmt: skip
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)
    ended_on = models.DateField(_("ended on"), null=True, editable=False)
    end_reason = models.CharField(_("why it ended"), max_length=100, blank=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(status=ReportStatus.ENDED, ended_on__isnull=False)
                | ~Q(status=ReportStatus.ENDED) & Q(ended_on__isnull=True),
                name="%(class)s_ended_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(status=ReportStatus.CONFIRMED) | Q(confirmed_at__isnull=False),
                name="%(class)s_confirmed_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("reported_on")),
                name="%(class)s_ends_after_it_began",
                violation_error_message=_("The end comes before the beginning."),
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_REPORTS


class UnitReport(Report):
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="unit_reports", verbose_name=_("unit"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="unit_reports", verbose_name=_("community"))
    contact = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = UnitReportQuerySet.as_manager()

    class Meta(Report.Meta):
        verbose_name = _("unit's report")
        verbose_name_plural = _("unit reports")
        ordering = ["-reported_on", "-pk"]
        constraints = [
            *Report.Meta.constraints,
            models.UniqueConstraint(
                fields=["organization", "region"],
                condition=Q(status__in=OPEN_REPORTS),
                name="unit_report_once_a_community",
                violation_error_message=_("This unit has reported to this community already."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("reported_on")),
                name="unit_report_valid_after_it_began",
                violation_error_message=_("The end comes before the beginning."),
            ),
        ]
        triggers = [HistoryTrigger(hidden=["end_reason"])]

    def __str__(self) -> str:
        return f"{self.organization} – {self.region}"

    @property
    def has_run_out(self) -> bool:
        return self.status == ReportStatus.CONFIRMED and self.valid_until is not None and self.valid_until < _today()

    def agreements(self) -> models.QuerySet[PartnershipAgreement]:
        """What the unit has signed with this community; for those who may read agreements (`for_user`)."""
        return PartnershipAgreement.objects.filter(organization=self.organization_id, region=self.region_id)


class UnitPledgeQuerySet(models.QuerySet):
    def kept(self) -> "UnitPledgeQuerySet":
        """Those that were not taken back: no other counts."""
        return self.filter(withdrawn_on__isnull=True)

    def overdue(self, today: date) -> "UnitPledgeQuerySet":
        return self.kept().filter(fulfilled_on__isnull=True, due_on__lt=today)


class UnitPledge(models.Model):
    """承诺: what a unit will do for the community it reported to, and that it was done or taken back."""

    report = models.ForeignKey(UnitReport, models.CASCADE, related_name="pledges", verbose_name=_("unit's report"))
    text = models.CharField(_("pledge"), max_length=200)
    # In the unit's own words: 每月 2 次, 20 个车位. Quantities of different units are never added.
    quantity = models.CharField(_("quantity"), max_length=40, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    fulfilled_on = models.DateField(_("fulfilled on"), null=True, blank=True, editable=False)
    evidence = models.CharField(_("how one can see it"), max_length=200, blank=True, editable=False)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True, editable=False)
    withdrawal = models.CharField(_("why it was withdrawn"), max_length=100, blank=True, editable=False)

    objects = UnitPledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit's pledge")
        verbose_name_plural = _("unit's pledges")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(fulfilled_on__isnull=True, evidence="") | Q(fulfilled_on__isnull=False) & ~Q(evidence=""),
                name="unit_pledge_fulfilled_with_evidence",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True, withdrawal="")
                | Q(withdrawn_on__isnull=False, fulfilled_on__isnull=True) & ~Q(withdrawal=""),
                name="unit_pledge_withdrawn_with_a_reason",
            ),
        ]
        triggers = [HistoryTrigger(hidden=["evidence", "withdrawal"])]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.fulfilled_on is None and self.withdrawn_on is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < _today()


class MemberReport(Report):
    volunteer = models.ForeignKey(
        Volunteer, models.PROTECT, related_name="member_reports", verbose_name=_("party member")
    )
    # The home community on the day of reporting; who moves reports anew.
    region = models.ForeignKey(Region, models.PROTECT, related_name="member_reports", verbose_name=_("community"))
    branch = models.ForeignKey(
        Organization, models.PROTECT, related_name="member_reports", verbose_name=_("own branch"),
        limit_choices_to={"kind__in": BRANCH_KINDS},
    )  # fmt: skip

    objects = MemberReportQuerySet.as_manager()

    class Meta(Report.Meta):
        verbose_name = _("member's report")
        verbose_name_plural = _("member reports")
        ordering = ["-reported_on", "-pk"]
        constraints = [
            *Report.Meta.constraints,
            models.UniqueConstraint(
                fields=["volunteer"],
                condition=Q(status__in=OPEN_REPORTS),
                name="member_report_once",
                violation_error_message=_("This person has reported already."),
            ),
        ]
        triggers = [HistoryTrigger(hidden=["end_reason"])]

    def __str__(self) -> str:
        # Without the name, which not everybody who reads the history may know.
        return f"{self.volunteer.number} – {self.region}"
