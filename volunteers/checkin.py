"""Checking in and out with the code on a station's screen, which changes every minute.

A code is the minute and a keyed hash of station and minute: nobody makes one without the portal's key, and whoever
holds one was there (or was sent it by somebody who was) in that minute. What follows from that:

- It is *live* in its minute and the two after it. What is recorded is the moment at which it was read.
- Afterwards it is *late*: somebody scanned it where there was no network. It then proves its own minute and no more.
  It counts for hours, not days; for somebody who has signed in, since a number and four digits can be told to a
  friend; and once, for one person, since a photograph of it can be sent to many. The record says that it came late.
- Reading a code does nothing yet. It is remembered in the browser's session (`Scan`), so that there is time to sign in
  or to type a number, and leaves the address bar.
"""

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core import crypto, humanize
from portal.core.errors import Conflict, DomainError
from portal.core.throttling import hit
from stations.models import Station
from volunteers import attendance
from volunteers.models import Assignment, LateCode, Volunteer
from volunteers.numbers import is_number
from volunteers.types import CheckMethod

STEP_SECONDS = 60
LIVE_STEPS = 2
LATE = timedelta(hours=8)
# Between scanning and pressing the button somebody may have to sign in.
SCAN_COUNTS_FOR = timedelta(minutes=10)
IN, OUT, UNDO, RESUME, DONE = "in", "out", "undo", "resume", "done"
DOES = {IN: attendance.check_in, OUT: attendance.check_out}
TAKES_BACK = {UNDO: attendance.undo_check_in, RESUME: attendance.resume}

# A number is sequential and a phone's last digits are four: so few tries that a guess takes years.
TRIES_OF_A_NUMBER = {"limit": 5, "seconds": 3600}
# A station's hall shares one address.
TRIES_OF_AN_ADDRESS = {"limit": 60, "seconds": 600}
LAST_DIGITS = 4

_CODE = re.compile(r"[0-9a-f]{28}")
_STEP_DIGITS = 8


@dataclass(frozen=True)
class Scan:
    """A genuine code of a station that somebody read."""

    station_id: int
    step: int
    is_late: bool
    # When the person was at the station, as far as the code proves it.
    at: datetime
    read_at: datetime

    def packed(self) -> dict[str, Any]:
        """For the session."""
        return {
            "station_id": self.station_id, "step": self.step, "is_late": self.is_late,
            "at": self.at.timestamp(), "read_at": self.read_at.timestamp(),
        }  # fmt: skip

    @classmethod
    def unpacked(cls, packed: dict[str, Any] | None, *, station: Station, now: datetime) -> Self | None:
        """What the session holds of this station, unless it was read too long ago."""
        if not packed or packed["station_id"] != station.pk:
            return None
        moments = {name: datetime.fromtimestamp(packed[name], UTC) for name in ("at", "read_at")}
        scan = cls(**{**packed, **moments})
        return scan if now - scan.read_at <= SCAN_COUNTS_FOR else None


@dataclass(frozen=True)
class Standing:
    """The place on a shift that a scan is about, and what there is to do: check in, check out, or nothing more.

    Before the beginning a check-in is undone; while the shift runs, a check-out of no minutes is.
    """

    assignment: Assignment
    action: str
    at: datetime

    @property
    def hardly_there(self) -> int | None:
        """The minutes that leaving now would record, where it may be a mistake that costs the hours of the shift."""
        return attendance.hardly_there(self.assignment, self.at) if self.action == OUT else None


class BadCode(DomainError):
    def __init__(self) -> None:
        super().__init__("bad_code", _("This is not a code of this station. Please scan the code on the screen."))


class ExpiredCode(DomainError):
    def __init__(self) -> None:
        super().__init__("expired_code", _("This code has expired. Please scan the code on the screen again."))


class NotFoundHere(DomainError):
    """One answer for a number that does not exist, other digits, and somebody who has no duty here now."""

    def __init__(self) -> None:
        message = _(
            "With this number and these digits there is no duty here now. Please check both, or ask the people at the"
            " station."
        )
        super().__init__("not_found_here", message, status=422, fields={"number": [message]})


def code_of(station: Station, *, at: datetime) -> str:
    """What the station's screen shows at this moment."""
    return _code(station.pk, _step(at))


def read(code: str, *, station: Station, at: datetime) -> Scan:
    """What a code proves at the moment when it reaches us; `BadCode` or `ExpiredCode` where it proves nothing."""
    if not _CODE.fullmatch(code):
        raise BadCode
    step = int(code[:_STEP_DIGITS], 16)
    if not hmac.compare_digest(code, _code(station.pk, step)):
        raise BadCode
    age = _step(at) - step
    # A code of the next minute was made by another of our servers, whose clock is a little ahead.
    if -1 <= age <= LIVE_STEPS:
        return Scan(station.pk, step, is_late=False, at=at, read_at=at)
    shown_at = datetime.fromtimestamp(step * STEP_SECONDS, UTC)
    if age < 0 or at - shown_at > LATE:
        raise ExpiredCode
    return Scan(station.pk, step, is_late=True, at=shown_at, read_at=at)


