"""议事协商 of the demo: topics in every phase in 宝安 and 襄阳, one confidential mediation, one vote of 504 households,
and the monthly meetings of the last months. All of it by the verbs themselves."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from portal.core.history import bulk_load
from portal.core.models import Estate, Organization, Region, User
from portal.demo.accounts import Staff
from portal.demo.network import Network
from requests import workflow
from requests.deliberation_types import DeliberationKind as K
from requests.deliberation_types import DeliberationState as S
from requests.deliberation_types import DropGround, ParticipantRole, PollBy
from requests.deliberations import follow_up, meetings, polls, publicity, topics
from requests.models import Deliberation, FollowUpTask, Household, Meeting, ServiceRequest
from requests.types import Conclusion, State

XIANGYANG = ("420606070001", "420606070001", "420606071002", "420606171011", "420606171011")
LONGJING = "龙井小区"
# How far a topic has come is how much of this way it went.
WAY = [S.RAISED, S.SCHEDULED, S.HELD, S.RESOLVED, S.PUBLIC, S.IN_FORCE, S.DONE]


@dataclass(frozen=True)
class Topic:
    kind: str
    topic: str
    text: str
    state: str
    days_ago: int
    minutes: str = ""
    resolution: str = ""
    tasks: tuple[tuple[str, int], ...] = ()
    objection: str = ""
    is_confidential: bool = False
    drop: str = ""
    residents: tuple[str, ...] = field(default=("王阿姨", "刘师傅"))


BAOAN_TOPICS = (
    Topic(K.PARKING, "小区南门夜间停车怎么排", "南门两侧夜间车位不够，晚归住户常停在消防通道。", S.RAISED, 3),
    Topic(K.FACILITIES, "2栋单元门禁更换方案", "门禁老化，访客随意进出，物业提出两种方案。", S.SCHEDULED, 9),
    Topic(K.ENVIRONMENT, "垃圾投放点迁移", "现投放点离1栋窗户不足十米，夏季有异味。", S.HELD, 16,
          "物业介绍三个备选位置，1栋、3栋代表分别发言，多数倾向东侧围墙边。"),
    Topic(K.FACILITIES, "儿童游乐区地垫翻新", "地垫开裂起翘，已有孩子绊倒。", S.RESOLVED, 22,
          "业委会说明公共收益余额，居民代表建议分两期施工。",
          "同意用公共收益翻新游乐区地垫，分两期施工，总价不超过3.2万元。"),
    Topic(K.PARKING, "错时共享停车位试行", "白天园区车位紧，夜间小区车位紧，可否互相开放。", S.PUBLIC, 27,
          "园区物业、小区物业和居民代表讨论了开放时段和收费。",
          "自下月起试行三个月：工作日18:00至次日8:00园区开放60个车位，登记车辆免费。",
          objection="园区晚上没有保安，车辆丢损谁负责？"),
    Topic(K.FUNDS, "公共收益用于加装高空抛物摄像头", "去年发生两起高空抛物，建议在四栋楼加装。", S.IN_FORCE, 45,
          "派出所民警到场说明取证要求，居民关心隐私角度。",
          "同意用公共收益加装12个摄像头，仰角朝外墙，影像只供公安调取。",
          tasks=(("完成摄像头招标并公示报价", 10), ("安装并与派出所联调", 60))),
    Topic(K.FACILITIES, "楼道照明改声控灯", "楼道灯长亮费电，夜间又有几层不亮。", S.DONE, 75,
          "物业算了电费账，居民代表一致同意。",
          "全部更换为声控LED灯，费用从维修基金列支。", tasks=(("更换全部楼道灯具并验收", 14),)),
    Topic(K.DISPUTE, "楼上楼下漏水赔偿调解", "双方就装修漏水的赔偿数额有争议，请调解。", S.RESOLVED, 30,
          "双方陈述，调解员提出按修复报价分担。",
          "楼上住户承担修复费用的七成，两周内付清，双方不再追究。", is_confidential=True,
          residents=("楼上住户", "楼下住户")),
    Topic(K.OTHER, "广场舞时间调整", "高考期间希望调整音量和时段。", S.DROPPED, 40, drop=DropGround.SETTLED),
)  # fmt: skip
XIANGYANG_TOPICS = (
    Topic(K.FACILITIES, "加装充电桩选址", "电动自行车飞线充电有隐患，居民希望集中充电。", S.DONE, 90,
          "上门征求意见后，居民代表比较了三处选址。",
          "在5号楼东侧和北门各建一组充电桩。", tasks=(("完成两组充电桩建设", 25),)),
    Topic(K.PARKING, "春园社区背街小巷单行改造", "巷道窄，会车堵，商户和居民意见不一。", S.HELD, 18,
          "交警介绍单行方案，沿街商户提出装卸货时段。"),
    Topic(K.FACILITIES, "老旧电梯更新资金筹集", "电梯使用二十年，故障多，需筹集约80万元。", S.IN_FORCE, 60,
          "业委会说明维修基金和自筹比例，低楼层住户提出按层分摊。",
          "按楼层系数分摊，一至三层不出资，缺口由公共收益补足。",
          tasks=(("完成各户分摊数额公示", 8), ("与电梯公司签订合同", 40))),
    Topic(K.ENVIRONMENT, "东湖国际花园湖边围栏", "湖边步道护栏低，孩子玩耍有危险。", S.PUBLIC, 20,
          "物业给出护栏样式和报价。", "沿湖120米步道护栏加高至1.1米，费用由物业承担。"),
    Topic(K.OTHER, "社区食堂延长晚餐时间", "下班晚的住户赶不上晚餐。", S.RAISED, 6),
)  # fmt: skip
VOTED = Topic(
    K.FACILITIES, "是否安装集中充电桩", "上门征求全部504户意见：是否用公共收益安装7组集中充电桩。", S.RESOLVED, 35,
    "上门走访504户，公布票数并回答消防间距的问题。", "按多数业主意见安装7组集中充电桩，选址避开窗户六米以上。",
)  # fmt: skip


def build(network: Network, staff: Staff, region: Region, unit: Organization) -> None:
    """`region` is the demo's first community, `unit` the property company that it shows."""
    rng = random.Random(f"deliberations {network.today.isoformat()}")
    runner, chair = staff.by_name["community"], staff.by_name["leader"]
    make = _Maker(network, runner, chair)
    estate = Estate.objects.filter(region=region).order_by("pk").first()
    made = [make.topic(each, region, estate, unit) for each in BAOAN_TOPICS]
    _table_some(network, runner, chair, region, made[0])
    admin = _Maker(network, staff.by_name["admin"], staff.by_name["admin"])
    for code, each in zip(XIANGYANG, XIANGYANG_TOPICS, strict=True):
        place = network.regions[code]
        admin.topic(each, place, Estate.objects.filter(region=place).order_by("pk").first(), None)
    _vote(admin, rng)
    _meet(network, runner, chair, region)


