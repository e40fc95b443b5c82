"""POST requests: GeoReport's arguments as those of the verb `submit`."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from portal.api.open311.errors import Refused
from portal.api.open311.locate import region_at, region_named
from portal.core import tokens
from portal.core.models import Region, User
from portal.core.text import clean_text
from requests.models import Category, ServiceAttribute
from requests.models.attributes import LISTS, DataType
from requests.types import Channel
from requests.workflow import Staff
from requests.workflow.intake import MAX_DESCRIPTION, Contact

RECORD = "requests:record"
MAX_ANSWER = 500
_ATTRIBUTE = re.compile(r"attribute\[([A-Za-z0-9_]+)\](\[\])?")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


@dataclass(frozen=True)
class Taken:
    """The keywords of `submit`, with whose token it came by."""

    by: Staff
    token: int
    arguments: dict[str, Any]
    # Of all that was sent: a repeat has the same.
    digest: str


def holder(request: HttpRequest) -> tuple[User, int]:
    """The account whose machine token is the `api_key`, and the token."""
    key = request.POST.get("api_key") or request.GET.get("api_key") or ""
    found = tokens.find(key.strip()) if key.strip().isascii() and key.strip() else None
    if found is None:
        raise Refused(
            _("The api_key is missing or does not hold. Ask the district office for a machine token."), status=403
        )
    user, token = found
    if not user.scope.can(RECORD):
        raise Refused(_("This token may not send requests: it needs “requests:record”."), status=403)
    return user, token.pk


def read(request: HttpRequest) -> Taken:
    """What was sent; everything that is wrong with it is told at once."""
    (user, token), sent = holder(request), request.POST
    problems: list[str] = []
    category = _category(sent, problems)
    point = _point(sent, problems)
    region = _region(sent, point, problems)
    answers = _answers(sent, category, problems) if category else []
    words = clean_text(sent.get("description", ""), max_length=MAX_DESCRIPTION, multiline=True)
    description = "\n".join([*filter(None, [words]), *answers, *_media(sent)])
    if not description:
        problems.append(_("Please say what it is about (description)."))
    if problems:
        raise Refused(*problems)
    name = f"{sent.get('last_name', '')}{sent.get('first_name', '')}"
    arguments = {
        "description": description, "category": category, "region": region, "channel": Channel.OPEN311,
        "title": "" if words else category.name, "address_text": sent.get("address_string", ""), "point": point,
        "contact": Contact(phone=sent.get("phone", ""), name=name),
    }  # fmt: skip
    return Taken(by=Staff(user), token=token, arguments=arguments, digest=_digest(sent))


def _digest(sent: QueryDict) -> str:
    """The same for the same values in any order; the key says who sends, and is no part of what is sent."""
    values = sorted((name, sent.getlist(name)) for name in sent if name != "api_key")
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _category(sent: QueryDict, problems: list[str]) -> Category | None:
    code = sent.get("service_code", "")
    found = None
    if code.isascii() and code.isdecimal() and len(code) < 10:
        found = Category.objects.filter(pk=int(code), is_active=True, children__isnull=True).first()
    if found is None:
        problems.append(_("There is no service with this code (service_code)."))
    return found


def _point(sent: QueryDict, problems: list[str]) -> tuple[float, float] | None:
    given = sent.get("lat", ""), sent.get("long", "")
    if not any(given):
        return None
    try:
        latitude, longitude = float(given[0]), float(given[1])
        if -90 <= latitude <= 90 and -180 <= longitude <= 180:
            return latitude, longitude
    except ValueError:
        pass
    problems.append(_("Please give lat and long together, in degrees."))
    return None


def _region(sent: QueryDict, point: tuple[float, float] | None, problems: list[str]) -> Region | None:
    code = sent.get("address_id", "")
    found = Region.objects.current().filter(code=code).first() if code else None
    if found is None and point:
        found = region_at(*point)
    if found is None and (address := clean_text(sent.get("address_string", ""), max_length=200)):
        found = region_named(address)
    if found is None:
        problems.append(
            _("Please say where it is in a district that we serve: lat and long, or an address with its community.")
        )
    return found


def _answers(sent: QueryDict, category: Category, problems: list[str]) -> list[str]:
    """A line for each question that was answered; what a definition asks for has to be."""
    given: dict[str, list[str]] = {}
    for name in sent:
        if match := _ATTRIBUTE.fullmatch(name):
            given[match[1]] = [clean_text(each, max_length=MAX_ANSWER) for each in sent.getlist(name)]
    lines = []
    for asked in ServiceAttribute.objects.filter(category=category):
        answers = [each for each in given.pop(asked.code, []) if each]
        if not answers and asked.is_required:
            problems.append(_("Please answer “%(question)s” (attribute[%(code)s]).") % _words(asked))
        elif answers and not _fits(asked, answers):
            problems.append(
                _("The answer to “%(question)s” (attribute[%(code)s]) is none of those possible.") % _words(asked)
            )
        elif answers:
            lines.append(f"{asked.question}：{'、'.join(answers)}")
    problems.extend(_("This service has no attribute “%(code)s”.") % {"code": code} for code in sorted(given))
    return lines


def _words(asked: ServiceAttribute) -> dict[str, str]:
    return {"question": asked.question, "code": asked.code}


def _fits(asked: ServiceAttribute, answers: list[str]) -> bool:
    if asked.datatype in LISTS and not set(answers) <= set(asked.choices):
        return False
    if asked.datatype != DataType.SOME_OF and len(answers) > 1:
        return False
    if asked.datatype == DataType.NUMBER:
        return _NUMBER.fullmatch(answers[0]) is not None
    return asked.datatype != DataType.DATETIME or _is_moment(answers[0])


def _is_moment(text: str) -> bool:
    try:
        return parse_datetime(text) is not None
    except ValueError:
        return False


def _media(sent: QueryDict) -> Iterable[str]:
    """An address of a picture is kept as words: what lies at addresses of others is not fetched."""
    address = clean_text(sent.get("media_url", ""), max_length=500)
    return [address] if address.startswith(("http://", "https://")) else []
