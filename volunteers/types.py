"""Codes of the volunteers' app: the field's words, each with the term that staff use."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class VolunteerKind(models.TextChoices):
    PARTY_MEMBER = "party_member", _("Party member")  # 党员
    RESIDENT = "resident", _("Resident")  # 居民
    RIDER = "rider", _("Rider or driver")  # 新就业群体: 骑手、司机、主播
    STUDENT = "student", _("Student")  # 学生


class VolunteerStatus(models.TextChoices):
    APPLIED = "applied", _("To be confirmed")  # 待审核
    ACTIVE = "active", pgettext_lazy("volunteer", "Active")  # 在册
    PAUSED = "paused", _("Paused")  # 暂停
    REFUSED = "refused", _("Not admitted")  # 未通过
    LEFT = "left", _("Left")  # 退出
    MERGED = "merged", _("Merged into another entry")  # 已合并


class VolunteerSource(models.TextChoices):
    """How somebody came onto the register."""

    SELF = "self", _("Signed up")  # 自主报名
    STAFF = "staff", _("Entered by staff")  # 工作人员登记
    IMPORT = "import", _("From a spreadsheet")  # 表格导入


class TeamKind(models.TextChoices):
    PARTY = "party", _("Party members' team")  # 1: 党员先锋队
    CIVILITY = "civility", _("Civility campaign")  # 文明创建
    ENVIRONMENT = "environment", _("Clean-up")  # 环境整治
    PATROL = "patrol", _("Safety patrol")  # 治安巡逻
    LEGAL_AID = "legal_aid", _("Legal aid")  # 法律援助
    CULTURE_SPORT = "culture_sport", _("Culture and sport")  # 文化体育
    HEALTH = "health", _("Health care")  # 医疗保健
    OTHER = "other", _("Other")


class MemberStatus(models.TextChoices):
    ASKED = "asked", _("Asked to join")  # 申请加入
    ACTIVE = "active", _("Member")  # 队员
    REFUSED = "refused", pgettext_lazy("team", "Refused")  # 未批准
    LEFT = "left", _("Left")  # 已退出


class DutyKind(models.TextChoices):
    REGULAR = "regular", _("Regular duty")  # 日常值班
    EVENING_HOUR = "evening_hour", _("Evening hour")  # 晚间一小时
    RED_WEEKEND = "red_weekend", _("Red weekend")  # 红色周末
    STAGGERED = "staggered", _("Staggered hours")  # 错时、延时服务
    OVERNIGHT = "overnight", _("Overnight")  # 24 小时值守


class HolidayRule(models.TextChoices):
    KEEP = "keep", _("Keep duty on holidays")
    SKIP = "skip", _("No duty on holidays")
    WARN = "warn", _("Keep duty and point it out")


class TurnLength(models.TextChoices):
    """How long the turn (轮值) of a unit lasts before the next one's begins."""

    SHIFT = "shift", _("each shift")  # 每班轮换
    WEEK = "week", _("each week")  # 每周轮换
    MONTH = "month", _("each month")  # 每月轮换


class ShiftStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("shift", "Planned")  # 已排定
    CALLED_OFF = "called_off", _("Called off")  # 已取消


class AssignmentStatus(models.TextChoices):
    """Where one person's place on one shift stands; those of `HOLDING` take up a place and the person's time."""

    PROPOSED = "proposed", _("To be confirmed")  # 待确认: published, the person has not answered
    CONFIRMED = "confirmed", _("Confirmed")  # 已确认
    WAITING = "waiting", _("On the waiting list")  # 候补
    DECLINED = "declined", _("Declined")  # 已谢绝
    WITHDRAWN = "withdrawn", _("Withdrawn")  # 已退出
    CALLED_OFF = "called_off", _("Called off")  # 班次取消


HOLDING = (AssignmentStatus.PROPOSED, AssignmentStatus.CONFIRMED)
GAVE_BACK = (AssignmentStatus.DECLINED, AssignmentStatus.WITHDRAWN)


class AssignmentSource(models.TextChoices):
    SELF = "self", _("Signed up")  # 自主报名
    STAFF = "staff", _("Assigned by staff")  # 工作人员安排
    ROSTER = "roster", _("Roster")  # 排班
    WAITLIST = "waitlist", _("From the waiting list")  # 候补递补
    SWAP = "swap", _("Swapped")  # 换班
    CALL_OUT = "call_out", _("Stands in")  # 顶班
    SHEET = "sheet", _("From the sheet, by staff")  # 签到表补录: came without being on the list


