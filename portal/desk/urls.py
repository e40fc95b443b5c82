"""Addresses of the staff desk."""

from django.urls import include, path

from portal.desk.views import cases, lists

app_name = "desk"
urlpatterns = [
    path("", lists.QueuePage.as_view(), name="home"),
    path("requests/<int:pk>/", cases.CasePage.as_view(), name="case"),
    path("requests/<int:pk>/<slug:verb>/", cases.StepPage.as_view(), name="step"),
    path("tokens/", include("portal.core.token_urls")),
]
