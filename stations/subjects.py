"""What the stations' app has in the registry."""

from portal.core.registry.lookups import Lookup, register
from portal.core.registry.subjects import Subject, lies_in_regions
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Station

STATIONS = lies_in_regions(
    Subject(
        Station,
        "stations:station",
        read="stations:read",
        write="stations:write",
        create="stations:create",
        icon="map-pin",
        sheet="stations",
    )
)
AFFILIATES = lies_in_regions(
    Subject(
        Affiliate,
        "stations:affiliate",
        read="organizations:read",
        write="organizations:write",
        icon="heart-handshake",
    )
)
GUARANTORS = Subject(
    Guarantor, "stations:guarantor", read="organizations:read", write="organizations:write", icon="user-check"
)
AGREEMENTS = lies_in_regions(
    Subject(
        PartnershipAgreement,
        "stations:agreement",
        read="organizations:read",
        write="organizations:write",
        icon="checklist",
    )
)

STATION_LOOKUP = register(Lookup(Station, "stations:station_lookup", needs="stations:read"))
