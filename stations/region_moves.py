"""What of the stations goes along when a region is merged, and keeps it from being abolished."""

from django.utils.translation import ngettext

from portal.core import regions
from portal.core.merging import Column, bring_along
from portal.core.models import Region
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Station
from stations.types import StationStatus

bring_along(
    Column(Station, "region"),
    Column(Affiliate, "region"),
    Column(PartnershipAgreement, "region"),
    Column(Guarantor, "region"),
)


@regions.remains
def stations(region: Region) -> str:
    left = Station.objects.exclude(status=StationStatus.CLOSED).filter(region__path__startswith=region.path)
    count = left.count()
    return ngettext("%(count)d station", "%(count)d stations", count) % {"count": count} if count else ""
