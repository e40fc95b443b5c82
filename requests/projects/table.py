"""Which step a project may take in which state, and who may take it: the one table."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from requests.project_types import DECIDED_STATES, LIVE_STATES, SHAPED_STATES, ProjectState, ProjectVerb


class Who(Enum):
    # Whoever leads it, their unit's contacts, and staff of its region.
    RUNNER = "runner"
    # A leader of its region who neither applied for it nor leads it.
    REVIEWER = "reviewer"


@dataclass(frozen=True)
class Rule:
    states: tuple[ProjectState, ...]
    to: tuple[ProjectState, ...] = ()
    who: Who = Who.RUNNER


def _rule(states: Iterable[ProjectState], *to: ProjectState, who: Who = Who.RUNNER) -> Rule:
    return Rule(tuple(states), to, who)


S, V = ProjectState, ProjectVerb
# Money moves once it was decided to do it, and back also when it is over.
AFTER_DECISION = (S.APPROVED, S.UNDER_WAY)
TABLE: dict[str, Rule] = {
    V.APPLY: _rule([S.DRAFT], S.APPLIED),
    V.REVIEW: _rule([S.APPLIED], S.APPROVED, S.REFUSED, who=Who.REVIEWER),
    V.START: _rule([S.APPROVED], S.UNDER_WAY),
    V.FINISH: _rule([S.UNDER_WAY], S.FINISHED),
    V.STOP: _rule(LIVE_STATES, S.STOPPED),
    V.CHANGE: _rule(SHAPED_STATES),
    V.ADD_NEEDS: _rule(SHAPED_STATES),
    V.TAKE_OUT: _rule(LIVE_STATES),
    V.ANSWER_NEED: _rule([S.UNDER_WAY]),
    V.CLAIM: _rule(AFTER_DECISION),
    V.SET_MILESTONE: _rule(SHAPED_STATES),
    V.REACH_MILESTONE: _rule([S.UNDER_WAY]),
    V.EXPLAIN_MILESTONE: _rule([S.UNDER_WAY]),
    V.CHECK_GATE: _rule([S.UNDER_WAY]),
    V.ADD_MEMBER: _rule(SHAPED_STATES),
    V.SET_TARGET: _rule(SHAPED_STATES),
    V.REPORT_TARGET: _rule([S.UNDER_WAY]),
    V.SET_BUDGET: _rule(SHAPED_STATES),
    V.CORRECT: _rule(SHAPED_STATES),
    V.REMOVE: _rule(SHAPED_STATES),
    V.SPEND: _rule(AFTER_DECISION),
    V.PLEDGE: _rule(AFTER_DECISION),
    V.PAY: _rule(AFTER_DECISION),
    V.WITHDRAW_PLEDGE: _rule(AFTER_DECISION),
    V.REFUND: _rule([*AFTER_DECISION, S.FINISHED, S.STOPPED]),
    V.ADD_PHOTOS: _rule([*LIVE_STATES, S.FINISHED]),
    V.PUBLISH: _rule(DECIDED_STATES),
    V.UNPUBLISH: _rule(DECIDED_STATES),
}
