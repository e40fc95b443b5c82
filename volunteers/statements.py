"""双报到 in figures: what members who reported did in a quarter, for their own branch and for the community.

Minutes are sums of the ledger's approved entries on the days on which a report stood (from the day of reporting to the
day before it ended); a day counts for one report alone. Cases are counted by a higher floor, which says how
(`counts_services`).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Q, QuerySet

from portal.core.models import Organization, Region, User
from portal.core.scope import Scope
from stations.models import PartnershipAgreement, Pledge
from volunteers import ledger, names
from volunteers.models import MemberReport, UnitPledge, UnitReport, Volunteer
from volunteers.models.reports import MemberReportQuerySet, UnitReportQuerySet
from volunteers.quarters import Quarter

# People, first and last day -> one (person, day) for each service.
ServiceDays = Callable[[Collection[int], date, date], Iterable[tuple[int, date]]]
_SERVICES: list[ServiceDays] = []


def counts_services(days: ServiceDays) -> ServiceDays:
    """Have services that this floor knows nothing of counted in statements."""
    _SERVICES.append(days)
    return days


@dataclass
class Line:
    """What one member did for whom: their report, and sums of the quarter."""

    report: MemberReport
    minutes: int = 0
    shifts: int = 0
    services: int = 0

    @property
    def volunteer(self) -> Volunteer:
        return self.report.volunteer


@dataclass
class Statement:
    """Lines of members, with their sums."""

    quarter: Quarter
    lines: list[Line] = field(default_factory=list)

    @property
    def members(self) -> int:
        return len(self.lines)

    @property
    def minutes(self) -> int:
        return sum(line.minutes for line in self.lines)

    @property
    def shifts(self) -> int:
        return sum(line.shifts for line in self.lines)

    @property
    def services(self) -> int:
        return sum(line.services for line in self.lines)

    @property
    def active(self) -> int:
        """Members of whom something counts."""
        return sum(1 for line in self.lines if line.minutes or line.shifts or line.services)

    def by_branch(self) -> list[tuple[Organization, "Statement"]]:
        """A statement for each branch, the one that did most first."""
        found: dict[int, Statement] = {}
        for line in self.lines:
            found.setdefault(line.report.branch_id, Statement(self.quarter)).lines.append(line)
        parts = [(part.lines[0].report.branch, part) for part in found.values()]
        return sorted(parts, key=lambda each: (-each[1].minutes, each[0].name))


def statement(reports: MemberReportQuerySet, quarter: Quarter) -> Statement:
    """One line for each member and branch among `reports` that stood in the quarter, the busiest first."""
    standing = reports.standing(quarter.first, quarter.last)
    by_volunteer: dict[int, list[MemberReport]] = {}
    related = standing.select_related("volunteer__person", "branch", "region")
    for report in related.order_by("-reported_on", "-pk"):
        by_volunteer.setdefault(report.volunteer_id, []).append(report)
    lines = {
        (report.volunteer_id, report.branch_id): Line(report)
        for found in by_volunteer.values()
        for report in reversed(found)
    }
    people = {found[0].volunteer.person_id: pk for pk, found in by_volunteer.items()}
    volunteers = Volunteer.objects.filter(pk__in=standing.order_by().values("volunteer"))
    for pk, day, minutes, shifts in ledger.approved_days(volunteers, since=quarter.first, until=quarter.last):
        if (report := _on(by_volunteer[pk], day)) is not None:
            line = lines[pk, report.branch_id]
            line.minutes, line.shifts = line.minutes + minutes, line.shifts + shifts
    for count in _SERVICES:
        for person, day in count(list(people), quarter.first, quarter.last):
            pk = people[person]
            if (report := _on(by_volunteer[pk], day)) is not None:
                lines[pk, report.branch_id].services += 1
    ordered = sorted(lines.values(), key=lambda line: (-line.minutes, line.volunteer.number))
    return Statement(quarter, ordered)


def _on(reports: list[MemberReport], day: date) -> MemberReport | None:
    """The report that a day counts for: of several the latest."""
    for report in reports:
        if report.reported_on <= day and (report.ended_on is None or day < report.ended_on):
            return report
    return None


def open_names(lines: Iterable[Line], scope: Scope) -> None:
    """Names as this reader may see them. A branch knows its own members: they told the community to tell it."""
    lines = list(lines)
    names.show_names([line.volunteer for line in lines], scope)
    for line in lines:
        if line.report.branch_id in scope.organization_ids:
            line.volunteer.is_name_open = True


@dataclass(frozen=True)
class Fulfilment:
    """Pledges: all there are, those fulfilled, those fulfilled in the quarter, those whose day has passed."""

    total: int
    fulfilled: int
    in_quarter: int
    overdue: int


@dataclass(frozen=True)
class Overview:
    """The community's side of a quarter."""

    quarter: Quarter
    members: Statement
    members_waiting: int
    units: UnitReportQuerySet
    units_waiting: int
    pledges: Fulfilment
    agreements: int
    signed: Fulfilment


def overview(user: User, *, quarter: Quarter, today: date, region: Region | None = None) -> Overview:
    """Who reported, what they did and what was fulfilled in the quarter, with a constant number of queries."""
    under = Q(region__path__startswith=region.path) if region is not None else Q()
    members = MemberReport.objects.in_statements(user).filter(under)
    units = UnitReport.objects.for_user(user).filter(under)
    signed = PartnershipAgreement.objects.for_user(user).filter(
        under, starts_on__lte=quarter.last, ends_on__gte=quarter.first
    )
    standing = units.standing(quarter.first, quarter.last)
    return Overview(
        quarter=quarter,
        members=statement(members, quarter),
        members_waiting=members.waiting().count(),
        units=standing.with_pledges().select_related("organization", "region").order_by("-reported_on", "-pk"),
        units_waiting=units.waiting().count(),
        pledges=_fulfilment(UnitPledge.objects.kept().filter(report__in=standing.values("pk")), quarter, today),
        agreements=signed.count(),
        signed=_fulfilment(Pledge.objects.filter(agreement__in=signed.values("pk")), quarter, today),
    )


def _fulfilment(pledges: QuerySet, quarter: Quarter, today: date) -> Fulfilment:
    return Fulfilment(
        **pledges.order_by().aggregate(
            total=Count("pk"),
            fulfilled=Count("fulfilled_on"),
            in_quarter=Count("pk", filter=Q(fulfilled_on__gte=quarter.first, fulfilled_on__lte=quarter.last)),
            overdue=Count("pk", filter=Q(fulfilled_on__isnull=True, due_on__lt=today)),
        )
    )
