"""Service requests and what happens to them, one file a subject."""

from requests.models.categories import Category
from requests.models.dispatches import Dispatch
from requests.models.events import Approval, RequestAttachment, RequestEvent
from requests.models.ratings import Rating
from requests.models.requesters import Requester
from requests.models.resources import Claim, Resource
from requests.models.service_requests import ServiceRequest

__all__ = [
    "Approval",
    "Category",
    "Claim",
    "Dispatch",
    "Rating",
    "RequestAttachment",
    "RequestEvent",
    "Requester",
    "Resource",
    "ServiceRequest",
]
