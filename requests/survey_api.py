"""/api/v1/surveys/, appraisals/, elections/ and candidates/, by the desk's verbs."""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.errors import NotFound
from portal.core.rest.files import FileView, described
from requests import appraisals, elections, survey_exports, surveys
from requests.models import Appraisal, Candidate, Election, Survey
from requests.models.deliberations import READ, WRITE
from requests.resource_api import VerbsViewSet
from requests.serializers import surveys as shapes
from requests.survey_filters import AppraisalFilter, ElectionFilter, SurveyFilter


class SurveyViewSet(VerbsViewSet):
    """What the households of estates of your regions are asked, from door to door."""

    queryset = Survey.objects.all()
    serializer_class = shapes.SurveyDetail
    list_serializer_class = shapes.SurveyRow
    filterset_class = SurveyFilter
    capability = READ
    capabilities: ClassVar = dict.fromkeys(
        ("create", "partial_update", "ask", "open_up", "record", "take_back", "move_end", "close"), WRITE
    )
    orderings: ClassVar = {"created_at": "created_at", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().with_places().with_counts()

    @extend_schema(request=shapes.SurveyInput, responses={201: shapes.SurveyDetail})
    def create(self, request: Request) -> Response:
        """Draft a survey of an estate."""
        asked = self.read(shapes.SurveyInput)
        return self.once(request, lambda: (201, self.shown(surveys.draft(by=request.user, **asked).pk)))

    @extend_schema(request=shapes.SurveyEdit, responses=shapes.SurveyDetail)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Say it otherwise, until it is opened."""
        row = self.get_object()
        now = {"title": row.title, "text": row.text, "deliberation": row.deliberation, "ends_on": row.ends_on}
        return self.done(surveys.amend, **now | self.read(shapes.SurveyEdit, partial=True))

    @extend_schema(request=shapes.QuestionInput, responses=shapes.SurveyDetail)
    @action(detail=True, methods=["post"], url_path="questions", url_name="questions")
    def ask(self, request: Request, pk: int) -> Response:
        """Ask one more question."""
        return self.done(surveys.ask, **self.read(shapes.QuestionInput))

    @extend_schema(request=None, responses=shapes.SurveyDetail)
    @action(detail=True, methods=["post"], url_path="open", url_name="open")
    def open_up(self, request: Request, pk: int) -> Response:
        """Doors can be knocked at from now on."""
        return self.done(surveys.open_up)

    @extend_schema(request=shapes.SurveyVisitInput, responses=shapes.SurveyDetail)
    @action(detail=True, methods=["post"], url_path="visits", url_name="visits")
    def record(self, request: Request, pk: int) -> Response:
        """How it went at one door, with the answers. A household answers once."""
        asked, row = self.read(shapes.SurveyVisitInput), self.get_object()
        questions = {poll.pk: poll for poll in row.questions.prefetch_related("options")}
        answers = {each["question"]: _answer(questions, each) for each in asked.pop("answers", ())}
        return self.done(surveys.record, answers=answers, **asked)

    @extend_schema(request=shapes.VisitIdInput, responses=shapes.SurveyDetail)
    @action(detail=True, methods=["post"], url_path="take-back", url_name="take-back")
    def take_back(self, request: Request, pk: int) -> Response:
        """It was recorded by mistake: as if nobody had been there."""
        household = self.read(shapes.VisitIdInput)["household"]
        visit = self.get_object().visits.select_related("survey").filter(household=household).first()
        if visit is None:
            raise NotFound()
        return self.done(lambda _row, by: surveys.take_back(visit, by=by))

    @extend_schema(request=shapes.MoveEndInput, responses=shapes.SurveyDetail)
    @action(detail=True, methods=["post"], url_path="last-day", url_name="last-day")
    def move_end(self, request: Request, pk: int) -> Response:
        """Another day by which an open survey is to be done; those who go from door to door are told."""
        return self.done(surveys.move_end, **self.read(shapes.MoveEndInput))

    @extend_schema(request=None, responses=shapes.SurveyDetail)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: int) -> Response:
        """No more answers: the results stand."""
        return self.done(surveys.close)


def _answer(questions: dict[int, Any], said: dict[str, Any]) -> surveys.Answer:
    if said["question"] not in questions:
        raise NotFound()
    options = {option.pk: option for option in questions[said["question"]].options.all()}
    if said.get("option") is None:
        return None if options else said.get("words", "")
    if said["option"] not in options:
        raise NotFound()
    return options[said["option"]]


class SurveyAnswersView(FileView):
    """The answers flat by flat, nobody's name: JSON, CSV or XLSX."""

    capability = WRITE
    file_capability = WRITE

    @described(shapes.SurveyVisitRow(many=True))
    def get(self, request: Request, pk: int) -> Response | HttpResponseBase:
        survey = Survey.objects.for_user(request.user).filter(pk=pk).first()
        if survey is None or not surveys.keeps(survey, by=request.user):
            raise NotFound()
        self.params_for()
        if self.wants_file:
            return self.file(*survey_exports.table(survey), survey.number)
        rows = survey.visits.select_related("household")
        return Response(shapes.SurveyVisitRow(rows, many=True).data)


class AppraisalViewSet(VerbsViewSet):
    """How property companies of your regions are judged; a company reads its own once they are published."""

    queryset = Appraisal.objects.all()
    serializer_class = shapes.AppraisalDetail
    list_serializer_class = shapes.AppraisalRow
    filterset_class = AppraisalFilter
    capability = READ
    capabilities: ClassVar = dict.fromkeys(("create", "partial_update", "score", "publish"), WRITE)
    orderings: ClassVar = {"year": "year", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().with_places()

    @extend_schema(request=shapes.AppraisalInput, responses={201: shapes.AppraisalDetail})
    def create(self, request: Request) -> Response:
        """Begin an appraisal, with the survey that asks the households."""
        asked = self.read(shapes.AppraisalInput)
        return self.once(request, lambda: (201, self.shown(appraisals.begin(by=request.user, **asked).pk)))

    @extend_schema(request=shapes.WeighInput, responses=shapes.AppraisalDetail)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Weigh the two parts otherwise."""
        return self.done(appraisals.weigh, **self.read(shapes.WeighInput))

    @extend_schema(request=shapes.ScoreInput, responses=shapes.AppraisalDetail)
    @action(detail=True, methods=["post"])
    def score(self, request: Request, pk: int) -> Response:
        """The branch's score, with its grounds."""
        return self.done(appraisals.score, **self.read(shapes.ScoreInput))

    @extend_schema(request=None, responses=shapes.AppraisalDetail)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: int) -> Response:
        """Everybody reads the result."""
        return self.done(appraisals.publish)


class ElectionViewSet(VerbsViewSet):
    """Who stands for the owners' committees of estates of your regions, masked."""

    queryset = Election.objects.all()
    serializer_class = shapes.ElectionDetail
    list_serializer_class = shapes.ElectionRow
    filterset_class = ElectionFilter
    capability = elections.READ
    capabilities: ClassVar = {
        **dict.fromkeys(("create", "partial_update", "enter"), elections.WRITE), "publish": elections.DECIDE,
    }  # fmt: skip
    orderings: ClassVar = {"held_on": "held_on", "id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().with_places()
        return rows if self.action == "list" else rows.prefetch_related("candidates__checks")

    @extend_schema(request=shapes.ElectionInput, responses={201: shapes.ElectionDetail})
    def create(self, request: Request) -> Response:
        """Begin the list of candidates."""
        asked = self.read(shapes.ElectionInput)
        return self.once(request, lambda: (201, self.shown(elections.call(by=request.user, **asked).pk)))

    @extend_schema(request=shapes.ElectionEditInput, responses=shapes.ElectionDetail)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Which committee, and on what day, as long as nothing is published."""
        return self.done(elections.amend, **self.read(shapes.ElectionEditInput))

    @extend_schema(request=shapes.EnterInput, responses=shapes.ElectionDetail)
    @action(detail=True, methods=["post"], url_path="candidates", url_name="candidates")
    def enter(self, request: Request, pk: int) -> Response:
        """Put somebody on the list."""
        return self.done(elections.enter, **self.read(shapes.EnterInput))

    @extend_schema(request=shapes.HangInput, responses=shapes.ElectionDetail)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: int) -> Response:
        """Everybody reads the names of those who are suitable."""
        return self.done(elections.publish, **self.read(shapes.HangInput))


class CandidateViewSet(VerbsViewSet):
    """Candidates for owners' committees: what was checked, what was decided."""

    queryset = Candidate.objects.all()
    serializer_class = shapes.CandidateRow
    capability = elections.READ
    capabilities: ClassVar = {
        **dict.fromkeys(("check", "partial_update", "destroy"), elections.WRITE),
        "decide": elections.DECIDE, "reveal": elections.REVEAL, "erase": elections.ERASE,
    }  # fmt: skip
    orderings: ClassVar = {"id": "pk"}

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("election__estate__region").prefetch_related("checks")

    @extend_schema(request=shapes.CandidateEditInput, responses=shapes.CandidateRow)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Another name or phone, until it is decided."""
        return self.done(elections.correct, **self.read(shapes.CandidateEditInput))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Off the list, until it is decided."""
        elections.strike(self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(request=shapes.CheckInput, responses=shapes.CandidateRow)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: int) -> Response:
        """What was found about one criterion."""
        return self.done(elections.check, **self.read(shapes.CheckInput))

    @extend_schema(request=shapes.VerdictInput, responses=shapes.CandidateRow)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: int) -> Response:
        """Suitable or not, with reasons; not by whoever entered the candidate."""
        return self.done(elections.decide, **self.read(shapes.VerdictInput))

    @extend_schema(request=shapes.CandidateWhyInput, responses=shapes.CandidatePersonalRow)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: int) -> Response:
        """Name and phone, with a reason that is logged."""
        asked = self.read(shapes.CandidateWhyInput)
        return Response(shapes.CandidatePersonalRow(elections.reveal(self.get_object(), by=request.user, **asked)).data)

    @extend_schema(request=None, responses=shapes.CandidateRow)
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: int) -> Response:
        """Take name and phone out, once the list has hung."""
        return self.done(elections.erase)
