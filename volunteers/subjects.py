"""What the volunteers' app has in the registry."""

from typing import Any

from portal.core.registry.lookups import Lookup, register
from portal.core.registry.subjects import Subject, lies_in_regions
from portal.core.scope import ScopedQuerySet
from stations.models import Affiliate
from volunteers.models import (
    Certificate,
    DistrictDraft,
    DutyShift,
    DutyTemplate,
    HourClaim,
    Reward,
    Roster,
    Volunteer,
    VolunteerTeam,
)
from volunteers.models.volunteers import NAMES

VOLUNTEERS = Subject(
    Volunteer, "volunteers:volunteer", read="volunteers:read", write="volunteers:write", icon="heart-handshake",
    deletable=False,
)  # fmt: skip
TEAMS = lies_in_regions(
    # A team that is no more is not active any more: its members' years stay.
    Subject(
        VolunteerTeam, "volunteers:team", read="teams:read", write="teams:write", icon="users-group", deletable=False
    )
)


# Who knows the volunteers may see when they are on duty.
SHIFTS = Subject(
    DutyShift, "volunteers:shift", read="volunteers:read", write="duty:write", icon="calendar", deletable=False
)
# A template that is no more is not active any more: its shifts keep where they came from.
DUTY_TEMPLATES = Subject(
    DutyTemplate, "volunteers:template", read="volunteers:read", write="duty:write", icon="repeat", deletable=False
)
# Issued and revoked by verbs; what was handed out is never deleted.
CERTIFICATES = Subject(
    Certificate, "volunteers:certificate", read="volunteers:read", write="volunteers:write", icon="certificate",
    deletable=False,
)  # fmt: skip
# A reward that is given no more is not on offer any more: what was taken keeps its name.
REWARDS = Subject(Reward, "volunteers:reward", read="rewards:read", write="rewards:write", icon="gift", deletable=False)


ROSTERS = Subject(
    Roster, "volunteers:roster", read="duty:read", write="duty:write", icon="adjustments", deletable=False
)
AREA_DRAFTS = Subject(
    DistrictDraft, "volunteers:area_draft", read="duty:write", write="duty:write", icon="sitemap", deletable=False
)
HOUR_CLAIMS = Subject(
    HourClaim, "volunteers:claim", read="duty:read", write="hours:decide", icon="clock-check", deletable=False
)


class VolunteerLookup(Lookup):
    """Somebody by name and number, for those who may know names."""

    def rows(self, user: Any) -> ScopedQuerySet:
        return super().rows(user).current().select_related("person")

    def text(self, row: Any) -> str:
        return f"{row.person.name} {row.number}"


VOLUNTEER_LOOKUP = register(
    VolunteerLookup(Volunteer, "volunteers:volunteer_lookup", name="person__name", code="number", needs=NAMES)
)


class MerchantLookup(Lookup):
    """Caring merchants (爱心商户) among the affiliates."""

    def rows(self, user: Any) -> ScopedQuerySet:
        return super().rows(user).active().filter(kind=Affiliate.Kind.CARING_MERCHANT)


MERCHANT_LOOKUP = register(MerchantLookup(Affiliate, "volunteers:merchant_lookup", needs="rewards:write"))
TEAM_LOOKUP = register(Lookup(VolunteerTeam, "volunteers:team_lookup", needs="teams:read"))
