"""What the API shows of notifications and webhooks, and what it takes."""

import json
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core.models import Notification, Organization, SendState, Webhook, WebhookDelivery
from portal.core.rest.fields import RegionCodeField, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField


class NotificationRow(serializers.ModelSerializer):
    """One notification in the reader's language. `link` is a page of the portal."""

    kind_label = serializers.CharField(read_only=True)
    subject = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields: ClassVar = ["id", "kind", "kind_label", "subject", "text", "link", "created_at", "read_at"]
        read_only_fields = fields

    def get_subject(self, row: Notification) -> str:
        return self.context["words"](row).subject

    def get_text(self, row: Notification) -> str:
        return self.context["words"](row).body


class ReadCount(serializers.Serializer):
    read = serializers.IntegerField(help_text="How many were unread.")


class WebhookRow(serializers.ModelSerializer):
    region = serializers.CharField(source="region.code", read_only=True)
    owner = serializers.CharField(source="owner.username", read_only=True)
    stopped_label = LabelField(source="stopped", choices=[("", ""), *Webhook.Stopped.choices])

    class Meta:
        model = Webhook
        fields: ClassVar = [
            "id", "name", "owner", "region", "organization", "url", "kinds", "is_active", "stopped", "stopped_label",
            "failures", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewWebhook(serializers.Serializer):
    webhook = WebhookRow()
    secret = serializers.CharField(
        required=False, help_text="Shown this once: a repeat with the same Idempotency-Key comes without it."
    )


class WebhookInput(Strict):
    name = CleanCharField(max_length=60)
    url = serializers.CharField(max_length=300)
    kinds = serializers.ListField(child=serializers.CharField(max_length=40), max_length=200)
    region = RegionCodeField()
    organization = ScopedRelatedField(
        queryset=Organization.objects.all(), required=False, allow_null=True,
        help_text="For a unit's own system: it hears `case_step` of cases that are offered to the unit, nothing else.",
    )  # fmt: skip


class DeliveryRow(serializers.ModelSerializer):
    """One event for one webhook, with what became of it."""

    kind_label = serializers.CharField(read_only=True)
    state_label = LabelField(source="state", choices=SendState.choices)
    body = serializers.SerializerMethodField()

    class Meta:
        model = WebhookDelivery
        fields: ClassVar = [
            "id", "webhook", "event_id", "kind", "kind_label", "state", "state_label", "attempts", "due_at", "sent_at",
            "answered", "error", "replays", "created_at", "body",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_body(self, row: WebhookDelivery) -> Any:
        return json.loads(row.body)
