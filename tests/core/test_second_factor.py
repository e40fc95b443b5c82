"""Roles that must use two factors cannot do anything before they have a second one."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from portal.core.models import Role
from tests.conftest import make_user


@pytest.fixture
def administrator(db, settings):
    settings.MFA_REQUIRED_ROLES = ["administrator"]
    return make_user("administrator", Role.ADMINISTRATOR)


def test_it_works(administrator, client):
    client.force_login(administrator)
    assert client.get("/desk/").headers["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("account_logout")).status_code == 200
    TOTP.activate(administrator, generate_totp_secret())
    assert client.get("/desk/").status_code == 200


def test_the_api_says_so_in_its_own_shape(administrator, client):
    client.force_login(administrator)
    answer = client.get("/api/v1/service-requests/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "second_factor_missing")


def test_other_roles_go_on_with_one(north, client, settings):
    settings.MFA_REQUIRED_ROLES = ["administrator"]
    client.force_login(north)
    assert client.get("/desk/").status_code == 200
