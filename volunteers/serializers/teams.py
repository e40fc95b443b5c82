"""Teams in the API."""

from typing import ClassVar

from rest_framework import serializers

from portal.core.registry.api import RegistrySerializer
from portal.core.rest.fields import RegionCodeField, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from volunteers.models import TeamMember, Volunteer, VolunteerTeam
from volunteers.types import MemberStatus, TeamKind


class TeamSerializer(RegistrySerializer):
    kind_label = LabelField(source="kind", choices=TeamKind.choices)
    region = RegionCodeField()
    region_name = serializers.CharField(source="region.short_name", read_only=True)
    member_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = VolunteerTeam
        fields: ClassVar = [
            "id", "name", "kind", "kind_label", "region", "region_name", "organization", "slogan", "introduction",
            "founded_on", "takes_requests", "is_active", "member_count",
        ]  # fmt: skip


class MemberRow(serializers.ModelSerializer):
    name = serializers.CharField(source="volunteer.shown_name")
    number = serializers.CharField(source="volunteer.number")
    status_label = LabelField(source="status", choices=MemberStatus.choices)
    years = serializers.IntegerField(allow_null=True)

    class Meta:
        model = TeamMember
        fields: ClassVar = [
            "id", "volunteer", "name", "number", "status", "status_label", "is_leader", "joined_on", "left_on", "years",
        ]  # fmt: skip
        read_only_fields = fields


class MemberInput(Strict):
    volunteer = ScopedRelatedField(queryset=Volunteer.objects.all())
    joined_on = serializers.DateField(required=False, allow_null=True)
    is_leader = serializers.BooleanField(required=False, default=False)


class LeaderInput(Strict):
    is_leader = serializers.BooleanField()
