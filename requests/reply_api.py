"""/api/v1/reply-templates/, /review-rules/ and /absences/."""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.models import Person
from portal.core.registry.api import RegistrySerializer, RegistryViewSet
from portal.core.rest.fields import PersonRef, RegionCodeField, ScopedRelatedField
from portal.core.rest.serializers import Strict
from requests.absences import Kind, hand_back, hand_over, lent_cases, waiting_for_absent
from requests.models import Absence, ReplyTemplate, ReviewRule, ServiceRequest
from requests.replies import filled
from requests.reply_filters import AbsenceFilter, ReplyTemplateFilter, ReviewRuleFilter
from requests.subjects import ABSENCES, REPLY_TEMPLATES, REVIEW_RULES


class ReplyTemplateSerializer(RegistrySerializer):
    region = RegionCodeField(required=False, allow_null=True, help_text="Null: every region.")
    category_path = serializers.CharField(source="category.path", read_only=True, allow_null=True, default=None)

    class Meta:
        model = ReplyTemplate
        fields: ClassVar = [
            "id", "title", "region", "verbs", "category", "category_path", "text", "is_active", "order", "use_count",
        ]  # fmt: skip
        read_only_fields: ClassVar = ["use_count"]


class FillInput(Strict):
    case = ScopedRelatedField(queryset=ServiceRequest.objects.all())


class FilledText(serializers.Serializer):
    text = serializers.CharField(help_text="The template with its placeholders filled in by the case.")


class ReplyTemplateViewSet(RegistryViewSet):
    """Words to begin with, for steps whose text the resident reads. Placeholders: {number}, {title}, {category},
    {unit}, {station}, {community}, {due}."""

    subject = REPLY_TEMPLATES
    queryset = ReplyTemplate.objects.all()
    serializer_class = ReplyTemplateSerializer
    filterset_class = ReplyTemplateFilter
    orderings: ClassVar = {"order": "order", "title": "title", "use_count": "use_count", "id": "pk"}
    default_ordering = "order"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region", "category")

    @extend_schema(parameters=[OpenApiParameter("case", int, required=True)], responses=FilledText, filters=False)
    @action(detail=True)
    def filled(self, request: Request, pk: int) -> Response:
        """The text for one case, to be edited and sent with a step."""
        asked = FillInput(data=request.query_params.dict(), context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        return Response({"text": filled(self.get_object(), asked.validated_data["case"])})


class ReviewRuleSerializer(RegistrySerializer):
    region = RegionCodeField(required=False, allow_null=True, help_text="Null: every region.")
    category_path = serializers.CharField(source="category.path", read_only=True, allow_null=True, default=None)

    class Meta:
        model = ReviewRule
        fields: ClassVar = ["id", "region", "category", "category_path", "verbs", "starts_on", "ends_on"]


class ReviewRuleViewSet(RegistryViewSet):
    """Which replies somebody else reads before the resident does. Where one holds, `resolve`, `reject` and `outcome`
    hand the reply in (`hand_in` on the timeline); `review_reply` sends it or gives it back."""

    subject = REVIEW_RULES
    queryset = ReviewRule.objects.all()
    serializer_class = ReviewRuleSerializer
    filterset_class = ReviewRuleFilter
    orderings: ClassVar = {"starts_on": "starts_on", "id": "pk"}
    default_ordering = "-starts_on"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region", "category")


class AbsenceSerializer(RegistrySerializer):
    person = ScopedRelatedField(queryset=Person.objects.all())
    deputy = ScopedRelatedField(queryset=Person.objects.all())

    class Meta:
        model = Absence
        fields: ClassVar = ["id", "person", "deputy", "starts_on", "ends_on"]

    def to_representation(self, row: Absence) -> dict[str, Any]:
        people = {"person": PersonRef().to_representation(row.person)}
        return {**super().to_representation(row), **people, "deputy": PersonRef().to_representation(row.deputy)}


class HandOverInput(Strict):
    """Ids of what is to go over. Without any of the lists: everything."""

    cases = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=500)
    tasks = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=500)
    projects = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=500)
    deliberations = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=500)


class HandBackInput(Strict):
    """Ids of the cases that are to go back. Without the list: all that the deputy has."""

    cases = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=500)


class HandedRow(serializers.Serializer):
    kind = serializers.ChoiceField(choices=Kind.choices, source="waiting.kind")
    id = serializers.IntegerField(source="waiting.row.pk")
    number = serializers.CharField(source="waiting.number")
    refused = serializers.CharField(help_text="Why it stayed where it was; empty: the deputy has it.")


def _refuse_others(keys: Iterable[str], waiting: Collection[str]) -> None:
    """Refuse all of it where something does not wait for who is away: a mistyped id would go by unnoticed."""
    others: dict[str, list[str]] = {}
    for kind, pk in (key.split(":") for key in keys if key not in waiting):
        others.setdefault(f"{kind}s", []).append(pk)
    if others:
        message = _("Not with who is away, or not yours to hand on: %(ids)s. Nothing was handed over.")
        raise serializers.ValidationError({name: [message % {"ids": "、".join(pks)}] for name, pks in others.items()})


class AbsenceViewSet(RegistryViewSet):
    """Who is away, from which day to which, and who stands in. Nothing is dispatched to who is away."""

    subject = ABSENCES
    own_capabilities: ClassVar = {"hand_over": "absences:write", "hand_back": "absences:write"}
    queryset = Absence.objects.all()
    serializer_class = AbsenceSerializer
    filterset_class = AbsenceFilter
    orderings: ClassVar = {"starts_on": "starts_on", "id": "pk"}
    default_ordering = "-starts_on"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("person", "deputy")

    @extend_schema(request=HandOverInput, responses=HandedRow(many=True))
    @action(detail=True, methods=["post"], url_path="hand-over", url_name="hand-over")
    def hand_over(self, request: Request, pk: int) -> Response:
        """Hand what waits for who is away over to the deputy as it stands, each by itself: cases, follow-up tasks,
        projects and deliberations that the person leads."""
        asked = HandOverInput(data=request.data)
        asked.is_valid(raise_exception=True)
        row = self.get_object()
        named = [(kind, asked.validated_data.get(f"{kind}s", [])) for kind in Kind.values]
        waiting = {each.key for each in waiting_for_absent(row, by=request.user)}
        keys = [f"{kind}:{pk}" for kind, pks in named for pk in pks]
        _refuse_others(keys, waiting)
        handed = hand_over(row, by=request.user, keys=keys or waiting)
        return Response(HandedRow(handed, many=True).data)

    @extend_schema(request=HandBackInput, responses=HandedRow(many=True))
    @action(detail=True, methods=["post"], url_path="hand-back", url_name="hand-back")
    def hand_back(self, request: Request, pk: int) -> Response:
        """Give the cases that went over and that the deputy still has back to who was away, each by itself."""
        asked = HandBackInput(data=request.data)
        asked.is_valid(raise_exception=True)
        row = self.get_object()
        lent = {each.key for each in lent_cases(row, by=request.user)}
        keys = [f"{Kind.CASE}:{number}" for number in asked.validated_data.get("cases", [])]
        _refuse_others(keys, lent)
        return Response(HandedRow(hand_back(row, by=request.user, keys=keys or lent), many=True).data)
