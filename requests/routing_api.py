"""/api/v1/routing-rules/: which matters go to whom by default, tried before they are switched on."""

from typing import ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.registry.api import RegistryViewSet
from requests import routing
from requests.filters import RoutingRuleFilter
from requests.serializers.routing import RoutingRuleRow, RoutingRuleSerializer, TrialAnswer, TrialInput
from requests.subjects import ROUTING_RULES


class RoutingRuleViewSet(RegistryViewSet):
    """Routing rules of the regions that you look after. A changed rule is switched off until it is tried again."""

    subject = ROUTING_RULES
    own_capabilities: ClassVar = {"switch_on": "routing:write", "switch_off": "routing:write"}
    queryset = routing.RULES
    serializer_class = RoutingRuleSerializer
    list_serializer_class = RoutingRuleRow
    filterset_class = RoutingRuleFilter
    orderings: ClassVar = {"order": "order", "name": "name", "id": "pk"}
    default_ordering = "order"

    @extend_schema(
        parameters=[OpenApiParameter("days", int, enum=routing.DAYS_OFFERED)], responses=TrialAnswer, filters=False
    )
    @action(detail=True)
    def trial(self, request: Request, pk: int) -> Response:
        """What the rule would have done with the cases of the last days, and to whom they really went."""
        serializer = TrialInput(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        tried = routing.trial(self.get_object(), user=request.user, **serializer.validated_data)
        return Response(TrialAnswer(tried).data)

    @extend_schema(request=TrialInput, responses=RoutingRuleSerializer)
    @action(detail=True, methods=["post"], url_path="switch-on", url_name="switch-on")
    def switch_on(self, request: Request, pk: int) -> Response:
        """Have it propose from now on; the figures of the trial over `days` stay with the rule."""
        serializer = TrialInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        rule = routing.switch_on(self.get_object(), by=request.user, **serializer.validated_data)
        return Response(self.get_serializer(rule).data)

    @extend_schema(request=None, responses=RoutingRuleSerializer)
    @action(detail=True, methods=["post"], url_path="switch-off", url_name="switch-off")
    def switch_off(self, request: Request, pk: int) -> Response:
        """Have it propose nothing any more."""
        return Response(self.get_serializer(routing.switch_off(self.get_object(), by=request.user)).data)
