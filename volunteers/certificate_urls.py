"""Addresses that a certificate's paper leads to, under /certificate/."""

from django.urls import path

from volunteers.views import public_certificates as pages

app_name = "certificate"
urlpatterns = [
    path("", pages.LookPage.as_view(), name="look"),
    path("publicity/", pages.PublicityPage.as_view(), name="publicity"),
    path("<str:number>/<str:code>/", pages.VerifyPage.as_view(), name="verify"),
]
