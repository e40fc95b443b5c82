"""The part of /api/v1/service-requests/ that proposes: likely duplicates, a category, what many ask for at once."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.rest.pagination import refuse_unknown
from requests.danger import numbers_for
from requests.duplicates import Matter, propose
from requests.filters import TOPIC_DAYS, HotTopicFilter
from requests.models import ServiceRequest
from requests.routing import proposed_for
from requests.serializers.proposals import CaseProposals, HotTopics, MatterInput, MatterProposals, SuggestionRow
from requests.serializers.routing import RoutingProposal
from requests.suggestions import Suggestion, suggest, suggest_for

# What is asked of a case to propose something for it.
OF_A_MATTER = (
    "title", "description", "address_text", "submitted_at", "latitude", "longitude", "station", "district", "community",
    "category__name", "category__parent", "category__top", "region__name", "region__short_name", "region__path",
    "street__name", "street__short_name", "handling_region__path",
)  # fmt: skip


class Proposals:
    """Actions of the viewset of cases. What they propose comes from the caller's own scope."""

    capabilities = {
        "duplicates": "requests:read",
        "category_suggestion": "requests:read",
        "routing_proposal": "requests:act",
        "propose": "requests:record",
        "hot_topics": "reports:read",
    }

    @extend_schema(responses=CaseProposals)
    @action(detail=True)
    def duplicates(self, request: Request, pk: int) -> Response:
        """Cases that may be about the same matter, the likeliest first, each with the reasons; at most five."""
        case = self._whole(pk)
        found = propose(self.get_queryset(), Matter.of_case(case))
        return Response(CaseProposals({"duplicates": found}).data)

    @extend_schema(responses=SuggestionRow)
    @action(detail=True, url_path="category-suggestion", url_name="category-suggestion")
    def category_suggestion(self, request: Request, pk: int) -> Response:
        """The category that the nearest classified cases speak for; 404 where they do not agree enough."""
        case = self._whole(pk)
        found = suggest_for(self.get_queryset(), case)
        if found is None:
            raise NotFound(_("The cases nearest by words speak for no category."))
        return Response(_suggestion(found))

    @extend_schema(responses=RoutingProposal)
    @action(detail=True, url_path="routing-proposal", url_name="routing-proposal")
    def routing_proposal(self, request: Request, pk: int) -> Response:
        """To whom the case should go by the routing rules, and why; 404 where none fits."""
        found = proposed_for(self._whole(pk), request.user)
        if found is None:
            raise NotFound(_("No routing rule fits this case."))
        return Response(RoutingProposal(found).data)

    @extend_schema(request=MatterInput, responses=MatterProposals)
    @action(detail=False, methods=["post"], url_path="proposals", url_name="proposals")
    def propose(self, request: Request) -> Response:
        """What there is to say of a matter before it is recorded: whom to call, likely duplicates, a category."""
        serializer = MatterInput(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        asked, matter = serializer.validated_data, serializer.matter()
        text = f"{asked['title']}\n{asked['description']}"
        found = suggest(self.get_queryset(), text, places=matter.place_names if matter else "")
        told = {
            "emergency_numbers": numbers_for(text),
            "duplicates": propose(self.get_queryset(), matter) if matter else [],
            "category": None,
        }
        return Response({**MatterProposals(told).data, "category": _suggestion(found) if found else None})

    @extend_schema(
        parameters=[
            OpenApiParameter("region", str, description="A region's code, with what lies under it."),
            OpenApiParameter("days", int, enum=TOPIC_DAYS, description="Of the last days."),
        ],
        responses=HotTopics,
        filters=False,
    )
    @action(detail=False, url_path="hot-topics", url_name="hot-topics", filter_backends=[])
    def hot_topics(self, request: Request) -> Response:
        """What many ask for at once: cases of one place that say the same, the largest group first."""
        asked = HotTopicFilter(request.query_params, self.get_queryset(), request=request)
        refuse_unknown(request.query_params, asked.parameters())
        days, topics = asked.topics()
        return Response(HotTopics({"days": days, "results": topics}).data)

    def _whole(self, pk: int) -> ServiceRequest:
        rows = self.get_queryset().select_related("category", "region", "street", "handling_region").only(*OF_A_MATTER)
        found = rows.filter(pk=pk).first()
        if found is None:
            raise NotFound()
        return found


def _suggestion(found: Suggestion) -> dict[str, Any]:
    category = {"id": found.category_id, "name": found.path.rpartition(" / ")[2], "path": found.path}
    return SuggestionRow({"category": category, "share": round(found.share, 2), "like": found.like}).data
