"""/api/v1/rider-codes/: the codes by which riders report hazards, for those who look after the riders."""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core import codes
from requests import rider_codes
from requests.channel_filters import RiderCodeFilter
from requests.resource_api import VerbsViewSet
from requests.serializers.rider_codes import IssuedCode, RiderCodeRow
from requests.subjects import RIDER_CODES
from volunteers import names
from volunteers.models import Volunteer


class RiderCodeViewSet(VerbsViewSet):
    """Riders and drivers of the regions that you look after, each with the code they have; by the id of the
    volunteer."""

    queryset = Volunteer.objects.all()
    serializer_class = RiderCodeRow
    filterset_class = RiderCodeFilter
    capability = RIDER_CODES.read
    orderings: ClassVar = {"number": "number", "id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        rows: Any = super().get_queryset()
        return names.with_names(rider_codes.riders(rows).defer("search", "note"), self.request.user.scope)

    @extend_schema(request=None, responses=IssuedCode)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: int) -> Response:
        """Give a code, or a new one in the place of the one before, which ends at once. It is in this answer alone:
        an `Idempotency-Key` keeps no copy of it, and who asks again gets another code."""
        code = rider_codes.issue_code(self.get_object(), by=request.user)
        row = IssuedCode(self.written(pk), context=self.get_serializer_context())
        row.instance.code = codes.format_code(code)
        return Response(row.data, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses=RiderCodeRow)
    @action(detail=True, methods=["post"])
    def block(self, request: Request, pk: int) -> Response:
        """For a lost phone or slip, or false reports: nobody reports with it any more."""
        return self.done(rider_codes.block_code)

    @extend_schema(request=None, responses=RiderCodeRow)
    @action(detail=True, methods=["post"])
    def unblock(self, request: Request, pk: int) -> Response:
        """Let a blocked code count again as it is."""
        return self.done(rider_codes.unblock_code)
