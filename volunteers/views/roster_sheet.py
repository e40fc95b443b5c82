"""A solved roster as a page shows it: day by day, people by days, gaps in words, load against share."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from portal.core import humanize
from portal.core.clock import DAY, ZONE
from portal.core.scope import Scope
from volunteers import names, rosters
from volunteers.models import DutyShift, Roster, RosterLine, Skill, Volunteer
from volunteers.roster.plans import shifts_of
from volunteers.roster.problem import KEY, PEOPLE, STAGES

STAGE_LABELS = {
    "cover": gettext_lazy("People, skills and keys"),
    "fairness": gettext_lazy("Fair shares"),
    "wishes": gettext_lazy("Wishes and ways"),
}
# A month of columns side by side has no room for more.
SHORT_WEEKDAYS = (
    pgettext_lazy("weekday", "Mo"),
    pgettext_lazy("weekday", "Tu"),
    pgettext_lazy("weekday", "We"),
    pgettext_lazy("weekday", "Th"),
    pgettext_lazy("weekday", "Fr"),
    pgettext_lazy("weekday", "Sa"),
    pgettext_lazy("weekday", "Su"),
)
# The width of the plot in units of its own; the page scales it.
WIDTH = 240


@dataclass
class ShiftLine:
    shift: DutyShift
    people: list[RosterLine] = field(default_factory=list)
    gaps: list["GapLine"] = field(default_factory=list)


@dataclass(frozen=True)
class GapLine:
    words: str
    reason: str
    is_proven: bool


@dataclass
class PersonLine:
    """One person's days, and the bar of the plot. Widths are in units of the plot."""

    volunteer: Volunteer
    cells: list[list[RosterLine]]
    minutes: int
    before: int
    share: int
    bar: int
    bar_before: int
    mark: int

    @property
    def over(self) -> int:
        return self.minutes - self.share


@dataclass(frozen=True)
class StageLine:
    label: Any
    words: str
    is_proven: bool
    seconds: float


