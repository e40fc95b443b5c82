"""The words of the project list (服务项目清单)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ProjectKind(models.TextChoices):
    SERVICE = "service", _("Service project")  # 服务项目
    SECRETARY = "secretary", _("Secretary's project")  # 书记项目
    MICRO_RENEWAL = "micro_renewal", _("Micro-renewal")  # 微改造
    LIVELIHOOD = "livelihood", _("Livelihood project")  # 民生实事
    KEY = "key", _("Key project")  # 重点项目


class ProjectState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("state of a project", "Draft")  # 草拟
    APPLIED = "applied", pgettext_lazy("state of a project", "Applied for")  # 申报
    APPROVED = "approved", pgettext_lazy("state of a project", "Approved")  # 立项
    REFUSED = "refused", pgettext_lazy("state of a project", "Refused")  # 未立项
    UNDER_WAY = "under_way", pgettext_lazy("state of a project", "Under way")  # 实施中
    FINISHED = "finished", pgettext_lazy("state of a project", "Finished")  # 完成
    STOPPED = "stopped", pgettext_lazy("state of a project", "Stopped")  # 终止


S = ProjectState
# It may still come to something: needs can be in it.
LIVE_STATES = (S.DRAFT, S.APPLIED, S.APPROVED, S.UNDER_WAY)
# What it consists of can be changed; not while a leader decides about it.
SHAPED_STATES = (S.DRAFT, S.APPROVED, S.UNDER_WAY)
# It was decided to do it.
DECIDED_STATES = (S.APPROVED, S.UNDER_WAY, S.FINISHED, S.STOPPED)
# What is built or renewed is not finished before all three gates (现场关, 质量关, 安全关) are passed.
BUILT = (ProjectKind.MICRO_RENEWAL, ProjectKind.LIVELIHOOD, ProjectKind.KEY)


class ProjectVerb(models.TextChoices):
    CREATE = "create", pgettext_lazy("step of a project", "Draft the project")
    CHANGE = "change", pgettext_lazy("step of a project", "Change")
    ADD_NEEDS = "add_needs", pgettext_lazy("step of a project", "Add needs")
    TAKE_OUT = "take_out", pgettext_lazy("step of a project", "Take a need out")
    ANSWER_NEED = "answer_need", pgettext_lazy("step of a project", "Resolve one need")
    APPLY = "apply", pgettext_lazy("step of a project", "Apply")  # 申报
    REVIEW = "review", pgettext_lazy("step of a project", "Review")  # 审核
    START = "start", pgettext_lazy("step of a project", "Start")  # 开工
    FINISH = "finish", pgettext_lazy("step of a project", "Finish")  # 完成
    STOP = "stop", pgettext_lazy("step of a project", "Stop")  # 终止
    SET_MILESTONE = "set_milestone", pgettext_lazy("step of a project", "Plan a milestone")
    REACH_MILESTONE = "reach_milestone", pgettext_lazy("step of a project", "Reach a milestone")
    EXPLAIN_MILESTONE = "explain_milestone", pgettext_lazy("step of a project", "Explain a milestone not reached")
    CHECK_GATE = "check_gate", pgettext_lazy("step of a project", "Record a gate check")
    ADD_MEMBER = "add_member", pgettext_lazy("step of a project", "Name somebody")
    SET_TARGET = "set_target", pgettext_lazy("step of a project", "Set a target")
    REPORT_TARGET = "report_target", pgettext_lazy("step of a project", "Report what is reached")
    SET_BUDGET = "set_budget", pgettext_lazy("step of a project", "Budget line")
    SPEND = "spend", pgettext_lazy("step of a project", "Spend")
    PLEDGE = "pledge", pgettext_lazy("step of a project", "Pledge")  # 认筹
    PAY = "pay", pgettext_lazy("step of a project", "Pay in")  # 到账
    # 撤回认筹: of what has not been paid in.
    WITHDRAW_PLEDGE = "withdraw_pledge", pgettext_lazy("step of a project", "Withdraw a pledge")
    REFUND = "refund", pgettext_lazy("step of a project", "Refund")  # 退款
    ADD_PHOTOS = "add_photos", pgettext_lazy("step of a project", "Add photos")
    CLAIM = "claim", pgettext_lazy("step of a project", "Claim a resource")
    CORRECT = "correct", pgettext_lazy("step of a project", "Correct")  # 更正
    REMOVE = "remove", pgettext_lazy("step of a project", "Remove")  # 删除
    PUBLISH = "publish", pgettext_lazy("step of a project", "Publish")
    UNPUBLISH = "unpublish", pgettext_lazy("step of a project", "Take off the public list")


class PartKind(models.TextChoices):
    """What can be corrected or taken away, by the name under which a project has it."""

    MILESTONES = "milestones", _("milestone")
    TARGETS = "targets", _("target")
    BUDGET = "budget", _("budget line")
    MEMBERS = "members", _("person of a project")


class NeedOutcome(models.TextChoices):
    OPEN = "open", pgettext_lazy("need in a project", "In the project")
    RESOLVED = "resolved", pgettext_lazy("need in a project", "Resolved")
    RELEASED = "released", pgettext_lazy("need in a project", "Taken out")
    LEFT = "left", pgettext_lazy("need in a project", "Withdrawn or joined")


# It is, or was until it was resolved, a need of the project.
KEPT = (NeedOutcome.OPEN, NeedOutcome.RESOLVED)


class StopGround(models.TextChoices):
    NO_FUNDS = "no_funds", _("Not enough money")
    NO_CONSENT = "no_consent", _("The residents do not agree")
    NOT_POSSIBLE = "not_possible", _("It cannot be built or done there")
    OTHER_PROJECT = "other_project", _("Another project does it")
    NO_NEED = "no_need", _("It is not needed any more")


class MemberRole(models.TextChoices):
    LEAD = "lead", pgettext_lazy("in a project", "Lead")
    MEMBER = "member", pgettext_lazy("in a project", "Member")
    SUPERVISOR = "supervisor", pgettext_lazy("in a project", "Supervisor")


class Standing(models.TextChoices):
    DEPUTY = "deputy", _("Deputy of the people's congress")  # 人大代表
    PARTY_MEMBER = "party_member", _("Party member")  # 党员
    RESIDENT = "resident", _("Residents' representative")  # 居民代表
    SECRETARY = "secretary", _("Party secretary")  # 书记
    EXPERT = "expert", _("Expert")  # 专业人员
    STAFF = "staff", pgettext_lazy("in a project", "Staff")


class Gate(models.TextChoices):
    SITE = "site", _("Gate of the site")  # 现场关
    QUALITY = "quality", _("Gate of quality")  # 质量关
    SAFETY = "safety", _("Gate of safety")  # 安全关


class MoneySource(models.TextChoices):
    BUDGET = "budget", _("Public budget")  # 财政资金
    PARTY_FEES = "party_fees", _("Party fees")  # 党费
    MAINTENANCE = "maintenance", _("Maintenance fund")  # 维修资金
    ENTERPRISE = "enterprise", _("Enterprises")  # 企业出资
    CROWDFUNDING = "crowdfunding", _("Crowdfunding")  # 众筹


class PhotoStage(models.TextChoices):
    BEFORE = "before", pgettext_lazy("photo of a project", "Before")
    DURING = "during", pgettext_lazy("photo of a project", "During the work")
    AFTER = "after", pgettext_lazy("photo of a project", "After")
    GATE = "gate", pgettext_lazy("photo of a project", "Gate check")
