"""The root of the API. Every app brings its viewsets; they are mounted here, sorted by address."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from portal.api import views
from portal.reports.api import urlpatterns as reports
from requests.api import ServiceRequestViewSet

router = SimpleRouter(use_regex_path=False)
router.register("service-requests", ServiceRequestViewSet, basename="service-request")

v1 = [
    path("", views.RootView.as_view(), name="root"),
    path("me/", views.MeView.as_view(), name="me"),
    *reports,
    *router.urls,
]

urlpatterns = [
    path("v1/", include((v1, "api"))),
    path("schema/", views.SchemaView.as_view(), name="api-schema"),
    path("docs/", views.DocsView.as_view(), name="api-docs"),
]
