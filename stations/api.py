"""/api/v1/ of the stations' registry: stations, affiliates, guarantors, agreements."""

from typing import ClassVar

from django.db import models
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core import files
from portal.core.errors import NotFound
from portal.core.registry.api import RegistryViewSet
from stations.documents import attach, detach
from stations.filters import AffiliateFilter, AgreementFilter, GuarantorFilter, StationFilter
from stations.models import Affiliate, AgreementDocument, Guarantor, PartnershipAgreement, Station
from stations.serializers import (
    AffiliateSerializer,
    AgreementSerializer,
    DocumentInput,
    DocumentRow,
    GuarantorSerializer,
    StationSerializer,
)
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
    """Partnership agreements with their pledges and documents."""

    subject = AGREEMENTS
    own_capabilities: ClassVar = {"add_document": AGREEMENTS.write, "delete_document": AGREEMENTS.write}
    queryset = PartnershipAgreement.objects.all()
    serializer_class = AgreementSerializer
    filterset_class = AgreementFilter
    orderings: ClassVar = {"signed_on": "signed_on", "id": "pk"}
    default_ordering = "-signed_on"

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().select_related("region").prefetch_related("pledges")

    @extend_schema(responses=DocumentRow(many=True), filters=False)
    @action(detail=True, url_path="documents", serializer_class=DocumentRow, parser_classes=[MultiPartParser])
    def documents(self, request: Request, pk: int) -> Response:
        """The documents that were signed."""
        return Response(DocumentRow(self.get_object().documents.select_related("file"), many=True).data)

    @extend_schema(request={"multipart/form-data": DocumentInput}, responses={201: DocumentRow})
    @documents.mapping.post
    def add_document(self, request: Request, pk: int) -> Response:
        """Attach one, a PDF or a photo."""
        agreement = self.get_object()
        serializer = DocumentInput(data=request.data)
        serializer.is_valid(raise_exception=True)
        upload = serializer.validated_data["file"]
        name = serializer.validated_data.get("name") or upload.name
        return self.once(
            request, lambda: (201, DocumentRow(attach(agreement, upload=upload, name=name, by=request.user)).data)
        )

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, (200, "image/jpeg"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="documents/<int:document_id>")
    def document(self, request: Request, pk: int, document_id: int) -> HttpResponseBase:
        """The document itself."""
        document = self.document_of(document_id)
        return files.serve(document.file, name=f"agreement-{pk}-{document.pk}", keeps_name=True)

    @extend_schema(responses={204: None})
    @document.mapping.delete
    def delete_document(self, request: Request, pk: int, document_id: int) -> Response:
        """Delete a document with its file."""
        detach(self.document_of(document_id))
        return Response(status=204)

    def document_of(self, document_id: int) -> AgreementDocument:
        found = self.get_object().documents.select_related("file").filter(pk=document_id).first()
        if found is None:
            raise NotFound()
        return found
