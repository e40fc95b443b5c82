"""Who acts, and in which capacity on a given case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from portal.core.models import Level, User
from portal.core.permissions import Role
from requests.models import Approval, Assist, Requester, ServiceProject, ServiceRequest, Tabling
from requests.models.deliberations import WRITE
from requests.types import HELD, Actor, State

# District, street and community staff dispatch; an administrator may stand in for them.
DISPATCHING_ROLES = (Role.ADMINISTRATOR, Role.DISTRICT, Role.STREET, Role.COMMUNITY)


@dataclass(frozen=True)
class Staff:
    """An account with its scope."""

    user: User

    def actors_on(self, case: ServiceRequest) -> frozenset[Actor]:
        scope, held = self.user.scope, set()
        if not scope.can("requests:act"):
            return frozenset()
        if scope.covers(case.handling_region, *DISPATCHING_ROLES):
            held.add(Actor.DISPATCHER)
        if scope.covers(case.handling_region, Role.LEADER):
            held.add(Actor.LEADER)
        if case.station_id is not None and case.station_id in scope.station_ids:
            held.add(Actor.KEEPER)
        if self._handles(case):
            held.add(Actor.HANDLER)
        if self.assists_with(case):
            held.add(Actor.ASSISTANT)
        if case.state == State.REJECTED and _leads_above(case, Approval.Kind.APPEAL, self.user):
            held.add(Actor.APPEAL_LEADER)
        if case.exclusion_asked and _leads_above(case, Approval.Kind.EXCLUSION, self.user):
            held.add(Actor.EXCLUSION_LEADER)
        if case.state == State.IN_PROJECT and ServiceProject.objects.run_by(self.user).holding(case).exists():
            held.add(Actor.PROJECT_LEAD)
        if case.state == State.DELIBERATING and Tabling.objects.waiting().led_in(scope).of(case).exists():
            held.add(Actor.CHAIR)
        return frozenset(held)

    def assists_with(self, case: ServiceRequest) -> Sequence[Assist]:
        """The open parts of the case that are asked of my units."""
        units = self.user.scope.organization_ids
        return list(case.assists.open().filter(organization__in=units)) if case.open_assists and units else []

    def token_lacks(self, case: ServiceRequest, actors: Collection[Actor]) -> str:
        """The permission that a machine token lacks to take the step that its owner may take in one of `actors`."""
        scope = self.user.scope
        if Actor.CHAIR not in actors or scope.can(WRITE) or case.state != State.DELIBERATING:
            return ""
        return WRITE if Tabling.objects.waiting().led_by_owner_of(scope).of(case).exists() else ""

    def runs(self, region_id: int) -> bool:
        """Whether I dispatch for this region itself, rather than for one that it lies in."""
        grants = self.user.scope.grants
        return any(grant.region_id == region_id and grant.role in DISPATCHING_ROLES for grant in grants)

    def _handles(self, case: ServiceRequest) -> bool:
        offer = case.current_dispatch
        if offer is None or offer.outcome not in HELD:
            return False
        scope = self.user.scope
        if offer.team_id is not None:
            return offer.team.is_active and offer.team.is_led_by(scope.person_id)
        return offer.organization_id in scope.organization_ids or (
            offer.person_id is not None and offer.person_id == scope.person_id
        )


def _leads_above(case: ServiceRequest, kind: str, user: User) -> bool:
    """Whether the user leads a region above the one that rejected, or asks; where there is none above, that one."""
    pending = next((each for each in case.approvals.all() if each.is_pending(kind)), None)
    if pending is None:
        return False
    asking = pending.region.path
    return any(
        grant.path is None
        or (asking.startswith(grant.path) and (asking != grant.path or pending.region.level == Level.CITY))
        for grant in user.scope.grants
        if grant.role == Role.LEADER and grant.is_regional
    )


@dataclass(frozen=True)
class Resident:
    """Whoever holds the tracking code."""

    requester: Requester
    user: None = None

    def actors_on(self, case: ServiceRequest) -> frozenset[Actor]:
        return frozenset({Actor.RESIDENT}) if self.requester.request_id == case.pk else frozenset()


@dataclass(frozen=True)
class Clock:
    """The portal itself, when a limit has passed."""

    user: None = None

    def actors_on(self, case: ServiceRequest) -> frozenset[Actor]:
        return frozenset({Actor.JOB})


CLOCK = Clock()
By = Staff | Resident | Clock
