"""What must not stand in a log: tracking codes, phone numbers and id numbers, wherever they come from."""

import logging
import re

from portal.core.codes import parse_code
from portal.core.errors import DomainError
from portal.core.masking import STARS

# Addresses of the API hold the code that opens a case, and the codes that were guessed; those of calendars and screens
# open one, and a station's code proves that somebody was there.
_IN_ADDRESS = re.compile(r"(/public/requests/|/calendar/|/screen/|/checkin/\d+/)[^/\s]+")
_GAP = r"(?:[\s–-]|%20){0,3}"
_LIKE_A_CODE = re.compile(
    rf"(?<![0-9A-Za-z])[0-9A-Za-z]{{4}}{_GAP}[0-9A-Za-z]{{4}}{_GAP}[0-9A-Za-z]{{3}}(?![0-9A-Za-z])"
)
# The guards keep longer numbers (times in milliseconds, codes of regions) as they are.
_MOBILE = re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)")
_ID_NUMBER = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?![\dA-Za-z])")


def discreet(text: str) -> str:
    """`text` with `****` for everything that opens a case or reaches a person."""
    text = _IN_ADDRESS.sub(rf"\1{STARS}", text)
    text = _ID_NUMBER.sub(STARS, text)
    text = _MOBILE.sub(STARS, text)
    return _LIKE_A_CODE.sub(_without_code, text)


def _without_code(match: re.Match[str]) -> str:
    try:
        parse_code(match[0].replace("%20", " "))
    except DomainError:
        # A word that only looks like one: its check character is wrong.
        return match[0]
    return STARS


class DiscreetFormatter(logging.Formatter):
    """Cleans the finished line, tracebacks included: an error of the database quotes the row that it refused."""

    def format(self, record: logging.LogRecord) -> str:
        return discreet(super().format(record))
