"""What lists of the API are filtered by."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.filtering import BooleanFilter, ChoicesFilter, FilterSet, IdFilter
from portal.core.models import Notification, SendState, WebhookDelivery
from portal.core.notifications.kinds import event_choices, kind_choices


class NotificationFilter(FilterSet):
    unread = BooleanFilter(label=_("unread"), method="by_unread")
    kind = ChoicesFilter(label=_("kind"), choices=kind_choices)

    class Meta:
        model = Notification
        fields: list[str] = []

    def by_unread(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        return rows.filter(read_at__isnull=value)


class DeliveryFilter(FilterSet):
    webhook = IdFilter(label=_("webhook (id)"), field_name="webhook_id")
    state = ChoicesFilter(label=_("state"), choices=SendState.choices)
    kind = ChoicesFilter(label=_("kind"), choices=event_choices)

    class Meta:
        model = WebhookDelivery
        fields: list[str] = []
