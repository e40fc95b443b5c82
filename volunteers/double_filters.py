"""The FilterSets of double check-in, brand projects and honours: for pages and the API."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.clock import ZONE
from portal.core.filtering import (
    BooleanFilter,
    ChoicesFilter,
    DatesFilter,
    FilterSet,
    IdFilter,
    SubtreeFilter,
    WordsFilter,
)
from volunteers.models import BrandProject, Honour, MemberReport, UnitPledge, UnitReport, Volunteer
from volunteers.types import BrandStage, ReportStatus


class ReportFilter(FilterSet):
    """What reports of units and of members have in common."""

    region = SubtreeFilter(label=_("community"), field_name="region")
    status = ChoicesFilter(label=_("status"), choices=ReportStatus.choices)
    reported = DatesFilter(label=_("reported on"), field_name="reported_on")


class UnitReportFilter(ReportFilter):
    q = django_filters.CharFilter(label=_("Unit or pledge"), method="by_words", max_length=60)
    current = BooleanFilter(label=_("in force"), method="by_current")
    overdue = BooleanFilter(label=_("pledges overdue"), method="by_overdue")
    organization = IdFilter(label=_("unit (id)"), field_name="organization_id")

    class Meta:
        model = UnitReport
        fields: list[str] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        pledged = UnitPledge.objects.filter(text__icontains=value)
        unit = Q(organization__name__icontains=value) | Q(organization__short_name__icontains=value)
        return rows.filter(unit | Q(pk__in=pledged.values("report")))

    def by_current(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        current = UnitReport.objects.current().values("pk")
        return rows.filter(pk__in=current) if value else rows.exclude(pk__in=current)

    def by_overdue(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        today = timezone.localdate(timezone=ZONE)
        late = UnitPledge.objects.overdue(today).values("report")
        return rows.filter(pk__in=late) if value else rows.exclude(pk__in=late)


class MemberReportFilter(ReportFilter):
    """Names find those alone whom the reader works with, as on the register."""

    q = django_filters.CharFilter(label=_("Name, number or branch"), method="by_words", max_length=60)
    branch = IdFilter(label=_("branch (id)"), field_name="branch_id")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")

    class Meta:
        model = MemberReport
        fields: list[str] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        value = value.strip()
        named = Volunteer.objects.open_to(self.request.user.scope).filter(person__name__icontains=value)
        branch = Q(branch__name__icontains=value) | Q(branch__short_name__icontains=value)
        return rows.filter(branch | Q(volunteer__number=value) | Q(volunteer__in=named.values("pk")))


class BrandProjectFilter(FilterSet):
    q = WordsFilter("name", "summary", "team__name", label=_("Project or team"))
    region = SubtreeFilter(label=_("region"), field_name="team__region")
    stage = ChoicesFilter(label=_("stage"), choices=BrandStage.choices)
    team = IdFilter(label=_("team (id)"), field_name="team_id")
    hub = IdFilter(label=_("incubated at (id)"), field_name="hub_id")
    since = DatesFilter(label=_("in this stage since"), field_name="stage_since")

    class Meta:
        model = BrandProject
        fields: list[str] = []


class HonourFilter(FilterSet):
    q = WordsFilter("title", "awarded_by", label=_("Honour or who awarded it"))
    team = IdFilter(label=_("team (id)"), field_name="team_id")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    awarded = DatesFilter(label=_("awarded on"), field_name="awarded_on")

    class Meta:
        model = Honour
        fields: list[str] = []
