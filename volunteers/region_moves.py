"""What of the volunteers goes along when a region is merged or moves, or a station is given another region."""

from portal.core import regions
from portal.core.merging import Column, bring_along
from portal.core.models import Level, Region
from stations.models import Station
from stations.moves import on_station_move
from volunteers import planning
from volunteers.models import (
    Assignment,
    Certificate,
    DistrictDraft,
    DutyShift,
    HourClaim,
    HourEntry,
    HourRule,
    MemberReport,
    PointEntry,
    PointRule,
    UnitReport,
    Volunteer,
    VolunteerTeam,
)

DISTRICT_SIDE = (DutyShift, Assignment)

bring_along(
    Column(Volunteer, "home_region"),
    Column(VolunteerTeam, "region"),
    Column(HourEntry, "region"),
    Column(HourClaim, "region"),
    Column(HourClaim, "decided_in"),
    Column(HourRule, "district"),
    Column(Certificate, "region"),
    Column(PointEntry, "region"),
    Column(PointRule, "district"),
    Column(DistrictDraft, "region"),
    Column(UnitReport, "region"),
    Column(MemberReport, "region"),
    *(Column(model, "district", Level.DISTRICT) for model in DISTRICT_SIDE),
)


@regions.on_move
def follow(region: Region) -> None:
    """Shifts keep the district that their station lies in on their row (templates keep none)."""
    district = Region.objects.ancestors_of(region.path).filter(level=Level.DISTRICT).first()
    if district is None:
        return
    DutyShift.objects.filter(station__region__path__startswith=region.path).update(district=district)
    Assignment.objects.filter(shift__station__region__path__startswith=region.path).update(district=district)


@on_station_move
def follow_station(station: Station) -> None:
    district = planning.district_of(station)
    DutyShift.objects.filter(station=station).exclude(district=district).update(district=district)
    Assignment.objects.filter(shift__station=station).exclude(district=district).update(district=district)


@regions.on_merge
def follow_across(region: Region, into: Region) -> None:
    """Stations of a community that was merged into one of another district count for that district from now on."""
    if region.parent_id != into.parent_id:
        follow(into)
