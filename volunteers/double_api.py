"""/api/v1/ of double check-in, brand projects and honours."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.filtering import FilterSet
from portal.core.idempotency import Answer
from volunteers import brands, honours, member_reports, statements, unit_reports
from volunteers.double_filters import BrandProjectFilter, HonourFilter, MemberReportFilter, UnitReportFilter
from volunteers.duty_api import DutyViewSet
from volunteers.guards import DOUBLE, OWN, REPORT, TEAMS, WRITE
from volunteers.models import BrandProject, Honour, MemberReport, UnitPledge, UnitReport
from volunteers.serializers.double import (
    BrandProjectDetail,
    BrandProjectInput,
    BrandProjectRow,
    FulfilInput,
    HonourInput,
    HonourRow,
    MemberReportInput,
    MemberReportRow,
    StageInput,
    UnitPledgeInput,
    UnitReportDetail,
    UnitReportInput,
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
    capabilities: ClassVar = {
        **dict.fromkeys(("create", "pledge", "withdraw_pledge"), REPORT),
        **dict.fromkeys(("confirm", "end", "fulfil", "reopen"), DOUBLE),
    }
    orderings: ClassVar = {"reported_on": "reported_on", "id": "pk"}
    default_ordering = "-reported_on"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().with_pledges().select_related("organization", "region")
        return rows if self.action == "list" else rows.prefetch_related("pledges")

    @extend_schema(request=UnitReportInput, responses={201: UnitReportDetail})
    def create(self, request: Request) -> Response:
        """Report a unit to a community: the unit itself, or the community from paper, with which it is confirmed."""
        asked = self.read(UnitReportInput)
        return self.once(request, lambda: (201, self.shown(unit_reports.report(by=request.user, **asked).pk)))

    @extend_schema(request=None, responses=UnitReportDetail)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: int) -> Response:
        """The community takes the unit up."""
        return self.done(unit_reports.confirm)

    @extend_schema(request=WhyInput, responses=UnitReportDetail)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int) -> Response:
        """The unit no longer counts as reported; its pledges stay on record."""
        return self.done(unit_reports.end, **self.read(WhyInput))

    @extend_schema(request=UnitPledgeInput, responses={201: UnitReportDetail})
    @action(detail=True, methods=["post"], url_path="pledges", url_name="pledge")
    def pledge(self, request: Request, pk: int) -> Response:
        """Write down what the unit will do: the unit itself, or the community for it."""
        return self.done(unit_reports.pledge, status=201, **self.read(UnitPledgeInput))

    @extend_schema(request=FulfilInput, responses=UnitReportDetail)
    @action(detail=True, methods=["post"], url_path="pledges/<int:pledge_id>/fulfil", url_name="pledge-fulfil")
    def fulfil(self, request: Request, pk: int, pledge_id: int) -> Response:
        """The community says that a pledge was fulfilled, and how one can see it."""
        return self.done_with(self.pledged(pledge_id), unit_reports.fulfil, **self.read(FulfilInput))

    @extend_schema(request=None, responses=UnitReportDetail)
    @action(detail=True, methods=["post"], url_path="pledges/<int:pledge_id>/reopen", url_name="pledge-reopen")
    def reopen(self, request: Request, pk: int, pledge_id: int) -> Response:
        """A pledge was not fulfilled after all."""
        return self.done_with(self.pledged(pledge_id), unit_reports.reopen)

    @extend_schema(request=WhyInput, responses=UnitReportDetail)
    @action(detail=True, methods=["post"], url_path="pledges/<int:pledge_id>/withdraw", url_name="pledge-withdraw")
    def withdraw_pledge(self, request: Request, pk: int, pledge_id: int) -> Response:
        """Take back a pledge that is not fulfilled: the community or the unit. It stays on record with the reason."""
        return self.done_with(self.pledged(pledge_id), unit_reports.withdraw_pledge, **self.read(WhyInput))

    def pledged(self, pledge_id: int) -> UnitPledge:
        found = self.get_object().pledges.filter(pk=pledge_id).first()
        if found is None:
            raise NotFound()
        return found

    def done_with(self, pledge: UnitPledge, verb: Callable[..., Any], **asked: Any) -> Response:
        def do() -> Answer:
            verb(pledge, by=self.request.user, **asked)
            return 200, self.shown(pledge.report_id)

        return self.once(self.request, do)


class MemberReportViewSet(DutyViewSet):
    """Party members who reported to your communities, or who belong to your branch; for a member, the own reports.

    Names are as you may see them.
    """

    queryset = MemberReport.objects.all()
    serializer_class = MemberReportRow
    filterset_class: ClassVar[type[FilterSet] | None] = MemberReportFilter
    capability: ClassVar[Any] = ("double:read", OWN)
    capabilities: ClassVar = {"create": (DOUBLE, OWN), "confirm": DOUBLE, "end": (DOUBLE, OWN)}
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

    def shown(self, pk: int) -> dict[str, Any]:
        return self.get_serializer(self.written(pk)).data

    @extend_schema(request=MemberReportInput, responses={201: MemberReportRow})
    def create(self, request: Request) -> Response:
        """Report a party member to the home community: its staff, or the member, whom the community then confirms."""
        asked = self.read(MemberReportInput)
        member = asked.pop("volunteer", None) or self.own_entry
        return self.once(request, lambda: (201, self.shown(member_reports.report(member, by=request.user, **asked).pk)))

    @extend_schema(request=None, responses=MemberReportRow)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: int) -> Response:
        """The community knows the member. Nobody confirms a report of their own."""
        return self.done(member_reports.confirm)

    @extend_schema(request=WhyInput, responses=MemberReportRow)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int) -> Response:
        """Somebody moved or changed the branch: what they do from today on no longer counts for it."""
        return self.done(member_reports.end, **self.read(WhyInput))


class BrandProjectViewSet(DutyViewSet):
    """Brand projects of teams, with the stages that they went through; for a volunteer, those of the own teams."""

    queryset = BrandProject.objects.all()
    serializer_class = BrandProjectDetail
    list_serializer_class = BrandProjectRow
    filterset_class: ClassVar[type[FilterSet] | None] = BrandProjectFilter
    capability: ClassVar[Any] = ("teams:read", OWN)
    capabilities: ClassVar = {"create": TEAMS, "stage": (TEAMS, OWN)}
    orderings: ClassVar = {"name": "name", "stage_since": "stage_since", "id": "pk"}
    default_ordering = "name"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("team__region", "hub")
        return rows if self.action == "list" else rows.prefetch_related("steps")

    @extend_schema(request=BrandProjectInput, responses={201: BrandProjectDetail})
    def create(self, request: Request) -> Response:
        """Write down the idea of a team that you look after."""
        asked = self.read(BrandProjectInput)

        def do() -> Answer:
            return 201, self.shown(brands.start(asked.pop("team"), by=request.user, **asked).pk)

        return self.once(request, do)

    @extend_schema(request=StageInput, responses=BrandProjectDetail)
    @action(detail=True, methods=["post"])
    def stage(self, request: Request, pk: int) -> Response:
        """Bring a project to its next stage, or end it: staff who look after the team, and its leaders."""
        return self.done(brands.move, **self.read(StageInput))


class HonourViewSet(DutyViewSet):
    """Honours of teams and volunteers."""

    queryset = Honour.objects.all()
    serializer_class = HonourRow
    filterset_class: ClassVar[type[FilterSet] | None] = HonourFilter
    capability = "teams:read"
    # Which of the two it takes depends on whose honour it is: the verb asks.
    capabilities: ClassVar = dict.fromkeys(("create", "destroy"), (TEAMS, WRITE))
    orderings: ClassVar = {"awarded_on": "awarded_on", "id": "pk"}
    default_ordering = "-awarded_on"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows.select_related("team", "volunteer") if self.action == "destroy" else rows

    @extend_schema(request=HonourInput, responses={201: HonourRow})
    def create(self, request: Request) -> Response:
        """List an honour of a team or of a volunteer that you look after."""
        asked = self.read(HonourInput)
        who = asked.pop("team", None) or asked.pop("volunteer")
        return self.once(request, lambda: (201, self.shown(honours.award(who, by=request.user, **asked).pk)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take an honour off the list, where it was listed by mistake."""
        honours.remove(self.get_object(), by=request.user)
        return Response(status=204)
