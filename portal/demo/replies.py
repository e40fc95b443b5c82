"""Templates of replies, a reply that waits to be reviewed, and somebody who is away while a case is with them."""

from datetime import timedelta

from portal.core.models import Level, Organization, Region
from portal.demo.accounts import BAOAN
from portal.demo.accounts import Staff as Accounts
from portal.demo.network import Network
from requests import workflow
from requests.models import Absence, Category, ReplyTemplate, ReviewRule, ServiceRequest
from requests.types import Channel, Verb
from requests.workflow import Staff
from requests.workflow.intake import Contact

# Title, steps, text.
TEMPLATES = [
    (
        "已修复", [Verb.RESOLVE],
        "您反映的“{title}”（{number}）已由{unit}处理完毕，现场已恢复正常。如仍有问题，"
        "请在评价时告诉我们。",
    ),
    (
        "已劝导整改", [Verb.RESOLVE],
        "{unit}已上门核实并劝导，当事人已当场整改。{community}将在一周内回头看，如有反复请随时反映。",
    ),
    (
        "政策答复", [Verb.RESOLVE],
        "您咨询的事项答复如下：\n\n如需当面咨询，可到{station}窗口，我们为您逐项说明。",
    ),
    (
        "请补充地点和照片", [Verb.ASK],
        "为尽快处理“{title}”，请补充具体位置（楼栋、单元或路口）和一张现场照片。谢谢！",
    ),
    (
        "请补充联系时间", [Verb.ASK],
        "工作人员需要上门查看，请告诉我们您方便的时间（工作日或周末的时段）。",
    ),
    (
        "不属受理范围", [Verb.REJECT],
        "您反映的事项不属于社区服务受理范围，建议通过相应的主管部门或法定途径解决。对此有异议，可在查询页申诉。",
    ),
    (
        "同意延期", [Verb.DECIDE_EXTENSION],
        "因处理需要，事项 {number} 的办理时限适当延长，我们会抓紧办理，请您谅解。",
    ),
    (
        "请现场核实后反馈", [Verb.DISPATCH, Verb.TRANSFER],
        "请到现场核实“{title}”，先与居民联系；{due}前办结，办结时附处理前后照片。",
    ),
    (
        "转办", [Verb.REFER],
        "现将“{title}”（{number}）转请贵单位处理，请于{due}前反馈结果。",
    ),
    (
        "转办结果", [Verb.OUTCOME],
        "承办单位已反馈：您反映的“{title}”已处理完毕。",
    ),
]  # fmt: skip
REVIEWED = "噪音污染"
NOISE = "隔壁工地凌晨还在浇筑混凝土，孩子没法睡觉。"
RESULT = "已联合住建部门约谈施工方，工地承诺夜间十点后停工，并公示值班电话。"
COUNT = 2
RAMP = "3栋门口的无障碍坡道扶手松了，坐轮椅的老人不敢走。"


def build(network: Network, accounts: Accounts, region: Region, unit: Organization) -> None:
    """Templates of the district; in the first community, by the verbs themselves, the two cases."""
    district = network.regions[BAOAN]
    for order, (title, verbs, text) in enumerate(TEMPLATES, 1):
        ReplyTemplate.objects.create(region=district, title=title, verbs=verbs, text=text, order=order * 10)
    noise = Category.objects.get(name=REVIEWED, level=3)
    ReviewRule.objects.create(
        region=network.above(region, Level.STREET), category=noise, verbs=[Verb.RESOLVE, Verb.REJECT],
        starts_on=network.today - timedelta(days=30),
    )  # fmt: skip
    _held(network, accounts, region, unit, noise)
    _away(network, accounts, region)


def _held(network: Network, accounts: Accounts, region: Region, unit: Organization, noise: Category) -> None:
    began, handler = network.now - timedelta(days=1), Staff(accounts.contacts[unit.pk])
    case = _accepted(NOISE, 31, network, accounts, region, category=noise)
    workflow.dispatch(case, by=Staff(accounts.by_name["community"]), to=unit, at=began + timedelta(hours=1))
    workflow.take(case, by=handler, at=began + timedelta(hours=2))
    workflow.contact(case, by=handler, reached=True, text="居民希望今晚就能安静。", at=began + timedelta(hours=2))
    workflow.resolve(case, by=handler, text=RESULT, at=network.now - timedelta(hours=1))


def _away(network: Network, accounts: Accounts, region: Region) -> None:
    """A worker of the community is away from today on; what is with them can be handed over."""
    worker, dispatcher = accounts.workers[region.code], accounts.by_name["community"]
    case = _accepted(RAMP, 32, network, accounts, region)
    workflow.dispatch(case, by=Staff(dispatcher), to=worker.person, at=network.now - timedelta(hours=20))
    workflow.take(case, by=Staff(worker), at=network.now - timedelta(hours=19))
    Absence.objects.create(
        person=worker.person, deputy=dispatcher.person, starts_on=network.today,
        ends_on=network.today + timedelta(days=6),
    )  # fmt: skip


def _accepted(
    words: str, number: int, network: Network, accounts: Accounts, region: Region, *, category: Category | None = None
) -> ServiceRequest:
    dispatcher, at = Staff(accounts.by_name["community"]), network.now - timedelta(days=1)
    contact = Contact(phone=f"1990000{number:04d}", name="住户")
    made = workflow.submit(
        description=words, contact=contact, region=region, channel=Channel.PHONE, category=category, by=dispatcher,
        at=at,
    )  # fmt: skip
    return workflow.accept(made.case, by=dispatcher, at=at)
