"""What the contacts of a unit are told of its turns (轮值): planned, near, given to another unit or taken from one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core.models import Organization
from portal.core.notifications.kinds import Group, Kind, register_group
from portal.core.notifications.outbox import notify
from portal.core.notifications.recipients import contacts_of
from portal.core.permissions import Role
from volunteers.models import DutyShift, DutyTemplate
from volunteers.notices import SHIFT, kind_of, what
from volunteers.turns import turn_of

TURNS = register_group(
    Group("turns", gettext_lazy("Turns of my unit at stations"), roles=frozenset({Role.UNIT_CONTACT}))
)
UNIT = "春风物业公司"

# Weeks ahead, and said again when it is near: nobody's phone has to ring for it.
PLANNED = kind_of(
    "turn_planned", gettext_lazy("Turns of my unit are planned"), gettext_lazy("Your unit's turns"),
    gettext_lazy("{unit} is on turn: {what}."), {"unit": UNIT, "what": SHIFT}, group=TURNS,
    by_sms=False,
)  # fmt: skip
NEAR = kind_of(
    "turn_near", gettext_lazy("My unit's turn is near"), gettext_lazy("Your unit's turn is near"),
    gettext_lazy("{unit} is on turn soon: {what}. Please settle who comes."), {"unit": UNIT, "what": SHIFT},
    group=TURNS,
)  # fmt: skip
CHANGED = kind_of(
    "turn_changed", gettext_lazy("A turn goes to my unit, or to another one"), gettext_lazy("A turn has changed"),
    gettext_lazy("A change in the turns of {unit}: {what} is now taken by {who}."),
    {"unit": UNIT, "what": SHIFT, "who": "春风社区警务室"}, group=TURNS,
)  # fmt: skip
CANCELLED = kind_of(
    "turn_cancelled", gettext_lazy("A turn of my unit does not take place"), gettext_lazy("A turn falls away"),
    gettext_lazy("{unit} need not send anybody: {what}. {reason}"),
    {"unit": UNIT, "what": SHIFT, "reason": "台风预警，暂停值班"}, group=TURNS,
)  # fmt: skip


@dataclass
class Turn:
    """Shifts of one unit that follow each other without another unit's turn between them."""

    unit: Organization
    shifts: list[DutyShift]

    @property
    def near_key(self) -> str:
        """By it a unit is reminded once of a turn; a shift that stands by itself is a turn of its own."""
        first = self.shifts[0]
        template, day = first.template, first.occurs_on
        if template is None or day is None:
            return f"turn:{self.unit.pk}:shift:{first.pk}:near"
        return f"turn:{self.unit.pk}:{template.pk}:{turn_of(day, template.turn_length)}:near"


def turns_in(shifts: Iterable[DutyShift]) -> list[Turn]:
    """The turns that shifts belong to; read with their template, station and unit, in the order of time."""
    found: dict[str, Turn] = {}
    for shift in shifts:
        if shift.unit_on_turn is not None:
            alone = Turn(shift.unit_on_turn, [shift])
            turn = found.setdefault(alone.near_key, alone)
            if turn is not alone:
                turn.shifts.append(shift)
    return list(found.values())


def planned(template: DutyTemplate, made: Sequence[DutyShift]) -> None:
    """Tell each unit of turns that begin with shifts just made: one message, and none for a turn that it knows of."""
    units = {shift.unit_on_turn for shift in made if shift.unit_on_turn is not None}
    if not units:
        return
    length, pks = template.turn_length, [shift.pk for shift in made]
    earlier = template.shifts.filter(unit_on_turn__in=units).exclude(pk__in=pks)
    since = turn_of(min(shift.occurs_on for shift in made if shift.occurs_on), length)
    days = earlier.filter(occurs_on__gte=since).values_list("unit_on_turn", "occurs_on")
    known = {(unit, turn_of(day, length)) for unit, day in days if day is not None}
    new: dict[Organization, list[DutyShift]] = defaultdict(list)
    for shift in made:
        unit, day = shift.unit_on_turn, shift.occurs_on
        if unit is not None and day is not None and (unit.pk, turn_of(day, length)) not in known:
            new[unit].append(shift)
    for unit, shifts in new.items():
        _tell(PLANNED, unit, {"what": _and_more(shifts)}, key=f"turn:{unit.pk}:planned:{shifts[0].pk}")


def near(turn: Turn) -> None:
    _tell(NEAR, turn.unit, {"what": _and_more(turn.shifts)}, key=turn.near_key)


def changed(shifts: Iterable[tuple[DutyShift, Organization | None, Organization | None]]) -> None:
    """Tell both sides of shifts that go from one unit to another, or to none, and the unit of those whose times change.

    Each shift comes with the unit before and the unit now.
    """
    concerned: dict[tuple[Organization, Organization | None], list[DutyShift]] = defaultdict(list)
    for shift, before, now in shifts:
        for unit in {unit for unit in (before, now) if unit is not None}:
            concerned[unit, now].append(shift)
    # A turn that goes to and fro is told each time.
    for (unit, now), of_unit in concerned.items():
        words = {"what": _and_more(of_unit), "who": str(now) if now else _("nobody in particular")}
        _tell(CHANGED, unit, words, key=f"turn:{unit.pk}:changed:{uuid4().hex}")


def cancelled(shifts: Iterable[DutyShift], *, reason: str) -> None:
    """Tell units of shifts of their turns that do not take place."""
    concerned: dict[Organization, list[DutyShift]] = defaultdict(list)
    for shift in shifts:
        if shift.unit_on_turn is not None:
            concerned[shift.unit_on_turn].append(shift)
    for unit, of_unit in concerned.items():
        words = {"what": _and_more(of_unit), "reason": reason}
        _tell(CANCELLED, unit, words, key=f"turn:{unit.pk}:cancelled:{uuid4().hex}")


def _and_more(shifts: Sequence[DutyShift]) -> str:
    more = len(shifts) - 1
    words = what(shifts[0])
    if more:
        words += ngettext(" and %(count)d more duty", " and %(count)d more duties", more) % {"count": more}
    return words


def _tell(kind: Kind, unit: Organization, words: dict[str, str], *, key: str) -> None:
    notify(
        kind=kind.name, to=contacts_of(unit.pk), context={"unit": str(unit), **words}, dedupe_key=key,
        link=reverse("volunteers:turn_list"),
    )  # fmt: skip
