"""What the stations' app has in the registry."""

from django.utils.translation import gettext_lazy as _

from portal.core.registry.lookups import Lookup, register
from portal.core.registry.subjects import Ending, Subject, lies_in_regions
from portal.core.subjects import NO_LONGER_ACTIVE, TERM_IS_OVER
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
        ending=Ending(
            _("Delete only what was entered by mistake. A station that no longer exists is closed: its past stays."),
            _("Set its status to “closed”"),
            "status",
        ),
    )
)
AFFILIATES = lies_in_regions(
    Subject(
        Affiliate,
        "stations:affiliate",
        read="organizations:read",
        write="organizations:write",
        icon="heart-handshake",
        ending=NO_LONGER_ACTIVE,
    )
)
GUARANTORS = Subject(
    Guarantor,
    "stations:guarantor",
    read="organizations:read",
    write="organizations:write",
    icon="user-check",
    ending=TERM_IS_OVER,
)
AGREEMENTS = lies_in_regions(
    Subject(
        PartnershipAgreement,
        "stations:agreement",
        read="organizations:read",
        write="organizations:write",
        icon="checklist",
        ending=TERM_IS_OVER,
    )
)

STATION_LOOKUP = register(Lookup(Station, "stations:station_lookup", needs="stations:read"))
