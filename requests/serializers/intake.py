"""A matter as it is taken in: by staff for somebody, or from a resident."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.core.rest.fields import PhoneField, RegionCodeField, ScopedRelatedField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from requests.models import Category
from requests.types import Channel, Kind, Relation
from requests.workflow.intake import MAX_DESCRIPTION, Contact
from stations.models import Station
from stations.types import Datum

# These have an address of their own, where what belongs to them is told.
ELSEWHERE = (Channel.WEB, Channel.STATION_QR, Channel.HOTLINE, Channel.RIDER, Channel.VISIT, Channel.OPEN311)
CONTACT_FIELDS = ("phone", "name", "relation", "beneficiary", "hide_name")


class _Matter(Strict):
    """What `workflow.submit` takes; the rules are there."""

    description = CleanCharField(max_length=MAX_DESCRIPTION, multiline=True)
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.DEMAND)
    address_text = CleanCharField(max_length=200, required=False, allow_blank=True)
    latitude = serializers.FloatField(min_value=-90, max_value=90, required=False)
    longitude = serializers.FloatField(min_value=-180, max_value=180, required=False)
    datum = serializers.ChoiceField(choices=Datum.choices, default=Datum.WGS84)
    phone = PhoneField(max_length=40, help_text="In any usual spelling.")
    name = CleanCharField(max_length=30, required=False, allow_blank=True)
    relation = serializers.ChoiceField(choices=Relation.choices, required=False, allow_blank=True)
    beneficiary = CleanCharField(max_length=30, required=False, allow_blank=True)
    hide_name = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("latitude" in attrs) != ("longitude" in attrs):
            missing = "longitude" if "latitude" in attrs else "latitude"
            raise serializers.ValidationError({missing: [_("Give latitude and longitude together.")]})
        return attrs

    def arguments(self) -> dict[str, Any]:
        """The keywords of `workflow.submit`."""
        values = dict(self.validated_data)
        contact = Contact(**{name: values.pop(name) for name in (*CONTACT_FIELDS, "address") if name in values})
        if "latitude" in values:
            values["point"] = (values.pop("latitude"), values.pop("longitude"))
        return {**values, "contact": contact}


class RecordInput(_Matter):
    """Recorded by staff for somebody who phoned or came to the counter."""

    title = CleanCharField(max_length=80, required=False, allow_blank=True)
    channel = serializers.ChoiceField(
        choices=[(channel, channel.label) for channel in Channel if channel not in ELSEWHERE], default=Channel.COUNTER
    )
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.filter(is_active=True), required=False)
    region = RegionCodeField(scoped=False, required=False)
    station = ScopedRelatedField(queryset=Station.objects.all(), required=False)
    address = CleanCharField(max_length=200, required=False, allow_blank=True, help_text="Home address, encrypted.")


class PublicInput(_Matter):
    """Sent by a resident, without an account."""

    region = RegionCodeField(scoped=False, required=False)
    station = serializers.SlugRelatedField(slug_field="code", queryset=Station.objects.public(), required=False)
    consent = serializers.CharField(max_length=20, help_text="The version of the consent text that was agreed to.")
    listing_agreed = serializers.BooleanField(
        default=False, help_text="The case may be listed publicly, without personal data, once staff release a text."
    )


class PublicMultipartInput(PublicInput):
    """The same with photos, as multipart/form-data."""

    photos = serializers.ListField(child=serializers.FileField(), required=False)


class CallerInput(Strict):
    phone = PhoneField(max_length=40, help_text="In any usual spelling.")


class CallerFound(serializers.Serializer):
    caller = serializers.CharField(help_text="What the filter `caller` takes. It stays the same for a number.")
    count = serializers.IntegerField(help_text="How many cases of yours the caller asked for; none is 0.")
