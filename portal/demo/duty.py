"""Duty: templates at stations whose community has volunteers, their shifts of past and coming weeks, and who was there.

At three stations of four two to four units take turns; at every other one the morning asks for a key-holder.

Written by COPY, so that the bench can have four hundred thousand places.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from portal.core.clock import ZONE
from portal.core.copy_in import copy_rows
from portal.core.history import bulk_load
from portal.core.models import Level, Organization
from portal.demo.network import Network
from portal.demo.organizations import Units
from portal.demo.stations import Stations
from portal.demo.volunteers import take_ids
from portal.demo.words import words
from stations.models import Station
from stations.types import StationStatus
from volunteers import ledger, turns
from volunteers.models import Assignment, DutyTemplate, KeyHolder, Volunteer
from volunteers.types import (
    AssignmentSource,
    AssignmentStatus,
    CheckMethod,
    ClaimKind,
    DutyKind,
    HourAccount,
    ShiftStatus,
    TurnLength,
    VolunteerStatus,
)

WEEKS_BACK, WEEKS_AHEAD = 8, 5
# A register of so many is the bench's: it has served for most of a year.
LARGE, WEEKS_BACK_LARGE = 10_000, 40
FEWEST = 5
MOST_STATIONS = 60


@dataclass(frozen=True)
class Pattern:
    title: str
    kind: str
    days: tuple[int, ...]
    starts: time
    ends: time
    people: tuple[int, int]
    turn_length: str
    is_opening: bool = False

    @property
    def rule(self) -> str:
        return "FREQ=WEEKLY;BYDAY=" + ",".join(("MO", "TU", "WE", "TH", "FR", "SA", "SU")[day] for day in self.days)


PATTERNS = [
    Pattern("晚间一小时", DutyKind.EVENING_HOUR, (0, 1, 2, 3, 4), time(19), time(21), (1, 2), TurnLength.WEEK),
    Pattern("日间值班", DutyKind.REGULAR, (0, 1, 2, 3, 4), time(9), time(12), (1, 2), TurnLength.SHIFT, True),
    Pattern("红色周末", DutyKind.RED_WEEKEND, (5, 6), time(9), time(12), (2, 4), TurnLength.MONTH),
]
SHIFT = words(
    "id station_id template_id occurs_on district_id title kind min_people max_people needs_key_holder needs_insurance",
    "needs_training note starts_at ends_at status called_off_reason taken signup_opens_at signup_closes_at is_changed",
    "unit_on_turn_id",
)
ASSIGNMENT = words(
    "id shift_id volunteer_id district_id period status source is_pinned answer_by made_at answered_at reason",
    "checked_in_at checked_in_how checked_out_at checked_out_how is_no_show is_excused",
)
ENTRY = words("volunteer_id region_id assignment_id account on minutes reason made_at")


def build(network: Network, stations: Stations, units: Units, rows: list[tuple[Any, ...]]) -> None:
    """Duty of the volunteers in `rows`, as `portal.demo.volunteers` made them; the first is the demo's own account."""
    maker = _Maker(network, units, rows)
    with bulk_load("volunteers_dutyshift") as changes:
        maker.make(stations)
        ids = take_ids("volunteers_assignment", len(maker.places))
        copy_rows("volunteers_dutyshift", SHIFT, maker.shifts)
        copy_rows("volunteers_assignment", ASSIGNMENT, ((pk, *row) for pk, row in zip(ids, maker.places, strict=True)))
        copy_rows("volunteers_hourentry", ENTRY, _entries(ids, maker, now=network.now))
        changes.update(shifts=len(maker.shifts), places=len(maker.places))
    _ask_for_hours(network, rows)


