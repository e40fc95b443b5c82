"""Shifts made of duty templates: so many weeks ahead, each occurrence once.

A changed template first says what it would change (`preview`), then does exactly that (`apply`). Shifts that began, and
shifts that staff changed by hand, are left alone.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import DAY, ZONE
from portal.core.errors import Conflict, DomainError, from_validation_error
from portal.core.history import acting_as
from portal.core.holidays import public_holidays
from portal.core.models import Level, Organization, Region, User
from stations.models import Station
from stations.types import StationStatus
from volunteers import places, recurrence, turn_notices, turns
from volunteers.guards import refuse, refuse_unless_runs_duty
from volunteers.models import DutyShift, DutyTemplate, Skill
from volunteers.turns import unit_on_turn
from volunteers.types import HolidayRule, ShiftStatus

# Nobody keeps watch longer; a typing error does.
LONGEST_DUTY = dt.timedelta(hours=16)
# What a shift takes over from its template. Whose turn it is, the day says (`turns.unit_on_turn`).
COPIED = (
    "title", "kind", "min_people", "max_people", "needs_key_holder", "needs_insurance", "needs_training", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Occurrence:
    day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    holiday: str = ""  # its name, where duty falls on one and the rule says to point it out
    unit_on_turn: Organization | None = None


@dataclass
class Changes:
    """What applying a template would do to the shifts that have not begun."""

    added: list[Occurrence] = field(default_factory=list)
    changed: list[tuple[DutyShift, Occurrence]] = field(default_factory=list)
    # No longer an occurrence: deleted where nobody is on them, else called off.
    removed: list[DutyShift] = field(default_factory=list)
    # Changed by hand, or with more people on them than the template now allows: left as they are.
    left_alone: list[DutyShift] = field(default_factory=list)
    warnings: list[Occurrence] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)

    @property
    def mark(self) -> str:
        """Names exactly these changes: whoever agreed to a preview agreed to them and to no others."""
        said = (
            [(each.starts_at, _pk(each.unit_on_turn)) for each in self.added],
            [
                (shift.pk, shift.taken, occurrence.starts_at, _pk(occurrence.unit_on_turn))
                for shift, occurrence in self.changed
            ],
            [(shift.pk, shift.taken) for shift in self.removed],
            [shift.pk for shift in self.left_alone],
        )
        return sha256(repr(said).encode()).hexdigest()[:32]

    @property
    def people_concerned(self) -> int:
        """Places held on shifts that would move or go."""
        return sum(shift.taken for shift, _occurrence in self.changed) + sum(shift.taken for shift in self.removed)


class NotAgreed(DomainError):
    """Shifts would change, and nobody agreed to `changes`: they were never shown, or are others by now."""

    def __init__(self, changes: Changes, *, mark: str) -> None:
        self.changes = changes
        if mark:
            words = _("What would change is no longer what was shown to you. Please look again.")
            super().__init__("preview_outdated", words, status=409)
        else:
            words = _("Shifts would change. Please look at the preview first, and send its mark.")
            super().__init__("preview_needed", words, fields={"mark": [words]})


def occurrences(
    template: DutyTemplate, *, since: dt.date, until: dt.date, units: Sequence[Organization] = ()
) -> Iterator[Occurrence]:
    """The template's duties from `since` to `until` inclusive, with its rule for public holidays.

    Of its `units`, in their order, each duty has the one whose turn it is.
    """
    last = min(until, template.last_day) if template.last_day else until
    holidays = public_holidays(since, last) if template.on_holidays != HolidayRule.KEEP else {}
    for day in recurrence.days(template.rule, first=template.first_day, since=since, until=last):
        if day in holidays and template.on_holidays == HolidayRule.SKIP:
            continue
        starts_at = dt.datetime.combine(day, template.starts, ZONE)
        ends_on = day if template.ends > template.starts else day + DAY
        ends_at = dt.datetime.combine(ends_on, template.ends, ZONE)
        yield Occurrence(day, starts_at, ends_at, holidays.get(day, ""), unit_on_turn(template, day, units))


def preview(
    template: DutyTemplate, *, skills: Iterable[Skill] | None = None, units: Sequence[Organization] | None = None,
    now: dt.datetime | None = None, at_least_until: dt.date | None = None,
) -> Changes:  # fmt: skip
    """What `apply` would change. Works on a template that has not been saved yet, whose `skills`, and whose `units` in
    the order of their turns, are then named."""
    now = now or timezone.now()
    today = now.astimezone(ZONE).date()
    until = max(today + dt.timedelta(weeks=template.weeks_ahead), at_least_until or today)
    is_kept = template.is_active and template.station.status == StationStatus.OPEN
    existing: list[DutyShift] = []
    if template.pk:
        ahead = template.shifts.open().filter(starts_at__gt=now)
        existing = list(ahead.select_related("unit_on_turn").prefetch_related("skills").order_by("starts_at"))
    known = {shift.occurs_on for shift in existing}
    # Shifts that were made further ahead than the template now reaches stay as long as they are occurrences.
    reach = max([until, *(day for day in known if day is not None)])
    if units is None:
        units = turns.known_to(template)
    duties = occurrences(template, since=today, until=reach, units=units) if is_kept else ()
    wanted = {each.day: each for each in duties}
    wanted = {day: each for day, each in wanted.items() if day <= until or day in known}
    changes = Changes(warnings=[each for each in wanted.values() if each.holiday])
    if skills is None:
        skills = template.skills.all() if template.pk else ()
    wanted_skills = set(skills)
    for shift in existing:
        occurrence = wanted.get(shift.occurs_on)
        if shift.is_changed or (occurrence is not None and shift.taken > template.max_people):
            changes.left_alone.append(shift)
        elif occurrence is None:
            changes.removed.append(shift)
        elif _differs(shift, template, occurrence) or set(shift.skills.all()) != wanted_skills:
            changes.changed.append((shift, occurrence))
    if template.pk:
        # An occurrence that was called off, or has begun, does not come again.
        known |= set(template.shifts.filter(occurs_on__in=wanted).values_list("occurs_on", flat=True))
    changes.added = [each for day, each in wanted.items() if day not in known and each.starts_at > now]
    return changes


def apply(
    template: DutyTemplate, *, by: User | None, now: dt.datetime | None = None, at_least_until: dt.date | None = None
) -> Changes:
    """Bring the shifts ahead in step with a saved template. A second run finds nothing to do."""
    refuse_unless_runs_duty(template.station, by=by)
    with transaction.atomic(), acting_as(by.pk if by else None):
        locked = DutyTemplate.objects.select_for_update(of=("self",)).select_related("station__region")
        template = locked.get(pk=template.pk)
        changes = preview(template, now=now, at_least_until=at_least_until)
        skills = list(template.skills.all())
        _add(template, changes.added, skills)
        _change(template, changes.changed, skills, by=by)
        _remove(changes.removed, by=by)
    return changes


def _add(template: DutyTemplate, added: Iterable[Occurrence], skills: list[Skill]) -> None:
    district, made = district_of(template.station), []
    for occurrence in added:
        shift = DutyShift.objects.create(
            template=template, station=template.station, district=district, occurs_on=occurrence.day,
            **_values(template, occurrence),
        )  # fmt: skip
        shift.skills.set(skills)
        made.append(shift)
    turn_notices.planned(template, made)


def _change(
    template: DutyTemplate, changed: Iterable[tuple[DutyShift, Occurrence]], skills: list[Skill], *, by: User | None
) -> None:
    news = []
    for shift, occurrence in changed:
        was, before = _of_units(shift), shift.unit_on_turn
        _move(shift, _values(template, occurrence), by=by)
        shift.skills.set(skills)
        # As it is told; the unit stays the one before for whoever shows what changed.
        shift.starts_at, shift.ends_at = occurrence.starts_at, occurrence.ends_at
        if _of_units(occurrence) != was:
            news.append((shift, before, occurrence.unit_on_turn))
    turn_notices.changed(news)


def _remove(removed: Iterable[DutyShift], *, by: User | None) -> None:
    """Shifts that nobody is on are deleted; the others are called off, which tells everybody."""
    reason, gone = _("The duty has been planned anew"), []
    for shift in removed:
        if shift.assignments.exists():
            places.call_off(shift, by=by, reason=reason)
        else:
            shift.delete()
            gone.append(shift)
    turn_notices.cancelled(gone, reason=reason)


def save_template(
    template: DutyTemplate, *, skills: Iterable[Skill], by: User, units: Sequence[Organization] | None = None,
    mark: str = "", now: dt.datetime | None = None,
) -> Changes:  # fmt: skip
    """Save a template and change its shifts, if that is still what the preview with this `mark` said.

    Only a new template, which concerns nobody yet, and a change that leaves all shifts alone need no mark. `units` in
    the order of their turns; None: as they are.
    """
    refuse_unless_runs_duty(template.station, by=by)
    template.rule = recurrence.clean_rule(template.rule)
    with transaction.atomic(), acting_as(by.pk):
        if template.pk:
            DutyTemplate.objects.select_for_update(of=("self",)).get(pk=template.pk)
        refuse_impossible(template)
        known = turns.known_to(template)
        units = known if units is None else list(units)
        turns.refuse_impossible(units, known=known)
        changes = preview(template, skills=skills, units=units, now=now)
        needs_mark = template.pk is not None and not changes.is_empty
        if (mark or needs_mark) and changes.mark != mark:
            raise NotAgreed(changes, mark=mark)
        template.save()
        template.skills.set(skills)
        turns.set_units(template, units)
        return apply(template, by=by, now=now)


def refuse_impossible(template: DutyTemplate) -> None:
    """Refuse a template that contradicts itself, or whose rule names no day."""
    try:
        template.full_clean()
    except ValidationError as error:
        raise from_validation_error(error) from error
    if template.pk is None and template.last_day and template.last_day < timezone.localdate(timezone=ZONE):
        message = _("These days are over: no shift would be made.")
        raise DomainError("invalid", message, fields={"last_day": [message]})
    if _length(template) > LONGEST_DUTY:
        message = _("This duty would last more than 16 hours. Please look at when it begins and ends.")
        raise DomainError("invalid", message, fields={"ends": [message]})
    recurrence.refuse_no_occurrence(template.rule, first=template.first_day, last=template.last_day)


def _length(template: DutyTemplate) -> dt.timedelta:
    """How long it lasts; what ends before it begins ends on the next day."""
    starts, ends = (dt.datetime.combine(template.first_day, at) for at in (template.starts, template.ends))
    return ends - starts if ends > starts else ends - starts + DAY


def make_until(station: Station, day: dt.date, *, by: User, now: dt.datetime | None = None) -> None:
    """Have a station's templates make their shifts up to a day that may lie further ahead than they reach."""
    for template in station.duty_templates.filter(is_active=True).select_related("station").order_by("pk"):
        apply(template, by=by, now=now, at_least_until=day)


