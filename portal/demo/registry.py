"""What surrounds the stations: organisations of the other kinds, posts, affiliates, guarantors, agreements."""

from datetime import date, timedelta

from portal.core.history import bulk_load
from portal.core.models import Estate, Level, Organization, Person, Post, Region
from portal.demo import anchors
from portal.demo.network import BAOAN, Network
from portal.demo.organizations import Units
from portal.demo.people import People
from portal.demo.stations import Stations
from portal.demo.words import COMPANY_FIRST, words
from stations.models import Affiliate, Guarantor, PartnershipAgreement, Pledge, Station
from stations.types import StationType, Tier

K, A, P = Organization.Kind, Affiliate.Kind, Post.Kind
CHUNYUAN = "420606070001"
YAOHAI = "340102001"
# What 宝安 has of each, and the 165 merchants that 瑶海 published.
AFFILIATES = [
    (A.RIDER_STATION, 40, "暖蜂驿站", "饮水、充电、微波炉、休息", "8:00–22:00"),
    (A.DRIVER_HOME, 4, "司机之家", "停车、热水、简餐、淋浴", "全天"),
    (A.CARING_MERCHANT, 60, "爱心商户", "骑手凭码享八折，免费接水", "10:00–21:00"),
    (A.RIDER_STREET, 3, "暖蜂一条街", "沿街商户统一接待骑手", "全天"),
    (A.RIDER_CLINIC, 3, "骑手诊室", "优先就诊，费用减免", "8:00–20:00"),
    (A.RIDER_CANTEEN, 5, "骑手食堂", "十五元套餐，错峰供餐", "10:30–20:30"),
    (A.BIZ_WINDOW, 11, "惠企服务窗", "开办、用工、融资咨询", "9:00–18:00"),
    (A.BIZ_STATION, 4, "惠企服务站", "政策宣讲、上门走访", "9:00–18:00"),
    (A.BIZ_POINT, 6, "惠企服务点", "资料领取、预约上门", "9:00–18:00"),
]
YAOHAI_MERCHANTS = 165
SHOPS = words("早餐店 面馆 便利店 理发店 药房 水果店 五金店 快餐店 茶铺 打印店 修车铺 洗衣店 粮油店 书店 眼镜店")
PARTNERS = words(
    "供电服务站 银行网点 中心小学 卫生服务站 派出所 消防救援站 邮政支局 通信营业厅",
    "律师事务所 幼儿园 汽车零部件公司 养老服务中心 物业公司",
)
PLEDGES = [
    "每季度为居民开放一次场地",
    "为独居老人提供每月一次上门服务",
    "提供志愿者不少于十人",
    "认领微心愿不少于二十个",
    "开展义诊或安全讲座两场",
    "节假日开放停车位三十个",
]
# Where many people of each kind of post are looked for: (kind, how many, title).
POSTS = [
    (P.COMMUNITY_WORKER, 6, "社区工作者"),
    (P.GRID_WORKER, 5, "网格员"),
    (P.PART_TIME_GRID_WORKER, 3, "兼职网格员（骑手）"),
    (P.LANE_STEWARD, 2, "小巷管家"),
    (P.PARTY_HOUSEHOLD, 2, "党员中心户"),
    (P.PARTY_INSTRUCTOR, 1, "党建指导员"),
    (P.MODEL_POST, 1, "党员示范岗"),
    (P.PART_TIME_COMMITTEE, 1, "兼职委员"),
    (P.DELEGATE, 1, "区人大代表"),
    (P.SECRETARY, 1, "社区党委书记"),
]


def build(network: Network, units: Units, stations: Stations) -> None:
    people = People(network.rng, first_number=10_000)
    partners = _organizations(network, units, stations)
    _posts(network, units, people)
    # People first: a post needs the key of its person.
    officials = [people.new(party_member=True) for _number in range(40)]
    with bulk_load("core_post") as changes:
        Person.objects.bulk_create(people.made, batch_size=500)
        Post.objects.bulk_create(people.posts, batch_size=500)
        changes["added"] = len(people.posts)
    _affiliates(network, stations)
    _guarantors(network, stations, officials, units)
    _agreements(network, partners)


