"""The words of 议事协商: kinds, roles (1+3+N), states, verbs, grounds."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class DeliberationKind(models.TextChoices):
    FACILITIES = "facilities", _("Upkeep of facilities")  # 设施维护
    PARKING = "parking", _("Parking")  # 停车
    DISPUTE = "dispute", _("Mediation of a dispute")  # 纠纷调解
    ENVIRONMENT = "environment", _("Surroundings and hygiene")  # 环境卫生
    FUNDS = "funds", _("Use of common funds")  # 公共资金
    OTHER = "other", pgettext_lazy("kind of deliberation", "Other")


class DeliberationSource(models.TextChoices):
    TABLED = "tabled", _("From a request")
    RAISED = "raised", _("Raised directly")


class DeliberationState(models.TextChoices):
    RAISED = "raised", pgettext_lazy("deliberation", "To be scheduled")  # 待议
    SCHEDULED = "scheduled", pgettext_lazy("deliberation", "Notice given")  # 已通知
    HELD = "held", pgettext_lazy("deliberation", "Held")  # 已议
    RESOLVED = "resolved", pgettext_lazy("deliberation", "Resolution made")  # 已形成决议
    PUBLIC = "public", pgettext_lazy("deliberation", "Published for objections")  # 公示中
    IN_FORCE = "in_force", pgettext_lazy("deliberation", "In force")  # 已生效
    DONE = "done", pgettext_lazy("deliberation", "Carried out")  # 已落实
    DROPPED = "dropped", pgettext_lazy("deliberation", "Dropped")  # 已终止


S = DeliberationState
# Something is still to be talked over, or to be carried out.
OPEN = (S.RAISED, S.SCHEDULED, S.HELD, S.RESOLVED, S.PUBLIC, S.IN_FORCE)
# What the next 会商 takes up.
TO_BE_HELD = (S.RAISED, S.SCHEDULED)


class DeliberationVerb(models.TextChoices):
    RAISE = "raise", pgettext_lazy("deliberation", "Raise")  # 提出
    AMEND = "amend", pgettext_lazy("deliberation", "Amend")  # 更正
    SCHEDULE = "schedule", _("Give notice")  # 通知
    HOLD = "hold", _("Record the meeting")  # 议事记录
    RESOLVE = "resolve", _("Record the resolution")  # 形成决议
    PUBLISH = "publish", _("Publish for objections")  # 公示
    ANSWER = "answer", _("Answer an objection")  # 答复异议
    ENACT = "enact", _("Put in force")  # 生效
    FINISH = "finish", _("Carried out")  # 落实
    DROP = "drop", pgettext_lazy("deliberation", "Drop")  # 终止
    HAND_OVER = "hand_over", pgettext_lazy("deliberation", "Another chair")  # 更换主持人


V = DeliberationVerb
# From which states a step can be taken: the one table.
STEPS: dict[str, tuple[str, ...]] = {
    V.AMEND: (S.RAISED, S.SCHEDULED),
    V.SCHEDULE: (S.RAISED, S.SCHEDULED),
    V.HOLD: (S.SCHEDULED,),
    V.RESOLVE: (S.HELD,),
    V.PUBLISH: (S.RESOLVED,),
    V.ANSWER: (S.PUBLIC,),
    V.ENACT: (S.RESOLVED, S.PUBLIC),
    V.FINISH: (S.IN_FORCE,),
    V.DROP: (S.RAISED, S.SCHEDULED, S.HELD, S.RESOLVED, S.PUBLIC),
    V.HAND_OVER: OPEN,
}


class DropGround(models.TextChoices):
    NO_AGREEMENT = "no_agreement", _("No agreement was reached")
    SETTLED = "settled", _("Settled otherwise")
    WITHDRAWN = "withdrawn", _("Taken back by those who raised it")
    NOT_OURS = "not_ours", _("Not for neighbours to decide")


class ParticipantRole(models.TextChoices):
    """1+3+N: one platform, those who supervise, those who carry out, and everybody else who has a part in it."""

    PLATFORM = "platform", _("Platform")  # 居民自治中心
    SUPERVISOR = "supervisor", _("Supervisor")  # 社区党委, 街道
    EXECUTOR = "executor", _("Executor")  # 支部, 业委会, 物业
    MEDIATOR = "mediator", _("Mediator")  # 调解员
    PARTY = "party", _("Unit with a part in it")  # 相关单位
    RESIDENT = "resident", _("Resident representative")  # 居民代表


class Reply(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACCEPTED = "accepted", pgettext_lazy("of an invitation", "Accepted")
    DECLINED = "declined", pgettext_lazy("of an invitation", "Declined")


class TaskState(models.TextChoices):
    OPEN = "open", pgettext_lazy("task", "Open")
    DONE = "done", pgettext_lazy("task", "Done")


class PollBy(models.TextChoices):
    SEAT = "seat", _("By seat")  # 按席位
    HOUSEHOLD = "household", _("By household")  # 按户


class MeetingState(models.TextChoices):
    PLANNED = "planned", pgettext_lazy("meeting", "Planned")
    HELD = "held", pgettext_lazy("meeting", "Held")


class TablingOutcome(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("tabling", "Waits")
    CONCLUDED = "concluded", pgettext_lazy("tabling", "Concluded")
    EXPIRED = "expired", pgettext_lazy("tabling", "Nothing was agreed in time")
    RECALLED = "recalled", pgettext_lazy("tabling", "Taken off the agenda")


class SurveyState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("survey", "Draft")  # 草拟
    OPEN = "open", pgettext_lazy("survey", "Under way")  # 进行中
    CLOSED = "closed", pgettext_lazy("survey", "Closed")  # 已结束


class SurveyVerb(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("step of a survey", "Draft")
    AMEND = "amend", pgettext_lazy("step of a survey", "Amend")
    ASK = "ask", pgettext_lazy("step of a survey", "Add a question")
    TAKE_QUESTION_AWAY = "take_question_away", pgettext_lazy("step of a survey", "Take a question away")
    OPEN_UP = "open_up", pgettext_lazy("step of a survey", "Open")
    RECORD = "record", pgettext_lazy("step of a survey", "Record a door")
    TAKE_BACK = "take_back", pgettext_lazy("step of a survey", "Take an answer back")
    MOVE_END = "move_end", pgettext_lazy("step of a survey", "Move the last day")
    CLOSE = "close", pgettext_lazy("step of a survey", "Close")


class AppraisalVerb(models.TextChoices):
    BEGIN = "begin", pgettext_lazy("step of an appraisal", "Begin")
    WEIGH = "weigh", pgettext_lazy("step of an appraisal", "Weigh otherwise")
    SCORE = "score", pgettext_lazy("step of an appraisal", "Score of the branch")
    PUBLISH = "publish", pgettext_lazy("step of an appraisal", "Publish the result")


class ElectionVerb(models.TextChoices):
    CALL = "call", pgettext_lazy("step of an election", "Begin the list")
    AMEND = "amend", pgettext_lazy("step of an election", "Correct the election")  # 更正
    ENTER = "enter", pgettext_lazy("step of an election", "Enter a candidate")
    CORRECT = "correct", _("Correct name or phone")  # 更正候选人
    STRIKE = "strike", _("Take off the list")  # 从名单删除
    CHECK = "check", pgettext_lazy("step of an election", "Check a criterion")
    DECIDE = "decide", pgettext_lazy("step of an election", "Decide about a candidate")
    PUBLISH = "publish", pgettext_lazy("step of an election", "Publish the candidates")
    REVEAL = "reveal", pgettext_lazy("step of an election", "Show who it is")
    ERASE = "erase", pgettext_lazy("step of an election", "Erase personal data")


class VisitOutcome(models.TextChoices):
    ANSWERED = "answered", pgettext_lazy("visit to a household", "Answered")  # 已答复
    REFUSED = "refused", pgettext_lazy("visit to a household", "Refused")  # 拒绝
    NOT_REACHED = "not_reached", pgettext_lazy("visit to a household", "Not reached")  # 未遇到


class Level(models.TextChoices):
    """How households judge their property company, from the best to the worst."""

    VERY_GOOD = "very_good", pgettext_lazy("level of an appraisal", "Very satisfied")  # 很满意
    GOOD = "good", pgettext_lazy("level of an appraisal", "Satisfied")  # 满意
    FAIR = "fair", pgettext_lazy("level of an appraisal", "Fair")  # 一般
    POOR = "poor", pgettext_lazy("level of an appraisal", "Dissatisfied")  # 不满意
    VERY_POOR = "very_poor", pgettext_lazy("level of an appraisal", "Very dissatisfied")  # 很不满意


class Criterion(models.TextChoices):
    """What a branch checks of a candidate for the owners' committee."""

    PARTY_MEMBER = "party_member", pgettext_lazy("criterion", "Party member")  # 党员
    OWNER = "owner", pgettext_lazy("criterion", "Owner of a flat of the estate")  # 本小区业主
    FEES_PAID = "fees_paid", pgettext_lazy("criterion", "No property fees owed")  # 无欠缴物业费
    NO_BUILDING = "no_building", pgettext_lazy("criterion", "No unlawful building")  # 无违规搭建
    NO_OFFENCE = "no_offence", pgettext_lazy("criterion", "No offence on record")  # 无违法失信记录
    NO_INTEREST = "no_interest", pgettext_lazy("criterion", "No tie to the property company")  # 与物业无利害关系


# Being a party member is a merit, not a condition.
CONDITIONS = tuple(each for each in Criterion if each != Criterion.PARTY_MEMBER)


class Verdict(models.TextChoices):
    SUITABLE = "suitable", pgettext_lazy("of a candidate", "Suitable")  # 合适
    UNSUITABLE = "unsuitable", pgettext_lazy("of a candidate", "Not suitable")  # 不合适
