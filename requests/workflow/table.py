"""Which step may follow which state, who may take it, where it leads and what it needs: the one table.

A new step in the process is one row here and one verb beside it. Tests visit every state x verb x actor.
`to=None` means that the state stays, or that it is the state the case came from.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from requests.types import (
    ASSISTED_STATES,
    DONE_STATES,
    GONE_STATES,
    HELD_REPLY_STATES,
    LISTED_STATES,
    OPEN_STATES,
    WATCHED_STATES,
    Actor,
    State,
    Verb,
)

DISPATCHER, HANDLER, KEEPER, LEADER = Actor.DISPATCHER, Actor.HANDLER, Actor.KEEPER, Actor.LEADER
RESIDENT, JOB, APPEAL_LEADER = Actor.RESIDENT, Actor.JOB, Actor.APPEAL_LEADER
EXCLUSION_LEADER, ASSISTANT, CHAIR, PROJECT_LEAD = (
    Actor.EXCLUSION_LEADER, Actor.ASSISTANT, Actor.CHAIR, Actor.PROJECT_LEAD,
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """From any of `states`, `actors` may take the step `verb`, which leads to one of `to`."""

    verb: Verb
    states: tuple[State, ...]
    to: tuple[State, ...] | None
    actors: frozenset[Actor]
    needs: tuple[str, ...] = ()
    # Whether people choose it. If not, it comes with a step of another case, or in the place of one that is held back.
    is_offered: bool = True


def _rule(
    verb: Verb,
    states: Iterable[State],
    to: Iterable[State] | None,
    actors: Iterable[Actor],
    needs: Iterable[str] = (),
    is_offered: bool = True,
) -> Rule:
    return Rule(verb, tuple(states), None if to is None else tuple(to), frozenset(actors), tuple(needs), is_offered)


S = State
TABLE: tuple[Rule, ...] = (
    # 待受理
    _rule(Verb.ACCEPT, [S.SUBMITTED], [S.ACCEPTED], [DISPATCHER, KEEPER]),
    _rule(Verb.REJECT, [S.SUBMITTED, S.ACCEPTED], [S.REJECTED], [DISPATCHER], ["ground", "text"]),
    # 待派单
    _rule(Verb.DISPATCH, [S.ACCEPTED], [S.DISPATCHED], [DISPATCHER], ["to"]),
    _rule(Verb.RESOLVE, [S.ACCEPTED], [S.RESOLVED], [DISPATCHER], ["text"]),
    # 待接单
    _rule(Verb.TAKE, [S.DISPATCHED], [S.IN_PROGRESS], [HANDLER]),
    _rule(Verb.SEND_BACK, [S.DISPATCHED, S.IN_PROGRESS], [S.ACCEPTED], [HANDLER], ["ground", "text"]),
    _rule(Verb.RECALL, [S.DISPATCHED], [S.ACCEPTED], [DISPATCHER], ["text"]),
    # 办理中
    _rule(Verb.CONTACT, [S.IN_PROGRESS], None, [HANDLER, DISPATCHER], ["reached"]),
    _rule(Verb.TRANSFER, [S.IN_PROGRESS], [S.DISPATCHED], [HANDLER, DISPATCHER], ["to", "text"]),
    _rule(Verb.RESOLVE, [S.IN_PROGRESS], [S.RESOLVED], [HANDLER, DISPATCHER], ["text"]),
    # 回复审核: where a rule says so, a reply is handed in instead, and another one lets it through or sends it back.
    _rule(Verb.HAND_IN, HELD_REPLY_STATES, None, [HANDLER, DISPATCHER], ["text"], is_offered=False),
    _rule(
        Verb.REVIEW_REPLY,
        [S.SUBMITTED, S.ACCEPTED],
        [S.SUBMITTED, S.ACCEPTED, S.RESOLVED, S.REJECTED],
        [DISPATCHER, LEADER],
        ["granted"],
    ),
    _rule(
        Verb.REVIEW_REPLY,
        [S.IN_PROGRESS, S.REFERRED],
        [S.IN_PROGRESS, S.REFERRED, S.RESOLVED],
        [DISPATCHER, LEADER],
        ["granted"],
    ),
    # 代理: what an absent person has goes to a deputy as it stands; no clock begins anew.
    _rule(Verb.TAKE_OVER, [S.DISPATCHED, S.IN_PROGRESS, S.WAITING], None, [DISPATCHER, LEADER], ["to", "text"]),
    # 延期: asked for by whoever handles it, decided by a leader.
    _rule(Verb.REQUEST_EXTENSION, [S.IN_PROGRESS], None, [HANDLER], ["until", "text"]),
    _rule(Verb.DECIDE_EXTENSION, [S.IN_PROGRESS, S.WAITING], None, [LEADER], ["granted", "text"]),
    # 吹哨: what is beyond the level is asked of the departments above, if its leader agrees.
    _rule(Verb.WHISTLE, [S.ACCEPTED, S.IN_PROGRESS], None, [DISPATCHER], ["to_level", "ground", "text"]),
    _rule(Verb.DECIDE_WHISTLE, [S.ACCEPTED], [S.DISPATCHED, S.ACCEPTED], [LEADER], ["granted", "text"]),
    _rule(Verb.DECIDE_WHISTLE, [S.IN_PROGRESS], [S.DISPATCHED, S.IN_PROGRESS], [LEADER], ["granted", "text"]),
    # 协办: parts of the work that other units do; whoever holds the case stays answerable for it.
    _rule(Verb.ADD_ASSIST, [S.DISPATCHED], None, [DISPATCHER], ["to", "text"]),
    _rule(Verb.ADD_ASSIST, [S.IN_PROGRESS], None, [HANDLER, DISPATCHER], ["to", "text"]),
    _rule(Verb.TAKE_ASSIST, ASSISTED_STATES, None, [ASSISTANT], ["assist"]),
    _rule(Verb.FINISH_ASSIST, ASSISTED_STATES, None, [ASSISTANT], ["assist", "text"]),
    _rule(Verb.DECLINE_ASSIST, ASSISTED_STATES, None, [ASSISTANT], ["assist", "ground", "text"]),
    _rule(Verb.CALL_OFF_ASSIST, [S.DISPATCHED], None, [DISPATCHER], ["assist", "text"]),
    _rule(Verb.CALL_OFF_ASSIST, [S.IN_PROGRESS, S.WAITING], None, [HANDLER, DISPATCHER], ["assist", "text"]),
    # 催办 by people or by the clock, 督办 by the clock. Nobody is pressed while the resident is asked.
    _rule(Verb.REMIND, [S.DISPATCHED, S.IN_PROGRESS], None, [DISPATCHER, LEADER, JOB]),
    _rule(Verb.REMIND, [S.ACCEPTED, S.REFERRED], None, [LEADER, JOB]),
    _rule(Verb.SUPERVISE, WATCHED_STATES, None, [JOB]),
    # 待补充
    _rule(Verb.ASK, [S.SUBMITTED, S.ACCEPTED], [S.WAITING], [DISPATCHER, KEEPER], ["text"]),
    _rule(Verb.ASK, [S.IN_PROGRESS], [S.WAITING], [HANDLER, DISPATCHER], ["text"]),
    # A resident without a phone at hand answers by voice: whoever asked writes it down.
    _rule(
        Verb.REPLY,
        [S.WAITING],
        [S.SUBMITTED, S.ACCEPTED, S.IN_PROGRESS],
        [RESIDENT, DISPATCHER, HANDLER, KEEPER],
        ["text"],
    ),
    # A question that has become needless; asked before anybody accepted the case, it leads back there.
    _rule(Verb.RECALL, [S.WAITING], [S.SUBMITTED, S.ACCEPTED, S.IN_PROGRESS], [DISPATCHER, HANDLER, KEEPER], ["text"]),
    _rule(Verb.WITHDRAW, OPEN_STATES, [S.WITHDRAWN], [RESIDENT]),
    # What was in a project comes back to be dispatched: the project has gone on without it.
    _rule(Verb.RESTORE, GONE_STATES, [state for state in OPEN_STATES if state != S.IN_PROJECT], [DISPATCHER], ["text"]),
    # 并案: the people go over to another case, which takes them in. 拆分: one message, several matters.
    _rule(
        Verb.MERGE,
        [S.SUBMITTED, S.ACCEPTED, S.DISPATCHED, S.IN_PROGRESS, S.WAITING, S.DELIBERATING],
        [S.MERGED],
        [DISPATCHER],
        ["into"],
    ),
    _rule(Verb.JOIN, OPEN_STATES, None, [DISPATCHER], ["number"], is_offered=False),
    _rule(Verb.SPLIT, [S.SUBMITTED], [S.SPLIT], [DISPATCHER], ["parts"]),
    _rule(Verb.GATHER, OPEN_STATES, [S.WITHDRAWN], [DISPATCHER], ["number"], is_offered=False),
    # 议事中: neighbours talk it over; the chair says what came of it. A topic that was tabled by mistake is taken back.
    _rule(Verb.TABLE, [S.ACCEPTED, S.IN_PROGRESS], [S.DELIBERATING], [DISPATCHER, LEADER], ["text"]),
    _rule(
        Verb.CONCLUDE,
        [S.DELIBERATING],
        [S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED, S.IN_PROJECT],
        [CHAIR],
        ["result", "text"],
    ),
    _rule(Verb.RECALL, [S.DELIBERATING], [S.ACCEPTED, S.IN_PROGRESS], [DISPATCHER], ["text"]),
    # 已转办: another body deals with it, and says what became of it.
    _rule(Verb.REFER, [S.SUBMITTED, S.ACCEPTED], [S.REFERRED], [DISPATCHER], ["body"]),
    _rule(Verb.OUTCOME, [S.REFERRED], [S.RESOLVED], [DISPATCHER], ["text"]),
    _rule(Verb.RETURNED, [S.REFERRED], [S.ACCEPTED], [DISPATCHER], ["text"]),
    # 列入项目: what one order cannot solve is done by a project, or goes back to be dispatched.
    _rule(Verb.ADOPT, [S.ACCEPTED, S.IN_PROGRESS], [S.IN_PROJECT], [DISPATCHER, LEADER], ["project"]),
    _rule(Verb.FINISH, [S.IN_PROJECT], [S.RESOLVED], [PROJECT_LEAD], ["text"]),
    _rule(Verb.LEAVE_PROJECT, [S.IN_PROJECT], [S.ACCEPTED], [PROJECT_LEAD], ["text"]),
    # The project has another end: a step of its own in each of its cases, so that whoever asked reads it.
    _rule(Verb.REPLAN, [S.IN_PROJECT], None, [PROJECT_LEAD], ["planned_end"], is_offered=False),
    # 认领资源: an amount of what somebody gives is held for the case.
    _rule(Verb.CLAIM, [S.ACCEPTED, S.DISPATCHED], None, [DISPATCHER], ["resource", "amount"]),
    _rule(Verb.CLAIM, [S.IN_PROGRESS], None, [HANDLER, DISPATCHER], ["resource", "amount"]),
    # The clock: an offer that nobody took, a question that nobody answered, a topic that nobody concluded.
    _rule(Verb.EXPIRE, [S.DISPATCHED], [S.ACCEPTED], [JOB]),
    _rule(Verb.EXPIRE, [S.WAITING], [S.SUBMITTED, S.ACCEPTED, S.IN_PROGRESS, S.RESOLVED], [JOB]),
    _rule(Verb.EXPIRE, [S.DELIBERATING], [S.ACCEPTED, S.IN_PROGRESS], [JOB]),
    # 待评价
    _rule(Verb.RATE, [S.RESOLVED], [S.CLOSED, S.RESOLVED], [RESIDENT], ["code", "solved"]),
    _rule(
        Verb.CALL_BACK,
        [S.RESOLVED],
        [S.CLOSED, S.DISPATCHED, S.ACCEPTED],
        [DISPATCHER],
        ["reached", "outcome"],
    ),
    _rule(Verb.REDO, [S.RESOLVED], [S.DISPATCHED, S.ACCEPTED], [DISPATCHER, LEADER], ["text"]),
    _rule(Verb.CLOSE, [S.RESOLVED], [S.CLOSED], [JOB]),
    # 评价部门: whoever whistled says how each department that came did its part.
    _rule(Verb.RATE_DEPARTMENTS, DONE_STATES, None, [DISPATCHER], ["ratings"]),
    # 已归档, 不予受理
    _rule(Verb.REDO, [S.CLOSED], [S.DISPATCHED, S.ACCEPTED], [RESIDENT, LEADER], ["text"]),
    _rule(Verb.APPEAL, [S.REJECTED], None, [RESIDENT], ["text"]),
    _rule(Verb.DECIDE_APPEAL, [S.REJECTED], [S.ACCEPTED, S.REJECTED], [APPEAL_LEADER], ["granted", "text"]),
    # 剔除: out of rates, with evidence; asked for by whoever answers for the case, decided by a leader above.
    _rule(Verb.EXCLUDE, LISTED_STATES, None, [DISPATCHER], ["rates", "ground", "text", "files"]),
    _rule(Verb.DECIDE_EXCLUSION, list(State), None, [EXCLUSION_LEADER], ["granted", "text"]),
    # Beside the process: a remark, a correction of category, place or limit.
    _rule(Verb.NOTE, list(State), None, [DISPATCHER, HANDLER, KEEPER, LEADER], ["text"]),
    _rule(Verb.AMEND, [S.SUBMITTED, S.ACCEPTED], None, [DISPATCHER]),
    # 公开: the resident agrees, the dispatcher releases a text; either takes it back at any time.
    _rule(Verb.AGREE, list(State), None, [RESIDENT], ["agreed"]),
    _rule(Verb.RELEASE, LISTED_STATES, None, [DISPATCHER], ["title", "text"]),
    _rule(Verb.HIDE, list(State), None, [DISPATCHER]),
)

BY_STATE: dict[str, dict[str, Rule]] = {
    state: {rule.verb: rule for rule in TABLE if state in rule.states} for state in State
}
