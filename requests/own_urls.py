"""Addresses of a volunteer's own cases, under /volunteer/me/cases/."""

from django.urls import path

from requests.views import own

app_name = "own_cases"
urlpatterns = [
    path("", own.CasesPage.as_view(), name="list"),
    path("<int:pk>/", own.CasePage.as_view(), name="case"),
    path("<int:pk>/call/<int:requester>/", own.CallPage.as_view(), name="call"),
    path("<int:pk>/<slug:verb>/", own.StepPage.as_view(), name="step"),
]
