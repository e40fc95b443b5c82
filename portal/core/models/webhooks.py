"""Webhooks: other systems that are told, and the log of what they were told."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.fields import EncryptedTextField
from portal.core.history import HistoryTrigger
from portal.core.models.notifications import Outgoing, OutgoingQuerySet, SendState
from portal.core.models.organizations import Organization
from portal.core.models.regions import Region
from portal.core.notifications.kinds import event_label_of
from portal.core.scope import Scope, ScopedQuerySet


class WebhookQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "WebhookQuerySet":
        """One's own; an administrator also sees those of the regions looked after, as with machine tokens."""
        own = Q(owner=scope.user_id)
        return self.filter(own | scope.region_filter("region__path") if scope.can("tokens:manage_all") else own)

    def listening(self, region: Region) -> "WebhookQuerySet":
        """Those that are told of what happens in `region`, with what says of which kinds and units."""
        return self.filter(is_active=True, region__code__in=region.codes).only("kinds", "organization")


class Webhook(models.Model):
    """An address that is told of some kinds of events in one region, for as long as its owner may know of them."""

    class Stopped(models.TextChoices):
        BY_HAND = "by_hand", _("Switched off by hand")
        FAILURES = "failures", _("Too many calls failed")
        OWNER = "owner", _("The account may not read this any more")

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks", verbose_name=_("account")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    # A unit's own system: it hears of nothing but what is offered to the unit.
    organization = models.ForeignKey(
        Organization, models.CASCADE, null=True, blank=True, related_name="webhooks", verbose_name=_("unit")
    )
    url = models.URLField(_("address"), max_length=300)
    kinds = ArrayField(models.CharField(max_length=40), verbose_name=_("events"))
    secret = EncryptedTextField(_("secret"))
    is_active = models.BooleanField(_("active"), default=True, editable=False)
    stopped = models.CharField(_("stopped"), max_length=10, choices=Stopped.choices, blank=True, editable=False)
    # Since the last call that succeeded.
    failures = models.PositiveIntegerField(_("failed calls in a row"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["-created_at"]
        triggers = [HistoryTrigger(hidden=["secret"], ignored=["failures"])]

    def __str__(self) -> str:
        return self.name


class WebhookDeliveryQuerySet(OutgoingQuerySet, ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "WebhookDeliveryQuerySet":
        return self.filter(webhook__in=Webhook.objects.in_scope(scope).values("pk"))

    def due(self, at: Any) -> "WebhookDeliveryQuerySet":
        """What a webhook that is switched off has missed waits until it is on again."""
        return super().due(at).filter(webhook__is_active=True)


class WebhookDelivery(Outgoing):
    """One event for one webhook; the rows are the log. The body holds numbers and codes, nothing personal."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    event_id = models.UUIDField(_("event"), default=uuid4)
    kind = models.CharField(_("kind"), max_length=40)
    body = models.TextField(_("body"))
    dedupe_key = models.CharField(max_length=120)
    # The status that the other system answered with, if it answered.
    answered = models.PositiveSmallIntegerField(_("answer"), null=True)
    replays = models.PositiveSmallIntegerField(_("sent again by hand"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["webhook", "dedupe_key"], name="webhook_delivery_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state=SendState.WAITING), name="webhook_delivery_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"

    @property
    def kind_label(self) -> str:
        return event_label_of(self.kind)
