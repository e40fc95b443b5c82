"""The register: a catalogue of skills, volunteers over 宝安 and the named places, their teams, times and keys.

Written by COPY, so that the bench can have twenty thousand.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection

from portal.core import consent, crypto
from portal.core.copy_in import copy_rows
from portal.core.history import bulk_load
from portal.core.masking import mask_phone
from portal.core.models import ConsentText, Level, Person, Region
from portal.demo.accounts import Staff
from portal.demo.named_places import BAOAN as IN_BAOAN
from portal.demo.named_places import ELSEWHERE
from portal.demo.network import Network
from portal.demo.organizations import Units
from portal.demo.people import invented_mobile, invented_name
from portal.demo.stations import Stations
from portal.demo.words import words
from stations.types import StationStatus
from volunteers import numbers
from volunteers.models import Skill, VolunteerTeam
from volunteers.types import MemberStatus, TeamKind, VolunteerKind, VolunteerSource, VolunteerStatus

# (code, name, needs evidence)
SKILLS = [
    ("first-aid", "急救", True), ("nursing", "护理", True), ("legal", "法律咨询", True),
    ("electrician", "水电维修", True),
    ("counselling", "心理疏导", True), ("teaching", "课业辅导", True), ("lifeguard", "水上救生", True),
    ("haircut", "理发", False), ("photography", "摄影摄像", False), ("sign-language", "手语", False),
    ("english", "英语翻译", False), ("cantonese", "粤语", False), ("calligraphy", "书法", False),
    ("dance", "舞蹈", False),
    ("mediation", "调解", False), ("computer", "电脑手机使用", False), ("cooking", "烹饪", False),
    ("driving", "驾驶", False),
]  # fmt: skip
PROFESSIONS = words("教师 护士 退休职工 电工 外卖骑手 快递员 网约车司机 会计 工程师 店主 律师 社工 保安 程序员 医生")
INTERESTS = [
    "治安巡逻",
    "陪伴老人",
    "亲子阅读",
    "环境整治",
    "文艺演出",
    "义诊",
    "垃圾分类宣传",
    "交通劝导",
    "四点半课堂",
]
LANGUAGES = ["", "", "", "粤语", "客家话", "英语", "潮汕话", "湖南话"]
# What people answer when they are asked for their times: (weekdays, from, until, how many of a hundred).
PATTERNS: list[tuple[Sequence[int], time, time, int]] = [
    (range(5), time(9), time(12), 25),  # retired, weekday mornings
    (range(5), time(14), time(17), 15),
    (range(5), time(19), time(21), 35),  # after work
    ((5, 6), time(9), time(18), 45),  # weekends
]
SLOGANS = ["我在您身边", "邻里一家亲", "有事您说话", "红马甲，热心肠", "随手做好事", ""]
TEAM_NAMES = {
    TeamKind.PARTY: "党员先锋队", TeamKind.CIVILITY: "文明创建队", TeamKind.ENVIRONMENT: "环境整治队",
    TeamKind.PATROL: "治安巡逻队", TeamKind.LEGAL_AID: "法律援助队", TeamKind.CULTURE_SPORT: "文体服务队",
    TeamKind.HEALTH: "医疗保健队",
}  # fmt: skip
KINDS = [
    (VolunteerKind.RESIDENT, 42), (VolunteerKind.PARTY_MEMBER, 34), (VolunteerKind.RIDER, 14),
    (VolunteerKind.STUDENT, 10),
]  # fmt: skip
STATES = [
    (VolunteerStatus.ACTIVE, 88), (VolunteerStatus.PAUSED, 5), (VolunteerStatus.APPLIED, 4), (VolunteerStatus.LEFT, 3),
]  # fmt: skip
TWINS = 5
VOLUNTEER = words(
    "id person_id number national_number kind status status_reason source home_region_id born_on guardian_name",
    "guardian_phone guardian_consent_on profession interests languages weekly_minutes joined_on left_on insured_until",
    "trained_on consent_id consented_at note created_at recruited_by_id",
)


def build(network: Network, units: Units, stations: Stations, staff: Staff, *, count: int) -> list[tuple[Any, ...]]:
    """Returns the rows of volunteers, in the order of `VOLUNTEER`."""
    rng = random.Random(f"volunteers {network.today.isoformat()}")
    skills = Skill.objects.bulk_create(
        Skill(code=code, name=name, needs_evidence=needs_evidence) for code, name, needs_evidence in SKILLS
    )
    maker = _Maker(network, rng, staff.by_name["volunteer"].person)
    with bulk_load("volunteers_volunteer") as changes:
        teams = _teams(network, units, rng)
        rows = maker.rows(count)
        _copy_people(maker.people)
        copy_rows("volunteers_volunteer", VOLUNTEER, rows)
        _skills(rng, rows, skills, network)
        _times(rng, rows)
        _members(network, rng, rows, teams)
        _keys(rng, rows, stations)
        changes.update(volunteers=len(rows), teams=len(teams))
    return rows


class _Maker:
    """Makes the rows of volunteers with their people; the first is the demo's own account."""

    def __init__(self, network: Network, rng: random.Random, account: Person) -> None:
        self.network, self.rng, self.account = network, rng, account
        self.people: list[tuple[Any, ...]] = []
        self.text = consent.current(ConsentText.Purpose.VOLUNTEERS)
        named = {place.region for place in (*IN_BAOAN, *ELSEWHERE)}
        # The demo's own community and the named places have many, the others some.
        self.homes = network.working
        self.weights = [
            12 if number == 0 else 4 if region.code in named else 1 for number, region in enumerate(self.homes)
        ]

    def rows(self, count: int) -> list[tuple[Any, ...]]:
        ids, people = take_ids("volunteers_volunteer", count), take_ids("core_person", count)
        given = numbers.take(count)
        homes = self.rng.choices(self.homes, self.weights, k=count)
        made: list[tuple[Any, ...]] = []
        for at, (pk, person, number, home) in enumerate(zip(ids, people, given, homes, strict=True)):
            is_account = at == 0
            kind = VolunteerKind.PARTY_MEMBER if is_account else _one(self.rng, KINDS)
            if not is_account:
                self._person(person, at, kind)
            made.append(
                self._row(
                    pk,
                    self.account.pk if is_account else person,
                    number,
                    self.network.working[0] if is_account else home,
                    kind,
                    earlier=made,
                    is_account=is_account,
                )  # fmt: skip
            )
        return made

    def _person(self, pk: int, at: int, kind: str) -> None:
        # A few have signed up twice, with one phone: they are what the page of duplicates is for.
        is_twin = 0 < at <= TWINS and bool(self.people)
        name = self.people[-1][1] if is_twin and at % 2 == 0 else invented_name(self.rng)
        phone = _mobile(at - 1 if is_twin and at % 2 == 0 else at)
        self.people.append(
            (
                pk, name, crypto.encrypt(phone), crypto.keyed_hash(phone, purpose="phone"), mask_phone(phone),
                kind == VolunteerKind.PARTY_MEMBER, self.network.now,
            )
        )  # fmt: skip

    def _row(
        self, pk: int, person: int, number: str, home: Region, kind: str, *, earlier: list[Any], is_account: bool
    ) -> tuple[Any, ...]:
        rng, today = self.rng, self.network.today
        born_on, minor = self._birth(kind)
        status = VolunteerStatus.ACTIVE if is_account else _one(rng, STATES)
        consented = today - timedelta(days=30)
        agreed = consented if minor and status != VolunteerStatus.APPLIED else None
        joined = today - timedelta(days=rng.randint(0, 20 if status == VolunteerStatus.APPLIED else 2200))
        signed_up = rng.random() < 0.6
        return (
            pk, person, number, f"4403{rng.randint(10**8, 10**9 - 1)}{pk}" if rng.random() < 0.5 else "", kind, status,
            "", VolunteerSource.SELF if signed_up else VolunteerSource.STAFF, home.pk, born_on,
            crypto.encrypt(invented_name(rng)) if minor else "",
            crypto.encrypt(invented_mobile(pk)) if minor else "", agreed,
            rng.choice(PROFESSIONS) if kind != VolunteerKind.STUDENT else "学生",
            "、".join(rng.sample(INTERESTS, rng.randint(1, 2))), rng.choice(LANGUAGES),
            rng.choice((120, 240, 360, 480)),
            joined, today if status == VolunteerStatus.LEFT else None,
            today + timedelta(days=rng.randint(-60, 365)) if rng.random() < 0.7 else None,
            joined + timedelta(days=14) if rng.random() < 0.8 and status != VolunteerStatus.APPLIED else None,
            self.text.pk if signed_up else None,
            datetime.combine(joined, time(20), self.network.now.tzinfo) if signed_up else None, "", self.network.now,
            rng.choice(earlier)[0] if earlier and rng.random() < 0.15 else None,
        )  # fmt: skip

    def _birth(self, kind: str) -> tuple[date | None, bool]:
        """Asked of those under 18 alone; a few others are known from old lists."""
        today, rng = self.network.today, self.rng
        if kind == VolunteerKind.STUDENT:
            years = rng.randint(13, 21)
            return today - timedelta(days=years * 366 + rng.randint(0, 300)), years < 18
        return (today - timedelta(days=rng.randint(20, 70) * 365), False) if rng.random() < 0.2 else (None, False)


