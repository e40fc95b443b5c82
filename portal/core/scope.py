"""One word for scope: which rows a person may see, and what they may do with them.

    ServiceRequest.objects.for_user(user).open()

Every scoped model has a queryset with `in_scope(scope)`, built from the few words of `Scope`. Somebody else's row is
simply not there: lists, counts, searches, exports, choices and detail pages all start from `for_user`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.core.permissions import BELONGING, PERSONAL, Role, capabilities_of

if TYPE_CHECKING:
    from portal.core.models import Region, User

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING

# What a `Grant` is made of, in the order of its fields, for statements that read an account with its memberships. By
# hand, as every page and every call begins with it: the ORM takes longer to put it together than the database to
# answer it. One join of regions for all kinds of places, as the planner tries every order of joins.
GRANT_COLUMNS = """
       membership.id, membership.role, place.path, membership.region_id,
       CASE WHEN membership.region_id IS NOT NULL THEN place.level END,
       membership.station_id, membership.organization_id,
       coalesce(station.name, nullif(unit.short_name, ''), unit.name, nullif(place.short_name, ''), place.name, '')
"""
GRANT_JOINS = """
  LEFT JOIN core_membership membership ON membership.user_id = account.id AND membership.is_active
  LEFT JOIN stations_station station ON station.id = membership.station_id
  LEFT JOIN core_organization unit ON unit.id = membership.organization_id
  LEFT JOIN core_region place ON place.id = coalesce(membership.region_id, station.region_id, unit.region_id)
"""
SQL_LOAD = f"""
SELECT {GRANT_COLUMNS} FROM core_user account {GRANT_JOINS} WHERE account.id = %s ORDER BY membership.id
"""  # noqa: S608 - words of this file alone


@dataclass(frozen=True)
class Grant:
    """One membership, with the path of the region that it stands in."""

    id: int
    role: str
    path: str | None  # None: the whole portal
    region_id: int | None = None
    level: str | None = None
    station_id: int | None = None
    organization_id: int | None = None
    # The name of the region, station or organisation.
    place: str = ""

    def __str__(self) -> str:
        return f"{self.place or _('Whole portal')} · {Role(self.role).label}"

    @property
    def is_regional(self) -> bool:
        """Whether it looks after a region. A volunteer's region says where the person belongs, and no more."""
        return self.role not in BELONGING and not self.is_of_a_place

    @property
    def is_of_a_place(self) -> bool:
        """Whether it is held at a station or in an organisation."""
        return self.station_id is not None or self.organization_id is not None

    def within(self, path: str, *, region_id: int | None = None, level: str | None = None) -> "Grant | None":
        """This grant cut down to the subtree of `path`, or None when they have nothing in common.

        `region_id` and `level` are those of the region at `path`, where the caller has them: cases are found by them.
        """
        if self.path is None or (self.is_regional and path.startswith(self.path)):
            return Grant(id=self.id, role=self.role, path=path, region_id=region_id, level=level, place=self.place)
        return self if self.path.startswith(path) else None


def grants_of(rows: Iterable[Sequence[Any]], *, is_superuser: bool) -> tuple[Grant, ...]:
    """The grants in rows of `GRANT_COLUMNS`; an account without memberships comes as one empty row."""
    grants = tuple(Grant(*row) for row in rows if row[0] is not None)
    return (Grant(id=0, role=Role.ADMINISTRATOR, path=None), *grants) if is_superuser else grants


