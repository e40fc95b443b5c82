"""Points for the demo's hours, rewards at caring merchants, and certificates in every standing."""

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from portal.core.copy_in import copy_rows
from portal.core.history import bulk_load
from portal.core.models import Organization, Region
from portal.demo.accounts import BAOAN, Staff
from portal.demo.network import Network
from portal.demo.words import words
from stations.models import Affiliate, Station
from volunteers import certificates, points, rewards
from volunteers.models import Certificate, HourEntry, PointRule, Reward, Volunteer
from volunteers.types import HourAccount, PointKind

# What merchants give: name, description, points, how many there are.
OFFERS = [
    ("现磨豆浆一杯", "凭兑换码到店领取，当日有效时段供应", 15, 60),
    ("热干面一碗", "限堂食", 40, 30),
    ("理发一次", "周一至周五 10:00–17:00，请提前电话预约", 80, 12),
    ("便民雨伞一把", "", 60, 20),
    ("洗车券一张", "小型车普洗", 120, 8),
    ("五公斤大米一袋", "", 150, 10),
    ("书店 20 元代金券", "图书、文具通用", 100, 0),
]
MERCHANTS = 24
ENTRY = words("volunteer_id region_id kind points hour_entry_id rule_id made_at")


def build(network: Network, staff: Staff, *, keeper_station: Station, shown_unit: Organization) -> None:
    rng = random.Random(f"points {network.today.isoformat()}")
    _earn(network)
    offered = _offer(network, rng, keeper_station, shown_unit)
    own = Volunteer.objects.select_related("home_region").get(person=staff.by_name["volunteer"].person)
    _take(network, staff, own, offered)
    _certify(network, staff, own)


def _earn(network: Network) -> None:
    """What `points.credit` gives for each approved entry, by the rules that were in force."""
    first = date(network.today.year - 1, 1, 1)
    baoan: Region = network.regions[BAOAN]
    everybody = PointRule.objects.create(valid_from=first, points_per_hour=10)
    own = PointRule.objects.create(
        district=baoan, valid_from=first, points_per_hour=10, evening_percent=120, overnight_percent=150
    )
    approved = HourEntry.objects.filter(account=HourAccount.APPROVED).order_by("pk")
    # Read before the copy begins: both use one connection.
    served = list(approved.values_list(
        "pk", "volunteer", "region", "region__path", "minutes", "assignment__shift__kind", "made_at"
    ))  # fmt: skip
    with bulk_load("volunteers_pointentry") as changes:
        rules = {True: own, False: everybody}
        rows = ((*row, rules[row[3].startswith(baoan.path)]) for row in served)
        changes["added"] = copy_rows("volunteers_pointentry", ENTRY, _entries(rows))


def _entries(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for pk, volunteer, region, _path, minutes, kind, made_at, rule in rows:
        if given := points.worth(minutes, kind or "", rule):
            yield volunteer, region, PointKind.EARNED, given, pk, rule.pk, made_at


def _offer(network: Network, rng: random.Random, keeper_station: Station, unit: Organization) -> list[Reward]:
    """Rewards in 宝安; the first merchants are those of the demo's keeper and unit, so that both can hand out."""
    baoan: Region = network.regions[BAOAN]
    rows = Affiliate.objects.filter(kind=Affiliate.Kind.CARING_MERCHANT, region__path__startswith=baoan.path)
    merchants = sorted(rows, key=lambda each: (each.region_id != keeper_station.region_id, each.pk))[:MERCHANTS]
    for merchant, where in zip(merchants, ({"station": keeper_station}, {"organization": unit}), strict=False):
        for name, value in where.items():
            setattr(merchant, name, value)
        merchant.save()
    made = []
    for number, merchant in enumerate(merchants):
        for name, description, cost, stock in rng.sample(OFFERS, 2) if number > 1 else OFFERS[3 * number :][:3]:
            made.append(
                Reward(merchant=merchant, name=name, description=description, points=cost, stock=stock)
            )  # fmt: skip
    with bulk_load("volunteers_reward") as changes:
        Reward.objects.bulk_create(made)
        changes["added"] = len(made)
    return made


def _take(network: Network, staff: Staff, own: Volunteer, offered: list[Reward]) -> None:
    """The demo's volunteer has fetched one reward, and holds the code of another one."""
    user, days = staff.by_name["volunteer"], (timedelta(days=20), timedelta(days=2))
    # One of the keeper's merchant, one of the unit's.
    for reward, ago in zip((offered[0], offered[3]), days, strict=True):
        if points.balance(own) < reward.points:
            return
        taken_at = network.now - ago
        redemption = rewards.take(reward, volunteer=own, by=user, now=taken_at)
        if ago > rewards.VALID_FOR:
            rewards.redeem(redemption, by=staff.by_name["keeper"], now=taken_at + timedelta(days=1))


def _certify(network: Network, staff: Staff, own: Volunteer) -> None:
    """One is valid, one in publicity, one revoked, and one waits to be issued."""
    clerk, today = staff.by_name["community"], network.today
    neighbours = Volunteer.objects.filter(home_region=own.home_region, hour_entries__account=HourAccount.APPROVED)
    others = list(neighbours.exclude(pk=own.pk).distinct().order_by("pk")[:3])
    issued_ago = [12, 2, 40]
    for number, volunteer in enumerate([own, *others]):
        # Of the hours before the day of issue; the last one waits for it.
        day = today - timedelta(days=issued_ago[number] if number < len(issued_ago) else 0)
        if not HourEntry.objects.filter(volunteer=volunteer, account=HourAccount.APPROVED, on__lt=day).exists():
            continue
        asked = certificates.apply(
            volunteer, since=today - timedelta(days=365), until=day - timedelta(days=1), by=clerk,
            purpose=("求职", "升学", "积分入户", "评优")[number],
        )  # fmt: skip
        if number < len(issued_ago):
            certificates.issue(asked, by=clerk, today=day)
            at = network.now - (today - day)
            Certificate.objects.filter(pk=asked.pk).update(asked_at=at - timedelta(hours=5), decided_at=at)
        if number == len(issued_ago) - 1:
            certificates.revoke(asked, by=clerk, reason="申请人信息填写有误，已重新登记")
