"""`network-summary`: the stations of a place as the registry has them now, by each of the ways they are told apart."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.reports.groups import NONE
from portal.reports.places import Place
from stations.models import Station, StationFunction
from stations.types import BuildMode, StationStatus, StationType, Tier


class NetworkFigure(models.TextChoices):
    """Both in 个 and as the registry stands now."""

    STATIONS = "stations", _("Stations")
    OPEN = "open", _("Open stations")


DEFINITIONS: dict[str, str | Promise] = {
    NetworkFigure.STATIONS: _("Stations and centres in the registry, in whatever status"),
    NetworkFigure.OPEN: _("Of these, those whose status is open"),
}


class Section(models.TextChoices):
    TIER = "tier", _("By tier")
    TYPE = "station_type", _("By station type")
    FUNCTION = "function", _("By function")
    HOURS = "open_24h", _("By 24-hour opening")
    BUILD_MODE = "build_mode", _("By build mode")
    STATUS = "status", _("By status")


NOTES: dict[str, str | Promise] = {
    Section.TYPE: _("Centres have no station type and are in no line of this table."),
    Section.FUNCTION: _("A station with several functions is in several lines; the lines do not add up to the total."),
}


@dataclass(frozen=True)
class Line:
    key: str
    name: str
    stations: int
    open: int


@dataclass(frozen=True)
class Network:
    place: Place
    total: Line
    sections: dict[str, list[Line]]


# The columns that one statement counts together, with the words for their values in order.
_YES, _NO = "yes", "no"
_WORDS: dict[str, list[tuple[Any, str, str | Promise]]] = {
    Section.TIER: [(code, code, name) for code, name in Tier.choices],
    Section.TYPE: [(code, code, name) for code, name in StationType.choices],
    Section.HOURS: [(True, _YES, _("Open 24 hours")), (False, _NO, _("Not open 24 hours"))],
    Section.BUILD_MODE: [*((code, code, name) for code, name in BuildMode.choices), ("", NONE, _("Not stated"))],
    Section.STATUS: [(code, code, name) for code, name in StationStatus.choices],
}


def stations_at(place: Place) -> QuerySet[Station]:
    return Station.objects.filter(place.station_condition())


def summarize(place: Place) -> Network:
    """Two statements: the columns together, and the functions, of which a station has several."""
    here = stations_at(place)
    columns = list(_WORDS)
    numbers: dict[str, Counter] = {column: Counter() for column in columns}
    openings: dict[str, Counter] = {column: Counter() for column in columns}
    total, total_open = 0, 0
    for *values, status, number in here.order_by().values_list(*columns, "status").annotate(number=Count("pk")):
        is_open = status == StationStatus.OPEN
        total, total_open = total + number, total_open + number * is_open
        for column, value in zip(columns, values, strict=True):
            numbers[column][value] += number
            openings[column][value] += number * is_open
    sections = {
        column: [
            Line(key, str(name), numbers[column][value], openings[column][value])
            for value, key, name in _WORDS[column]
            if numbers[column][value] or key != NONE
        ]
        for column in columns
    }
    sections[Section.FUNCTION] = list(_by_function(here))
    total_line = Line("", str(_("Total")), total, total_open)
    return Network(place, total_line, {section: sections[section] for section in Section.values})


def _by_function(here: QuerySet[Station]) -> Iterable[Line]:
    opened = models.Q(status=StationStatus.OPEN)
    counted = here.order_by().values("functions").annotate(all=Count("pk"), open=Count("pk", filter=opened))
    numbers = {row["functions"]: row for row in counted}
    for pk, code, name in StationFunction.objects.values_list("pk", "code", "name"):
        if pk in numbers:
            yield Line(code, name, numbers[pk]["all"], numbers[pk]["open"])
    if None in numbers:
        yield Line(NONE, str(_("No function stated")), numbers[None]["all"], numbers[None]["open"])


def rows(place: Place, *, figure: str = NetworkFigure.STATIONS, section: str = "", key: str = "") -> QuerySet[Station]:
    """The stations behind a number; without a section, behind the total."""
    found = stations_at(place)
    if figure == NetworkFigure.OPEN:
        found = found.open()
    if not section:
        return found
    if section == Section.FUNCTION:
        return found.filter(functions__isnull=True) if key == NONE else found.filter(functions__code=key)
    for value, known, _name in _WORDS[section]:
        if known == key:
            return found.filter(**{section: value})
    message = gettext("There is no such group.")
    raise DomainError("invalid", message, fields={"key": [message]})
