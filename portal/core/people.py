"""People as forms take them in: with what the phone number is found and shown by."""

from portal.core import crypto
from portal.core.masking import mask_phone, normalize_phone
from portal.core.models import Person


def new_person(*, name: str, phone: str = "", is_party_member: bool = False) -> Person:
    """Somebody new, not saved yet. Raises DomainError for what is no phone number."""
    phone = normalize_phone(phone) if phone else ""
    return Person(
        name=name.strip(), phone=phone, is_party_member=is_party_member,
        phone_hash=crypto.keyed_hash(phone, purpose="phone") if phone else "",
        phone_masked=mask_phone(phone) if phone else "",
    )  # fmt: skip
