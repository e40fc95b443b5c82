"""/api/v1/visits/: home visits (入户走访), by the same verb as the page."""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.idempotency import Answer
from requests import visits
from requests.channel_filters import VisitFilter
from requests.models import Visit
from requests.resource_api import VerbsViewSet
from requests.serializers.channels import VisitDetail, VisitFigures, VisitInput, VisitRow
from requests.visits import RECORD
from requests.workflow import Staff


class VisitViewSet(VerbsViewSet):
    """Visits in the regions that you look after, and your own."""

    queryset = Visit.objects.all()
    serializer_class = VisitDetail
    list_serializer_class = VisitRow
    filterset_class = VisitFilter
    capability = RECORD
    orderings: ClassVar = {"visited_at": "visited_at", "id": "pk"}
    default_ordering = "-visited_at"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().with_counts()
        if self.action == "list":
            return rows
        return rows.prefetch_related(models.Prefetch("needs__request", queryset=visits.cases_of_needs()))

    @extend_schema(request=VisitInput, responses={201: VisitDetail})
    def create(self, request: Request) -> Response:
        """Record a visit with its needs. The same key again is the same visit."""
        serializer = VisitInput(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)

        def do() -> Answer:
            found = visits.record(by=Staff(request.user), **serializer.arguments())
            return 201, self.shown(found.visit.pk)

        return self.once(request, do)

    @extend_schema(responses=VisitFigures)
    @action(detail=False)
    def figures(self, request: Request) -> Response:
        """How many visits and needs the filters leave, and needs a visit."""
        rows: Any = self.filter_queryset(self.get_queryset())
        return Response(VisitFigures(rows.figures()).data)
