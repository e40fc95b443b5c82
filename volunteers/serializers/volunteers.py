"""Volunteers in the API. Names are as the caller may see them; what is personal is revealed, never listed."""

from typing import Any, ClassVar

from rest_framework import serializers

from portal.core.rest.fields import PhoneField, RegionCodeField, RegionRef, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from stations.models.hours import Weekday
from volunteers import ledger
from volunteers.availability import Span
from volunteers.models import DayAvailability, Skill, TeamMember, Volunteer, VolunteerSkill
from volunteers.register import Who
from volunteers.types import MemberStatus, VolunteerKind, VolunteerSource, VolunteerStatus

WHO = ("name", "phone", "is_party_member", "guardian_name", "guardian_phone")
DAY_MINUTES = 24 * 60


class SkillRow(serializers.ModelSerializer):
    class Meta:
        model = Skill
        fields: ClassVar = ["id", "code", "name", "needs_evidence", "is_active"]
        read_only_fields = fields


class VolunteerSkillRow(serializers.ModelSerializer):
    code = serializers.CharField(source="skill.code")
    name = serializers.CharField(source="skill.name")
    has_evidence = serializers.BooleanField(source="evidence_id")

    class Meta:
        model = VolunteerSkill
        fields: ClassVar = ["id", "code", "name", "has_evidence", "valid_until", "verified_at"]
        read_only_fields = fields


class TimeRow(serializers.Serializer):
    weekday = serializers.ChoiceField(choices=Weekday.choices, help_text="0 is Monday.")
    starts = serializers.TimeField()
    ends = serializers.TimeField()


class DayRow(serializers.ModelSerializer):
    class Meta:
        model = DayAvailability
        fields: ClassVar = ["id", "date", "starts", "ends", "reason"]
        read_only_fields = fields


class TeamOfVolunteerRow(serializers.ModelSerializer):
    name = serializers.CharField(source="team.name")
    status_label = LabelField(source="status", choices=MemberStatus.choices)

    class Meta:
        model = TeamMember
        fields: ClassVar = ["id", "team", "name", "status", "status_label", "is_leader", "joined_on"]
        read_only_fields = fields


class VolunteerRow(serializers.ModelSerializer):
    """A volunteer in a list."""

    name = serializers.CharField(source="shown_name", help_text="Masked for those who do not work with the person.")
    phone_masked = serializers.CharField(source="person.phone_masked")
    kind_label = LabelField(source="kind", choices=VolunteerKind.choices)
    status_label = LabelField(source="status", choices=VolunteerStatus.choices)
    source_label = LabelField(source="source", choices=VolunteerSource.choices)
    home_region = RegionRef()

    class Meta:
        model = Volunteer
        fields: ClassVar = [
            "id", "number", "name", "phone_masked", "kind", "kind_label", "status", "status_label", "source",
            "source_label", "home_region", "joined_on",
        ]  # fmt: skip
        read_only_fields = fields


class HoursRow(serializers.Serializer):
    """Minutes, as the ledger sums them."""

    planned = serializers.IntegerField()
    recorded = serializers.IntegerField()
    approved = serializers.IntegerField()


class VolunteerDetail(VolunteerRow):
    age = serializers.IntegerField(allow_null=True)
    is_party_member = serializers.BooleanField(source="person.is_party_member")
    skills = VolunteerSkillRow(many=True)
    times = TimeRow(source="weekly_availability", many=True)
    days = DayRow(source="day_availability", many=True)
    teams = TeamOfVolunteerRow(source="open_memberships", many=True)
    minutes = serializers.SerializerMethodField()

    class Meta(VolunteerRow.Meta):
        fields: ClassVar = [
            *VolunteerRow.Meta.fields, "age", "is_party_member", "guardian_consent_on", "profession", "interests",
            "languages", "weekly_minutes", "national_number", "insured_until", "trained_on", "recruited_by",
            "merged_into", "left_on", "erased_at", "skills", "times", "days", "teams", "minutes",
        ]  # fmt: skip
        read_only_fields = fields

    def get_minutes(self, volunteer: Volunteer) -> HoursRow:
        return HoursRow(ledger.totals(volunteer)).data  # type: ignore[return-value]


class VolunteerEdit(Strict):
    """What is left out stays as it is. An empty phone does not take a number away."""

    name = CleanCharField(max_length=60, required=False)
    phone = PhoneField(max_length=30, required=False)
    is_party_member = serializers.BooleanField(required=False)
    home_region = RegionCodeField(required=False)
    kind = serializers.ChoiceField(choices=VolunteerKind.choices, required=False)
    born_on = serializers.DateField(required=False, help_text="Read back as age alone.")
    guardian_name = CleanCharField(max_length=60, required=False)
    guardian_phone = PhoneField(max_length=30, required=False)
    guardian_consent_on = serializers.DateField(required=False, allow_null=True)
    profession = CleanCharField(max_length=60, required=False, allow_blank=True)
    interests = CleanCharField(max_length=200, required=False, allow_blank=True)
    languages = CleanCharField(max_length=100, required=False, allow_blank=True)
    weekly_minutes = serializers.IntegerField(min_value=0, max_value=60 * 60, required=False)
    joined_on = serializers.DateField(required=False)
    recruited_by = ScopedRelatedField(queryset=Volunteer.objects.all(), required=False, allow_null=True)
    national_number = CleanCharField(max_length=30, required=False, allow_blank=True)
    insured_until = serializers.DateField(required=False, allow_null=True)
    trained_on = serializers.DateField(required=False, allow_null=True)
    note = CleanCharField(max_length=5000, multiline=True, required=False, allow_blank=True)

    def arguments(self) -> dict[str, Any]:
        """The keywords of the verb."""
        given = dict(self.validated_data)
        who = {name: given.pop(name) for name in WHO if name in given}
        return {**given, "who": Who(**{"name": "", **who})}


class VolunteerInput(VolunteerEdit):
    name = CleanCharField(max_length=60)
    home_region = RegionCodeField()


class ReasonInput(Strict):
    reason = CleanCharField(max_length=200)


class OptionalReasonInput(Strict):
    reason = CleanCharField(max_length=100, required=False, allow_blank=True, default="")


class PersonalRow(serializers.Serializer):
    """What is personal, in the clear. Asking for it is logged."""

    name = serializers.CharField()
    phone = serializers.CharField()
    born_on = serializers.DateField(allow_null=True)
    guardian_name = serializers.CharField()
    guardian_phone = serializers.CharField()


class MergeInput(Strict):
    into = ScopedRelatedField(queryset=Volunteer.objects.all(), help_text="The entry that stays.")


class SkillInput(Strict):
    skill = serializers.SlugRelatedField(slug_field="code", queryset=Skill.objects.all())
    valid_until = serializers.DateField(required=False, allow_null=True)
    evidence = serializers.FileField(required=False, help_text="A PDF or a photo, as multipart form data.")


class TimeInput(Strict):
    weekday = serializers.ChoiceField(choices=Weekday.choices, help_text="0 is Monday.")
    starts = serializers.TimeField()
    ends = serializers.TimeField()


class WeekInput(Strict):
    times = TimeInput(many=True, help_text="Replaces the usual week; empty: no time at all.")

    def spans(self) -> list[Span]:
        return [Span(**each) for each in self.validated_data["times"]]


class DayInput(Strict):
    on = serializers.DateField()
    starts = serializers.TimeField(required=False, allow_null=True)
    ends = serializers.TimeField(required=False, allow_null=True)
    reason = CleanCharField(max_length=60, required=False, allow_blank=True)
