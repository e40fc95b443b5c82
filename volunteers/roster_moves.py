"""Somebody is taken to another shift of a draft by hand, and the draft's figures are reckoned anew."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import DAY, ZONE
from portal.core.errors import Conflict, NotFound
from portal.core.humanize import hours
from portal.core.models import User
from volunteers import rosters
from volunteers.models import Assignment, DutyShift, Roster, RosterLine
from volunteers.models.assignments import AssignmentQuerySet
from volunteers.roster.plans import outcome, plan, shifts_of
from volunteers.roster.problem import gaps
from volunteers.spare_time import beyond_week, monday_of
from volunteers.suitability import refuse_unsuitable
from volunteers.types import AssignmentStatus


@dataclass(frozen=True)
class Week:
    """What a move did to somebody's week, Monday to Sunday: minutes of duty in it, in the draft and elsewhere."""

    monday: date
    before: int
    after: int
    most: int

    @property
    def words(self) -> str:
        told = _("In the week from %(day)s: %(before)s before, %(after)s now.") % {
            "day": f"{self.monday:%m-%d}", "before": hours(self.before), "after": hours(self.after),
        }  # fmt: skip
        return told + (_(" Mind: %(doubt)s.") % {"doubt": self.doubt} if self.doubt else "")

    @property
    def doubt(self) -> str:
        return beyond_week(self.after, self.most)


def move(line: RosterLine, *, to: DutyShift, by: User, at: datetime | None = None) -> Week:
    """Put the person of a line on another shift of the same draft, where the next solving leaves them.

    Returns what becomes of the week that they are moved into. Refused is what publishing would refuse. What somebody
    has not named as their time is for whoever moves them to know: the solver alone never bends that.
    """
    with rosters.held_draft(line.roster, by=by) as roster:
        lines = roster.lines.select_for_update()
        held = lines.select_related("volunteer__person").get(pk=line.pk)
        if not shifts_of(roster).filter(pk=to.pk).exists():
            raise NotFound(_("This shift is not one of the roster's."))
        refuse_unsuitable(to, held.volunteer)
        _refuse_to_move(held, to, roster, at=at or timezone.now())
        before = _minutes_in(monday_of(to), held, roster)
        held.shift, held.is_pinned = to, True
        held.save(update_fields=["shift", "is_pinned"])
        _reckon(roster)
        after = _minutes_in(monday_of(to), held, roster)
    line.refresh_from_db()
    return Week(monday_of(to), before, after, held.volunteer.weekly_minutes)


def _minutes_in(monday: date, line: RosterLine, roster: Roster) -> int:
    """Duty of the line's person in a week: what the draft says of its shifts, and what holds elsewhere."""
    begins = datetime.combine(monday, time(), ZONE)
    of_week = {"shift__starts_at__gte": begins, "shift__starts_at__lt": begins + 7 * DAY}
    drafted = roster.lines.filter(volunteer=line.volunteer, **of_week).select_related("shift")
    held = _elsewhere(roster).filter(volunteer=line.volunteer, **of_week).select_related("shift")
    return sum(each.shift.minutes for each in (*drafted, *held))


def _elsewhere(roster: Roster) -> AssignmentQuerySet:
    """Places on shifts that are none of the draft's."""
    return Assignment.objects.holding().exclude(shift__in=shifts_of(roster).values("pk"))


def _refuse_to_move(line: RosterLine, to: DutyShift, roster: Roster, *, at: datetime) -> None:
    others = roster.lines.exclude(pk=line.pk)
    own = others.filter(volunteer=line.volunteer)
    if to.starts_at <= at:
        message = _("“%(shift)s” has begun: nobody is moved from or to it any more.") % {"shift": to}
        raise Conflict(message, code="too_late")
    if line.shift_id == to.pk or own.filter(shift=to).exists():
        raise Conflict(_("“%(name)s” is on this shift already.") % {"name": line.volunteer}, code="already_there")
    if others.filter(shift=to).count() >= to.max_people:
        raise Conflict(_("This shift is full."), code="full")
    stays = Q(status=AssignmentStatus.CONFIRMED) | Q(is_pinned=True)
    if Assignment.objects.holding().filter(stays, shift=line.shift_id, volunteer=line.volunteer).exists():
        # A draft leaves whoever has said yes where they are.
        message = _("“%(name)s” holds this shift already; please move them in the station's calendar.")
        raise Conflict(message % {"name": line.volunteer}, code="holds_it")
    times = {"shift__starts_at__lt": to.ends_at, "shift__ends_at__gt": to.starts_at}
    if own.filter(**times).exists() or _elsewhere(roster).filter(volunteer=line.volunteer, **times).exists():
        raise Conflict(_("“%(name)s” is on duty elsewhere at that time.") % {"name": line.volunteer}, code="busy")


def _reckon(roster: Roster) -> None:
    """What is told of the draft: gaps, loads and fairness as they are now. Nothing of it is proven any more."""
    made = plan(roster)
    pairs = set(roster.lines.values_list("volunteer", "shift"))
    pairs = {(who, shift) for who, shift in pairs if who in made.problem.person and shift in made.problem.shift}
    found = outcome(made, pairs, gaps(made.problem, pairs, is_proven=False))
    # The draft that the solver began with stays what it was.
    known = {each["volunteer"]: each["before"] for each in roster.outcome.get("load", ())}
    for each in found["load"]:
        each["before"] = known.get(each["volunteer"], each["before"])
    before = roster.outcome.get("unfairness_before", found["unfairness_before"])
    roster.outcome = {**found, "unfairness_before": before, "by_hand": True}
    roster.save(update_fields=["outcome"])
