"""The words of the demand loop: kinds, channels, states, verbs, grounds, ratings."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    DEMAND = "demand", _("Demand")  # 诉求
    NEED = "need", _("Need")  # 需求
    SMALL_WISH = "small_wish", _("Small wish")  # 微心愿
    SMALL_DREAM = "small_dream", _("Small dream")  # 微梦想
    SMALL_DEMAND = "small_demand", _("Small demand")  # 微诉求
    HAZARD = "hazard", _("Hazard report")  # 隐患上报
    ENQUIRY = "enquiry", _("Enquiry")  # 咨询


class Channel(models.TextChoices):
    WEB = "web", _("Online")  # 网上
    STATION_QR = "station_qr", _("Station QR code")  # 站点扫码
    COUNTER = "counter", _("Station counter")  # 站点窗口
    PHONE = "phone", _("Phone")  # 电话
    CORNER = "corner", _("People's corner")  # 民情角
    GRID_WORKER = "grid_worker", _("Grid worker")  # 网格员
    HOTLINE = "hotline", _("12345 hotline")  # 12345 热线
    RIDER = "rider", _("Rider's probe")  # 骑手“移动探头”
    VISIT = "visit", _("Home visit")  # 入户走访
    API = "api", _("Other system")
    OPEN311 = "open311", "Open311"


class State(models.TextChoices):
    SUBMITTED = "submitted", _("To be accepted")  # 待受理
    ACCEPTED = "accepted", _("To be dispatched")  # 待派单
    DISPATCHED = "dispatched", _("To be taken")  # 待接单
    IN_PROGRESS = "in_progress", _("In progress")  # 办理中
    WAITING = "waiting", _("Waiting for the resident")  # 待补充
    DELIBERATING = "deliberating", _("In deliberation")  # 议事中
    RESOLVED = "resolved", _("To be rated")  # 待评价
    CLOSED = "closed", _("Archived")  # 已归档
    REJECTED = "rejected", _("Rejected")  # 不予受理
    WITHDRAWN = "withdrawn", _("Withdrawn")  # 已撤回
    REFERRED = "referred", _("Referred")  # 已转办
    MERGED = "merged", _("Merged")  # 已并案
    SPLIT = "split", _("Split")  # 已拆分
    IN_PROJECT = "in_project", _("In a project")  # 列入项目


# Somebody has to do something about the matter itself.
OPEN_STATES = (
    State.SUBMITTED, State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS, State.WAITING, State.DELIBERATING,
    State.REFERRED, State.IN_PROJECT,
)  # fmt: skip
# Pauses that lead back to where the case came from (`waiting_from`), by `waiting_due_at` at the latest: the resident is
# asked, or neighbours talk it over.
PASSING_STATES = (State.WAITING, State.DELIBERATING)
# Open, and the clocks stand still since `waiting_since`; a project has a time plan of its own.
PAUSED_STATES = (*PASSING_STATES, State.IN_PROJECT)
# What left the loop and can be brought back to where it was. It is in no rate: the matter was given up, or is dealt
# with in other cases.
GONE_STATES = (State.WITHDRAWN, State.MERGED, State.SPLIT)


# What may stand in the public list: neither what nobody has read yet, nor what came to nothing.
LISTED_STATES = (
    State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS, State.WAITING, State.DELIBERATING, State.REFERRED,
    State.IN_PROJECT,
    State.RESOLVED, State.CLOSED,
)  # fmt: skip


class ListedStatus(models.TextChoices):
    """How far a case of the public list is, as neighbours want to know it."""

    UNDER_WAY = "under_way", _("Under way")
    DONE = "done", _("Done")


DONE_STATES = (State.RESOLVED, State.CLOSED)


def listed_status(state: str) -> ListedStatus:
    return ListedStatus.DONE if state in DONE_STATES else ListedStatus.UNDER_WAY


class Verb(models.TextChoices):
    SUBMIT = "submit", _("Submit")  # 点单
    ACCEPT = "accept", _("Accept")  # 受理
    REJECT = "reject", _("Reject")  # 不予受理
    APPEAL = "appeal", _("Appeal")  # 申诉
    DECIDE_APPEAL = "decide_appeal", _("Decide the appeal")  # 申诉裁定
    DISPATCH = "dispatch", _("Dispatch")  # 派单
    TAKE = "take", _("Take")  # 接单
    SEND_BACK = "send_back", _("Send back")  # 退单
    RECALL = "recall", _("Recall")  # 撤回派单, 撤回提问
    EXPIRE = "expire", _("Expire")  # 超时
    CONTACT = "contact", _("Record a contact")  # 联系居民
    NOTE = "note", _("Note")  # 备注
    ASK = "ask", _("Ask the resident")  # 请居民补充
    REPLY = "reply", _("Reply")  # 补充
    WITHDRAW = "withdraw", _("Withdraw")  # 撤回
    TRANSFER = "transfer", _("Transfer")  # 转派
    RESOLVE = "resolve", _("Resolve")  # 办结
    RATE = "rate", _("Rate")  # 评价
    CALL_BACK = "call_back", _("Call back")  # 回访
    REDO = "redo", _("Redo")  # 重办
    CLOSE = "close", _("Close")  # 归档
    RESTORE = "restore", _("Restore")  # 恢复
    AMEND = "amend", _("Correct")  # 更正
    MERGE = "merge", pgettext_lazy("step of a case", "Merge")  # 并案
    JOIN = "join", _("Take in")  # 并入
    SPLIT = "split", pgettext_lazy("step of a case", "Split")  # 拆分
    CLAIM = "claim", _("Claim a resource")  # 认领资源
    GATHER = "gather", _("Put together again")  # 撤销拆分
    TABLE = "table", _("Put on the agenda")  # 提交议事
    CONCLUDE = "conclude", _("Record what was agreed")  # 议事结论
    REFER = "refer", _("Refer")  # 转办
    OUTCOME = "outcome", _("Record the outcome")  # 转办结果
    RETURNED = "returned", _("Come back")  # 转办退回
    ADOPT = "adopt", _("Put into a project")  # 列入项目
    FINISH = "finish", _("Resolve by the project")  # 项目办结
    LEAVE_PROJECT = "leave_project", _("Take out of the project")  # 移出项目
    REPLAN = "replan", _("New date of the project")  # 项目改期
    REQUEST_EXTENSION = "request_extension", _("Ask for more time")  # 申请延期
    DECIDE_EXTENSION = "decide_extension", _("Decide about more time")  # 延期审批
    HAND_IN = "hand_in", _("Hand in for review")  # 交审
    REVIEW_REPLY = "review_reply", _("Review the reply")  # 审核回复
    TAKE_OVER = "take_over", _("Hand over to a deputy")  # 代理交接
    REMIND = "remind", _("Remind")  # 催办
    SUPERVISE = "supervise", _("Supervise")  # 督办
    EXCLUDE = "exclude", _("Ask to leave out of rates")  # 申请剔除
    DECIDE_EXCLUSION = "decide_exclusion", _("Decide about leaving out")  # 剔除审批
    ADD_ASSIST = "add_assist", _("Ask a unit to assist")  # 请求协办
    TAKE_ASSIST = "take_assist", _("Take on the assistance")  # 接受协办
    FINISH_ASSIST = "finish_assist", _("Finish the assistance")  # 协办完成
    DECLINE_ASSIST = "decline_assist", _("Decline the assistance")  # 退回协办
    CALL_OFF_ASSIST = "call_off_assist", _("Call off an assistance")  # 取消协办
    WHISTLE = "whistle", _("Whistle")  # 吹哨
    DECIDE_WHISTLE = "decide_whistle", _("Decide about the whistle")  # 吹哨审批
    RATE_DEPARTMENTS = "rate_departments", _("Rate the departments")  # 评价部门
    AGREE = "agree", _("Agree to be listed")  # 同意公开
    RELEASE = "release", _("Make public")  # 公开
    HIDE = "hide", _("Take out of the public list")  # 撤下


def verb_label(verb: str, state: str) -> str | Promise:
    """What a step is called on a case in `state`: what is recalled there is an offer or a question."""
    if verb == Verb.RECALL and state == State.DISPATCHED:
        return _("Recall the dispatch")
    if verb == Verb.RECALL and state == State.WAITING:
        return _("Recall the question")
    if verb == Verb.RECALL and state == State.DELIBERATING:
        return _("Take off the agenda")
    if verb == Verb.RESTORE and state == State.MERGED:
        return _("Undo the merge")
    if verb == Verb.RESTORE and state == State.SPLIT:
        return _("Undo the split")
    return Verb(verb).label


class Actor(models.TextChoices):
    """In which capacity somebody acts on a case (DESIGN 6, "Who, in roles")."""

    RESIDENT = "resident", _("Resident")  # holds the tracking code
    DISPATCHER = "dispatcher", _("Dispatcher")  # community, street or district role over the handling region
    KEEPER = "keeper", _("Station keeper")  # keeper of the case's station
    HANDLER = (
        "handler",
        _("Handler"),
    )  # contact of the unit that holds the dispatch, or the named staff member
    ASSISTANT = "assistant", _("Assisting unit")  # contact of a unit that is asked to assist, or does
    LEADER = "leader", _("Leader")  # leader over the handling region
    APPEAL_LEADER = "appeal_leader", _("Leader above")  # leader of a level above the one that rejected
    EXCLUSION_LEADER = "exclusion_leader", _("Leader above")  # leader of a level above the one that asks
    PROJECT_LEAD = "project_lead", _("Project lead")  # runs the project that the case is in
    CHAIR = "chair", _("Chair")  # leads the deliberation, or the monthly meeting, that the case waits for
    JOB = "job", _("Clock")  # the portal itself


class TimeLimit(models.TextChoices):
    """The class of a case by which its due times follow (`requests.limits`)."""

    EMERGENCY = "emergency", _("Emergency")
    UTILITY = "utility", _("Water, power, gas, heat")
    ENQUIRY = "enquiry", pgettext_lazy("class of a case", "Enquiry")
    GENERAL = "general", _("General matter")
    COMPLEX = "complex", _("Complex matter")


class Supervision(models.IntegerChoices):
    """督办: who watches over a case that does not get on. It rises level by level (`requests.workflow.watching`)."""

    NONE = 0, pgettext_lazy("supervision", "none")
    COMMUNITY = 1, pgettext_lazy("supervision", "by the community")
    STREET = 2, pgettext_lazy("supervision", "by the street")
    DISTRICT = 3, pgettext_lazy("supervision", "by the district")


# What the clock watches over: somebody has to act, and it is not the resident.
WATCHED_STATES = (State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS, State.REFERRED)

URGENT = (TimeLimit.EMERGENCY, TimeLimit.UTILITY)


class LimitStep(models.TextChoices):
    """What has to be done within a limit."""

    ACKNOWLEDGE = "acknowledge", pgettext_lazy("limit", "Accept the request")  # 受理
    DISPATCH = "dispatch", pgettext_lazy("limit", "Dispatch")  # 派单
    ACCEPT = "accept", pgettext_lazy("limit", "Take the offer")  # 签收
    CONTACT = "contact", pgettext_lazy("limit", "Contact the resident")  # 响应
    RESOLVE = "resolve", pgettext_lazy("limit", "Resolve")  # 办结


class LimitUnit(models.TextChoices):
    """The clocks of `portal.core.clock`."""

    MINUTES = "minutes", pgettext_lazy("unit of a limit", "minutes")
    SERVICE_MINUTES = "service_minutes", _("minutes of service hours")
    HOURS = "hours", pgettext_lazy("unit of a limit", "hours")
    DAYS = "days", pgettext_lazy("unit of a limit", "days")
    WORKING_DAYS = "working_days", _("working days")


class EmergencyNumber(models.TextChoices):
    """Whom to call when minutes count, in all of China."""

    FIRE = "119", _("Fire and rescue")  # 消防
    POLICE = "110", _("Police")  # 报警
    AMBULANCE = "120", _("Ambulance")  # 急救


class RejectGround(models.TextChoices):
    OUT_OF_SCOPE = "out_of_scope", _("Not a matter for this service")
    IN_COURT = "in_court", _("Already before a court or in arbitration")
    DUPLICATE = "duplicate", _("Already being handled")
    UNCLEAR = "unclear", _("The matter cannot be understood")
    ABUSE = "abuse", _("Abuse or advertising")


class ReturnGround(models.TextChoices):
    """退单 grounds."""

    WRONG_AREA = "wrong_area", _("Wrong area")
    NOT_OUR_DUTY = "not_our_duty", _("Not our duty")
    UNCLEAR_OWNERSHIP = "unclear_ownership", _("Unclear ownership")
    OVERLAPPING_DUTY = "overlapping_duty", _("Overlapping duty")
    INSUFFICIENT_INFORMATION = "insufficient_information", _("Insufficient information")


class CloseGround(models.TextChoices):
    RATED = "rated", _("The resident said it is solved")
    CALL_BACK_SOLVED = "call_back_solved", _("Solved, as the resident said on the call")
    CALL_BACK_UNREASONABLE = "call_back_unreasonable", _("Nothing more can be done, explained on the call")
    CALL_BACK_UNREACHABLE = "call_back_unreachable", _("The resident could not be reached")
    WINDOW = "window", _("No answer within the rating window")


class ResolveGround(models.TextChoices):
    DONE = "done", _("Done")
    ANSWERED = "answered", _("Answered at once")
    NO_REPLY = "no_reply", _("The resident did not reply")
    REFERRED = "referred", _("Dealt with elsewhere")
    PROJECT = "project", _("Dealt with by a project")
    DELIBERATED = "deliberated", _("Settled by deliberation")


class Conclusion(models.TextChoices):
    """What a deliberation comes to for a case."""

    GO_ON = "go_on", _("The work goes on as agreed")
    RESOLVED = "resolved", _("It is settled: the resident reads the result")
    PROJECT = "project", _("A project does it: the resident reads by when")


class ExcludedRate(models.TextChoices):
    """剔除: the rates that a case can be left out of, by the codes that reports know them by."""

    RESPONSE = "response_rate", _("Response rate")
    ACCEPTANCE = "on_time_acceptance_rate", _("On-time acceptance rate")
    COMPLETION = "on_time_completion_rate", _("On-time completion rate")
    SATISFACTION = "satisfaction_rate", _("Satisfaction rate")
    RESOLUTION = "resolution_rate", _("Resolution rate")


class ExclusionGround(models.TextChoices):
    FORCE_MAJEURE = "force_majeure", _("Force majeure, such as a typhoon or an epidemic")
    NO_POWER = "no_power", _("Law or policy allows no other result")
    UNREASONABLE = "unreasonable", _("The demand is unreasonable or malicious")
    WRONG_DATA = "wrong_data", _("Recorded wrongly, or twice")
    OUTAGE = "outage", _("The portal or a line was down")


class WhistleGround(models.TextChoices):
    BEYOND_POWER = "beyond_power", _("Beyond our power")  # 超出本级权限
    JOINT_ENFORCEMENT = "joint_enforcement", _("Joint enforcement is needed")  # 需联合执法
    EMERGENCY = "emergency", pgettext_lazy("ground of a whistle", "Emergency")  # 应急


class WhistleLevel(models.TextChoices):
    """To which level a whistle calls; each is the `Level` of that name."""

    STREET = "street", _("Street and its departments")
    DISTRICT = "district", _("District and its departments")


# 回复审核: the steps whose words somebody else reads before the resident does, where a rule says so, and the states in
# which such a reply can wait.
REVIEWED_VERBS = (Verb.RESOLVE, Verb.REJECT, Verb.OUTCOME)
HELD_REPLY_STATES = (State.SUBMITTED, State.ACCEPTED, State.IN_PROGRESS, State.REFERRED)
# 回复模板: the steps whose words the resident reads, and those whose words go to whoever is to do the work.
TEMPLATED_VERBS = (
    Verb.RESOLVE, Verb.REJECT, Verb.ASK, Verb.ACCEPT, Verb.OUTCOME, Verb.CALL_BACK, Verb.DECIDE_APPEAL,
    Verb.DECIDE_EXTENSION, Verb.FINISH, Verb.LEAVE_PROJECT, Verb.DISPATCH, Verb.TRANSFER, Verb.REFER,
)  # fmt: skip


class AssistState(models.TextChoices):
    """协办: how far a unit is with its part of somebody else's case."""

    ASKED = "asked", pgettext_lazy("state of an assistance", "To be taken")  # 待接受
    TAKEN = "taken", pgettext_lazy("state of an assistance", "Assisting")  # 协办中
    DONE = "done", pgettext_lazy("state of an assistance", "Finished")  # 已完成
    DECLINED = "declined", pgettext_lazy("state of an assistance", "Declined")  # 已退回
    CALLED_OFF = "called_off", pgettext_lazy("state of an assistance", "Called off")  # 已取消