@dataclass(frozen=True)
class Scope:
    """The grants of one account for one HTTP request (or one machine token)."""

    user_id: int | None = None
    person_id: int | None = None
    grants: tuple[Grant, ...] = ()
    # Capabilities that a machine token is limited to; None: no limit but the roles'.
    limited_to: frozenset[str] | None = None
    # Whose machine token it is. What is that person's own stays closed to it, but for the chairs that it acts for.
    token_of: int | None = None
    all_grants: tuple[Grant, ...] = field(default=(), repr=False)

    @classmethod
    def load(cls, user: "User", *, membership_id: int | None = None) -> Self:
        """The scope of `user`, with one query unless the grants are known; of one membership alone when it is named
        (and theirs)."""
        grants = user.known_grants
        if grants is None:
            with connection.cursor() as cursor:
                cursor.execute(SQL_LOAD, [user.pk])
                grants = grants_of(cursor.fetchall(), is_superuser=user.is_superuser)
        chosen = tuple(grant for grant in grants if grant.id == membership_id) or grants
        return cls(user_id=user.pk, person_id=user.person_id, grants=chosen, all_grants=grants)

    def limited(
        self, *, path: str, capabilities: frozenset[str], region_id: int | None = None, level: str | None = None
    ) -> "Scope":
        """This scope as a machine token may use it: inside one region, with the named capabilities."""
        cuts = (grant.within(path, region_id=region_id, level=level) for grant in self.grants)
        grants = tuple(cut for cut in cuts if cut is not None)
        # A person's own dispatches lie anywhere; a token speaks for its region only.
        return Scope(user_id=self.user_id, grants=grants, limited_to=capabilities, token_of=self.person_id)

    @cached_property
    def capabilities(self) -> frozenset[str]:
        held = frozenset().union(*(capabilities_of(grant.role) for grant in self.grants))
        return held if self.limited_to is None else held & self.limited_to - PERSONAL

    def can(self, capability: str) -> bool:
        return capability in self.capabilities

    def granting(self, capability: str) -> "Scope":
        """The part of this scope in which `capability` is held: an auditor of the district who also runs one community
        writes in the community alone."""
        if not self.can(capability):
            return Scope(user_id=self.user_id, person_id=self.person_id, token_of=self.token_of)
        grants = tuple(grant for grant in self.grants if capability in capabilities_of(grant.role))
        return replace(self, grants=grants, all_grants=())

    def has_role(self, *roles: str) -> bool:
        return any(grant.role in roles for grant in self.grants)

    @cached_property
    def region_paths(self) -> tuple[str, ...]:
        """Paths of the regions looked after, without those inside another one."""
        paths = sorted({grant.path for grant in self.grants if grant.is_regional and grant.path is not None})
        kept: list[str] = []
        for path in paths:
            if not kept or not path.startswith(kept[-1]):
                kept.append(path)
        return tuple(kept)

    @cached_property
    def sees_all_regions(self) -> bool:
        return any(grant.is_regional and grant.path is None for grant in self.grants)

    @cached_property
    def station_ids(self) -> tuple[int, ...]:
        return tuple(sorted({grant.station_id for grant in self.grants if grant.station_id is not None}))

    @cached_property
    def organization_ids(self) -> tuple[int, ...]:
        return tuple(sorted({grant.organization_id for grant in self.grants if grant.organization_id is not None}))

    @cached_property
    def home_paths(self) -> tuple[str, ...]:
        """Paths of the regions that my stations and organisations lie in (to name them, not to rule them)."""
        return tuple(sorted({grant.path for grant in self.grants if grant.is_of_a_place and grant.path}))

    def region_filter(self, field: str) -> Q:
        """Rows whose region path, found by `field`, lies in a region looked after."""
        if self.sees_all_regions:
            return EVERYTHING
        condition = NOTHING
        for path in self.region_paths:
            condition |= Q(**{f"{field}__startswith": path})
        return condition

    def covers(self, region: "Region", *roles: str) -> bool:
        """Whether one of the grants (of `roles`, if named) looks after `region`."""
        return any(
            grant.is_regional and (grant.path is None or region.path.startswith(grant.path))
            for grant in self.grants
            if not roles or grant.role in roles
        )


class ScopedQuerySet(models.QuerySet):
    """A queryset that knows whose rows are whose."""

    def in_scope(self, scope: Scope) -> Self:
        raise NotImplementedError

    def for_user(self, user: Any) -> Self:
        """The rows that `user` may see; none for somebody who is not signed in."""
        scope = getattr(user, "scope", None)
        return self.none() if scope is None else self.in_scope(scope)

    def editable_by(self, user: Any, capability: str) -> Self:
        """The rows that `user` may change by `capability`, which some of their roles may hold and others not."""
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(capability):
            return self.none()
        return self.in_scope(scope.granting(capability))