class Sheet:
    """What a page shows of a roster. The number of queries is the same for ten lines and a thousand."""

    def __init__(self, roster: Roster, scope: Scope) -> None:
        self.roster, self.outcome = roster, roster.outcome
        self.lines = list(roster.lines.select_related("volunteer__person", "shift").order_by("shift__starts_at", "pk"))
        self.days = [roster.first_day + n * DAY for n in range((roster.last_day - roster.first_day).days + 1)]
        known = {line.shift_id: line.shift for line in self.lines}
        known |= {shift.pk: shift for shift in shifts_of(roster)}
        self.shifts = known
        ids = {each["volunteer"] for each in self.outcome.get("load", ())}
        ids |= {each["volunteer"] for each in self.outcome.get("refused", ())}
        self.people = {person.pk: person for person in Volunteer.objects.filter(pk__in=ids).select_related("person")}
        self.changes = rosters.compare(roster)
        concerned = [each.volunteer for each in (*self.lines, *self.changes.added)]
        concerned += [each.volunteer for each in (*self.changes.removed, *self.changes.kept)]
        names.show_names([*self.people.values(), *concerned], scope)

    @cached_property
    def by_shift(self) -> list[ShiftLine]:
        made = {pk: ShiftLine(shift) for pk, shift in self.shifts.items()}
        for line in self.lines:
            made[line.shift_id].people.append(line)
        for gap in self.outcome.get("gaps", ()):
            if gap["shift"] in made:
                made[gap["shift"]].gaps.append(self._gap(gap))
        return sorted(made.values(), key=lambda each: (each.shift.starts_at, each.shift.pk))

    @property
    def by_day(self) -> list[tuple[dt.date, list[ShiftLine]]]:
        found: dict[dt.date, list[ShiftLine]] = defaultdict(list)
        for each in self.by_shift:
            found[_day(each.shift)].append(each)
        return sorted(found.items())

    @property
    def headings(self) -> list[tuple[dt.date, Any]]:
        return [(day, SHORT_WEEKDAYS[day.weekday()]) for day in self.days]

    @property
    def short(self) -> list[ShiftLine]:
        return [each for each in self.by_shift if each.gaps]

    @property
    def gap_count(self) -> int:
        """People, skills and keys that are missing: two people on one shift are two."""
        return gaps_of(self.roster)

    @cached_property
    def skills(self) -> dict[str, str]:
        return dict(Skill.objects.values_list("code", "name"))

    def _gap(self, gap: dict[str, Any]) -> GapLine:
        count, what = gap["count"], gap["what"]
        if what == PEOPLE:
            words = ngettext("%(n)d person is missing", "%(n)d people are missing", count) % {"n": count}
        elif what == KEY:
            words = _("no key-holder")
        else:
            words = _("nobody with the skill “%(skill)s”") % {"skill": self.skills.get(what, what)}
        reasons = {
            "nobody_free": _("nobody who could do it has time"),
            "too_few_free": _("fewer have time than are needed"),
            "all_taken": _("those who have time are on other duty, need their rest or have served enough"),
        }
        return GapLine(words, reasons[gap["reason"]], gap["proven"])

    @cached_property
    def by_person(self) -> list[PersonLine]:
        """Those who could serve, whoever serves most above their share first."""
        load = [each for each in self.outcome.get("load", ()) if each["volunteer"] in self.people]
        load = [each for each in load if each["minutes"] or each["share"] or each["before"]]
        most = max((max(each["minutes"], each["share"], each["before"]) for each in load), default=0) or 1
        columns = {day: n for n, day in enumerate(self.days)}
        cells: dict[int, list[list[RosterLine]]] = defaultdict(lambda: [[] for _day_ in self.days])
        for line in self.lines:
            if (day := _day(line.shift)) in columns:
                cells[line.volunteer_id][columns[day]].append(line)
        made = [
            PersonLine(
                volunteer=self.people[each["volunteer"]], cells=cells[each["volunteer"]], minutes=each["minutes"],
                before=each["before"], share=each["share"], bar=each["minutes"] * WIDTH // most,
                bar_before=each["before"] * WIDTH // most, mark=each["share"] * WIDTH // most,
            )
            for each in load
        ]  # fmt: skip
        return sorted(made, key=lambda each: (-each.over, each.volunteer.pk))

    @property
    def stages(self) -> list[StageLine]:
        words = {"cover": self._missing, "fairness": _minutes_apart, "wishes": lambda value: ""}
        return [
            StageLine(STAGE_LABELS[each["name"]], words[each["name"]](each["value"]), each["proven"], each["seconds"])
            for each in self.outcome.get("stages", ())
        ]

    def _missing(self, value: int) -> str:
        return ngettext("%(n)d missing", "%(n)d missing", value) % {"n": value} if value else _("nothing missing")

    @property
    def refused(self) -> list[tuple[DutyShift | None, Volunteer | None, str]]:
        return [
            (self.shifts.get(each["shift"]), self.people.get(each["volunteer"]), each["reason"])
            for each in self.outcome.get("refused", ())
        ]


def progress_of(roster: Roster) -> dict[str, Any]:
    """How far the solver is: stages done, of how many, and the one it is at."""
    stage = roster.progress.get("stage")
    done = STAGES.index(stage) if stage in STAGES else 0
    return {
        "done": done, "count": len(STAGES), "label": STAGE_LABELS.get(stage, ""),
        "places": roster.progress.get("places"),
    }  # fmt: skip


def gaps_of(roster: Roster) -> int:
    return sum(gap["count"] for gap in roster.outcome.get("gaps", ()))


def _minutes_apart(value: int) -> str:
    return _("%(hours)s apart") % {"hours": humanize.hours(value)}


def _day(shift: DutyShift) -> dt.date:
    return shift.starts_at.astimezone(ZONE).date()


def in_order(rows: Iterable[Any]) -> list[Any]:
    """Lines or assignments by the time of their shift."""
    return sorted(rows, key=lambda each: (each.shift.starts_at, each.pk))
