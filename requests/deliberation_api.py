"""/api/v1/deliberations/, deliberation-tasks/, deliberation-polls/, meetings/ and households/, by the desk's verbs.

To put a case on an agenda, and to say what was agreed about it, are steps of the case: `table/` and `conclude/` there.
"""

from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.rest.views import ScopedReadOnlyViewSet
from requests.agenda import lines_of
from requests.deliberation_filters import DeliberationFilter, HouseholdFilter, MeetingFilter, TaskFilter
from requests.deliberations import follow_up, meetings, polls, publicity, topics
from requests.models import Deliberation, FollowUpTask, Household, Meeting, Objection, Participant, Poll
from requests.models.deliberations import READ, WRITE
from requests.resource_api import VerbsViewSet
from requests.serializers import deliberations as shapes


class DeliberationsViewSet(VerbsViewSet):
    capability = READ


class DeliberationViewSet(DeliberationsViewSet):
    """Topics that neighbours of your regions talk over, and those in which you have a part. Of confidential ones you
    see those that you chair, mediate or take part in."""

    queryset = Deliberation.objects.all()
    serializer_class = shapes.DeliberationDetail
    list_serializer_class = shapes.DeliberationRow
    filterset_class = DeliberationFilter
    capabilities: ClassVar = dict.fromkeys(
        (
            "create", "partial_update", "invite", "unseat", "schedule", "hold", "resolve", "publish", "answer", "enact",
            "finish", "drop", "hand_over", "give_task", "put_question",
        ),
        WRITE,
    ) | {"erase_objection": publicity.ERASE}  # fmt: skip
    orderings: ClassVar = {"raised_at": "raised_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().with_places()
        if self.action == "list":
            return rows
        return rows.prefetch_related(
            "objections", "events", "participants__organization", "participants__person",
            "tasks__organization", "tasks__person", "tasks__deliberation",
        )  # fmt: skip

    @extend_schema(request=shapes.DeliberationInput, responses={201: shapes.DeliberationDetail})
    def create(self, request: Request) -> Response:
        """Raise a topic."""
        asked = {"chair": request.user.person, **self.read(shapes.DeliberationInput)}
        return self.once(request, lambda: (201, self.shown(topics.raise_topic(by=request.user, **asked).pk)))

    @extend_schema(request=shapes.DeliberationEdit, responses=shapes.DeliberationDetail)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Say it otherwise, until it was talked over."""
        return self.done(topics.amend, **self.read(shapes.DeliberationEdit, partial=True))

    @extend_schema(request=shapes.InviteInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: int) -> Response:
        """Give a seat to a unit, to somebody with an account, or to somebody by name."""
        return self.done(topics.invite, **self.read(shapes.InviteInput))

    @extend_schema(request=shapes.SeatReplyInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: int) -> Response:
        """Say whether whoever holds a seat comes."""
        asked = self.read(shapes.SeatReplyInput)
        seat = self.one(Participant.objects.all(), asked["seat"])
        return self.done(lambda _row, by: topics.reply(seat, by=by, accepts=asked["accepts"]))

    @extend_schema(request=shapes.SeatInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def unseat(self, request: Request, pk: int) -> Response:
        """Take a seat away."""
        seat = self.one(Participant.objects.select_related("deliberation"), self.read(shapes.SeatInput)["seat"])
        return self.done(lambda _row, by: topics.take_seat_away(seat, by=by))

    @extend_schema(request=shapes.ScheduleInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, pk: int) -> Response:
        """Give notice of time and place."""
        return self.done(topics.schedule, **self.read(shapes.ScheduleInput))

    @extend_schema(request=shapes.HoldInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: int) -> Response:
        """Record who came and what was said."""
        asked = self.read(shapes.HoldInput)
        asked["attended"] = [self.one(Participant.objects.all(), seat) for seat in asked["attended"]]
        return self.done(topics.hold, **asked)

    @extend_schema(request=shapes.ResolveInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: int) -> Response:
        """Record the resolution."""
        return self.done(topics.resolve, **self.read(shapes.ResolveInput))

    @extend_schema(request=shapes.PublishInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: int) -> Response:
        """Have it hang for objections."""
        return self.done(publicity.publish, **self.read(shapes.PublishInput))

    @extend_schema(request=shapes.AnswerObjectionInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: int) -> Response:
        """Answer an objection."""
        asked = self.read(shapes.AnswerObjectionInput)
        objection = self.one(Objection.objects.select_related("deliberation"), asked["objection"])
        return self.done(lambda _row, by: publicity.answer(objection, by=by, text=asked["text"]))

    @extend_schema(request=shapes.ObjectionInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"], url_path="erase-objection", url_name="erase-objection")
    def erase_objection(self, request: Request, pk: int) -> Response:
        """Take out who objected, once that is answered or the publicity is over."""
        found = self.read(shapes.ObjectionInput)["objection"]
        objection = self.one(Objection.objects.select_related("deliberation"), found)
        return self.done(lambda _row, by: publicity.erase(objection, by=by))

    @extend_schema(request=None, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def enact(self, request: Request, pk: int) -> Response:
        """Put the resolution in force."""
        return self.done(publicity.enact)

    @extend_schema(request=None, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: int) -> Response:
        """Carried out: nothing more is to be done."""
        return self.done(follow_up.finish_deliberation)

    @extend_schema(request=shapes.DropInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: int) -> Response:
        """End it on a ground."""
        return self.done(topics.drop, **self.read(shapes.DropInput))

    @extend_schema(request=shapes.ChairInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"], url_path="hand-over", url_name="hand-over")
    def hand_over(self, request: Request, pk: int) -> Response:
        """Give the chair to somebody else."""
        return self.done(topics.hand_over, **self.read(shapes.ChairInput))

    @extend_schema(request=shapes.TaskInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"], url_path="tasks", url_name="tasks")
    def give_task(self, request: Request, pk: int) -> Response:
        """Have somebody do something that follows from the resolution."""
        return self.done(follow_up.give, **self.read(shapes.TaskInput))

    @extend_schema(request=shapes.PollInput, responses=shapes.DeliberationDetail)
    @action(detail=True, methods=["post"], url_path="polls", url_name="polls")
    def put_question(self, request: Request, pk: int) -> Response:
        """Put a question to the vote."""
        return self.done(polls.put, **self.read(shapes.PollInput))

    def one(self, rows: models.QuerySet, pk: int) -> Any:
        """A row of the deliberation of the address."""
        found = rows.filter(deliberation=self.get_object(), pk=pk).first()
        if found is None:
            raise NotFound()
        return found


class TaskViewSet(DeliberationsViewSet):
    """What follows from resolutions: of deliberations that you see, and what you or your unit have to do."""

    queryset = FollowUpTask.objects.all()
    serializer_class = shapes.TaskRow
    filterset_class = TaskFilter
    orderings: ClassVar = {"due_on": "due_on", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("organization", "person", "deliberation")

    @extend_schema(request=shapes.ReportInput, responses=shapes.TaskRow)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: int) -> Response:
        """Say that it is done, with the result."""
        return self.done(follow_up.report, **self.read(shapes.ReportInput))


class PollViewSet(DeliberationsViewSet):
    """Questions of deliberations, with the result as it is counted now."""

    queryset = Poll.objects.all()
    serializer_class = shapes.PollDetail
    list_serializer_class = shapes.PollRow
    capabilities: ClassVar = dict.fromkeys(("votes", "close"), WRITE)
    orderings: ClassVar = {"opened_at": "opened_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("deliberation", "survey").prefetch_related("options")

    @extend_schema(request=shapes.VotesInput, responses=shapes.PollDetail)
    @action(detail=True, methods=["post"])
    def votes(self, request: Request, pk: int) -> Response:
        """Take down how some of those entitled voted: all of them or, where one has voted already, none."""
        asked, poll = self.read(shapes.VotesInput), self.get_object()
        option = poll.options.filter(pk=asked["option"]).first() if asked.get("option") else None
        if asked.get("option") and option is None:
            raise NotFound()
        voters = list(polls.entitled(poll).filter(pk__in=asked["voters"]))
        if len(voters) != len(set(asked["voters"])):
            raise NotFound()
        return self.done(polls.record, option=option, voters=voters)

    @extend_schema(request=None, responses=shapes.PollDetail)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: int) -> Response:
        """No more votes: the result stands."""
        return self.done(polls.close)


class MeetingViewSet(DeliberationsViewSet):
    """The monthly meetings of your regions."""

    queryset = Meeting.objects.all()
    serializer_class = shapes.MeetingRow
    filterset_class = MeetingFilter
    capabilities: ClassVar = dict.fromkeys(("create", "gather", "hold"), WRITE)
    orderings: ClassVar = {"held_on": "held_on", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region", "chair")

    @extend_schema(request=shapes.MeetingInput, responses={201: shapes.MeetingRow})
    def create(self, request: Request) -> Response:
        """Call a meeting; its list is made of what is open."""
        asked = {"chair": request.user.person, **self.read(shapes.MeetingInput)}
        return self.once(request, lambda: (201, self.shown(meetings.call(by=request.user, **asked).pk)))

    @extend_schema(request=None, responses=shapes.MeetingRow)
    @action(detail=True, methods=["post"])
    def gather(self, request: Request, pk: int) -> Response:
        """Add to the list what has come up since."""
        return self.done(meetings.gather)

    @extend_schema(request=shapes.MinutesInput, responses=shapes.MeetingRow)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: int) -> Response:
        """Record the minutes."""
        return self.done(meetings.hold, **self.read(shapes.MinutesInput))

    @extend_schema(responses=shapes.AgendaRow(many=True), filters=False)
    @action(detail=True)
    def items(self, request: Request, pk: int) -> Response:
        """The list in its order."""
        return Response(shapes.AgendaRow(lines_of(self.get_object(), request.user), many=True).data)


class HouseholdViewSet(ScopedReadOnlyViewSet):
    """Flats of the estates of your regions, as votes and surveys count them."""

    queryset = Household.objects.all()
    serializer_class = shapes.HouseholdRow
    filterset_class = HouseholdFilter
    capability = READ
    orderings: ClassVar = {"label": "label", "id": "pk"}
