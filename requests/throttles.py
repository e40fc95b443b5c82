"""How much strangers may do, counted together for pages and API."""

from portal.core.errors import DomainError
from portal.core.masking import normalize_phone
from portal.core.models import User
from portal.core.throttling import Count, hit, hit_each

# One address may be a whole station's WiFi; one phone number is one person.
ASKS_OF_AN_ADDRESS = {"limit": 60, "seconds": 3600}
ASKS_OF_A_PHONE = {"limit": 10, "seconds": 86_400}
# Somebody who rides all day passes many holes in the road.
REPORTS_OF_A_RIDER = {"limit": 60, "seconds": 86_400}
# A code has 50 random bits: at this pace guessing one takes longer than there has been paper.
LOOK_UPS = {"limit": 60, "seconds": 600}


# Of a masked phone four digits are missing: whoever could try ten thousand numbers an afternoon would not need to
# reveal it. Those who may reveal it anyway, logged, look callers up all day.
PHONE_SEARCHES = {True: {"limit": 120, "seconds": 3600}, False: {"limit": 20, "seconds": 3600}}


def count_phone_search(user: User) -> None:
    """One more phone number that a member of staff looked for; raises `Throttled`."""
    hit("phone-search", str(user.pk), **PHONE_SEARCHES[user.scope.can("requests:reveal")])


def count_ask(*, address: str, phone: str) -> None:
    """One more request from this address and for this phone, in whatever spelling; raises `Throttled`."""
    by_address = Count("ask", address, **ASKS_OF_AN_ADDRESS)
    try:
        by_phone = Count("ask-phone", normalize_phone(phone), **ASKS_OF_A_PHONE)
    except DomainError:
        # What is no number is for the verb to refuse.
        hit_each(by_address)
    else:
        hit_each(by_address, by_phone)


def count_objection(*, address: str, phone: str) -> None:
    """One more objection to a resolution, as requests are counted; raises `Throttled`."""
    count_ask(address=address, phone=phone)


def count_report(*, rider: int, address: str) -> None:
    """One more hazard that a rider reports; raises `Throttled`."""
    hit_each(Count("ask", address, **ASKS_OF_AN_ADDRESS), Count("probe", str(rider), **REPORTS_OF_A_RIDER))


def count_look_up(*, address: str) -> None:
    """One more code tried from this address; raises `Throttled`."""
    hit("track", address, **LOOK_UPS)
