"""Rosters in the API."""

from typing import ClassVar

from rest_framework import serializers

from portal.core.rest.fields import ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from stations.models import Station
from stations.serializers import StationRef
from volunteers.models import Roster, RosterLine
from volunteers.roster.problem import STAGES
from volunteers.serializers.duty import NamedVolunteerRef


class RosterRow(serializers.ModelSerializer):
    station = StationRef()
    status_label = LabelField(source="status", choices=Roster.Status.choices)

    class Meta:
        model = Roster
        fields: ClassVar = [
            "id", "station", "first_day", "last_day", "status", "status_label", "made_at", "published_at",
        ]  # fmt: skip
        read_only_fields = fields


class ProgressRow(serializers.Serializer):
    stage = serializers.ChoiceField(choices=[(name, name) for name in STAGES], required=False)
    places = serializers.IntegerField(required=False, help_text="How many places the best draft so far fills.")


class GapRow(serializers.Serializer):
    shift = serializers.IntegerField()
    what = serializers.CharField(help_text="`people`, `key`, or the code of a skill.")
    count = serializers.IntegerField()
    reason = serializers.ChoiceField(
        choices=[(code, code) for code in ("nobody_free", "too_few_free", "all_taken")],
        help_text="Nobody has time; fewer have time than are needed; those who have time are taken by other duty.",
    )
    proven = serializers.BooleanField(help_text="No roster could fill it.")


class StageRow(serializers.Serializer):
    name = serializers.ChoiceField(choices=[(name, name) for name in STAGES])
    value = serializers.IntegerField(help_text="Things missing, minutes, or points: the less the better.")
    proven = serializers.BooleanField(help_text="Nothing better exists.")
    seconds = serializers.FloatField()


class LoadRow(serializers.Serializer):
    volunteer = serializers.IntegerField()
    minutes = serializers.IntegerField()
    before = serializers.IntegerField(help_text="Minutes in the draft that the solver began with.")
    share = serializers.IntegerField(help_text="Minutes that would be just.")


class NotAssignedRow(serializers.Serializer):
    shift = serializers.IntegerField()
    volunteer = serializers.IntegerField()
    reason = serializers.CharField()


class OutcomeRow(serializers.Serializer):
    """What came of solving; empty before."""

    people = serializers.IntegerField(required=False)
    places = serializers.IntegerField(required=False, help_text="How many people the shifts need at least.")
    filled = serializers.IntegerField(required=False)
    unfairness = serializers.IntegerField(required=False, help_text="The fairness gap in minutes.")
    unfairness_before = serializers.IntegerField(required=False)
    gaps = GapRow(many=True, required=False)
    stages = StageRow(many=True, required=False, help_text="Empty for a draft that was made at once.")
    load = LoadRow(many=True, required=False)
    refused = NotAssignedRow(many=True, required=False, help_text="Lines that no longer worked when it was published.")


class LineRow(serializers.ModelSerializer):
    volunteer = NamedVolunteerRef()

    class Meta:
        model = RosterLine
        fields: ClassVar = ["id", "shift", "volunteer", "is_pinned"]
        read_only_fields = fields


class RosterDetail(RosterRow):
    progress = ProgressRow()
    outcome = OutcomeRow()
    lines = LineRow(many=True)

    class Meta(RosterRow.Meta):
        fields: ClassVar = [*RosterRow.Meta.fields, "asked_to_stop", "progress", "outcome", "lines"]
        read_only_fields = fields


class WeekRow(serializers.Serializer):
    """What a move did to somebody's week."""

    monday = serializers.DateField()
    before = serializers.IntegerField(help_text="Minutes of duty in the week before the move.")
    after = serializers.IntegerField()
    most = serializers.IntegerField(help_text="Minutes a week that the person wants at most.")
    doubt = serializers.CharField(help_text="Says so where the week is more than that; mostly empty.")
    words = serializers.CharField(help_text="All of it in a sentence.")


class MovedRow(RosterDetail):
    week = WeekRow()

    class Meta(RosterDetail.Meta):
        fields: ClassVar = [*RosterDetail.Meta.fields, "week"]
        read_only_fields = fields


class RosterInput(Strict):
    station = ScopedRelatedField(queryset=Station.objects.select_related("region"))
    first_day = serializers.DateField()
    last_day = serializers.DateField(help_text="Two months at most.")


class ComparisonRow(serializers.Serializer):
    """What publishing would change. Assignments by their ids, lines of the draft by theirs."""

    added = serializers.ListField(child=serializers.IntegerField(), help_text="Lines: people who would be asked.")
    removed = serializers.ListField(
        child=serializers.IntegerField(), help_text="Assignments: proposals that would be taken back."
    )
    kept = serializers.ListField(child=serializers.IntegerField(), help_text="Assignments that stay.")


class RefusedRow(serializers.Serializer):
    line = serializers.IntegerField()
    reason = serializers.CharField()


class PublishedRow(serializers.Serializer):
    assigned = serializers.ListField(child=serializers.IntegerField(), help_text="Assignments that were made.")
    withdrawn = serializers.ListField(child=serializers.IntegerField(), help_text="Proposals that were taken back.")
    refused = RefusedRow(many=True, help_text="Lines that no longer work, and why.")
