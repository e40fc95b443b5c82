"""The FilterSets of reply templates, of reviews and of absences: for pages and API."""

import django_filters
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.core.filtering import BooleanFilter, ChoicesFilter, FilterSet, IdFilter, SubtreeFilter
from requests.models import Absence, ReplyTemplate, ReviewRule
from requests.models.limits import today
from requests.types import REVIEWED_VERBS, TEMPLATED_VERBS


class ReplyTemplateFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words"), method="by_words", max_length=60)
    region = SubtreeFilter(label=_("region"), field_name="region")
    verb = ChoicesFilter(
        label=_("for which steps"), choices=[(verb.value, verb.label) for verb in TEMPLATED_VERBS], method="by_verb"
    )
    category = IdFilter(label=_("category"), field_name="category_id")
    is_active = BooleanFilter(label=_("is offered"))

    class Meta:
        model = ReplyTemplate
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        return rows.filter(Q(title__icontains=value) | Q(text__icontains=value))

    def by_verb(self, rows: models.QuerySet, name: str, value: list[str]) -> models.QuerySet:
        return rows.filter(verbs__overlap=value) if value else rows


class ReviewRuleFilter(FilterSet):
    region = SubtreeFilter(label=_("region"), field_name="region")
    verb = ChoicesFilter(
        label=_("which replies"), choices=[(verb.value, verb.label) for verb in REVIEWED_VERBS], method="by_verb"
    )
    category = IdFilter(label=_("category"), field_name="category_id")
    current = BooleanFilter(label=_("holds today"), method="by_current")

    class Meta:
        model = ReviewRule
        fields: list[str] = []

    def by_verb(self, rows: models.QuerySet, name: str, value: list[str]) -> models.QuerySet:
        return rows.filter(verbs__overlap=value) if value else rows

    def by_current(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        holding = ReviewRule.objects.in_force(today()).values("pk")
        return rows.filter(pk__in=holding) if value else rows.exclude(pk__in=holding)


class AbsenceFilter(FilterSet):
    person = IdFilter(label=_("who is away"), field_name="person_id")
    deputy = IdFilter(label=_("who stands in"), field_name="deputy_id")
    current = BooleanFilter(label=_("away today"), method="by_current")

    class Meta:
        model = Absence
        fields: list[str] = []

    def by_current(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        away = Absence.objects.on(today()).values("pk")
        return rows.filter(pk__in=away) if value else rows.exclude(pk__in=away)