def _mobile(number: int) -> str:
    """Behind the numbers of the demo's other people, which are of the same block."""
    return f"199000{20_000 + number:05d}"


def take_ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [pk for (pk,) in cursor.fetchall()]


def _one(rng: random.Random, choices: Sequence[tuple[str, int]]) -> str:
    return rng.choices([value for value, _weight in choices], [weight for _value, weight in choices])[0]


def _copy_people(people: Iterable[tuple[Any, ...]]) -> None:
    columns = words("id name phone phone_hash phone_masked is_party_member created_at")
    copy_rows("core_person", columns, people)


def _teams(network: Network, units: Units, rng: random.Random) -> list[VolunteerTeam]:
    """1+N: every street of 宝安 has one team of each kind, the larger communities have one of party members."""
    made = []
    for street in network.baoan_streets:
        for kind, name in TEAM_NAMES.items():
            made.append(_team(network, rng, street, kind, f"{street.short_name}{name}", None))
    named = {place.region for place in (*IN_BAOAN, *ELSEWHERE)}
    for number, region in enumerate(network.working):
        if region.code in named or number % 3 == 0:
            committee = units.committees.get(region.code)
            name = f"{region.short_name}{TEAM_NAMES[TeamKind.PARTY]}"
            made.append(_team(network, rng, region, TeamKind.PARTY, name, committee))
    return VolunteerTeam.objects.bulk_create(made, batch_size=200)


