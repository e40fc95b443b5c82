"""The FilterSets of duty: templates, shifts, places, keys, rosters and hours, for pages and the API."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.core.filtering import BooleanFilter, ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from volunteers.models import (
    Assignment,
    DutyShift,
    DutyTemplate,
    HourClaim,
    HourEntry,
    HourRule,
    KeyHolder,
    Roster,
)
from volunteers.types import (
    AssignmentSource,
    AssignmentStatus,
    ClaimKind,
    ClaimStatus,
    DutyKind,
    HourAccount,
    ShiftStatus,
)


class DutyTemplateFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words"), field_name="title", lookup_expr="icontains", max_length=60)
    region = SubtreeFilter(label=_("region"), field_name="station__region")
    station = IdFilter(label=_("station (id)"), field_name="station_id")
    kind = ChoicesFilter(label=_("kind"), choices=DutyKind.choices)
    is_active = BooleanFilter(label=_("active"))

    class Meta:
        model = DutyTemplate
        fields: list[str] = []


class ShiftFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Words"), field_name="title", lookup_expr="icontains", max_length=60)
    region = SubtreeFilter(label=_("region"), field_name="station__region")
    station = IdFilter(label=_("station (id)"), field_name="station_id")
    template = IdFilter(label=_("duty template (id)"), field_name="template_id")
    kind = ChoicesFilter(label=_("kind"), choices=DutyKind.choices)
    status = ChoicesFilter(label=_("status"), choices=ShiftStatus.choices)
    starts = DatesFilter(label=_("day"), field_name="starts_at")
    uncovered = BooleanFilter(label=_("has too few people"), method="by_cover")
    has_signup = BooleanFilter(
        label=_("has a time of sign-up"), field_name="signup_opens_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = DutyShift
        fields: list[str] = []

    def by_cover(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        uncovered = DutyShift.objects.uncovered().values("pk")
        return rows.filter(pk__in=uncovered) if value else rows.exclude(pk__in=uncovered)


class AssignmentFilter(FilterSet):
    region = SubtreeFilter(label=_("region"), field_name="shift__station__region")
    station = IdFilter(label=_("station (id)"), field_name="shift__station_id")
    shift = IdFilter(label=_("shift (id)"), field_name="shift_id")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    status = ChoicesFilter(label=_("status"), choices=AssignmentStatus.choices)
    source = ChoicesFilter(label=_("came about"), choices=AssignmentSource.choices)
    starts = DatesFilter(label=_("day"), field_name="shift__starts_at")
    is_pinned = BooleanFilter(label=_("pinned"))
    is_no_show = BooleanFilter(label=_("did not come"))

    class Meta:
        model = Assignment
        fields: list[str] = []


class KeyHolderFilter(FilterSet):
    region = SubtreeFilter(label=_("region"), field_name="station__region")
    station = IdFilter(label=_("station (id)"), field_name="station_id")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")

    class Meta:
        model = KeyHolder
        fields: list[str] = []


class RosterFilter(FilterSet):
    region = SubtreeFilter(label=_("region"), field_name="station__region")
    station = IdFilter(label=_("station (id)"), field_name="station_id")
    status = ChoicesFilter(label=_("status"), choices=Roster.Status.choices)
    first_day = DatesFilter(label=_("from"))

    class Meta:
        model = Roster
        fields: list[str] = []


class HourEntryFilter(FilterSet):
    region = SubtreeFilter(label=_("served in"), field_name="region")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    account = ChoicesFilter(label=_("account"), choices=HourAccount.choices)
    on = DatesFilter(label=_("day of service"))
    assignment = IdFilter(label=_("assignment (id)"), field_name="assignment_id")
    claim = IdFilter(label=_("claim (id)"), field_name="claim_id")

    class Meta:
        model = HourEntry
        fields: list[str] = []


class HourClaimFilter(FilterSet):
    region = SubtreeFilter(label=_("served in"), field_name="region")
    decided_in = SubtreeFilter(label=_("decided in"), field_name="decided_in")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    kind = ChoicesFilter(label=_("kind"), choices=ClaimKind.choices)
    status = ChoicesFilter(label=_("status"), choices=ClaimStatus.choices)
    on = DatesFilter(label=_("day of service"))
    to_decide = BooleanFilter(label=_("for me to decide"), method="by_decider")

    class Meta:
        model = HourClaim
        fields: list[str] = []

    def by_decider(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        mine = HourClaim.objects.to_be_decided_by(self.request.user).values("pk")
        return rows.filter(pk__in=mine) if value else rows.exclude(pk__in=mine)


class HourRuleFilter(FilterSet):
    district = SubtreeFilter(label=_("district"), field_name="district")
    valid_from = DatesFilter(label=_("valid from"))

    class Meta:
        model = HourRule
        fields: list[str] = []
