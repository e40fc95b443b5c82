"""Whom somebody may give a case to."""

from django.db.models import Q, QuerySet

from portal.core.models import Organization, Person, User
from requests.models import ServiceRequest


def units_for(case: ServiceRequest, user: User) -> QuerySet[Organization]:
    """Units that take requests, of my own scope and of the region that handles the case.

    A unit's contact, who looks after no region, hands a case on to a unit beside it.
    """
    scope = user.scope
    near = Q(region__path__startswith=case.handling_region.path)
    mine = scope.region_filter("region__path") | Q(pk__in=scope.organization_ids)
    return Organization.objects.active().filter(mine | near, takes_requests=True)


def staff_for(case: ServiceRequest, user: User) -> QuerySet[Person]:
    """Members of staff of my own scope; whether one has an account to take the case with is the verb's to say."""
    return Person.objects.for_user(user)
