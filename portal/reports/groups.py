"""By what a report is divided: the column that says which group a row is in, and what the groups are called."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.core.errors import DomainError
from portal.core.models import Level, Organization, Region
from portal.reports.places import Place
from portal.reports.sources import Source
from requests.models import Category
from requests.types import Channel
from stations.models import Station
from stations.types import StationType

# The key of the rows that are in no group, such as cases without a station.
NONE = "-"
# Centres have no station type; together they are a group of their own.
CENTRE = "centre"


class GroupBy(models.TextChoices):
    DISTRICT = "district", _("District")
    STREET = "street", _("Street")
    COMMUNITY = "community", _("Community")
    STATION = "station", _("Station")
    STATION_TYPE = "station_type", _("Station type")
    CATEGORY = "category", _("Category")
    CHANNEL = "channel", _("Channel")
    UNIT = "unit", _("Responsible unit")


@dataclass(frozen=True)
class Group:
    """One line of a report. `key` is what the address of its rows names it by."""

    value: Any
    key: str
    name: str


Expression = F | Case | Coalesce
_LEVELS = {GroupBy.DISTRICT: Level.DISTRICT, GroupBy.STREET: Level.STREET, GroupBy.COMMUNITY: Level.COMMUNITY}


def expression(group_by: str, source: Source) -> Expression:
    """What rows of `source` are grouped by."""
    case = source.of_case
    if group_by == GroupBy.STATION_TYPE:
        return Case(
            When(Q(**{case("station_id__isnull"): True}), then=None),
            When(Q(**{case("station__station_type"): ""}), then=Value(CENTRE)),
            default=F(case("station__station_type")),
            output_field=models.CharField(),
        )
    if group_by == GroupBy.CATEGORY:
        return Coalesce(F(case("category__top_id")), F(case("category_id")))
    if group_by == GroupBy.CHANNEL:
        return F(case("channel"))
    if group_by == GroupBy.UNIT:
        # In cases the unit that holds or last held the case, in offers the unit that the offer was made to.
        return F(f"{source.unit}_id")
    return F(case(f"{group_by}_id"))


def groups_of(group_by: str, place: Place, values: Iterable[Any]) -> list[Group]:
    """The lines of a report in their order: the groups that occur, and every region of a level, also without cases.

    What is in no group comes last.
    """
    occurring = {value for value in values if value is not None}
    known = _named(group_by, place, occurring)
    groups = [Group(value, key, name) for value, key, name in known]
    if None in set(values):
        groups.append(Group(None, NONE, str(_NONE_NAMES.get(group_by, _("None")))))
    return groups


def value_of(group_by: str, key: str) -> Any:
    """The value behind a key of the address."""
    if key == NONE:
        return None
    if group_by in _LEVELS:
        found = Region.objects.filter(code=key, level=_LEVELS[GroupBy(group_by)]).values_list("pk", flat=True).first()
    elif group_by == GroupBy.STATION:
        found = Station.objects.filter(code=key).values_list("pk", flat=True).first()
    elif group_by in (GroupBy.CATEGORY, GroupBy.UNIT):
        found = int(key) if key.isdecimal() and len(key) <= 18 else None
    else:
        words = [CENTRE, *StationType.values] if group_by == GroupBy.STATION_TYPE else Channel.values
        found = key if key in words else None
    if found is None:
        message = gettext("There is no such group.")
        raise DomainError("invalid", message, fields={"key": [message]})
    return found


_NONE_NAMES: dict[str, str | Promise] = {
    GroupBy.STREET: _("Street not known"),
    GroupBy.COMMUNITY: _("Community not known"),
    GroupBy.STATION: _("Without a station"),
    GroupBy.STATION_TYPE: _("Without a station"),
    GroupBy.CATEGORY: _("Not classified"),
    GroupBy.UNIT: _("With no unit"),
}
Named = Iterable[tuple[Any, str, str]]


def _regions(group_by: str, place: Place, occurring: set[Any]) -> Named:
    level = _LEVELS[GroupBy(group_by)]
    condition = Q(pk__in=occurring)
    for region in place.regions:
        condition |= Q(path__startswith=region.path, valid_to__isnull=True)
    rows = Region.objects.filter(condition, level=level).order_by("code")
    return [(row.pk, row.code, str(row)) for row in rows.only("code", "name", "short_name")]


def _stations(group_by: str, place: Place, occurring: set[Any]) -> Named:
    rows = Station.objects.filter(pk__in=occurring).order_by("code").values_list("pk", "code", "name")
    return list(rows)


def _categories(group_by: str, place: Place, occurring: set[Any]) -> Named:
    rows = Category.objects.filter(pk__in=occurring).order_by("path").values_list("pk", "name")
    return [(pk, str(pk), name) for pk, name in rows]


def _units(group_by: str, place: Place, occurring: set[Any]) -> Named:
    rows = Organization.objects.filter(pk__in=occurring).order_by("name").values_list("pk", "name")
    return [(pk, str(pk), name) for pk, name in rows]


def _words(group_by: str, place: Place, occurring: set[Any]) -> Named:
    choices: list[tuple[str, Any]] = list(Channel.choices)
    if group_by == GroupBy.STATION_TYPE:
        choices = [*StationType.choices, (CENTRE, _("Centres"))]
    return [(code, code, str(name)) for code, name in choices if code in occurring]


_NAMERS: dict[str, Callable[[str, Place, set[Any]], Named]] = {
    **dict.fromkeys(_LEVELS, _regions),
    GroupBy.STATION: _stations,
    GroupBy.CATEGORY: _categories,
    GroupBy.UNIT: _units,
    GroupBy.STATION_TYPE: _words,
    GroupBy.CHANNEL: _words,
}


def _named(group_by: str, place: Place, occurring: set[Any]) -> Named:
    return _NAMERS[group_by](group_by, place, occurring)
