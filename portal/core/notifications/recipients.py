"""Who is told: people with or without an account, and residents of whom the portal has a phone alone."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.core import crypto
from portal.core.errors import DomainError
from portal.core.fields import SealedText
from portal.core.masking import STARS, mask_phone, normalize_phone
from portal.core.models import NotificationChoice, Person, User
from portal.core.notifications import quiet
from portal.core.notifications.kinds import OUTWARD, Channel, Kind
from portal.core.permissions import Role

# 138****8000: landlines and service numbers receive no SMS. The masked form tells without decrypting.
_MASKED_MOBILE = re.compile(r"1\d{2}\*{4}\d{4}")


@dataclass(frozen=True)
class Address:
    """Where a message goes: sealed, as people may see it, and as equal ones are found."""

    sealed: SealedText
    masked: str
    hash: str


@dataclass(frozen=True)
class Phone(Address):
    """A number, as rows that hold one keep it: `Phone(row.phone, row.phone_masked, row.phone_hash)`."""

    @classmethod
    def of(cls, number: str) -> Self:
        number = normalize_phone(number)
        return cls(SealedText.of(number), mask_phone(number), crypto.keyed_hash(number, purpose="phone"))

    @property
    def takes_sms(self) -> bool:
        return bool(self.sealed) and _MASKED_MOBILE.fullmatch(self.masked) is not None


Recipient = User | Person | Phone

# What is read with a person who is to be told; one who comes with it is not read again.
_READ_WITH = ("user", "notification_choice")
_READ_OF = ("phone", "phone_masked", "phone_hash", "user__email", "user__is_active", "notification_choice")


def read_to_tell(people: QuerySet[Person]) -> QuerySet[Person]:
    """These people with all that telling them asks for, and no more."""
    return people.select_related(*_READ_WITH).only(*_READ_OF)


def contacts_of(organization_id: int) -> QuerySet[Person]:
    """The contacts of a unit, ready to be told."""
    contacts = Person.objects.filter(
        user__is_active=True,
        user__memberships__organization=organization_id,
        user__memberships__role=Role.UNIT_CONTACT,
        user__memberships__is_active=True,
    )
    return read_to_tell(contacts)


@dataclass(frozen=True)
class Reader:
    """One recipient with all that is needed to decide how they are told."""

    person: Person | None = None
    phone: Phone | None = None
    email: str = ""
    choice: NotificationChoice | None = None

    @property
    def language(self) -> str:
        return self.choice.language if self.choice else settings.LANGUAGE_CODE

    @property
    def quiet_hours(self) -> quiet.Hours | None:
        return quiet_hours_of(self.choice)

    def outward(self, kind: Kind) -> Iterator[tuple[str, Address]]:
        """The channels by which `kind` reaches this reader outside of the portal, with the address on each."""
        for channel in OUTWARD:
            if channel in kind.texts and channel in self._wanted(kind):
                address = self._address(channel)
                if address is not None:
                    yield channel, address

    def _wanted(self, kind: Kind) -> Iterable[str]:
        if self.choice is None:
            return kind.by_default
        wanted = self.choice.channels.get(kind.group, kind.by_default)
        # The digest brings it with the others.
        put_off = self.choice.daily_digest and not kind.is_urgent and Channel.DESK in kind.texts
        return [channel for channel in wanted if not (put_off and channel == Channel.EMAIL)]

    def _address(self, channel: str) -> Address | None:
        if channel == Channel.SMS:
            return self.phone if self.phone and self.phone.takes_sms else None
        return email_address(self.email) if self.email else None


def quiet_hours_of(choice: NotificationChoice | None) -> quiet.Hours | None:
    """Somebody's own quiet hours, else the portal's."""
    if choice is not None and choice.quiet_from is not None and choice.quiet_until is not None:
        return choice.quiet_from, choice.quiet_until
    return quiet.of_portal()


def email_address(email: str) -> Address:
    name, _sign, host = email.rpartition("@")
    hashed = crypto.keyed_hash(email.strip().lower(), purpose="email")
    return Address(SealedText.of(email), f"{name[:1]}{STARS}@{host}"[:60], hashed)


def readers_of(recipients: Iterable[Recipient]) -> list[Reader]:
    """The recipients with their accounts and choices, by one query however many; each once, without closed accounts."""
    listed = list(recipients)
    if unknown := [each for each in listed if not isinstance(each, User | Person | Phone)]:
        raise TypeError(f"Nobody can be told who is a {type(unknown[0]).__name__}.")
    phones = {each.hash: each for each in listed if isinstance(each, Phone)}
    people = {each.pk: each for each in listed if isinstance(each, Person) and _came_with_all(each)}
    ids = {each.person_id if isinstance(each, User) else each.pk for each in listed if not isinstance(each, Phone)}
    if missing := ids - people.keys():
        people |= read_to_tell(Person.objects.all()).in_bulk(missing)
    return [*(Reader(phone=phone) for phone in phones.values()), *_people(people[pk] for pk in sorted(people))]


def _came_with_all(person: Person) -> bool:
    return all(name in person._state.fields_cache for name in _READ_WITH)


def _people(people: Iterable[Person]) -> Iterator[Reader]:
    for person in people:
        user, choice = getattr(person, "user", None), getattr(person, "notification_choice", None)
        if user is not None and not user.is_active:
            continue
        phone = Phone(person.phone, person.phone_masked, person.phone_hash)
        yield Reader(person=person, phone=phone, email=user.email if user else "", choice=choice)


def phone_or_refuse(number: str) -> Phone:
    """The mobile phone that somebody typed, or a sentence that says what is wrong with it."""
    phone = Phone.of(number)
    if not phone.takes_sms:
        message = _("A code can only be sent to a mobile phone.")
        raise DomainError("bad_phone", message, fields={"phone": [message]})
    return phone
