"""资源清单 of 宝安: what units, teams and volunteers give there, and a few claims of it in the demo's community."""

import random
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from portal.core.history import bulk_load
from portal.core.models import Level, Organization, Region, User
from portal.demo.network import BAOAN, Network
from portal.demo.organizations import Units
from requests import claims, resources, workflow
from requests.matching import street
from requests.models import Category, Resource, ServiceRequest, StreetDraft
from requests.types import ResourceKind, State
from requests.workflow import Staff
from volunteers.models import Volunteer, VolunteerTeam

COUNT = 400
_CITY = "城乡建设 / 城市建设和市政管理"
K = ResourceKind


class Given(NamedTuple):
    """What is given by whom, how much of it, and which cases it fits."""

    kind: str
    name: str
    by: str
    amount: tuple[int, int]
    unit: str
    fits: tuple[str, ...]
    times: str = ""
    weekly: tuple[str, ...] = ()
    conditions: str = ""
    radius_m: int | None = None


GIVEN = (
    Given(
        K.SKILL,
        "义务理发",
        "volunteer",
        (10, 40),
        "次",
        ("民政 / 社会服务",),
        weekly=("saturday_morning",),
        conditions="60岁以上老人优先，行动不便的可以上门",
        radius_m=1500,
    ),
    Given(
        K.SKILL,
        "家电小修",
        "volunteer",
        (8, 30),
        "次",
        ("民政 / 社会服务", f"{_CITY} / 居民服务设施"),
        weekly=("wednesday_evening", "saturday_afternoon"),
        conditions="配件费用自理",
        radius_m=2000,
    ),
    Given(
        K.SKILL,
        "水电维修",
        "volunteer",
        (8, 24),
        "次",
        (f"{_CITY} / 自来水供应", f"{_CITY} / 电力供应"),
        weekly=("tuesday_evening", "thursday_evening", "sunday_morning"),
        conditions="只修户内，不动公共线路",
        radius_m=1500,
    ),
    Given(K.SKILL, "作业辅导", "volunteer", (20, 60), "小时", ("教育文体 / 教育行政管理",), times="四点半课堂时段"),
    Given(
        K.SKILL,
        "楼道清理",
        "team",
        (6, 20),
        "次",
        (f"{_CITY} / 环境卫生",),
        weekly=("saturday_morning", "sunday_morning"),
    ),
    Given(K.SKILL, "邻里纠纷调解", "team", (10, 30), "次", ("环境保护 / 环境污染 / 噪音污染", f"{_CITY} / 小区管理")),
    Given(
        K.SKILL,
        "上门陪护",
        "team",
        (20, 60),
        "小时",
        ("民政 / 社会服务", "卫生计生 / 公共卫生"),
        weekly=("monday_morning", "wednesday_morning", "friday_morning"),
    ),
    Given(K.ROOM, "多功能会议室", "committee", (8, 30), "次", ("民政 / 基层选举和社区建设",), times="提前两天预约"),
    Given(
        K.ROOM,
        "错时共享停车位",
        "property",
        (10, 60),
        "个",
        (f"{_CITY} / 小区管理", "政法 / 交通管理"),
        times="每天18:00至次日8:00",
        conditions="一车一位，不过夜的不收费",
        radius_m=800,
    ),
    Given(
        K.GOODS,
        "轮椅借用",
        "committee",
        (2, 6),
        "辆",
        ("民政 / 社会服务", "卫生计生 / 公共卫生"),
        conditions="一次借用不超过一个月",
    ),
    Given(K.GOODS, "灭火器", "property", (10, 40), "具", ("政法 / 社会治安 / 消防安全",)),
    Given(K.GOODS, "应急照明灯", "property", (4, 16), "盏", (f"{_CITY} / 电力供应",)),
    Given(K.GOODS, "分类垃圾桶", "property", (6, 30), "个", (f"{_CITY} / 环境卫生",)),
    Given(
        K.GOODS,
        "爱心米油",
        "committee",
        (20, 80),
        "份",
        ("民政 / 社会服务", "民政 / 社会救助"),
        conditions="低保、独居老人家庭",
    ),
    Given(
        K.FUNDS,
        "微心愿资金",
        "committee",
        (2000, 12000),
        "元",
        ("民政 / 社会服务", "民政 / 社会救助"),
        conditions="每个心愿不超过500元",
    ),
    Given(K.FUNDS, "小区微改造补助", "committee", (10000, 60000), "元", (f"{_CITY} / 小区管理", f"{_CITY} / 园林绿化")),
    Given(
        K.PROFESSIONAL_SERVICE,
        "管道疏通",
        "property",
        (6, 24),
        "次",
        (f"{_CITY} / 自来水供应", f"{_CITY} / 环境卫生"),
        times="工作日9:00–18:00",
    ),
    Given(
        K.PROFESSIONAL_SERVICE, "路灯巡检", "city", (10, 30), "次", (f"{_CITY} / 城市公共设施",), times="晚上19:00后"
    ),
    Given(K.PROFESSIONAL_SERVICE, "消防安全检查", "safety", (10, 30), "次", ("政法 / 社会治安 / 消防安全",)),
    Given(
        K.PROFESSIONAL_SERVICE,
        "法律咨询",
        "labour",
        (10, 40),
        "次",
        ("政法 / 法律服务", "劳动和社会保障 / 劳动关系"),
        weekly=("friday_afternoon",),
    ),
)


