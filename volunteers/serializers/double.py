"""Double check-in, brand projects and honours in the API, to read."""

from typing import ClassVar

from rest_framework import serializers

from portal.core.rest.fields import OrganizationRef, RegionRef
from portal.core.rest.rows import LabelField
from volunteers.models import BrandProject, BrandStep, Honour, MemberReport, UnitPledge, UnitReport
from volunteers.types import BrandStage, ReportStatus


class UnitReportRow(serializers.ModelSerializer):
    organization = OrganizationRef()
    region = RegionRef()
    status_label = LabelField(source="status", choices=ReportStatus.choices)
    pledge_count = serializers.IntegerField(help_text="Pledges of the report")
    fulfilled_count = serializers.IntegerField()
    signed_count = serializers.IntegerField(help_text="Pledges in the unit's agreements with the community")
    signed_fulfilled_count = serializers.IntegerField()

    class Meta:
        model = UnitReport
        fields: ClassVar = [
            "id", "organization", "region", "status", "status_label", "reported_on", "valid_until", "confirmed_at",
            "ended_on", "pledge_count", "fulfilled_count", "signed_count", "signed_fulfilled_count",
        ]  # fmt: skip
        read_only_fields = fields


class UnitPledgeRow(serializers.ModelSerializer):
    class Meta:
        model = UnitPledge
        fields: ClassVar = ["id", "text", "quantity", "due_on", "fulfilled_on", "evidence"]
        read_only_fields = fields


class UnitReportDetail(UnitReportRow):
    pledges = UnitPledgeRow(many=True)

    class Meta(UnitReportRow.Meta):
        fields: ClassVar = [*UnitReportRow.Meta.fields, "end_reason", "pledges"]


class MemberReportRow(serializers.ModelSerializer):
    name = serializers.CharField(source="volunteer.shown_name")
    number = serializers.CharField(source="volunteer.number")
    branch = OrganizationRef()
    region = RegionRef()
    status_label = LabelField(source="status", choices=ReportStatus.choices)

    class Meta:
        model = MemberReport
        fields: ClassVar = [
            "id", "volunteer", "name", "number", "branch", "region", "status", "status_label", "reported_on",
            "confirmed_at", "ended_on",
        ]  # fmt: skip
        read_only_fields = fields


class BrandStepRow(serializers.ModelSerializer):
    stage_label = LabelField(source="stage", choices=BrandStage.choices)

    class Meta:
        model = BrandStep
        fields: ClassVar = ["stage", "stage_label", "on", "note"]
        read_only_fields = fields


class BrandProjectRow(serializers.ModelSerializer):
    team_name = serializers.CharField(source="team.name")
    region = RegionRef(source="team.region")
    hub = OrganizationRef(allow_null=True)
    stage_label = LabelField(source="stage", choices=BrandStage.choices)

    class Meta:
        model = BrandProject
        fields: ClassVar = [
            "id", "name", "team", "team_name", "region", "hub", "stage", "stage_label", "stage_since",
        ]  # fmt: skip
        read_only_fields = fields


class BrandProjectDetail(BrandProjectRow):
    steps = BrandStepRow(many=True)

    class Meta(BrandProjectRow.Meta):
        fields: ClassVar = [*BrandProjectRow.Meta.fields, "summary", "steps"]


class HonourRow(serializers.ModelSerializer):
    class Meta:
        model = Honour
        fields: ClassVar = ["id", "title", "awarded_by", "awarded_on", "team", "volunteer"]
        read_only_fields = fields
