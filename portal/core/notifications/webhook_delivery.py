"""Calls webhooks, as `portal.core.notifications.delivery` sends messages, and switches off what does not answer."""

from datetime import timedelta

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from portal.core.models import Webhook, WebhookDelivery
from portal.core.notifications import posting
from portal.core.notifications.delivery import BATCH, LEASE, failed, refuse_lost, sent
from portal.core.notifications.outbox import notify
from portal.core.notifications.providers import NotSent
from portal.core.notifications.webhooks import may_hear
from portal.core.schedule import periodic

# Failed calls in a row, of whatever events.
MOST_FAILURES = 30


@periodic(every=timedelta(minutes=1))
@task
def call_webhooks() -> dict[str, int]:
    """Send the events that are due; returns how many were taken and how many not."""
    done = {"sent": 0, "failed": 0}
    while rows := WebhookDelivery.objects.claim(at=timezone.now(), limit=BATCH, lease=LEASE):
        webhooks = Webhook.objects.select_related("owner", "region").in_bulk({row.webhook_id for row in rows})
        for delivery in rows:
            webhook = webhooks.get(delivery.webhook_id)
            # It may have been removed, or switched off by a failure a moment ago.
            if webhook is not None and webhook.is_active:
                done["sent" if _call(delivery, webhook) else "failed"] += 1
    return done


def _call(delivery: WebhookDelivery, webhook: Webhook) -> bool:
    at = timezone.now()
    if not may_hear(webhook):
        failed(delivery, code="not_allowed", is_final=True, at=at)
        _stop(webhook, Webhook.Stopped.OWNER)
        return False
    status = None
    try:
        refuse_lost(delivery)
        status = posting.post(
            webhook.url,
            body=delivery.body.encode(),
            secret=webhook.secret.reveal(),
            headers={"Xiaozhan-Delivery": str(delivery.event_id), "Xiaozhan-Event": delivery.kind},
        )
        if not 200 <= status < 300:
            raise NotSent(f"answer_{status}")
    except (NotSent, posting.NotReached) as error:
        failed(delivery, code=error.code, is_final=getattr(error, "is_final", False), at=at, answered=status)
        _count_failure(webhook)
        return False
    sent(delivery, answered=status)
    if webhook.failures:
        Webhook.objects.filter(pk=webhook.pk).update(failures=0)
        webhook.failures = 0
    return True


def _count_failure(webhook: Webhook) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(failures=F("failures") + 1)
    webhook.refresh_from_db(fields=["failures", "is_active"])
    if webhook.failures >= MOST_FAILURES:
        _stop(webhook, Webhook.Stopped.FAILURES)


def _stop(webhook: Webhook, why: str) -> None:
    # Of several workers that come to it at once, one tells.
    if not Webhook.objects.filter(pk=webhook.pk, is_active=True).update(is_active=False, stopped=why):
        return
    webhook.is_active = False
    reasons = {
        Webhook.Stopped.FAILURES: _("%(count)d calls in a row failed.") % {"count": MOST_FAILURES},
        Webhook.Stopped.OWNER: _("Your account may not read any more what it was told."),
    }
    notify(
        kind="webhook_stopped",
        to=webhook.owner,
        context={"name": webhook.name, "reason": reasons[Webhook.Stopped(why)]},
        dedupe_key=f"webhook:{webhook.pk}:{timezone.now().isoformat()}",
        link=reverse("desk:webhook", args=[webhook.pk]),
    )
