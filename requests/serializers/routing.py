"""Routing rules, what they propose, and what they would have done."""

from typing import Any, ClassVar

from rest_framework import serializers

from portal.core.registry.api import RegistrySerializer
from portal.core.rest.fields import OrganizationRef, RegionCodeField, RegionRef
from portal.core.rest.serializers import Strict
from requests.models import RoutingRule
from requests.routing import DAYS_OFFERED, conditions
from requests.serializers.proposals import LikeRow
from requests.serializers.rows import CategoryRef, TeamRef

TRIED = ("tried_at", "tried_days", "tried_caught", "tried_sent", "tried_hits")


class RoutingRuleSerializer(RegistrySerializer):
    region = RegionCodeField()

    class Meta:
        model = RoutingRule
        fields: ClassVar = [
            "id", "name", "order", "region", "category", "station", "keywords", "weekdays", "hour_from", "hour_until",
            "unit", "team", "valid_from", "valid_until", "is_active", *TRIED,
        ]  # fmt: skip
        read_only_fields: ClassVar = ["is_active", *TRIED]

    def validate_weekdays(self, days: list[int]) -> list[int]:
        return sorted(set(days))


class RoutingRuleRow(serializers.ModelSerializer):
    region = RegionRef()
    category = CategoryRef(allow_null=True)
    unit = OrganizationRef(allow_null=True)
    team = TeamRef(allow_null=True)
    conditions = serializers.SerializerMethodField(help_text="What it asks for, in words.")

    class Meta:
        model = RoutingRule
        fields: ClassVar = [
            "id", "name", "order", "region", "category", "unit", "team", "conditions", "valid_from", "valid_until",
            "is_active", *TRIED,
        ]  # fmt: skip

    def get_conditions(self, rule: RoutingRule) -> list[str]:
        return conditions(rule)


class TrialInput(Strict):
    days = serializers.ChoiceField(choices=DAYS_OFFERED, default=DAYS_OFFERED[1])


class CaughtRow(LikeRow):
    submitted_at = serializers.DateTimeField()
    reasons = serializers.ListField(child=serializers.CharField())
    went_to = serializers.CharField(help_text="To whom it really went last; empty: to nobody.")
    is_hit = serializers.BooleanField()


class TrialAnswer(serializers.Serializer):
    days = serializers.IntegerField()
    looked_at = serializers.IntegerField(help_text="Cases of the rule's region that it may fit, the newest 5,000.")
    caught = serializers.IntegerField()
    sent = serializers.IntegerField(help_text="Of those caught, the ones that were dispatched.")
    hits = serializers.IntegerField(help_text="Of those sent, the ones that went to the rule's unit or team anyway.")
    hit_rate = serializers.IntegerField(allow_null=True, help_text="hits / sent in per cent.")
    preceded = serializers.IntegerField(help_text="Cases that another rule in force takes first.")
    cases = CaughtRow(many=True, help_text="The newest 100.")


class RoutingProposal(serializers.Serializer):
    """To whom a case should go, by which rule and why. Nothing is sent by itself."""

    rule = serializers.SerializerMethodField()
    unit = OrganizationRef(source="rule.unit", allow_null=True)
    team = TeamRef(source="rule.team", allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())

    def get_rule(self, proposal: Any) -> str:
        return proposal.rule.name
