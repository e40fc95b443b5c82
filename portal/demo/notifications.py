"""Some notifications for the accounts of the demo, and a webhook with a log."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from portal.core.models import Level, Notification, Region, SendState, User, Webhook, WebhookDelivery
from portal.core.notifications.outbox import notify
from portal.core.notifications.webhooks import announce, create_webhook
from portal.demo.accounts import Staff
from requests.models import Dispatch
from requests.notices import dispatched_words, event_of, returned_words
from requests.types import DispatchOutcome

SHOWN = 6
# In the documentation's own domain, which nobody can register.
RECEIVER = "https://platform.example/xiaozhan"


def build(staff: Staff, *, district: Region, now: datetime) -> None:
    """What the shown unit was offered and what came back to the shown community, the older half read."""
    unit, community = staff.by_name["unit"], staff.by_name["community"]
    contact_of = unit.memberships.values("organization")
    offers = Dispatch.objects.select_related("request", "organization", "person").order_by("-offered_at")
    for offer in reversed(offers.filter(organization__in=contact_of)[:SHOWN]):
        _tell(unit, "case_offered", offer, dispatched_words(offer), at=offer.offered_at)
    handled = community.memberships.values("region")
    returned = offers.filter(
        request__handling_region__in=handled, outcome__in=[DispatchOutcome.RETURNED, DispatchOutcome.EXPIRED]
    )
    for offer in reversed(returned[:SHOWN]):
        _tell(community, "case_returned", offer, returned_words(offer), at=offer.ended_at)
    _webhook(staff.by_name["district"], district=district, offers=offers, now=now)


def _tell(user: User, kind: str, offer: Dispatch, words: dict[str, str], *, at: datetime) -> None:
    key = f"demo:{kind}:{offer.pk}"
    notify(kind=kind, to=user, context=words, dedupe_key=key, link=reverse("desk:case", args=[offer.request_id]))
    told = Notification.objects.filter(person=user.person_id, dedupe_key=key)
    told.update(created_at=at)
    if Notification.objects.filter(person=user.person_id).count() <= SHOWN // 2:
        told.update(read_at=at + timedelta(hours=1))


def _webhook(owner: User, *, district: Region, offers: QuerySet, now: datetime) -> None:
    """Switched off, so that the demo calls nobody."""
    webhook, _secret = create_webhook(
        by=owner, name="区治理平台", url=RECEIVER, kinds=["case_offered", "case_returned"], region=district
    )
    street = Region.objects.filter(path__startswith=district.path, level=Level.STREET).first()
    for offer in offers[:SHOWN]:
        announce(kind="case_offered", region=street or district, data=event_of(offer.request), dedupe_key=str(offer.pk))
    log = WebhookDelivery.objects.filter(webhook=webhook)
    log.update(state=SendState.SENT, attempts=1, answered=200, sent_at=now)
    last = log.order_by("-pk").values("pk")[:1]
    log.filter(pk__in=last).update(state=SendState.FAILED, attempts=7, answered=503, error="answer_503", sent_at=None)
    Webhook.objects.filter(pk=webhook.pk).update(is_active=False, stopped=Webhook.Stopped.BY_HAND)
