"""Swaps, and calls for somebody who stands in."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from portal.core.filtering import MAX_ID
from portal.core.rest.fields import ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from stations.serializers import StationRef
from volunteers import swaps
from volunteers.borrowing import Nearby
from volunteers.guards import MAX_REASON
from volunteers.models import Assignment, CallOut, CallOutAsk, DutyShift, Swap
from volunteers.serializers.duty import NamedVolunteerRef


class SwappedPlaceRow(serializers.Serializer):
    """A place in a swap: whose it is, and when the shift is."""

    id = serializers.IntegerField()
    shift = serializers.IntegerField(source="shift_id")
    title = serializers.CharField(source="shift.title")
    starts_at = serializers.DateTimeField(source="shift.starts_at")
    ends_at = serializers.DateTimeField(source="shift.ends_at")
    volunteer = NamedVolunteerRef()


class SwapRow(serializers.ModelSerializer):
    assignment = SwappedPlaceRow()
    wanted = SwappedPlaceRow(allow_null=True, help_text="What is given for it; null: it is taken over for nothing.")
    to = NamedVolunteerRef()
    status_label = LabelField(source="status", choices=Swap.Status.choices)

    class Meta:
        model = Swap
        fields = ("id", "assignment", "to", "wanted", "status", "status_label", "message", "asked_at", "answered_at")


class SwapInput(Strict):
    assignment = ScopedRelatedField(queryset=Assignment.objects.select_related("shift__station", "volunteer"))
    wanted = serializers.IntegerField(
        required=False,
        help_text="Id of a place of somebody else at the same station (`assignments/{id}/partners/` lists them).",
    )
    number = serializers.CharField(required=False, help_text="Volunteer number of who takes the place over.")
    message = CleanCharField(max_length=MAX_REASON, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("wanted" in attrs) == ("number" in attrs):
            raise serializers.ValidationError({"wanted": [_("Choose a shift, or give the number of one person.")]})
        if "number" in attrs:
            attrs["to"] = swaps.colleague(attrs.pop("number"))
        return attrs


class AskRow(serializers.ModelSerializer):
    volunteer = NamedVolunteerRef()
    answer_label = LabelField(source="answer", choices=CallOutAsk.Answer.choices)

    class Meta:
        model = CallOutAsk
        fields = ("id", "volunteer", "wave", "asked_at", "answer", "answer_label", "answered_at")


class CallOutRow(serializers.ModelSerializer):
    status_label = LabelField(source="status", choices=CallOut.Status.choices)
    asks = AskRow(many=True)

    class Meta:
        model = CallOut
        fields = ("id", "shift", "station", "status", "status_label", "started_at", "waves", "ended_at", "asks")


class CallOutInput(Strict):
    shift = ScopedRelatedField(queryset=DutyShift.objects.select_related("station__region"))
    people = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID), required=False, allow_empty=False,
        max_length=100,
        help_text="Entries of people of stations nearby (`shifts/{id}/nearby/`), who are asked first and at once.",
    )  # fmt: skip


class LoanRow(serializers.Serializer):
    """Somebody of a station nearby who could help out."""

    volunteer = NamedVolunteerRef()
    station = StationRef()
    distance_m = serializers.IntegerField(source="station.distance_m", help_text="From the station of the shift.")
    reasons = serializers.ListField(child=serializers.CharField(), source="candidate.reasons")
    doubts = serializers.ListField(child=serializers.CharField(), source="candidate.doubts")
    answer = serializers.CharField(
        source="asked.answer", default=None, help_text="What was answered to an earlier question; null: not asked yet."
    )


class NearbyRow(serializers.Serializer):
    """Who could be borrowed; of the others, how many are kept from coming by what."""

    stations = serializers.SerializerMethodField(help_text="Open stations within reach.")
    people = serializers.IntegerField(help_text="People of these stations who were looked at.")
    loans = LoanRow(many=True)
    why_not = serializers.SerializerMethodField()

    def get_stations(self, row: Nearby) -> int:
        return len(row.stations)

    def get_why_not(self, row: Nearby) -> dict[str, int]:
        return dict(row.why_not)


class OwnAskRow(serializers.ModelSerializer):
    shift = serializers.IntegerField(source="call_out.shift_id")
    title = serializers.CharField(source="call_out.shift.title")
    starts_at = serializers.DateTimeField(source="call_out.shift.starts_at")
    ends_at = serializers.DateTimeField(source="call_out.shift.ends_at")
    is_open = serializers.SerializerMethodField(help_text="Whether a yes still helps.")
    answer_label = LabelField(source="answer", choices=CallOutAsk.Answer.choices)

    class Meta:
        model = CallOutAsk
        fields = (
            "id", "shift", "title", "starts_at", "ends_at", "is_open", "asked_at", "answer", "answer_label",
        )  # fmt: skip

    def get_is_open(self, row: CallOutAsk) -> bool:
        return row.call_out.status == CallOut.Status.OPEN


class AnswerInput(Strict):
    is_yes = serializers.BooleanField()