def identify(*, number: str, digits: str, scan: Scan, station: Station, address: str) -> Volunteer:
    """Somebody on duty here now who has not signed in, by volunteer number and the last digits of their phone.

    Call it outside of a transaction, so that tries stay counted. Raises `NotFoundHere` and `Throttled`.
    """
    number, digits = (re.sub(r"\s", "", unicodedata.normalize("NFKC", text)) for text in (number, digits))
    hit("check-in-address", address, **TRIES_OF_AN_ADDRESS)
    if not is_number(number) or not re.fullmatch(rf"\d{{{LAST_DIGITS}}}", digits, re.ASCII):
        raise NotFoundHere
    hit("check-in-number", number, **TRIES_OF_A_NUMBER)
    found = Volunteer.objects.current().filter(number=number).select_related("person").defer("search").first()
    last = found.person.phone_masked[-LAST_DIGITS:] if found else ""
    is_right = hmac.compare_digest(last.encode(), digits.encode())
    if found is None or not is_right or scan.is_late or standing(found, station=station, at=scan.at) is None:
        raise NotFoundHere
    return found


def standing(volunteer: Volunteer, *, station: Station, at: datetime) -> Standing | None:
    """What somebody at a station can do there at a moment: leave where they have come, come where they are due."""
    held = Assignment.objects.holding().filter(
        volunteer=volunteer, shift__station=station, shift__starts_at__lte=at + attendance.EARLY,
        shift__ends_at__gte=at - attendance.FORGOTTEN_AFTER,
    )  # fmt: skip
    places = list(held.select_related("shift__station", "volunteer__person").order_by("shift__starts_at"))
    for place in places:
        if place.checked_in_at and not place.checked_out_at:
            return Standing(place, UNDO if at < place.shift.starts_at else OUT, at)
    for place in places:
        if not place.checked_in_at and place.shift.ends_at >= at:
            return Standing(place, IN, at)
    ended = [place for place in places if place.checked_out_at]
    if not ended:
        return None
    return Standing(ended[-1], RESUME if attendance.may_resume(ended[-1], at) else DONE, at)


def check(
    volunteer: Volunteer, *, station: Station, scan: Scan, action: str, has_signed_in: bool, now: datetime | None = None
) -> Assignment:
    """Check in or out, as the button said that was pressed: pressed twice, the second time says what is the case."""
    now = now or timezone.now()
    if scan.is_late and not has_signed_in:
        raise ExpiredCode
    found = standing(volunteer, station=station, at=scan.at)
    if found is None:
        raise Conflict(_("You have no duty at this station at this time. Please ask the people there."), code="no_duty")
    place = found.assignment
    if action in TAKES_BACK and action == found.action:
        if scan.is_late:
            raise ExpiredCode
        return TAKES_BACK[action](place, by=None, now=now)
    if place.checked_out_at and found.action in (DONE, RESUME):
        raise Conflict(_("You checked out already, at %(time)s.") % {"time": _clock(place.checked_out_at)}, code="out")
    # A late code of a minute before the check-in is that of the check-in, come again.
    if place.checked_in_at and (action == IN or scan.at <= place.checked_in_at):
        raise Conflict(_("You checked in already, at %(time)s.") % {"time": _clock(place.checked_in_at)}, code="in")
    if action == OUT and found.action == UNDO:
        raise Conflict(_("The shift has not begun yet."), code="too_early")
    if action != found.action:
        raise Conflict(_("You have not checked in yet."), code="not_checked_in")
    with transaction.atomic():
        if scan.is_late:
            _use_up(scan, place)
        how = CheckMethod.CODE_LATE if scan.is_late else CheckMethod.CODE
        return DOES[action](place, by=None, how=how, at=scan.at, now=now)


def _use_up(scan: Scan, place: Assignment) -> None:
    try:
        with transaction.atomic():
            LateCode.objects.create(station_id=scan.station_id, step=scan.step, assignment=place)
    except IntegrityError as error:
        message = _("This code has been used already. Please scan a new one, or ask the people at the station.")
        raise Conflict(message, code="used") from error


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


def _code(station_id: int, step: int) -> str:
    # 80 bits: nobody tries them all in the minute in which they count.
    return f"{step:0{_STEP_DIGITS}x}{crypto.keyed_hash(f'{station_id}:{step}', purpose='check-in')[:20]}"


def _clock(moment: datetime) -> str:
    return humanize.absolute_time(moment)[-5:]
