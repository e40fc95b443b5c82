"""Whom somebody may give a case to, and with which cases one may be merged."""

from django.db.models import Q, QuerySet

from portal.core.models import Organization, Person, User
from requests.models import ServiceRequest
from volunteers.models import Volunteer, VolunteerTeam
from volunteers.types import VolunteerStatus


def units_for(case: ServiceRequest, user: User) -> QuerySet[Organization]:
    """Units that take requests, of my own scope and of the region that handles the case.

    A unit's contact, who looks after no region, hands a case on to a unit beside it.
    """
    scope = user.scope
    near = Q(region__path__startswith=case.handling_region.path)
    mine = scope.region_filter("region__path") | Q(pk__in=scope.organization_ids)
    return Organization.objects.active().filter(mine | near, takes_requests=True)


def teams_for(case: ServiceRequest, user: User) -> QuerySet[VolunteerTeam]:
    """Teams of volunteers that take requests, of my own scope and of the region that handles the case."""
    near = VolunteerTeam.objects.filter(region__path__startswith=case.handling_region.path)
    return (VolunteerTeam.objects.for_user(user) | near).active().filter(takes_requests=True).distinct()


def volunteers_for(case: ServiceRequest, user: User) -> QuerySet[Volunteer]:
    """Volunteers of my own scope who are active and can sign in to take the case."""
    mine = Volunteer.objects.for_user(user).select_related("person__user").defer("search")
    return mine.filter(status=VolunteerStatus.ACTIVE, person__user__is_active=True)


def staff_for(case: ServiceRequest, user: User) -> QuerySet[Person]:
    """Members of staff of my own scope; whether one has an account to take the case with is the verb's to say."""
    return Person.objects.for_user(user)


def others_open(case: ServiceRequest, user: User) -> QuerySet[ServiceRequest]:
    """Open cases of my own scope beside this one. Whether I dispatch them is the verb's to say."""
    return ServiceRequest.objects.for_user(user).open().exclude(pk=case.pk)
