"""/api/v1/public/cases/: what was asked near here and what came of it, without an account."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.geo import feature_collection
from portal.core.rest.views import ListViewSet
from requests.filters import ListedFilter
from requests.listed import MOST_POINTS, feature_of
from requests.models import ServiceRequest
from requests.serializers.listed import ListedRow


class Features(serializers.Serializer):
    type = serializers.CharField()
    features = serializers.ListField(child=serializers.DictField())


class ListedViewSet(ListViewSet):
    """Cases whose requester agreed, in the text that staff released."""

    public = True
    authentication_classes: ClassVar = []
    queryset = ServiceRequest.objects.listed()
    serializer_class = ListedRow
    fast_lists = True
    filterset_class = ListedFilter
    orderings: ClassVar = {"listed_at": "listed_at"}
    default_ordering = "-listed_at"

    @extend_schema(responses=Features, filters=True)
    @action(detail=False, filter_backends=[])
    def geojson(self, request: Request) -> Response:
        """The same cases as points, rounded to about 100 metres, as far as somebody said where it is."""
        rows = self.filter_queryset(self.get_queryset()).with_point().order_by("-listed_at", "-pk")[:MOST_POINTS]
        return Response(feature_collection(map(feature_of, rows)))
