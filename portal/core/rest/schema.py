"""What drf-spectacular cannot see by itself: keyset pages, and the parameters of filters."""

from typing import Any

import django_filters
from django.utils.translation import gettext as _
from drf_spectacular import openapi
from drf_spectacular.utils import OpenApiParameter

from portal.core.filtering import FilterSet, RefusedFilter, parameters_of
from portal.core.rest import pagination


class AutoSchema(openapi.AutoSchema):
    """Adds the parameters of lists, and describes a page as {next, previous, results}."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        declared = list(super().get_override_parameters())
        if not self._is_keyset_list():
            return declared
        orderings = [sign + name for name in self.view.orderings for sign in ("", "-")]
        declared += [
            OpenApiParameter(
                "limit", int, description=_("Rows a page, %(most)d at the most.") % {"most": pagination.MAX_LIMIT}
            ),
            OpenApiParameter("cursor", str, description=_("From `next` or `previous` of another page.")),
            OpenApiParameter(
                "ordering",
                str,
                enum=orderings,
                description=_("Default: %(name)s") % {"name": self.view.default_ordering},
            ),
        ]
        filterset_class: type[FilterSet] | None = self.view.filterset_class
        for name, filter_ in filterset_class.base_filters.items() if filterset_class else ():
            if not isinstance(filter_, RefusedFilter):
                declared += [self._parameter_of(parameter, filter_) for parameter in parameters_of(name, filter_)]
        return declared

    def _parameter_of(self, name: str, filter_: django_filters.Filter) -> OpenApiParameter:
        label = str(filter_.label or "")
        if isinstance(filter_, django_filters.BooleanFilter):
            return OpenApiParameter(name, bool, description=label)
        if isinstance(filter_, django_filters.DateFromToRangeFilter):
            return OpenApiParameter(name, {"type": "string", "format": "date"}, description=label)
        if isinstance(filter_, django_filters.NumberFilter | django_filters.ModelChoiceFilter):
            return OpenApiParameter(name, int, description=label)
        if isinstance(filter_, django_filters.ChoiceFilter | django_filters.MultipleChoiceFilter):
            # Those of a registry that apps fill are asked for when they are needed.
            choices = filter_.extra["choices"]
            values = [value for value, _label in (choices() if callable(choices) else choices)]
            many = isinstance(filter_, django_filters.MultipleChoiceFilter)
            return OpenApiParameter(name, str, enum=values, many=many, description=label)
        return OpenApiParameter(name, str, description=label)

    def _is_keyset_list(self) -> bool:
        return getattr(self.view, "action", None) == "list" and hasattr(self.view, "orderings")

    def _is_list_view(self, serializer: Any = None) -> bool:
        return self._is_keyset_list() or super()._is_list_view(serializer)

    def _get_paginator(self) -> Any:
        return KeysetPages() if self._is_keyset_list() else None


class KeysetPages:
    """Describes what `ScopedViewSet.list` answers; the paging itself is `pagination.paginate`."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return []
