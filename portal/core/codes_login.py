"""A one-time code by SMS (验证码登录): proves that somebody holds a phone. Nobody learns whether the portal knows it.

    send_code(phone="13800001234", address=client_ip(request))
    phone_hash = check_code(phone="13800001234", code="204816", address=client_ip(request))

Both count outside of a transaction of the caller's: what is rolled back has not been counted.
"""

import hmac
import re
import secrets
import unicodedata
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core import crypto
from portal.core.errors import DomainError
from portal.core.models import SignInCode
from portal.core.notifications.kinds import SIGN_IN_CODE
from portal.core.notifications.outbox import notify
from portal.core.notifications.recipients import phone_or_refuse
from portal.core.throttling import hit

DIGITS = 6
VALID_FOR = timedelta(minutes=5)
MOST_TRIES = 5
# A phone may be somebody else's: a minute between two, and no more than a few an hour and a day.
LIMITS_OF_PHONE = ((1, 60), (5, 3600), (10, 86400))
# A station's hall or a mobile network shares one address.
LIMITS_OF_ADDRESS = ((20, 3600),)
CHECKS_OF_ADDRESS = (60, 600)


class WrongCode(DomainError):
    """One answer for a wrong code, an old one, a used one, one tried too often, and none at all."""

    def __init__(self) -> None:
        message = _("The code is wrong or has expired. Please check it, or ask for a new one.")
        super().__init__("wrong_code", message, fields={"code": [str(message)]})


def send_code(*, phone: str, address: str = "", kind: str = SIGN_IN_CODE.name) -> None:
    """Send a new code to a mobile phone; the one before it opens nothing any more.

    `address` is where the request came from, `kind` the notification whose words say what the code is for.
    `bad_phone` for what cannot receive an SMS, `throttled` when too often; otherwise the answer is the same for every
    phone.
    """
    to = phone_or_refuse(phone)
    if address:
        for limit, seconds in LIMITS_OF_ADDRESS:
            hit(f"sign-in-code-address-{seconds}", address, limit=limit, seconds=seconds)
    for limit, seconds in LIMITS_OF_PHONE:
        hit(f"sign-in-code-phone-{seconds}", to.hash, limit=limit, seconds=seconds)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    at = timezone.now()
    with transaction.atomic():
        SignInCode.objects.update_or_create(
            phone_hash=to.hash,
            defaults={"code_hash": _hashed(to.hash, code), "tries": 0, "expires_at": at + VALID_FOR},
        )
        notify(
            kind=kind,
            to=to,
            context={"code": code, "minutes": int(VALID_FOR.total_seconds() // 60)},
            dedupe_key=f"sign-in:{secrets.token_hex(8)}",
        )


def check_code(*, phone: str, code: str, address: str = "") -> str:
    """The hash of the phone (as rows keep it, purpose "phone") when the code is right; it opens once.

    Raises `WrongCode` otherwise.
    """
    if address:
        limit, seconds = CHECKS_OF_ADDRESS
        hit("sign-in-code-check", address, limit=limit, seconds=seconds)
    to = phone_or_refuse(phone)
    # People type full-width digits and blanks.
    given = re.sub(r"\s", "", unicodedata.normalize("NFKC", code))
    with transaction.atomic():
        # Locked: a hundred guesses at once are still counted one by one.
        held = SignInCode.objects.select_for_update().filter(pk=to.hash).first()
        is_open = held is not None and held.tries < MOST_TRIES and held.expires_at > timezone.now()
        is_right = is_open and hmac.compare_digest(held.code_hash, _hashed(to.hash, given))
        if is_right:
            held.delete()
        elif is_open:
            held.tries += 1
            held.save(update_fields=["tries"])
    # Refused outside of the transaction, so that the try stays counted.
    if not is_right:
        raise WrongCode
    return to.hash


def _hashed(phone_hash: str, code: str) -> str:
    return crypto.keyed_hash(f"{phone_hash}:{code}", purpose="sign-in-code")