def build(network: Network, units: dict[str, dict[str, Organization]]) -> None:
    """`units`: of each community, who gives as property, committee and the like."""
    rng = random.Random(f"resources {network.today.isoformat()}")
    baoan = network.regions[BAOAN]
    working = [region for region in network.working if region.path.startswith(baoan.path)]
    made, fitting = [], []
    rounds = [(region, given) for given in rng.sample(GIVEN, len(GIVEN)) for region in working]
    # The demo's community first: there everything is given that is given at all.
    first = [(working[0], given) for given in GIVEN]
    seen: set[tuple[str, type, int]] = set()
    by_region = _people(baoan)
    for region, given in [*first, *rng.sample(rounds, len(rounds))]:
        giver = by_region.get((given.by, region.pk)) or units[region.code].get(given.by)
        if giver is None or (key := (given.name, type(giver), giver.pk)) in seen or len(made) == COUNT:
            continue
        seen.add(key)
        made.append(_resource(network, rng, region, given, giver))
        fitting.append(given.fits)
    for row, code in zip(made, resources.take_codes(len(made)), strict=True):
        row.code = code
    with bulk_load("requests_resource") as changes:
        Resource.objects.bulk_create(made)
        _fit(made, fitting)
        changes["added"] = len(made)


def givers(network: Network, units: Units) -> dict[str, dict[str, Organization]]:
    """The units of each community by what they are there, with those of its street."""
    found = {}
    for region in network.working:
        street = network.above(region, Level.STREET)
        above = units.by_topic.get(street.code, {}) if street else {}
        found[region.code] = {
            **above, "property": units.property[region.code], "committee": units.committees[region.code],
        }  # fmt: skip
    return found


def _people(baoan: Region) -> dict[tuple[str, int], VolunteerTeam | Volunteer]:
    """One volunteer and one team a region; a street's team serves all of it."""
    found: dict[tuple[str, int], VolunteerTeam | Volunteer] = {}
    volunteers = (
        Volunteer.objects.active().filter(home_region__path__startswith=baoan.path).select_related("home_region")
    )
    for volunteer in volunteers.defer("search").order_by("-pk"):
        found["volunteer", volunteer.home_region_id] = volunteer
    for team in VolunteerTeam.objects.active().filter(region__path__startswith=baoan.path).order_by("-pk"):
        found["team", team.region_id] = team
    return found


def _resource(
    network: Network, rng: random.Random, region: Region, given: Given, giver: resources.Giver
) -> Resource:  # fmt: skip
    latitude = longitude = None
    if given.radius_m is not None:
        north, east = network.points[region.code]
        latitude, longitude = round(north + rng.uniform(-0.003, 0.003), 6), round(east + rng.uniform(-0.003, 0.003), 6)
    whose = {Organization: "organization", VolunteerTeam: "team", Volunteer: "volunteer"}[type(giver)]
    where = giver.region if isinstance(giver, Organization | VolunteerTeam) else region
    return Resource(
        kind=given.kind, name=given.name, region=where, amount=_round(rng.randint(*given.amount)), unit=given.unit,
        times=given.times, weekly=list(given.weekly), conditions=given.conditions, latitude=latitude,
        longitude=longitude, radius_m=given.radius_m,
        valid_until=network.today + timedelta(days=rng.randint(30, 400)) if rng.random() < 0.5 else None,
        **{whose: giver},
    )  # fmt: skip


def _round(amount: int) -> int:
    """Nobody gives 21,993 yuan."""
    return amount if amount < 1000 else amount // 500 * 500


def _fit(made: list[Resource], fitting: list[tuple[str, ...]]) -> None:
    ids = dict(Category.objects.values_list("path", "pk"))
    through = Resource.categories.through
    through.objects.bulk_create(
        through(resource=row, category_id=ids[path]) for row, fits in zip(made, fitting, strict=True) for path in fits
    )


def claim_some(network: Network, region: Region, *, most: int = 8) -> None:
    """By the verbs themselves, for cases of the community that wait or are under way; every other one was used."""
    user = User.objects.select_related("person").get(username="community")
    cases = ServiceRequest.objects.filter(
        handling_region=region, state__in=[State.ACCEPTED, State.IN_PROGRESS], category__isnull=False
    ).select_related("category")
    done = 0
    for case in cases.order_by("pk")[: 20 * most]:
        near = Resource.objects.for_user(user).available().filter(
            categories__in=[case.category_id, case.category.parent_id, case.category.top_id]
        )  # fmt: skip
        resource = near.order_by("pk").first()
        if resource is None or done == most:
            continue
        done += 1
        workflow.claim(case, by=Staff(user), resource=resource, amount=Decimal(min(2, resource.free)), at=network.now)
        if done % 2 == 0:
            claims.use(case.claims.get(), by=user, used=Decimal(1), note="居民已确认", at=network.now)


def draft_street(network: Network, region: Region) -> None:
    """What the job makes of the street of `region` today, to be decided about by its dispatchers."""
    user = User.objects.get(username="street")
    draft = StreetDraft.objects.create(region=region.parent, made_by=user, made_at=network.now)
    street.run(draft.pk)
