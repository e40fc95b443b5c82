"""Cases in the hands of volunteers: held out, taken, or resolved by members who reported (双报到)."""

from datetime import datetime, timedelta

from portal.core.models import Membership, Region, Role, User
from portal.demo.network import Network
from requests import workflow
from requests.models import ServiceRequest
from requests.types import RatingCode, State
from requests.workflow import Resident, Staff
from requests.workflow.intake import Contact
from volunteers.models import MemberReport, VolunteerTeam
from volunteers.types import ReportStatus, VolunteerStatus

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What a neighbour can do for a neighbour, and what came of it.
MATTERS = [
    ("楼上王奶奶腿脚不便，想请人帮忙取一下快递和药。", "已上门送到，并约好每周二帮忙取药。"),
    ("家里老人不会用手机挂号，孩子在外地，想请人教一教。", "上门教了两次，老人已经能自己挂号。"),
    ("楼道里堆了旧家具，老人上下不方便，能不能帮着清走？", "和楼长一起清到了指定堆放点，楼道已畅通。"),
    ("孩子放学后家里没人，想找人在小站照看一个小时。", "已安排在小站四点半课堂，由党员轮流照看。"),
    ("单元门口的灯不亮了，晚上老人不敢出门。", "换了灯泡和开关，晚上试过，亮了。"),
    ("想把家里的旧书捐给小站，请人来搬一下。", "已搬到小站书架，登记了 46 本。"),
]


def build(network: Network, region: Region) -> None:
    _in_hand(network, region)
    _resolved_by_members(network)


def _in_hand(network: Network, region: Region) -> None:
    """By the verbs themselves, out of what waits to be dispatched in `region`; one case at least is left waiting."""
    dispatcher, volunteer = (User.objects.get(username=name) for name in ("community", "volunteer"))
    waiting = ServiceRequest.objects.filter(handling_region=region, state=State.ACCEPTED).order_by("pk")[1:3]
    teams = VolunteerTeam.objects.led_by(volunteer.person_id)
    teams.update(takes_requests=True)
    targets = [teams.first(), volunteer.person]
    for case, to in zip(waiting, targets, strict=False):
        if to is not None:
            workflow.dispatch(case, by=Staff(dispatcher), to=to, at=network.now)
            if to == volunteer.person:
                workflow.take(case, by=Staff(volunteer), at=network.now)


def _resolved_by_members(network: Network) -> None:
    """By the verbs, too, a few days apart: what counts as services in the statements of their branches."""
    reports = MemberReport.objects.filter(
        status=ReportStatus.CONFIRMED, volunteer__status=VolunteerStatus.ACTIVE,
        reported_on__lt=network.today - len(MATTERS) * DAY,
    )  # fmt: skip
    members = reports.select_related("volunteer__person", "region").order_by("pk")
    for number, (report, (asked, result)) in enumerate(zip(members, MATTERS, strict=False)):
        at = network.now - (len(MATTERS) - number) * DAY - 8 * HOUR
        case = _submitted(report.region, asked, number=number, at=at)
        dispatcher = Membership.objects.filter(region=report.region, role=Role.COMMUNITY).order_by("pk").first()
        if dispatcher is not None:
            member = _account(report, name=f"member{number + 1}", password=dispatcher.user.password)
            _resolve(case, member, result, by=Staff(dispatcher.user), at=at)


def _submitted(region: Region, asked: str, *, number: int, at: datetime) -> ServiceRequest:
    contact = Contact(phone=f"138000090{number:02d}", name="陈女士")
    return workflow.submit(description=asked, contact=contact, region=region, at=at).case


def _account(report: MemberReport, *, name: str, password: str) -> User:
    """The member's account, with the password that all of the demo have."""
    person = report.volunteer.person
    if (found := User.objects.filter(person=person).first()) is not None:
        return found
    made = User.objects.create(username=name, person=person, password=password)
    Membership.objects.create(user=made, role=Role.VOLUNTEER, region_id=report.volunteer.home_region_id)
    return made


def _resolve(case: ServiceRequest, user: User, result: str, *, by: Staff, at: datetime) -> None:
    member = Staff(user)
    workflow.accept(case, by=by, at=at + HOUR)
    workflow.dispatch(case, by=by, to=user.person, at=at + HOUR)
    workflow.take(case, by=member, at=at + 2 * HOUR)
    workflow.contact(case, by=member, reached=True, at=at + 3 * HOUR)
    workflow.resolve(case, by=member, text=result, at=at + 5 * HOUR)
    resident = Resident(case.requesters.get())
    workflow.rate(case, by=resident, code=RatingCode.SATISFIED, solved=True, at=at + 6 * HOUR)
