"""/api/v1/projects/, by the same verbs as at the desk: each step is a sub-path."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from requests import projects
from requests.models import ServiceProject
from requests.models.projects import WRITE
from requests.project_drafts import CREATE
from requests.project_exports import with_counts
from requests.project_filters import ProjectFilter
from requests.project_types import ProjectVerb
from requests.resource_api import VerbsViewSet
from requests.serializers.projects import INPUTS, ProjectDetail, ProjectEdit, ProjectInput, ProjectRow

PARTS = ("milestones", "gates", "members", "targets", "budget", "contributions", "events")


def step(verb: ProjectVerb) -> Callable[..., Response]:
    """POST /projects/{id}/{verb}/: read the keywords, call the verb, show the project as it is then."""
    address = verb.replace("_", "-")

    def take(self: "ProjectViewSet", request: Request, pk: int) -> Response:
        return self.done(getattr(projects, verb), **self.read(INPUTS[verb]))

    take.__name__ = verb.value
    take.__doc__ = getattr(projects, verb).__doc__ or str(verb.label)
    described = extend_schema(request=INPUTS[verb], responses=ProjectDetail)
    return described(action(detail=True, methods=["post"], url_path=address, url_name=address)(take))


class ProjectViewSet(VerbsViewSet):
    """Projects of the regions that you look after, and those that you or your unit lead."""

    queryset = ServiceProject.objects.all()
    serializer_class = ProjectDetail
    list_serializer_class = ProjectRow
    filterset_class = ProjectFilter
    capability = "projects:read"
    capabilities: ClassVar = {
        "create": CREATE,
        "partial_update": WRITE,
        **{verb.value: WRITE for verb in map(ProjectVerb, INPUTS)},
    }
    orderings: ClassVar = {
        "created_at": "created_at", "planned_end": "planned_end", "name": "name", "id": "pk",
    }  # fmt: skip
    default_ordering = "-created_at"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("region")
        return with_counts(rows) if self.action == "list" else rows.prefetch_related("needs", *PARTS)

    def get_object(self) -> ServiceProject:
        return self._with_steps(super().get_object())

    def shown(self, pk: int) -> dict[str, Any]:
        row = self._with_steps(self.written(pk))
        return ProjectDetail(row, context=self.get_serializer_context()).data

    def _with_steps(self, row: ServiceProject) -> ServiceProject:
        row.allowed = projects.allowed_verbs(row, by=self.request.user)
        return row

    @extend_schema(request=ProjectInput, responses={201: ProjectDetail})
    def create(self, request: Request) -> Response:
        """Draft a project, from cases that you dispatch."""
        asked = self.read(ProjectInput)
        return self.once(request, lambda: (201, self.shown(projects.create(by=request.user, **asked).pk)))

    @extend_schema(request=ProjectEdit, responses=ProjectDetail)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Say it otherwise. Kind and region stay once it is decided."""
        return self.done(projects.change, **self.read(ProjectEdit, partial=True))

    apply = step(ProjectVerb.APPLY)
    review = step(ProjectVerb.REVIEW)
    start = step(ProjectVerb.START)
    finish = step(ProjectVerb.FINISH)
    stop = step(ProjectVerb.STOP)
    add_needs = step(ProjectVerb.ADD_NEEDS)
    take_out = step(ProjectVerb.TAKE_OUT)
    answer_need = step(ProjectVerb.ANSWER_NEED)
    claim = step(ProjectVerb.CLAIM)
    set_milestone = step(ProjectVerb.SET_MILESTONE)
    reach_milestone = step(ProjectVerb.REACH_MILESTONE)
    explain_milestone = step(ProjectVerb.EXPLAIN_MILESTONE)
    check_gate = step(ProjectVerb.CHECK_GATE)
    add_member = step(ProjectVerb.ADD_MEMBER)
    set_target = step(ProjectVerb.SET_TARGET)
    report_target = step(ProjectVerb.REPORT_TARGET)
    set_budget = step(ProjectVerb.SET_BUDGET)
    correct = step(ProjectVerb.CORRECT)
    remove = step(ProjectVerb.REMOVE)
    spend = step(ProjectVerb.SPEND)
    pledge = step(ProjectVerb.PLEDGE)
    pay = step(ProjectVerb.PAY)
    withdraw_pledge = step(ProjectVerb.WITHDRAW_PLEDGE)
    refund = step(ProjectVerb.REFUND)
    add_photos = step(ProjectVerb.ADD_PHOTOS)
    publish = step(ProjectVerb.PUBLISH)
    unpublish = step(ProjectVerb.UNPUBLISH)
