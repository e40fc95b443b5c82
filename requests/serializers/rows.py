"""A case as lists, details and answers to steps show it. Personal data is masked everywhere."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core.rest.fields import OrganizationRef, PersonRef, RegionRef, TextOf, TruthOf
from portal.core.rest.rows import LabelField
from requests.models.service_requests import format_number
from requests.types import (
    OPEN_STATES,
    PAUSED_STATES,
    Actor,
    Channel,
    DispatchOutcome,
    EmergencyNumber,
    ExcludedRate,
    Kind,
    RatingCode,
    ReturnGround,
    State,
    Supervision,
    TimeLimit,
    Verb,
)
from stations.serializers import StationRef


@extend_schema_field(OpenApiTypes.STR)
class NumberField(serializers.Field):
    """The public number, such as XZ000000123."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: int) -> str:
        return format_number(value)


class CategoryRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    path = serializers.CharField()


class TeamRef(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


def _shown_name(hide_name: bool, name_masked: str) -> str:
    # Somebody asked to be hidden from the handling unit; lists do not judge who that is.
    return "" if hide_name else name_masked


class RequesterRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = TextOf(columns=("hide_name", "name_masked"), compute=_shown_name, help_text="Masked; empty if hidden.")
    phone = serializers.CharField(source="phone_masked", help_text="Masked.")
    relation = serializers.CharField(help_text="For whom it was filed, if for somebody else.")


def _is_overdue(state: str, due_at: datetime | None, waiting_since: datetime | None) -> bool:
    if state not in OPEN_STATES or due_at is None:
        return False
    return due_at < (waiting_since if state in PAUSED_STATES and waiting_since else timezone.now())


class ServiceRequestRow(serializers.Serializer):
    """A case in a list."""

    id = serializers.IntegerField()
    number = NumberField(source="pk")
    title = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    kind_label = LabelField(source="kind", choices=Kind.choices)
    channel = serializers.ChoiceField(choices=Channel.choices)
    channel_label = LabelField(source="channel", choices=Channel.choices)
    category = CategoryRef(allow_null=True)
    state = serializers.ChoiceField(choices=State.choices)
    state_label = LabelField(source="state", choices=State.choices)
    version = serializers.IntegerField(help_text="Name it in every step: it says what you have seen.")
    time_limit = serializers.ChoiceField(choices=TimeLimit.choices)
    time_limit_label = LabelField(source="time_limit", choices=TimeLimit.choices)
    district = RegionRef()
    street = RegionRef(allow_null=True)
    community = RegionRef(allow_null=True)
    handling_region = RegionRef()
    station = StationRef(allow_null=True)
    address_text = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    unit = OrganizationRef(source="current_dispatch.organization", allow_null=True)
    handler = PersonRef(source="current_dispatch.person", allow_null=True)
    team = TeamRef(source="current_dispatch.team", allow_null=True)
    requesters = RequesterRow(many=True)
    submitted_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    dispatched_at = serializers.DateTimeField(allow_null=True)
    contacted_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    dispatch_due_at = serializers.DateTimeField(allow_null=True, help_text="By when to accept it, then to dispatch it.")
    contact_due_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    finish_due_at = serializers.DateTimeField(allow_null=True)
    call_back_due_at = serializers.DateTimeField(allow_null=True)
    is_overdue = TruthOf(columns=("state", "due_at", "waiting_since"), compute=_is_overdue)
    supervision_level = serializers.ChoiceField(choices=Supervision.choices, help_text="0: not supervised.")
    supervision_label = LabelField(source="supervision_level", choices=Supervision.choices)
    redo_count = serializers.IntegerField()
    transfer_count = serializers.IntegerField()
    last_solved = serializers.BooleanField(allow_null=True)
    last_rating = serializers.CharField()
    last_rating_label = LabelField(source="last_rating", choices=RatingCode.choices)


class ServiceRequestWhole(ServiceRequestRow):
    """The columns of a case, without its timeline."""

    description = serializers.CharField()
    waiting_since = serializers.DateTimeField(allow_null=True)
    waiting_due_at = serializers.DateTimeField(allow_null=True)
    resolve_ground = serializers.CharField()
    close_ground = serializers.CharField()
    appeal_upheld = serializers.BooleanField()
    exclusion_asked = serializers.BooleanField(help_text="To leave it out of rates is to be decided.")
    reply_held = serializers.BooleanField(help_text="A reply waits to be reviewed; residents do not know.")
    excluded_from = serializers.ListField(
        child=serializers.ChoiceField(choices=ExcludedRate.choices), allow_null=True,
        help_text="Rates whose net figures leave it out.",
    )  # fmt: skip
    extension_until = serializers.DateTimeField(allow_null=True, help_text="Asked for, and not decided yet.")
    reminded_at = serializers.DateTimeField(allow_null=True)
    listing_agreed_at = serializers.DateTimeField(allow_null=True, help_text="The resident agreed to be listed.")
    listed_at = serializers.DateTimeField(allow_null=True)
    listed_title = serializers.CharField()
    listed_text = serializers.CharField()
    listed_outcome = serializers.CharField()
    erased_at = serializers.DateTimeField(allow_null=True)


class FileRow(serializers.Serializer):
    id = serializers.IntegerField(source="file_id")
    content_type = serializers.CharField(source="file.content_type")
    is_public = serializers.BooleanField()


class EventRow(serializers.Serializer):
    """One line of the timeline."""

    at = serializers.DateTimeField()
    verb = serializers.ChoiceField(choices=Verb.choices)
    sentence = serializers.CharField(help_text="What happened, in one sentence.")
    text = serializers.CharField(help_text="What was written with it.")
    to_state = serializers.ChoiceField(choices=State.choices)
    actor = serializers.ChoiceField(choices=Actor.choices)
    is_public = serializers.BooleanField(help_text="Whether the resident sees it.")
    version = serializers.IntegerField()
    files = FileRow(many=True)


class DispatchRow(serializers.Serializer):
    """One offer to a unit, a team of volunteers or one person."""

    id = serializers.IntegerField()
    unit = OrganizationRef(source="organization", allow_null=True)
    person = PersonRef(allow_null=True)
    team = TeamRef(allow_null=True)
    offered_at = serializers.DateTimeField()
    accept_due_at = serializers.DateTimeField()
    taken_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=DispatchOutcome.choices)
    outcome_label = LabelField(source="outcome", choices=DispatchOutcome.choices)
    return_ground = serializers.ChoiceField(choices=[("", ""), *ReturnGround.choices])


