"""Personal data at rest: authenticated encryption, and keyed hashes for exact search.

A token is "KEYID:" and the urlsafe base64 of nonce and ciphertext (AES-256-GCM; the key id is authenticated).
The empty string stays empty, so that "no phone" needs no key and can be asked for in SQL.

The keys come from one of

- `settings.PERSONAL_DATA_KEYS`, e.g. ``k2:BASE64,k1:BASE64;hash=BASE64``, 32 bytes each: the first encrypts,
  the others still decrypt. The hash key must be named: hashes have to survive a change of the first key;
- the file `settings.PERSONAL_DATA_KEY_FILE`, JSON:
  ``{"current": "k1", "keys": {"k1": "BASE64"}, "hash_key": "BASE64"}``.

They are read once, at the first use.
"""

import base64
import binascii
import functools
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError

NONCE_BYTES = 12
KEY_BYTES = 32


class Unreadable(DomainError):
    """A token that none of the keys opens: a key is missing, or the token was damaged or tampered with."""

    def __init__(self) -> None:
        message = _("The personal data cannot be read. Please tell the administrator.")
        super().__init__("personal_data_unreadable", message, status=503)


@dataclass(frozen=True)
class Keyring:
    current: str
    ciphers: dict[str, AESGCM]
    hash_key: bytes

    def __repr__(self) -> str:
        # Error pages and logs print local variables; keys must not be among them.
        return f"<Keyring {self.current}>"


def encrypt(text: str) -> str:
    """Seal with the current key. The same text gives another token each time."""
    if text == "":
        return ""
    ring = _keyring()
    nonce = os.urandom(NONCE_BYTES)
    sealed = ring.ciphers[ring.current].encrypt(nonce, text.encode(), ring.current.encode())
    return f"{ring.current}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(token: str) -> str:
    """Open a token of any known key; raise `Unreadable` for everything else."""
    if token == "":
        return ""
    key_id, _colon, body = token.partition(":")
    if key_id not in _keyring().ciphers:
        # Another process may have rotated the key file since this one read it.
        reset()
    cipher = _keyring().ciphers.get(key_id)
    if cipher is None:
        raise Unreadable
    try:
        sealed = base64.urlsafe_b64decode(body)
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], key_id.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error


def keyed_hash(text: str, *, purpose: str) -> str:
    """A hash (hex) by which equal values are found without being readable.

    `purpose` ("phone", "tracking-code", "token") separates the domains: the same text under another
    purpose gives an unrelated hash, so that columns cannot be joined. Callers normalise first.
    """
    domain_key = hmac.digest(_keyring().hash_key, purpose.encode(), hashlib.sha256)
    return hmac.new(domain_key, text.encode(), hashlib.sha256).hexdigest()


def rotate(token: str) -> str:
    """The same text under the current key; a token that is already current is returned as it is."""
    if token == "" or token.startswith(f"{current_key_id()}:"):
        return token
    return encrypt(decrypt(token))


def current_key_id() -> str:
    """The id of the key that encrypts now; what does not start with it waits for rotation."""
    return _keyring().current


def reset() -> None:
    """Forget the keys; the next use reads them again."""
    _keyring.cache_clear()


@functools.cache
def _keyring() -> Keyring:
    if text := settings.PERSONAL_DATA_KEYS:
        return _from_text(text)
    path = Path(settings.PERSONAL_DATA_KEY_FILE)
    try:
        content = json.loads(path.read_text())
        return _keyring_of(content["current"], content["keys"], content["hash_key"])
    except FileNotFoundError as error:
        raise ImproperlyConfigured("No keys for personal data: set PORTAL_DATA_KEYS or make the key file.") from error
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError):
        # `from None`: the text of a JSON error quotes the file, which is full of keys.
        raise ImproperlyConfigured("The key file for personal data is damaged.") from None


def _from_text(text: str) -> Keyring:
    pairs, _semicolon, tail = text.partition(";")
    name, _equals, hash_key = tail.strip().partition("=")
    if name != "hash" or not hash_key:
        raise ImproperlyConfigured("PORTAL_DATA_KEYS must end with ;hash=BASE64 (see portal/core/crypto.py).")
    keys: dict[str, str] = {}
    for pair in pairs.split(","):
        key_id, _colon, value = pair.strip().partition(":")
        keys[key_id] = value
    return _keyring_of(next(iter(keys)), keys, hash_key)


def _keyring_of(current: str, keys: dict[str, str], hash_key: str) -> Keyring:
    ciphers = {key_id: AESGCM(_decoded(key_id, value)) for key_id, value in keys.items()}
    if current not in ciphers or not all(key_id.isalnum() for key_id in ciphers):
        raise ImproperlyConfigured("The ids of the keys for personal data must be letters and digits.")
    return Keyring(current=current, ciphers=ciphers, hash_key=_decoded("hash", hash_key))


def _decoded(key_id: str, value: str) -> bytes:
    # Both alphabets of base64 are accepted: people make keys with whatever tool is at hand.
    try:
        key = base64.b64decode(value.strip().replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"The key {key_id!r} for personal data is not the base64 of {KEY_BYTES} bytes.")
    return key


def _forget_on_change(*, setting: str, **_kwargs: object) -> None:
    if setting in {"PERSONAL_DATA_KEYS", "PERSONAL_DATA_KEY_FILE"}:
        reset()


setting_changed.connect(_forget_on_change, dispatch_uid="portal.core.crypto")