def extend_all(now: dt.datetime | None = None) -> int:
    """Make the shifts that have come into reach of their templates; returns how many. Safe to run twice."""
    made = 0
    for template in DutyTemplate.objects.filter(is_active=True).select_related("station").order_by("pk"):
        changes = preview(template, now=now)
        if changes.added:
            made += len(apply(template, by=None, now=now).added)
    return made


def add_shift(shift: DutyShift, *, by: User, skills: Iterable[Skill] = ()) -> DutyShift:
    """Save a shift that stands by itself, without a template."""
    refuse_unless_runs_duty(shift.station, by=by)
    with transaction.atomic(), acting_as(by.pk):
        shift.district = district_of(shift.station)
        _clean(shift)
        if shift.ends_at <= timezone.now():
            message = _("This time is over. What was served without a shift is asked for as a supplement.")
            raise DomainError("invalid", message, fields={"starts_at": [message]})
        shift.save()
        shift.skills.set(skills)
        if shift.unit_on_turn is not None:
            turn_notices.changed([(shift, None, shift.unit_on_turn)])
    return shift


def district_of(station: Station) -> Region:
    """The district that a station's shifts count for; a city's centre counts for the city."""
    lines = Region.objects.ancestors_of(station.region.path)
    return next((region for region in lines if region.level == Level.DISTRICT), station.region)


