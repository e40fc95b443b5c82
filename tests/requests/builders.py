"""Brings a case into any state by the verbs themselves."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.core.models import Organization, Person, Region, Role, User
from requests import workflow
from requests.models import Deliberation, Requester, Resource, ServiceProject, ServiceRequest
from requests.project_types import ProjectKind, ProjectState
from requests.types import ResourceKind, State
from requests.workflow import Resident, Staff
from requests.workflow.intake import Contact
from requests.workflow.splitting import Part
from tests.conftest import Half, make_user
from volunteers.models import Volunteer
from volunteers.types import VolunteerStatus


@dataclass
class Cast:
    """Everybody who has a part in a case of one half of the city."""

    half: Half
    dispatcher: Staff
    handler: Staff
    keeper: Staff
    leader: Staff
    appeal_leader: Staff
    stranger: Staff
    # Contact of a department of the half's street, which is whistled for and assists.
    department: Organization
    assistant: Staff
    project_lead: Staff
    chair: Staff


def make_cast(half: Half, elsewhere: Half) -> Cast:
    return Cast(
        half=half,
        dispatcher=Staff(make_user("dispatcher", Role.COMMUNITY, region=half.community)),
        handler=Staff(make_user("handler", Role.UNIT_CONTACT, organization=half.unit)),
        keeper=Staff(make_user("the-keeper", Role.STATION_KEEPER, station=half.station)),
        leader=Staff(make_user("community-leader", Role.LEADER, region=half.community)),
        appeal_leader=Staff(make_user("street-leader", Role.LEADER, region=half.street)),
        stranger=Staff(make_user("stranger", Role.COMMUNITY, region=elsewhere.community)),
        department=(department := make_department(half)),
        assistant=Staff(make_user("assistant", Role.UNIT_CONTACT, organization=department)),
        # Leads the street's project, and looks after no region.
        project_lead=Staff(make_user("project-lead", Role.STATION_KEEPER, station=elsewhere.station)),
        # Looks after the street, and leads what the community talks over.
        chair=Staff(make_user("chair", Role.STREET, region=half.street)),
    )


def make_department(half: Half, name: str = "执法办") -> Organization:
    return Organization.objects.create(
        name=f"{half.street}{name}", kind=Organization.Kind.DEPARTMENT, region=half.street, takes_requests=True
    )


def new_case(
    half: Half, *, at=None, description: str = "楼道里的灯不亮了，请派人来看看。"
) -> tuple[ServiceRequest, Resident]:
    made = workflow.submit(
        description=description,
        contact=Contact(phone="13800005678", name="李某"),
        station=half.station,
        at=at or timezone.now() - timedelta(hours=1),
    )
    return made.case, Resident(made.requester)


def offer(half: Half, *, name: str = "义务理发", amount: int = 10, **values: Any) -> Resource:
    """What the half's unit gives in its community."""
    if not {"team", "volunteer"} & set(values):
        values.setdefault("organization", half.unit)
    values.setdefault("region", half.community)
    values.setdefault("kind", ResourceKind.SKILL)
    number = Resource.objects.count() + 1
    return Resource.objects.create(code=f"T{number:04d}", name=name, amount=amount, **values)


def new_project(region: Region, **values: Any) -> ServiceProject:
    """A project of a region that is under way."""
    today = timezone.localdate()
    values = {
        "name": "篮球场微改造", "kind": ProjectKind.SERVICE, "description": "翻新地面，加装灯光。",
        "planned_start": today - timedelta(days=10), "planned_end": today + timedelta(days=80),
        "state": ProjectState.UNDER_WAY, "started_at": timezone.now(), **values,
    }  # fmt: skip
    return ServiceProject.objects.create(region=region, **values)


def adopted(case: ServiceRequest, cast: Cast) -> ServiceProject:
    """Put the case into a project of the street, whose staff do it: the community does not run it."""
    project = new_project(cast.half.street, lead_person=cast.project_lead.user.person)
    staff = User.objects.filter(username="street-staff").first() or make_user(
        "street-staff", Role.STREET, region=cast.half.street
    )
    workflow.adopt(case, by=Staff(staff), project=project)
    return project


def deliberation(cast: "Cast", **values: Any) -> Deliberation:
    """A topic of the half's community, raised by its dispatcher and led by the cast's chair."""
    values = {"topic": "路灯怎么修", "kind": "facilities", "region": cast.half.community, **values}
    values.setdefault("chair", cast.chair.user.person)
    return Deliberation.objects.create(raised_by=cast.dispatcher.user, **values)


def enrolled(half: Half, name: str = "王小明", **values: Any) -> Volunteer:
    """Somebody of the half's community on the register."""
    values = {"home_region": half.community, "status": VolunteerStatus.ACTIVE, **values}
    number = f"{Volunteer.objects.count() + 1:09d}"
    return Volunteer.objects.create(person=Person.objects.create(name=name), number=number, **values)


def case_in(state: str, cast: Cast, *, came_from: str = State.IN_PROGRESS) -> tuple[ServiceRequest, Resident]:
    """A case of the cast's half in `state`; a waiting or withdrawn one comes from `came_from`."""
    case, resident = new_case(cast.half)
    if state == State.DELIBERATING:
        case, resident = case_in(came_from, cast)
        workflow.table(case, by=cast.dispatcher, text="几户都有意见。", deliberation=deliberation(cast))
        return case, resident
    if state in (State.WAITING, State.WITHDRAWN):
        case, resident = case_in(came_from, cast)
        if state == State.WAITING:
            workflow.ask(case, by=cast.dispatcher, text="是哪一层楼？")
        else:
            workflow.withdraw(case, by=resident)
        return case, resident
    if state == State.MERGED:
        other, _resident = new_case(cast.half)
        workflow.merge(case, by=cast.dispatcher, into=other)
        return case, resident
    if state == State.SPLIT:
        workflow.split(case, by=cast.dispatcher, parts=[Part("路灯不亮。"), Part("井盖破了。")])
        return case, resident
    if state == State.IN_PROJECT:
        case, resident = case_in(came_from, cast)
        adopted(case, cast)
        return case, resident
    if state == State.REFERRED:
        workflow.refer(case, by=cast.dispatcher, body="市供电局")
        return case, resident
    if state == State.REJECTED:
        workflow.reject(case, by=cast.dispatcher, ground="out_of_scope", text="不属于本平台受理范围。")
        return case, resident
    steps = [
        (State.ACCEPTED, lambda: workflow.accept(case, by=cast.dispatcher)),
        (State.DISPATCHED, lambda: workflow.dispatch(case, by=cast.dispatcher, to=cast.half.unit)),
        (State.IN_PROGRESS, lambda: workflow.take(case, by=cast.handler)),
        (State.RESOLVED, lambda: workflow.resolve(case, by=cast.handler, text="已经换了新灯。")),
        (State.CLOSED, lambda: workflow.rate(case, by=resident, code="satisfied", solved=True)),
    ]
    for reached, take_step in steps:
        if case.state == state:
            break
        take_step()
        assert case.state == reached
    return case, Resident(Requester.objects.get(pk=resident.requester.pk))
