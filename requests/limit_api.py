"""/api/v1/limits/: the limits that districts set for themselves."""

from typing import ClassVar

from django.db import models
from rest_framework import serializers

from portal.core.registry.api import RegistrySerializer, RegistryViewSet
from portal.core.rest.fields import RegionCodeField
from portal.core.rest.rows import LabelField
from requests.limit_filters import LimitFilter
from requests.models import LimitRule
from requests.subjects import LIMITS
from requests.types import LimitStep, LimitUnit


class LimitSerializer(RegistrySerializer):
    district = RegionCodeField(required=False, allow_null=True, help_text="Null: every district.")
    category_path = serializers.CharField(source="category.path", read_only=True, allow_null=True, default=None)
    step_label = LabelField(source="step", choices=LimitStep.choices)
    unit_label = LabelField(source="unit", choices=LimitUnit.choices)

    class Meta:
        model = LimitRule
        fields: ClassVar = [
            "id", "district", "category", "category_path", "kind", "time_limit", "step", "step_label", "amount",
            "unit", "unit_label", "starts_on", "ends_on",
        ]  # fmt: skip


class LimitViewSet(RegistryViewSet):
    """How long a step may take, where it differs from the portal's own limits. The most particular rule decides:
    by category (the deeper one), then kind, then class, then district. Without a class it leaves urgent cases alone.
    """

    subject = LIMITS
    queryset = LimitRule.objects.all()
    serializer_class = LimitSerializer
    filterset_class = LimitFilter
    orderings: ClassVar = {"starts_on": "starts_on", "id": "pk"}
    default_ordering = "-starts_on"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("district", "category")
