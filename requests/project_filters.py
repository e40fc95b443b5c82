"""The one FilterSet of projects: for pages, API and export."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.filtering import BooleanFilter, ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from requests.models import ServiceProject
from requests.models.projects import ProjectQuerySet, parse_project_number
from requests.project_types import ProjectKind, ProjectState


class ProjectFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words or number"), method="by_words", max_length=60)
    region = SubtreeFilter(field_name="region", label=_("region"))
    kind = ChoicesFilter(label=pgettext_lazy("of a project", "kind"), choices=ProjectKind.choices)
    state = ChoicesFilter(label=pgettext_lazy("of a project", "state"), choices=ProjectState.choices)
    late = BooleanFilter(label=_("past the planned end"), method="by_late")
    published = BooleanFilter(label=_("on the public list"), method="by_published")
    to_review = BooleanFilter(label=_("waits for my decision"), method="by_to_review")
    organization = IdFilter(field_name="organization_id", label=_("lead unit (id)"))
    station = IdFilter(field_name="station_id", label=_("station (id)"))
    estate = IdFilter(field_name="estate_id", label=_("estate (id)"))
    created = DatesFilter(field_name="created_at", label=_("drafted"))
    finished = DatesFilter(field_name="finished_at", label=_("finished"))
    planned_end = DatesFilter(field_name="planned_end", label=_("planned until"))

    class Meta:
        model = ServiceProject
        fields: list[str] = []

    def by_words(self, rows: ProjectQuerySet, name: str, value: str) -> ProjectQuerySet:
        if (pk := parse_project_number(value)) is not None:
            return rows.filter(pk=pk)
        return rows.filter(
            Q(name__icontains=value) | Q(description__icontains=value) | Q(organization__name__icontains=value)
        )

    def by_late(self, rows: ProjectQuerySet, name: str, value: bool) -> ProjectQuerySet:
        return rows.late() if value else rows.exclude(pk__in=ServiceProject.objects.late().values("pk"))

    def by_published(self, rows: ProjectQuerySet, name: str, value: bool) -> ProjectQuerySet:
        published = ServiceProject.objects.published().values("pk")
        return rows.filter(pk__in=published) if value else rows.exclude(pk__in=published)

    def by_to_review(self, rows: ProjectQuerySet, name: str, value: bool) -> ProjectQuerySet:
        waiting = ServiceProject.objects.to_review(self.request.user).values("pk")
        return rows.filter(pk__in=waiting) if value else rows.exclude(pk__in=waiting)
