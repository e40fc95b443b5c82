"""Addresses of what the demand loop keeps beside its cases, under /desk/."""

from django.urls import path

from requests import deliberation_urls
from requests.views import limits

app_name = "requests"
urlpatterns = [
    *deliberation_urls.urlpatterns,
    path("limits/", limits.LimitList.as_view(), name="limit_list"),
    path("limits/new/", limits.LimitCreate.as_view(), name="limit_create"),
    path("limits/<int:pk>/", limits.LimitDetail.as_view(), name="limit_detail"),
    path("limits/<int:pk>/edit/", limits.LimitEdit.as_view(), name="limit_edit"),
    path("limits/<int:pk>/delete/", limits.LimitDelete.as_view(), name="limit_delete"),
]