OPEN_ASSISTS = (AssistState.ASKED, AssistState.TAKEN)
# Where a case can have parts that others work on.
ASSISTED_STATES = (State.DISPATCHED, State.IN_PROGRESS, State.WAITING)


class DispatchOutcome(models.TextChoices):
    OFFERED = "offered", _("Offered")  # 待接单
    TAKEN = "taken", _("Taken")
    DONE = "done", _("Done")
    RETURNED = "returned", _("Returned")  # 退单
    RECALLED = "recalled", _("Recalled")
    EXPIRED = "expired", _("Acceptance limit passed")
    TRANSFERRED = "transferred", _("Transferred")
    ENDED = "ended", _("Ended with the case")  # withdrawn by the resident, or merged with another


HELD = (DispatchOutcome.OFFERED, DispatchOutcome.TAKEN)


class RatingCode(models.TextChoices):
    """好差评: five levels, the last two are negative."""

    VERY_SATISFIED = "very_satisfied", _("Very satisfied")  # 非常满意
    SATISFIED = "satisfied", _("Satisfied")  # 满意
    BASICALLY_SATISFIED = "basically_satisfied", _("Basically satisfied")  # 基本满意
    DISSATISFIED = "dissatisfied", _("Dissatisfied")  # 不满意
    VERY_DISSATISFIED = "very_dissatisfied", _("Very dissatisfied")  # 非常不满意


