"""Addresses of one's own notifications, mounted in the desk."""

from django.urls import path

from portal.core.notifications import pages

urlpatterns = [
    path("", pages.NotificationsPage.as_view(), name="notifications"),
    path("read/", pages.ReadAllPage.as_view(), name="notifications_read"),
    path("choices/", pages.ChoicesPage.as_view(), name="notification_choices"),
    path("<int:pk>/", pages.OpenPage.as_view(), name="notification"),
]
