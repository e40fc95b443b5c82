"""服务项目清单: projects of every kind and in every phase for the demo's first community, by the verbs themselves; and
for 襄阳高新区 as many projects as its published list has to its needs.

The published list of 高新区 has 748 needs, 317 projects and 208 of these finished. Here the demo's own requests of the
kind "need" are the needs, and the numbers of projects follow from them.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from portal.core.history import bulk_load
from portal.core.models import Level, Organization, Region, User
from portal.demo.network import Network
from portal.demo.photos import stored_drawing
from requests import projects, workflow
from requests.models import ServiceProject, ServiceRequest
from requests.project_types import Gate, MemberRole, MoneySource, PhotoStage, ProjectKind, ProjectState, Standing
from requests.types import GONE_STATES, Channel, Kind, State
from requests.workflow import Staff as By
from requests.workflow.intake import Contact

K, S, M = ProjectKind, ProjectState, MoneySource
PUBLISHED_NEEDS, PUBLISHED_PROJECTS, PUBLISHED_FINISHED = 748, 317, 208
NEW_DISTRICT = "高新"
# How long before today a project was drafted, in days; the later steps follow.
BEGAN, ASKED_BEFORE = 60, 7


@dataclass(frozen=True)
class Planned:
    kind: str
    name: str
    to: str
    description: str
    needs: tuple[str, ...] = ()
    milestones: tuple[str, ...] = ("入户征求意见", "确定施工方案", "完工验收")
    budget: tuple[tuple[str, str, int], ...] = ()
    targets: tuple[tuple[str, str, str, str], ...] = ()
    branch: str = ""
    # Households and what each gives, in yuan.
    households: int = 0
    each_gives: int = 0
    summary: str = field(default="")


PLANNED = (
    Planned(
        K.MICRO_RENEWAL,
        "28区篮球场微改造",
        S.FINISHED,
        "球场地面开裂积水，夜间照明不足。翻新地面，更换篮架，加装节能灯和围网。",
        ("28区篮球场地面开裂，孩子打球摔过好几次。", "篮球场晚上没有灯，下班想运动没地方。"),
        budget=(("地面翻新", M.BUDGET, 86000), ("灯光和围网", M.ENTERPRISE, 42000)),
    ),
    Planned(
        K.LIVELIHOOD,
        "蔡山小区电动自行车充电桩",
        S.UNDER_WAY,
        "居民飞线充电隐患大。在三处空地建充电棚，装充电桩和自动灭火装置。",
        ("楼下没有充电桩，大家都飞线充电，太危险。", "希望在小区里装电动车充电桩。", "充电棚太少，晚上排队都充不上。"),
        budget=(("充电棚三处", M.BUDGET, 120000), ("充电桩60个", M.ENTERPRISE, 90000)),
        targets=(("充电桩", "", "60", "42"),),
    ),
    Planned(
        K.MICRO_RENEWAL,
        "锦绣苑加装电梯",
        S.UNDER_WAY,
        "六层老楼没有电梯，高龄老人下楼难。业主自筹，街道协调设计和报建。",
        ("我妈八十了住六楼，一年下不了几次楼，能不能装电梯？",),
        ("业主表决通过", "资金到账", "井道施工", "通过特种设备检验"),
        budget=(("电梯设备和安装", M.CROWDFUNDING, 800000),),
        households=20,
        each_gives=40000,
    ),
    Planned(
        K.KEY,
        "老旧小区外墙整治",
        S.UNDER_WAY,
        "外墙砖脱落，危及行人。分两个阶段整治20栋楼，三个月内安置5户。",
        ("3栋外墙砖又掉下来一块，差点砸到人。", "外墙空鼓好几年了，什么时候修？"),
        targets=(("整治楼栋", "第二阶段", "20", "19.5"), ("安置住户", "三个月内", "5", "5")),
        budget=(("外墙加固", M.BUDGET, 3600000),),
        branch="外墙整治项目临时党支部",
    ),
    Planned(
        K.SECRETARY,
        "书记项目：楼道“清零”行动",
        S.UNDER_WAY,
        "书记牵头，党员包楼栋，清理楼道杂物，建立长效巡查。",
        ("楼道里堆满了旧家具，消防通道都堵了。",),
        budget=(("清运费用", M.PARTY_FEES, 8000),),
    ),
    Planned(
        K.SECRETARY,
        "书记项目：外卖骑手歇脚点",
        S.FINISHED,
        "在社区出入口设歇脚点，提供饮水、充电和热饭。",
        ("外卖员中午没地方歇脚，能不能有个喝水充电的地方？",),
    ),
    Planned(
        K.SERVICE,
        "四点半课堂",
        S.FINISHED,
        "工作日放学后由志愿者看护和辅导作业。",
        ("孩子四点半放学没人接，社区能不能办个托管？",),
        budget=(("教具", M.PARTY_FEES, 6000),),
    ),
    Planned(
        K.SERVICE,
        "独居老人助餐",
        S.UNDER_WAY,
        "为独居老人送午餐，每天上门看望一次。",
        ("独居老人做饭难，希望有助餐服务。",),
        budget=(("餐费补贴", M.BUDGET, 54000),),
    ),
    Planned(
        K.SERVICE, "夜间法律咨询", S.APPROVED, "每周三晚由律师志愿者到小站坐班。", ("白天上班，希望晚上能咨询律师。",)
    ),
    Planned(
        K.SERVICE,
        "家电义务维修日",
        S.APPLIED,
        "每月第一个周六集中维修小家电。",
        ("电饭煲坏了没处修，能不能组织义务维修？",),
    ),
    Planned(K.SERVICE, "亲子阅读角", S.DRAFT, "在小站开辟阅读角，周末由志愿者领读。"),
    Planned(
        K.LIVELIHOOD,
        "背街小巷路灯补装",
        S.FINISHED,
        "为五条背街小巷补装路灯。",
        ("后巷一盏灯都没有，晚上走路害怕。",),
        targets=(("路灯", "", "36", "36"),),
        budget=(("灯杆和布线", M.BUDGET, 150000),),
    ),
    Planned(
        K.LIVELIHOOD,
        "无障碍坡道",
        S.APPROVED,
        "在12个单元门口修建无障碍坡道。",
        ("轮椅进不了单元门，希望修个坡道。",),
        targets=(("坡道", "", "12", "0"),),
    ),
    Planned(
        K.LIVELIHOOD, "二次供水改造", S.APPLIED, "更换老化的水箱和立管，改善水质水压。", ("高层水压太低，洗澡都没水。",)
    ),
    Planned(K.LIVELIHOOD, "新建社区停车楼", S.REFUSED, "在空地建立体停车楼。", ("停车位太少，能不能建停车楼？",)),
    Planned(
        K.MICRO_RENEWAL,
        "口袋公园",
        S.APPROVED,
        "把闲置边角地改成口袋公园，设座椅和遮阳棚。",
        ("小区旁边的空地荒着，能不能修个小公园？",),
    ),
    Planned(K.MICRO_RENEWAL, "旧围墙美化", S.STOPPED, "用墙绘美化旧围墙。", ("围墙又脏又破，影响小区形象。",)),
    Planned(K.MICRO_RENEWAL, "晾衣架更新", S.DRAFT, "更换破损的公共晾衣架。"),
    Planned(
        K.KEY,
        "雨污分流改造",
        S.APPROVED,
        "改造地下管网，实现雨污分流。",
        ("一下大雨就倒灌，污水都冒出来了。",),
        targets=(("管网（公里）", "第一阶段", "3.2", "0"),),
        branch="雨污分流项目临时党支部",
    ),
    Planned(
        K.SERVICE,
        "平安夜巡队",
        S.FINISHED,
        "志愿者每晚两班巡逻，发现隐患及时上报。",
        ("晚上小区治安不好，希望有人巡逻。",),
    ),
)
COUNT = sum(len(each.needs) for each in PLANNED)


def build(network: Network, region: Region, unit: Organization) -> None:
    maker = _Maker(network.now, region, unit)
    for number, planned in enumerate(PLANNED):
        maker.make(number, planned)
    _as_published(network)


class _Maker:
    def __init__(self, now: datetime, region: Region, unit: Organization) -> None:
        self.now, self.region, self.unit = now, region, unit
        self.community = User.objects.select_related("person").get(username="community")
        self.leader = User.objects.select_related("person").get(username="leader")
        self.asked = 0
        self.before, self.after = stored_drawing(random.Random("before")), stored_drawing(random.Random("after"))
        self.photo_used = False

    def make(self, number: int, planned: Planned) -> None:
        at = self.now - timedelta(days=BEGAN + number)
        by = self.community
        project = projects.create(
            by=by, region=self.region, kind=planned.kind, name=planned.name, description=planned.description,
            summary=planned.description, organization=self.unit if planned.kind != K.SECRETARY else None,
            lead_person=by.person if planned.kind == K.SECRETARY else None, branch_name=planned.branch,
            planned_start=at.date(), planned_end=(at + timedelta(days=45 + 6 * number)).date(),
            cases=[self._need(words, at) for words in planned.needs], at=at,
        )  # fmt: skip
        for step, title in enumerate(planned.milestones, 1):
            due_on = (at + timedelta(days=12 * step)).date()
            projects.set_milestone(project, by=by, title=title, due_on=due_on, at=at)
        for title, source, amount in planned.budget:
            projects.set_budget(project, by=by, title=title, source=source, amount=Decimal(amount), at=at)
        for name, stage, target, _reached in planned.targets:
            unit = "户" if "户" in name else "栋" if "栋" in name else "公里" if "公里" in name else "个"
            projects.set_target(project, by=by, name=name, stage=stage, target=Decimal(target), unit=unit, at=at)
        projects.add_member(project, by=by, name="周代表", role=MemberRole.SUPERVISOR, standing=Standing.DEPUTY, at=at)
        projects.add_member(
            project, by=by, name="李党员", role=MemberRole.SUPERVISOR, standing=Standing.PARTY_MEMBER, at=at
        )
        if planned.to != S.DRAFT:
            self._decide(project, planned, at + timedelta(days=3))

    def _need(self, words: str, at: datetime) -> ServiceRequest:
        self.asked += 1
        by, asked_at = By(self.community), at - timedelta(days=ASKED_BEFORE)
        made = workflow.submit(
            description=words, contact=Contact(phone=f"1990010{self.asked:04d}", name="住户"), region=self.region,
            channel=Channel.PHONE, kind=Kind.NEED, by=by, at=asked_at,
        )  # fmt: skip
        return workflow.accept(made.case, by=by, at=asked_at + timedelta(hours=2))

    def _decide(self, project: ServiceProject, planned: Planned, at: datetime) -> None:
        by = self.community
        projects.apply(project, by=by, text="居民反映集中，请予立项。", at=at)
        if planned.to == S.APPLIED:
            return
        granted = planned.to != S.REFUSED
        words = "同意立项，请抓紧实施。" if granted else "该地块规划为绿地，不能建设停车楼，请另行研究。"
        projects.review(project, by=self.leader, granted=granted, text=words, at=at + timedelta(days=2))
        if not granted:
            return
        projects.publish(project, by=by, at=at + timedelta(days=2))
        if planned.to == S.STOPPED:
            text = "征求意见时多数居民不同意，项目终止。"
            projects.stop(project, by=by, ground="no_consent", text=text, at=at + timedelta(days=9))
        elif planned.to != S.APPROVED:
            self._work(project, planned, at + timedelta(days=4))

    def _work(self, project: ServiceProject, planned: Planned, at: datetime) -> None:
        by, is_over = self.community, planned.to == S.FINISHED
        projects.start(project, by=by, at=at)
        for household in range(planned.households):
            name = f"{3 + household % 2}栋{household // 4 + 2}0{household % 4 + 1}"
            projects.pledge(project, by=by, household=name, amount=Decimal(planned.each_gives), at=at)
        for contribution in project.contributions.defer("name"):
            projects.pay(project, by=by, contribution=contribution, amount=contribution.pledged, at=at)
        for line in project.budget.all():
            spent = line.amount if is_over else line.amount / 2
            projects.spend(project, by=by, line=line, amount=spent, at=at + timedelta(days=10))
        for target, (*_words, reached) in zip(project.targets.all(), planned.targets, strict=True):
            when = at + timedelta(days=30)
            projects.report_target(project, by=by, target=target, reached=Decimal(reached), at=when)
        done = list(project.milestones.all())[: None if is_over else 2]
        for step, milestone in enumerate(done, 1):
            projects.reach_milestone(project, by=by, milestone=milestone, at=at + timedelta(days=10 * step))
        self._check(project, planned, at + timedelta(days=20))
        if not self.photo_used:
            self.photo_used = True
            for stage, photo in ((PhotoStage.BEFORE, self.before), (PhotoStage.AFTER, self.after)):
                projects.add_photos(project, by=by, stage=stage, files=[photo], is_public=True, at=at)
        if is_over:
            text = "项目已经完工并通过验收，欢迎使用和监督。"
            projects.finish(project, by=by, text=text, at=at + timedelta(days=40))

    def _check(self, project: ServiceProject, planned: Planned, at: datetime) -> None:
        """Of what goes on, the gate of safety is still ahead, and that of the site was passed at the second attempt."""
        supervisor = project.members.filter(role=MemberRole.SUPERVISOR).first()
        if planned.to == S.UNDER_WAY:
            words = "现场围挡不全，请整改后再验。"
            projects.check_gate(
                project, by=self.community, gate=Gate.SITE, supervisor=supervisor, passed=False, text=words, at=at
            )
        gates = list(Gate) if planned.to == S.FINISHED else [Gate.SITE, Gate.QUALITY]
        for number, gate in enumerate(gates, 1):
            when = at + timedelta(days=number)
            projects.check_gate(
                project, by=self.community, gate=gate, supervisor=supervisor, passed=True, text="符合要求。", at=when
            )


def _as_published(network: Network) -> None:
    """The list of 高新区: to its needs as many projects, and of these as many finished, as were published."""
    district = Region.objects.filter(is_functional=True, level=Level.DISTRICT, name__contains=NEW_DISTRICT).first()
    if district is None:
        return
    # There what residents ask for is kept as a list of needs (需求清单).
    with bulk_load("requests_servicerequest") as changes:
        asked = ServiceRequest.objects.at_place(district).filter(kind=Kind.DEMAND)
        changes["kept_as_needs"] = asked.update(kind=Kind.NEED)
    known = ServiceRequest.objects.at_place(district).filter(kind=Kind.NEED)
    needs = list(known.exclude(state__in=[State.REJECTED, *GONE_STATES]).order_by("submitted_at").defer("search"))
    # Evenly over the months, so that the shares hold in every period; the two are nested, as finishing is a later step.
    begun = [need for number, need in enumerate(needs) if _falls(number, PUBLISHED_PROJECTS, PUBLISHED_NEEDS)]
    ServiceProject.objects.bulk_create(
        _listed(need, network.now, is_over=_falls(number, PUBLISHED_FINISHED, PUBLISHED_PROJECTS))
        for number, need in enumerate(begun)
    )


def _falls(number: int, share: int, of: int) -> bool:
    """Whether the row with this number is one of the `share` rows among each `of` rows."""
    return (number + 1) * share // of > number * share // of


def _listed(need: ServiceRequest, now: datetime, *, is_over: bool) -> ServiceProject:
    decided = min(need.submitted_at + timedelta(days=5), now)
    ended = min(need.submitted_at + timedelta(days=40), now)
    return ServiceProject(
        kind=K.SERVICE, name=f"{need.title[:30]}服务项目", description="按需求清单立项。", region_id=need.region_id,
        planned_start=timezone.localdate(decided), planned_end=timezone.localdate(decided) + timedelta(days=60),
        created_at=need.submitted_at, applied_at=decided, reviewed_at=decided, started_at=decided,
        state=S.FINISHED if is_over else S.UNDER_WAY, finished_at=ended if is_over else None,
        result="项目已完成。" if is_over else "",
    )  # fmt: skip
