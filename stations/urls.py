"""Addresses of the stations' registry, under /desk/."""

from django.urls import path

from stations.views import partners, stations

app_name = "stations"
urlpatterns = [
    path("stations/", stations.StationList.as_view(), name="station_list"),
    path("stations/new/", stations.StationCreate.as_view(), name="station_create"),
    path("stations/lookup/", stations.StationLookup.as_view(), name="station_lookup"),
    path("stations/<int:pk>/", stations.StationDetail.as_view(), name="station_detail"),
    path("stations/<int:pk>/edit/", stations.StationEdit.as_view(), name="station_edit"),
    path("stations/<int:pk>/delete/", stations.StationDelete.as_view(), name="station_delete"),
    path("affiliates/", partners.AffiliateList.as_view(), name="affiliate_list"),
    path("affiliates/new/", partners.AffiliateCreate.as_view(), name="affiliate_create"),
    path("affiliates/<int:pk>/", partners.AffiliateDetail.as_view(), name="affiliate_detail"),
    path("affiliates/<int:pk>/edit/", partners.AffiliateEdit.as_view(), name="affiliate_edit"),
    path("affiliates/<int:pk>/delete/", partners.AffiliateDelete.as_view(), name="affiliate_delete"),
    path("guarantors/", partners.GuarantorList.as_view(), name="guarantor_list"),
    path("guarantors/new/", partners.GuarantorCreate.as_view(), name="guarantor_create"),
    path("guarantors/<int:pk>/", partners.GuarantorDetail.as_view(), name="guarantor_detail"),
    path("guarantors/<int:pk>/edit/", partners.GuarantorEdit.as_view(), name="guarantor_edit"),
    path("guarantors/<int:pk>/delete/", partners.GuarantorDelete.as_view(), name="guarantor_delete"),
    path("agreements/", partners.AgreementList.as_view(), name="agreement_list"),
    path("agreements/new/", partners.AgreementCreate.as_view(), name="agreement_create"),
    path("agreements/<int:pk>/", partners.AgreementDetail.as_view(), name="agreement_detail"),
    path("agreements/<int:pk>/documents/", partners.DocumentAdd.as_view(), name="document_add"),
    path("agreements/<int:pk>/documents/<int:document_pk>/", partners.DocumentOpen.as_view(), name="document"),
    path(
        "agreements/<int:pk>/documents/<int:document_pk>/delete/",
        partners.DocumentDelete.as_view(),
        name="document_delete",
    ),
    path("agreements/<int:pk>/edit/", partners.AgreementEdit.as_view(), name="agreement_edit"),
    path("agreements/<int:pk>/delete/", partners.AgreementDelete.as_view(), name="agreement_delete"),
    path("agreements/<int:pk>/pledges/<int:pledge_pk>/", partners.PledgeTick.as_view(), name="pledge_tick"),
]
