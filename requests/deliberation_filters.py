"""The FilterSets of deliberations, meetings and tasks: for pages and API."""

import django_filters
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.filtering import BooleanFilter, ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from requests.deliberation_types import (
    DeliberationKind,
    DeliberationSource,
    DeliberationState,
    MeetingState,
    TaskState,
)
from requests.models import Deliberation, FollowUpTask, Household, Meeting
from requests.models.deliberations import DeliberationQuerySet, FollowUpTaskQuerySet


class DeliberationFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words or number"), method="by_words", max_length=60)
    region = SubtreeFilter(field_name="region", label=_("region"))
    kind = ChoicesFilter(label=pgettext_lazy("of a deliberation", "kind"), choices=DeliberationKind.choices)
    state = ChoicesFilter(label=_("state"), choices=DeliberationState.choices)
    open = BooleanFilter(label=_("not yet carried out or dropped"), method="by_open")
    mine = BooleanFilter(label=_("led by me"), method="by_mine")
    source = ChoicesFilter(label=_("source"), choices=DeliberationSource.choices)
    confidential = BooleanFilter(field_name="is_confidential", label=_("confidential"))
    estate = IdFilter(field_name="estate_id", label=_("estate (id)"))
    station = IdFilter(field_name="station_id", label=_("station (id)"))
    raised = DatesFilter(field_name="raised_at", label=_("raised"))
    held = DatesFilter(field_name="held_at", label=_("held on"))

    class Meta:
        model = Deliberation
        fields: list[str] = []

    def by_words(self, rows: DeliberationQuerySet, name: str, value: str) -> models.QuerySet:
        number = value.strip().upper().removeprefix("YS")
        if number.isdecimal() and len(number) <= 18 and rows.filter(pk=int(number)).exists():
            return rows.filter(pk=int(number))
        return rows.filter(Q(topic__icontains=value) | Q(text__icontains=value) | Q(resolution__icontains=value))

    def by_open(self, rows: DeliberationQuerySet, name: str, value: bool) -> models.QuerySet:
        open_ones = Deliberation.objects.open().values("pk")
        return rows.filter(pk__in=open_ones) if value else rows.exclude(pk__in=open_ones)

    def by_mine(self, rows: DeliberationQuerySet, name: str, value: bool) -> models.QuerySet:
        mine = Q(chair=self.request.user.person_id)
        return rows.filter(mine) if value else rows.exclude(mine)


class MeetingFilter(FilterSet):
    region = SubtreeFilter(field_name="region", label=_("region"))
    state = ChoicesFilter(label=_("state"), choices=MeetingState.choices)
    held = DatesFilter(field_name="held_on", label=_("day"))

    class Meta:
        model = Meeting
        fields: list[str] = []


class TaskFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words"), field_name="text", lookup_expr="icontains", max_length=60)
    state = ChoicesFilter(label=_("state"), choices=TaskState.choices)
    mine = BooleanFilter(label=_("mine or my unit's"), method="by_mine")
    overdue = BooleanFilter(label=_("overdue"), method="by_overdue")
    due = DatesFilter(field_name="due_on", label=_("due on"))
    deliberation = IdFilter(field_name="deliberation_id", label=_("deliberation (id)"))

    class Meta:
        model = FollowUpTask
        fields: list[str] = []

    def by_mine(self, rows: FollowUpTaskQuerySet, name: str, value: bool) -> models.QuerySet:
        mine = FollowUpTask.objects.mine(self.request.user.scope).values("pk")
        return rows.filter(pk__in=mine) if value else rows.exclude(pk__in=mine)

    def by_overdue(self, rows: FollowUpTaskQuerySet, name: str, value: bool) -> models.QuerySet:
        late = FollowUpTask.objects.overdue().values("pk")
        return rows.filter(pk__in=late) if value else rows.exclude(pk__in=late)


class HouseholdFilter(FilterSet):
    q = django_filters.CharFilter(label=_("flat"), field_name="label", lookup_expr="icontains", max_length=40)
    estate = IdFilter(field_name="estate_id", label=_("estate (id)"))

    class Meta:
        model = Household
        fields: list[str] = []
