"""Matches in the API: who or what fits, how well, and why."""

from rest_framework import serializers


class FitRow(serializers.Serializer):
    id = serializers.IntegerField(source="target.pk")
    score = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField(), source="words")


class NamedFit(FitRow):
    name = serializers.CharField(source="target")


class VolunteerFit(FitRow):
    name = serializers.CharField(source="target.shown_name", help_text="Masked for those who do not work with them.")
    number = serializers.CharField(source="target.number")


class ResourceFit(NamedFit):
    code = serializers.CharField(source="target.code")
    giver = serializers.CharField(source="target.shown_giver")
    free = serializers.DecimalField(source="target.free", max_digits=12, decimal_places=2)
    unit = serializers.CharField(source="target.unit")


class NeedFit(FitRow):
    number = serializers.CharField(source="target.number")
    title = serializers.CharField(source="target.title")
    state = serializers.CharField(source="target.state")
    due_at = serializers.DateTimeField(source="target.due_at")


class MatchesRow(serializers.Serializer):
    """The best of each kind first."""

    resources = ResourceFit(many=True)
    units = NamedFit(many=True)
    teams = NamedFit(many=True)
    volunteers = VolunteerFit(many=True)


class NeedsRow(serializers.Serializer):
    results = NeedFit(many=True)
