"""How a message leaves: one class a way, named by channel in `settings.NOTIFICATION_PROVIDERS`.

A provider is a class without arguments with `send(message)`, called by one worker at a time for a message. It returns
when the other side has taken the message over, and raises `NotSent` otherwise. docs/notifications.md has an example.
"""

import json
import logging
from dataclasses import dataclass, field
from functools import cache
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from portal.core.notifications import posting

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outward:
    """A message as a provider gets it, in the clear for as long as it takes to send it."""

    # The same at every attempt, so that the other side can tell a repeat.
    id: str
    kind: str
    channel: str
    language: str
    address: str = field(repr=False)
    address_masked: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    # For gateways that keep the wording themselves and take the values alone.
    values: dict[str, str] = field(repr=False)


class NotSent(Exception):
    """`code` is a word of ours for the log. `is_final`: to try again would change nothing."""

    def __init__(self, code: str, *, is_final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_final = is_final


class Provider(Protocol):
    def send(self, message: Outward) -> None: ...


class Console:
    """Names the message in the log and sends nothing. The text is shown where somebody is trying things out."""

    def send(self, message: Outward) -> None:
        shown = f": {message.text}" if settings.CONSOLE_SHOWS_TEXT else ""
        logger.info("%s “%s” to %s%s", message.channel, message.kind, message.address_masked, shown)


class Mail:
    """E-mail by Django's own settings."""

    def send(self, message: Outward) -> None:
        # A subject is one line, whatever a template holds.
        mail = EmailMessage(" ".join(message.subject.split()), message.text, to=[message.address])
        host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
        mail.extra_headers["Message-ID"] = f"<{message.id}@{host}>"
        try:
            mail.send()
        except SMTPRecipientsRefused as error:
            raise NotSent("address_refused", is_final=True) from error
        except (SMTPException, OSError) as error:
            raise NotSent("no_connection") from error
        except ValueError as error:
            raise NotSent("bad_address", is_final=True) from error


class Http:
    """POSTs signed JSON to `settings.SMS_URL`, for an SMS gateway or a small bridge to one."""

    def send(self, message: Outward) -> None:
        body = {
            "id": message.id, "channel": message.channel, "to": message.address, "text": message.text,
            "kind": message.kind, "values": message.values, "language": message.language,
        }  # fmt: skip
        encoded = json.dumps(body, ensure_ascii=False).encode()
        try:
            status = posting.post(settings.SMS_URL, body=encoded, secret=settings.SMS_SECRET)
        except posting.NotReached as error:
            raise NotSent(error.code) from error
        if not 200 <= status < 300:
            # 4xx says that this message is wrong, but for "too many" and "try later".
            raise NotSent(f"answer_{status}", is_final=400 <= status < 500 and status not in (408, 425, 429))


@cache
def _made(path: str) -> Provider:
    return import_string(path)()


def provider_of(channel: str) -> Provider:
    return _made(settings.NOTIFICATION_PROVIDERS[channel])
