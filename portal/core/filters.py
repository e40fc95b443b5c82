"""The FilterSets of regions, organisations, estates, posts and disclosures: for pages, the API and exports."""

import django_filters
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.chinese import search
from portal.core.filtering import BooleanFilter, ChoicesFilter, DatesFilter, FilterSet, IdFilter, SubtreeFilter
from portal.core.models import DisclosureRecord, Estate, Level, Membership, Organization, Post, Region, User
from portal.core.permissions import Role


class RegionFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Name, pinyin initials or code"), method="by_words", max_length=100)
    level = ChoicesFilter(label=_("level"), choices=Level.choices)
    region = SubtreeFilter(label=_("lies in"), field_name="")
    parent = django_filters.CharFilter(label=_("parent (code)"), field_name="parent__code", max_length=20)
    is_functional = BooleanFilter(label=_("functional district"))
    current = BooleanFilter(label=_("not abolished"), method="by_current")

    class Meta:
        model = Region
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        value = value.strip()
        if value.isascii():
            return rows.filter(models.Q(code__startswith=value) | models.Q(pinyin__startswith=value.lower()))
        return rows.filter(models.Q(name__contains=value) | models.Q(short_name__contains=value))

    def by_current(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        current = Region.objects.current().values("pk")
        return rows.filter(pk__in=current) if value else rows.exclude(pk__in=current)


class OrganizationFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Name, address or credit code"), method="by_words", max_length=200)
    region = SubtreeFilter(label=_("region"), field_name="region")
    kind = ChoicesFilter(label=_("kind"), choices=Organization.Kind.choices)
    takes_requests = BooleanFilter(label=_("takes requests"))
    is_active = BooleanFilter(label=_("active"))
    parent = IdFilter(label=_("superior organisation (id)"), field_name="parent_id")

    class Meta:
        model = Organization
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        found = search(rows, value, "search", ("name", "short_name", "address"))
        return found | rows.filter(credit_code=value.strip().upper()) if value.isascii() else found


class EstateFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Name or address"), method="by_words", max_length=100)
    region = SubtreeFilter(label=_("region"), field_name="region")
    kind = ChoicesFilter(label=_("kind"), choices=Estate.Kind.choices)
    mark = ChoicesFilter(label=_("colour mark"), choices=Estate.Mark.choices)
    property_company = IdFilter(label=_("property company (id)"), field_name="property_company_id")

    class Meta:
        model = Estate
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        return rows.filter(models.Q(name__icontains=value) | models.Q(address__icontains=value))


class AccountFilter(FilterSet):
    """By the roles that the reader may see: others tell nothing, not even by being found."""

    q = django_filters.CharFilter(label=_("User name or name"), method="by_words", max_length=60)
    role = ChoicesFilter(label=_("role"), choices=Role.choices, method="by_role")
    region = SubtreeFilter(label=_("region"), method="by_region")
    is_active = BooleanFilter(label=_("active"))

    class Meta:
        model = User
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        return rows.filter(models.Q(username__icontains=value) | models.Q(person__name__icontains=value))

    def by_role(self, rows: models.QuerySet, name: str, value: list[str]) -> models.QuerySet:
        return rows.filter(pk__in=self._roles().filter(role__in=value).values("user")) if value else rows

    def by_region(self, rows: models.QuerySet, name: str, value: Region) -> models.QuerySet:
        within = models.Q()
        for place in ("region", "station__region", "organization__region"):
            within |= models.Q(**{f"{place}__path__startswith": value.path})
        return rows.filter(pk__in=self._roles().filter(within).values("user"))

    def _roles(self) -> models.QuerySet:
        return Membership.objects.for_user(self.request.user).filter(is_active=True)


class PostFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Person or position"), method="by_words", max_length=100)
    region = SubtreeFilter(label=_("region"), field_name="region")
    kind = ChoicesFilter(label=_("kind"), choices=Post.Kind.choices)
    current = BooleanFilter(label=_("in office"), method="by_current")
    organization = IdFilter(label=_("organisation (id)"), field_name="organization_id")

    class Meta:
        model = Post
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        return rows.filter(models.Q(person__name__icontains=value) | models.Q(title__icontains=value))

    def by_current(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        current = Post.objects.current().values("pk")
        return rows.filter(pk__in=current) if value else rows.exclude(pk__in=current)


class DisclosureFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Who: name or account"), method="by_words", max_length=60)
    region = SubtreeFilter(label=_("region"), field_name="region")
    about = django_filters.CharFilter(
        label=_("Number of the case"), field_name="about", lookup_expr="iexact", max_length=40
    )
    kind = ChoicesFilter(label=_("kind"), choices=DisclosureRecord.Kind.choices)
    at = DatesFilter(label=_("when"), field_name="at")
    user = IdFilter(label=_("account (id)"), field_name="user_id")

    class Meta:
        model = DisclosureRecord
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        value = value.strip()
        return rows.filter(models.Q(user__username__iexact=value) | models.Q(user__person__name__contains=value))
