"""双报到 in the first communities of 宝安: units and members who reported; brand projects and honours of teams."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from portal.core.history import bulk_load
from portal.core.models import Organization, Person, Region, User
from portal.demo.accounts import Staff
from portal.demo.network import BAOAN, Network
from portal.demo.organizations import Units
from stations.models import PartnershipAgreement
from volunteers.models import (
    BrandProject,
    BrandStep,
    Honour,
    MemberReport,
    UnitPledge,
    UnitReport,
    Volunteer,
    VolunteerTeam,
)
from volunteers.models.reports import BRANCH_KINDS
from volunteers.types import BrandStage, ReportStatus, VolunteerStatus

COMMUNITIES, MEMBERS, PROJECTS = 4, 40, 13
UNITS_A_COMMUNITY = 3
PLEDGES = [
    ("下班后向居民开放停车位", "20 个"), ("为独居老人上门体检", "每季度 1 次"), ("组织干部到小站值班", "每月 2 人次"),
    ("开放会议室供居民议事", "每周 1 次"), ("暑期开办四点半课堂", "10 课时"), ("认领微心愿", "15 个"),
]  # fmt: skip
EVIDENCE = ["现场照片和签到表已存社区", "居民代表现场确认", "活动简报第 3 期"]
BRANDS = [
    ("银龄手机课堂", "教老人用手机挂号、缴费、视频通话。"), ("骑手驿家", "给骑手送热饭、热水和维权咨询。"),
    ("四点半守护", "放学后接管双职工家庭的孩子。"), ("红色调解室", "老党员坐堂调解邻里纠纷。"),
    ("绿芽小菜园", "把闲置花坛变成共享菜园。"), ("一刻钟修理铺", "每周六上午免费修小家电。"),
    ("夜归人的灯", "晚间陪同女工走过工地便道。"), ("方言广播站", "用客家话、潮汕话播报政策。"),
    ("旧衣新生", "旧衣改制后义卖，款项帮扶困难家庭。"), ("阳台音乐会", "每月一次的楼栋音乐会。"),
    ("小小议事员", "孩子们提议题、做调查、开议事会。"), ("安心开锁", "为忘带钥匙的老人协调开锁。"),
    ("书香漂流", "在小站之间漂流的图书。"),
]  # fmt: skip
S = BrandStage
# The way that each project has come so far.
WAYS = [
    (S.IDEA,), (S.IDEA, S.INCUBATING), (S.IDEA, S.INCUBATING), (S.IDEA, S.INCUBATING, S.RUNNING),
    (S.IDEA, S.INCUBATING, S.RUNNING), (S.IDEA, S.INCUBATING, S.RUNNING, S.GRADUATED),
    (S.IDEA, S.INCUBATING, S.ENDED),
]  # fmt: skip
TITLES = [
    ("宝安区优秀志愿服务队", "宝安区志愿者联合会"), ("学雷锋活动示范点", "宝安区文明办"),
    ("先进基层服务队", "街道党工委"),
]  # fmt: skip
OWN_TITLES = [("五星志愿者", "宝安区志愿者联合会"), ("最美志愿者", "宝安区文明办"), ("年度服务之星", "社区党委")]


def build(network: Network, units: Units, staff: Staff) -> None:
    maker = _Maker(network, staff)
    with bulk_load("volunteers_unitreport") as changes:
        maker.unit_reports(units)
        changes["units"] = UnitReport.objects.count()
        changes["members"] = maker.member_reports()
        changes["projects"] = maker.brand_projects(units)
        changes["honours"] = maker.honours()


@dataclass
class _Maker:
    network: Network
    staff: Staff

    def __post_init__(self) -> None:
        self.rng = random.Random(f"double {self.network.today.isoformat()}")
        inside = [region for region in self.network.working if f"/{BAOAN}/" in region.path]
        self.communities = inside[:COMMUNITIES]

    def ago(self, fewest: int, most: int) -> date:
        return self.network.today - timedelta(days=self.rng.randint(fewest, most))

    def confirmed(self, region: Region, on: date) -> dict[str, object]:
        by: User = self.staff.dispatchers[region.code]
        at = datetime.combine(on, time(15), self.network.now.tzinfo)
        return {"status": ReportStatus.CONFIRMED, "confirmed_by": by, "confirmed_at": min(at, self.network.now)}

    def unit_reports(self, units: Units) -> None:
        """Units that signed an agreement, the property company and departments report to each community."""
        offices = [
            each for each in units.made if each.kind == Organization.Kind.DEPARTMENT and BAOAN in each.region.path
        ]
        for number, region in enumerate(self.communities):
            signed = PartnershipAgreement.objects.filter(region=region).order_by("pk").select_related("organization")
            found = {each.organization_id: each.organization for each in signed[:2]}
            others = [units.property[region.code], *self.rng.sample(offices, UNITS_A_COMMUNITY)]
            found |= {each.pk: each for each in others[: UNITS_A_COMMUNITY + 1 - len(found)]}
            for at, unit in enumerate(found.values()):
                on = self.ago(60, 500)
                # The last unit of the first community waits to be confirmed.
                waits = number == 0 and at == len(found) - 1
                contact: Person | None = self.staff.contacts[unit.pk].person if unit.pk in self.staff.contacts else None
                report = UnitReport.objects.create(
                    organization=unit, region=region, contact=contact,
                    reported_on=self.network.today if waits else on,
                    valid_until=None if waits else on + timedelta(days=730),
                    **({} if waits else self.confirmed(region, on)),
                )  # fmt: skip
                if not waits:
                    self._pledges(report, on)

    def _pledges(self, report: UnitReport, on: date) -> None:
        for text, quantity in self.rng.sample(PLEDGES, self.rng.randint(1, 3)):
            due = on + timedelta(days=self.rng.randint(30, 300))
            is_done = due < self.network.today and self.rng.random() < 0.8
            UnitPledge.objects.create(
                report=report, text=text, quantity=quantity, due_on=due,
                fulfilled_on=max(on, due - timedelta(days=self.rng.randint(0, 20))) if is_done else None,
                evidence=self.rng.choice(EVIDENCE) if is_done else "",
            )  # fmt: skip

    def member_reports(self) -> int:
        branches = list(Organization.objects.filter(kind__in=BRANCH_KINDS, region__path__contains=f"/{BAOAN}/"))
        branches = self.rng.sample(sorted(branches, key=lambda each: each.pk), min(6, len(branches)))
        at_home = Volunteer.objects.filter(
            home_region__in=self.communities, status=VolunteerStatus.ACTIVE, person__is_party_member=True
        )
        people = list(at_home.select_related("home_region").order_by("pk")[:MEMBERS]) if branches else []
        made = []
        for number, volunteer in enumerate(people):
            on = self.ago(20, 400)
            waits = number % 13 == 12
            made.append(
                MemberReport(
                    volunteer=volunteer, region=volunteer.home_region, branch=self.rng.choice(branches),
                    reported_on=self.network.today if waits else on,
                    **({} if waits else self.confirmed(volunteer.home_region, on)),
                )
            )  # fmt: skip
        return len(MemberReport.objects.bulk_create(made))

    def _teams(self) -> list[VolunteerTeam]:
        """Teams of the first communities, then those of 宝安's streets."""
        rows = VolunteerTeam.objects.filter(region__path__contains=f"/{BAOAN}/").defer("search")
        return sorted(rows, key=lambda team: (team.region not in self.communities, team.pk))

    def brand_projects(self, units: Units) -> int:
        hub = units.committees.get(self.communities[0].code) if self.communities else None
        teams = self._teams()
        for number, (name, summary) in enumerate(BRANDS[:PROJECTS]):
            way = WAYS[number % len(WAYS)]
            days = sorted(self.ago(30, 600) for _stage in way)
            project = BrandProject.objects.create(
                team=teams[number % len(teams)], name=name, summary=summary, hub=hub, stage=way[-1],
                stage_since=days[-1],
            )  # fmt: skip
            for stage, on in zip(way, days, strict=True):
                note = "发起人调离，暂无人接手" if stage == S.ENDED else ""
                BrandStep.objects.create(project=project, stage=stage, on=on, note=note)
        return len(BRANDS[:PROJECTS])

    def honours(self) -> int:
        made = [
            Honour(team=team, title=title, awarded_by=by, awarded_on=self.ago(30, 900))
            for team, (title, by) in zip(self._teams(), [*TITLES, *TITLES], strict=False)
        ]
        people = Volunteer.objects.filter(home_region__in=self.communities, status=VolunteerStatus.ACTIVE)
        made += [
            Honour(
                volunteer=volunteer, title=OWN_TITLES[number % 3][0], awarded_by=OWN_TITLES[number % 3][1],
                awarded_on=self.ago(30, 900),
            )
            for number, volunteer in enumerate(people.order_by("pk")[:12])
        ]  # fmt: skip
        return len(Honour.objects.bulk_create(made))