class _Maker:
    def __init__(self, network: Network, runner: User, chair: User) -> None:
        self.network, self.runner, self.chair = network, runner, chair

    def topic(
        self, told: Topic, region: Region, estate: Estate | None, unit: Organization | None
    ) -> Deliberation:  # fmt: skip
        """A topic as far as it has come."""
        # Whoever runs a confidential one chairs it: nobody else would see it.
        at, chair = (
            self.network.now - timedelta(days=told.days_ago),
            self.runner if told.is_confidential else self.chair,
        )
        row = topics.raise_topic(
            by=self.runner, region=region, chair=chair.person, kind=told.kind, topic=told.topic, text=told.text,
            estate=estate, is_confidential=told.is_confidential, at=at,
        )  # fmt: skip
        self._seats(row, told, unit)
        if told.drop:
            topics.drop(row, by=self.runner, ground=told.drop, text="已与舞队协商好时段。", at=at + timedelta(days=4))
            return row
        self._go(row, told, unit, at)
        return row

    def _seats(self, row: Deliberation, told: Topic, unit: Organization | None) -> None:
        topics.invite(row, by=self.runner, role="platform", name=f"{row.region}居民自治中心")
        topics.invite(row, by=self.runner, role="supervisor", name=f"{row.region}党委")
        if unit is not None and not told.is_confidential:
            topics.invite(row, by=self.runner, role="executor", organization=unit)
        if told.is_confidential:
            topics.invite(row, by=self.runner, role=ParticipantRole.MEDIATOR, person=self.chair.person)
        for name in told.residents:
            topics.invite(row, by=self.runner, role="resident", name=name)

    def _go(self, row: Deliberation, told: Topic, unit: Organization | None, at: datetime) -> None:
        # People meet in the evening.
        at += timedelta(hours=19, minutes=30)
        way, by = WAY[1 : WAY.index(S(told.state)) + 1], self.runner
        when = at + timedelta(days=8) if told.state == S.SCHEDULED else at + timedelta(days=4)
        when = max(when, self.network.now + timedelta(days=2, hours=19)) if told.state == S.SCHEDULED else when
        if S.SCHEDULED in way:
            topics.schedule(
                row, by=by, scheduled_for=when, place=f"{row.region}党群服务中心议事厅", at=at + timedelta(days=1)
            )
        if S.HELD in way:
            seats = list(row.participants.all())
            topics.hold(row, by=by, minutes=told.minutes, attended=seats, at=when + timedelta(hours=2))
        if S.RESOLVED in way:
            topics.resolve(row, by=by, resolution=told.resolution, at=when + timedelta(days=1))
        if S.PUBLIC in way:
            # What hangs now was published lately.
            hung = self.network.now - timedelta(days=1) if told.state == S.PUBLIC else when + timedelta(days=2)
            publicity.publish(row, by=by, at=hung)
            if told.objection:
                publicity.object_to(
                    row, name="住户甲", phone="19900008888", text=told.objection, at=hung + timedelta(hours=5)
                )
        if S.IN_FORCE in way:
            publicity.enact(row, by=by, at=row.publicity_ends_at + timedelta(hours=12))
        # All of them are given before the first is done: the last one done carries the topic out.
        given = [self._task(row, words, days, unit) for words, days in told.tasks]
        for task in given:
            self._report(task, is_done=told.state == S.DONE)

    def _task(self, row: Deliberation, words: str, days: int, unit: Organization | None) -> FollowUpTask:
        at = row.in_force_at
        whose = {"organization": unit} if unit is not None else {"person": self.chair.person}
        due_on = (at + timedelta(days=days)).date()
        return follow_up.give(row, by=self.runner, text=words, due_on=due_on, at=at, **whose)

    def _report(self, task: FollowUpTask, *, is_done: bool) -> None:
        """Of what is in force, what was due by now is done; the rest goes on."""
        if is_done or task.due_on < self.network.today:
            at = min(task.created_at + (task.due_on - task.created_at.date()) * 0.8, self.network.now)
            follow_up.report(task, by=self.runner, result="已完成并通过居民代表验收。", at=at)


