"""/api/v1/ of replacements: swaps between two, and calls for somebody who stands in."""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.idempotency import Answer
from volunteers import call_outs, names, swaps
from volunteers.duty_api import READ, READ_OR_OWN, DutyViewSet
from volunteers.duty_filters import CallOutAskFilter, CallOutFilter, SwapFilter
from volunteers.guards import DUTY, OWN
from volunteers.models import CallOut, CallOutAsk, Swap
from volunteers.serializers.replacements import (
    AnswerInput,
    CallOutInput,
    CallOutRow,
    OwnAskRow,
    SwapInput,
    SwapRow,
)


class SwapViewSet(DutyViewSet):
    """Swaps at the stations that you look after; for a volunteer, those that they asked for or are asked."""

    queryset = Swap.objects.all()
    serializer_class = SwapRow
    filterset_class = SwapFilter
    capability: ClassVar[Any] = READ_OR_OWN
    capabilities: ClassVar = dict.fromkeys(("create", "accept", "refuse", "cancel"), OWN)
    orderings: ClassVar = {"asked_at": "asked_at", "id": "pk"}
    default_ordering = "-asked_at"

    def get_queryset(self) -> models.QuerySet:
        related = "assignment__shift", "assignment__volunteer__person", "wanted__shift", "wanted__volunteer__person"
        return super().get_queryset().select_related(*related, "to__person")

    @extend_schema(request=SwapInput, responses={201: SwapRow})
    def create(self, request: Request) -> Response:
        """Ask somebody for their place, or whether they take yours over. Until they agree, it stays yours."""
        asked = self.read(SwapInput)
        place = asked.pop("assignment")
        if (wanted := asked.pop("wanted", None)) is not None:
            asked["wanted"] = swaps.partners(place).filter(pk=wanted).first()
            if asked["wanted"] is None:
                raise NotFound()

        def do() -> Answer:
            return 201, self.shown(swaps.ask(place, by=request.user, **asked).pk)

        return self.once(request, do)

    @extend_schema(request=None, responses=SwapRow)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: int) -> Response:
        """Agree: both get what they asked for, or neither."""
        return self.done(swaps.accept)

    @extend_schema(request=None, responses=SwapRow)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: int) -> Response:
        """Do not agree; everything stays as it was."""
        return self.done(swaps.refuse)

    @extend_schema(request=None, responses=SwapRow)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Do not ask any more."""
        return self.done(swaps.cancel)


class CallOutViewSet(DutyViewSet):
    """Calls for somebody who stands in, at the stations that you look after, with who was asked and what they said."""

    queryset = CallOut.objects.all()
    serializer_class = CallOutRow
    filterset_class = CallOutFilter
    capability: ClassVar[Any] = READ
    capabilities: ClassVar = dict.fromkeys(("create", "stop"), DUTY)
    orderings: ClassVar = {"started_at": "started_at", "id": "pk"}
    default_ordering = "-started_at"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        return rows.select_related("station").prefetch_related("asks__volunteer__person")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        if args and args[0] is not None:
            rows = args[0] if kwargs.get("many") else [args[0]]
            asked = [ask.volunteer for row in rows for ask in row.asks.all()]
            names.show_names(asked, self.request.user.scope, beyond=True)
        return super().get_serializer(*args, **kwargs)

    def shown(self, pk: int) -> dict[str, Any]:
        return self.get_serializer(self.written(pk)).data

    @extend_schema(request=CallOutInput, responses={201: CallOutRow})
    def create(self, request: Request) -> Response:
        """Begin to ask those who fit a shift that is short of people, in waves; the first yes is on it.

        With `people` those of stations nearby are asked, also in a call that goes on already.
        """
        asked = self.read(CallOutInput)
        verb = call_outs.borrow if "people" in asked else call_outs.start
        return self.once(request, lambda: (201, self.shown(verb(by=request.user, **asked).pk)))

    @extend_schema(request=None, responses=CallOutRow)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: int) -> Response:
        """Ask nobody any more."""
        return self.done(call_outs.stop)


class CallOutAskViewSet(DutyViewSet):
    """For a volunteer: the calls in which they are asked."""

    queryset = CallOutAsk.objects.all()
    serializer_class = OwnAskRow
    filterset_class = CallOutAskFilter
    capability: ClassVar[Any] = OWN
    orderings: ClassVar = {"asked_at": "asked_at", "id": "pk"}
    default_ordering = "-asked_at"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("call_out__shift", "volunteer")

    @extend_schema(request=AnswerInput, responses=OwnAskRow)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: int) -> Response:
        """Yes or no. The first yes is on the shift; a later one is answered `late`, and nobody comes in vain."""
        return self.done(call_outs.answer, **self.read(AnswerInput))
