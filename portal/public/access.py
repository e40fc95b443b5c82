"""Which cases this browser may open: those whose code was typed here (or that were submitted here).

The session keeps the ids of requesters, never a code. It ends with the browser's session age, or by "leave".
"""

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.core.errors import NotFound
from requests.models import Requester, ServiceRequest
from requests.models.service_requests import parse_number

SESSION_KEY = "requesters"
# Somebody who helps the whole staircase still finds the latest ones.
KEPT = 20


class CodeNeeded(NotFound):
    """This browser does not hold the code of the case: never, or not any more. The same for every number."""

    def __init__(self) -> None:
        super().__init__(_("To open this request, enter its tracking code."), code="code_needed")


def grant(request: HttpRequest, requester: Requester) -> None:
    kept = [pk for pk in request.session.get(SESSION_KEY, []) if pk != requester.pk]
    request.session[SESSION_KEY] = [*kept, requester.pk][-KEPT:]


def forget(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)


def held(request: HttpRequest) -> list[Requester]:
    """The requesters that this browser speaks for, the latest first."""
    order = request.session.get(SESSION_KEY, [])
    found = (
        Requester.objects.filter(pk__in=order)
        .select_related("request", "came_with")
        .defer("request__search", "came_with__search")
    )
    return sorted(found, key=lambda requester: order.index(requester.pk), reverse=True)


def requester_of(request: HttpRequest, number: str) -> Requester:
    """The requester of the case with this public number, if the browser holds it; else the case is not there."""
    pk = parse_number(number)
    if pk is None:
        raise CodeNeeded()
    held = Requester.objects.filter(pk__in=request.session.get(SESSION_KEY, []))
    # What was merged is kept under its own number on receipts and in bookmarks.
    requester = (
        held.filter(Q(request=pk) | Q(came_with=pk)).select_related("came_with").defer("came_with__search").first()
    )
    if requester is None:
        raise CodeNeeded()
    requester.request = _cases().get(pk=pk)
    return requester


def parts_held(request: HttpRequest, requester: Requester) -> list[Requester]:
    """The parts of a message that was split, which the same person follows; this browser holds them from now on."""
    parts = Requester.objects.filter(request__split_from=requester.request, phone_hash=requester.phone_hash)
    found = list(parts.select_related("request").defer("request__search").order_by("request"))
    for part in found:
        grant(request, part)
    return found


def _cases():
    return (
        ServiceRequest.objects.select_related(
            "district", "street", "community", "station", "handling_region", "category",
            "current_dispatch__organization",
        )
        .prefetch_related("approvals")
        .defer("search")
    )  # fmt: skip
