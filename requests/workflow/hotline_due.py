"""By when the hotline wants the result of its case, which counts where it is sooner than our own limit."""

from datetime import datetime

from requests import limits
from requests.models import HotlineCase, ServiceRequest
from requests.types import Channel, LimitStep


def wanted_by(case: ServiceRequest) -> datetime | None:
    if case.channel != Channel.HOTLINE:
        return None
    return HotlineCase.objects.filter(request=case.pk).values_list("due_at", flat=True).first()


def first_due(case: ServiceRequest, at: datetime) -> datetime:
    """When a case accepted at `at` is to be resolved. A later round is between us and the resident: our limit alone."""
    ours, theirs = limits.due_for(case, LimitStep.RESOLVE, at), wanted_by(case)
    return min(ours, theirs) if theirs else ours
