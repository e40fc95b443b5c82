"""The FilterSets of surveys, appraisals and elections: for pages and API."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.filtering import BooleanFilter, ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from requests.deliberation_types import SurveyState
from requests.models import Appraisal, Election, Survey


class SurveyFilter(FilterSet):
    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains", label=_("Words"), max_length=60)
    region = SubtreeFilter(field_name="estate__region", label=_("region"))
    state = ChoicesFilter(label=_("state"), choices=SurveyState.choices)
    ends = DatesFilter(field_name="ends_on", label=_("to be done by"))
    estate = IdFilter(field_name="estate_id", label=_("estate (id)"))
    deliberation = IdFilter(field_name="deliberation_id", label=_("deliberation (id)"))

    class Meta:
        model = Survey
        fields: list[str] = []


class PublishedFilter(FilterSet):
    region = SubtreeFilter(field_name="estate__region", label=_("region"))
    estate = IdFilter(field_name="estate_id", label=_("estate (id)"))
    published = BooleanFilter(label=pgettext_lazy("yes or no", "published"), method="by_published")

    def by_published(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.filter(published_at__isnull=not value)


class AppraisalFilter(PublishedFilter):
    year = django_filters.NumberFilter(label=_("year"), min_value=2015, max_value=2100)
    company = IdFilter(field_name="organization_id", label=_("property company (id)"))

    class Meta:
        model = Appraisal
        fields: list[str] = []


class ElectionFilter(PublishedFilter):
    held = DatesFilter(field_name="held_on", label=_("day of the election"))

    class Meta:
        model = Election
        fields: list[str] = []
