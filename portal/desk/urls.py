"""Addresses of the staff desk."""

from django.urls import path

from portal.desk.views import cases, lists, reports

app_name = "desk"
urlpatterns = [
    path("", lists.QueuePage.as_view(), name="home"),
    path("requests/<int:pk>/", cases.CasePage.as_view(), name="case"),
    path("requests/<int:pk>/<slug:verb>/", cases.StepPage.as_view(), name="step"),
    path("reports/", reports.SummaryPage.as_view(), name="reports"),
    path("reports/rows/", reports.RowsPage.as_view(), name="report_rows"),
    path("reports/network/", reports.NetworkPage.as_view(), name="report_network"),
    path("reports/network/rows/", reports.NetworkRowsPage.as_view(), name="network_rows"),
]