def _organizations(network: Network, units: Units, stations: Stations) -> dict[str, list[Organization]]:
    """Organisations of the kinds that take no cases; returns the partners of the communities that have agreements."""
    rng, made, estates = network.rng, [], []
    partners: dict[str, list[Organization]] = {}

    def add(name: str, kind: str, region: Region, **more: object) -> Organization:
        organization = Organization(name=name, kind=kind, region=region, **more)
        made.append(organization)
        return organization

    for street in network.baoan_streets:
        place = street.short_name
        add(f"{place}机关党总支", K.GENERAL_BRANCH, street, member_count=rng.randint(60, 160))
        for kind in ("总工会", "妇女联合会", "团工委"):
            add(f"{place}{kind}", K.MASS_ORGANIZATION, street)
        add(f"{place}{rng.choice(COMPANY_FIRST)}社会工作服务中心", K.SOCIAL_ORGANIZATION, street)
    for number, region in enumerate(network.working):
        committee, place = units.committees[region.code], region.short_name
        for estate in stations.estates.get(region.code, [])[:1]:
            estate.branch = add(
                f"{estate.name}党支部", K.ESTATE_BRANCH, region, parent=committee, member_count=rng.randint(12, 90)
            )
            estate.owners_committee = add(f"{estate.name}业主委员会", K.OWNERS_COMMITTEE, region)
            estates.append(estate)
        if number % 6 == 0:
            add(f"{place}第一居民小组", K.RESIDENTS_GROUP, region)
            add(
                f"{place}外卖骑手党支部", K.NEW_SECTOR_BRANCH, region, parent=committee, member_count=rng.randint(5, 30)
            )
            add(f"{rng.choice(COMPANY_FIRST)}电子（{place}）有限公司", K.ENTERPRISE, region)
            add(f"{place}{rng.choice(SHOPS)}", K.MERCHANT, region)
        if number % 40 == 0:
            add(f"{place}微改造项目临时党支部", K.TEMPORARY_BRANCH, region, parent=committee, member_count=7)
        wanted = 13 if region.code == CHUNYUAN else 5 if number == 0 else 2 if number % 5 == 0 else 0
        names = PARTNERS if wanted == len(PARTNERS) else rng.sample(PARTNERS, wanted)
        partners[region.code] = [add(f"{place}{name}", K.RESIDENT_UNIT, region) for name in names]
    with bulk_load("core_organization") as changes:
        Organization.objects.bulk_create(made, batch_size=500)
        Estate.objects.bulk_update(estates, ["branch", "owners_committee"], batch_size=200)
        changes["added"] = len(made)
    return partners


def _posts(network: Network, units: Units, people: People) -> None:
    rng = network.rng
    for number, region in enumerate(network.working):
        # The demo's own community and every tenth in full, the others with their secretary and two workers.
        full = number % 10 == 0
        for kind, count, title in POSTS:
            wanted = count if full else {P.SECRETARY: 1, P.COMMUNITY_WORKER: 2}.get(kind, 0)
            for _each in range(wanted):
                people.posts.append(
                    Post(
                        person=people.new(party_member=True if kind == P.SECRETARY else None),
                        kind=kind,
                        region=region,
                        title=title,
                        organization=units.committees[region.code],
                        starts_on=date(rng.randint(2021, 2024), rng.randint(1, 12), 1),
                    )
                )


