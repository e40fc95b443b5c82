"""Duty in the API: templates, shifts, places on them, keys."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from portal.core.models import Organization
from portal.core.registry.api import RegistrySerializer
from portal.core.rest.fields import MomentField, OrganizationRef, ScopedRelatedField, TextOf, first_of
from portal.core.rest.rows import LabelField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from stations.models import Station
from stations.serializers import StationRef
from volunteers import turns
from volunteers.models import Assignment, DutyShift, DutyTemplate, KeyHolder, Skill, Volunteer
from volunteers.types import (
    AssignmentSource,
    AssignmentStatus,
    CheckMethod,
    DutyKind,
    HolidayRule,
    ShiftStatus,
    TurnLength,
)

# What template and shift have in common, in rows and in input.
DUTY = [
    "title", "kind", "min_people", "max_people", "needs_key_holder", "needs_insurance", "needs_training", "skills",
    "note",
]  # fmt: skip
# How units take turns at a template.
TURNS = ["units", "turn_length", "turns_from"]


class SkillRef(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class VolunteerRef(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()


class NamedVolunteerRef(VolunteerRef):
    name = serializers.CharField(source="shown_name", help_text="Masked for those who do not work with the person.")


class DutyRow(serializers.ModelSerializer):
    kind_label = LabelField(source="kind", choices=DutyKind.choices)
    station = StationRef()
    skills = SkillRef(many=True, help_text="Somebody on the shift must have each of them.")


class TurnRef(OrganizationRef):
    """A unit, from its place in the order."""

    id = serializers.IntegerField(source="organization_id")
    name = TextOf(columns=("organization.short_name", "organization.name"), compute=first_of)


class TemplateRow(DutyRow):
    units = TurnRef(many=True, source="turns", help_text="The units that take turns, in their order.")
    turn_length_label = LabelField(source="turn_length", choices=TurnLength.choices)
    on_holidays_label = LabelField(source="on_holidays", choices=HolidayRule.choices)
    rule = serializers.CharField(help_text="An RRULE (RFC 5545) of days, in the city's time: FREQ=WEEKLY;BYDAY=WE")
    starts = serializers.TimeField()
    ends = serializers.TimeField(help_text="At or before `starts`: the duty ends on the next day.")

    class Meta:
        model = DutyTemplate
        fields: ClassVar = [
            "id", "station", *DUTY, "kind_label", "rule", "first_day", "last_day", "starts", "ends", "on_holidays",
            "on_holidays_label", "weeks_ahead", *TURNS, "turn_length_label", "is_active",
        ]  # fmt: skip
        read_only_fields = fields


class ShiftRow(DutyRow):
    status_label = LabelField(source="status", choices=ShiftStatus.choices)
    template = serializers.IntegerField(source="template_id", allow_null=True)
    unit_on_turn = OrganizationRef(allow_null=True)

    class Meta:
        model = DutyShift
        fields: ClassVar = [
            "id", "station", *DUTY, "unit_on_turn", "kind_label", "starts_at", "ends_at", "status", "status_label",
            "called_off_reason", "taken", "signup_opens_at", "signup_closes_at", "template", "occurs_on", "is_changed",
        ]  # fmt: skip
        read_only_fields = fields
        extra_kwargs: ClassVar = {"taken": {"help_text": "Places that are held: proposed or confirmed."}}


class TurnUnitField(ScopedRelatedField):
    """A unit that the caller may put on turn, by its id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Organization.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet:
        row = getattr(self.root, "instance", None)
        known = turns.known_to(row) if row is not None else ()
        return turns.units_open_to(self.context["request"].user, known=known)


class DutyInput(RegistrySerializer):
    skills = serializers.SlugRelatedField(
        slug_field="code", queryset=Skill.objects.all(), many=True, required=False, help_text="Codes of skills."
    )


class TemplateEdit(DutyInput):
    units = serializers.ListField(
        child=TurnUnitField(), required=False, write_only=True, max_length=turns.MOST_UNITS,
        help_text="The units that take turns, in their order. Left out: as they are.",
    )  # fmt: skip
    mark = serializers.CharField(
        max_length=64, required=False, write_only=True,
        help_text="From a preview: refuses if the changes are no longer those. Needed where a change concerns shifts.",
    )  # fmt: skip

    class Meta:
        model = DutyTemplate
        fields: ClassVar = [
            *DUTY, *TURNS, "rule", "first_day", "last_day", "starts", "ends", "on_holidays", "weeks_ahead", "is_active",
            "mark",
        ]  # fmt: skip


class TemplateInput(TemplateEdit):
    station = ScopedRelatedField(queryset=Station.objects.all())

    class Meta(TemplateEdit.Meta):
        fields: ClassVar = ["station", *TemplateEdit.Meta.fields]


