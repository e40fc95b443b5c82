"""/api/v1/assists/, ratings/ and department-ratings/: lists over all cases of the caller's scope.

The steps of an assistance lie below its case; ratings come from residents and from whoever whistled.
"""

from typing import ClassVar

from portal.core.rest.views import ScopedReadOnlyViewSet
from requests.judgement_filters import AssistFilter, DepartmentRatingFilter, RatingFilter
from requests.models import Assist, DepartmentRating, Rating
from requests.serializers.judgements import AssistListRow, DepartmentRatingRow, RatingRow

READ = "requests:read"


class AssistViewSet(ScopedReadOnlyViewSet):
    """What is asked of your units, and what is asked for cases that your regions handle."""

    queryset = Assist.objects.select_related("request", "organization")
    serializer_class = AssistListRow
    fast_lists = True
    filterset_class = AssistFilter
    capability = READ
    orderings: ClassVar = {"asked_at": "asked_at", "due_at": "due_at", "id": "pk"}
    default_ordering = "-asked_at"


class RatingViewSet(ScopedReadOnlyViewSet):
    """What residents said of cases that you see: their ratings and what they answered when they were called back."""

    queryset = Rating.objects.select_related("request")
    serializer_class = RatingRow
    fast_lists = True
    filterset_class = RatingFilter
    capability = READ
    orderings: ClassVar = {"at": "at", "id": "pk"}
    default_ordering = "-at"


class DepartmentRatingViewSet(ScopedReadOnlyViewSet):
    """How departments did their part after a whistle: your own, and those of cases that your regions handle."""

    queryset = DepartmentRating.objects.select_related("request", "organization")
    serializer_class = DepartmentRatingRow
    fast_lists = True
    filterset_class = DepartmentRatingFilter
    capability = READ
    orderings: ClassVar = {"at": "at", "id": "pk"}
    default_ordering = "-at"
