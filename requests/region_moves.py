"""Cases keep the regions that they lie in on their row; when the tree changes, they follow it.

Figures and lists then speak of today's tree. `region` itself stays as it was recorded.
"""

from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import ngettext

from portal.core import regions
from portal.core.clock import ZONE
from portal.core.merging import Column, bring_along
from portal.core.models import Level, Region
from requests.models import (
    Approval,
    Assist,
    Claim,
    Deliberation,
    DepartmentRating,
    Dispatch,
    LimitRule,
    Meeting,
    Rating,
    ReplyTemplate,
    Requester,
    RequestEvent,
    Resource,
    ReviewRule,
    RoutingRule,
    ServiceProject,
    ServiceRequest,
    StreetDraft,
    Tabling,
    Visit,
)
from requests.models.service_requests import PLACE_COLUMNS
from requests.types import ResourceStatus

# Rows of a case that carry its district.
CASE_SIDE: tuple[type[Model], ...] = (
    Requester, Dispatch, RequestEvent, Rating, Claim, Tabling, Assist, DepartmentRating,
)  # fmt: skip


@regions.on_move
def follow(region: Region) -> None:
    """Bring the ancestors' columns of all cases of `region` up to date, with what hangs on them."""
    ancestors = {above.level: above.pk for above in Region.objects.ancestors_of(region.path)}
    # By today's place: a case of a region that was merged into this one was recorded elsewhere.
    cases = ServiceRequest.objects.at_place(region)
    columns = {column: ancestors[level] for level, column in PLACE_COLUMNS.items() if level in ancestors}
    if not columns or not cases.exists():
        return
    for model in CASE_SIDE:
        model.objects.filter(request__in=cases).update(district_id=ancestors[Level.DISTRICT])
    cases.update(**columns)


# Cases of a region that was merged count for, and are handled by, the one that took it in.
bring_along(
    *(Column(ServiceRequest, column.removesuffix("_id"), level) for level, column in PLACE_COLUMNS.items()),
    # A grid has no column of its own.
    Column(ServiceRequest, "region", Level.GRID),
    Column(ServiceRequest, "handling_region"),
    Column(Resource, "region"),
    Column(StreetDraft, "region"),
    Column(ServiceProject, "region"),
    Column(Deliberation, "region"),
    Column(Meeting, "region"),
    Column(RoutingRule, "region"),
    Column(Visit, "region"),
    Column(ReplyTemplate, "region"),
    Column(ReviewRule, "region"),
    *(Column(model, "district", Level.DISTRICT) for model in CASE_SIDE),
)


@regions.on_merge
def follow_across(region: Region, into: Region) -> None:
    """What was merged into a neighbour under another parent has that one's ancestors from now on."""
    if region.parent_id != into.parent_id:
        follow(into)


@regions.on_merge
def hand_over_appeals(region: Region, into: Region) -> None:
    """An appeal that is still open goes to the level above the region that took over, a whistle to that region; what is
    decided is the past."""
    pending = Approval.objects.filter(outcome=Approval.Outcome.PENDING)
    pending.filter(region=region).update(region=into)
    pending.filter(to_region=region).update(to_region=into)


@regions.on_merge
def end_limits(region: Region, into: Region) -> None:
    """The limits of the district that takes another one in hold for both; those of the other one end."""
    today = timezone.localdate(timezone=ZONE)
    rules = LimitRule.objects.filter(district=region)
    rules.filter(starts_on__gt=today).delete()
    rules.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=today)).update(ends_on=today)


@regions.remains
def open_cases(region: Region) -> str:
    """Of the place, or handled there: either way nobody would be left to act."""
    handled = ServiceRequest.objects.filter(handling_region__path__startswith=region.path)
    count = (ServiceRequest.objects.at_place(region) | handled).open().count()
    return ngettext("%(count)d open request", "%(count)d open requests", count) % {"count": count} if count else ""


@regions.remains
def open_deliberations(region: Region) -> str:
    count = Deliberation.objects.filter(region__path__startswith=region.path).open().count()
    return (
        ngettext("%(count)d open deliberation", "%(count)d open deliberations", count) % {"count": count}
        if count
        else ""
    )


@regions.remains
def offered_resources(region: Region) -> str:
    """What is given there has to be given elsewhere, or be withdrawn, first."""
    given = Resource.objects.filter(region__path__startswith=region.path)
    count = given.exclude(status=ResourceStatus.WITHDRAWN).count()
    return ngettext("%(count)d resource", "%(count)d resources", count) % {"count": count} if count else ""


@regions.remains
def live_projects(region: Region) -> str:
    """What is under way there has to be finished, or be stopped, first."""
    count = ServiceProject.objects.filter(region__path__startswith=region.path).live().count()
    return ngettext("%(count)d project", "%(count)d projects", count) % {"count": count} if count else ""
