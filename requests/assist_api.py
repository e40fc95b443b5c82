"""/api/v1/service-requests/{id}/assists/: the parts of a case that other units do, and the steps of each."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.rest.rows import plan_of
from requests import workflow
from requests.models import Assist
from requests.serializers import whistles
from requests.serializers.rows import ServiceRequestStepped
from requests.types import Verb

ASSIST_ID = OpenApiParameter("assist", OpenApiTypes.INT, OpenApiParameter.PATH, description="The id of the part.")


def part_step(verb: Verb, input_class: type[serializers.Serializer]) -> Callable[..., Response]:
    """POST /service-requests/{id}/assists/{assist}/{take, finish, decline or call-off}/."""
    name = verb.removesuffix("_assist").replace("_", "-")

    def take(self: Any, request: Request, pk: int, assist: int) -> Response:
        return self.once(request, lambda: self.take_step(pk, verb, assist=self.part_of(pk, assist)))

    take.__name__, take.__doc__ = verb.value, getattr(workflow, verb).__doc__
    described = extend_schema(request=input_class, responses=ServiceRequestStepped, parameters=[ASSIST_ID])
    path = f"assists/<int:assist>/{name}"
    return described(
        action(detail=True, methods=["post"], url_path=path, url_name=f"assist-{name}", serializer_class=input_class)(
            take
        )
    )


class Assisting:
    """The part of the case's view set that is about units beside the one that holds it."""

    capabilities = {"assists": "requests:read"}

    @extend_schema(responses=whistles.AssistRow(many=True))
    @action(detail=True, pagination_class=None, filterset_class=None)
    def assists(self: Any, request: Request, pk: int) -> Response:
        """Who else works on the case, and how far they are, the newest first."""
        rows = Assist.objects.filter(request=self.case_of(pk)).order_by("-asked_at", "-pk")
        return Response(plan_of(whistles.AssistRow, Assist).rows(rows))

    @extend_schema(request=whistles.AddAssistInput, responses=ServiceRequestStepped)
    @assists.mapping.post
    def add_assist(self: Any, request: Request, pk: int) -> Response:
        """Ask one more unit to assist, by `due_at` or by when the case is due."""

        def add() -> tuple[int, Any]:
            return self.take_step(pk, Verb.ADD_ASSIST, input_class=whistles.AddAssistInput)

        return self.once(request, add)

    take_assist = part_step(Verb.TAKE_ASSIST, whistles.TakeAssistInput)
    finish_assist = part_step(Verb.FINISH_ASSIST, whistles.FinishAssistInput)
    decline_assist = part_step(Verb.DECLINE_ASSIST, whistles.DeclineAssistInput)
    call_off_assist = part_step(Verb.CALL_OFF_ASSIST, whistles.CallOffAssistInput)

    def part_of(self: Any, pk: int, assist: int) -> Assist:
        """The part of the address, or 404."""
        found = Assist.objects.filter(request=self.case_of(pk), pk=assist).first()
        if found is None:
            raise NotFound()
        return found
