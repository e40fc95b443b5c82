"""Signing in: which pages there are, and whose failures are counted together."""

import pytest
from django.test import RequestFactory

from portal.core.sign_in import AccountAdapter


@pytest.mark.parametrize("page", ["email", "confirm-email", "password/reset", "password/set"])
def test_pages_that_would_send_mail_are_not_there(client, north, page):
    client.force_login(north)
    assert client.get(f"/accounts/{page}/").status_code == 404
    assert client.post(f"/accounts/{page}/", {"email": "somebody@example.org"}).status_code == 404


def test_nobody_signs_up(client, db):
    assert client.get("/accounts/signup/").headers["Location"] == "/accounts/login/"


def test_behind_the_proxy_failures_are_counted_by_caller(settings):
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}, REMOTE_ADDR="192.0.2.1")
    assert AccountAdapter(request).get_client_ip(request) == "192.0.2.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert AccountAdapter(request).get_client_ip(request) == "192.0.2.7"
