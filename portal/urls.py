"""Every address of the portal; which part serves it stands in DESIGN's order of addresses."""

from django.contrib import admin
from django.urls import include, path

from portal.core import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("desk/", include("portal.core.registry.urls")),
    path("desk/", include("portal.desk.urls")),
    path("desk/", include("stations.urls")),
]

handler500 = "portal.core.views.server_error"