class ServiceRequestDetail(ServiceRequestWhole):
    """A case with its timeline, its offers, and what the caller may do now."""

    dispatches = DispatchRow(many=True)
    timeline = EventRow(many=True)
    allowed = serializers.ListField(child=serializers.ChoiceField(choices=Verb.choices))


class ServiceRequestStepped(serializers.Serializer):
    """A case after a step: where it stands now."""

    id = serializers.IntegerField()
    number = NumberField(source="pk")
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField(source="get_state_display")
    version = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True)
    allowed = serializers.ListField(child=serializers.ChoiceField(choices=Verb.choices))


class Recorded(ServiceRequestStepped):
    emergency_numbers = serializers.ListField(
        child=serializers.ChoiceField(choices=EmergencyNumber.choices),
        help_text="Not empty: the words tell of danger. Say these numbers before anything else.",
    )
    tracking_code = serializers.CharField(help_text="For the resident. It is shown this once.")


class Revealed(serializers.Serializer):
    """Who asked, in full. The look has been logged."""

    requester = serializers.IntegerField()
    phone = serializers.CharField()
    name = serializers.CharField(help_text="Empty for the handling unit when the requester hides it.")
    address = serializers.CharField()
    beneficiary = serializers.CharField()
    is_name_hidden = serializers.BooleanField()