POSITIVE_RATINGS = (RatingCode.VERY_SATISFIED, RatingCode.SATISFIED, RatingCode.BASICALLY_SATISFIED)


class AnswerSource(models.TextChoices):
    RATING = "rating", _("Rating")  # 评价
    CALL_BACK = "call_back", _("Call-back")  # 回访


class Relation(models.TextChoices):
    """For whom somebody else files a request."""

    PARENT = "parent", _("A parent")
    FAMILY = "family", _("Another relative")
    NEIGHBOUR = "neighbour", _("A neighbour")
    OTHER = "other", _("Somebody else")


class ResourceKind(models.TextChoices):
    """资源清单: what somebody can give."""

    SKILL = "skill", pgettext_lazy("kind of resource", "Skill")  # 技能
    ROOM = "room", pgettext_lazy("kind of resource", "Room")  # 场地
    GOODS = "goods", pgettext_lazy("kind of resource", "Goods")  # 物资
    FUNDS = "funds", pgettext_lazy("kind of resource", "Funds")  # 资金
    PROFESSIONAL_SERVICE = "professional", pgettext_lazy("kind of resource", "Professional service")  # 专业服务


class ResourceStatus(models.TextChoices):
    OFFERED = "offered", pgettext_lazy("status of a resource", "Offered")  # 可用
    PAUSED = "paused", pgettext_lazy("status of a resource", "Paused")  # 暂停
    USED_UP = "used_up", pgettext_lazy("status of a resource", "Used up")  # 已用完
    WITHDRAWN = "withdrawn", pgettext_lazy("status of a resource", "Withdrawn")  # 已撤回


