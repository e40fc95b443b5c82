"""轮值: several units take the duty of a template in turn, in an order of their own.

The order stands in `DutyTurn`; a shift keeps the unit that it was made with (docs/decisions/0088-units-take-turns.md).
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.core.clock import DAY
from portal.core.models import Organization, User
from portal.core.models.organizations import OrganizationQuerySet
from volunteers import recurrence
from volunteers.guards import refuse
from volunteers.models import DutyShift, DutyTemplate, DutyTurn, UnitReport
from volunteers.types import TurnLength

# A year of months with a unit each, and more than any station has.
MOST_UNITS = 12


def unit_on_turn(template: DutyTemplate, day: dt.date, units: Sequence[Organization]) -> Organization | None:
    """Whose turn it is on a day of the template's duty.

    The units follow each other in their order, over and over. A turn is one shift, or the shifts of one calendar week
    (Monday to Sunday), or of one calendar month, as `turn_length` says. Turns are counted along the days that the rule
    of recurrence names, from the day on which the first unit's turn begins; before it nobody is on turn. So a week or a
    month without duty is nobody's turn, and duty that falls away (a holiday, a typhoon) uses its turn up: the others
    can rely on their days.
    """
    since = template.turns_from or template.first_day
    begun = bisect_right(_beginnings(template.rule, template.first_day, since, template.turn_length, day.year), day)
    return units[(begun - 1) % len(units)] if units and begun else None


def turn_of(day: dt.date, length: str) -> dt.date:
    """The first day that a turn with this day in it can have; days of one turn have it in common."""
    match length:
        case TurnLength.WEEK:
            return day - day.weekday() * DAY
        case TurnLength.MONTH:
            return day.replace(day=1)
    return day


@lru_cache(maxsize=256)
def _beginnings(rule: str, first: dt.date, since: dt.date, length: str, year: int) -> tuple[dt.date, ...]:
    """The first day of duty of every turn until the end of a year: asked for many days, read once."""
    days: dict[dt.date, dt.date] = {}
    for day in recurrence.days(rule, first=first, since=since, until=dt.date(year, 12, 31)):
        days.setdefault(turn_of(day, length), day)
    return tuple(days.values())


def units_of(template: DutyTemplate) -> list[Organization]:
    """The units of a saved template, in their order."""
    return [turn.organization for turn in template.turns.select_related("organization").order_by("position")]


def known_to(row: DutyTemplate | DutyShift) -> list[Organization]:
    """The units of the order that a template or a shift belongs to: whoever may change it may name them."""
    template = row if isinstance(row, DutyTemplate) else row.template
    return units_of(template) if template is not None and template.pk else []


def units_open_to(user: User, *, known: Sequence[Organization] = ()) -> OrganizationQuerySet:
    """The units that somebody may put on turn: those of their own area, and those that have reported to its communities
    (双报到), wherever they are seated: a police station belongs to the street. The `known` ones may stay."""
    reported = UnitReport.objects.for_user(user).current().values("organization")
    own = Organization.objects.for_user(user).values("pk")
    is_open = (Q(pk__in=own) | Q(pk__in=reported)) & Q(is_active=True)
    return Organization.objects.filter(is_open | Q(pk__in=[unit.pk for unit in known]))


def refuse_impossible(units: Sequence[Organization], *, known: Sequence[Organization] = ()) -> None:
    """Refuse an order of units that cannot be. Of the `known` ones nothing is said that held before."""
    if len(units) > MOST_UNITS:
        refuse("units", _("At most %(count)d units take turns.") % {"count": MOST_UNITS})
    seen: set[Organization] = set()
    for unit in units:
        if unit in seen:
            refuse(
                "units", _("“%(name)s” stands in the order twice. Each unit has one turn in a round.") % {"name": unit}
            )
        if not unit.is_active and unit not in known:
            refuse("units", _("“%(name)s” is no longer active.") % {"name": unit})
        seen.add(unit)


def set_units(template: DutyTemplate, units: Sequence[Organization]) -> None:
    """Part of the verb that saves a template: the order as it is from now on."""
    if units_of(template) == list(units):
        return
    template.turns.all().delete()
    # One by one, so that the history has every place.
    for position, unit in enumerate(units):
        DutyTurn.objects.create(template=template, organization=unit, position=position)
