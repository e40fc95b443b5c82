"""/api/v1/notifications/, webhooks/ and webhook-deliveries/, by the same verbs as at the desk."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.idempotency import Answer
from portal.core.models import Notification, Webhook, WebhookDelivery
from portal.core.notifications import webhooks
from portal.core.notifications.filters import DeliveryFilter, NotificationFilter
from portal.core.notifications.kinds import Channel
from portal.core.notifications.outbox import mark_read
from portal.core.notifications.serializers import (
    DeliveryRow,
    NewWebhook,
    NotificationRow,
    ReadCount,
    WebhookInput,
    WebhookRow,
)
from portal.core.notifications.wording import Wording, Words
from portal.core.rest.views import ScopedReadOnlyViewSet


class NotificationViewSet(ScopedReadOnlyViewSet):
    """Your own notifications. A machine token speaks for a region and has none."""

    queryset = Notification.objects.all()
    serializer_class = NotificationRow
    filterset_class = NotificationFilter
    capability = "notifications:read"

    def get_serializer_context(self) -> dict[str, Any]:
        wording, language = Wording(), get_language()

        def words(row: Notification) -> Words:
            return wording.of(row.kind, Channel.DESK, language, row.values)

        return {**super().get_serializer_context(), "words": words}

    @extend_schema(request=None, responses=NotificationRow)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: int) -> Response:
        """Mark one as read."""
        row = self.get_object()
        mark_read(Notification.objects.filter(pk=row.pk), by=request.user)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=ReadCount)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark all as read."""
        return Response({"read": mark_read(Notification.objects.all(), by=request.user)})


class WebhookViewSet(ScopedReadOnlyViewSet):
    """Your webhooks; an administrator also sees those of the regions looked after."""

    queryset = Webhook.objects.all()
    serializer_class = WebhookRow
    capability = "tokens:manage"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("owner", "region")

    @extend_schema(request=WebhookInput, responses={201: NewWebhook})
    def create(self, request: Request) -> Response:
        """Make a webhook. Its secret is in this answer and nowhere else."""
        asked, made = self.read_input(), []

        def do() -> Answer:
            webhook, secret = webhooks.create_webhook(by=request.user, **asked)
            made.append(secret)
            return 201, {"webhook": WebhookRow(webhook).data}

        response = self.once(request, do)
        if made:
            response.data["secret"] = made[0]
        return response

    @extend_schema(request=WebhookInput, responses=WebhookRow)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change name, address, events or region."""
        webhook = self.get_object()
        known = {name: getattr(webhook, name) for name in ("name", "url", "kinds", "region", "organization")}
        webhooks.edit_webhook(webhook, by=request.user, **known | self.read_input(partial=True))
        return Response(WebhookRow(webhook).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """End a webhook, with its log."""
        webhooks.remove_webhook(self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=None, responses=WebhookRow)
    @action(detail=True, methods=["post"], url_path="switch-on")
    def switch_on(self, request: Request, pk: int) -> Response:
        """Call it again, beginning with what waits."""
        return self._do(webhooks.switch_on)

    @extend_schema(request=None, responses=WebhookRow)
    @action(detail=True, methods=["post"], url_path="switch-off")
    def switch_off(self, request: Request, pk: int) -> Response:
        """Call it no more."""
        return self._do(webhooks.switch_off)

    @extend_schema(request=None, responses=WebhookRow)
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, pk: int) -> Response:
        """Send a call that tells nothing, to try the receiving system."""
        return self._do(webhooks.ping)

    def read_input(self, *, partial: bool = False) -> dict[str, Any]:
        serializer = WebhookInput(data=self.request.data, partial=partial, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def _do(self, verb: Callable[..., None]) -> Response:
        verb(self.get_object(), by=self.request.user)
        return Response(WebhookRow(self.get_object()).data)


class DeliveryViewSet(ScopedReadOnlyViewSet):
    """The log: what your webhooks were told, and what became of it."""

    queryset = WebhookDelivery.objects.all()
    serializer_class = DeliveryRow
    filterset_class = DeliveryFilter
    capability = "tokens:manage"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("webhook")

    @extend_schema(request=None, responses=DeliveryRow)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: int) -> Response:
        """Send this event again, under the same id."""
        webhooks.replay(self.get_object(), by=request.user)
        return Response(DeliveryRow(self.get_object()).data)
