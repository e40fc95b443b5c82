"""What can be imported, and as far as whom."""

from portal.core.errors import NotFound
from portal.core.imports.organizations import OrganizationResource
from portal.core.imports.resources import CAPABILITY, SheetResource
from portal.core.models import User
from requests.hotline_imports import HotlineSheet
from requests.household_imports import HouseholdSheet
from requests.imports import ResourceSheet
from stations.imports import StationResource
from volunteers.imports import VolunteerResource

KINDS: dict[str, type[SheetResource]] = {
    "stations": StationResource, "organizations": OrganizationResource, "volunteers": VolunteerResource,
    "resources": ResourceSheet, "hotline": HotlineSheet, "households": HouseholdSheet,
}  # fmt: skip


def resource_for(kind: str, user: User, *, capability: str = CAPABILITY) -> SheetResource:
    """The sheet of a kind as far as `user` holds the capability: other regions are as unknown as made-up ones."""
    if kind not in KINDS:
        raise NotFound()
    return KINDS[kind](user.scope.granting(capability))