class ClaimState(models.TextChoices):
    CLAIMED = "claimed", pgettext_lazy("state of a claim", "Claimed")  # 已认领
    USED = "used", pgettext_lazy("state of a claim", "Used")  # 已使用
    RELEASED = "released", pgettext_lazy("state of a claim", "Released")  # 已释放


class DraftGround(models.TextChoices):
    """不采纳: why somebody leaves what a street's draft proposes."""

    UNSUITABLE = "unsuitable", _("Does not help with this matter")  # 不对口
    TOO_FAR = "too_far", _("Too far, or not given there")  # 距离远
    NOT_WANTED = "not_wanted", _("The resident does not want it")  # 居民不需要
    BUSY = "busy", _("The giver has no time now")  # 近期没空
    ARRANGED = "arranged", _("Something else has been arranged")  # 已另有安排
    OTHER = "other", pgettext_lazy("ground", "Something else")  # 其他


class WeekPart(models.TextChoices):
    """A usual week in parts of days, as people say when they have time: 周三晚上."""

    MONDAY_MORNING = "monday_morning", _("Monday morning")
    MONDAY_AFTERNOON = "monday_afternoon", _("Monday afternoon")
    MONDAY_EVENING = "monday_evening", _("Monday evening")
    TUESDAY_MORNING = "tuesday_morning", _("Tuesday morning")
    TUESDAY_AFTERNOON = "tuesday_afternoon", _("Tuesday afternoon")
    TUESDAY_EVENING = "tuesday_evening", _("Tuesday evening")
    WEDNESDAY_MORNING = "wednesday_morning", _("Wednesday morning")
    WEDNESDAY_AFTERNOON = "wednesday_afternoon", _("Wednesday afternoon")
    WEDNESDAY_EVENING = "wednesday_evening", _("Wednesday evening")
    THURSDAY_MORNING = "thursday_morning", _("Thursday morning")
    THURSDAY_AFTERNOON = "thursday_afternoon", _("Thursday afternoon")
    THURSDAY_EVENING = "thursday_evening", _("Thursday evening")
    FRIDAY_MORNING = "friday_morning", _("Friday morning")
    FRIDAY_AFTERNOON = "friday_afternoon", _("Friday afternoon")
    FRIDAY_EVENING = "friday_evening", _("Friday evening")
    SATURDAY_MORNING = "saturday_morning", _("Saturday morning")
    SATURDAY_AFTERNOON = "saturday_afternoon", _("Saturday afternoon")
    SATURDAY_EVENING = "saturday_evening", _("Saturday evening")
    SUNDAY_MORNING = "sunday_morning", _("Sunday morning")
    SUNDAY_AFTERNOON = "sunday_afternoon", _("Sunday afternoon")
    SUNDAY_EVENING = "sunday_evening", _("Sunday evening")

    @property
    def weekday(self) -> int:
        """As `Weekday` counts: Monday is 0."""
        return PLACES_OF_PARTS[self] // len(HOURS_OF_PARTS)

    @property
    def hours(self) -> tuple[int, int]:
        return HOURS_OF_PARTS[PLACES_OF_PARTS[self] % len(HOURS_OF_PARTS)]


# Morning, afternoon, evening: from which hour to which.
HOURS_OF_PARTS = ((8, 12), (12, 18), (18, 22))
PLACES_OF_PARTS = {part: place for place, part in enumerate(WeekPart)}
