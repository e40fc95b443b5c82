"""The tracking code: what a resident holds instead of an account."""

from django.utils.translation import gettext_lazy as _

from portal.core import codes, crypto
from portal.core.codes_login import check_code
from portal.core.errors import DomainError, NotFound
from requests.models import Requester

# Whoever asks for a whole building finds the latest ones.
MOST_OF_A_PHONE = 20


class UnknownCode(NotFound):
    """One answer for codes that cannot be and codes that are not, so that nobody learns which exist."""

    def __init__(self) -> None:
        message = _("There is no request with this code. Please compare it with your receipt.")
        super().__init__(message, code="unknown_code", fields={"code": [message]})


def holder_of(text: str) -> Requester:
    """Whoever holds the code, with the case. Callers throttle; the look-up itself is by a keyed hash in an index."""
    try:
        code = codes.parse_code(text)
    except DomainError:
        # Looked up all the same: neither the answer nor the time it takes tells an impossible code from a wrong one.
        code = text[:100]
    digest = crypto.keyed_hash(code, purpose="tracking-code")
    requester = (
        Requester.objects.select_related("request", "came_with")
        .defer("request__search", "came_with__search")
        .filter(code_hash=digest)
        .first()
    )
    if requester is None:
        raise UnknownCode()
    return requester


def held_by_phone(*, phone: str, code: str, address: str = "") -> list[Requester]:
    """What was asked with a phone, the latest first, for whoever proves by a code from an SMS that it is theirs.

    `address` is where the code was typed. Raises `WrongCode` when it proves nothing.
    """
    phone_hash = check_code(phone=phone, code=code, address=address)
    rows = (
        Requester.objects.filter(phone_hash=phone_hash)
        .select_related("request", "came_with")
        .defer("request__search", "came_with__search")
    )
    return list(rows.order_by("-created_at", "-pk")[:MOST_OF_A_PHONE])
