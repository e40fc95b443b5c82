"""Callers of the API: people by their session, machines by a token."""

import pytest
from rest_framework.test import APIClient

from portal.core import throttling
from portal.core.permissions import CAPABILITIES, PERSONAL
from portal.core.tokens import create_token


@pytest.fixture(autouse=True)
def _no_calls_yet():
    throttling.forget_here()


@pytest.fixture
def api():
    """`api(user)` calls as that person; `api()` as a stranger."""

    def client(user=None, **kwargs):
        made = APIClient(**kwargs)
        if user is not None:
            made.force_login(user)
        return made

    return client


@pytest.fixture
def machine():
    """`machine(user, "requests:read", region=…)` calls with a token of that account; no scopes: all it may have."""

    def client(user, *scopes, region=None, **kwargs):
        chosen = scopes or [name for name in CAPABILITIES if user.scope.can(name) and name not in PERSONAL]
        _token, plaintext = create_token(user, name="test", scopes=chosen, region=region)
        return APIClient(headers={"Authorization": f"Bearer {plaintext}"}, **kwargs)

    return client
