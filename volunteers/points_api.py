"""/api/v1/ of certificates, rewards and points, by the same verbs as at the desk."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.idempotency import Answer
from portal.core.rest.views import ScopedReadOnlyViewSet
from volunteers import certificates, names, rewards
from volunteers.filters import CertificateFilter, PointEntryFilter, RedemptionFilter, RewardFilter
from volunteers.guards import REDEEM, REWARDS, WRITE
from volunteers.models import Certificate, PointEntry, Redemption, Reward
from volunteers.serializers.points import (
    CertificateDetail,
    CertificateInput,
    CertificateRow,
    CodeInput,
    IssueInput,
    PointEntryRow,
    RedemptionRow,
    RewardEdit,
    RewardInput,
    RewardRow,
    StockInput,
    WhyInput,
)


class LedgerViewSet(ScopedReadOnlyViewSet):
    """What the viewsets here share: verbs on the row of the address, once for an `Idempotency-Key`; names as the
    caller may see them."""

    def asked(self, input_class: type[serializers.Serializer], **kwargs: Any) -> dict[str, Any]:
        serializer = input_class(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def done(self, do: Callable[[], Any], *, status: int = 200) -> Response:
        def once() -> Answer:
            return status, self.shown(do().pk)

        return self.once(self.request, once)

    def shown(self, pk: int) -> dict[str, Any]:
        return self.get_serializer(self.get_queryset().get(pk=pk)).data

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        if args and args[0] is not None:
            rows = args[0] if kwargs.get("many") else [args[0]]
            # Rewards belong to nobody.
            holders = [row.volunteer for row in rows if hasattr(row, "volunteer")]
            names.show_names(holders, self.request.user.scope)
        return super().get_serializer(*args, **kwargs)


class CertificateViewSet(LedgerViewSet):
    """Certificates of service of the volunteers of your regions."""

    queryset = Certificate.objects.all()
    serializer_class = CertificateDetail
    list_serializer_class = CertificateRow
    filterset_class = CertificateFilter
    capability = "volunteers:read"
    capabilities: ClassVar = dict.fromkeys(("create", "issue", "turn_down", "revoke"), WRITE)
    orderings: ClassVar = {"asked_at": "asked_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("volunteer__person", "region").with_changes()

    @extend_schema(request=CertificateInput, responses={201: CertificateDetail})
    def create(self, request: Request) -> Response:
        """Ask for a certificate over a time in which hours were approved."""
        asked = self.asked(CertificateInput)
        return self.done(lambda: certificates.apply(by=request.user, **asked), status=201)

    @extend_schema(request=IssueInput, responses=CertificateDetail)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: int) -> Response:
        """Write down the hours that count, and put it into publicity."""
        row, asked = self.get_object(), self.asked(IssueInput)
        return self.done(lambda: certificates.issue(row, by=request.user, **asked))

    @extend_schema(request=WhyInput, responses=CertificateDetail)
    @action(detail=True, methods=["post"], url_path="turn-down", url_name="turn-down")
    def turn_down(self, request: Request, pk: int) -> Response:
        """Do not issue it."""
        row, asked = self.get_object(), self.asked(WhyInput)
        return self.done(lambda: certificates.turn_down(row, by=request.user, **asked))

    @extend_schema(request=WhyInput, responses=CertificateDetail)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: int) -> Response:
        """Take it back; whoever checks the paper is told."""
        row, asked = self.get_object(), self.asked(WhyInput)
        return self.done(lambda: certificates.revoke(row, by=request.user, **asked))


class RewardViewSet(LedgerViewSet):
    """What caring merchants give for points. One that is given no more is changed to be not active."""

    queryset = Reward.objects.all()
    serializer_class = RewardRow
    filterset_class = RewardFilter
    capability = "rewards:read"
    capabilities: ClassVar = dict.fromkeys(("create", "partial_update", "restock"), REWARDS)
    orderings: ClassVar = {"points": "points", "name": "name", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("merchant__region")

    @extend_schema(request=RewardInput, responses={201: RewardRow})
    def create(self, request: Request) -> Response:
        """Put a reward on offer."""
        asked = self.asked(RewardInput)
        stock = asked.pop("stock")
        return self.done(lambda: rewards.save_reward(Reward(**asked), by=request.user, stock=stock), status=201)

    @extend_schema(request=RewardEdit, responses=RewardRow)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change a reward; the stock has an address of its own."""
        row, asked = self.get_object(), self.asked(RewardEdit)
        for name, value in asked.items():
            setattr(row, name, value)
        return self.done(lambda: rewards.save_reward(row, by=request.user))

    @extend_schema(request=StockInput, responses=RewardRow)
    @action(detail=True, methods=["post"])
    def restock(self, request: Request, pk: int) -> Response:
        """Add to the stock, or take from it."""
        row, asked = self.get_object(), self.asked(StockInput)
        return self.done(lambda: rewards.restock(row, by=request.user, **asked))


class PointEntryViewSet(LedgerViewSet):
    """The ledger of points of the volunteers of your regions: added to, and never changed."""

    queryset = PointEntry.objects.all()
    serializer_class = PointEntryRow
    filterset_class = PointEntryFilter
    capability = "rewards:read"
    orderings: ClassVar = {"made_at": "made_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("volunteer__person", "region")


class RedemptionViewSet(LedgerViewSet):
    """Rewards that volunteers took at the merchants that you look after."""

    queryset = Redemption.objects.all()
    serializer_class = RedemptionRow
    filterset_class = RedemptionFilter
    capability = "rewards:read"
    capabilities: ClassVar = {"redeem": REDEEM}
    orderings: ClassVar = {"taken_at": "taken_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("volunteer__person", "reward")

    @extend_schema(request=CodeInput, responses=RedemptionRow)
    @action(detail=False, methods=["post"])
    def redeem(self, request: Request) -> Response:
        """Hand a reward out against its code, which counts once."""
        found = rewards.find(self.asked(CodeInput)["code"], by=request.user)
        return self.done(lambda: rewards.redeem(found, by=request.user))
