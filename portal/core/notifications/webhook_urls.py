"""Addresses of webhooks, mounted in the desk."""

from django.urls import path

from portal.core.notifications import webhook_pages as pages

urlpatterns = [
    path("", pages.WebhooksPage.as_view(), name="webhooks"),
    path("<int:pk>/", pages.WebhookPage.as_view(), name="webhook"),
    path("<int:pk>/edit/", pages.EditWebhookPage.as_view(), name="webhook_edit"),
    path("<int:pk>/remove/", pages.RemoveWebhookPage.as_view(), name="webhook_remove"),
    path("<int:pk>/replay/<int:delivery>/", pages.ReplayPage.as_view(), name="webhook_replay"),
    path("<int:pk>/do/<slug:verb>/", pages.WebhookVerbPage.as_view(), name="webhook_do"),
]
