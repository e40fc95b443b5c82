"""Assistance and ratings as lists over all cases tell them."""

from rest_framework import serializers

from portal.core.rest.fields import OrganizationRef, TextOf
from portal.core.rest.rows import LabelField
from requests.models.service_requests import format_number
from requests.serializers.whistles import AssistRow
from requests.types import AnswerSource, RatingCode


class CaseRef(serializers.Serializer):
    """A case where it is mentioned."""

    id = serializers.IntegerField()
    number = TextOf(columns=("id",), compute=format_number)
    title = serializers.CharField()


class AssistListRow(AssistRow):
    request = CaseRef()


class RatingRow(serializers.Serializer):
    id = serializers.IntegerField()
    request = CaseRef()
    source = serializers.ChoiceField(choices=AnswerSource.choices)
    source_label = LabelField(source="source", choices=AnswerSource.choices)
    code = serializers.ChoiceField(
        choices=[("", ""), *RatingCode.choices], help_text="Empty where somebody only said whether it is solved."
    )
    code_label = LabelField(source="code", choices=RatingCode.choices)
    solved = serializers.BooleanField(allow_null=True)
    comment = serializers.CharField()
    round = serializers.IntegerField(help_text="How often the case had been redone by then.")
    at = serializers.DateTimeField()


class DepartmentRatingRow(serializers.Serializer):
    id = serializers.IntegerField()
    request = CaseRef()
    unit = OrganizationRef(source="organization")
    was_lead = serializers.BooleanField()
    code = serializers.ChoiceField(choices=RatingCode.choices)
    code_label = LabelField(source="code", choices=RatingCode.choices)
    text = serializers.CharField()
    at = serializers.DateTimeField()
