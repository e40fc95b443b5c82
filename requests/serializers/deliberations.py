"""Deliberations, meetings, follow-up tasks, votes and households over the API."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.core.models import Estate, Organization, Person, User
from portal.core.rest.fields import MomentField, RegionCodeField, RegionRef, ScopedRelatedField
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from requests.deliberation_types import (
    DeliberationKind,
    DeliberationSource,
    DeliberationState,
    DropGround,
    MeetingState,
    ParticipantRole,
    PollBy,
    Reply,
    TaskState,
)
from requests.deliberations import polls, seats, step, topics
from requests.deliberations.follow_up import MAX_TASK
from requests.deliberations.step import MAX_TEXT
from requests.deliberations.topics import MAX_PLACE
from requests.models import (
    Deliberation,
    FollowUpTask,
    Household,
    Meeting,
    Objection,
    Participant,
    Poll,
    PollOption,
    Tabling,
)
from requests.models.deliberations import MAX_PUBLICITY_DAYS, PUBLICITY_DAYS
from requests.serializers.steps import FilesField
from stations.models import Station


def long_words(**kwargs: Any) -> CleanCharField:
    return CleanCharField(max_length=MAX_TEXT, multiline=True, **kwargs)


class DeliberationRow(serializers.ModelSerializer):
    number = serializers.CharField()
    kind_label = LabelField(source="kind", choices=DeliberationKind.choices)
    state_label = LabelField(source="state", choices=DeliberationState.choices)
    source_label = LabelField(source="source", choices=DeliberationSource.choices)
    region = RegionRef()
    chair_name = serializers.CharField(source="chair.name")

    class Meta:
        model = Deliberation
        fields: ClassVar = [
            "id", "number", "kind", "kind_label", "topic", "source", "source_label", "is_confidential", "region",
            "estate", "station", "chair", "chair_name", "state", "state_label", "raised_at", "scheduled_for", "held_at",
            "resolved_at", "publicity_ends_at", "in_force_at", "done_at", "dropped_at",
        ]  # fmt: skip
        read_only_fields = fields


class ParticipantRow(serializers.ModelSerializer):
    person = serializers.SerializerMethodField(help_text="Empty where the name is kept from the reader, too.")
    shown_name = serializers.SerializerMethodField(
        help_text="Unless it is a unit, masked for auditors, and in a confidential dispute for all but who mediates."
    )
    role_label = LabelField(source="role", choices=ParticipantRole.choices)
    reply_label = LabelField(source="reply", choices=Reply.choices)

    class Meta:
        model = Participant
        fields: ClassVar = [
            "id", "role", "role_label", "organization", "person", "shown_name", "reply", "reply_label", "attended",
        ]  # fmt: skip
        read_only_fields = fields

    def get_person(self, seat: Participant) -> int | None:
        return None if seats.is_kept_from(seat, self.context["request"].user) else seat.person_id

    def get_shown_name(self, seat: Participant) -> str:
        return seats.name_for(seat, self.context["request"].user)


class ObjectionRow(serializers.ModelSerializer):
    name = serializers.CharField(source="name_masked", help_text="Masked.")
    phone = serializers.CharField(source="phone_masked", help_text="Masked.")

    class Meta:
        model = Objection
        fields: ClassVar = ["id", "name", "phone", "text", "made_at", "answer", "answered_at", "erased_at"]
        read_only_fields = fields


class TaskRow(serializers.ModelSerializer):
    number = serializers.CharField(source="deliberation.number", help_text="Of the deliberation.")
    owner = serializers.CharField()
    state_label = LabelField(source="state", choices=TaskState.choices)
    is_overdue = serializers.BooleanField()

    class Meta:
        model = FollowUpTask
        fields: ClassVar = [
            "id", "deliberation", "number", "text", "organization", "person", "owner", "due_on", "state", "state_label",
            "is_overdue", "result", "done_at",
        ]  # fmt: skip
        read_only_fields = fields


class TallyRow(serializers.Serializer):
    option = serializers.IntegerField(source="option.pk", allow_null=True, default=None)
    text = serializers.CharField(source="option.text", default="", help_text="Empty: abstained.")
    votes = serializers.IntegerField()
    share = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    area_share = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)


class ResultRow(serializers.Serializer):
    entitled = serializers.IntegerField()
    voted = serializers.IntegerField()
    turnout = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    area_turnout = serializers.DecimalField(
        max_digits=5, decimal_places=2, allow_null=True, help_text="Of the floor area that is known."
    )
    unmeasured = serializers.IntegerField(
        help_text="Households without a floor area. While there are any, none is carried."
    )
    has_quorum = serializers.BooleanField()
    ahead = serializers.IntegerField(
        source="ahead.pk", allow_null=True, default=None, help_text="Has the majority by now; without areas, by number."
    )
    carried = serializers.IntegerField(
        source="carried.pk", allow_null=True, default=None, help_text="Of a vote that is closed."
    )
    tallies = TallyRow(many=True)


class PollList(serializers.ListSerializer):
    """The results of all of them are counted at once."""

    def to_representation(self, data: Any) -> list[Any]:
        rows = data.select_related("deliberation", "survey") if hasattr(data, "select_related") else data
        counted = polls.results(rows)
        for poll, result in counted:
            poll.counted = result
        return super().to_representation([poll for poll, _result in counted])


class PollRow(serializers.ModelSerializer):
    by_label = LabelField(source="by", choices=PollBy.choices)
    result = serializers.SerializerMethodField()

    class Meta:
        model = Poll
        list_serializer_class = PollList
        fields: ClassVar = [
            "id", "deliberation", "survey", "question", "by", "by_label", "quorum", "majority", "opened_at",
            "closed_at", "result",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ResultRow)
    def get_result(self, poll: Poll) -> dict[str, Any]:
        return ResultRow(getattr(poll, "counted", None) or polls.result(poll)).data


class DeliberationEventRow(serializers.Serializer):
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    label = serializers.CharField(source="get_verb_display")
    to_state = serializers.CharField()
    text = serializers.CharField()


class DeliberationDetail(DeliberationRow):
    participants = ParticipantRow(many=True)
    objections = ObjectionRow(many=True)
    tasks = TaskRow(many=True)
    polls = PollRow(many=True)
    timeline = DeliberationEventRow(source="events", many=True)
    allowed = serializers.SerializerMethodField()

    class Meta(DeliberationRow.Meta):
        fields: ClassVar = [
            *DeliberationRow.Meta.fields, "text", "place", "minutes", "resolution", "drop_ground", "participants",
            "objections", "tasks", "polls", "timeline", "allowed",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_allowed(self, row: Deliberation) -> list[str]:
        user: User = self.context["request"].user
        return [str(verb) for verb in step.allowed(row, by=user)]


class DeliberationEdit(Strict):
    kind = serializers.ChoiceField(choices=DeliberationKind.choices, required=False)
    topic = CleanCharField(max_length=80, required=False)
    text = long_words(required=False, allow_blank=True)
    region = RegionCodeField(required=False)
    estate = ScopedRelatedField(queryset=Estate.objects.select_related("region"), required=False, allow_null=True)
    station = ScopedRelatedField(queryset=Station.objects.select_related("region"), required=False, allow_null=True)
    chair = ScopedRelatedField(queryset=Person.objects.all(), required=False)
    is_confidential = serializers.BooleanField(required=False, help_text="Disputes alone.")


class DeliberationInput(DeliberationEdit):
    kind = serializers.ChoiceField(choices=DeliberationKind.choices)
    topic = CleanCharField(max_length=80)
    region = RegionCodeField()
    chair = ScopedRelatedField(queryset=Person.objects.all(), required=False, help_text="Default: the caller.")
    tabled = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, max_length=50,
        help_text="Ids of requests that wait on the open list, which it takes up.",
    )  # fmt: skip

    def validate_tabled(self, value: list[int]) -> list[Tabling]:
        found = list(topics.taken_up_by(self.context["request"].user).filter(request__in=value))
        if len(found) != len(set(value)):
            raise serializers.ValidationError(
                _("One of these requests does not wait on the open list any more, or lies elsewhere.")
            )
        return found


class InviteInput(Strict):
    role = serializers.ChoiceField(choices=ParticipantRole.choices)
    organization = ScopedRelatedField(queryset=Organization.objects.all(), required=False)
    person = ScopedRelatedField(queryset=Person.objects.select_related("user"), required=False)
    name = CleanCharField(max_length=60, required=False)


class SeatReplyInput(Strict):
    seat = serializers.IntegerField(min_value=1)
    accepts = serializers.BooleanField()


class SeatInput(Strict):
    seat = serializers.IntegerField(min_value=1)


class ScheduleInput(Strict):
    scheduled_for = MomentField()
    place = CleanCharField(max_length=MAX_PLACE)
    text = long_words(required=False, allow_blank=True)


class HoldInput(Strict):
    minutes = long_words()
    attended = serializers.ListField(child=serializers.IntegerField(min_value=1), help_text="Seats whose holder came.")
    files = FilesField()


class ResolveInput(Strict):
    resolution = long_words()


class PublishInput(Strict):
    days = serializers.IntegerField(
        min_value=1, max_value=MAX_PUBLICITY_DAYS, default=PUBLICITY_DAYS, help_text="Working days."
    )


class DropInput(Strict):
    ground = serializers.ChoiceField(choices=DropGround.choices)
    text = long_words(required=False, allow_blank=True)


class ChairInput(Strict):
    chair = ScopedRelatedField(queryset=Person.objects.all())
    text = long_words(required=False, allow_blank=True)


class ObjectionInput(Strict):
    objection = serializers.IntegerField(min_value=1)


class AnswerObjectionInput(ObjectionInput):
    text = long_words()


class TaskInput(Strict):
    text = CleanCharField(max_length=MAX_TASK)
    due_on = serializers.DateField()
    organization = ScopedRelatedField(queryset=Organization.objects.all(), required=False)
    person = ScopedRelatedField(queryset=Person.objects.all(), required=False)


class ReportInput(Strict):
    result = long_words()


class PollInput(Strict):
    question = CleanCharField(max_length=200)
    options = serializers.ListField(child=CleanCharField(max_length=polls.MAX_OPTION), max_length=polls.MOST)
    voted = serializers.ChoiceField(choices=PollBy.choices)
    quorum = serializers.IntegerField(min_value=1, max_value=100, default=67)
    majority = serializers.IntegerField(min_value=1, max_value=100, default=51)


class PollOptionRow(serializers.ModelSerializer):
    class Meta:
        model = PollOption
        fields: ClassVar = ["id", "text"]


class PollDetail(PollRow):
    options = PollOptionRow(many=True)

    class Meta(PollRow.Meta):
        fields: ClassVar = [*PollRow.Meta.fields, "options"]
        read_only_fields = fields


class VotesInput(Strict):
    """How these voted; without an option they abstained."""

    option = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    voters = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=5000,
        help_text="Ids of seats or of households, by which the question is voted.",
    )  # fmt: skip


class AgendaRow(serializers.Serializer):
    """What the caller may not see shows its number alone."""

    position = serializers.IntegerField(source="item.position")
    id = serializers.IntegerField(source="item.pk")
    number = serializers.CharField(source="row.number")
    words = serializers.SerializerMethodField()
    deliberation = serializers.IntegerField(source="item.deliberation_id", allow_null=True)
    request = serializers.IntegerField(source="case.pk", default=None, allow_null=True)

    def get_words(self, line: dict[str, Any]) -> str:
        return line["words"] if line["is_seen"] else ""


class MeetingRow(serializers.ModelSerializer):
    region = RegionRef()
    chair_name = serializers.CharField(source="chair.name")
    state_label = LabelField(source="state", choices=MeetingState.choices)

    class Meta:
        model = Meeting
        fields: ClassVar = [
            "id",
            "region",
            "held_on",
            "place",
            "chair",
            "chair_name",
            "state",
            "state_label",
            "minutes",
        ]
        read_only_fields = fields


class MeetingInput(Strict):
    region = RegionCodeField()
    held_on = serializers.DateField()
    chair = ScopedRelatedField(queryset=Person.objects.all(), required=False, help_text="Default: the caller.")
    place = CleanCharField(max_length=MAX_PLACE, required=False, allow_blank=True)


class MinutesInput(Strict):
    minutes = long_words()


class HouseholdRow(serializers.ModelSerializer):
    class Meta:
        model = Household
        fields: ClassVar = ["id", "estate", "building", "label", "area_m2"]
        read_only_fields = fields
