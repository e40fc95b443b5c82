"""One POST of signed JSON to somebody else's system, which must not become a way into our own network.

The name is looked up once, each of its addresses must be a public one, and the connection goes to the very address that
was checked: a name that points elsewhere a moment later gains nothing. No redirects, no proxies, short time-outs.
"""

import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from portal.core.errors import DomainError

CONNECT_SECONDS = 5
ANSWER_SECONDS = 10
# Of a name with many addresses; each may cost a time-out.
MOST_TRIED = 3
# What turns an IPv6 address into a way to an IPv4 one (NAT64).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotReached(Exception):
    """The call came to nothing; `code` says why, in a word of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    is_https: bool
    host: str
    port: int
    path: str


def signature(secret: str, *, timestamp: int, body: bytes) -> str:
    """What `Xiaozhan-Signature` holds: HMAC-SHA256 over the timestamp, a dot and the body."""
    return "v1=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def post(url: str, *, body: bytes, secret: str, headers: dict[str, str] | None = None) -> int:
    """Send `body` and return the status of the answer; `NotReached` when there is none."""
    try:
        target = parse(url)
    except DomainError as error:
        raise NotReached(error.code) from error
    timestamp = int(time.time())
    connection = _Pinned(target, _addresses_of(target))
    try:
        connection.request(
            "POST",
            target.path,
            body=body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "Xiaozhan",
                "Xiaozhan-Timestamp": str(timestamp),
                "Xiaozhan-Signature": signature(secret, timestamp=timestamp, body=body),
                **(headers or {}),
            },
        )
        # The status is all that is wanted: a body without an end would cost memory and time.
        return connection.getresponse().status
    except ssl.SSLError as error:
        raise NotReached("certificate") from error
    except TimeoutError as error:
        raise NotReached("timeout") from error
    except (OSError, http.client.HTTPException) as error:
        raise NotReached("no_connection") from error
    finally:
        connection.close()


def parse(url: str) -> Target:
    """The parts of an address that may be called, or a sentence that says why it may not."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    is_https = parts.scheme == "https"
    if not host or not (is_https or (parts.scheme == "http" and settings.PRIVATE_ADDRESSES)):
        raise _refused(_("Give a full address that begins with https://."))
    if parts.username or parts.password or parts.fragment:
        raise _refused(_("Give the address without a user name, a password or a “#”."))
    if not url.isascii() or not url.isprintable() or " " in url:
        raise _refused(_("Write the address in plain letters; others are percent-encoded."))
    literal = _literal(host)
    is_here = host.rstrip(".") == "localhost" and not settings.PRIVATE_ADDRESSES
    if is_here or (literal is not None and not _may_be_called(literal)):
        raise _refused(_("This address lies in a private network, which the portal does not call."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_https=is_https, host=host, port=port or (443 if is_https else 80), path=path)


def _literal(host: str) -> IpAddress | None:
    """The address that a host is, in any spelling that the system takes for one: 127.1 and 0x7f000001 are 127.0.0.1."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _refused(message: str) -> DomainError:
    return DomainError("bad_address", message, fields={"url": [message]})


def _addresses_of(target: Target) -> list[str]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached("unknown_host") from error
    addresses = [str(each[4][0]) for each in found]
    # One private address among public ones is as good as a private one: which is taken would be chance.
    if not addresses or not all(_may_be_called(ipaddress.ip_address(each.partition("%")[0])) for each in addresses):
        raise NotReached("private_address")
    return list(dict.fromkeys(addresses))[:MOST_TRIED]


def _may_be_called(address: IpAddress) -> bool:
    if settings.PRIVATE_ADDRESSES:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return _may_be_called(inner)
    return address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was checked, in the name of the host, which the certificate must fit."""

    def __init__(self, target: Target, addresses: list[str]) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target = target
        self._addresses = addresses
        # Kept out of the Host header when it is the usual one.
        self.default_port = 443 if target.is_https else 80

    def connect(self) -> None:
        self.sock = self._first_that_answers()
        self.sock.settimeout(ANSWER_SECONDS)
        if self._target.is_https:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)

    def _first_that_answers(self) -> socket.socket:
        *others, last = self._addresses
        for address in others:
            with contextlib.suppress(OSError):
                return socket.create_connection((address, self._target.port), CONNECT_SECONDS)
        return socket.create_connection((last, self._target.port), CONNECT_SECONDS)