class ShiftEdit(DutyInput):
    unit_on_turn = TurnUnitField(required=False, allow_null=True)

    class Meta:
        model = DutyShift
        fields: ClassVar = [*DUTY, "unit_on_turn", "starts_at", "ends_at", "signup_opens_at", "signup_closes_at"]


class ShiftInput(ShiftEdit):
    station = ScopedRelatedField(queryset=Station.objects.all())

    class Meta(ShiftEdit.Meta):
        fields: ClassVar = ["station", *ShiftEdit.Meta.fields]


class ExchangeInput(Strict):
    unit = TurnUnitField()


class OccurrenceRow(serializers.Serializer):
    day = serializers.DateField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    holiday = serializers.CharField(help_text="Its name, where duty falls on a public holiday.")
    unit_on_turn = OrganizationRef(allow_null=True)


class ChangedShift(serializers.Serializer):
    shift = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    unit_on_turn = OrganizationRef(allow_null=True)
    unit_before = OrganizationRef(allow_null=True)


class ChangesRow(serializers.Serializer):
    """What a template changes, or has changed, in the shifts that have not begun."""

    added = OccurrenceRow(many=True)
    changed = ChangedShift(many=True)
    removed = serializers.ListField(
        child=serializers.IntegerField(), help_text="Shifts: deleted where nobody is on them, else called off."
    )
    left_alone = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Shifts that were changed by hand or hold too many people.",
    )
    warnings = OccurrenceRow(many=True)
    people_concerned = serializers.IntegerField(help_text="Places held on shifts that move or go.")
    mark = serializers.CharField(help_text="Names exactly these changes; send it when you save.")


class CallOffInput(Strict):
    reason = CleanCharField(max_length=100)


class SignUpInput(Strict):
    volunteer = ScopedRelatedField(
        queryset=Volunteer.objects.all(), required=False, help_text="Needed of staff; a volunteer signs up alone."
    )


class ShiftRef(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    station = StationRef()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class AssignmentRow(serializers.ModelSerializer):
    """One person's place on one shift."""

    shift = ShiftRef()
    volunteer = NamedVolunteerRef()
    status_label = LabelField(source="status", choices=AssignmentStatus.choices)
    source_label = LabelField(source="source", choices=AssignmentSource.choices)

    class Meta:
        model = Assignment
        fields: ClassVar = [
            "id", "shift", "volunteer", "status", "status_label", "source", "source_label", "is_pinned", "answer_by",
            "made_at", "answered_at", "reason", "checked_in_at", "checked_in_how", "checked_out_at", "checked_out_how",
            "is_no_show", "is_excused",
        ]  # fmt: skip
        read_only_fields = fields


class AssignInput(Strict):
    shift = ScopedRelatedField(queryset=DutyShift.objects.select_related("station__region"))
    volunteer = ScopedRelatedField(queryset=Volunteer.objects.all())
    answer_by = MomentField(
        required=False, allow_null=True, help_text="Until when the person is asked; without it the place is confirmed."
    )
    is_pinned = serializers.BooleanField(required=False, default=False, help_text="A new roster leaves it alone.")


class AttendanceInput(Strict):
    at = MomentField(required=False, help_text="When it was; now, if left out.")
    how = serializers.ChoiceField(
        choices=[(each.value, each.label) for each in (CheckMethod.STAFF, CheckMethod.SHEET)],
        default=CheckMethod.STAFF, help_text="By staff on the day, or from the printed sheet.",
    )  # fmt: skip


class PinInput(Strict):
    is_pinned = serializers.BooleanField(required=False, default=True, help_text="False: rosters may move it again.")


class MoveInput(Strict):
    shift = ScopedRelatedField(queryset=DutyShift.objects.select_related("station__region"))


class NoShowInput(Strict):
    is_excused = serializers.BooleanField(required=False, default=False)
    reason = CleanCharField(max_length=100, required=False, default="", allow_blank=True)


class KeyHolderRow(serializers.ModelSerializer):
    station = StationRef()
    volunteer = NamedVolunteerRef()

    class Meta:
        model = KeyHolder
        fields: ClassVar = ["id", "station", "volunteer", "since"]
        read_only_fields = fields


class KeyHolderInput(Strict):
    station = ScopedRelatedField(queryset=Station.objects.select_related("region"))
    volunteer = ScopedRelatedField(queryset=Volunteer.objects.all())
    since = serializers.DateField(required=False, allow_null=True)


def without_skills(given: dict[str, Any]) -> tuple[dict[str, Any], list[Skill] | None]:
    """The columns of an input, and the skills that verbs take beside them (None: not given)."""
    values = dict(given)
    skills = values.pop("skills", None)
    return values, skills
