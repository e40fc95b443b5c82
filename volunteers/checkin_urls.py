"""Addresses that a station's code leads to, under /checkin/."""

from django.urls import path

from volunteers.views import checkin

app_name = "checkin"
urlpatterns = [
    path("<int:pk>/", checkin.HereView.as_view(), name="here"),
    path("<int:pk>/who/", checkin.WhoView.as_view(), name="who"),
    path("<int:pk>/done/", checkin.DoneView.as_view(), name="done"),
    path("<int:pk>/<slug:code>/", checkin.ScanView.as_view(), name="scan"),
]