class CheckMethod(models.TextChoices):
    CODE = "code", _("Station's code")  # 扫站点动态码
    # Scanned without a network, sent when there was one: whoever looks after the station sees which these are.
    CODE_LATE = "code_late", _("Station's code, sent later")  # 扫码后补传
    STAFF = "staff", _("By staff")  # 工作人员代签
    SHEET = "sheet", _("From the printed sheet")  # 签到表补录
    JOB = "job", _("Closed at the planned end")  # 忘记签退，按计划结束


class HourAccount(models.TextChoices):
    """The three sums that are kept apart in the ledger."""

    PLANNED = "planned", pgettext_lazy("hours", "Planned")  # 计划
    RECORDED = "recorded", pgettext_lazy("hours", "Recorded")  # 记录
    APPROVED = "approved", pgettext_lazy("hours", "Approved")  # 认定


class ClaimKind(models.TextChoices):
    LONG_DAY = "long_day", _("More than eight hours in a day")  # 单日超 8 小时
    SUPPLEMENT = "supplement", _("Supplement")  # 补录
    CORRECTION = "correction", _("Correction")  # 更正


class ClaimStatus(models.TextChoices):
    PENDING = "pending", pgettext_lazy("claim", "To be decided")
    GRANTED = "granted", pgettext_lazy("claim", "Granted")
    REFUSED = "refused", pgettext_lazy("claim", "Refused")


class CertificateStatus(models.TextChoices):
    """志愿服务记录证明."""

    ASKED = "asked", pgettext_lazy("certificate", "Asked for")  # 待开具
    REFUSED = "refused", pgettext_lazy("certificate", "Not issued")  # 不予开具
    ISSUED = "issued", pgettext_lazy("certificate", "Issued")  # 已开具
    REVOKED = "revoked", pgettext_lazy("certificate", "Revoked")  # 已撤销


class CertificateStanding(models.TextChoices):
    """What a certificate is worth today: its status, and whether the publicity period is over."""

    ASKED = "asked", pgettext_lazy("certificate", "Asked for")
    REFUSED = "refused", pgettext_lazy("certificate", "Not issued")
    PUBLICITY = "publicity", pgettext_lazy("certificate", "In publicity")  # 公示中
    VALID = "valid", pgettext_lazy("certificate", "Valid")  # 有效
    REVOKED = "revoked", pgettext_lazy("certificate", "Revoked")


class PointKind(models.TextChoices):
    EARNED = "earned", pgettext_lazy("points", "Earned")  # 服务获得
    TAKEN_BACK = "taken_back", pgettext_lazy("points", "Taken back")  # 扣回: hours were reversed
    SPENT = "spent", pgettext_lazy("points", "Spent")  # 兑换
    RETURNED = "returned", pgettext_lazy("points", "Returned")  # 退回: a reward was not fetched


class RedemptionStatus(models.TextChoices):
    OPEN = "open", pgettext_lazy("redemption", "To be fetched")  # 待领取
    REDEEMED = "redeemed", pgettext_lazy("redemption", "Fetched")  # 已领取
    EXPIRED = "expired", pgettext_lazy("redemption", "Not fetched in time")  # 已过期
    GIVEN_BACK = "given_back", pgettext_lazy("redemption", "Given back")  # 已退回


class ReportStatus(models.TextChoices):
    """Where a report to a community (报到) stands, a unit's or a party member's."""

    REPORTED = "reported", pgettext_lazy("double check-in", "To be confirmed")  # 待社区确认
    CONFIRMED = "confirmed", pgettext_lazy("double check-in", "Confirmed")  # 已确认
    ENDED = "ended", pgettext_lazy("double check-in", "Ended")  # 已结束


OPEN_REPORTS = (ReportStatus.REPORTED, ReportStatus.CONFIRMED)


class BrandStage(models.TextChoices):
    """How far a brand project (品牌项目) has come in its incubation (孵化)."""

    IDEA = "idea", pgettext_lazy("brand project", "Idea")  # 创意
    INCUBATING = "incubating", pgettext_lazy("brand project", "Incubating")  # 孵化中
    RUNNING = "running", pgettext_lazy("brand project", "Running")  # 运行中
    GRADUATED = "graduated", pgettext_lazy("brand project", "Graduated")  # 已出壳
    ENDED = "ended", pgettext_lazy("brand project", "Ended")  # 已终止


# Which stage may follow which. What was ended can be taken up again; who graduated has left the hub for good.
NEXT_STAGES: dict[str, tuple[BrandStage, ...]] = {
    BrandStage.IDEA: (BrandStage.INCUBATING, BrandStage.ENDED),
    BrandStage.INCUBATING: (BrandStage.RUNNING, BrandStage.ENDED),
    BrandStage.RUNNING: (BrandStage.GRADUATED, BrandStage.ENDED),
    BrandStage.GRADUATED: (),
    BrandStage.ENDED: (BrandStage.INCUBATING,),
}
