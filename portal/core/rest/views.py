"""Viewsets whose rows are those of the caller, on every action, whatever a subclass forgets.

    class StationViewSet(ScopedReadOnlyViewSet):
        queryset = Station.objects.all()
        serializer_class = StationSerializer
        filterset_class = StationFilter
        capability = "stations:read"
        orderings = {"name": "name"}
        default_ordering = "name"

docs/adding-a-model.md goes through it step by step.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.db import models, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from rest_framework import mixins, serializers, views, viewsets
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core import throttling
from portal.core.errors import DomainError, NotFound
from portal.core.filtering import FilterSet
from portal.core.history import acting_as
from portal.core.idempotency import Answer, run_once
from portal.core.registry.deletion import delete
from portal.core.rest import pagination
from portal.core.rest.errors import as_domain_error, invalid
from portal.core.rest.permissions import HasCapability
from portal.core.rest.rows import plan_of

# A signed-in caller, machine or person, per process.
CALLS_A_MINUTE = 1200


class Unseen(NotFound):
    """A row that the caller has written and may not read: a token that records and reads nothing, a topic that is for
    others."""

    def __init__(self, pk: int) -> None:
        self.pk = pk
        super().__init__()


class Base(views.APIView):
    """What every address of the API has: one permission class, a limit, an actor for the history, a weak ETag."""

    permission_classes: ClassVar = [HasCapability]
    throttle_classes: ClassVar = []

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with contextlib.ExitStack() as self._during_request:
            return super().dispatch(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        if request.user and request.user.is_authenticated:
            # A token's account is not known to the middleware.
            self._during_request.enter_context(acting_as(request.user.pk))

    def check_throttles(self, request: Request) -> None:
        if request.user and request.user.is_authenticated:
            caller = f"token {request.auth.pk}" if request.auth else f"user {request.user.pk}"
            throttling.hit_here("api", caller, limit=CALLS_A_MINUTE, seconds=60)

    def once(self, request: Request, do: Callable[[], Answer]) -> Response:
        """Run a POST at most once for its Idempotency-Key (optional); see `portal.core.idempotency`. What was done to
        a row that the caller may not read is answered by the row's id alone."""
        sender = f"user {request.user.pk}" if request.user.is_authenticated else ""
        key = request.headers.get("Idempotency-Key", "")
        fingerprint = _fingerprint(request) if key else b""

        def seen() -> Answer:
            try:
                return do()
            except Unseen as unseen:
                return 201 if getattr(self, "action", "") == "create" else 200, {"id": unseen.pk}

        status, body = run_once(sender=sender, address=request.path, key=key, body=fingerprint, do=seen)
        return Response(body, status=status)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
        if request.method in ("GET", "HEAD") and response.status_code == 200 and isinstance(response, Response):
            patch_cache_control(response, private=True, no_cache=True)
            response.add_post_render_callback(lambda rendered: _conditional(request, rendered))
        elif not response.has_header("Cache-Control"):
            patch_cache_control(response, no_store=True)
        return response


def _fingerprint(request: Request) -> bytes:
    """What tells one body from another, whatever its order of keys: the parsed values, and the content of files."""
    parts = []
    for name in sorted(request.data):
        values = request.data.getlist(name) if hasattr(request.data, "getlist") else [request.data[name]]
        for value in values:
            if hasattr(value, "chunks"):
                upload, value = value, hashlib.sha256(b"".join(value.chunks())).hexdigest()
                upload.seek(0)
            parts.append((name, value))
    return json.dumps(parts, sort_keys=True).encode()


def _conditional(request: Request, response: Response) -> Any:
    """Answer 304 when the caller has this very content. Reading is cheap; what is spared is the line."""
    digest = hashlib.blake2b(response.content, digest_size=12).hexdigest()
    response["ETag"] = f'W/"{digest}"'
    return get_conditional_response(request._request, etag=response["ETag"], response=response)


