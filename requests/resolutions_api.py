"""/api/v1/public/resolutions/: what neighbours resolved and what hangs for objections, without an account."""

from typing import ClassVar

from rest_framework import serializers

from portal.core.filtering import ChoicesFilter, FilterSet, SubtreeFilter
from portal.core.rest.fields import RegionRef
from portal.core.rest.rows import LabelField
from portal.core.rest.views import ListViewSet
from requests.deliberation_types import DeliberationKind
from requests.models import Deliberation


class ResolutionRow(serializers.ModelSerializer):
    number = serializers.CharField()
    kind_label = LabelField(source="kind", choices=DeliberationKind.choices)
    region = RegionRef()
    estate = serializers.CharField(source="estate.name", default="", help_text="Its name.")

    class Meta:
        model = Deliberation
        fields: ClassVar = [
            "id", "number", "kind", "kind_label", "topic", "region", "estate", "resolution", "published_at",
            "publicity_ends_at",
        ]  # fmt: skip
        read_only_fields = fields


class ResolutionFilter(FilterSet):
    region = SubtreeFilter(field_name="region")
    kind = ChoicesFilter(choices=DeliberationKind.choices)

    class Meta:
        model = Deliberation
        fields: list[str] = []


class PublicResolutionViewSet(ListViewSet):
    """Resolutions that hang for objections, as on the residents' page. No minutes, no names."""

    public = True
    authentication_classes: ClassVar = []
    queryset = Deliberation.objects.published().select_related("region", "estate")
    serializer_class = ResolutionRow
    filterset_class = ResolutionFilter
    orderings: ClassVar = {"published_at": "published_at"}
    default_ordering = "-published_at"