@dataclass
class _Maker:
    network: Network
    units: Units
    rows: list[tuple[Any, ...]]
    shifts: list[tuple[Any, ...]] = field(default_factory=list)
    places: list[tuple[Any, ...]] = field(default_factory=list)
    # The region of the station of each place.
    regions: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"duty {self.network.today.isoformat()}")
        is_large = len(self.rows) >= LARGE
        self.most = len(self.rows) if is_large else MOST_STATIONS
        weeks_back = WEEKS_BACK_LARGE if is_large else WEEKS_BACK
        monday = self.network.today - timedelta(days=self.network.today.weekday())
        self.days = [monday + timedelta(days=number) for number in range(-7 * weeks_back, 7 * WEEKS_AHEAD)]
        self.at_home: dict[int, list[int]] = {}
        for row in self.rows:
            if row[5] == VolunteerStatus.ACTIVE:
                self.at_home.setdefault(row[8], []).append(row[0])
        self.keys: dict[int, list[int]] = {}
        for station, holder in KeyHolder.objects.order_by("pk").values_list("station", "volunteer"):
            self.keys.setdefault(station, []).append(holder)
        # Nobody is in two places on one day.
        self.busy: dict[date, set[int]] = {day: set() for day in self.days}

    def make(self, stations: Stations) -> None:
        for number, station in enumerate(self._served(stations)):
            pool = self._pool(station)
            order = self._order(station, number)
            keys = self.keys.get(station.pk, []) if number % 2 else []
            district = self.network.above(station.region, Level.DISTRICT)
            for pattern in PATTERNS:
                template = self._template(station, pattern, needs_key=bool(keys) and pattern.is_opening)
                turns.set_units(template, order)
                ids = take_ids("volunteers_dutyshift", len(self.days))
                for pk, day in zip(ids, self.days, strict=True):
                    if day.weekday() in pattern.days:
                        self._shift(pk, template, pattern, station, district.pk, day, pool, order, keys)

    def _served(self, stations: Stations) -> list[Station]:
        """Open stations near enough people, the demo's own community first."""
        order = {region.pk: number for number, region in enumerate(self.network.working)}
        found = [
            station for station in stations.made
            if station.status == StationStatus.OPEN and station.region.level in (Level.COMMUNITY, Level.STREET)
            and len(self._pool(station)) >= FEWEST
        ]  # fmt: skip
        return sorted(found, key=lambda each: (order.get(each.region_id, len(order)), each.pk))[: self.most]

    def _pool(self, station: Station) -> list[int]:
        return self.at_home.get(station.region_id, [])

    def _order(self, station: Station, number: int) -> list[Organization]:
        """Two to four units of community and street; every fourth station is served by volunteers alone."""
        code, street = station.region.code, self.network.above(station.region, Level.STREET)
        by_topic = self.units.by_topic.get(street.code if street else "", {})
        near = [self.units.property.get(code), self.units.committees.get(code)]
        found = [unit for unit in (*near, by_topic.get("order"), by_topic.get("welfare")) if unit is not None]
        return found[: number % 4 + 2] if number % 4 != 3 else []

    def _template(self, station: Station, pattern: Pattern, *, needs_key: bool) -> DutyTemplate:
        return DutyTemplate.objects.create(
            station=station, title=pattern.title, kind=pattern.kind, rule=pattern.rule, first_day=self.days[0],
            starts=pattern.starts, ends=pattern.ends, min_people=pattern.people[0], max_people=pattern.people[1],
            weeks_ahead=WEEKS_AHEAD - 1, needs_key_holder=needs_key, turn_length=pattern.turn_length,
        )  # fmt: skip

    def _shift(
        self, pk: int, template: DutyTemplate, pattern: Pattern, station: Station, district: int, day: date,
        pool: list[int], order: list[Organization], keys: list[int],
    ) -> None:  # fmt: skip
        starts_at = datetime.combine(day, pattern.starts, ZONE)
        ends_at = datetime.combine(day, pattern.ends, ZONE)
        fewest, most = pattern.people
        weeks = (day - self.network.today).days // 7
        is_self_service = weeks >= 1 and pattern.kind == DutyKind.RED_WEEKEND
        is_called_off = self.rng.random() < 0.01
        wanted = self.rng.choice((fewest, fewest, most))
        if weeks in (1, 2) and self.rng.random() < 0.4:
            wanted = fewest - 1
        if is_called_off or weeks >= 3:
            wanted = 0
        # Mostly somebody with a key comes first; else the coverage watch has something to say.
        with_key = template.needs_key_holder and self.rng.random() < 0.85
        people = self._people(day, pool, wanted, first_of=keys if with_key else [])
        self.busy[day].update(people)
        window = (
            (self.network.now - timedelta(days=3), starts_at - timedelta(hours=2)) if is_self_service else (None, None)
        )
        on_turn = turns.unit_on_turn(template, day, order)
        self.shifts.append(
            (
                pk, station.pk, template.pk, day, district, pattern.title, pattern.kind, fewest, most,
                template.needs_key_holder, False, False, "", starts_at, ends_at,
                ShiftStatus.CALLED_OFF if is_called_off else ShiftStatus.OPEN,
                "台风预警，暂停值班" if is_called_off else "", len(people), *window, False,
                on_turn.pk if on_turn else None,
            )
        )  # fmt: skip
        for number, person in enumerate(people):
            self.regions.append(station.region_id)
            self.places.append(
                self._place(pk, person, district, starts_at, ends_at, is_asked=weeks == 2 or (weeks == 1 and number))
            )

    def _people(self, day: date, pool: list[int], wanted: int, *, first_of: list[int]) -> list[int]:
        free = [pk for pk in pool if pk not in self.busy[day]]
        own = self.rows[0][0]
        # The demo's account is on duty often enough for its pages to have something to show.
        first = [own] if wanted and own in free and day.weekday() in (2, 5) else []
        first += [pk for pk in first_of if pk in free and pk not in first][: max(0, min(1, wanted - len(first)))]
        others = [pk for pk in free if pk != own and pk not in first]
        return [*first, *self.rng.sample(others, min(wanted - len(first), len(others)))]

    def _place(
        self, shift: int, person: int, district: int, starts_at: datetime, ends_at: datetime, *, is_asked: bool
    ) -> tuple[Any, ...]:
        rng, now = self.rng, self.network.now
        period = f"[{starts_at.isoformat()},{ends_at.isoformat()})"
        source = rng.choice((AssignmentSource.ROSTER, AssignmentSource.ROSTER, AssignmentSource.SELF))
        made = min(now, starts_at - timedelta(days=10))
        head = (shift, person, district, period)
        if starts_at > now and is_asked:
            answer_by = min(now + timedelta(hours=48), starts_at - timedelta(hours=1))
            return (
                *head, AssignmentStatus.PROPOSED, AssignmentSource.ROSTER, False, answer_by, now - timedelta(hours=3),
                None, "", None, "", None, "", False, False,
            )  # fmt: skip
        held = (*head, AssignmentStatus.CONFIRMED, source, False, None, made, made, "")
        came = starts_at + timedelta(minutes=rng.randint(-12, 8))
        if came >= now:
            return (*held, None, "", None, "", False, False)
        if rng.random() < 0.04:
            return (*held, None, "", None, "", True, rng.random() < 0.5)
        left = ends_at + timedelta(minutes=rng.randint(-5, 15))
        how = rng.choice((CheckMethod.CODE, CheckMethod.CODE, CheckMethod.STAFF))
        if left >= now:
            return (*held, came, how, None, "", False, False)
        if rng.random() < 0.06:
            return (*held, came, how, ends_at, CheckMethod.JOB, False, False)
        return (*held, came, how, left, how, False, False)


