"""The ledger of hours in the API."""

from typing import ClassVar

from rest_framework import serializers

from portal.core.rest.fields import RegionCodeField, RegionRef, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from volunteers.models import Assignment, HourClaim, HourEntry, HourRule, Volunteer
from volunteers.serializers.duty import NamedVolunteerRef, VolunteerRef
from volunteers.types import ClaimKind, ClaimStatus, HourAccount

RULE = ["rounding_minutes", "evening_percent", "overnight_percent", "day_limit_minutes", "long_day_minutes"]


class HourEntryRow(serializers.ModelSerializer):
    """One line of the ledger. Every total is a sum of `minutes` in one account."""

    volunteer = VolunteerRef()
    region = RegionRef()
    assignment = serializers.IntegerField(source="assignment_id", allow_null=True)
    claim = serializers.IntegerField(source="claim_id", allow_null=True)
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True, help_text="The entry taken back.")
    account_label = LabelField(source="account", choices=HourAccount.choices)

    class Meta:
        model = HourEntry
        fields: ClassVar = [
            "id", "volunteer", "region", "account", "account_label", "on", "minutes", "assignment", "claim", "reverses",
            "reason", "made_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReverseInput(Strict):
    reason = CleanCharField(max_length=100)


class HourClaimRow(serializers.ModelSerializer):
    volunteer = NamedVolunteerRef()
    region = RegionRef()
    decided_in = RegionRef()
    kind_label = LabelField(source="kind", choices=ClaimKind.choices)
    status_label = LabelField(source="status", choices=ClaimStatus.choices)

    class Meta:
        model = HourClaim
        fields: ClassVar = [
            "id", "volunteer", "region", "assignment", "kind", "kind_label", "on", "minutes", "reason", "decided_in",
            "status", "status_label", "asked_at", "decided_at", "decision",
        ]  # fmt: skip
        read_only_fields = fields


class ClaimInput(Strict):
    volunteer = ScopedRelatedField(
        queryset=Volunteer.objects.all(), required=False, help_text="Needed of staff; a volunteer asks alone."
    )
    kind = serializers.ChoiceField(
        choices=[(each.value, each.label) for each in (ClaimKind.SUPPLEMENT, ClaimKind.CORRECTION)]
    )
    region = RegionCodeField(scoped=False, help_text="Where it was served, by its code.")
    assignment = ScopedRelatedField(queryset=Assignment.objects.all(), required=False, allow_null=True)
    on = serializers.DateField()
    minutes = serializers.IntegerField(help_text="Of a correction: more, or negative, fewer than approved so far.")
    reason = CleanCharField(max_length=300)


class DecideInput(Strict):
    granted = serializers.BooleanField()
    decision = CleanCharField(
        max_length=300, required=False, allow_blank=True, default="", help_text="A refusal says why."
    )


class HourRuleRow(serializers.ModelSerializer):
    district = RegionRef(allow_null=True, help_text="None: every district that has no rule of its own.")

    class Meta:
        model = HourRule
        fields: ClassVar = ["id", "district", "valid_from", *RULE]
        read_only_fields = fields


class HourRuleInput(Strict):
    """What is left out counts as it does without any rule."""

    district = RegionCodeField(required=False, allow_null=True, default=None)
    valid_from = serializers.DateField(help_text="A day that has not come yet.")
    rounding_minutes = serializers.IntegerField(min_value=1, max_value=60, required=False)
    evening_percent = serializers.IntegerField(min_value=0, max_value=1000, required=False)
    overnight_percent = serializers.IntegerField(min_value=0, max_value=1000, required=False)
    day_limit_minutes = serializers.IntegerField(min_value=0, max_value=1440, required=False)
    long_day_minutes = serializers.IntegerField(min_value=0, max_value=1440, required=False)