def _table_some(network: Network, runner: User, chair: User, region: Region, agenda: Deliberation) -> None:
    """Cases of the community on an agenda, on the open list, and one that was settled."""
    cases = ServiceRequest.objects.filter(
        handling_region=region, state__in=[State.ACCEPTED, State.IN_PROGRESS], due_at__gt=network.now,
        extension_until=None, claims=None,
    )  # fmt: skip
    running = list(
        cases.filter(state=State.IN_PROGRESS, current_dispatch__organization__isnull=False).order_by("pk")[:3]
    )
    for number, case in enumerate(running):
        to = agenda if number != 1 else None
        workflow.table(
            case, by=workflow.Staff(runner), text="涉及多户，需居民共同商议。", deliberation=to, at=network.now
        )  # fmt: skip
    if len(running) == 3:
        workflow.conclude(
            running[2], by=workflow.Staff(chair), result=Conclusion.GO_ON, text="同意由物业先行处理，月底前完成。",
            at=network.now,
        )  # fmt: skip


def _vote(make: _Maker, rng: random.Random) -> None:
    """504 households: 412 for it, 43 against it, 21 abstained, 28 were not at home."""
    estate = Estate.objects.select_related("region").filter(name=LONGJING).first()
    if estate is None:
        return
    with bulk_load("requests_household") as changes:
        Household.objects.bulk_create(
            Household(
                estate=estate, label=_label(number),
                area_m2=Decimal(rng.randint(4200, 9600)) / 100,
            )
            for number in range(estate.household_count)
        )  # fmt: skip
        changes["added"] = estate.household_count
    at, by = make.network.now - timedelta(days=VOTED.days_ago), make.runner
    row = topics.raise_topic(
        by=by, region=estate.region, chair=make.chair.person, kind=VOTED.kind, topic=VOTED.topic, text=VOTED.text,
        estate=estate, at=at,
    )  # fmt: skip
    topics.invite(row, by=by, role="platform", name=f"{row.region}居民自治中心")
    topics.invite(row, by=by, role="resident", name="楼栋长代表")
    # People meet in the evening.
    when = at + timedelta(days=9, hours=19, minutes=30)
    topics.schedule(row, by=by, scheduled_for=when, place=f"{LONGJING}党群服务站", at=at + timedelta(days=1))
    poll = polls.put(
        row, by=by, question=VOTED.topic, options=["同意", "不同意"], voted=PollBy.HOUSEHOLD, quorum=67, majority=51,
        at=at + timedelta(days=1),
    )  # fmt: skip
    homes, options = list(Household.objects.filter(estate=estate).order_by("pk")), list(poll.options.all())
    for option, part in ((options[0], homes[:412]), (options[1], homes[412:455]), (None, homes[455:476])):
        polls.record(poll, by=by, voters=part, option=option, at=when)
    polls.close(poll, by=by, at=when + timedelta(hours=1))
    topics.hold(
        row, by=by, minutes=VOTED.minutes, attended=list(row.participants.all()), at=when + timedelta(hours=2)
    )  # fmt: skip
    topics.resolve(row, by=by, resolution=VOTED.resolution, at=when + timedelta(days=1))


def _label(number: int) -> str:
    building, entrance, floor = number // 36 + 1, number // 12 % 3 + 1, number // 2 % 6 + 1
    return f"{building}栋{entrance}单元{floor}0{number % 2 + 1}"


def _meet(network: Network, runner: User, chair: User, region: Region) -> None:
    """会商 of the last months, held, and the next one with its list."""
    for ago in (90, 60, 30):
        day = network.today - timedelta(days=ago)
        past = Meeting.objects.create(
            region=region, held_on=day, chair=chair.person, place=f"{region}党群服务中心", called_by=runner,
            created_at=network.now - timedelta(days=ago + 5),
        )  # fmt: skip
        meetings.hold(past, by=runner, minutes="通报上月事项进展，逐项讨论问题清单，明确责任单位和时限。")
    meetings.call(
        by=runner, region=region, held_on=network.today + timedelta(days=5), chair=chair.person,
        place=f"{region}党群服务中心",
    )  # fmt: skip
