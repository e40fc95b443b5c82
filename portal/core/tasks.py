"""Housekeeping of the job queue itself."""

from datetime import timedelta

from django.conf import settings
from django.core.management import call_command
from django.db.models import Case, F, Func, IntegerField, Value, When
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from portal.core.models import (
    HistoryEntry,
    IdempotencyRecord,
    Notification,
    OutboxMessage,
    SendState,
    SignInCode,
    ThrottleCounter,
    WebhookDelivery,
)
from portal.core.notifications import (
    digest,
    jobs,  # noqa: F401  (the clock knows a task when its module is loaded)
    webhook_delivery,  # noqa: F401
)
from portal.core.schedule import periodic

# Longer than any task takes: what still "runs" then lost its worker to a crash.
ABANDONED_AFTER = timedelta(hours=6)
# Longer than any periodic task's slot: the rows are the schedule's memory.
KEPT_FOR = timedelta(days=30)


@periodic(every=timedelta(hours=1))
@task
def recover_abandoned_tasks() -> int:
    """Give tasks whose worker has died a second chance, and give up on those that had one."""
    tries = Func(F("worker_ids"), function="jsonb_array_length", output_field=IntegerField())
    abandoned = DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - ABANDONED_AFTER)
    return abandoned.annotate(tries=tries).update(
        status=Case(When(tries__lt=2, then=Value(TaskResultStatus.READY)), default=Value(TaskResultStatus.FAILED)),
        traceback="The worker ended while it ran this task.",
    )


@periodic(every=timedelta(days=1), offset=timedelta(hours=3))
@task
def prune_finished_tasks() -> int:
    """Delete what the queue has finished with; returns how many."""
    old = DBTaskResult.objects.finished().filter(finished_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


@periodic(every=timedelta(days=1), offset=timedelta(hours=3, minutes=10))
@task
def prune_history() -> int:
    """Delete history older than settings.HISTORY_DAYS; the database itself refuses anything under six months."""
    return HistoryEntry.objects.filter(at__lt=timezone.now() - timedelta(days=settings.HISTORY_DAYS)).delete()[0]


@periodic(every=timedelta(hours=6))
@task
def prune_passing_records() -> int:
    """Delete throttles' counts, answers to repeated POSTs (a day outlasts any retry), codes and sessions that ended."""
    call_command("clearsessions")
    SignInCode.objects.filter(expires_at__lt=timezone.now()).delete()
    ThrottleCounter.objects.filter(ends_at__lt=timezone.now()).delete()
    return IdempotencyRecord.objects.filter(created_at__lt=timezone.now() - timedelta(days=1)).delete()[0]


@periodic(every=timedelta(days=1), offset=timedelta(hours=3, minutes=20))
@task
def prune_notifications() -> int:
    """Delete what people and webhooks were told longer ago than settings.NOTIFICATION_DAYS; returns how many."""
    before = timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS)
    old = [
        Notification.objects.filter(created_at__lt=before),
        # An event for a webhook that was never switched on again would wait for ever.
        WebhookDelivery.objects.filter(created_at__lt=before),
        OutboxMessage.objects.filter(created_at__lt=before).exclude(state=SendState.WAITING),
    ]
    return sum(rows.delete()[0] for rows in old)


@periodic(every=timedelta(days=1), offset=timedelta(hours=8))
@task
def send_daily_digests() -> int:
    """Write the daily digests; returns how many."""
    return digest.send_digests()
