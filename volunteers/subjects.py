"""What the volunteers' app has in the registry."""

from typing import Any

from portal.core.models import Level, Organization, Region
from portal.core.registry.lookups import Lookup, RegionLookup, register
from portal.core.registry.subjects import Subject, lies_in_regions
from portal.core.scope import ScopedQuerySet
from stations.models import Affiliate
from volunteers import turns
from volunteers.models import (
    BrandProject,
    Certificate,
    DistrictDraft,
    DutyShift,
    DutyTemplate,
    HourClaim,
    MemberReport,
    Reward,
    Roster,
    UnitReport,
    Volunteer,
    VolunteerTeam,
)
from volunteers.models.reports import BRANCH_KINDS
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
SHIFTS = Subject(DutyShift, "volunteers:shift", read="duty:read", write="duty:write", icon="calendar", deletable=False)
# A template that is no more is not active any more: its shifts keep where they came from.
DUTY_TEMPLATES = Subject(
    DutyTemplate, "volunteers:template", read="duty:read", write="duty:write", icon="repeat", deletable=False
)
# Issued and revoked by verbs; what was handed out is never deleted.
CERTIFICATES = Subject(
    Certificate, "volunteers:certificate", read="volunteers:read", write="volunteers:write", icon="certificate",
    deletable=False,
)  # fmt: skip
# A reward that is given no more is not on offer any more: what was taken keeps its name.
REWARDS = Subject(Reward, "volunteers:reward", read="rewards:read", write="rewards:write", icon="gift", deletable=False)
TAKE_STATEMENT = "double:statement"
# 双报到: reports end, and their pledges and hours stay on record.
UNIT_REPORTS = lies_in_regions(
    Subject(
        UnitReport, "volunteers:unit_report", read="double:read", write="double:write", create="double:report",
        icon="building-community", deletable=False,
    )
)  # fmt: skip
MEMBER_REPORTS = lies_in_regions(
    Subject(
        MemberReport, "volunteers:member_report", read="double:read", write="double:write", icon="user-check",
        deletable=False,
    )
)  # fmt: skip
BRAND_PROJECTS = Subject(
    BrandProject, "volunteers:brand_project", read="teams:read", write="teams:write", icon="leaf", deletable=False
)
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

    def in_sheet(self, row: Any) -> str:
        """Without the name: not everybody who takes out a list may know whose entry it is."""
        return row.number


VOLUNTEER_LOOKUP = register(
    VolunteerLookup(Volunteer, "volunteers:volunteer_lookup", name="person__name", code="number", needs=NAMES)
)


class MerchantLookup(Lookup):
    """Caring merchants (爱心商户) among the affiliates."""

    def rows(self, user: Any) -> ScopedQuerySet:
        return super().rows(user).active().filter(kind=Affiliate.Kind.CARING_MERCHANT)


MERCHANT_LOOKUP = register(MerchantLookup(Affiliate, "volunteers:merchant_lookup", needs="rewards:write"))
TEAM_LOOKUP = register(Lookup(VolunteerTeam, "volunteers:team_lookup", needs="teams:read"))


class UnitLookup(Lookup):
    """Any unit that is active: who reports to a community is often seated elsewhere. Names of units are no secret."""

    def rows(self, user: Any) -> Any:
        return Organization.objects.active() if user.scope.can(self.needs) else Organization.objects.none()


class BranchLookup(UnitLookup):
    """The branches that a member may belong to."""

    def rows(self, user: Any) -> Any:
        return super().rows(user).filter(kind__in=BRANCH_KINDS)


class CommunityLookup(RegionLookup):
    """Any community to which one may report."""

    def rows(self, user: Any) -> Any:
        found = Region.objects.current().filter(level=Level.COMMUNITY)
        return found if user.scope.can(self.needs) else found.none()


class TurnUnitLookup(Lookup):
    """Units that may be on turn at the stations whose duty the person runs."""

    def rows(self, user: Any) -> Any:
        return turns.units_open_to(user) if user.scope.can(self.needs) else Organization.objects.none()


# Beside the registered ones, which propose what lies in one's own area.
TURN_UNIT_LOOKUP = TurnUnitLookup(Organization, "volunteers:turn_unit_lookup", needs="duty:write")
UNIT_LOOKUP = UnitLookup(Organization, "volunteers:unit_lookup", needs="double:report")
BRANCH_LOOKUP = BranchLookup(Organization, "volunteers:branch_lookup", needs="double:write")
OWN_BRANCH_LOOKUP = BranchLookup(Organization, "own:branch_lookup", needs="volunteers:own")
COMMUNITY_LOOKUP = CommunityLookup(
    Region, "volunteers:community_lookup", name="short_name", code="code", needs="double:report"
)
