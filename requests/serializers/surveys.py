"""Household surveys, appraisals of property companies, elections of owners' committees over the API."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core.models import Estate, Organization
from portal.core.rest.fields import ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from requests import appraisals, elections, surveys
from requests.deliberation_types import Criterion, SurveyState, Verdict, VisitOutcome
from requests.deliberations import polls
from requests.models import (
    Appraisal,
    Candidate,
    CandidateCheck,
    Deliberation,
    Election,
    Household,
    Survey,
    SurveyVisit,
)
from requests.models.deliberations import MAX_PUBLICITY_DAYS, PUBLICITY_DAYS
from requests.serializers.deliberations import PollDetail


class SurveyProgressRow(serializers.Serializer):
    households = serializers.IntegerField()
    answered = serializers.IntegerField()
    refused = serializers.IntegerField()
    not_reached = serializers.IntegerField()
    to_visit = serializers.IntegerField()


class SurveyRow(serializers.ModelSerializer):
    number = serializers.CharField()
    state_label = LabelField(source="state", choices=SurveyState.choices)
    household_count = serializers.IntegerField()
    answered_count = serializers.IntegerField()

    class Meta:
        model = Survey
        fields: ClassVar = [
            "id", "number", "estate", "title", "deliberation", "state", "state_label", "ends_on", "created_at",
            "opened_at", "closed_at", "household_count", "answered_count",
        ]  # fmt: skip
        read_only_fields = fields


class SurveyDetail(SurveyRow):
    progress = serializers.SerializerMethodField()
    questions = PollDetail(many=True)

    class Meta(SurveyRow.Meta):
        fields: ClassVar = [*SurveyRow.Meta.fields, "text", "progress", "questions"]
        read_only_fields = fields

    @extend_schema_field(SurveyProgressRow)
    def get_progress(self, row: Survey) -> dict[str, Any]:
        return SurveyProgressRow(surveys.progress(row)).data


class SurveyEdit(Strict):
    title = CleanCharField(max_length=80)
    text = CleanCharField(max_length=surveys.MAX_TEXT, multiline=True, required=False, allow_blank=True)
    deliberation = ScopedRelatedField(
        queryset=Deliberation.objects.all(), required=False, allow_null=True, help_text="Whose vote it takes."
    )
    ends_on = serializers.DateField(required=False, allow_null=True, help_text="By when it is to be done.")


class SurveyInput(SurveyEdit):
    estate = ScopedRelatedField(queryset=Estate.objects.select_related("region"))


class MoveEndInput(Strict):
    ends_on = serializers.DateField(help_text="By when it is to be done: today or later.")


class QuestionInput(Strict):
    question = CleanCharField(max_length=surveys.MAX_QUESTION)
    options = serializers.ListField(
        child=CleanCharField(max_length=polls.MAX_OPTION), max_length=polls.MOST, required=False,
        help_text="None: it asks for words.",
    )  # fmt: skip
    quorum = serializers.IntegerField(min_value=1, max_value=100, default=67)
    majority = serializers.IntegerField(min_value=1, max_value=100, default=51)


class SurveyAnswerInput(Strict):
    question = serializers.IntegerField(min_value=1)
    option = serializers.IntegerField(min_value=1, required=False, allow_null=True, help_text="null: they abstained.")
    words = CleanCharField(max_length=surveys.MAX_WORDS, required=False, allow_blank=True)


class SurveyVisitInput(Strict):
    household = ScopedRelatedField(queryset=Household.objects.all())
    outcome = serializers.ChoiceField(choices=VisitOutcome.choices)
    answers = SurveyAnswerInput(many=True, required=False)


class VisitIdInput(Strict):
    household = ScopedRelatedField(queryset=Household.objects.all())


class SurveyVisitRow(serializers.ModelSerializer):
    label = serializers.CharField(source="household.label")
    outcome_label = LabelField(source="outcome", choices=VisitOutcome.choices)

    class Meta:
        model = SurveyVisit
        fields: ClassVar = ["id", "household", "label", "outcome", "outcome_label", "recorded_at"]
        read_only_fields = fields


class PointsRow(serializers.Serializer):
    question = serializers.CharField()
    points = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    answers = serializers.IntegerField()


class AppraisalResultRow(serializers.Serializer):
    """Points of a hundred."""

    branch = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    households = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    total = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    change = serializers.DecimalField(
        max_digits=6, decimal_places=2, allow_null=True, help_text="Against the year before."
    )
    answered = serializers.IntegerField()
    questions = serializers.SerializerMethodField()

    @extend_schema_field(PointsRow(many=True))
    def get_questions(self, result: appraisals.Result) -> list[dict[str, Any]]:
        named = [{"question": text, "points": points, "answers": number} for text, points, number in result.questions]
        return PointsRow(named, many=True).data


class AppraisalRow(serializers.ModelSerializer):
    class Meta:
        model = Appraisal
        fields: ClassVar = [
            "id", "estate", "organization", "year", "branch_weight", "survey", "branch_score", "published_at",
        ]  # fmt: skip
        read_only_fields = fields


class AppraisalDetail(AppraisalRow):
    result = serializers.SerializerMethodField()

    class Meta(AppraisalRow.Meta):
        fields: ClassVar = [*AppraisalRow.Meta.fields, "branch_text", "result"]
        read_only_fields = fields

    @extend_schema_field(AppraisalResultRow)
    def get_result(self, row: Appraisal) -> dict[str, Any]:
        return AppraisalResultRow(appraisals.result(row)).data


class WeighInput(Strict):
    branch_weight = serializers.IntegerField(min_value=0, max_value=100)


class AppraisalInput(Strict):
    estate = ScopedRelatedField(queryset=Estate.objects.select_related("region"))
    organization = ScopedRelatedField(queryset=Organization.objects.all(), help_text="The property company.")
    year = serializers.IntegerField(min_value=2015, max_value=2100)
    branch_weight = serializers.IntegerField(min_value=0, max_value=100, default=50)
    questions = serializers.ListField(child=CleanCharField(max_length=surveys.MAX_QUESTION), max_length=30)


class ScoreInput(Strict):
    branch_score = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100)
    branch_text = CleanCharField(max_length=appraisals.MAX_TEXT, multiline=True)


class ElectionRow(serializers.ModelSerializer):
    class Meta:
        model = Election
        fields: ClassVar = ["id", "estate", "title", "held_on", "published_at", "publicity_ends_at"]
        read_only_fields = fields


class CandidateCheckRow(serializers.ModelSerializer):
    criterion_label = LabelField(source="criterion", choices=Criterion.choices)

    class Meta:
        model = CandidateCheck
        fields: ClassVar = ["criterion", "criterion_label", "passed", "text", "checked_at"]
        read_only_fields = fields


class CandidateRow(serializers.ModelSerializer):
    name = serializers.CharField(source="name_masked", help_text="Masked.")
    phone = serializers.CharField(source="phone_masked", help_text="Masked.")
    verdict_label = LabelField(source="verdict", choices=Verdict.choices)
    checks = CandidateCheckRow(many=True)

    class Meta:
        model = Candidate
        fields: ClassVar = [
            "id", "election", "name", "phone", "verdict", "verdict_label", "reasons", "decided_at", "erased_at",
            "checks",
        ]  # fmt: skip
        read_only_fields = fields


class ElectionDetail(ElectionRow):
    candidates = CandidateRow(many=True)

    class Meta(ElectionRow.Meta):
        fields: ClassVar = [*ElectionRow.Meta.fields, "candidates"]
        read_only_fields = fields


class ElectionInput(Strict):
    estate = ScopedRelatedField(queryset=Estate.objects.select_related("region"))
    title = CleanCharField(max_length=60)
    held_on = serializers.DateField()


class EnterInput(Strict):
    name = CleanCharField(max_length=elections.MAX_NAME)
    phone = CleanCharField(max_length=30)
    is_namesake = serializers.BooleanField(default=False, help_text="Another person of the same name.")


class ElectionEditInput(Strict):
    title = CleanCharField(max_length=60)
    held_on = serializers.DateField()


class CandidateEditInput(Strict):
    name = CleanCharField(max_length=elections.MAX_NAME, required=False)
    phone = CleanCharField(max_length=30, required=False)
    is_namesake = serializers.BooleanField(default=False, help_text="Another person of the same name.")


class HangInput(Strict):
    days = serializers.IntegerField(
        min_value=1, max_value=MAX_PUBLICITY_DAYS, default=PUBLICITY_DAYS, help_text="Working days."
    )


class CheckInput(Strict):
    criterion = serializers.ChoiceField(choices=Criterion.choices)
    passed = serializers.BooleanField()
    text = CleanCharField(max_length=elections.MAX_FOUND, required=False, allow_blank=True)


class VerdictInput(Strict):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    reasons = CleanCharField(max_length=elections.MAX_TEXT, multiline=True)


class CandidateWhyInput(Strict):
    reason = CleanCharField(max_length=elections.MAX_REASON, help_text="It is logged.")


class CandidatePersonalRow(serializers.Serializer):
    name = serializers.CharField()
    phone = serializers.CharField()
