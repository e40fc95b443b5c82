"""The FilterSet of limits: for the page and the API."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.filtering import BooleanFilter, ChoicesFilter, FilterSet, IdFilter, SubtreeFilter
from requests.models import LimitRule
from requests.models.limits import today
from requests.types import Kind, LimitStep, TimeLimit


class LimitFilter(FilterSet):
    region = SubtreeFilter(label=_("region"), field_name="district")
    step = ChoicesFilter(label=pgettext_lazy("of a limit", "for"), choices=LimitStep.choices)
    kind = ChoicesFilter(label=pgettext_lazy("of a case", "kind"), choices=Kind.choices)
    time_limit = ChoicesFilter(label=pgettext_lazy("of a case", "class"), choices=TimeLimit.choices)
    category = IdFilter(label=_("category"), field_name="category_id")
    current = BooleanFilter(label=_("holds today"), method="by_current")

    class Meta:
        model = LimitRule
        fields: list[str] = []

    def by_current(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        holds = Q(starts_on__lte=today()) & (Q(ends_on__isnull=True) | Q(ends_on__gte=today()))
        return rows.filter(holds) if value else rows.exclude(holds)
