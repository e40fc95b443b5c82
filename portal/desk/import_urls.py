"""Addresses of import and export of the registry, mounted in the desk."""

from django.urls import path

from portal.desk.views import imports

urlpatterns = [
    path("", imports.ImportsPage.as_view(), name="imports"),
    path("<slug:kind>/", imports.UploadPage.as_view(), name="import_upload"),
    path("<slug:kind>/template/", imports.TemplatePage.as_view(), name="import_template"),
    path("<slug:kind>/export/", imports.RegistryExportPage.as_view(), name="registry_export"),
    path("<slug:kind>/<str:key>/", imports.ReviewPage.as_view(), name="import_review"),
    path("<slug:kind>/<str:key>/failed/", imports.FailedPage.as_view(), name="import_failed"),
]