def _team(
    network: Network, rng: random.Random, region: Region, kind: str, name: str, organization: Any
) -> VolunteerTeam:
    return VolunteerTeam(
        name=name, kind=kind, region=region, organization=organization, slogan=rng.choice(SLOGANS),
        founded_on=network.today - timedelta(days=rng.randint(200, 2500)), takes_requests=rng.random() < 0.6,
    )  # fmt: skip


def _skills(rng: random.Random, rows: list[tuple[Any, ...]], skills: list[Skill], network: Network) -> None:
    verified: datetime = network.now
    found = [
        (
            row[0], skill.pk, network.today + timedelta(days=rng.randint(-30, 900)) if skill.needs_evidence else None,
            verified if rng.random() < 0.8 else None,
        )
        for row in rows
        for skill in rng.sample(skills, rng.choice((0, 1, 1, 2)))
    ]  # fmt: skip
    copy_rows("volunteers_volunteerskill", words("volunteer_id skill_id valid_until verified_at"), found)


def _times(rng: random.Random, rows: list[tuple[Any, ...]]) -> None:
    def spans() -> Iterable[tuple[Any, ...]]:
        for at, row in enumerate(rows):
            for days, starts, ends, share in PATTERNS:
                # The demo's own account: evenings and weekends.
                if (at == 0 and starts >= time(19)) or (at > 0 and rng.randint(1, 100) <= share):
                    for day in days:
                        yield row[0], day, starts, ends, rng.random() < 0.3

    copy_rows("volunteers_weeklyavailability", words("volunteer_id weekday starts ends is_preferred"), spans())


def _members(network: Network, rng: random.Random, rows: list[tuple[Any, ...]], teams: list[VolunteerTeam]) -> None:
    by_region: dict[int, list[VolunteerTeam]] = {}
    for team in teams:
        by_region.setdefault(team.region_id, []).append(team)
    streets = {region.pk: network.above(region, Level.STREET) for region in network.working}
    led: set[int] = set()
    found = []
    for at, row in enumerate(rows):
        pk, kind, status, home, joined = row[0], row[4], row[5], row[8], row[17]
        street = streets[home]
        near = by_region.get(home, []) + (by_region.get(street.pk, []) if street else [])
        near = [team for team in near if team.kind != TeamKind.PARTY or kind == VolunteerKind.PARTY_MEMBER]
        if status not in (VolunteerStatus.ACTIVE, VolunteerStatus.PAUSED) or not near or (at and rng.random() < 0.3):
            continue
        team = near[0] if at == 0 else rng.choice(near)
        asks = at > 0 and rng.random() < 0.04
        leads = not asks and team.pk not in led and status == VolunteerStatus.ACTIVE
        if leads:
            led.add(team.pk)
        state = MemberStatus.ASKED if asks else MemberStatus.ACTIVE
        found.append((team.pk, pk, leads, state, network.now, None if asks else joined))
    columns = words("team_id volunteer_id is_leader status asked_at joined_on")
    copy_rows("volunteers_teammember", columns, found)


def _keys(rng: random.Random, rows: list[tuple[Any, ...]], stations: Stations) -> None:
    """Two key-holders for every open station whose community has volunteers."""
    at_home: dict[int, list[int]] = {}
    for row in rows:
        if row[5] == VolunteerStatus.ACTIVE:
            at_home.setdefault(row[8], []).append(row[0])
    found = [
        (station.pk, pk)
        for station in stations.made
        if station.status == StationStatus.OPEN
        for pk in rng.sample(at_home.get(station.region_id, []), min(2, len(at_home.get(station.region_id, []))))
    ]
    copy_rows("volunteers_keyholder", words("station_id volunteer_id"), found)
