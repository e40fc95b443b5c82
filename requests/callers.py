"""Who phoned, as an address may say it: a keyed value that means nothing to whoever reads a log of addresses."""

from portal.core import crypto
from portal.core.masking import normalize_phone
from portal.core.models import User
from requests import throttles
from requests.models import Requester, ServiceRequest
from requests.models.service_requests import ServiceRequestQuerySet


def caller_of(phone: str, *, by: User) -> str:
    """The value for a phone number in any usual spelling. Counts the search; raises `bad_phone` and `Throttled`."""
    number = normalize_phone(phone)
    throttles.count_phone_search(by)
    return crypto.keyed_hash(number, purpose="phone")


def asked_by(rows: ServiceRequestQuerySet, caller: str) -> ServiceRequestQuerySet:
    """The cases of `rows` that the caller is a requester of."""
    return rows.filter(pk__in=Requester.objects.filter(phone_hash=caller).values("request"))


def masked(caller: str, *, user: User) -> str:
    """The masked number, if `user` may see a case of the caller; else nothing is told of it."""
    mine = ServiceRequest.objects.for_user(user).values("pk")
    found = (
        Requester.objects.filter(phone_hash=caller, request__in=mine).order_by().values_list("phone_masked", flat=True)
    )
    return found.first() or ""
