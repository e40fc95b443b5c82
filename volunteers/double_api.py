"""/api/v1/ of double check-in, brand projects and honours."""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.filtering import FilterSet
from portal.core.idempotency import Answer
from portal.core.rest.views import ScopedReadOnlyViewSet
from volunteers import brands, statements, unit_reports
from volunteers.double_filters import BrandProjectFilter, HonourFilter, MemberReportFilter, UnitReportFilter
from volunteers.duty_api import DutyViewSet
from volunteers.guards import OWN, REPORT, TEAMS
from volunteers.models import BrandProject, Honour, MemberReport, UnitReport
from volunteers.serializers.double import (
    BrandProjectDetail,
    BrandProjectRow,
    HonourRow,
    MemberReportRow,
    StageInput,
    UnitReportDetail,
    UnitReportRow,
)
from volunteers.serializers.points import WhyInput
from volunteers.statements import Line


class UnitReportViewSet(DutyViewSet):
    """Units that reported to your communities, or your own unit's reports, with their pledges."""

    queryset = UnitReport.objects.all()
    serializer_class = UnitReportDetail
    list_serializer_class = UnitReportRow
    filterset_class: ClassVar[type[FilterSet] | None] = UnitReportFilter
    capability = "double:read"
    capabilities: ClassVar = {"withdraw_pledge": REPORT}
    orderings: ClassVar = {"reported_on": "reported_on", "id": "pk"}
    default_ordering = "-reported_on"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().with_pledges().select_related("organization", "region")
        return rows if self.action == "list" else rows.prefetch_related("pledges")

    @extend_schema(request=WhyInput, responses=UnitReportDetail)
    @action(detail=True, methods=["post"], url_path="pledges/<int:pledge_id>/withdraw", url_name="pledge-withdraw")
    def withdraw_pledge(self, request: Request, pk: int, pledge_id: int) -> Response:
        """Take back a pledge that is not fulfilled: the community or the unit. It stays on record with the reason."""
        report, asked = self.get_object(), self.read(WhyInput)
        found = report.pledges.filter(pk=pledge_id).first()
        if found is None:
            raise NotFound()

        def do() -> Answer:
            unit_reports.withdraw_pledge(found, by=request.user, **asked)
            return 200, self.shown(pk)

        return self.once(request, do)


class MemberReportViewSet(ScopedReadOnlyViewSet):
    """Party members who reported to your communities, or who belong to your branch. Names are as you may see them."""

    queryset = MemberReport.objects.all()
    serializer_class = MemberReportRow
    filterset_class: ClassVar[type[FilterSet] | None] = MemberReportFilter
    capability = "double:read"
    orderings: ClassVar = {"reported_on": "reported_on", "id": "pk"}
    default_ordering = "-reported_on"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("volunteer__person", "branch", "region")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        # Without rows it is the schema that asks, for nobody.
        if args:
            rows = args[0] if kwargs.get("many") else args[:1]
            statements.open_names([Line(row) for row in rows], self.request.user.scope)
        return super().get_serializer(*args, **kwargs)


class BrandProjectViewSet(DutyViewSet):
    """Brand projects of teams, with the stages that they went through; for a volunteer, those of the own teams."""

    queryset = BrandProject.objects.all()
    serializer_class = BrandProjectDetail
    list_serializer_class = BrandProjectRow
    filterset_class: ClassVar[type[FilterSet] | None] = BrandProjectFilter
    capability: ClassVar[Any] = ("teams:read", OWN)
    capabilities: ClassVar = {"stage": (TEAMS, OWN)}
    orderings: ClassVar = {"name": "name", "stage_since": "stage_since", "id": "pk"}
    default_ordering = "name"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("team__region", "hub")
        return rows if self.action == "list" else rows.prefetch_related("steps")

    @extend_schema(request=StageInput, responses=BrandProjectDetail)
    @action(detail=True, methods=["post"])
    def stage(self, request: Request, pk: int) -> Response:
        """Bring a project to its next stage: staff who look after the team, and its leaders."""
        return self.done(brands.move, **self.read(StageInput))


class HonourViewSet(ScopedReadOnlyViewSet):
    """Honours of teams and volunteers."""

    queryset = Honour.objects.all()
    serializer_class = HonourRow
    filterset_class: ClassVar[type[FilterSet] | None] = HonourFilter
    capability = "teams:read"
    orderings: ClassVar = {"awarded_on": "awarded_on", "id": "pk"}
    default_ordering = "-awarded_on"
