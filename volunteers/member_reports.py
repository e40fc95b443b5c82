"""A party member reports where they live (党员报到), the community confirms: hours then count for their branch."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, NotAllowed
from portal.core.history import acting_as
from portal.core.models import Organization, User
from volunteers.guards import DOUBLE, OWN, held, reason_of, refuse, save
from volunteers.models import MemberReport, Volunteer
from volunteers.models.reports import BRANCH_KINDS
from volunteers.models.volunteers import CURRENT
from volunteers.types import OPEN_REPORTS, ReportStatus
from volunteers.unit_reports import refuse_ahead, refuse_no_community


def report(volunteer: Volunteer, *, branch: Organization, by: User, reported_on: date | None = None) -> MemberReport:
    """Report to the home community: the member on their phone, or its staff, with whom it is confirmed at once."""
    today = timezone.localdate(timezone=ZONE)
    with held(volunteer, by=by, capability=OWN, expects=CURRENT) as locked:
        if not locked.person.is_party_member:
            refuse("branch", _("Only party members report to the community where they live."))
        if branch.kind not in BRANCH_KINDS or not branch.is_active:
            refuse("branch", _("Choose the party branch that the member belongs to."))
        refuse_no_community(locked.home_region)
        row = MemberReport(volunteer=locked, region=locked.home_region, branch=branch, reported_on=reported_on or today)
        _refuse_overlap(row)
        if runs(row, by=by):
            row.status, row.confirmed_by, row.confirmed_at = ReportStatus.CONFIRMED, by, timezone.now()
        save(row)
    return row


def confirm(report: MemberReport, *, by: User) -> MemberReport:
    """The community knows the member."""
    with _held(report, by=by, expects=(ReportStatus.REPORTED,)) as locked:
        locked.status, locked.confirmed_by, locked.confirmed_at = ReportStatus.CONFIRMED, by, timezone.now()
        locked.save(update_fields=["status", "confirmed_by", "confirmed_at"])
    report.refresh_from_db()
    return report


def end(report: MemberReport, *, by: User, reason: str) -> MemberReport:
    """Somebody moved, changed the branch, or never was one of its members. Hours until then stay with the branch."""
    reason = reason_of(reason)
    with _held(report, by=by, expects=OPEN_REPORTS, own_too=True) as locked:
        locked.status, locked.end_reason = ReportStatus.ENDED, reason
        locked.ended_on = timezone.localdate(timezone=ZONE)
        locked.save(update_fields=["status", "end_reason", "ended_on"])
    report.refresh_from_db()
    return report


def runs(report: MemberReport, *, by: User) -> bool:
    """Whether somebody looks after the community. Nobody confirms a report of their own."""
    return by.scope.granting(DOUBLE).covers(report.region) and report.volunteer.person_id != by.person_id


def may_end(report: MemberReport, *, by: User) -> bool:
    is_own = by.scope.can(OWN) and report.volunteer.person_id == by.person_id
    return is_own or runs(report, by=by)


def _refuse_overlap(report: MemberReport) -> None:
    """No day counts twice: a report begins when the one before has ended."""
    refuse_ahead(report.reported_on)
    others = MemberReport.objects.filter(volunteer=report.volunteer)
    if others.open().exists():
        raise Conflict(_("This person has reported already."), code="reported_already")
    counted = others.filter(Q(confirmed_at__isnull=False), ended_on__gt=report.reported_on)
    if (last := counted.order_by("-ended_on").first()) is not None:
        message = _("The report before ended on %(day)s; the new one cannot begin earlier.")
        refuse("reported_on", message % {"day": last.ended_on})


@contextmanager
def _held(report: MemberReport, *, by: User, expects: tuple[str, ...], own_too: bool = False) -> Iterator[MemberReport]:
    with transaction.atomic(), acting_as(by.pk):
        rows = MemberReport.objects.select_for_update(of=("self",)).select_related("region", "volunteer")
        locked = rows.get(pk=report.pk)
        if not (may_end(locked, by=by) if own_too else runs(locked, by=by)):
            raise NotAllowed()
        if locked.status not in expects:
            message = _("This report is “%(state)s” by now.") % {"state": locked.get_status_display()}
            raise Conflict(message, code="not_possible_now")
        yield locked
