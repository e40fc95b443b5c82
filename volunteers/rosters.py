"""Rosters of a station: asked for, solved by a job, looked at, pinned, solved again, published by a person."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import DAY, ZONE
from portal.core.errors import Conflict, DomainError
from portal.core.history import acting_as
from portal.core.models import Region, User
from stations.models import Station
from volunteers import notices, places, planning, tasks
from volunteers.guards import DUTY, refuse_outside, refuse_unless_runs_duty
from volunteers.models import Assignment, DistrictDraft, Roster, RosterLine
from volunteers.roster.district import stations_of
from volunteers.roster.plans import shifts_of
from volunteers.types import AssignmentSource, AssignmentStatus

LONGEST = 62 * DAY
TO_ANSWER = timedelta(hours=48)


def ask(station: Station, *, first_day: date, last_day: date, by: User, now: datetime | None = None) -> Roster:
    """Ask for a roster of a station's shifts in these days; the job worker solves it.

    Shifts that templates would make only later are made now, so that no day of the roster is left out unsaid.
    """
    refuse_unless_runs_duty(station, by=by)
    if not first_day <= last_day <= first_day + LONGEST:
        backwards = last_day < first_day
        message = _("The last day comes before the first.") if backwards else _("A roster covers two months at most.")
        raise DomainError("invalid", message, fields={"last_day": [message]})
    now = now or timezone.now()
    if first_day < now.astimezone(ZONE).date():
        message = _("A roster is made for days that are still to come.")
        raise DomainError("invalid", message, fields={"first_day": [message]})
    roster = Roster(station=station, first_day=first_day, last_day=last_day, made_by=by)
    with transaction.atomic(), acting_as(by.pk):
        planning.make_until(station, last_day, by=by, now=now)
        if not shifts_of(roster).exists():
            raise DomainError("no_shifts", _("There are no shifts in these days. Please make a duty template first."))
        roster.save()
        tasks.solve_roster.enqueue(roster.pk)
    return roster


def cancel(roster: Roster, *, by: User) -> Roster:
    """Stop a roster that waits or is being solved; what was found so far stays to be looked at."""
    with _locked(roster, by=by, expects=(Roster.Status.QUEUED, Roster.Status.SOLVING)) as locked:
        locked.asked_to_stop = True
        if locked.status == Roster.Status.QUEUED:
            locked.status = Roster.Status.CANCELLED
        locked.save(update_fields=["asked_to_stop", "status"])
    roster.refresh_from_db()
    return roster


def pin(line: RosterLine, *, by: User, is_pinned: bool = True) -> RosterLine:
    """Hold a line of a draft fast: the next solving leaves it alone."""
    with held_draft(line.roster, by=by):
        line.is_pinned = is_pinned
        line.save(update_fields=["is_pinned"])
    return line


def solve_again(roster: Roster, *, by: User) -> Roster:
    """Put a draft back into the queue; its pinned lines stay."""
    with _locked(roster, by=by, expects=(Roster.Status.DRAFT, Roster.Status.CANCELLED, Roster.Status.FAILED)) as locked:
        locked.status, locked.asked_to_stop, locked.progress = Roster.Status.QUEUED, False, {}
        locked.save(update_fields=["status", "asked_to_stop", "progress"])
        tasks.solve_roster.enqueue(roster.pk)
    roster.refresh_from_db()
    return roster


def ask_for_area(region: Region, *, first_day: date, by: User) -> DistrictDraft:
    """Have drafts made at once for one week of all stations of a region; the job worker makes them."""
    refuse_outside(region, by=by, field="region", capability=DUTY)
    draft = DistrictDraft(region=region, first_day=first_day, last_day=first_day + 6 * DAY, made_by=by)
    if not stations_of(draft).exists():
        raise DomainError("no_shifts", _("There are no shifts in these days. Please make a duty template first."))
    with transaction.atomic(), acting_as(by.pk):
        draft.save()
        tasks.draft_district.enqueue(draft.pk)
    return draft


@dataclass
class Comparison:
    """What publishing a draft would change: who would be added, and whose proposal would be taken back."""

    added: list[RosterLine] = field(default_factory=list)
    removed: list[Assignment] = field(default_factory=list)
    kept: list[Assignment] = field(default_factory=list)


def compare(roster: Roster) -> Comparison:
    """The draft beside what stands on the shifts today."""
    lines = list(roster.lines.select_related("shift", "volunteer__person"))
    wanted = {(line.volunteer_id, line.shift_id) for line in lines}
    held = Assignment.objects.holding().filter(shift__in=shifts_of(roster)).select_related("shift", "volunteer__person")
    found = Comparison()
    standing = set()
    for assignment in held:
        pair = (assignment.volunteer_id, assignment.shift_id)
        standing.add(pair)
        replaceable = assignment.status == AssignmentStatus.PROPOSED and not assignment.is_pinned
        (found.removed if pair not in wanted and replaceable else found.kept).append(assignment)
    found.added = [line for line in lines if (line.volunteer_id, line.shift_id) not in standing]
    return found


@dataclass
class Published:
    assigned: list[Assignment] = field(default_factory=list)
    withdrawn: list[Assignment] = field(default_factory=list)
    # Who could not be put on after all, and why: somebody acted since the draft was made.
    refused: list[tuple[RosterLine, str]] = field(default_factory=list)


def publish(roster: Roster, *, by: User, now: datetime | None = None) -> Published:
    """Make the draft hold: everybody on it is asked, with a limit to answer. What no longer works is named."""
    now, done = now or timezone.now(), Published()
    with _locked(roster, by=by, expects=(Roster.Status.DRAFT,)) as locked:
        changes = compare(locked)
        for assignment in changes.removed:
            done.withdrawn.append(places.withdraw(assignment, by=by, reason=_("Replaced by a new roster"), at=now))
        for line in changes.added:
            if line.shift.starts_at <= now:
                continue
            try:
                with transaction.atomic():
                    done.assigned.append(
                        places.assign(
                            line.shift, volunteer=line.volunteer, by=by, source=AssignmentSource.ROSTER,
                            answer_by=min(now + TO_ANSWER, line.shift.starts_at), is_pinned=line.is_pinned,
                            is_told=False,
                        )
                    )  # fmt: skip
            except DomainError as error:
                done.refused.append((line, str(error)))
        notices.asked(done.assigned)
        locked.status, locked.published_by, locked.published_at = Roster.Status.PUBLISHED, by, now
        locked.outcome["refused"] = [
            {"shift": line.shift_id, "volunteer": line.volunteer_id, "reason": reason} for line, reason in done.refused
        ]
        locked.save(update_fields=["status", "published_by", "published_at", "outcome"])
    roster.refresh_from_db()
    return done


def held_draft(roster: Roster, *, by: User) -> AbstractContextManager[Roster]:
    """A draft, locked, for a change by hand."""
    return _locked(roster, by=by, expects=(Roster.Status.DRAFT, Roster.Status.CANCELLED))


@contextmanager
def _locked(roster: Roster, *, by: User, expects: tuple[str, ...]) -> Iterator[Roster]:
    """The roster's row, locked in a transaction in which `by` acts."""
    refuse_unless_runs_duty(roster.station, by=by)
    with transaction.atomic(), acting_as(by.pk):
        locked = Roster.objects.select_for_update(of=("self",)).select_related("station").get(pk=roster.pk)
        if locked.status not in expects:
            message = _("This roster is “%(state)s” by now.") % {"state": locked.get_status_display()}
            raise Conflict(message, code="not_possible_now")
        yield locked
