"""/api/v1/rosters/: asked for, followed while they are solved, pinned, solved again, published."""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.idempotency import Answer
from volunteers import names, roster_moves, rosters
from volunteers.duty_api import DutyViewSet
from volunteers.duty_filters import RosterFilter
from volunteers.guards import DUTY
from volunteers.models import Roster
from volunteers.serializers.duty import MoveInput, PinInput
from volunteers.serializers.rosters import (
    ComparisonRow,
    MovedRow,
    PublishedRow,
    RosterDetail,
    RosterInput,
    RosterRow,
    WeekRow,
)

WRITES = ("create", "cancel", "solve_again", "pin", "move", "publish")


class RosterViewSet(DutyViewSet):
    """Rosters of the stations that you look after."""

    queryset = Roster.objects.all()
    serializer_class = RosterDetail
    list_serializer_class = RosterRow
    fast_lists = True
    filterset_class = RosterFilter
    capabilities: ClassVar = dict.fromkeys(WRITES, DUTY)
    orderings: ClassVar = {"made_at": "made_at", "first_day": "first_day", "id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        if self.action == "list":
            return rows
        return rows.select_related("station__region").prefetch_related("lines__volunteer__person")

    def retrieve(self, request: Request, pk: int) -> Response:
        """How far it is; once it is solved, what came of it, with its lines."""
        return Response(self.shown(pk))

    @extend_schema(request=RosterInput, responses={201: RosterDetail})
    def create(self, request: Request) -> Response:
        """Ask for a roster of a station's shifts. It is solved in the background: look at its status."""
        asked = self.read(RosterInput)

        def do() -> Answer:
            return 201, self.shown(rosters.ask(asked.pop("station"), by=request.user, **asked).pk)

        return self.once(request, do)

    @extend_schema(request=None, responses=RosterDetail)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Stop a roster that waits or is being solved; what was found so far stays to be looked at."""
        return self.done(rosters.cancel)

    @extend_schema(request=None, responses=RosterDetail)
    @action(detail=True, methods=["post"], url_path="solve-again", url_name="solve-again")
    def solve_again(self, request: Request, pk: int) -> Response:
        """Solve a draft anew; its pinned lines stay."""
        return self.done(rosters.solve_again)

    @extend_schema(request=PinInput, responses=RosterDetail)
    @action(detail=True, methods=["post"], url_path="lines/<int:line_id>/pin", url_name="pin")
    def pin(self, request: Request, pk: int, line_id: int) -> Response:
        """Hold a line of a draft fast, or leave it to the solver again."""
        asked = self.read(PinInput)

        def pin(roster: Roster, **given: Any) -> None:
            line = roster.lines.select_related("roster__station").filter(pk=line_id).first()
            if line is None:
                raise NotFound()
            rosters.pin(line, **given)

        return self.done(pin, **asked)

    @extend_schema(request=MoveInput, responses=MovedRow)
    @action(detail=True, methods=["post"], url_path="lines/<int:line_id>/move", url_name="move")
    def move(self, request: Request, pk: int, line_id: int) -> Response:
        """Take the person of a line to another shift of the draft, where the next solving leaves them.

        The answer also says what becomes of the person's week.
        """
        to, roster = self.read(MoveInput)["shift"], self.get_object()
        line = roster.lines.select_related("roster__station").filter(pk=line_id).first()
        if line is None:
            raise NotFound()

        def do() -> Answer:
            week = roster_moves.move(line, to=to, by=request.user)
            return 200, {**self.shown(pk), "week": WeekRow(week).data}

        return self.once(request, do)

    @extend_schema(responses=ComparisonRow)
    @action(detail=True)
    def comparison(self, request: Request, pk: int) -> Response:
        """What publishing would change: the draft beside what stands today."""
        found = rosters.compare(self.get_object())
        return Response({name: [each.pk for each in getattr(found, name)] for name in ("added", "removed", "kept")})

    @extend_schema(request=None, responses=PublishedRow)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: int) -> Response:
        """Make the draft hold: everybody on it is asked, with a limit to answer."""
        roster = self.get_object()

        def do() -> Answer:
            done = rosters.publish(roster, by=request.user)
            return 200, {
                "assigned": [each.pk for each in done.assigned],
                "withdrawn": [each.pk for each in done.withdrawn],
                "refused": [{"line": line.pk, "reason": reason} for line, reason in done.refused],
            }

        return self.once(request, do)

    def shown(self, pk: int) -> dict[str, Any]:
        roster = self.written(pk)
        names.show_names([line.volunteer for line in roster.lines.all()], self.request.user.scope)
        return RosterDetail(roster, context=self.get_serializer_context()).data
