"""One case as its pages need it: at the desk, and on a volunteer's phone."""

from django.db.models import Prefetch

from portal.core.errors import NotFound
from portal.core.models import User
from requests.models import Approval, Requester, ServiceRequest


def case_for(user: User, pk: int) -> ServiceRequest:
    """The case as its page needs it, if the person may see it."""
    found = (
        ServiceRequest.objects.for_user(user)
        .select_related(
            "category", "region", "street", "district", "community", "station", "handling_region",
            "recorded_by__person", "current_dispatch__organization", "current_dispatch__person",
            "current_dispatch__team",
        )
        .prefetch_related(
            Prefetch("approvals", Approval.objects.select_related(
                "region", "to_region", "lead", "decided_by__person"
            ).prefetch_related("assisting")),
            Prefetch("requesters", Requester.objects.select_related("consent")),
        )
        .defer("search")
        .filter(pk=pk)
        .first()
    )  # fmt: skip
    if found is None:
        raise NotFound()
    return found
