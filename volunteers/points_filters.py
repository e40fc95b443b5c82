"""The FilterSets of certificates, rewards and points, for pages and the API."""

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portal.core.filtering import (
    BooleanFilter,
    ChoicesFilter,
    DatesFilter,
    FilterSet,
    IdFilter,
    SubtreeFilter,
    WordsFilter,
)
from volunteers.models import Certificate, PointEntry, PointRule, Redemption, Reward, Volunteer
from volunteers.types import CertificateStanding, PointKind, RedemptionStatus


class CertificateFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Number or name"), method="by_words", max_length=60)
    region = SubtreeFilter(label=_("issued by"), field_name="region")
    standing = ChoicesFilter(label=_("status"), choices=CertificateStanding.choices, method="by_standing")
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    changed = BooleanFilter(label=_("hours changed since"), method="by_changed")
    until = DatesFilter(label=_("served until"), field_name="until")

    class Meta:
        model = Certificate
        fields: list[str] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        value = value.strip()
        named = Volunteer.objects.open_to(self.request.user.scope).filter(person__name__icontains=value)
        numbered = Q(number__istartswith=value) | Q(volunteer__number=value)
        return rows.filter(numbered | Q(volunteer__in=named.values("pk")))

    def by_standing(self, rows: QuerySet, name: str, value: list[str]) -> QuerySet:
        return rows.standing(*value) if value else rows

    def by_changed(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        return rows.with_changes().filter(has_changed=value)


class RewardFilter(FilterSet):
    q = WordsFilter("name", "merchant__name", label=_("Reward or merchant"))
    region = SubtreeFilter(label=_("region"), field_name="merchant__region")
    merchant = IdFilter(label=_("merchant (id)"), field_name="merchant_id")
    is_active = BooleanFilter(label=_("on offer"))

    class Meta:
        model = Reward
        fields: list[str] = []


class PointEntryFilter(FilterSet):
    volunteer = IdFilter(label=_("volunteer (id)"), field_name="volunteer_id")
    region = SubtreeFilter(label=_("region"), field_name="region")
    kind = ChoicesFilter(label=_("kind"), choices=PointKind.choices)
    made = DatesFilter(label=_("made"), field_name="made_at")

    class Meta:
        model = PointEntry
        fields: list[str] = []


class PointRuleFilter(FilterSet):
    district = SubtreeFilter(label=_("district"), field_name="district")
    valid_from = DatesFilter(label=_("valid from"), field_name="valid_from")

    class Meta:
        model = PointRule
        fields: list[str] = []


class RedemptionFilter(FilterSet):
    status = ChoicesFilter(label=_("status"), choices=RedemptionStatus.choices)
    reward = IdFilter(label=_("reward (id)"), field_name="reward_id")
    region = SubtreeFilter(label=_("region"), field_name="reward__merchant__region")

    class Meta:
        model = Redemption
        fields: list[str] = []
