"""What the hotline sends and is told, and home visits with their needs."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.core import consent
from portal.core.models import Estate
from portal.core.rest.fields import MomentField, PhoneField, RegionCodeField, RegionRef, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from requests.models import Category, HotlineCase, HotlineReturn, Visit
from requests.models.hotline import MAX_NUMBER, SYSTEM, ReturnState
from requests.models.visits import Met
from requests.serializers.intake import RecordInput
from requests.serializers.rows import NumberField
from requests.types import Kind, State
from requests.visits import MAX_HOUSEHOLD, MAX_NOTE, MOST_NEEDS, Need
from requests.workflow.intake import MAX_DESCRIPTION


class HotlineInput(RecordInput):
    """A case as the hotline hands it over."""

    channel = None
    external_number = CleanCharField(max_length=MAX_NUMBER)
    external_system = CleanCharField(max_length=20, default=SYSTEM)
    due_at = MomentField(
        required=False, allow_null=True, help_text="When the hotline wants the result; our own limit may be sooner."
    )
    phone = PhoneField(max_length=40, required=False, allow_blank=True, default="")


class HotlineCaseRow(serializers.ModelSerializer):
    """The same for a number whenever it is sent; how the case stands, /service-requests/{request}/ says."""

    request = serializers.IntegerField(source="request_id")
    number = NumberField(source="request_id")
    submitted_at = serializers.DateTimeField(source="request.submitted_at")

    class Meta:
        model = HotlineCase
        fields: ClassVar = [
            "id", "external_system", "external_number", "request", "number", "due_at", "submitted_at",
        ]  # fmt: skip
        read_only_fields = fields


class HotlineReturnRow(serializers.ModelSerializer):
    external_system = serializers.CharField(source="hotline.external_system")
    external_number = serializers.CharField(source="hotline.external_number")
    request = serializers.IntegerField(source="hotline.request_id")
    number = NumberField(source="hotline.request_id")
    outcome = serializers.ChoiceField(choices=State.choices)
    outcome_label = LabelField(source="outcome", choices=State.choices)
    state = serializers.ChoiceField(choices=ReturnState.choices)
    state_label = LabelField(source="state", choices=ReturnState.choices)

    class Meta:
        model = HotlineReturn
        fields: ClassVar = [
            "id", "external_system", "external_number", "request", "number", "outcome", "outcome_label", "text", "at",
            "state", "state_label", "attempts", "sent_at", "error",
        ]  # fmt: skip
        read_only_fields = fields


class NeedInput(Strict):
    description = CleanCharField(max_length=MAX_DESCRIPTION, multiline=True)
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.NEED)
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.filter(is_active=True), required=False)


class VisitInput(Strict):
    """A visit with its needs. The same `key` again is the same visit."""

    key = serializers.UUIDField(help_text="Made where the visit was written down.")
    region = RegionCodeField(scoped=False)
    estate = ScopedRelatedField(queryset=Estate.objects.all(), required=False)
    household = CleanCharField(max_length=MAX_HOUSEHOLD, help_text="Building, entrance and flat; kept masked.")
    met = serializers.ChoiceField(choices=Met.choices)
    name = CleanCharField(max_length=30, required=False, allow_blank=True)
    phone = PhoneField(max_length=40, required=False, allow_blank=True)
    note = CleanCharField(max_length=MAX_NOTE, multiline=True, required=False, allow_blank=True)
    visited_at = serializers.DateTimeField(required=False)
    consent = serializers.CharField(
        max_length=20, required=False, help_text="The version of the text that was agreed to; needed with needs."
    )
    needs = serializers.ListField(child=NeedInput(), max_length=MOST_NEEDS, required=False)

    def validate_consent(self, value: str) -> Any:
        text = consent.shown(value)
        if text.version != value:
            raise serializers.ValidationError(_("There is no consent text of this version."))
        return text

    def arguments(self) -> dict[str, Any]:
        """The keywords of `visits.record`."""
        values = dict(self.validated_data)
        return {**values, "needs": [Need(**need) for need in values.get("needs", ())]}


class VisitRow(serializers.ModelSerializer):
    region = RegionRef()
    estate = serializers.IntegerField(source="estate_id", allow_null=True)
    household = serializers.CharField(source="household_masked", help_text="Masked.")
    met_label = LabelField(source="met", choices=Met.choices)
    name = serializers.CharField(source="met_masked", help_text="Masked.")
    recorded_by = serializers.CharField(source="recorded_by.get_full_name")
    need_count = serializers.IntegerField()

    class Meta:
        model = Visit
        fields: ClassVar = [
            "id", "key", "region", "estate", "household", "met", "met_label", "name", "visited_at", "recorded_at",
            "recorded_by", "need_count",
        ]  # fmt: skip
        read_only_fields = fields


class VisitNeedRow(serializers.Serializer):
    request = serializers.IntegerField(source="request_id")
    number = NumberField(source="request_id")
    title = serializers.CharField(source="request.title")
    state = serializers.ChoiceField(source="request.state", choices=State.choices)


class VisitDetail(VisitRow):
    needs = VisitNeedRow(many=True)

    class Meta(VisitRow.Meta):
        fields: ClassVar = [*VisitRow.Meta.fields, "note", "needs"]
        read_only_fields = fields


class VisitFigures(serializers.Serializer):
    visits = serializers.IntegerField(help_text="户次")
    needs = serializers.IntegerField(help_text="件")
    needs_per_visit = serializers.FloatField(allow_null=True, help_text="Null without visits.")
