"""Riders' codes in the API: who has one and whether it counts; the code itself is in the answer that made it."""

from rest_framework import serializers

from portal.core.rest.fields import RegionRef
from portal.core.rest.rows import LabelField
from requests.channel_filters import CODE_STATES


class RiderCodeRow(serializers.Serializer):
    """A rider or driver on the register, with the code they have. `id` is that of the volunteer."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="shown_name", help_text="Masked for those who do not work with the person.")
    number = serializers.CharField()
    home_region = RegionRef()
    state = serializers.ChoiceField(source="code_state", choices=CODE_STATES)
    state_label = LabelField(source="code_state", choices=CODE_STATES)
    made_at = serializers.DateTimeField(source="code_made_at", allow_null=True)
    blocked_at = serializers.DateTimeField(source="code_blocked_at", allow_null=True)


class IssuedCode(RiderCodeRow):
    code = serializers.CharField(help_text="Shown this once: the portal keeps a hash of it.")
