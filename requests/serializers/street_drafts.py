"""Drafts of a street in the API."""

from typing import ClassVar

from rest_framework import serializers

from portal.core.rest.fields import RegionCodeField, RegionRef
from portal.core.rest.serializers import Strict
from requests.models import StreetDraft, StreetDraftLine
from requests.models.resources import AMOUNT
from requests.street_drafts import MOST_WORDS
from requests.types import DraftGround


class StreetDraftRow(serializers.ModelSerializer):
    region = RegionRef()

    class Meta:
        model = StreetDraft
        fields: ClassVar = [
            "id", "region", "status", "need_count", "fitting_count", "refused_count", "resource_count", "made_at",
        ]  # fmt: skip
        read_only_fields = fields


class DraftedCase(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    version = serializers.IntegerField()
    due_at = serializers.DateTimeField()


class DraftedResource(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    giver = serializers.CharField(source="shown_giver", help_text="Masked for those who do not work with them.")
    free = serializers.DecimalField(**AMOUNT)
    unit = serializers.CharField()


class StreetDraftLineRow(serializers.ModelSerializer):
    request = DraftedCase()
    resource = DraftedResource()
    reasons = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = StreetDraftLine
        fields: ClassVar = [
            "id", "request", "resource", "amount", "score", "reasons", "status", "ground", "remark", "decided_at",
        ]  # fmt: skip
        read_only_fields = fields


class StreetDraftDetail(StreetDraftRow):
    lines = StreetDraftLineRow(many=True)

    class Meta(StreetDraftRow.Meta):
        fields: ClassVar = [*StreetDraftRow.Meta.fields, "lines"]
        read_only_fields = fields


class StreetDraftInput(Strict):
    region = RegionCodeField()


class AcceptLineInput(Strict):
    dispatch = serializers.BooleanField(default=False, help_text="The case goes to the giver as well.")
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="Of the case, as it was seen: a stale one is refused."
    )


class PassOverLineInput(Strict):
    ground = serializers.ChoiceField(choices=DraftGround.choices)
    text = serializers.CharField(
        required=False, allow_blank=True, max_length=MOST_WORDS, help_text="Needed with `other`."
    )
