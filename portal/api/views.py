"""What belongs to no resource: the list of resources, who I am, the schema and its page."""

from collections.abc import Iterator
from typing import ClassVar

from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import TemplateView
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.models import Membership
from portal.core.permissions import Role
from portal.core.rest.fields import RegionRef
from portal.core.rest.rows import LabelField
from portal.core.rest.views import Base


class RootView(Base):
    """The resources of this API and where they are."""

    public = True

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}})
    def get(self, request: Request) -> Response:
        here = request.build_absolute_uri(request.path)
        return Response({name: f"{here}{name}/" for name in self.resources()})

    def resources(self) -> list[str]:
        """Addresses below this one that answer without an id."""
        _prefix, resolver = get_resolver().namespace_dict["api"]
        found = {route.rstrip("/") for route in _routes(resolver.url_patterns)}
        return sorted(route for route in found if route and "<" not in route)


def _routes(patterns: list[URLPattern | URLResolver], above: str = "") -> Iterator[str]:
    for pattern in patterns:
        here = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, here)
        else:
            yield here


class MembershipRow(serializers.ModelSerializer):
    role_label = LabelField(source="role", choices=Role.choices)
    region = RegionRef(allow_null=True)

    class Meta:
        model = Membership
        fields: ClassVar = ["role", "role_label", "region", "station", "organization"]


class Me(serializers.Serializer):
    username = serializers.CharField()
    name = serializers.CharField()
    memberships = MembershipRow(many=True)
    capabilities = serializers.ListField(child=serializers.CharField(), help_text="What may be done with this sign-in.")
    region = serializers.CharField(allow_null=True, help_text="Code of the region that the token is bound to.")


class MeView(Base):
    """Whose account or token this is, and what it may do."""

    capability = None

    @extend_schema(responses=Me)
    def get(self, request: Request) -> Response:
        user, token = request.user, request.auth
        memberships = user.memberships.filter(is_active=True).select_related("region")
        return Response(
            {
                "username": user.username,
                "name": user.get_full_name(),
                "memberships": MembershipRow(memberships, many=True).data,
                "capabilities": sorted(user.scope.capabilities),
                "region": token.region.code if token else None,
            }
        )


class SchemaView(SpectacularAPIView):
    public = True


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files, without a line of inline script or style."""

    public = True
    url_name = "api-schema"
    template_name = "api/docs.html"


class Open311View(TemplateView):
    """What docs/open311.md says, for those who build a client."""

    public = True
    template_name = "api/open311.html"
