"""What the portal proposes for a matter: duplicates, a category, whom to call."""

from typing import Any

from rest_framework import serializers

from portal.core.rest.fields import RegionCodeField, ScopedRelatedField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from requests.duplicates import Matter
from requests.models import Category
from requests.places import place_of
from requests.serializers.rows import CategoryRef, NumberField
from requests.types import EmergencyNumber, State
from requests.workflow.intake import MAX_DESCRIPTION
from stations.models import Station


class DuplicateRow(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    number = NumberField(source="pk")
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    is_open = serializers.BooleanField(help_text="Only an open case can take this one in (`merge`).")
    score = serializers.IntegerField(help_text="Out of 100.")
    reasons = serializers.ListField(child=serializers.CharField())


class LikeRow(serializers.Serializer):
    id = serializers.IntegerField(source="pk")
    number = NumberField(source="pk")
    title = serializers.CharField()


class SuggestionRow(serializers.Serializer):
    category = CategoryRef()
    share = serializers.FloatField(help_text="Of the say of the nearest classified cases, 0 to 1.")
    like = LikeRow(many=True, help_text="The nearest cases that speak for it.")


class CaseProposals(serializers.Serializer):
    duplicates = DuplicateRow(many=True)


class MatterProposals(CaseProposals):
    emergency_numbers = serializers.ListField(child=serializers.ChoiceField(choices=EmergencyNumber.choices))
    category = SuggestionRow(allow_null=True)


class TopicCaseRow(LikeRow):
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField()
    submitted_at = serializers.DateTimeField()


class HotTopicRow(serializers.Serializer):
    """Cases of one place that say the same, the newest first."""

    words = serializers.CharField(help_text="What most of them say.")
    place = serializers.CharField()
    category = serializers.CharField(help_text="Of most of them; empty where they differ.")
    count = serializers.IntegerField()
    open_count = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    cases = TopicCaseRow(many=True)


class HotTopics(serializers.Serializer):
    days = serializers.IntegerField()
    results = HotTopicRow(many=True)


class MatterInput(Strict):
    """A matter that somebody is telling: nothing of it is kept."""

    description = CleanCharField(max_length=MAX_DESCRIPTION, multiline=True)
    title = CleanCharField(max_length=80, required=False, allow_blank=True, default="")
    address_text = CleanCharField(max_length=200, required=False, allow_blank=True, default="")
    region = RegionCodeField(scoped=False, required=False)
    station = ScopedRelatedField(queryset=Station.objects.select_related("region"), required=False)
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.filter(is_active=True), required=False)
    latitude = serializers.FloatField(min_value=-90, max_value=90, required=False)
    longitude = serializers.FloatField(min_value=-180, max_value=180, required=False)

    def matter(self) -> Matter | None:
        """None where nobody has said yet where it is."""
        asked: dict[str, Any] = self.validated_data
        station = asked.get("station")
        region = asked.get("region") or (station.region if station else None)
        if region is None:
            return None
        point = (asked.get("latitude"), asked.get("longitude"))
        return Matter.typed(
            title=asked["title"], text=asked["description"], place=place_of(region), station=station,
            category=asked.get("category"), address=asked["address_text"], point=None if None in point else point,
        )  # fmt: skip