def _entries(ids: list[int], maker: _Maker, *, now: datetime) -> Iterator[tuple[Any, ...]]:
    """What `ledger.settle` writes of places that have ended: none of them is longer than what counts at once."""
    lengths = {shift[0]: (shift[3], int((shift[14] - shift[13]).total_seconds() // 60)) for shift in maker.shifts}
    for pk, place, region in zip(ids, maker.places, maker.regions, strict=True):
        came, left, is_no_show = place[11], place[13], place[15]
        if left is None and not is_no_show:
            continue
        day, planned = lengths[place[0]]
        made_at = left or now
        yield place[1], region, pk, HourAccount.PLANNED, day, planned, "", made_at
        minutes = int((left - came).total_seconds() // 60) if left else 0
        if minutes > 0:
            for account in (HourAccount.RECORDED, HourAccount.APPROVED):
                yield place[1], region, pk, account, day, minutes, "", made_at


def _ask_for_hours(network: Network, rows: list[tuple[Any, ...]]) -> None:
    """Supplements that wait for a decision, the demo's own account's among them."""
    served = Volunteer.objects.filter(pk__in=[row[0] for row in rows[:400]], status=VolunteerStatus.ACTIVE)
    served = served.filter(pk__in=Assignment.objects.values("volunteer")).select_related("home_region__parent")
    reasons = ["社区大扫除，现场没有扫码", "入户探访独居老人，结束后才想起登记", "台风天协助转移，手机没电"]
    for number, volunteer in enumerate(served.order_by("pk")[:12]):
        ledger.claim(
            volunteer, kind=ClaimKind.SUPPLEMENT, region=volunteer.home_region,
            on=network.today - timedelta(days=number + 2), minutes=60 + 30 * (number % 4),
            reason=reasons[number % len(reasons)], by=None,
        )  # fmt: skip