def change_shift(shift: DutyShift, *, by: User, skills: Iterable[Skill] | None = None, **values: object) -> DutyShift:
    """Change one shift by hand. Its template leaves it alone from then on. `skills` None: they stay as they are."""
    refuse_unless_runs_duty(shift.station, by=by)
    with transaction.atomic(), acting_as(by.pk):
        before, was = shift.unit_on_turn, _of_units(shift)
        _move(shift, {**values, "is_changed": True}, by=by)
        if skills is not None:
            shift.skills.set(skills)
        shift.refresh_from_db()
        if _of_units(shift) != was:
            turn_notices.changed([(shift, before, shift.unit_on_turn)])
    return shift


def exchange_turn(shift: DutyShift, *, to: Organization, by: User) -> DutyShift:
    """Another unit takes the turn for this one shift; the order of the others stays as it is."""
    if shift.ends_at <= timezone.now():
        raise Conflict(_("This shift is over."), code="is_over")
    if shift.unit_on_turn_id == to.pk:
        refuse("unit", _("“%(name)s” is on turn already.") % {"name": to})
    return change_shift(shift, by=by, unit_on_turn=to)


def _move(shift: DutyShift, values: dict[str, object], *, by: User | None) -> None:
    """Write the values; whoever is on the shift moves with it, or is in the way and named."""
    locked = DutyShift.objects.select_for_update().get(pk=shift.pk)
    if locked.status != ShiftStatus.OPEN:
        raise Conflict(_("This shift has been called off."), code="called_off")
    for name, value in values.items():
        setattr(locked, name, value)
    if locked.taken > locked.max_people:
        raise Conflict(
            _("%(count)d people are on this shift already.") % {"count": locked.taken}, code="more_people_than_places"
        )
    _clean(locked)
    locked.save(update_fields=list(values))
    if {"starts_at", "ends_at"} & set(values):
        places.move_along(locked)


def _clean(shift: DutyShift) -> None:
    try:
        shift.full_clean(exclude=["template", "district"])
    except ValidationError as error:
        raise from_validation_error(error) from error


def _values(template: DutyTemplate, occurrence: Occurrence) -> dict[str, object]:
    copied = {name: getattr(template, name) for name in COPIED}
    return {
        **copied, "starts_at": occurrence.starts_at, "ends_at": occurrence.ends_at,
        "unit_on_turn": occurrence.unit_on_turn,
    }  # fmt: skip


def _differs(shift: DutyShift, template: DutyTemplate, occurrence: Occurrence) -> bool:
    return any(getattr(shift, name) != value for name, value in _values(template, occurrence).items())


def _of_units(row: DutyShift | Occurrence) -> tuple[object, ...]:
    """What of a shift its unit has to know."""
    return _pk(row.unit_on_turn), row.starts_at, row.ends_at


def _pk(unit: Organization | None) -> int | None:
    return unit.pk if unit else None