def _affiliates(network: Network, stations: Stations) -> None:
    rng, made = network.rng, []
    baoan = [region for region in network.working if network.above(region, Level.DISTRICT).code == BAOAN]
    for kind, count, name, offer, hours in AFFILIATES:
        for number in range(count):
            region = baoan[(number * 7 + len(made)) % len(baoan)]
            shop = rng.choice(SHOPS) if kind in (A.CARING_MERCHANT, A.RIDER_STATION) else ""
            made.append(_affiliate(network, stations, kind, region, f"{region.short_name}{shop}{name}", offer, hours))
    yaohai = network.regions[YAOHAI]
    for number in range(1, YAOHAI_MERCHANTS + 1):
        name = f"瑶海爱心商户{number:03d}号（{rng.choice(SHOPS)}）"
        made.append(_affiliate(network, stations, A.CARING_MERCHANT, yaohai, name, "骑手免费接水、充电", "9:00–21:00"))
    with bulk_load("stations_affiliate") as changes:
        Affiliate.objects.bulk_create({(a.kind, a.region_id, a.name): a for a in made}.values(), batch_size=500)
        changes["added"] = len(made)


def _affiliate(
    network: Network, stations: Stations, kind: str, region: Region, name: str, offer: str, hours: str
) -> Affiliate:
    rng = network.rng
    latitude, longitude = anchors.near(network.points[region.code], rng)
    near_by = [station for station in stations.by_region.get(region.code, []) if station.tier == Tier.STATION]
    return Affiliate(
        kind=kind, name=name, region=region, station=rng.choice(near_by) if near_by else None, offer=offer,
        hours=hours, latitude=latitude, longitude=longitude, address=f"{region.name}",
        since=date(rng.randint(2020, 2024), rng.randint(1, 12), 1),
    )  # fmt: skip


def _guarantors(network: Network, stations: Stations, officials: list[Person], units: Units) -> None:
    rng = network.rng
    in_baoan = [station for station in stations.made if station.code.startswith("BA")]
    made = [
        Guarantor(station=station, person=official, title="区直部门包保干部", starts_on=_term(network))
        for station, official in zip(rng.sample(in_baoan, 30), officials, strict=False)
    ]
    chosen: list[Station] = [station for station in in_baoan if station.station_type == StationType.INDUSTRIAL_PARK]
    by_topic = units.by_topic[BAOAN]
    made += [
        Guarantor(station=station, organization=by_topic["labour"], title="挂点单位", starts_on=_term(network))
        for station in chosen[:10]
    ]
    made += [
        Guarantor(region=region, person=official, title="街道挂点领导", starts_on=_term(network))
        for region, official in zip(network.working[:10], officials[30:], strict=False)
    ]
    with bulk_load("stations_guarantor") as changes:
        Guarantor.objects.bulk_create(made)
        changes["added"] = len(made)


def _agreements(network: Network, partners: dict[str, list[Organization]]) -> None:
    rng, agreements, pledges = network.rng, [], []
    for code, organizations in partners.items():
        region = network.regions[code]
        for organization in organizations:
            signed = _term(network)
            agreement = PartnershipAgreement(
                region=region, organization=organization, title=f"{region.short_name}共建责任书",
                signed_on=signed, starts_on=signed, ends_on=signed + timedelta(days=365 * 2),
            )  # fmt: skip
            agreements.append(agreement)
            for text in rng.sample(PLEDGES, rng.randint(2, 3)):
                due_on = signed + timedelta(days=rng.randint(60, 500))
                done = due_on - timedelta(days=rng.randint(0, 40))
                fulfilled = done if done < network.today and rng.random() < 0.8 else None
                pledges.append(
                    Pledge(
                        agreement=agreement,
                        text=text,
                        due_on=due_on,
                        fulfilled_on=fulfilled,
                        note="已完成，现场留有照片。" if fulfilled else "",
                    )  # fmt: skip
                )
    with bulk_load("stations_partnershipagreement") as changes:
        PartnershipAgreement.objects.bulk_create(agreements)
        Pledge.objects.bulk_create(pledges)
        changes.update(added=len(agreements), pledges=len(pledges))


def _term(network: Network) -> date:
    """A day within the last year and a half."""
    return network.today - timedelta(days=network.rng.randint(20, 540))
