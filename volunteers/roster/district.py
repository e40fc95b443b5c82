"""The instant draft of a whole district: one station after the other, each by `greedy`, without the solver."""

from collections import defaultdict

from django.db import transaction

from stations.models import Station
from stations.models.stations import StationQuerySet
from volunteers.models import DistrictDraft, DutyShift, Roster, RosterLine
from volunteers.roster.plans import open_shifts, outcome, plan
from volunteers.roster.problem import gaps

S = DistrictDraft.Status


def stations_of(draft: DistrictDraft) -> StationQuerySet:
    """The stations of the draft's region that have shifts in its days."""
    shifts = open_shifts(draft.first_day, draft.last_day).values("station")
    return Station.objects.filter(region__path__startswith=draft.region.path, pk__in=shifts)


def run(draft_id: int) -> int:
    """Make the drafts that somebody asked for; returns how many. A second run of the same job finds them made."""
    draft = DistrictDraft.objects.select_related("region").get(pk=draft_id)
    if draft.status not in (S.QUEUED, S.DRAFTING):
        return 0
    # What a run that broke off has left.
    draft.rosters.filter(status=Roster.Status.DRAFT).delete()
    stations = list(stations_of(draft).select_related("region").order_by("pk"))
    draft.status, draft.station_count = S.DRAFTING, len(stations)
    draft.save(update_fields=["status", "station_count"])
    # Nobody is drafted twice at one time: what one station takes counts at the next.
    taken: dict[int, list[DutyShift]] = defaultdict(list)
    for number, station in enumerate(stations, 1):
        _draft_station(draft, station, taken)
        DistrictDraft.objects.filter(pk=draft.pk).update(stations_done=number)
    draft.status = S.DONE
    draft.save(update_fields=["status"])
    return len(stations)


def fail(draft_id: int) -> None:
    DistrictDraft.objects.filter(pk=draft_id, status=S.DRAFTING).update(status=S.FAILED)


def _draft_station(draft: DistrictDraft, station: Station, taken: dict[int, list[DutyShift]]) -> None:
    with transaction.atomic():
        roster = Roster.objects.create(
            station=station, first_day=draft.first_day, last_day=draft.last_day, status=Roster.Status.DRAFT,
            district_draft=draft, made_by_id=draft.made_by_id,
        )  # fmt: skip
        made = plan(roster, drafted=taken)
        pairs = made.start
        RosterLine.objects.bulk_create(
            RosterLine(roster=roster, volunteer_id=who, shift_id=shift) for who, shift in sorted(pairs)
        )
        roster.outcome = outcome(made, pairs, gaps(made.problem, pairs, is_proven=False))
        roster.save(update_fields=["outcome"])
    for who, shift in pairs:
        taken[who].append(made.shifts[shift])
