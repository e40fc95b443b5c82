"""/api/v1/hotline-cases/ and /api/v1/hotline-returns/: for the hotline's own system, by a machine token."""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.idempotency import Answer
from requests import hotline
from requests.channel_filters import HotlineCaseFilter, HotlineReturnFilter
from requests.hotline import RETURN
from requests.models import HotlineCase, HotlineReturn
from requests.resource_api import VerbsViewSet
from requests.serializers.channels import HotlineCaseRow, HotlineInput, HotlineReturnRow
from requests.workflow import Staff


class HotlineCaseViewSet(VerbsViewSet):
    """Cases that the 12345 hotline sent, by its own numbers."""

    queryset = HotlineCase.objects.all()
    serializer_class = HotlineCaseRow
    filterset_class = HotlineCaseFilter
    capability = "requests:read"
    capabilities: ClassVar = {"create": "requests:record"}
    orderings: ClassVar = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("request").defer("request__search")

    @extend_schema(request=HotlineInput, responses={201: HotlineCaseRow})
    def create(self, request: Request) -> Response:
        """Hand a case over. The same number again is the same case, and gets the same answer."""
        serializer = HotlineInput(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)

        def do() -> Answer:
            found = hotline.take_in(by=Staff(request.user), **serializer.arguments()).hotline
            return 201, HotlineCaseRow(found).data

        return self.once(request, do)


class HotlineReturnViewSet(VerbsViewSet):
    """What is told back to the hotline, and whether it has it."""

    queryset = HotlineReturn.objects.all()
    serializer_class = HotlineReturnRow
    filterset_class = HotlineReturnFilter
    capability = RETURN
    orderings: ClassVar = {"at": "at", "id": "pk"}
    default_ordering = "-at"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("hotline")

    @extend_schema(request=None, responses=HotlineReturnRow)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: int) -> Response:
        """Try again at once."""
        return self.done(hotline.retry)

    @extend_schema(request=None, responses=HotlineReturnRow)
    @action(detail=True, methods=["post"], url_path="mark-sent", url_name="mark-sent")
    def mark_sent(self, request: Request, pk: int) -> Response:
        """The hotline has it by another way; it is tried no more."""
        return self.done(_mark_one)


def _mark_one(row: HotlineReturn, *, by: Any) -> None:
    hotline.mark_sent([row], by=by)
