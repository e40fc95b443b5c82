"""/api/v1/public/requests/: asking for something and following it, without an account.

Whoever holds the tracking code is the resident. A code that is wrong and one that cannot be get the same answer.
"""

from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core import codes, consent, files
from portal.core.codes_login import send_code
from portal.core.errors import DomainError, NotFound
from portal.core.idempotency import Answer
from portal.core.models import ConsentText, StoredFile
from portal.core.notifications.kinds import LOST_CODE
from portal.core.rest.parsers import JSONParser
from portal.core.rest.views import Base
from portal.core.throttling import client_ip
from requests import photos, throttles, timeline, workflow
from requests.danger import numbers_for
from requests.models import Requester, ServiceRequest
from requests.serializers import steps
from requests.serializers.intake import PublicInput, PublicMultipartInput
from requests.serializers.public import Accepted, ConsentRow, HeldRow, PhoneCodeInput, PhoneInput, PublicCase
from requests.standing import public_status
from requests.tracking import held_by_phone, holder_of
from requests.types import Verb
from requests.workflow import Resident, allowed_verbs
from requests.workflow.intake import MAX_PHOTOS

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="The same POST sent twice with one key happens once."
)


class PublicView(Base):
    """Nobody signs in here: a browser's session must neither help nor hinder."""

    public = True
    authentication_classes: ClassVar = []


class ConsentView(PublicView):
    """The consent text in force; its version is sent with a request."""

    @extend_schema(responses=ConsentRow)
    def get(self, request: Request) -> Response:
        return Response(ConsentRow(consent.current()).data)


class AskView(PublicView):
    """Asking for something."""

    parser_classes: ClassVar = [JSONParser, MultiPartParser]

    @extend_schema(
        request={"application/json": PublicInput, "multipart/form-data": PublicMultipartInput},
        responses={201: Accepted},
        parameters=[KEY],
    )
    def post(self, request: Request) -> Response:
        """Take in a request; answers with its tracking code, once."""
        uploads = _uploads(request)
        serializer = (PublicMultipartInput if uploads else PublicInput)(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        arguments = serializer.arguments()
        arguments.pop("photos", None)
        agreed = _agreed(arguments.pop("consent"))
        throttles.count_ask(address=client_ip(request), phone=arguments["contact"].phone)

        def take_in() -> Answer:
            with _stored(uploads) as stored:
                submitted = workflow.submit(**arguments, consent=agreed, photos=stored, channel="api")
            return 201, {
                "number": submitted.case.number,
                "tracking_code": codes.format_code(submitted.tracking_code),
                "state": submitted.case.state,
                "status": public_status(submitted.case)._asdict(),
                "emergency_numbers": numbers_for(submitted.case.title, submitted.case.description),
            }

        return self.once(request, take_in)


class LostCodeView(PublicView):
    @extend_schema(request=PhoneInput, responses={202: None})
    def post(self, request: Request) -> Response:
        """Send a code by SMS to a phone with which something was asked. The answer is the same for every phone."""
        serializer = PhoneInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        send_code(phone=serializer.validated_data["phone"], address=client_ip(request), kind=LOST_CODE.name)
        return Response(status=202)


class LostCodeCheckView(PublicView):
    @extend_schema(request=PhoneCodeInput, responses=HeldRow(many=True))
    def post(self, request: Request) -> Response:
        """What was asked with the phone, with its tracking codes, for whoever has the code from the SMS."""
        serializer = PhoneCodeInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        found = held_by_phone(**serializer.validated_data, address=client_ip(request))
        return Response(HeldRow(found, many=True).data)


class HolderView(PublicView):
    """A view behind a tracking code. Every try counts."""

    def requester(self, code: str) -> Requester:
        throttles.count_look_up(address=client_ip(self.request))
        return holder_of(code)


class FollowView(HolderView):
    @extend_schema(responses=PublicCase)
    def get(self, request: Request, code: str) -> Response:
        """Where the case stands, what happens next and by when, and its public timeline."""
        return Response(_shown(self.requester(code)))


class ActView(HolderView):
    """reply, withdraw, rate, appeal, redo."""

    parser_classes: ClassVar = [JSONParser, MultiPartParser]
    verb: ClassVar[Verb]
    input_class: ClassVar[type[steps.ResidentInput]]

    def post(self, request: Request, code: str) -> Response:
        requester = self.requester(code)
        uploads = _uploads(request) if self.verb == Verb.REPLY else []
        serializer = self.input_class(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        arguments = serializer.arguments()

        def act() -> Answer:
            arguments.pop("photos", None)
            with _stored(uploads) as stored:
                if stored:
                    arguments["files"] = stored
                getattr(workflow, self.verb)(requester.request, by=Resident(requester), **arguments)
            return 200, _shown(requester)

        return self.once(request, act)


def _act(verb: Verb, input_class: type[steps.ResidentInput]) -> type[ActView]:
    described = extend_schema(request=input_class, responses=PublicCase, parameters=[KEY])
    return described(
        type(f"{verb.title()}View", (ActView,), {"verb": verb, "input_class": input_class, "__doc__": str(verb.name)})
    )


# The steps of a resident, by the last part of the address.
ACTS: dict[str, type[ActView]] = {
    "reply": _act(Verb.REPLY, steps.ReplyInput),
    "withdraw": _act(Verb.WITHDRAW, steps.WithdrawInput),
    "rate": _act(Verb.RATE, steps.RateInput),
    "appeal": _act(Verb.APPEAL, steps.ResidentTextInput),
    "agree": _act(Verb.AGREE, steps.AgreeInput),
    "redo": _act(Verb.REDO, steps.ResidentTextInput),
}


class PhotoView(HolderView):
    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, code: str, file_id: int) -> HttpResponseBase:
        """A photo of the case's public timeline."""
        requester = self.requester(code)
        attachment = photos.attachments_for(requester).filter(file_id=file_id).first()
        if attachment is None:
            raise NotFound()
        return files.serve(attachment.file, name=f"{requester.request.number}-{attachment.pk}")


def _shown(requester: Requester) -> dict[str, Any]:
    case = (
        ServiceRequest.objects.select_related(
            "district", "street", "community", "station", "handling_region", "current_dispatch__organization"
        )
        .prefetch_related("approvals")
        .defer("search")
        .get(pk=requester.request_id)
    )
    # What the serializer reads beside the columns of the case.
    case.status = public_status(case)
    requester.request = case
    case.timeline = timeline.lines_for(requester)
    case.asked = requester.asked_with
    case.allowed = allowed_verbs(case, by=Resident(requester))
    return dict(PublicCase(case).data)


def _agreed(version: str) -> ConsentText:
    found = ConsentText.objects.filter(purpose=ConsentText.Purpose.REQUESTS, version=version).first()
    current = found or consent.current()
    if current.version != version:
        message = _("This is not the consent text in force. Show the resident version %(version)s.")
        message %= {"version": current.version}
        raise DomainError("consent_unknown", message, fields={"consent": [message]})
    return current


def _uploads(request: Request) -> list[Any]:
    return request.data.getlist("photos") if hasattr(request.data, "getlist") else []


@contextmanager
def _stored(uploads: Sequence[Any]):
    """The photos as stored files; none of them is kept when one is no photo, or when what they belong to is refused."""
    stored: list[StoredFile] = []
    stored, refused = photos.take_in(uploads, room=MAX_PHOTOS) if uploads else ([], [])
    try:
        if refused:
            lines = [str(error) for error in refused]
            raise DomainError("invalid", lines[0], fields={"photos": lines})
        yield stored
    except Exception:
        photos.discard(stored)
        raise
