"""What of the stations goes along when a region is merged."""

from portal.core.merging import Column, bring_along
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Station

bring_along(
    Column(Station, "region"),
    Column(Affiliate, "region"),
    Column(PartnershipAgreement, "region"),
    Column(Guarantor, "region"),
)
