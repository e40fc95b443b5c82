"""/api/v1/service-requests/: cases of the caller's scope, and every step that a member of staff can take with one."""

from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, ClassVar

import django_filters
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core import files
from portal.core.errors import DomainError, NotFound
from portal.core.filtering import BooleanFilter, FilterSet, IdFilter
from portal.core.idempotency import Answer
from portal.core.instances import instance_of
from portal.core.models import Region, StoredFile
from portal.core.rest.rows import plan_of
from portal.core.rest.serializers import Strict
from portal.core.rest.views import Base, CatalogueViewSet, ScopedReadOnlyViewSet
from requests import callers, photos, privacy, timeline, workflow
from requests.assist_api import Assisting
from requests.clocks import clocks_of
from requests.danger import numbers_for
from requests.filters import ServiceRequestFilter
from requests.matching.matches import matches_for
from requests.matching.need import Need
from requests.models import Category, Dispatch, ServiceRequest
from requests.proposals_api import Proposals
from requests.serializers import steps, whistles
from requests.serializers.clocks import ClockRow
from requests.serializers.intake import CallerFound, CallerInput, RecordInput
from requests.serializers.matching import MatchesRow
from requests.serializers.rows import (
    DispatchRow,
    Recorded,
    Revealed,
    ServiceRequestDetail,
    ServiceRequestRow,
    ServiceRequestStepped,
    ServiceRequestWhole,
)
from requests.types import State, Verb
from requests.workflow import Staff, allowed_verbs


def step(verb: Verb, input_class: type[steps.StepInput]) -> Callable[..., Response]:
    """POST /service-requests/{id}/{verb}/: read the keywords, call the verb, say where the case stands now."""
    address = verb.replace("_", "-")

    def take(self: "ServiceRequestViewSet", request: Request, pk: int) -> Response:
        # Read inside: what a repeat names (an upload, an offer) has been used up by the first time.
        return self.once(request, lambda: self.take_step(pk, verb))

    # An attribute named `dispatch` would be Django's own.
    take.__name__ = "dispatch_to" if verb == Verb.DISPATCH else verb.value
    take.__doc__ = getattr(workflow, verb).__doc__
    described = extend_schema(request=input_class, responses=ServiceRequestStepped)
    return described(
        action(detail=True, methods=["post"], url_path=address, url_name=address, serializer_class=input_class)(take)
    )


# Kept, as it holds nothing of a request: to copy its fields anew each time takes as long as one of the statements.
MATCHES = MatchesRow()


