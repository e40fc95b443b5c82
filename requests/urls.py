"""Addresses of what the demand loop keeps beside its cases, under /desk/."""

from django.urls import path

from requests import deliberation_urls, survey_urls
from requests.views import limits, projects

app_name = "requests"
urlpatterns = [
    *deliberation_urls.urlpatterns,
    *survey_urls.urlpatterns,
    path("limits/", limits.LimitList.as_view(), name="limit_list"),
    path("limits/new/", limits.LimitCreate.as_view(), name="limit_create"),
    path("limits/<int:pk>/", limits.LimitDetail.as_view(), name="limit_detail"),
    path("limits/<int:pk>/edit/", limits.LimitEdit.as_view(), name="limit_edit"),
    path("limits/<int:pk>/delete/", limits.LimitDelete.as_view(), name="limit_delete"),
    path("projects/", projects.ProjectList.as_view(), name="project_list"),
    path("projects/new/", projects.ProjectCreate.as_view(), name="project_create"),
    path("projects/lookup/", projects.ProjectLookupPage.as_view(), name="project_lookup"),
    path("projects/export.csv", projects.ProjectExport.as_view(), {"kind": "csv"}, name="project_csv"),
    path("projects/export.xlsx", projects.ProjectExport.as_view(), {"kind": "xlsx"}, name="project_xlsx"),
    path("projects/<int:pk>/", projects.ProjectDetail.as_view(), name="project_detail"),
    path("projects/<int:pk>/edit/", projects.ProjectEdit.as_view(), name="project_edit"),
    path("projects/<int:pk>/contributors/", projects.ContributorsPage.as_view(), name="project_contributors"),
    path("projects/<int:pk>/photos/<int:photo>/", projects.ProjectPhotoPage.as_view(), name="project_photo"),
    path("projects/<int:pk>/do/<slug:verb>/", projects.ProjectStep.as_view(), name="project_step"),
]
