"""/api/v1/street-drafts/: what goes to whom in a street, asked for, looked at and accepted line by line."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from requests import street_drafts
from requests.models import StreetDraft
from requests.resource_api import VerbsViewSet
from requests.resource_filters import StreetDraftFilter
from requests.serializers.street_drafts import (
    AcceptLineInput,
    PassOverLineInput,
    StreetDraftDetail,
    StreetDraftInput,
    StreetDraftRow,
)
from volunteers import names


class StreetDraftViewSet(VerbsViewSet):
    """Drafts of the regions that you look after. Nothing of one holds before somebody accepts a line."""

    capability = street_drafts.CAPABILITY
    queryset = StreetDraft.objects.all()
    serializer_class = StreetDraftDetail
    list_serializer_class = StreetDraftRow
    filterset_class = StreetDraftFilter
    orderings: ClassVar = {"made_at": "made_at", "id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("region")
        related = [f"lines__{path}" for path in ("request", *street_drafts.GIVERS)]
        return rows if self.action == "list" else rows.prefetch_related(*related)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        # Without rows it is the schema that asks, for nobody.
        if args and not kwargs.get("many"):
            self.open_names(args[0])
        return super().get_serializer(*args, **kwargs)

    def shown(self, pk: int) -> dict[str, Any]:
        row = self.written(pk)
        self.open_names(row)
        return StreetDraftDetail(row, context=self.get_serializer_context()).data

    def open_names(self, draft: StreetDraft) -> None:
        givers = [line.resource.volunteer for line in draft.lines.all() if line.resource.volunteer_id is not None]
        names.show_names(givers, self.request.user.scope)

    @extend_schema(request=StreetDraftInput, responses={201: StreetDraftDetail})
    def create(self, request: Request) -> Response:
        """Ask for a draft of a street or community. It is made in the background: look at its status."""
        asked = self.read(StreetDraftInput)
        return self.once(request, lambda: (201, self.shown(street_drafts.ask(by=request.user, **asked).pk)))

    @extend_schema(request=AcceptLineInput, responses=StreetDraftDetail)
    @action(detail=True, methods=["post"], url_path="lines/<int:line_id>/accept", url_name="accept")
    def accept(self, request: Request, pk: int, line_id: int) -> Response:
        """Claim what the line proposes; with `dispatch` the case goes to the giver as well."""
        asked = self.read(AcceptLineInput)
        accept = self._on(line_id, street_drafts.accept)
        return self.done(accept, is_dispatched=asked["dispatch"], version=asked.get("version"))

    @extend_schema(request=PassOverLineInput, responses=StreetDraftDetail)
    @action(detail=True, methods=["post"], url_path="lines/<int:line_id>/pass-over", url_name="pass-over")
    def pass_over(self, request: Request, pk: int, line_id: int) -> Response:
        """Leave a proposal be, and say why: later drafts respect it."""
        return self.done(self._on(line_id, street_drafts.pass_over), **self.read(PassOverLineInput))

    def _on(self, line_id: int, verb: Callable[..., Any]) -> Callable[..., None]:
        def run(draft: StreetDraft, **given: Any) -> None:
            line = draft.lines.select_related("draft__region").filter(pk=line_id).first()
            if line is None:
                raise NotFound()
            verb(line, **given)

        return run