class ServiceRequestViewSet(Assisting, Proposals, ScopedReadOnlyViewSet):
    """Cases: those whose place or handling region you look after, of your station, or dispatched to your unit."""

    queryset = ServiceRequest.objects.all()
    serializer_class = ServiceRequestDetail
    list_serializer_class = ServiceRequestRow
    fast_lists = True
    filterset_class = ServiceRequestFilter
    orderings: ClassVar = {
        "submitted_at": "submitted_at",
        "due_at": "due_at",
        "finished_at": "finished_at",
        "ended_at": "ended_at",
        "id": "pk",
    }
    default_ordering = "-submitted_at"
    capability = "requests:act"
    capabilities: ClassVar = {
        "list": "requests:read",
        "retrieve": "requests:read",
        "create": "requests:record",
        "look_up_caller": "requests:read",
        "file": "requests:read",
        "clocks": "requests:read",
        "reveal": "requests:reveal",
        "erase": "requests:erase",
        **Proposals.capabilities,
        **Assisting.capabilities,
    }

    def retrieve(self, request: Request, pk: int) -> Response:
        rows = self.get_queryset().filter(pk=pk)
        found = plan_of(ServiceRequestWhole, ServiceRequest).rows_with(rows, *FOR_STEPS)
        if not found:
            raise NotFound()
        row, columns = found[0]
        case = _for_steps(dict(zip(FOR_STEPS, columns, strict=True)))
        return Response({**row, **_told(case), "allowed": allowed_verbs(case, by=Staff(request.user))})

    @extend_schema(request=RecordInput, responses={201: Recorded})
    def create(self, request: Request) -> Response:
        """Record a request for somebody who phoned or came to the counter; answers with their tracking code."""
        arguments = self.read_input(RecordInput)

        def record() -> Answer:
            submitted = workflow.submit(**arguments, by=Staff(request.user))
            numbers = numbers_for(submitted.case.title, submitted.case.description)
            stepped = _stepped(submitted.case, request)
            return 201, {**stepped, "emergency_numbers": numbers, "tracking_code": submitted.tracking_code}

        return self.once(request, record)

    @extend_schema(request=CallerInput, responses=CallerFound)
    @action(detail=False, methods=["post"], url_path="callers", url_name="callers")
    def look_up_caller(self, request: Request) -> Response:
        """A phone number as the filter `caller` takes it: addresses are logged, so the number itself is in none."""
        caller = callers.caller_of(self.validated(CallerInput)["phone"], by=request.user)
        return Response({"caller": caller, "count": callers.asked_by(self.get_queryset(), caller).count()})

    accept = step(Verb.ACCEPT, steps.AcceptInput)
    reject = step(Verb.REJECT, steps.RejectInput)
    dispatch_to = step(Verb.DISPATCH, steps.DispatchInput)
    take = step(Verb.TAKE, steps.TakeInput)
    send_back = step(Verb.SEND_BACK, steps.SendBackInput)
    recall = step(Verb.RECALL, steps.TextInput)
    contact = step(Verb.CONTACT, steps.ContactInput)
    note = step(Verb.NOTE, steps.NoteInput)
    ask = step(Verb.ASK, steps.TextInput)
    reply = step(Verb.REPLY, steps.TextAndFilesInput)
    transfer = step(Verb.TRANSFER, steps.TransferInput)
    resolve = step(Verb.RESOLVE, steps.TextAndFilesInput)
    call_back = step(Verb.CALL_BACK, steps.CallBackInput)
    redo = step(Verb.REDO, steps.TextInput)
    restore = step(Verb.RESTORE, steps.TextInput)
    amend = step(Verb.AMEND, steps.AmendInput)
    merge = step(Verb.MERGE, steps.MergeCaseInput)
    split = step(Verb.SPLIT, steps.SplitInput)
    claim = step(Verb.CLAIM, steps.ClaimResourceInput)
    adopt = step(Verb.ADOPT, steps.AdoptInput)
    finish = step(Verb.FINISH, steps.TextAndFilesInput)
    leave_project = step(Verb.LEAVE_PROJECT, steps.TextInput)
    refer = step(Verb.REFER, steps.ReferInput)
    outcome = step(Verb.OUTCOME, steps.TextInput)
    returned = step(Verb.RETURNED, steps.TextInput)
    request_extension = step(Verb.REQUEST_EXTENSION, steps.RequestExtensionInput)
    decide_extension = step(Verb.DECIDE_EXTENSION, steps.DecideExtensionInput)
    remind = step(Verb.REMIND, steps.RemindInput)
    table = step(Verb.TABLE, steps.TableInput)
    conclude = step(Verb.CONCLUDE, steps.ConcludeInput)
    exclude = step(Verb.EXCLUDE, steps.ExcludeInput)
    decide_exclusion = step(Verb.DECIDE_EXCLUSION, steps.DecideExclusionInput)
    review_reply = step(Verb.REVIEW_REPLY, steps.ReviewReplyInput)
    take_over = step(Verb.TAKE_OVER, steps.TakeOverInput)
    whistle = step(Verb.WHISTLE, whistles.WhistleInput)
    decide_whistle = step(Verb.DECIDE_WHISTLE, whistles.DecideWhistleInput)
    rate_departments = step(Verb.RATE_DEPARTMENTS, whistles.RateDepartmentsInput)
    release = step(Verb.RELEASE, steps.ReleaseInput)
    hide = step(Verb.HIDE, steps.StepInput)
    decide_appeal = step(Verb.DECIDE_APPEAL, steps.DecideAppealInput)

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY, (200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="files/<int:file_id>")
    def file(self, request: Request, pk: int, file_id: int) -> HttpResponseBase:
        """A photo or document of the case."""
        case = self.case_of(pk)
        attachment = photos.attachments_of(case, public=False).filter(file_id=file_id).first()
        if attachment is None:
            raise NotFound()
        return files.serve(attachment.file, name=f"{case.number}-{attachment.pk}", keeps_name=True)

    @extend_schema(request=steps.RevealInput, responses=Revealed)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: int) -> Response:
        """Show who asked in full, to those who work on the case, and log who looked and why."""
        case, asked = self.case_of(pk), self.validated(steps.RevealInput)
        requesters = case.requesters.all()
        if "requester" in asked:
            requesters = requesters.filter(pk=asked["requester"])
        requester = requesters.select_related("request").first()
        if requester is None:
            raise NotFound()
        personal = privacy.reveal(requester, by=request.user, reason=asked["reason"])
        return Response({"requester": requester.pk, **asdict(personal)})

    @extend_schema(responses=ClockRow(many=True))
    @action(detail=True)
    def clocks(self, request: Request, pk: int) -> Response:
        """The limits that matter now, and how each due time came about: rule, start, pauses, extensions."""
        rows = self.get_queryset().select_related("current_dispatch").defer("search", "description")
        case = rows.filter(pk=pk).first()
        if case is None:
            raise NotFound()
        found = clocks_of(case, list(case.events.order_by("id")))
        return Response(ClockRow(found, many=True).data)

    @extend_schema(request=steps.EraseInput, responses=ServiceRequestStepped)
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: int) -> Response:
        """Take everything personal out of an ended case. There is no way back."""
        case, asked = self.case_of(pk), self.validated(steps.EraseInput)
        privacy.erase(case, by=request.user, **asked)
        return Response(_stepped(case, request))

    @extend_schema(responses=MatchesRow)
    @action(detail=True)
    def matches(self, request: Request, pk: int) -> Response:
        """The best resources, units, teams and volunteers for the case, with the reasons."""
        rows = ServiceRequest.objects.for_user(request.user).select_related(*Need.RELATED).only(*Need.COLUMNS)
        case = rows.filter(pk=pk).first()
        if case is None:
            raise NotFound()
        return Response(MATCHES.to_representation(matches_for(case, user=request.user)))

    def case_of(self, pk: int) -> ServiceRequest:
        """The case of the address, or 404."""
        if not self.get_queryset().filter(pk=pk).exists():
            raise NotFound()
        return instance_of(ServiceRequest, id=pk)

    def take_step(
        self, pk: int, verb: Verb, *, input_class: type[serializers.Serializer] | None = None, **named: Any
    ) -> Answer:
        """Call the verb with what was sent, and with what the address has `named`."""
        case, by = instance_of(ServiceRequest, id=pk), Staff(self.request.user)
        try:
            getattr(workflow, verb)(case, by=by, **named, **self.read_input(input_class))
        except (serializers.ValidationError, DomainError) as error:
            # Whoever may take a step sees the case, so a step that succeeds needs no look-up of its own. A refusal is
            # for those who see it, too; for others there is no case.
            self.case_of(pk)
            if not isinstance(error, DomainError) or error.status == HTTPStatus.BAD_REQUEST:
                # Nobody mends the input of a step that is not theirs to take.
                workflow.refuse_out_of_turn(case, verb, by=by)
            raise
        return 200, _stepped(case, self.request)

    def read_input(self, input_class: type[serializers.Serializer] | None = None) -> dict[str, Any]:
        """The keywords of a verb."""
        return self._valid(input_class or self.get_serializer_class()).arguments()

    def validated(self, input_class: type[serializers.Serializer]) -> dict[str, Any]:
        return self._valid(input_class).validated_data

    def _valid(self, input_class: type[serializers.Serializer]) -> Any:
        serializer = input_class(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer


# The columns by which it is decided who may do what with a case.
FOR_STEPS = (
    "id", "state", "version", "station_id", "appeal_upheld", "call_back_due_at", "resolved_at",
    "handling_region_id", "handling_region__path", "current_dispatch_id", "current_dispatch__outcome",
    "current_dispatch__organization_id", "current_dispatch__person_id", "current_dispatch__team_id",
    "listing_agreed_at", "listed_at", "due_at", "extension_until", "exclusion_asked",
    "open_assists", "whistle_asked", "reply_held", "departments_to_rate",
)  # fmt: skip


def _for_steps(values: dict[str, Any]) -> ServiceRequest:
    """A case that knows just them, without another query."""
    below = {name: value for name, value in values.items() if "__" in name}
    case = instance_of(ServiceRequest, **{name: value for name, value in values.items() if name not in below})
    case.handling_region = instance_of(Region, id=values["handling_region_id"], path=below["handling_region__path"])
    if values["current_dispatch_id"] is None:
        return case
    prefix = "current_dispatch__"
    offer = {name.removeprefix(prefix): value for name, value in below.items() if name.startswith(prefix)}
    case.current_dispatch = instance_of(Dispatch, id=values["current_dispatch_id"], **offer)
    return case


def _told(case: ServiceRequest) -> dict[str, Any]:
    """The timeline and the offers of a case."""
    offers = plan_of(DispatchRow, Dispatch).rows(Dispatch.objects.filter(request=case.pk).order_by("id"))
    return {"dispatches": offers, "timeline": [_line(line) for line in timeline.lines(case, audience="staff")]}


def _line(line: timeline.Line) -> dict[str, Any]:
    event = line.event
    return {
        "at": event.at,
        "verb": event.verb,
        "sentence": line.sentence,
        "text": line.said,
        "to_state": event.to_state,
        "actor": event.actor,
        "is_public": event.is_public,
        "version": event.version,
        "files": [
            {"id": each.file_id, "content_type": each.file.content_type, "is_public": each.is_public}
            for each in line.attachments
        ],
    }


def _stepped(case: ServiceRequest, request: Request) -> dict[str, Any]:
    return {
        "id": case.pk,
        "number": case.number,
        "state": case.state,
        "state_label": str(State(case.state).label),
        "version": case.version,
        "due_at": case.due_at,
        "allowed": allowed_verbs(case, by=Staff(request.user)),
    }


class CategoryRow(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields: ClassVar = ["id", "parent", "level", "name", "path", "time_limit", "is_active"]


class CategoryFilter(FilterSet):
    q = django_filters.CharFilter(field_name="path", lookup_expr="icontains", label=_("Words"), max_length=60)
    parent = IdFilter(field_name="parent_id", label=_("parent"))
    level = IdFilter(label=_("level"))
    is_active = BooleanFilter(label=_("in use"))

    class Meta:
        model = Category
        fields: ClassVar = []


class CategoryViewSet(CatalogueViewSet):
    """The three-level tree by which matters are classified."""

    queryset = Category.objects.all()
    serializer_class = CategoryRow
    filterset_class = CategoryFilter
    capability = "requests:read"
    orderings: ClassVar = {"path": "path", "id": "pk"}
    default_ordering = "path"


class UploadInput(Strict):
    file = serializers.FileField(help_text="A photo (any usual format), or a PDF.")


class UploadRow(serializers.ModelSerializer):
    class Meta:
        model = StoredFile
        fields: ClassVar = ["id", "content_type", "size", "width", "height", "sha256"]


class UploadView(Base):
    """A photo or a PDF for a step that follows: name its id in `files` there. What no step names is deleted in time."""

    capability = "requests:act"
    parser_classes: ClassVar = [MultiPartParser]

    @extend_schema(request={"multipart/form-data": UploadInput}, responses={201: UploadRow})
    def post(self, request: Request) -> Response:
        serializer = UploadInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        upload = serializer.validated_data["file"]
        return Response(UploadRow(files.store_document(upload, by=request.user)).data, status=201)
