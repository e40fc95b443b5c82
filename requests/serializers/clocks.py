"""The clocks of a case in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from requests.clocks import Clock
from requests.types import LimitStep, LimitUnit, State


class LimitRow(serializers.Serializer):
    """How long it may take, and which entry of limits/ says so; null: the portal's own limit."""

    amount = serializers.IntegerField(source="limit.amount")
    unit = serializers.ChoiceField(source="limit.unit", choices=LimitUnit.choices)
    rule = serializers.IntegerField(source="rule.id", allow_null=True, default=None)


class PauseRow(serializers.Serializer):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    was_asked = serializers.BooleanField(help_text="The resident was asked; if not, see `state`.")
    state = serializers.ChoiceField(
        choices=State.choices,
        help_text="In which the clock stood still: asked, talked over, in a project, withdrawn or joined.",
    )


class ExtensionRow(serializers.Serializer):
    at = serializers.DateTimeField()
    due_before = serializers.DateTimeField()
    until = serializers.DateTimeField()


class ClockAccountRow(serializers.Serializer):
    started_at = serializers.DateTimeField()
    limit = LimitRow(source="decided")
    pauses = PauseRow(many=True)
    extensions = ExtensionRow(many=True)


class ClockRow(serializers.Serializer):
    """One limit of a case. What has no `account` is no limit of ours to reckon: the resident's time, or a set one."""

    step = serializers.ChoiceField(choices=[("", ""), *LimitStep.choices])
    label = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    is_paused = serializers.BooleanField(source="paused")
    explanation = serializers.SerializerMethodField()
    account = ClockAccountRow(allow_null=True)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_explanation(self, clock: Clock) -> list[Any]:
        return [clock.explanation, *clock.lines] if clock.explanation else list(clock.lines)
