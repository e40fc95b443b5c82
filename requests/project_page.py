"""Everything that the page of one project shows, gathered in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.core.models import User
from requests import projects
from requests.forms.projects import PROJECT_FORMS
from requests.models import (
    BudgetLine,
    Claim,
    Contribution,
    GateCheck,
    Milestone,
    ProjectEvent,
    ProjectMember,
    ProjectPhoto,
    ProjectTarget,
    ServiceProject,
    ServiceRequest,
)
from requests.models import ProjectNeed as Need
from requests.project_types import KEPT, Gate, ProjectState, ProjectVerb
from requests.projects.lifecycle import before_applying, gates_of, what_is_missing
from requests.projects.money import raised, unspent

V = ProjectVerb
# The steps that lead on, and those that belong to a section of the page.
LEADING = (V.APPLY, V.REVIEW, V.START, V.FINISH, V.PUBLISH, V.UNPUBLISH, V.STOP)
SECTIONS: dict[str, tuple[ProjectVerb, ...]] = {
    "needs": (V.ADD_NEEDS, V.ANSWER_NEED, V.TAKE_OUT),
    "milestones": (V.SET_MILESTONE, V.REACH_MILESTONE, V.EXPLAIN_MILESTONE),
    "targets": (V.SET_TARGET, V.REPORT_TARGET),
    "gates": (V.CHECK_GATE,),
    "people": (V.ADD_MEMBER,),
    "budget": (V.SET_BUDGET, V.SPEND),
    "funds": (V.PLEDGE, V.PAY, V.WITHDRAW_PLEDGE, V.REFUND),
    "resources": (V.CLAIM,),
    "photos": (V.ADD_PHOTOS,),
}
LAST_CONTRIBUTIONS = 50


@dataclass(frozen=True)
class Button:
    verb: ProjectVerb
    icon: str
    is_first: bool = False


@dataclass(frozen=True)
class NeedLine:
    """`case` is None where this reader does not look after it: its number alone is told."""

    need: Need
    case: ServiceRequest | None


@dataclass(frozen=True)
class GateLine:
    label: str
    last: GateCheck | None
    checks: Sequence[GateCheck]


@dataclass(frozen=True)
class ProjectPage:
    leading: Sequence[Button]
    buttons: dict[str, list[Button]]
    # What a draft lacks to be applied for.
    lacking: Sequence[str]
    # What a project lacks to be finished.
    missing: Sequence[str]
    may_correct: bool
    needs: Sequence[NeedLine]
    # Of them, those that were not taken out.
    need_count: int
    milestones: Sequence[Milestone]
    targets: Sequence[ProjectTarget]
    gates: Sequence[GateLine]
    people: Sequence[ProjectMember]
    budget: Sequence[BudgetLine]
    planned_money: Decimal
    spent: Decimal
    contributions: Sequence[Contribution]
    contribution_count: int
    raised: dict[str, Decimal]
    unspent: Decimal
    claims: Sequence[Claim]
    photos: Sequence[ProjectPhoto]
    timeline: Sequence[ProjectEvent]


def project_page(project: ServiceProject, user: User) -> ProjectPage:
    sums = raised(project)
    allowed = [verb for verb in projects.allowed_verbs(project, by=user) if verb not in _idle(sums)]
    budget = list(project.budget.all())
    contributions = project.contributions.defer("name")
    return ProjectPage(
        leading=_leading(project, allowed),
        buttons={name: _buttons([verb for verb in verbs if verb in allowed]) for name, verbs in SECTIONS.items()},
        lacking=list(before_applying(project, by=user).values()) if V.APPLY in allowed else [],
        missing=what_is_missing(project) if V.FINISH in allowed else [],
        may_correct=V.CORRECT in allowed,
        needs=(needs := _needs(project, user)),
        need_count=sum(line.need.outcome in KEPT for line in needs),
        milestones=list(project.milestones.all()),
        targets=list(project.targets.all()),
        gates=_gates(project),
        people=list(project.members.all()),
        budget=budget,
        planned_money=sum((line.amount for line in budget), Decimal(0)),
        spent=sum((line.spent for line in budget), Decimal(0)),
        contributions=list(contributions[:LAST_CONTRIBUTIONS]),
        contribution_count=contributions.count(),
        raised=sums,
        unspent=unspent(project),
        claims=list(project.claims.select_related("resource").defer("resource__search")),
        photos=list(project.photos.select_related("file")),
        timeline=list(project.events.select_related("user__person").order_by("-at", "-pk")),
    )


def _idle(sums: dict[str, Decimal]) -> set[ProjectVerb]:
    """Nothing is left to be paid in or withdrawn, or to be given back."""
    idle = set()
    if sums["paid"] >= sums["pledged"]:
        idle |= {V.PAY, V.WITHDRAW_PLEDGE}
    if sums["refunded"] >= sums["paid"]:
        idle.add(V.REFUND)
    return idle


def _leading(project: ServiceProject, allowed: Sequence[ProjectVerb]) -> list[Button]:
    likeliest = {
        ProjectState.DRAFT: V.APPLY, ProjectState.APPLIED: V.REVIEW, ProjectState.APPROVED: V.START,
        ProjectState.UNDER_WAY: V.FINISH,
    }.get(ProjectState(project.state))  # fmt: skip
    return [Button(verb, PROJECT_FORMS[verb].icon, verb == likeliest) for verb in LEADING if verb in allowed]


def _buttons(verbs: Sequence[ProjectVerb]) -> list[Button]:
    return [Button(verb, PROJECT_FORMS[verb].icon) for verb in verbs]


def _needs(project: ServiceProject, user: User) -> list[NeedLine]:
    needs = list(project.needs.all())
    mine: dict[int, Any] = (
        ServiceRequest.objects.for_user(user)
        .filter(pk__in=[need.request_id for need in needs])
        .only("title", "state", "submitted_at")
        .in_bulk()
    )
    return [NeedLine(need, mine.get(need.request_id)) for need in needs]


def _gates(project: ServiceProject) -> list[GateLine]:
    made = list(project.gates.select_related("supervisor").order_by("at", "pk"))
    lines = []
    for gate in gates_of(project):
        checks = [check for check in made if check.gate == gate]
        lines.append(GateLine(str(Gate(gate).label), checks[-1] if checks else None, checks))
    return lines
