"""Cases of the demo's first community that came in by the hotline, by riders and on home visits, by the verbs."""

from datetime import timedelta
from uuid import UUID

from portal.core import consent
from portal.core.models import Estate, Region, User
from portal.demo.network import Network
from portal.demo.photos import stored_drawing
from requests import hotline, probes, visits, workflow
from requests.models import HotlineReturn
from requests.models.hotline import ReturnState
from requests.models.probes import Hazard
from requests.models.visits import Met
from requests.types import Kind, RejectGround
from requests.visits import Need
from requests.workflow import Staff
from requests.workflow.intake import Contact
from volunteers.models import Volunteer
from volunteers.types import VolunteerKind, VolunteerStatus

# What the hotline hands over, and what became of it: a result, a rejection, or nothing yet.
HOTLINE = (
    ("小区北门垃圾桶三天没清运，气味很大。", "已协调环卫所当天清运，并加派一名保洁员。", ""),
    ("夜间施工噪声扰民，凌晨一点还在打桩。", "已约谈施工单位，夜间施工改到十点前结束。", ""),
    ("公交站台顶棚漏雨，等车的人没处躲。", "已报城管修补顶棚，雨天试过不再漏。", ""),
    ("对法院的判决不服，要求社区出面。", "", "您反映的事项已由法院审理，请通过法律途径解决。"),
    ("楼顶违建阳光房，影响邻居采光。", "", ""),
)
REPORTS = (
    (Hazard.MANHOLE, "井盖翘起一边，夜里看不见", "已更换防沉降井盖。"),
    (Hazard.MANHOLE, "", ""),
    (Hazard.CHARGING, "三楼窗口拉线给电动车充电", ""),
    (Hazard.FIRE_LANE, "两辆面包车堵住消防通道", ""),
    (Hazard.LAMP, "", ""),
)
# Flats, who was met, and what was heard there.
VISITS = (
    ("3栋2单元501", Met.OWNER, "李桂兰", (("厨房下水老是返味。", Kind.NEED), ("想学用手机挂号。", Kind.SMALL_WISH))),
    ("3栋2单元502", Met.TENANT, "陈磊", (("电动车没有地方充电。", Kind.DEMAND),)),
    ("5栋1单元302", Met.FAMILY, "王秀英", (
        ("楼道扶手松了，老人下楼不稳。", Kind.HAZARD), ("盼着有人陪聊天。", Kind.SMALL_WISH),
        ("医保怎么异地备案？", Kind.ENQUIRY),
    )),
    ("5栋1单元303", Met.NOBODY, "", ()),
)  # fmt: skip


COUNT = len(HOTLINE) + len(REPORTS) + sum(len(needs) for *_visit, needs in VISITS)


def build(network: Network, region: Region) -> None:
    """Over the last week, with a result for the hotline in each state and several needs on one visit."""
    dispatcher = Staff(User.objects.get(username="community"))
    _hotline(network, region, dispatcher)
    _reports(network, region, dispatcher)
    _visits(network, region, dispatcher)


def _hotline(network: Network, region: Region, dispatcher: Staff) -> None:
    for number, (words, result, refusal) in enumerate(HOTLINE, 1):
        at = network.now - timedelta(days=6 - number)
        case = hotline.take_in(
            external_number=f"{at:%Y%m%d}{number:04d}", description=words, region=region, by=dispatcher, at=at,
            contact=Contact(phone=f"1991200{number:04d}", name="来电市民"), due_at=at + timedelta(days=5),
        ).hotline.request  # fmt: skip
        if refusal:
            workflow.reject(case, by=dispatcher, ground=RejectGround.IN_COURT, text=refusal, at=at + timedelta(hours=2))
            continue
        workflow.accept(case, by=dispatcher, at=at + timedelta(hours=1))
        if result:
            workflow.resolve(case, by=dispatcher, text=result, at=at + timedelta(hours=20))
    sent, failed, waiting, *_rest = HotlineReturn.objects.filter(hotline__request__region=region).order_by("pk")
    HotlineReturn.objects.filter(pk=sent.pk).update(state=ReturnState.SENT, attempts=1, sent_at=sent.at)
    HotlineReturn.objects.filter(pk=failed.pk).update(state=ReturnState.FAILED, attempts=7, error="answer_503")
    # The worker of the demo would send it at once.
    later = network.now + timedelta(days=2)
    HotlineReturn.objects.filter(pk=waiting.pk).update(attempts=5, due_at=later, error="no_connection")


def _reports(network: Network, region: Region, dispatcher: Staff) -> None:
    riders = Volunteer.objects.active().filter(kind=VolunteerKind.RIDER).select_related("person")
    rider = riders.filter(home_region=region).order_by("pk").first() or riders.order_by("pk").first()
    if rider is None or rider.status != VolunteerStatus.ACTIVE:
        return
    for number, (hazard, words, result) in enumerate(REPORTS):
        at = network.now - timedelta(days=5 - number)
        point = (region.latitude + number * 0.0002, region.longitude) if region.latitude and region.longitude else None
        case = probes.report(
            volunteer=rider, hazard=hazard, region=region, text=words, point=point, consent=consent.current(),
            photos=[stored_drawing(network.rng)], at=at,
        ).case  # fmt: skip
        if result:
            workflow.accept(case, by=dispatcher, at=at + timedelta(hours=1))
            workflow.resolve(case, by=dispatcher, text=result, at=at + timedelta(hours=6))


def _visits(network: Network, region: Region, dispatcher: Staff) -> None:
    estate = Estate.objects.filter(region=region).order_by("pk").first()
    for number, (household, met, name, needs) in enumerate(VISITS):
        visited_at = network.now - timedelta(days=2) + timedelta(hours=10, minutes=20 * number)
        visits.record(
            key=UUID(int=number + 1), region=region, estate=estate, household=household, met=met, by=dispatcher,
            name=name, phone=f"1992200{number:04d}" if needs else "", consent=consent.current() if needs else None,
            visited_at=visited_at, at=visited_at + timedelta(minutes=10),
            needs=[Need(words, kind=kind) for words, kind in needs],
        )  # fmt: skip
