"""/api/v1/resources/ and /api/v1/resource-claims/, by the same verbs as at the desk.

To claim something for a case is a step of the case: POST /api/v1/service-requests/{id}/claim/.
"""

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
from requests import claims, resources
from requests.matching.needs import needs_for
from requests.models import Claim, Resource
from requests.models.resources import WRITE
from requests.resource_filters import ClaimFilter, ResourceFilter
from requests.serializers.matching import NeedsRow
from requests.serializers.resources import (
    ClaimRow,
    ReleaseClaimInput,
    ResourceDetail,
    ResourceEdit,
    ResourceInput,
    ResourceRow,
    UseInput,
)
from volunteers import names

READ = "resources:read"


class VerbsViewSet(ScopedReadOnlyViewSet):
    """Verbs on the row of the address, run once for an `Idempotency-Key`."""

    capability = READ

    def read(self, input_class: type[serializers.Serializer], **kwargs: Any) -> dict[str, Any]:
        serializer = input_class(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def done(self, verb: Callable[..., Any], **asked: Any) -> Response:
        """Run a verb on the row of the address and show the row as it is then."""
        row = self.get_object()

        def do() -> Answer:
            verb(row, by=self.request.user, **asked)
            return 200, self.shown(row.pk)

        return self.once(self.request, do)

    def shown(self, pk: int) -> dict[str, Any]:
        return self.get_serializer_class()(self.written(pk), context=self.get_serializer_context()).data


class ResourceViewSet(VerbsViewSet):
    """What units, teams and volunteers give: in the regions that you look after and around them, and your own."""

    queryset = Resource.objects.all()
    serializer_class = ResourceDetail
    list_serializer_class = ResourceRow
    filterset_class = ResourceFilter
    capabilities: ClassVar = dict.fromkeys(("create", "partial_update", "pause", "resume", "withdraw"), WRITE)
    orderings: ClassVar = {"name": "name", "valid_until": "valid_until", "updated_at": "updated_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().with_givers()
        return rows if self.action == "list" else rows.prefetch_related("categories")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        # Without rows it is the schema that asks, for nobody.
        if args:
            self.open_names(args[0] if kwargs.get("many") else args[:1])
        return super().get_serializer(*args, **kwargs)

    def shown(self, pk: int) -> dict[str, Any]:
        row = self.written(pk)
        self.open_names([row])
        return ResourceDetail(row, context=self.get_serializer_context()).data

    def open_names(self, rows: Any) -> None:
        names.show_names([row.volunteer for row in rows if row.volunteer_id is not None], self.request.user.scope)

    @extend_schema(request=ResourceInput, responses={201: ResourceDetail})
    def create(self, request: Request) -> Response:
        """Offer something: in your unit's name, in your own, or, as staff, in anybody's of your area."""
        asked = self.read(ResourceInput)
        return self.once(request, lambda: (201, self.shown(resources.offer(by=request.user, **asked).pk)))

    @extend_schema(request=ResourceEdit, responses=ResourceDetail)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Say it otherwise. The giver stays; the amount is never less than what is claimed and used."""
        return self.done(resources.change, **self.read(ResourceEdit, partial=True))

    @extend_schema(request=None, responses=ResourceDetail)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int) -> Response:
        """Nothing can be claimed for a while."""
        return self.done(resources.pause)

    @extend_schema(request=None, responses=ResourceDetail)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:
        """On offer again."""
        return self.done(resources.resume)

    @extend_schema(request=None, responses=ResourceDetail)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """It is given no more; what is claimed stays so."""
        return self.done(resources.withdraw)

    @extend_schema(responses=NeedsRow, filters=False)
    @action(detail=True)
    def matches(self, request: Request, pk: int) -> Response:
        """The open cases of yours that it could help with, the best first, with the reasons."""
        found = needs_for(self.get_object(), user=request.user)
        return Response(NeedsRow({"results": found}).data)


class ClaimViewSet(VerbsViewSet):
    """Claims of resources that you see, and those for your cases."""

    queryset = Claim.objects.all()
    serializer_class = ClaimRow
    filterset_class = ClaimFilter
    # Handlers settle claims for their cases, givers those of what is theirs.
    capabilities: ClassVar = dict.fromkeys(("use", "release"), (WRITE, "requests:act"))
    orderings: ClassVar = {"claimed_at": "claimed_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("resource", "project")
        return rows.select_related("request__handling_region", "request__current_dispatch")

    @extend_schema(request=UseInput, responses=ClaimRow)
    @action(detail=True, methods=["post"])
    def use(self, request: Request, pk: int) -> Response:
        """Record what was really used; the rest is free again."""
        return self.done(claims.use, **self.read(UseInput))

    @extend_schema(request=ReleaseClaimInput, responses=ClaimRow)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: int) -> Response:
        """Nothing was used; all of it is free again."""
        return self.done(claims.release, **self.read(ReleaseClaimInput))
