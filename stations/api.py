"""/api/v1/ of the stations' registry: stations, affiliates, guarantors, agreements."""

from typing import ClassVar

from django.db import models

from portal.core.registry.api import RegistryViewSet
from stations.filters import AffiliateFilter, AgreementFilter, GuarantorFilter, StationFilter
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Station
from stations.serializers import AffiliateSerializer, AgreementSerializer, GuarantorSerializer, StationSerializer
from stations.subjects import AFFILIATES, AGREEMENTS, GUARANTORS, STATIONS


class StationViewSet(RegistryViewSet):
    """Stations and centres with all that is known of them. A keeper changes the daily fields of their own."""

    subject = STATIONS
    queryset = Station.objects.all()
    serializer_class = StationSerializer
    filterset_class = StationFilter
    orderings: ClassVar = {
        "name": "name", "code": "code", "opened_on": "opened_on", "updated_at": "updated_at", "id": "pk",
    }  # fmt: skip
    default_ordering = "name"

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("region").defer("search")
        return rows.prefetch_related("functions", "service_items", "amenities", "opening_hours", "special_days")


class AffiliateViewSet(RegistryViewSet):
    """Rider stations, drivers' homes, caring merchants and business outlets."""

    subject = AFFILIATES
    queryset = Affiliate.objects.all()
    serializer_class = AffiliateSerializer
    filterset_class = AffiliateFilter
    orderings: ClassVar = {"name": "name", "id": "pk"}
    default_ordering = "name"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region")


class GuarantorViewSet(RegistryViewSet):
    """Who answers for a station or a community, and for how long."""

    subject = GUARANTORS
    queryset = Guarantor.objects.all()
    serializer_class = GuarantorSerializer
    filterset_class = GuarantorFilter
    orderings: ClassVar = {"starts_on": "starts_on", "id": "pk"}
    default_ordering = "-starts_on"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region", "person")


class AgreementViewSet(RegistryViewSet):
    """Partnership agreements with their pledges."""

    subject = AGREEMENTS
    queryset = PartnershipAgreement.objects.all()
    serializer_class = AgreementSerializer
    filterset_class = AgreementFilter
    orderings: ClassVar = {"signed_on": "signed_on", "id": "pk"}
    default_ordering = "-signed_on"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region").prefetch_related("pledges")
