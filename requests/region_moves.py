"""Cases keep the regions that they lie in on their row; when the tree changes, they follow it.

Figures and lists then speak of today's tree. `region` itself stays as it was recorded.
"""

from django.db.models import Model

from portal.core import regions
from portal.core.models import Level, Region
from requests.models import Dispatch, Rating, Requester, RequestEvent, ServiceRequest
from requests.models.service_requests import PLACE_COLUMNS

# Rows of a case that carry its district.
CASE_SIDE: tuple[type[Model], ...] = (Requester, Dispatch, RequestEvent, Rating)


@regions.on_move
def follow(region: Region) -> None:
    """Bring the ancestors' columns of all cases under `region` up to date, with what hangs on them."""
    ancestors = {above.level: above.pk for above in Region.objects.ancestors_of(region.path)}
    cases = ServiceRequest.objects.filter(region__path__startswith=region.path)
    columns = {column: ancestors[level] for level, column in PLACE_COLUMNS.items() if level in ancestors}
    if not columns or not cases.exists():
        return
    for model in CASE_SIDE:
        model.objects.filter(request__in=cases).update(district_id=ancestors[Level.DISTRICT])
    cases.update(**columns)


@regions.on_merge
def absorb(region: Region, into: Region) -> None:
    """Cases of a region that was merged count for, and are handled by, the one that took it in."""
    if column := PLACE_COLUMNS.get(region.level):
        ServiceRequest.objects.filter(**{column: region.pk}).update(**{column: into.pk})
    ServiceRequest.objects.filter(handling_region=region).update(handling_region=into)
