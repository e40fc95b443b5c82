"""借调: who of the stations nearby could help out on a shift that is short of people, the likeliest first.

Somebody belongs to the nearest station at which they have been on duty lately, or in whose community they live. Whoever
belongs to the shift's own station is no loan: `candidates` proposes them.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from portal.core.models import User
from stations.models import Station
from stations.queries import nearest
from stations.types import StationStatus
from volunteers import names
from volunteers.candidates import LOOKED_AT, Candidate, judge
from volunteers.models import Assignment, CallOutAsk, DutyShift, Volunteer
from volunteers.types import AssignmentStatus

RADIUS_M = 3000
# Among people who are equally likely these metres make no difference.
STEP_M = 500
# Whoever was on duty at a station within this time, or will be, knows how it is done.
LATELY = timedelta(days=60)


@dataclass(frozen=True)
class Loan:
    """Somebody of a station nearby whom nothing keeps from the shift."""

    candidate: Candidate
    station: Station
    # What was asked for this shift before, with the answer.
    asked: CallOutAsk | None

    @property
    def volunteer(self) -> Volunteer:
        return self.candidate.volunteer

    @property
    def is_sure(self) -> bool:
        """Has time, has rest, has not been asked yet: nothing speaks against it."""
        return self.asked is None and not self.candidate.doubts


@dataclass(frozen=True)
class Nearby:
    """`loans` may be asked; `why_not` says of the others how many are kept from coming by what."""

    stations: list[Station]
    people: int
    loans: list[Loan]
    why_not: list[tuple[str, int]]


def nearby(shift: DutyShift, *, by: User | None, now: datetime | None = None) -> Nearby:
    """With a constant number of queries. Names as `by` may read them; None is the portal itself."""
    stations = _stations_around(shift.station)
    belongs = _nearest_of(stations, own=shift.station, now=now or timezone.now())
    waiting = Assignment.objects.filter(shift=shift, status=AssignmentStatus.WAITING)
    near = sorted(belongs, key=lambda pk: (belongs[pk].distance_m, pk))[:LOOKED_AT]
    people = Volunteer.objects.active().filter(pk__in=near).exclude(pk__in=waiting.values("volunteer"))
    judged = judge(people if by is None else names.with_names(people, by.scope, beyond=True), shift)
    asked = {ask.volunteer_id: ask for ask in CallOutAsk.objects.filter(call_out__shift=shift).order_by("asked_at")}
    loans = [
        Loan(each, belongs[each.volunteer.pk], asked.get(each.volunteer.pk)) for each in judged if each.fits
    ]  # fmt: skip
    loans.sort(key=_likeliest)
    why_not = Counter(each.against[0] for each in judged if not each.fits)
    return Nearby(stations, len(judged), loans, why_not.most_common())


def _likeliest(loan: Loan) -> tuple[object, ...]:
    return (
        loan.asked is not None, len(loan.candidate.doubts), loan.station.distance_m // STEP_M, loan.candidate.rank
    )  # fmt: skip


def _stations_around(station: Station) -> list[Station]:
    """Open stations within reach, the nearest first; each knows how far it is (`distance_m`)."""
    if station.latitude is None or station.longitude is None:
        return []
    others = Station.objects.filter(status=StationStatus.OPEN).exclude(pk=station.pk)
    near = nearest(others, station.latitude, station.longitude).filter(distance_m__lte=RADIUS_M)
    return list(near.only("code", "name", "phone", "region"))


def _nearest_of(stations: list[Station], *, own: Station, now: datetime) -> dict[int, Station]:
    """Whom these stations have, by volunteer; nobody who belongs to the own one."""
    by_pk = {each.pk: each for each in stations}
    # The nearest of a community's stations stands for those who live there.
    by_region = {each.region_id: each for each in reversed(stations) if each.region_id != own.region_id}
    held = Assignment.objects.holding().filter(
        shift__station__in=[own.pk, *by_pk], shift__starts_at__gte=now - LATELY
    )  # fmt: skip
    served = set(held.order_by().values_list("volunteer", "shift__station").distinct())
    living = Volunteer.objects.active().filter(home_region__in=by_region).order_by()
    pairs = [(volunteer, by_pk[station]) for volunteer, station in served if station != own.pk]
    pairs += [(volunteer, by_region[region]) for volunteer, region in living.values_list("pk", "home_region")]
    ours = {volunteer for volunteer, station in served if station == own.pk}
    ours |= set(Volunteer.objects.active().filter(home_region=own.region_id).order_by().values_list("pk", flat=True))
    found: dict[int, Station] = {}
    for volunteer, station in sorted(pairs, key=lambda pair: -pair[1].distance_m):
        if volunteer not in ours:
            found[volunteer] = station
    return found
