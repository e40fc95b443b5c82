"""Text of a case without what tells who asked."""

from collections.abc import Iterable

from portal.core.masking import mask_titled_names, scrub
from requests.models import Requester


def known_values(requesters: Iterable[Requester]) -> list[str]:
    """What the case knows of its people, in the clear, to be found in texts. Shown to nobody, so nothing is logged."""
    sealed = [each for row in requesters for each in (row.name, row.phone, row.address, row.beneficiary)]
    return [each.reveal() for each in sealed if each]


def proposed(text: str, *, known: Iterable[str] = ()) -> str:
    """A text as it might be published. It is only proposed: somebody reads it, for patterns miss and hit too much."""
    return scrub(mask_titled_names(text), known=known)


def tells_who(text: str, *, known: Iterable[str] = ()) -> bool:
    """Whether a text still holds a number, a door or one of the case's own people."""
    return scrub(text, known=known) != text
