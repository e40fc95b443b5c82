"""Tracking codes: what a resident holds instead of an account.

Fifty random bits in Crockford's base 32 (no I, L, O, U), one check character, shown as ABCD-EFGH-JKM so that
they can be read out on the phone. The check character is the sum of the ten, each multiplied by a weight of
its own, in the field of 32 elements: it finds every single wrong character and every two that changed places.
"""

import secrets
import unicodedata

from django.utils.translation import gettext_lazy as _

from portal.core import crypto
from portal.core.errors import DomainError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAYLOAD = 10
LENGTH = PAYLOAD + 1

_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
# What people write for what they read.
_READ_AS = str.maketrans("OIL", "011")
_SEPARATORS = str.maketrans("", "", " \t\r\n-‐‑‒–—―−_.·,\u200b\ufeff")


def new_code() -> str:
    """A new code without separators; the form in which it is stored (as a hash) and looked up."""
    payload = "".join(secrets.choice(ALPHABET) for _position in range(PAYLOAD))
    return payload + check_character(payload)


def code_of(text: str, *, purpose: str) -> str:
    """The code that belongs to `text`, made of it and the portal's key: it can be shown again and is kept nowhere."""
    value = int(crypto.keyed_hash(text, purpose=purpose), 16)
    payload = "".join(ALPHABET[value >> 5 * position & 31] for position in range(PAYLOAD))
    return payload + check_character(payload)


def format_code(code: str) -> str:
    """`ABCDEFGHJKM` -> `ABCD-EFGH-JKM`."""
    return "-".join((code[:4], code[4:8], code[8:]))


def parse_code(text: str) -> str:
    """The code that somebody typed or read out, or `bad_code`.

    Case, full width, separators, O for 0 and I or L for 1 are forgiven. A wrong code says nothing about
    which codes exist.
    """
    code = unicodedata.normalize("NFKC", text[:100]).translate(_SEPARATORS).upper().translate(_READ_AS)
    if (
        len(code) != LENGTH
        or not all(letter in _VALUE for letter in code)
        or check_character(code[:PAYLOAD]) != code[-1]
    ):
        message = _("This is not a tracking code. Please compare it with the receipt: 11 letters and digits.")
        raise DomainError("bad_code", message)
    return code


def _times_two(value: int) -> int:
    """Multiply by x in GF(32), the polynomials modulo x^5 + x^2 + 1."""
    value <<= 1
    return value ^ 0b100101 if value & 0b100000 else value


def check_character(payload: str) -> str:
    """The eleventh character of a code that begins with these ten."""
    # Horner's rule: the weights are x^10 ... x^1, all different and none of them 1, the weight of the check
    # itself.
    total = 0
    for letter in payload:
        total = _times_two(total ^ _VALUE[letter])
    return ALPHABET[total]
