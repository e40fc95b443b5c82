"""A unit reports to a community (单位报到): the unit or the community writes it down, the community confirms and ends.

What the unit pledged is fulfilled when the community says so, and says how one can see it; until then either of them
can take it back with a reason.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, NotAllowed
from portal.core.history import acting_as
from portal.core.models import Level, Organization, Person, Region, User
from portal.core.text import clean_text
from volunteers.guards import DOUBLE, REPORT, reason_of, refuse, save
from volunteers.models import UnitPledge, UnitReport
from volunteers.types import OPEN_REPORTS, ReportStatus

LEVELS = (Level.COMMUNITY, Level.STREET)
MAX_EVIDENCE = 200


def runs_community(region: Region, *, by: User) -> bool:
    return by.scope.granting(DOUBLE).covers(region)


def speaks_for(organization: Organization, *, by: User) -> bool:
    return organization.pk in by.scope.granting(REPORT).organization_ids


def may_pledge(report: UnitReport, *, by: User) -> bool:
    return runs_community(report.region, by=by) or speaks_for(report.organization, by=by)


def report(
    *,
    organization: Organization,
    region: Region,
    reported_on: date,
    by: User,
    contact: Person | None = None,
    valid_until: date | None = None,
) -> UnitReport:
    """Report a unit to a community. What the community itself writes down, from paper, is confirmed with that.

    A unit that reports itself and names no contact is spoken for by whoever reports it.
    """
    is_confirmed = runs_community(region, by=by)
    if not (is_confirmed or speaks_for(organization, by=by)):
        raise NotAllowed(_("The unit itself or the community reports. Neither is yours."), code="not_yours_to_report")
    refuse_no_community(region)
    if not organization.is_active:
        refuse("organization", _("This unit is not active any more."))
    refuse_ahead(reported_on)
    if contact is None and not is_confirmed:
        contact = by.person
    row = UnitReport(
        organization=organization, region=region, reported_on=reported_on, contact=contact, valid_until=valid_until
    )
    with transaction.atomic(), acting_as(by.pk):
        if is_confirmed:
            _confirm(row, by=by)
        save(row)
    return row


def edit(report: UnitReport, *, by: User, contact: Person | None = None, valid_until: date | None = None) -> UnitReport:
    """Somebody else answers for the unit, or it has reported for longer."""
    with _held(report, by=by, expects=OPEN_REPORTS) as locked:
        locked.contact, locked.valid_until = contact, valid_until
        save(locked)
    report.refresh_from_db()
    return report


def confirm(report: UnitReport, *, by: User) -> UnitReport:
    """The community takes the unit up."""
    with _held(report, by=by, expects=(ReportStatus.REPORTED,)) as locked:
        _confirm(locked, by=by)
        locked.save(update_fields=["status", "confirmed_by", "confirmed_at"])
    report.refresh_from_db()
    return report


def end(report: UnitReport, *, by: User, reason: str) -> UnitReport:
    """The unit's report is over, or was none; its pledges stay on record."""
    reason = reason_of(reason)
    with _held(report, by=by, expects=OPEN_REPORTS) as locked:
        locked.status, locked.end_reason = ReportStatus.ENDED, reason
        locked.ended_on = timezone.localdate(timezone=ZONE)
        locked.save(update_fields=["status", "end_reason", "ended_on"])
    report.refresh_from_db()
    return report


def pledge(report: UnitReport, *, by: User, text: str, quantity: str = "", due_on: date | None = None) -> UnitPledge:
    """Write down what the unit will do: the unit itself, or the community for it."""
    with _held(report, by=by, expects=OPEN_REPORTS, units_too=True) as locked:
        if due_on is not None and due_on < locked.reported_on:
            refuse("due_on", _("This day lies before the report."))
        row = UnitPledge(report=locked, text=text, quantity=quantity, due_on=due_on)
        save(row)
    return row


def fulfil(pledge: UnitPledge, *, by: User, fulfilled_on: date, evidence: str) -> UnitPledge:
    """The community says that it was done, and how one can see it."""
    evidence = clean_text(evidence, max_length=MAX_EVIDENCE)
    if not evidence:
        refuse("evidence", _("Say how one can see that it was done."))
    with _held(pledge.report, by=by) as report:
        locked = _open_pledge(pledge)
        refuse_ahead(fulfilled_on, field="fulfilled_on")
        if fulfilled_on < report.reported_on:
            refuse("fulfilled_on", _("This day lies before the report."))
        locked.fulfilled_on, locked.evidence = fulfilled_on, evidence
        locked.save(update_fields=["fulfilled_on", "evidence"])
    pledge.refresh_from_db()
    return pledge


def reopen(pledge: UnitPledge, *, by: User) -> UnitPledge:
    """It was not fulfilled after all; what had been written stays in the history."""
    with _held(pledge.report, by=by):
        locked = UnitPledge.objects.select_for_update().get(pk=pledge.pk)
        locked.fulfilled_on, locked.evidence = None, ""
        locked.save(update_fields=["fulfilled_on", "evidence"])
    pledge.refresh_from_db()
    return pledge


def withdraw_pledge(pledge: UnitPledge, *, by: User, reason: str) -> UnitPledge:
    """It was entered by mistake, or will not be done: it stays on record with the reason, and counts no more.

    For the community and for the unit, as long as the report is open.
    """
    reason = reason_of(reason)
    with _held(pledge.report, by=by, expects=OPEN_REPORTS, units_too=True):
        locked = _open_pledge(pledge)
        locked.withdrawn_on, locked.withdrawal = timezone.localdate(timezone=ZONE), reason
        locked.save(update_fields=["withdrawn_on", "withdrawal"])
    pledge.refresh_from_db()
    return pledge


def _open_pledge(pledge: UnitPledge) -> UnitPledge:
    """The pledge, locked, on which nothing has been decided yet."""
    locked = UnitPledge.objects.select_for_update().get(pk=pledge.pk)
    if locked.fulfilled_on is not None:
        raise Conflict(_("This pledge has been marked as fulfilled already."), code="fulfilled")
    if locked.withdrawn_on is not None:
        raise Conflict(_("This pledge has been withdrawn."), code="withdrawn")
    return locked


def refuse_ahead(day: date, *, field: str = "reported_on") -> None:
    if day > timezone.localdate(timezone=ZONE):
        refuse(field, _("This day has not come yet."))


def refuse_no_community(region: Region) -> None:
    if region.level not in LEVELS or not region.is_current:
        refuse("region", _("Choose the community; the street where it is not known."))


def _confirm(report: UnitReport, *, by: User) -> None:
    report.status, report.confirmed_by, report.confirmed_at = ReportStatus.CONFIRMED, by, timezone.now()


@contextmanager
def _held(
    report: UnitReport, *, by: User, expects: tuple[str, ...] = (), units_too: bool = False
) -> Iterator[UnitReport]:
    """The report, locked; for the community's staff and, where that is said, for the unit itself."""
    with transaction.atomic(), acting_as(by.pk):
        rows = UnitReport.objects.select_for_update(of=("self",)).select_related("region", "organization")
        locked = rows.get(pk=report.pk)
        if not (runs_community(locked.region, by=by) or (units_too and speaks_for(locked.organization, by=by))):
            raise NotAllowed()
        if expects and locked.status not in expects:
            message = _("This report is “%(state)s” by now.") % {"state": locked.get_status_display()}
            raise Conflict(message, code="not_possible_now")
        yield locked
