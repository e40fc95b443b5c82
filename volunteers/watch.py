"""值守预警: what is not covered in the next hours, over all stations in scope, what is nearest first.

Three kinds: shifts with fewer people than they need, shifts without a key-holder where one is asked for, and stations
that should be open now while nobody who is on duty has come.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.core.models import Region, User
from volunteers.coverage import with_coverage
from volunteers.models import Assignment, CallOut, DutyShift
from volunteers.models.duty import DutyShiftQuerySet
from volunteers.types import GAVE_BACK, AssignmentStatus

AHEAD = timedelta(hours=72)
# So long after the beginning of a shift somebody has to have come.
GRACE = timedelta(minutes=15)
MOST = 200


@dataclass(frozen=True)
class Watch:
    """`short` and `keyless` are of the next hours; `unopened` of shifts that run now."""

    short: list[DutyShift]
    keyless: list[DutyShift]
    unopened: list[DutyShift]
    counts: dict[str, int]

    @property
    def is_calm(self) -> bool:
        return not any(self.counts.values())


def watch(user: User, *, region: Region | None = None, now: datetime | None = None) -> Watch:
    """What somebody has to see to, with a constant number of queries; at most `MOST` rows of each kind."""
    now = now or timezone.now()
    rows = DutyShift.objects.for_user(user).open()
    if region is not None:
        rows = rows.filter(station__region__path__startswith=region.path)
    found = {"short": short(rows, now), "keyless": keyless(rows, now), "unopened": unopened(rows, now)}
    return Watch(
        **{name: _listed(shifts) for name, shifts in found.items()},
        counts={name: shifts.count() for name, shifts in found.items()},
    )


def short(rows: DutyShiftQuerySet, now: datetime) -> DutyShiftQuerySet:
    """Shifts that begin within the next hours, or run, with fewer people than they need."""
    return rows.uncovered().filter(starts_at__lte=now + AHEAD, ends_at__gt=now)


def keyless(rows: DutyShiftQuerySet, now: datetime) -> DutyShiftQuerySet:
    """Shifts ahead that ask for a key-holder, on which nobody holds a key of the station."""
    holders = Assignment.objects.holding().filter(
        shift=OuterRef("pk"), volunteer__keys__station=OuterRef("station")
    )  # fmt: skip
    near = rows.filter(needs_key_holder=True, starts_at__lte=now + AHEAD, ends_at__gt=now)
    return near.filter(~Exists(holders))


def unopened(rows: DutyShiftQuerySet, now: datetime) -> DutyShiftQuerySet:
    """Shifts that run with people on them, none of whom has checked in."""
    came = Assignment.objects.filter(shift=OuterRef("pk"), checked_in_at__isnull=False)
    return rows.filter(starts_at__lte=now - GRACE, ends_at__gt=now, taken__gt=0).filter(~Exists(came))


def nearby_with_more(shift: DutyShift, user: User) -> DutyShiftQuerySet:
    """Shifts of other stations in the same street at that time that could lend somebody."""
    region = shift.station.region
    street = region.parent if region.level == "community" and region.parent is not None else region
    at_once = DutyShift.objects.for_user(user).open().filter(
        starts_at__lt=shift.ends_at, ends_at__gt=shift.starts_at, station__region__path__startswith=street.path,
    )  # fmt: skip
    confirmed = Count("assignments", filter=Q(assignments__status=AssignmentStatus.CONFIRMED))
    able = at_once.exclude(station=shift.station_id).annotate(confirmed=confirmed)
    return able.filter(confirmed__gt=F("min_people")).select_related("station").order_by("station__name")


def _listed(rows: DutyShiftQuerySet) -> list[DutyShift]:
    is_calling = Exists(CallOut.objects.filter(shift=OuterRef("pk"), status=CallOut.Status.OPEN))
    back = Assignment.objects.filter(shift=OuterRef("pk"), status__in=GAVE_BACK).order_by().values("shift")
    gave_back = Coalesce(Subquery(back.annotate(count=Count("pk")).values("count")), 0)
    rows = (
        with_coverage(rows)
        .annotate(is_calling=is_calling, gave_back=gave_back)
        .select_related("station__region", "unit_on_turn")
    )
    return list(rows.order_by("starts_at", "station__name", "pk")[:MOST])
