"""The FilterSets of assistance and of ratings."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.core.filtering import BooleanFilter, ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from requests.models import Assist, DepartmentRating, Rating
from requests.types import OPEN_ASSISTS, AnswerSource, AssistState, RatingCode


class OfCasesFilter(FilterSet):
    """What belongs to a case: by the case, and by the place of its matter."""

    request = IdFilter(field_name="request_id", label=_("request (id)"))
    region = SubtreeFilter(field_name="request__region", label=_("region"))


class AssistFilter(OfCasesFilter):
    state = ChoicesFilter(label=_("state"), choices=AssistState.choices)
    unit = IdFilter(field_name="organization_id", label=_("unit (id)"))
    is_open = BooleanFilter(method="by_open", label=_("not finished yet"))
    asked = DatesFilter(field_name="asked_at", label=_("asked"))
    due = DatesFilter(field_name="due_at", label=_("due"))

    class Meta:
        model = Assist
        fields: ClassVar[list[str]] = []

    def by_open(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(state__in=OPEN_ASSISTS) if value else rows.exclude(state__in=OPEN_ASSISTS)


class RatingFilter(OfCasesFilter):
    code = ChoicesFilter(label=_("rating"), choices=RatingCode.choices)
    solved = BooleanFilter(label=_("solved"))
    source = ChoicesFilter(label=_("source"), choices=AnswerSource.choices)
    at = DatesFilter(field_name="at", label=_("when"))

    class Meta:
        model = Rating
        fields: ClassVar[list[str]] = []


class DepartmentRatingFilter(OfCasesFilter):
    code = ChoicesFilter(label=_("rating"), choices=RatingCode.choices)
    unit = IdFilter(field_name="organization_id", label=_("unit (id)"))
    was_lead = BooleanFilter(label=_("held the case"))
    at = DatesFilter(field_name="at", label=_("when"))

    class Meta:
        model = DepartmentRating
        fields: ClassVar[list[str]] = []
