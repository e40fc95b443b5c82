"""Addresses of the page of machine tokens, mounted in the desk."""

from django.urls import path

from portal.core.token_pages import RevokePage, TokensPage

urlpatterns = [
    path("", TokensPage.as_view(), name="tokens"),
    path("<int:pk>/revoke/", RevokePage.as_view(), name="token_revoke"),
]
