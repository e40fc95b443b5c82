"""What a step takes over the API: the keywords of its verb, and the version of the case that the caller saw."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.core.models import Organization, Person, StoredFile, User
from portal.core.rest.fields import MomentField, RegionCodeField, ScopedRelatedField
from portal.core.rest.serializers import Strict
from portal.core.serializer_fields import CleanCharField
from requests.models import (
    Category,
    Deliberation,
    ProjectPhoto,
    RequestAttachment,
    Resource,
    ServiceProject,
    ServiceRequest,
)
from requests.models.resources import AMOUNT, LEAST
from requests.types import (
    Conclusion,
    ExcludedRate,
    ExclusionGround,
    RatingCode,
    RejectGround,
    ReturnGround,
    TimeLimit,
)
from requests.workflow.answers import CALL_BACK_GROUNDS, REDO
from requests.workflow.assists import MOST as MOST_ASSISTS
from requests.workflow.assists import Ask
from requests.workflow.intake import MAX_PHOTOS
from requests.workflow.listing import MAX_LISTED, MAX_TITLE
from requests.workflow.referral import MAX_BODY, MAX_NUMBER
from requests.workflow.splitting import FEWEST, MOST, Part
from requests.workflow.step import MAX_TEXT
from volunteers.models import Volunteer, VolunteerTeam


def words(**kwargs: Any) -> CleanCharField:
    return CleanCharField(max_length=MAX_TEXT, multiline=True, **kwargs)


def optional_words() -> CleanCharField:
    return words(required=False, allow_blank=True)


class StepInput(Strict):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)

    def arguments(self) -> dict[str, Any]:
        """The keywords of the verb."""
        return dict(self.validated_data)


class FilesField(serializers.ListField):
    """Ids of files that the caller has uploaded (POST /files/) and not used yet."""

    default_error_messages = {"unknown": _("There is no such upload of yours.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.IntegerField(min_value=1), max_length=MAX_PHOTOS, required=False, **kwargs)

    def to_internal_value(self, data: Any) -> list[StoredFile]:
        return unused_files(super().to_internal_value(data), of=self.context["request"].user, field=self)


def unused_files(pks: list[int], *, of: User, field: FilesField) -> list[StoredFile]:
    used = RequestAttachment.objects.filter(file__in=pks).values("file")
    shown = ProjectPhoto.objects.filter(file__in=pks).values("file")
    found = StoredFile.objects.filter(pk__in=pks, uploaded_by=of).exclude(pk__in=used).exclude(pk__in=shown)
    if len(found) != len(set(pks)):
        field.fail("unknown")
    return list(found)


class _Handed(StepInput):
    _WHOM = frozenset({"unit", "team", "volunteer", "person"})

    # No more of a unit than dispatching asks: to read its whole row costs as much as a query of its own.
    unit = ScopedRelatedField(
        queryset=Organization.objects.only("name", "short_name", "is_active", "takes_requests"), required=False
    )
    team = ScopedRelatedField(
        queryset=VolunteerTeam.objects.only("name", "is_active", "takes_requests"), required=False,
        help_text="A team of volunteers; any of its leaders takes the case.",
    )  # fmt: skip
    volunteer = ScopedRelatedField(
        queryset=Volunteer.objects.current().select_related("person__user").defer("search"), required=False
    )
    person = ScopedRelatedField(queryset=Person.objects.all(), required=False, help_text="A member of staff.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(self._WHOM & attrs.keys()) != 1:
            raise serializers.ValidationError(
                {"unit": [_("Name one: a unit, a team, a volunteer or a member of staff.")]}
            )
        return attrs

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        (whom,) = self._WHOM & values.keys()
        to = values.pop(whom)
        return {**values, "to": to.person if isinstance(to, Volunteer) else to}


class AcceptInput(StepInput):
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.filter(is_active=True), required=False)
    time_limit = serializers.ChoiceField(choices=TimeLimit.choices, required=False)
    text = optional_words()


class RejectInput(StepInput):
    ground = serializers.ChoiceField(choices=RejectGround.choices)
    text = words()


class AskInput(Strict):
    unit = ScopedRelatedField(queryset=Organization.objects.only("name", "short_name", "is_active", "takes_requests"))
    asked = words(help_text="What the unit is to do.")
    due_at = MomentField(required=False, help_text="Default: when the case is due.")


class _HandedWithHelp(_Handed):
    assisting = serializers.ListField(child=AskInput(), required=False, max_length=MOST_ASSISTS)

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        asks = values.get("assisting", [])
        return {**values, "assisting": [Ask(each["unit"], each["asked"], each.get("due_at")) for each in asks]}


class DispatchInput(_HandedWithHelp):
    accept_due_at = MomentField(required=False, help_text="Default: by the case's time limit.")
    text = optional_words()


class TransferInput(_HandedWithHelp):
    text = words()


class ClaimResourceInput(StepInput):
    resource = ScopedRelatedField(queryset=Resource.objects.only("name"))
    amount = serializers.DecimalField(**AMOUNT, min_value=LEAST)
    text = optional_words()


class TakeInput(StepInput):
    text = optional_words()


class SendBackInput(StepInput):
    ground = serializers.ChoiceField(choices=ReturnGround.choices)
    text = words()


class TextInput(StepInput):
    """recall, ask, redo, restore."""

    text = words()


class TextAndFilesInput(TextInput):
    """reply, resolve."""

    files = FilesField()


class ContactInput(StepInput):
    reached = serializers.BooleanField()
    text = optional_words()


class NoteInput(TextAndFilesInput):
    is_public = serializers.BooleanField(default=False)


class CallBackInput(StepInput):
    reached = serializers.BooleanField()
    outcome = serializers.ChoiceField(choices=[*(ground.value for ground in CALL_BACK_GROUNDS), REDO])
    solved = serializers.BooleanField(allow_null=True, default=None)
    code = serializers.ChoiceField(choices=RatingCode.choices, required=False, allow_blank=True)
    text = words()


class AmendInput(StepInput):
    region = RegionCodeField(scoped=False, required=False)
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.filter(is_active=True), required=False)
    time_limit = serializers.ChoiceField(choices=TimeLimit.choices, required=False)
    text = optional_words()


class DecideAppealInput(StepInput):
    granted = serializers.BooleanField()
    text = words()


class RequestExtensionInput(StepInput):
    until = serializers.DateTimeField(help_text="Later than `due_at`; the limit can be doubled at most.")
    text = words()


class DecideExtensionInput(StepInput):
    granted = serializers.BooleanField()
    text = words(help_text="If granted, the resident reads it.")


class ExcludeInput(TextAndFilesInput):
    rates = serializers.ListField(child=serializers.ChoiceField(choices=ExcludedRate.choices), allow_empty=False)
    ground = serializers.ChoiceField(choices=ExclusionGround.choices)

    def arguments(self) -> dict[str, Any]:
        return {"files": [], **super().arguments()}


class DecideExclusionInput(StepInput):
    granted = serializers.BooleanField()
    text = words()


class ReviewReplyInput(StepInput):
    granted = serializers.BooleanField(help_text="True: the resident reads it as it was handed in.")
    text = words(required=False, allow_blank=True, help_text="For whoever wrote it; needed if it is given back.")


class TakeOverInput(StepInput):
    to = ScopedRelatedField(queryset=Person.objects.all(), help_text="Who stands in for whoever is away.")
    text = words()


class RemindInput(StepInput):
    text = optional_words()


class ReleaseInput(StepInput):
    title = CleanCharField(max_length=MAX_TITLE)
    text = CleanCharField(max_length=MAX_LISTED, multiline=True)
    outcome = CleanCharField(max_length=MAX_LISTED, multiline=True, required=False, allow_blank=True)


class MergeCaseInput(StepInput):
    into = ScopedRelatedField(
        queryset=ServiceRequest.objects.defer("search", "description"), help_text="The open case that stays."
    )
    text = optional_words()


class PartInput(Strict):
    description = words()
    title = CleanCharField(max_length=80, required=False, allow_blank=True)
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.filter(is_active=True), required=False)
    time_limit = serializers.ChoiceField(choices=TimeLimit.choices, required=False)


class SplitInput(StepInput):
    parts = serializers.ListField(child=PartInput(), min_length=FEWEST, max_length=MOST)
    text = optional_words()

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {**values, "parts": [Part(**part) for part in values["parts"]]}


class AdoptInput(StepInput):
    project = ScopedRelatedField(queryset=ServiceProject.objects.only("name"), help_text="One that you run.")
    text = optional_words()


class TableInput(StepInput):
    deliberation = ScopedRelatedField(
        queryset=Deliberation.objects.all(), required=False, allow_null=True,
        help_text="Onto whose agenda. Without one it waits for the next monthly meeting.",
    )  # fmt: skip
    text = words()


class ConcludeInput(TextAndFilesInput):
    result = serializers.ChoiceField(choices=Conclusion.choices)
    project = ScopedRelatedField(
        queryset=ServiceProject.objects.only("name"), required=False, allow_null=True,
        help_text="With `project`: one that you run. Without one, a new one is drafted.",
    )  # fmt: skip
    project_name = CleanCharField(max_length=80, required=False, allow_blank=True, help_text="Of a new project.")
    planned_end = serializers.DateField(required=False, allow_null=True, help_text="Of a new project.")


class ReferInput(StepInput):
    body = CleanCharField(max_length=MAX_BODY, help_text="Who deals with it, outside of the portal's units.")
    number = CleanCharField(max_length=MAX_NUMBER, required=False, allow_blank=True)
    text = optional_words()


class EraseInput(StepInput):
    reason = CleanCharField(max_length=200, help_text="Stays on the timeline.")


class RevealInput(Strict):
    reason = CleanCharField(max_length=200, help_text="Logged with who looked, and when.")
    requester = serializers.IntegerField(min_value=1, required=False, help_text="Default: the first one.")


# Steps of the resident, who holds the code and has no list of versions: the version is optional there.


class ResidentInput(Strict):
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)

    def arguments(self) -> dict[str, Any]:
        return dict(self.validated_data)


class ResidentTextInput(ResidentInput):
    text = words()


class ReplyInput(ResidentTextInput):
    photos = serializers.ListField(child=serializers.FileField(), required=False, help_text="As multipart/form-data.")


class WithdrawInput(ResidentInput):
    text = optional_words()


class AgreeInput(ResidentInput):
    agreed = serializers.BooleanField()


class RateInput(ResidentInput):
    code = serializers.ChoiceField(choices=RatingCode.choices)
    solved = serializers.BooleanField()
    comment = optional_words()
