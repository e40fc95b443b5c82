from typing import Any

from django.urls import reverse
from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request


class Metadata(BaseMetadata):
    """What OPTIONS answers: the methods of an address. What goes in and comes out is in the schema, verb by verb."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        return {"methods": view.allowed_methods, "schema": request.build_absolute_uri(reverse("api-schema"))}
