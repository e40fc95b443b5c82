"""Addresses as they stand on paper: posters and receipts outlive the machine name of the day."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def absolute_url(request: HttpRequest, name: str, **kwargs: object) -> str:
    path = reverse(name, kwargs=kwargs)
    return settings.PUBLIC_URL.rstrip("/") + path if settings.PUBLIC_URL else request.build_absolute_uri(path)
