"""Resources and their claims in the API."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core.models import Organization
from portal.core.rest.fields import RegionCodeField, RegionRef, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from requests.claims import MAX_NOTE
from requests.models import Category, Claim, Resource
from requests.models.resources import AMOUNT, FURTHEST_M, LEAST
from requests.resources import Giver
from requests.serializers.rows import CategoryRef
from requests.types import ClaimState, ResourceKind, ResourceStatus, WeekPart
from volunteers.models import Volunteer, VolunteerTeam


class GiverRef(serializers.Serializer):
    """Who gives it. A volunteer's name is masked for those who do not work with them."""

    kind = serializers.SerializerMethodField()
    id = serializers.SerializerMethodField()
    name = serializers.CharField(source="shown_giver")

    @extend_schema_field(serializers.ChoiceField(choices=["organization", "team", "volunteer"]))
    def get_kind(self, row: Resource) -> str:
        return next(name for name in ("organization", "team", "volunteer") if getattr(row, f"{name}_id") is not None)

    @extend_schema_field(serializers.IntegerField())
    def get_id(self, row: Resource) -> int:
        return row.giver.pk


class ResourceRow(serializers.ModelSerializer):
    kind_label = LabelField(source="kind", choices=ResourceKind.choices)
    status_label = LabelField(source="status", choices=ResourceStatus.choices)
    giver = GiverRef(source="*")
    region = RegionRef()
    free = serializers.DecimalField(**AMOUNT, help_text="What can still be claimed.")

    class Meta:
        model = Resource
        fields: ClassVar = [
            "id", "code", "kind", "kind_label", "name", "giver", "region", "latitude", "longitude", "radius_m",
            "amount", "unit", "claimed", "used", "free", "times", "weekly", "valid_until", "status", "status_label",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class ResourceDetail(ResourceRow):
    categories = CategoryRef(many=True)

    class Meta(ResourceRow.Meta):
        fields: ClassVar = [*ResourceRow.Meta.fields, "description", "conditions", "categories", "created_at"]
        read_only_fields = fields


class ResourceEdit(Strict):
    kind = serializers.ChoiceField(choices=ResourceKind.choices, required=False)
    name = CleanCharField(max_length=60, required=False)
    description = CleanCharField(max_length=5000, multiline=True, required=False, allow_blank=True)
    region = RegionCodeField(required=False)
    latitude = serializers.FloatField(required=False, allow_null=True, help_text="WGS-84")
    longitude = serializers.FloatField(required=False, allow_null=True)
    radius_m = serializers.IntegerField(min_value=1, max_value=FURTHEST_M, required=False, allow_null=True)
    amount = serializers.DecimalField(**AMOUNT, min_value=LEAST, required=False)
    unit = CleanCharField(max_length=10, required=False)
    times = CleanCharField(max_length=100, required=False, allow_blank=True)
    weekly = serializers.ListField(
        child=serializers.ChoiceField(choices=WeekPart.choices), max_length=len(WeekPart), required=False
    )
    conditions = CleanCharField(max_length=200, required=False, allow_blank=True)
    categories = serializers.PrimaryKeyRelatedField(queryset=Category.objects.all(), many=True, required=False)
    valid_until = serializers.DateField(required=False, allow_null=True)


class ResourceInput(ResourceEdit):
    """Name one giver. Without a region it is given where the giver belongs."""

    kind = serializers.ChoiceField(choices=ResourceKind.choices)
    name = CleanCharField(max_length=60)
    amount = serializers.DecimalField(**AMOUNT, min_value=LEAST)
    organization = ScopedRelatedField(queryset=Organization.objects.select_related("region"), required=False)
    team = ScopedRelatedField(queryset=VolunteerTeam.objects.select_related("region"), required=False)
    volunteer = ScopedRelatedField(
        queryset=Volunteer.objects.current().select_related("home_region", "person"), required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named: list[Giver] = [attrs.pop(name) for name in ("organization", "team", "volunteer") if name in attrs]
        if len(named) != 1:
            raise serializers.ValidationError(
                {"organization": [_("Name who gives it: a unit, a team or a volunteer, and only one of them.")]}
            )
        return {**attrs, "giver": named[0]}


class ResourceRef(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField()


class ClaimRow(serializers.ModelSerializer):
    resource = ResourceRef()
    state_label = LabelField(source="state", choices=ClaimState.choices)

    class Meta:
        model = Claim
        fields: ClassVar = [
            "id", "resource", "request", "project", "amount", "state", "state_label", "used", "note", "claimed_at",
            "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class UseInput(Strict):
    used = serializers.DecimalField(**AMOUNT, min_value=LEAST)
    note = CleanCharField(max_length=MAX_NOTE, required=False, allow_blank=True)


class ReleaseClaimInput(Strict):
    note = CleanCharField(max_length=MAX_NOTE, required=False, allow_blank=True)