class ListViewSet(Base, viewsets.GenericViewSet):
    """Lists by keyset pages, filters that are checked, details. Whose rows these are is for subclasses to say."""

    filter_backends: ClassVar = []
    pagination_class: ClassVar = None
    lookup_value_converter: ClassVar = "int"
    # What may be ordered by: the name in the query string, and the column.
    orderings: ClassVar[Mapping[str, str]] = {"id": "pk"}
    default_ordering: ClassVar[str] = "-id"
    # Names in the query string that a subclass reads by itself.
    extra_parameters: ClassVar[frozenset[str]] = frozenset()
    filterset_class: ClassVar[type[FilterSet] | None] = None
    # For lists when they differ from details.
    list_serializer_class: ClassVar[type[serializers.Serializer] | None] = None
    # Serialize lists straight from columns (`portal.core.rest.rows`, which says what a serializer may then hold).
    fast_lists: ClassVar[bool] = False

    def written(self, pk: int) -> Any:
        """The row that a verb has just written, as this viewset reads rows; `Unseen` where the caller may not."""
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            raise Unseen(pk)
        return row

    def filter_queryset(self, queryset: models.QuerySet) -> models.QuerySet:
        """The rows that the query string asks for; an unknown parameter or a bad value is an error."""
        params = self.request.query_params
        own = pagination.PARAMETERS | self.extra_parameters
        known = own | (self.filterset_class.parameters() if self.filterset_class else frozenset())
        pagination.refuse_unknown(params, known)
        if self.filterset_class is None or not set(params) - own:
            return queryset
        return filtered(self.filterset_class, params, queryset, self.request)

    def get_serializer_class(self) -> type[serializers.Serializer]:
        if self.action == "list" and self.list_serializer_class is not None:
            return self.list_serializer_class
        return super().get_serializer_class()

    def get_object(self) -> Any:
        """The row of the address, if it is one of the caller's; the query string of a list plays no part."""
        rows = self.get_queryset()
        row = get_object_or_404(rows, **{self.lookup_field: self.kwargs[self.lookup_url_kwarg or self.lookup_field]})
        self.check_object_permissions(self.request, row)
        return row

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows, params = self.filter_queryset(self.get_queryset()), request.query_params
        serializer_class = self.get_serializer_class()
        plan = plan_of(serializer_class, rows.model) if self.fast_lists else None
        page = pagination.paginate(
            rows,
            params,
            order=pagination.read_order(params, allowed=self.orderings, default=self.default_ordering),
            limit=pagination.read_limit(params),
            read=plan.read if plan else pagination.read_instances,
        )
        results = plan.build(page.rows) if plan else self.get_serializer(page.rows, many=True).data
        urls = {name: pagination.page_url(request, getattr(page, name)) for name in ("next", "previous")}
        return Response({**urls, "results": results})


class ScopedViewSet(ListViewSet):
    """Rows of a model that has `for_user`. No filter backend narrows the scope, so none can be forgotten."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().for_user(self.request.user)

    def handle_exception(self, error: Exception) -> Response:
        # What is wrong with a body is for those who see the row of the address; for others there is no row. Looked up
        # only now: most bodies are right, and their verbs fetch the row themselves.
        if _is_about_the_body(error) and self._row_is_hidden():
            error = NotFound()
        return super().handle_exception(error)

    def _row_is_hidden(self) -> bool:
        name = self.lookup_url_kwarg or self.lookup_field
        return name in self.kwargs and not self.get_queryset().filter(**{self.lookup_field: self.kwargs[name]}).exists()


def _is_about_the_body(error: Exception) -> bool:
    refusal = as_domain_error(error)
    return refusal is not None and refusal.status == 400


class CatalogueViewSet(mixins.RetrieveModelMixin, ListViewSet):
    """Rows that belong to nobody in particular: codes, categories, amenities."""


def filtered(
    filterset_class: type[FilterSet], params: Mapping[str, Any], rows: models.QuerySet, request: Any
) -> models.QuerySet:
    """`rows` narrowed by a FilterSet, or a `DomainError` that names the parameters at fault."""
    filter_set = filterset_class(params, rows, request=request, lean=True)
    try:
        if filter_set.is_valid():
            return filter_set.qs
    except forms.ValidationError as error:
        raise invalid({"non_field_errors": error.messages}) from error
    raise invalid(filter_set.refusals())


class ScopedReadOnlyViewSet(mixins.RetrieveModelMixin, ScopedViewSet):
    """Lists and details."""


class ScopedModelViewSet(
    mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, ScopedReadOnlyViewSet
):
    """Lists, details, and plain editing of registry rows. What is more than editing is a verb with an @action."""

    def perform_create(self, serializer: Any) -> None:
        self._save(serializer)

    def perform_update(self, serializer: Any) -> None:
        self._save(serializer)

    def _save(self, serializer: Any) -> None:
        with transaction.atomic():
            row = serializer.save()
            # A row may not be put, or moved, where its editor could not see it.
            if not type(row)._default_manager.for_user(self.request.user).filter(pk=row.pk).exists():
                raise DomainError("outside_your_area", _("This place is not one of yours."), status=403)

    def perform_destroy(self, instance: models.Model) -> None:
        delete(instance, by=self.request.user)
