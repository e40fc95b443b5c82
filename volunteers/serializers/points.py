"""Certificates, rewards and points in the API."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core import codes
from portal.core.filtering import MAX_ID
from portal.core.rest.fields import RegionCodeField, RegionRef, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from stations.models import Affiliate
from volunteers import rewards
from volunteers.certificates import MAX_PURPOSE, minutes_of
from volunteers.guards import MAX_REASON
from volunteers.models import Certificate, PointEntry, PointRule, Redemption, Reward, Volunteer
from volunteers.models.certificates import LONGEST_PUBLICITY, PUBLICITY_DAYS
from volunteers.models.points import MOST_PER_HOUR, MOST_PERCENT, MOST_POINTS
from volunteers.rewards import MOST_IN_STOCK
from volunteers.serializers.duty import NamedVolunteerRef
from volunteers.types import CertificateStanding, PointKind, RedemptionStatus

PERCENTS = ["evening_percent", "red_weekend_percent", "staggered_percent", "overnight_percent"]


class CertificateRow(serializers.ModelSerializer):
    volunteer = NamedVolunteerRef()
    region = RegionRef()
    standing = serializers.SerializerMethodField(help_text="What it is worth today.")
    minutes = serializers.SerializerMethodField(help_text="What stands on it; null while none is issued.")
    has_changed = serializers.BooleanField(help_text="Hours that it stands on were taken back since.")

    class Meta:
        model = Certificate
        fields: ClassVar = [
            "id", "number", "volunteer", "region", "since", "until", "minutes", "standing", "has_changed", "asked_at",
            "publicity_from", "publicity_until", "revoked_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=CertificateStanding.choices))
    def get_standing(self, row: Certificate) -> str:
        return row.standing()

    def get_minutes(self, row: Certificate) -> int | None:
        return row.minutes if row.number else None


class CertificateDetail(CertificateRow):
    minutes = serializers.SerializerMethodField(help_text="What stands on it; before, what would stand on it today.")
    entries = serializers.SerializerMethodField(help_text="The rows of the ledger that it stands on, by id.")

    class Meta(CertificateRow.Meta):
        fields: ClassVar = [*CertificateRow.Meta.fields, "purpose", "refusal", "revocation", "entries"]
        read_only_fields = fields

    def get_minutes(self, row: Certificate) -> int:
        return minutes_of(row)

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_entries(self, row: Certificate) -> list[int]:
        return list(row.lines.order_by("entry_id").values_list("entry_id", flat=True))


class CertificateInput(Strict):
    volunteer = ScopedRelatedField(
        queryset=Volunteer.objects.all(), required=False, help_text="Needed of staff; a volunteer asks alone."
    )
    since = serializers.DateField()
    until = serializers.DateField()
    purpose = CleanCharField(max_length=MAX_PURPOSE, required=False, allow_blank=True, default="")


class IssueInput(Strict):
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_PUBLICITY, default=PUBLICITY_DAYS)


class WhyInput(Strict):
    reason = CleanCharField(max_length=MAX_REASON)


class MerchantRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class RewardRow(serializers.ModelSerializer):
    merchant = MerchantRef()

    class Meta:
        model = Reward
        fields: ClassVar = [
            "id", "merchant", "name", "description", "points", "stock", "offered_until", "is_active",
        ]  # fmt: skip
        read_only_fields = fields


class RewardEdit(Strict):
    name = CleanCharField(max_length=60, required=False)
    description = CleanCharField(max_length=200, required=False, allow_blank=True)
    points = serializers.IntegerField(min_value=1, max_value=MOST_POINTS, required=False)
    offered_until = serializers.DateField(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


class RewardInput(RewardEdit):
    merchant = ScopedRelatedField(queryset=Affiliate.objects.all())
    name = CleanCharField(max_length=60)
    points = serializers.IntegerField(min_value=1, max_value=MOST_POINTS)
    stock = serializers.IntegerField(min_value=0, max_value=MOST_IN_STOCK, default=0)


class StockInput(Strict):
    change = serializers.IntegerField(
        min_value=-MOST_IN_STOCK, max_value=MOST_IN_STOCK, help_text="So many more or, negative, fewer."
    )


class PointEntryRow(serializers.ModelSerializer):
    """One line of the ledger. Every balance is a sum of `points`."""

    volunteer = NamedVolunteerRef()
    region = RegionRef()
    kind_label = LabelField(source="kind", choices=PointKind.choices)
    hour_entry = serializers.IntegerField(source="hour_entry_id", allow_null=True)
    rule = serializers.IntegerField(source="rule_id", allow_null=True, help_text="By which the hours were counted.")
    redemption = serializers.IntegerField(source="redemption_id", allow_null=True)

    class Meta:
        model = PointEntry
        fields: ClassVar = [
            "id", "volunteer", "region", "kind", "kind_label", "points", "hour_entry", "rule", "redemption", "report",
            "made_at",
        ]  # fmt: skip
        read_only_fields = fields


class PointRuleRow(serializers.ModelSerializer):
    district = RegionRef(allow_null=True, help_text="None: every district that has no rule of its own.")

    class Meta:
        model = PointRule
        fields: ClassVar = ["id", "district", "valid_from", "points_per_hour", "points_per_report", *PERCENTS]
        read_only_fields = fields


class PointRuleInput(Strict):
    """What is left out counts as usual: 10 points for an hour, 100 percent."""

    district = RegionCodeField(required=False, allow_null=True, default=None)
    valid_from = serializers.DateField(help_text="Today or a later day.")
    points_per_hour = serializers.IntegerField(min_value=0, max_value=MOST_PER_HOUR, required=False)
    points_per_report = serializers.IntegerField(min_value=0, max_value=MOST_PER_HOUR, required=False)
    evening_percent = serializers.IntegerField(min_value=0, max_value=MOST_PERCENT, required=False)
    red_weekend_percent = serializers.IntegerField(min_value=0, max_value=MOST_PERCENT, required=False)
    staggered_percent = serializers.IntegerField(min_value=0, max_value=MOST_PERCENT, required=False)
    overnight_percent = serializers.IntegerField(min_value=0, max_value=MOST_PERCENT, required=False)


class RewardRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class RedemptionRow(serializers.ModelSerializer):
    volunteer = NamedVolunteerRef()
    reward = RewardRef()
    status_label = LabelField(source="status", choices=RedemptionStatus.choices)

    class Meta:
        model = Redemption
        fields: ClassVar = [
            "id", "volunteer", "reward", "points", "status", "status_label", "taken_at", "expires_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class TakenRow(RedemptionRow):
    """What was just taken, with the code for its owner."""

    code = serializers.SerializerMethodField()

    class Meta(RedemptionRow.Meta):
        fields: ClassVar = [*RedemptionRow.Meta.fields, "code"]
        read_only_fields = fields

    def get_code(self, row: Redemption) -> str:
        return codes.format_code(rewards.code_of(row))


class TakeRewardInput(Strict):
    reward = serializers.IntegerField(min_value=1, max_value=MAX_ID, help_text="One of those on offer, by its id.")


class CodeInput(Strict):
    code = CleanCharField(max_length=40, help_text="As the volunteer's phone shows it.")
