"""The FilterSets of resources, their claims and drafts: for pages, API and export."""

import django_filters
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.chinese import search
from portal.core.filtering import BooleanFilter, ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from requests.models import Category, Claim, Resource, StreetDraft
from requests.models.resources import ResourceQuerySet
from requests.types import ResourceKind, ResourceStatus, WeekPart


class ResourceFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words or number"), method="by_words", max_length=60)
    region = SubtreeFilter(field_name="region", label=_("given in"))
    kind = ChoicesFilter(label=pgettext_lazy("of a resource", "kind"), choices=ResourceKind.choices)
    status = ChoicesFilter(label=_("status"), choices=ResourceStatus.choices)
    available = BooleanFilter(label=_("can be claimed now"), method="by_available")
    claimed = BooleanFilter(label=_("claimed and not yet used"), method="by_claimed")
    mine = BooleanFilter(label=_("given by me or my unit"), method="by_mine")
    category = IdFilter(label=_("fits category (id)"), method="by_category")
    time = ChoicesFilter(label=_("times in a usual week"), choices=WeekPart.choices, method="by_time")
    organization = IdFilter(field_name="organization_id", label=_("unit (id)"))
    team = IdFilter(field_name="team_id", label=_("volunteer team (id)"))
    volunteer = IdFilter(field_name="volunteer_id", label=_("volunteer (id)"))
    valid = DatesFilter(field_name="valid_until", label=_("valid until"))

    class Meta:
        model = Resource
        fields: list[str] = []

    def by_words(self, rows: ResourceQuerySet, name: str, value: str) -> models.QuerySet:
        if rows.filter(code=value.strip().upper()).exists():
            return rows.filter(code=value.strip().upper())
        return search(rows, value, "search", ("name", "description", "conditions"))

    def by_available(self, rows: ResourceQuerySet, name: str, value: bool) -> models.QuerySet:
        available = Resource.objects.available().values("pk")
        return rows.filter(pk__in=available) if value else rows.exclude(pk__in=available)

    def by_claimed(self, rows: ResourceQuerySet, name: str, value: bool) -> models.QuerySet:
        return rows.filter(claimed__gt=0) if value else rows.filter(claimed=0)

    def by_mine(self, rows: ResourceQuerySet, name: str, value: bool) -> models.QuerySet:
        mine = Resource.objects.own(self.request.user.scope).values("pk")
        return rows.filter(pk__in=mine) if value else rows.exclude(pk__in=mine)

    def by_category(self, rows: ResourceQuerySet, name: str, pk: int) -> models.QuerySet:
        """What fits a category, or one of those above it."""
        above = Category.objects.filter(Q(pk=pk) | Q(children=pk) | Q(children__children=pk)).values("pk")
        through = Resource.categories.through.objects.filter(category__in=above)
        return rows.filter(pk__in=through.values("resource"))

    def by_time(self, rows: ResourceQuerySet, name: str, values: list[str]) -> models.QuerySet:
        return rows.filter(weekly__overlap=values) if values else rows


class ClaimFilter(FilterSet):
    state = ChoicesFilter(label=_("state"), choices=Claim._meta.get_field("state").choices)
    resource = IdFilter(field_name="resource_id", label=_("resource (id)"))
    request = IdFilter(field_name="request_id", label=_("request (id)"))
    claimed = DatesFilter(field_name="claimed_at", label=_("claimed on"))

    class Meta:
        model = Claim
        fields: list[str] = []


class StreetDraftFilter(FilterSet):
    region = SubtreeFilter(field_name="region", label=_("region"))
    status = ChoicesFilter(label=_("status"), choices=StreetDraft.Status.choices)
    made = DatesFilter(field_name="made_at", label=_("made"))

    class Meta:
        model = StreetDraft
        fields: list[str] = []
