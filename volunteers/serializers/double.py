"""Double check-in with its statements, brand projects and honours in the API."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.core.models import Organization, Person
from portal.core.rest.fields import OrganizationRef, RegionCodeField, RegionRef, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from volunteers.brands import MAX_NOTE
from volunteers.models import (
    BrandProject,
    BrandStep,
    Honour,
    MemberReport,
    UnitPledge,
    UnitReport,
    Volunteer,
    VolunteerTeam,
)
from volunteers.models.reports import BRANCH_KINDS
from volunteers.types import BrandStage, ReportStatus
from volunteers.unit_reports import MAX_EVIDENCE


class UnitReportRow(serializers.ModelSerializer):
    organization = OrganizationRef()
    region = RegionRef()
    status_label = LabelField(source="status", choices=ReportStatus.choices)
    pledge_count = serializers.IntegerField(help_text="Pledges of the report that were not withdrawn")
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
        fields: ClassVar = [
            "id", "text", "quantity", "due_on", "fulfilled_on", "evidence", "withdrawn_on", "withdrawal",
        ]  # fmt: skip
        read_only_fields = fields


class UnitReportDetail(UnitReportRow):
    pledges = UnitPledgeRow(many=True)

    class Meta(UnitReportRow.Meta):
        fields: ClassVar = [*UnitReportRow.Meta.fields, "end_reason", "pledges"]


class UnitReportInput(Strict):
    # Units and communities are everybody's to name: who reports is often seated elsewhere. The verb judges.
    organization = serializers.PrimaryKeyRelatedField(queryset=Organization.objects.active())
    region = RegionCodeField(scoped=False, help_text="The community, by its code.")
    reported_on = serializers.DateField()
    contact = ScopedRelatedField(
        queryset=Person.objects.all(),
        required=False,
        allow_null=True,
        help_text="Without one, whoever reports the own unit.",
    )
    valid_until = serializers.DateField(required=False, allow_null=True)


class UnitPledgeInput(Strict):
    text = CleanCharField(max_length=200)
    quantity = CleanCharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="With its unit: twice a month, 20 places"
    )
    due_on = serializers.DateField(required=False, allow_null=True)


class FulfilInput(Strict):
    fulfilled_on = serializers.DateField()
    evidence = CleanCharField(max_length=MAX_EVIDENCE, help_text="How one can see that it was done.")


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


class MemberReportInput(Strict):
    volunteer = ScopedRelatedField(
        queryset=Volunteer.objects.all(), required=False, help_text="Needed of staff; a member reports alone."
    )
    branch = serializers.PrimaryKeyRelatedField(
        queryset=Organization.objects.active().filter(kind__in=BRANCH_KINDS),
        help_text="The member's own branch, wherever it is seated.",
    )
    reported_on = serializers.DateField(required=False, help_text="Today, if left out.")


class QuarterRef(serializers.Serializer):
    quarter = serializers.CharField(source="quarter.code", help_text="As 2026Q3.")
    first = serializers.DateField(source="quarter.first")
    last = serializers.DateField(source="quarter.last")


class StatementRow(serializers.Serializer):
    """A branch with the sums of its members who reported."""

    branch = OrganizationRef()
    members = serializers.IntegerField(source="sums.members")
    active = serializers.IntegerField(source="sums.active", help_text="Members of whom something counts.")
    shifts = serializers.IntegerField(source="sums.shifts")
    minutes = serializers.IntegerField(source="sums.minutes", help_text="Approved.")
    services = serializers.IntegerField(source="sums.services", help_text="Cases that members resolved.")


class StatementList(QuarterRef):
    results = StatementRow(many=True)


class StatementDetail(QuarterRef, StatementRow):
    pass


class StatementLine(serializers.Serializer):
    """What one member did."""

    report = serializers.IntegerField(source="report.pk")
    volunteer = serializers.IntegerField(source="volunteer.pk")
    name = serializers.CharField(source="volunteer.shown_name")
    number = serializers.CharField(source="volunteer.number")
    region = RegionRef(source="report.region")
    reported_on = serializers.DateField(source="report.reported_on")
    shifts = serializers.IntegerField()
    minutes = serializers.IntegerField(help_text="Approved.")
    services = serializers.IntegerField()


class StatementRows(StatementDetail):
    results = StatementLine(many=True)


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


class BrandProjectInput(Strict):
    team = ScopedRelatedField(queryset=VolunteerTeam.objects.all())
    name = CleanCharField(max_length=60)
    summary = CleanCharField(max_length=5000, multiline=True, required=False, allow_blank=True, default="")
    hub = ScopedRelatedField(
        queryset=Organization.objects.all(), required=False, allow_null=True, help_text="Where it is incubated."
    )
    on = serializers.DateField(help_text="The day on which the idea was had.")


class StageInput(Strict):
    stage = serializers.ChoiceField(choices=BrandStage.choices)
    on = serializers.DateField(help_text="The day on which it began.")
    note = CleanCharField(
        max_length=MAX_NOTE, required=False, allow_blank=True, default="", help_text="Needed where a project ends."
    )


class HonourRow(serializers.ModelSerializer):
    class Meta:
        model = Honour
        fields: ClassVar = ["id", "title", "awarded_by", "awarded_on", "team", "volunteer"]
        read_only_fields = fields


class HonourInput(Strict):
    """An honour is of a team or of a volunteer, of one of them."""

    default_error_messages: ClassVar = {"one": _("Name a team or a volunteer, one of them.")}

    team = ScopedRelatedField(queryset=VolunteerTeam.objects.all(), required=False)
    volunteer = ScopedRelatedField(queryset=Volunteer.objects.all(), required=False)
    title = CleanCharField(max_length=80)
    awarded_by = CleanCharField(max_length=80)
    awarded_on = serializers.DateField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("team" in attrs) == ("volunteer" in attrs):
            raise serializers.ValidationError({"team": [self.error_messages["one"]]})
        return attrs
