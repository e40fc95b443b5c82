"""Whom somebody may give a case to, and with which cases one may be merged."""

from django.db.models import Q, QuerySet

from portal.core.models import Level, Organization, Person, Region, User
from requests.models import ServiceRequest
from requests.types import WhistleLevel
from volunteers.models import Volunteer, VolunteerTeam
from volunteers.types import MemberStatus, VolunteerStatus


def units_for(case: ServiceRequest, user: User) -> QuerySet[Organization]:
    """Units that take requests, of my own scope and of the region that handles the case.

    A unit's contact, who looks after no region, hands a case on to a unit beside it.
    """
    scope = user.scope
    near = Q(region__path__startswith=case.handling_region.path)
    if case.current_dispatch is not None and case.current_dispatch.whistle_id is not None:
        # Those who came by a whistle hand it on among themselves, and ask each other to assist.
        near |= Q(region__path__startswith=case.current_dispatch.whistle.to_region.path)
    mine = scope.region_filter("region__path") | Q(pk__in=scope.organization_ids)
    return Organization.objects.active().filter(mine | near, takes_requests=True)


def region_above(region: Region, level: str) -> Region | None:
    """The region of `level` that `region` lies in; none where it is of that level itself, or higher."""
    return Region.objects.ancestors_of(region.path).filter(level=level).exclude(pk=region.pk).first()


def departments_of(called: Region, handled: Region) -> QuerySet[Organization]:
    """Units that take cases, of `called` itself and of the street that `handled` lies in: whom a whistle can call."""
    near = Region.objects.ancestors_of(handled.path).filter(
        path__startswith=called.path, level__in=[Level.DISTRICT, Level.STREET]
    )
    return Organization.objects.active().filter(region__in=near, takes_requests=True)


def departments_above(region: Region, *, of: Region | None = None) -> list[Organization]:
    """Whom a whistle from `region` can call, of one level above it or of all, the nearest first."""
    called = [of.level] if of is not None else levels_above(region)
    # What the wider one may call, the narrower one has a part of: districts come last among the levels.
    widest = region_above(region, called[-1]) if called else None
    if widest is None:
        return []
    rows = departments_of(widest, region).select_related("region")
    return list(rows.order_by("-region__depth", "region__code", "name", "pk"))


def levels_above(region: Region) -> list[WhistleLevel]:
    """To which levels a whistle from `region` can call."""
    levels = set(Region.objects.ancestors_of(region.path).exclude(pk=region.pk).values_list("level", flat=True))
    return [level for level in WhistleLevel if level in levels]


def teams_for(case: ServiceRequest, user: User) -> QuerySet[VolunteerTeam]:
    """Teams of volunteers that take requests, of my own scope and of the region that handles the case."""
    near = VolunteerTeam.objects.filter(region__path__startswith=case.handling_region.path)
    return (VolunteerTeam.objects.for_user(user) | near).active().filter(takes_requests=True).distinct()


def volunteers_for(case: ServiceRequest, user: User) -> QuerySet[Volunteer]:
    """Volunteers of my own scope who are active and can sign in to take the case."""
    mine = Volunteer.objects.for_user(user).select_related("person__user").defer("search")
    return mine.filter(status=VolunteerStatus.ACTIVE, person__user__is_active=True)


def team_mates_for(case: ServiceRequest, user: User) -> QuerySet[Volunteer]:
    """Of the team that has the case, led by the user: the other members who can sign in to take it."""
    held = case.current_dispatch
    if held is None or held.team_id is None or not held.team.is_led_by(user.person_id):
        return Volunteer.objects.none()
    there = Volunteer.objects.filter(
        memberships__team=held.team_id, memberships__status=MemberStatus.ACTIVE, status=VolunteerStatus.ACTIVE,
        person__user__is_active=True,
    )  # fmt: skip
    return there.exclude(person=user.person_id).select_related("person__user").defer("search").order_by("person__name")


def staff_for(case: ServiceRequest, user: User) -> QuerySet[Person]:
    """Members of staff of my own scope; whether one has an account to take the case with is the verb's to say."""
    return Person.objects.for_user(user)


def others_open(case: ServiceRequest, user: User) -> QuerySet[ServiceRequest]:
    """Open cases of my own scope beside this one. Whether I dispatch them is the verb's to say."""
    return ServiceRequest.objects.for_user(user).open().exclude(pk=case.pk)
