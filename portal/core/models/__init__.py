"""The ground floor's models, one file a subject."""

from portal.core.models.calendar import CalendarDay
from portal.core.models.files import StoredFile
from portal.core.models.history import HistoryEntry
from portal.core.models.idempotency import IdempotencyRecord
from portal.core.models.membership import Membership, Role
from portal.core.models.notifications import (
    Notification,
    NotificationChoice,
    NotificationTemplate,
    OutboxMessage,
    SendState,
)
from portal.core.models.organizations import Organization
from portal.core.models.people import Person, Post, User
from portal.core.models.places import Estate
from portal.core.models.privacy import ConsentText, DisclosureRecord
from portal.core.models.regions import Level, Region
from portal.core.models.second_factors import SecondFactor
from portal.core.models.sign_in_codes import SignInCode
from portal.core.models.throttles import ThrottleCounter
from portal.core.models.tokens import ApiToken
from portal.core.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "ApiToken",
    "CalendarDay",
    "ConsentText",
    "DisclosureRecord",
    "Estate",
    "HistoryEntry",
    "IdempotencyRecord",
    "Level",
    "Membership",
    "Notification",
    "NotificationChoice",
    "NotificationTemplate",
    "Organization",
    "OutboxMessage",
    "Person",
    "Post",
    "Region",
    "Role",
    "SecondFactor",
    "SendState",
    "SignInCode",
    "StoredFile",
    "ThrottleCounter",
    "User",
    "Webhook",
    "WebhookDelivery",
]
