"""Cases that go any way at all: whoever is around tries whatever comes to mind, at any time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st

from portal.core.errors import DomainError
from portal.core.models import Organization, Role
from requests import workflow
from requests.models import Assist, Deliberation, Resource, ReviewRule, ServiceProject, ServiceRequest
from requests.types import CloseGround, Conclusion, RatingCode, RejectGround, ReturnGround, TimeLimit, Verb
from requests.workflow import CLOCK, Resident, Staff
from requests.workflow.actors import By
from requests.workflow.answers import REDO
from requests.workflow.assists import Ask
from requests.workflow.departments import Judgement
from requests.workflow.table import BY_STATE
from tests.conftest import Half, make_user
from tests.requests.builders import (
    Cast,
    deliberation,
    make_cast,
    make_department,
    new_case,
    new_project,
    offer,
)

Draw = Callable[[st.SearchStrategy], Any]
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.get_default_timezone())
# From a step at once to one that finds every limit passed.
PAUSES = [timedelta(minutes=5), timedelta(hours=3), timedelta(days=1), timedelta(days=6), timedelta(days=20)]
# What joins cases or takes them apart wanders on its own (test_joining); a reply is handed in by another step,
# and another date comes with a step of the project.
WITH_OTHERS = {Verb.MERGE, Verb.JOIN, Verb.SPLIT, Verb.GATHER, Verb.HAND_IN, Verb.REPLAN}
VERBS = [verb for verb in Verb if verb != Verb.SUBMIT and verb not in WITH_OTHERS]


@dataclass
class World:
    """One community with everybody who acts in it, two units, a few cases, and the time."""

    cast: Cast
    units: list[Organization]
    people: dict[str, By]
    resource: Resource
    departments: list[Organization]
    project: ServiceProject
    deliberation: Deliberation
    residents: dict[int, Resident] = field(default_factory=dict)
    now: datetime = MONDAY

    def submit(self) -> ServiceRequest:
        case, resident = new_case(self.cast.half, at=self.now)
        self.residents[case.pk] = resident
        return case

    def wander(self, draw: Draw, case: ServiceRequest) -> tuple[str, DomainError | None]:
        """Somebody tries something on `case`. Returns the verb, and the refusal if it was refused."""
        self.now += draw(st.sampled_from(PAUSES))
        # Mostly what the table allows, so that cases come far; sometimes anything.
        fitting = sorted(set(BY_STATE[case.state]) - WITH_OTHERS)
        verb = Verb(draw(st.sampled_from(fitting)) if draw(st.integers(0, 9)) else draw(st.sampled_from(VERBS)))
        by = self._somebody(draw, case, verb)
        arguments = self._arguments(draw, case, verb)
        if verb not in (Verb.EXPIRE, Verb.CLOSE, Verb.SUPERVISE):
            # Now and then somebody looks at an old page.
            arguments["version"] = case.version if draw(st.integers(0, 9)) else case.version - 1
        if verb != Verb.AMEND:
            arguments["at"] = self.now
        try:
            getattr(workflow, verb)(case, by=by, **arguments)
        except DomainError as refusal:
            return verb, refusal
        return verb, None

    def _somebody(self, draw: Draw, case: ServiceRequest, verb: str) -> By:
        people = {**self.people, "resident": self.residents[case.pk]}
        rule = BY_STATE[case.state].get(verb)
        if rule is None or not draw(st.integers(0, 9)):
            return people[draw(st.sampled_from(sorted(people)))]
        able = sorted(name for name, by in people.items() if by.actors_on(case) & rule.actors)
        return people[draw(st.sampled_from(able or sorted(people)))]

    def _arguments(self, draw: Draw, case: ServiceRequest, verb: str) -> dict[str, Any]:
        text = {"text": "情况属实。"}
        takers = [*self.units, self.cast.dispatcher.user.person]
        if verb in (Verb.DISPATCH, Verb.TRANSFER):
            helpers = draw(st.lists(st.sampled_from(self.departments), max_size=2, unique=True))
            asks = [Ask(unit, "搬走杂物。") for unit in helpers]
            return {"to": draw(st.sampled_from(takers)), "assisting": asks, **text}
        if verb == Verb.WHISTLE:
            lead = draw(st.sampled_from([None, *self.departments]))
            return {"to_level": "street", "ground": "emergency", "lead": lead, **text}
        if verb == Verb.DECIDE_WHISTLE:
            lead = draw(st.sampled_from(self.departments))
            others = draw(st.sampled_from([None, [unit for unit in self.departments if unit != lead]]))
            return {"granted": draw(st.integers(0, 3)) > 0, "lead": lead, "assisting": others, **text}
        if verb == Verb.ADD_ASSIST:
            return {"to": draw(st.sampled_from([*self.units, *self.departments])), **text}
        if verb in (Verb.TAKE_ASSIST, Verb.FINISH_ASSIST, Verb.DECLINE_ASSIST, Verb.CALL_OFF_ASSIST):
            part = draw(st.sampled_from(list(case.assists.order_by("pk")) or [Assist(pk=0)]))
            ground = {"ground": "not_our_duty"} if verb == Verb.DECLINE_ASSIST else {}
            return {"assist": part, **ground, **text}
        if verb == Verb.RATE_DEPARTMENTS:
            rated = draw(st.lists(st.sampled_from(self.departments), max_size=2, unique=True))
            return {
                "ratings": [Judgement(unit, draw(st.sampled_from(RatingCode.values)), "来得快。") for unit in rated]
            }
        if verb == Verb.REJECT:
            return {"ground": draw(st.sampled_from(RejectGround.values)), **text}
        if verb == Verb.SEND_BACK:
            return {"ground": draw(st.sampled_from(ReturnGround.values)), **text}
        if verb == Verb.CONTACT:
            return {"reached": draw(st.booleans())}
        if verb == Verb.RATE:
            return {"code": draw(st.sampled_from(RatingCode.values)), "solved": draw(st.booleans())}
        if verb == Verb.CALL_BACK:
            outcome = draw(st.sampled_from([REDO, *workflow.answers.CALL_BACK_GROUNDS]))
            return {"outcome": outcome, "reached": outcome != CloseGround.CALL_BACK_UNREACHABLE, **text}
        if verb == Verb.DECIDE_APPEAL:
            return {"granted": draw(st.booleans()), **text}
        if verb in (Verb.ACCEPT, Verb.AMEND):
            return {"time_limit": draw(st.sampled_from(["", *TimeLimit.values])), **text}
        if verb == Verb.AGREE:
            return {"agreed": draw(st.booleans())}
        if verb == Verb.RELEASE:
            return {"title": "楼道的灯", **text}
        if verb == Verb.REQUEST_EXTENSION:
            longer = draw(st.sampled_from([timedelta(hours=1), timedelta(days=2), timedelta(days=600)]))
            return {"until": (case.due_at or self.now) + longer, **text}
        if verb == Verb.EXCLUDE:
            return {"rates": ["response_rate"], "ground": "no_power", "files": [], **text}
        if verb == Verb.TAKE_OVER:
            return {"to": draw(st.sampled_from([self.cast.dispatcher, self.cast.keeper])).user.person, **text}
        if verb in (Verb.DECIDE_EXTENSION, Verb.DECIDE_EXCLUSION, Verb.REVIEW_REPLY):
            return {"granted": draw(st.booleans()), **text}
        if verb in (Verb.EXPIRE, Verb.CLOSE, Verb.HIDE, Verb.REMIND, Verb.SUPERVISE):
            return {}
        if verb == Verb.CLAIM:
            return {"resource": self.resource, "amount": Decimal(draw(st.integers(1, 4)))}
        if verb == Verb.ADOPT:
            return {"project": self.project}
        if verb == Verb.TABLE:
            return {"deliberation": self.deliberation, **text}
        if verb == Verb.CONCLUDE:
            drafted = {"project_name": "楼道改造", "planned_end": self.now.date() + timedelta(days=60)}
            project = draw(st.sampled_from([{"project": self.project}, drafted, {}]))
            return {"result": draw(st.sampled_from(Conclusion.values)), **project, **text}
        if verb == Verb.REFER:
            return {"body": "市供电局"}
        return text


def make_world(half: Half, elsewhere: Half) -> World:
    cast = make_cast(half, elsewhere)
    other = Organization.objects.create(
        name="北电力公司", kind=Organization.Kind.ENTERPRISE, region=half.community, takes_requests=True
    )
    second = make_department(half, "市政办")
    people = {
        "dispatcher": cast.dispatcher,
        "handler": cast.handler,
        "other handler": Staff(make_user("other-handler", Role.UNIT_CONTACT, organization=other)),
        "keeper": cast.keeper,
        "leader": cast.leader,
        "appeal leader": cast.appeal_leader,
        "stranger": cast.stranger,
        "chair": cast.chair,
        "clock": CLOCK,
        "department": cast.assistant,
        "other department": Staff(make_user("other-department", Role.UNIT_CONTACT, organization=second)),
    }
    # From the second week on replies are read before they are sent.
    ReviewRule.objects.create(
        region=half.street, verbs=["resolve", "reject", "outcome"], starts_on=(MONDAY + timedelta(days=7)).date()
    )
    return World(
        cast=cast,
        units=[half.unit, other],
        people=people,
        resource=offer(half),
        departments=[cast.department, second],
        project=new_project(half.community),
        deliberation=deliberation(cast),
    )
