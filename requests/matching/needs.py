"""The other way round: for a resource the open cases that it could help with."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.core.geo import distance_expression
from portal.core.models import Region, User
from requests.matching.matches import fit_of_resource
from requests.matching.need import Need
from requests.matching.ranking import Fit, best
from requests.models import Claim, Resource, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet
from requests.types import State

SHOWN, LOOKED_AT = 20, 200
# More than a street has on a day; what is over has more time than the others.
MOST_OPEN = 500
# Where something can be claimed for it.
NEEDY = (State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS)


def needs_for(resource: Resource, *, user: User, limit: int = SHOWN, now: datetime | None = None) -> list[Fit]:
    """`resource` with its region; of the cases that `user` may see. Three queries."""
    fitting = {category.pk: category.level for category in resource.categories.all()}
    found = []
    for case in _cases(resource, user, fitting):
        need = Need.of(case, now=now)
        resource.fit = max((level for pk, level in fitting.items() if pk in need.chain), default=None)
        fit = fit_of_resource(need, resource)
        if fit is not None:
            found.append(Fit(case, fit.reasons))
    return best(found, limit)


def open_needs(region: Region, user: User, *, but: Collection[int] = ()) -> QuerySet[ServiceRequest]:
    """Cases of the region that something can be claimed for and nothing is yet, those due soonest first."""
    held = Claim.objects.open().filter(request=OuterRef("pk"))
    rows = ServiceRequest.objects.for_user(user).at_place(region).filter(~Exists(held), state__in=NEEDY)
    rows = rows.exclude(pk__in=but) if but else rows
    return rows.select_related(*Need.RELATED).only(*Need.COLUMNS).order_by("due_at", "pk")[:MOST_OPEN]


def _cases(resource: Resource, user: User, fitting: dict[int, int]) -> ServiceRequestQuerySet:
    """Of its region, and around its point as far as it reaches; first those of its categories, soonest due first."""
    held = Claim.objects.open().filter(request=OuterRef("pk"), resource=resource)
    rows = ServiceRequest.objects.for_user(user).filter(~Exists(held), state__in=NEEDY)
    reach = Q(pk__in=ServiceRequest.objects.at_place(resource.region).open().values("pk"))
    if resource.radius_m is not None:
        away = distance_expression(resource.latitude, resource.longitude)
        reach |= Q(latitude__isnull=False) & Q(pk__in=rows.with_point().alias(away=away).filter(
            away__lte=resource.radius_m
        ).values("pk"))  # fmt: skip
    about = Q(category__in=fitting) | Q(category__parent__in=fitting)
    rows = rows.filter(reach).select_related(*Need.RELATED).defer("search").annotate(is_about=Q(about))
    return rows.order_by("-is_about", "due_at", "pk")[:LOOKED_AT]
