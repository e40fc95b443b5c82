"""/api/v1/ of hours: the ledger, claims that somebody decides, and the rules by which hours count."""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.idempotency import Answer
from portal.core.rest.views import CatalogueViewSet
from volunteers import hour_rules, ledger
from volunteers.duty_api import READ_OR_OWN, WRITE_OR_OWN, DutyViewSet, FastDutyViewSet, NamedRowsMixin
from volunteers.duty_filters import HourClaimFilter, HourEntryFilter, HourRuleFilter
from volunteers.models import HourClaim, HourEntry, HourRule
from volunteers.models.hours import DECIDE
from volunteers.serializers.hours import (
    ClaimInput,
    DecideInput,
    HourClaimRow,
    HourEntryRow,
    HourRuleInput,
    HourRuleRow,
    ReverseInput,
)


class HourEntryViewSet(FastDutyViewSet):
    """Lines of the ledger: of volunteers who live in your regions or served there; for a volunteer, the own ones.

    Entries are added and never changed; what is wrong is reversed by another entry.
    """

    queryset = HourEntry.objects.all()
    serializer_class = HourEntryRow
    filterset_class = HourEntryFilter
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = {"reverse": DECIDE}
    orderings: ClassVar = {"on": "on", "id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows if self.action in ("list", "retrieve") else rows.select_related("region")

    @extend_schema(request=ReverseInput, responses={201: HourEntryRow})
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, pk: int) -> Response:
        """Take an entry back by one with the opposite sign, which is answered."""
        entry, asked = self.get_object(), self.read(ReverseInput)
        return self.once(request, lambda: (201, self.shown(ledger.reverse(entry, by=request.user, **asked).pk)))


class HourClaimViewSet(NamedRowsMixin, DutyViewSet):
    """Hours that count only when somebody has agreed: long days, supplements, corrections."""

    queryset = HourClaim.objects.all()
    serializer_class = HourClaimRow
    filterset_class = HourClaimFilter
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = {"create": WRITE_OR_OWN, "decide": DECIDE}
    orderings: ClassVar = {"on": "on", "asked_at": "asked_at", "id": "pk"}
    default_ordering = "-asked_at"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("volunteer__person", "region", "decided_in")

    @extend_schema(request=ClaimInput, responses={201: HourClaimRow})
    def create(self, request: Request) -> Response:
        """Ask for a supplement or a correction; a leader above the place of service decides."""
        asked = self.read(ClaimInput)
        volunteer = asked.pop("volunteer", None) or self.own_entry
        return self.once(request, lambda: (201, self.shown(ledger.claim(volunteer, by=request.user, **asked).pk)))

    @extend_schema(request=DecideInput, responses=HourClaimRow)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: int) -> Response:
        """Grant or refuse, once."""
        return self.done(ledger.decide, **self.read(DecideInput))


class HourRuleViewSet(CatalogueViewSet):
    """By which rules hours count, from a day on; those of a district, and those of all others."""

    queryset = HourRule.objects.all()
    serializer_class = HourRuleRow
    filterset_class = HourRuleFilter
    fast_lists = True
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = {"create": DECIDE}
    orderings: ClassVar = {"valid_from": "valid_from", "id": "pk"}
    default_ordering = "-valid_from"

    @extend_schema(request=HourRuleInput, responses={201: HourRuleRow})
    def create(self, request: Request) -> Response:
        """Lay down a rule from a day to come; one for the same day that is not in force yet is replaced."""
        serializer = HourRuleInput(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)

        def do() -> Answer:
            rule = hour_rules.lay_down(by=request.user, **serializer.validated_data)
            return 201, HourRuleRow(rule).data

        return self.once(request, do)
