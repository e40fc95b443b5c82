"""What 吹哨 and 协办 take over the API, and how a part of a case is told."""

from typing import Any

from rest_framework import serializers

from portal.core.models import Organization
from portal.core.rest.fields import MomentField, OrganizationRef
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from requests.serializers.steps import FilesField, StepInput, optional_words, words
from requests.types import AssistState, RatingCode, ReturnGround, WhistleGround, WhistleLevel
from requests.workflow.assists import MOST
from requests.workflow.departments import Judgement


class UnitField(serializers.PrimaryKeyRelatedField):
    """Any unit that there is: whether it is one that may be called is the verb's to say."""

    def __init__(self, **kwargs: Any) -> None:
        rows = Organization.objects.only("name", "short_name", "is_active", "takes_requests")
        super().__init__(queryset=rows, **kwargs)


class AddAssistInput(StepInput):
    unit = UnitField()
    asked = words(help_text="What the unit is to do.")
    due_at = MomentField(required=False, help_text="Default: when the case is due.")

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {"to": values.pop("unit"), "text": values.pop("asked"), **values}


class TakeAssistInput(StepInput):
    text = optional_words()


class FinishAssistInput(StepInput):
    text = words(help_text="What was done, for whoever holds the case.")
    files = FilesField()


class DeclineAssistInput(StepInput):
    ground = serializers.ChoiceField(choices=ReturnGround.choices)
    text = words()


class CallOffAssistInput(StepInput):
    text = words()


class WhistleInput(StepInput):
    to_level = serializers.ChoiceField(choices=WhistleLevel.choices)
    ground = serializers.ChoiceField(choices=WhistleGround.choices)
    text = words(help_text="What the departments are to do.")
    lead = UnitField(required=False, help_text="Whom you suggest to hold the case.")
    assisting = serializers.ListField(child=UnitField(), required=False, max_length=MOST)


class DecideWhistleInput(StepInput):
    granted = serializers.BooleanField()
    text = words()
    lead = UnitField(required=False, help_text="Who is to hold the case; default: whom the whistle suggests.")
    assisting = serializers.ListField(
        child=UnitField(), required=False, max_length=MOST, help_text="Default: those whom the whistle suggests."
    )


class JudgementInput(Strict):
    unit = UnitField()
    code = serializers.ChoiceField(choices=RatingCode.choices)
    text = words(required=False, allow_blank=True, help_text="Needed with the two negative ratings.")


class RateDepartmentsInput(StepInput):
    ratings = serializers.ListField(child=JudgementInput(), allow_empty=False, max_length=2 * MOST)

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {**values, "ratings": [Judgement(**rating) for rating in values["ratings"]]}


class AssistRow(serializers.Serializer):
    """A part of a case that is asked of a unit."""

    id = serializers.IntegerField()
    unit = OrganizationRef(source="organization")
    asked = serializers.CharField()
    state = serializers.ChoiceField(choices=AssistState.choices)
    state_label = LabelField(source="state", choices=AssistState.choices)
    due_at = serializers.DateTimeField()
    asked_at = serializers.DateTimeField()
    taken_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    decline_ground = serializers.ChoiceField(choices=[("", ""), *ReturnGround.choices])
    result = serializers.CharField(help_text="What was done, or why it was declined or called off.")
