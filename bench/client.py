"""One kept HTTP connection to the server, and the accounts and tokens that the measurements use."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from portal.core.models import Region, User
from portal.core.tokens import create_token


class Client:
    """HTTP/1.1 over one connection, without a library's own cost."""

    def __init__(self, address: str, headers: dict[str, str] | None = None) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
        self.headers = {"Accept-Language": "zh-hans", **(headers or {})}

    def get(self, path: str) -> bytes:
        return self._call("GET", path, None, {})

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> bytes:
        return self._call("POST", path, json.dumps(body), {"Content-Type": "application/json", **(headers or {})})

    def _call(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> bytes:
        self.connection.request(method, path, body=body, headers={**self.headers, **headers})
        response = self.connection.getresponse()
        content = response.read()
        if response.status >= 300:
            raise SystemExit(f"{method} {path}: {response.status} {content[:500].decode(errors='replace')}")
        return content

    def drain(self, path: str, form: str) -> int:
        """POST a form as a signed-in person's page does and read the long answer without keeping it; its size."""
        headers = {**with_csrf(self.headers), "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", path, body=form, headers=headers)
        response = self.connection.getresponse()
        if response.status >= 300:
            raise SystemExit(f"POST {path}: {response.status} {response.read(300).decode(errors='replace')}")
        size = 0
        while chunk := response.read(256 * 1024):
            size += len(chunk)
        return size


def token_headers(username: str, region: Region, scopes: list[str]) -> dict[str, str]:
    user = User.objects.get(username=username)
    _token, plaintext = create_token(
        user, name="bench", scopes=scopes, region=region, expires_at=timezone.now() + timedelta(hours=2)
    )
    return {"Authorization": f"Bearer {plaintext}"}


def session_headers(username: str) -> dict[str, str]:
    """The cookie of somebody who has signed in."""
    user = User.objects.get(username=username)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}


def with_csrf(headers: dict[str, str]) -> dict[str, str]:
    """The headers of a signed-in person's page that sends something."""
    token = "c" * 32
    cookie = f"{headers['Cookie']}; {settings.CSRF_COOKIE_NAME}={token}"
    return {**headers, "Cookie": cookie, "X-CSRFToken": token}


def per_second(make: Callable[[], Callable[[], Any]], *, clients: int, seconds: float = 3.0) -> int:
    """Answers a second that `clients` connections get together; `make` gives each its own call."""
    counts, until = [0] * clients, time.monotonic() + seconds

    def work(number: int) -> None:
        call = make()
        while time.monotonic() < until:
            call()
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return round(sum(counts) / seconds)
