"""/api/v1/ of certificates, rewards and points, by the same verbs as at the desk."""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.idempotency import Answer
from volunteers import certificates, points, rewards
from volunteers.duty_api import DutyViewSet, NamedRowsMixin
from volunteers.guards import OWN, REDEEM, REWARDS, WRITE
from volunteers.models import Certificate, PointEntry, PointRule, Redemption, Reward
from volunteers.points_filters import (
    CertificateFilter,
    PointEntryFilter,
    PointRuleFilter,
    RedemptionFilter,
    RewardFilter,
)
from volunteers.serializers.points import (
    CertificateDetail,
    CertificateInput,
    CertificateRow,
    CodeInput,
    IssueInput,
    PointEntryRow,
    PointRuleInput,
    PointRuleRow,
    RedemptionRow,
    RewardEdit,
    RewardInput,
    RewardRow,
    StockInput,
    TakenRow,
    TakeRewardInput,
    WhyInput,
)

READ = "rewards:read"
# Staff see what lies in their regions; a volunteer sees what is theirs.
READ_OR_OWN = (READ, OWN)


class CertificateViewSet(NamedRowsMixin, DutyViewSet):
    """Certificates of service: of the volunteers of your regions; for a volunteer, the own ones."""

    queryset = Certificate.objects.all()
    serializer_class = CertificateDetail
    list_serializer_class = CertificateRow
    filterset_class = CertificateFilter
    capability: ClassVar[Any] = ("volunteers:read", OWN)
    capabilities: ClassVar = {"create": (WRITE, OWN), **dict.fromkeys(("issue", "turn_down", "revoke"), WRITE)}
    orderings: ClassVar = {"asked_at": "asked_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("volunteer__person", "region").with_changes()

    @extend_schema(request=CertificateInput, responses={201: CertificateDetail})
    def create(self, request: Request) -> Response:
        """Ask for a certificate over a time in which hours were approved."""
        asked = self.read(CertificateInput)
        volunteer = asked.pop("volunteer", None) or self.own_entry
        return self.once(request, lambda: (201, self.shown(certificates.apply(volunteer, by=request.user, **asked).pk)))

    @extend_schema(request=IssueInput, responses=CertificateDetail)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: int) -> Response:
        """Write down the hours that count, and put it into publicity."""
        return self.done(certificates.issue, **self.read(IssueInput))

    @extend_schema(request=WhyInput, responses=CertificateDetail)
    @action(detail=True, methods=["post"], url_path="turn-down", url_name="turn-down")
    def turn_down(self, request: Request, pk: int) -> Response:
        """Do not issue it."""
        return self.done(certificates.turn_down, **self.read(WhyInput))

    @extend_schema(request=WhyInput, responses=CertificateDetail)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: int) -> Response:
        """Take it back; whoever checks the paper is told."""
        return self.done(certificates.revoke, **self.read(WhyInput))


class RewardViewSet(DutyViewSet):
    """What caring merchants give for points: in the regions that you look after; for a volunteer, in the own district.

    One that is given no more is changed to be not active.
    """

    queryset = Reward.objects.all()
    serializer_class = RewardRow
    filterset_class = RewardFilter
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = dict.fromkeys(("create", "partial_update", "restock"), REWARDS)
    orderings: ClassVar = {"points": "points", "name": "name", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        if not self.request.user.scope.can(READ):
            rows = rewards.near(self.own_entry)
        return rows.select_related("merchant__region")

    @extend_schema(request=RewardInput, responses={201: RewardRow})
    def create(self, request: Request) -> Response:
        """Put a reward on offer."""
        asked = self.read(RewardInput)
        stock, reward = asked.pop("stock"), Reward(**asked)
        return self.once(
            request, lambda: (201, self.shown(rewards.save_reward(reward, by=request.user, stock=stock).pk))
        )

    @extend_schema(request=RewardEdit, responses=RewardRow)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a reward; the stock has an address of its own."""
        row = self.get_object()
        for name, value in self.read(RewardEdit).items():
            setattr(row, name, value)
        return self.once(request, lambda: (200, self.shown(rewards.save_reward(row, by=request.user).pk)))

    @extend_schema(request=StockInput, responses=RewardRow)
    @action(detail=True, methods=["post"])
    def restock(self, request: Request, pk: int) -> Response:
        """Add to the stock, or take from it."""
        return self.done(rewards.restock, **self.read(StockInput))


class PointEntryViewSet(NamedRowsMixin, DutyViewSet):
    """The ledger of points: of the volunteers of your regions; for a volunteer, the own lines. Never changed."""

    queryset = PointEntry.objects.all()
    serializer_class = PointEntryRow
    filterset_class = PointEntryFilter
    capability: ClassVar[Any] = READ_OR_OWN
    orderings: ClassVar = {"made_at": "made_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("volunteer__person", "region")


class PointRuleViewSet(DutyViewSet):
    """What an approved hour is worth, from a day on: in the districts that concern you, and in all others."""

    queryset = PointRule.objects.all()
    serializer_class = PointRuleRow
    filterset_class = PointRuleFilter
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = {"create": REWARDS}
    orderings: ClassVar = {"valid_from": "valid_from", "id": "pk"}
    default_ordering = "-valid_from"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("district")

    @extend_schema(request=PointRuleInput, responses={201: PointRuleRow})
    def create(self, request: Request) -> Response:
        """Let a rule count from today or a later day on. What was counted before stays as it is."""
        rule = PointRule(**self.read(PointRuleInput))
        return self.once(request, lambda: (201, self.shown(points.add_rule(rule, by=request.user).pk)))


class RedemptionViewSet(NamedRowsMixin, DutyViewSet):
    """Rewards that were taken at the merchants that you look after; for a volunteer, the own ones."""

    queryset = Redemption.objects.all()
    serializer_class = RedemptionRow
    filterset_class = RedemptionFilter
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = {"create": OWN, "redeem": REDEEM}
    orderings: ClassVar = {"taken_at": "taken_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("volunteer__person", "reward")

    @extend_schema(request=TakeRewardInput, responses={201: TakenRow})
    def create(self, request: Request) -> Response:
        """Take a reward for points. The code is shown to its owner alone."""
        me = self.own_entry
        reward = rewards.near(me).filter(pk=self.read(TakeRewardInput)["reward"]).first()
        if reward is None:
            raise NotFound()

        def do() -> Answer:
            taken = rewards.take(reward, volunteer=me, by=request.user)
            return 201, TakenRow(taken, context=self.get_serializer_context()).data

        return self.once(request, do)

    @extend_schema(request=CodeInput, responses=RedemptionRow)
    @action(detail=False, methods=["post"])
    def redeem(self, request: Request) -> Response:
        """Hand a reward out against its code, which counts once."""
        found = rewards.find(self.read(CodeInput)["code"], by=request.user)
        return self.once(request, lambda: (200, self.shown(rewards.redeem(found, by=request.user).pk)))
