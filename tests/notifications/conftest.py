"""A provider that keeps what it is given, a receiver of webhooks, and somebody who may make webhooks."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from portal.core import throttling
from portal.core.models import NotificationChoice, Role
from portal.core.notifications import providers, webhooks
from portal.core.notifications.recipients import Phone
from tests.conftest import make_user

PHONE = "13800001234"


class Mailbox:
    """A provider of the tests' own: what a gateway would have received."""

    received: list[providers.Outward] = []
    refuses: providers.NotSent | None = None

    def send(self, message):
        if self.refuses is not None:
            raise self.refuses
        self.received.append(message)


@pytest.fixture
def mailbox(settings):
    settings.NOTIFICATION_PROVIDERS = dict.fromkeys(("sms", "email"), "tests.notifications.conftest.Mailbox")
    settings.QUIET_HOURS = ""
    Mailbox.received, Mailbox.refuses = [], None
    return Mailbox


@pytest.fixture
def phone():
    return Phone.of(PHONE)


@pytest.fixture
def choose():
    """`choose(user, cases=["email"])`: what somebody has chosen."""

    def make(user, *, quiet=(None, None), daily_digest=False, language="zh-hans", **channels):
        user.email = user.email or f"{user.username}@example.com"
        user.save()
        choice, _made = NotificationChoice.objects.update_or_create(
            person_id=user.person_id,
            defaults={
                "channels": channels, "quiet_from": quiet[0], "quiet_until": quiet[1], "daily_digest": daily_digest,
                "language": language,
            },
        )  # fmt: skip
        return choice

    return make


@pytest.fixture
def district(the_north):
    return make_user("district", Role.DISTRICT, region=the_north.district)


@pytest.fixture(autouse=True)
def _no_calls_yet():
    throttling.forget_here()


class Receiver:
    """Another system, on this machine; `answer` is the status that it gives."""

    def __init__(self):
        self.calls, self.answer = [], 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((dict(self.headers), body))
                self.send_response(receiver.answer)
                self.send_header("Location", "http://example.com/")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?from=xiaozhan"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def bodies(self):
        return [json.loads(body) for _headers, body in self.calls]


@pytest.fixture
def receiver(settings):
    settings.PRIVATE_ADDRESSES = True
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def webhook(district, the_north, receiver):
    made, secret = webhooks.create_webhook(
        by=district, name="区平台", url=receiver.url, kinds=["case_offered", "case_accepted"], region=the_north.district
    )
    made.plain_secret = secret
    return made
