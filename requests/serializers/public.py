"""A case as whoever holds its tracking code sees it."""

from rest_framework import serializers

from portal.core import codes
from portal.core.rest.fields import PhoneField, RegionRef
from portal.core.rest.serializers import Strict
from requests.models import Requester, ServiceRequest
from requests.serializers.rows import NumberField
from requests.types import EmergencyNumber, Kind, State, Verb


class PublicFile(serializers.Serializer):
    id = serializers.IntegerField(source="file_id")
    content_type = serializers.CharField(source="file.content_type")


class PublicLine(serializers.Serializer):
    at = serializers.DateTimeField()
    sentence = serializers.CharField()
    text = serializers.CharField(source="said")
    files = PublicFile(source="attachments", many=True)


class PublicStatusSerializer(serializers.Serializer):
    """Where it stands, what happens next, and by when at the latest."""

    sentence = serializers.CharField()
    next_step = serializers.CharField()
    by_when = serializers.DateTimeField(allow_null=True)


class PublicCase(serializers.Serializer):
    number = NumberField(source="pk")
    merged_number = serializers.SerializerMethodField(
        help_text="The number under which it was submitted, when it is dealt with together with another by now."
    )
    title = serializers.CharField(source="asked.title")
    description = serializers.CharField(source="asked.description")
    kind = serializers.ChoiceField(choices=Kind.choices)
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField(source="get_state_display")
    version = serializers.IntegerField()
    submitted_at = serializers.DateTimeField()
    district = RegionRef()
    street = RegionRef(allow_null=True)
    community = RegionRef(allow_null=True)
    station = serializers.CharField(source="station.name", allow_null=True, default=None)
    address_text = serializers.CharField(source="asked.address_text")
    listing_agreed = serializers.BooleanField(help_text="Whether it may be listed publicly.")
    is_listed = serializers.BooleanField(help_text="Whether everybody reads a text of it now.")
    status = PublicStatusSerializer()
    timeline = PublicLine(many=True)
    allowed = serializers.ListField(child=serializers.ChoiceField(choices=Verb.choices))

    def get_merged_number(self, case: ServiceRequest) -> str | None:
        return None if case.asked.pk == case.pk else case.asked.number


class Accepted(serializers.Serializer):
    """The answer to a request that was taken in."""

    number = serializers.CharField()
    tracking_code = serializers.CharField(help_text="Keep it: whoever holds it can follow the case and act on it.")
    state = serializers.ChoiceField(choices=State.choices)
    status = PublicStatusSerializer()
    emergency_numbers = serializers.ListField(
        child=serializers.ChoiceField(choices=EmergencyNumber.choices),
        help_text="Not empty: the words tell of danger. Show these numbers before anything else, the first one first.",
    )


class PhoneInput(Strict):
    phone = PhoneField(max_length=40)


class PhoneCodeInput(PhoneInput):
    code = serializers.CharField(max_length=20, help_text="Six digits from the SMS, valid for five minutes.")


class HeldRow(serializers.Serializer):
    """A request of somebody who lost its tracking code."""

    number = NumberField(source="request_id")
    title = serializers.CharField(source="asked_with.title")
    state = serializers.ChoiceField(choices=State.choices, source="request.state")
    submitted_at = serializers.DateTimeField(source="asked_with.submitted_at")
    tracking_code = serializers.SerializerMethodField()

    def get_tracking_code(self, requester: Requester) -> str:
        return codes.format_code(requester.code.reveal())


class ConsentRow(serializers.Serializer):
    version = serializers.CharField()
    text = serializers.CharField()
