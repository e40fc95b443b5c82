"""Cases of the demo's first community for which the street's and the district's departments were whistled, one in each
phase: to be decided, refused, granted, at work with a unit that assists, rated.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.models import Level, Organization, Region, User
from portal.demo.accounts import Staff as Accounts
from portal.demo.network import Network
from portal.demo.organizations import Units
from requests import workflow
from requests.models import ServiceRequest
from requests.types import Channel, RatingCode, WhistleGround, WhistleLevel
from requests.workflow import Staff
from requests.workflow.departments import Judgement
from requests.workflow.intake import Contact

STALLS = "小区东门外夜市占道，烧烤摊油烟直排，晚上十一点还很吵。"
FACADE = "3栋外墙瓷砖脱落，已经砸坏一辆车，下面就是幼儿园的路。"
RUBBISH = "围墙外的空地堆满建筑垃圾，下雨就往路上淌泥水。"
WORDS = (
    STALLS,
    FACADE,
    RUBBISH,
    "楼下麻将馆通宵营业，劝了几次都不听。",
    "公园门口的小广告撕了又贴，到处都是。",
)
COUNT = len(WORDS)


@dataclass(frozen=True)
class Scene:
    """Who plays in the demo's first street."""

    dispatcher: Staff
    leader: Staff
    order: Organization
    city: Organization
    housing: Organization
    accounts: Accounts

    def of(self, unit: Organization) -> Staff:
        return Staff(self.accounts.contacts[unit.pk])


def build(network: Network, accounts: Accounts, units: Units, region: Region) -> None:
    """By the verbs themselves, over the last three days."""
    street, district = network.above(region, Level.STREET), network.above(region, Level.DISTRICT)
    scene = Scene(
        dispatcher=Staff(User.objects.get(username="community")),
        leader=Staff(accounts.leaders[street.code]),
        order=units.by_topic[street.code]["order"],
        city=units.by_topic[street.code]["city"],
        housing=units.by_topic[district.code]["housing"],
        accounts=accounts,
    )
    began = network.now - timedelta(days=3)
    stalls, facade, rubbish, noise, bills = (
        _accepted(words, number, region, scene, began) for number, words in enumerate(WORDS, 21)
    )
    _rated(stalls, scene, began + timedelta(hours=2))
    _at_work(rubbish, scene, began + timedelta(hours=3))
    _to_be_decided(facade, scene, network.now - timedelta(hours=1))
    _whistled(noise, scene, began + timedelta(hours=4))
    workflow.decide_whistle(
        noise, by=scene.leader, granted=False, text="先由社区会同派出所上门劝导。", at=began + timedelta(hours=6)
    )
    _whistled(bills, scene, network.now - timedelta(hours=5))
    workflow.decide_whistle(bills, by=scene.leader, granted=True, text="同意。", at=network.now - timedelta(hours=4))


def _accepted(words: str, number: int, region: Region, scene: Scene, at: datetime) -> ServiceRequest:
    contact = Contact(phone=f"1990000{number:04d}", name="住户")
    made = workflow.submit(
        description=words, contact=contact, region=region, channel=Channel.PHONE, by=scene.dispatcher, at=at
    )
    return workflow.accept(made.case, by=scene.dispatcher, at=at)


def _whistled(case: ServiceRequest, scene: Scene, at: datetime) -> None:
    workflow.whistle(
        case, by=scene.dispatcher, to_level=WhistleLevel.STREET, ground=WhistleGround.JOINT_ENFORCEMENT,
        text="社区没有执法权，请街道牵头联合整治。", lead=scene.order, assisting=[scene.city], at=at,
    )  # fmt: skip


def _to_be_decided(case: ServiceRequest, scene: Scene, at: datetime) -> None:
    workflow.whistle(
        case, by=scene.dispatcher, to_level=WhistleLevel.DISTRICT, ground=WhistleGround.EMERGENCY,
        text="外墙随时可能再掉，请立即派人围挡、鉴定。", lead=scene.housing, assisting=[scene.city], at=at,
    )  # fmt: skip


def _at_work(case: ServiceRequest, scene: Scene, at: datetime) -> None:
    """The lead unit waits for the one that assists."""
    _whistled(case, scene, at)
    workflow.decide_whistle(case, by=scene.leader, granted=True, text="同意，尽快清运。", at=at + timedelta(hours=1))
    workflow.take(case, by=scene.of(scene.order), at=at + timedelta(hours=2))
    part = case.assists.get()
    workflow.take_assist(case, by=scene.of(scene.city), assist=part, at=at + timedelta(hours=3))


def _rated(case: ServiceRequest, scene: Scene, at: datetime) -> None:
    _whistled(case, scene, at)
    workflow.decide_whistle(case, by=scene.leader, granted=True, text="同意联合整治。", at=at + timedelta(hours=1))
    lead, other = scene.of(scene.order), scene.of(scene.city)
    workflow.take(case, by=lead, at=at + timedelta(hours=2))
    workflow.contact(case, by=lead, reached=True, text="居民希望今晚就有人管。", at=at + timedelta(hours=2))
    part = case.assists.get()
    workflow.take_assist(case, by=other, assist=part, at=at + timedelta(hours=3))
    workflow.finish_assist(
        case, by=other, assist=part, text="已在东门外安装隔离桩六个，修复破损路面。", at=at + timedelta(hours=20)
    )
    workflow.resolve(case, by=lead, text="摊贩已全部劝离，签订门前责任书，连续三晚巡查。", at=at + timedelta(hours=22))
    workflow.rate_departments(
        case, by=scene.dispatcher,
        ratings=[
            Judgement(scene.order, RatingCode.VERY_SATISFIED, "当晚到场。"),
            Judgement(scene.city, RatingCode.DISSATISFIED, "催了两次，第二天才来。"),
        ],
        at=at + timedelta(hours=30),
    )  # fmt: skip
