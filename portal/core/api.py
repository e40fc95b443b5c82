"""/api/v1/ of the ground floor: regions, organizations, estates, posts, disclosures."""

from typing import ClassVar

from django.db import models

from portal.core.filters import DisclosureFilter, EstateFilter, OrganizationFilter, PostFilter, RegionFilter
from portal.core.models import DisclosureRecord, Estate, Organization, Post, Region
from portal.core.registry.api import RegistryViewSet
from portal.core.rest.views import ScopedReadOnlyViewSet
from portal.core.serializers import DisclosureRow, EstateSerializer, OrganizationSerializer, PostSerializer, RegionRow
from portal.core.subjects import ESTATES, ORGANIZATIONS, POSTS


class RegionViewSet(ScopedReadOnlyViewSet):
    """The tree of regions, abolished ones too (`current=true` leaves them out); one is asked for by its code."""

    queryset = Region.objects.all()
    serializer_class = RegionRow
    filterset_class = RegionFilter
    capability = "regions:read"
    lookup_field = "code"
    lookup_value_converter = "str"
    orderings: ClassVar = {"code": "code", "depth": "depth", "id": "pk"}
    default_ordering = "code"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("parent", "merged_into")


class OrganizationViewSet(RegistryViewSet):
    """Party organisations, property companies, owners' committees, units, enterprises."""

    subject = ORGANIZATIONS
    queryset = Organization.objects.all()
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilter
    orderings: ClassVar = {"name": "name", "updated_at": "updated_at", "id": "pk"}
    default_ordering = "name"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region").defer("search")


class EstateViewSet(RegistryViewSet):
    """Residential estates, urban villages, parks and office buildings."""

    subject = ESTATES
    queryset = Estate.objects.all()
    serializer_class = EstateSerializer
    filterset_class = EstateFilter
    orderings: ClassVar = {"name": "name", "id": "pk"}
    default_ordering = "name"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region")


class PostViewSet(RegistryViewSet):
    """Community workers, grid workers, stewards: who holds which post, and since when."""

    subject = POSTS
    queryset = Post.objects.all()
    serializer_class = PostSerializer
    filterset_class = PostFilter
    orderings: ClassVar = {"starts_on": "starts_on", "id": "pk"}
    default_ordering = "-starts_on"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region", "person")


class DisclosureViewSet(ScopedReadOnlyViewSet):
    """Who saw or exported personal data, when and why."""

    queryset = DisclosureRecord.objects.all()
    serializer_class = DisclosureRow
    filterset_class = DisclosureFilter
    capability = "disclosures:read"
    orderings: ClassVar = {"at": "at", "id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("user__person", "region")
