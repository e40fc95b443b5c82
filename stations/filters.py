"""The FilterSets of the stations' registry: for pages, the API and exports."""

import django_filters
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.chinese import search
from portal.core.filtering import (
    BooleanFilter,
    ChoicesFilter,
    CodeFilter,
    DatesFilter,
    FilterSet,
    IdFilter,
    SubtreeFilter,
    WordsFilter,
)
from stations.models import Affiliate, Amenity, Guarantor, PartnershipAgreement, ServiceItem, Station, StationFunction
from stations.queries import open_at
from stations.types import BuildMode, PremisesSource, StationClass, StationStatus, StationType, Tier


class StationFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Name, address, brand or code"), method="by_words", max_length=200)
    region = SubtreeFilter(label=_("region"), field_name="region")
    tier = ChoicesFilter(label=_("tier"), choices=Tier.choices)
    station_type = ChoicesFilter(label=_("station type"), choices=StationType.choices)
    status = ChoicesFilter(label=_("status"), choices=StationStatus.choices)
    open_now = BooleanFilter(label=_("open now"), method="by_open_now")
    open_24h = BooleanFilter(label=_("open 24 hours"))
    function = CodeFilter(
        label=_("function"), field_name="functions", queryset=StationFunction.objects.all(), to_field_name="code"
    )
    service_item = CodeFilter(
        label=_("service item"), field_name="service_items", queryset=ServiceItem.objects.all(), to_field_name="code"
    )
    amenity = CodeFilter(
        label=_("amenity"), field_name="amenities", queryset=Amenity.objects.all(), to_field_name="code"
    )
    station_class = ChoicesFilter(label=_("class"), choices=StationClass.choices)
    build_mode = ChoicesFilter(label=_("build mode"), choices=BuildMode.choices)
    premises_source = ChoicesFilter(label=_("source of premises"), choices=PremisesSource.choices)
    has_study_hall = BooleanFilter(label=_("24-hour study hall"))
    is_demonstration = BooleanFilter(label=_("demonstration station"))
    has_point = BooleanFilter(label=_("has coordinates"), field_name="latitude", lookup_expr="isnull", exclude=True)
    opened = DatesFilter(label=_("opened on"), field_name="opened_on")
    estate = IdFilter(label=_("estate (id)"), field_name="estate_id")
    organization = IdFilter(label=_("run by (id)"), field_name="organization_id")

    class Meta:
        model = Station
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        found = search(rows, value, "search", ("name", "address", "brand"))
        # A code is copied from a list or a poster, whole.
        return found | rows.filter(code=value.strip()) if value.isascii() else found

    def by_open_now(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        is_open = open_at(Station.objects.all()).values("pk")
        return rows.filter(pk__in=is_open) if value else rows.exclude(pk__in=is_open)


class AffiliateFilter(FilterSet):
    q = WordsFilter("name", "address", label=_("Name or address"), max_length=100)
    region = SubtreeFilter(label=_("region"), field_name="region")
    kind = ChoicesFilter(label=_("kind"), choices=Affiliate.Kind.choices)
    is_active = BooleanFilter(label=_("active"))
    station = IdFilter(label=_("station (id)"), field_name="station_id")
    organization = IdFilter(label=_("organisation (id)"), field_name="organization_id")

    class Meta:
        model = Affiliate
        fields: list[str] = []


class GuarantorFilter(FilterSet):
    q = WordsFilter(
        "person__name", "organization__name", "station__name", label=_("Official, unit or station"), max_length=100
    )
    region = SubtreeFilter(label=_("region"), method="by_region")
    current = BooleanFilter(label=_("in office"), method="by_current")
    station = IdFilter(label=_("station (id)"), field_name="station_id")

    class Meta:
        model = Guarantor
        fields: list[str] = []

    def by_region(self, rows: models.QuerySet, name: str, region: models.Model | None) -> models.QuerySet:
        if region is None:
            return rows
        return rows.filter(
            models.Q(region__path__startswith=region.path) | models.Q(station__region__path__startswith=region.path)
        )

    def by_current(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        current = Guarantor.objects.current().values("pk")
        return rows.filter(pk__in=current) if value else rows.exclude(pk__in=current)


class AgreementFilter(FilterSet):
    q = django_filters.CharFilter(label=_("Title, unit or pledge"), method="by_words", max_length=100)
    region = SubtreeFilter(label=_("region"), field_name="region")
    current = BooleanFilter(label=_("in force"), method="by_current")
    fulfilled = BooleanFilter(label=_("all pledges fulfilled"), method="by_fulfilled")
    organization = IdFilter(label=_("partner unit (id)"), field_name="organization_id")
    signed = DatesFilter(label=_("signed on"), field_name="signed_on")

    class Meta:
        model = PartnershipAgreement
        fields: list[str] = []

    def by_words(self, rows: models.QuerySet, name: str, value: str) -> models.QuerySet:
        pledged = PartnershipAgreement.objects.filter(pledges__text__icontains=value).values("pk")
        return rows.filter(
            models.Q(title__icontains=value) | models.Q(organization__name__icontains=value) | models.Q(pk__in=pledged)
        )

    def by_current(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        current = PartnershipAgreement.objects.current().values("pk")
        return rows.filter(pk__in=current) if value else rows.exclude(pk__in=current)

    def by_fulfilled(self, rows: models.QuerySet, name: str, value: bool) -> models.QuerySet:
        open_ones = PartnershipAgreement.objects.filter(pledges__fulfilled_on__isnull=True).values("pk")
        return rows.exclude(pk__in=open_ones) if value else rows.filter(pk__in=open_ones)
