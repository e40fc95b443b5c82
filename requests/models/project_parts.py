"""What a project consists of: people, milestones, gate checks, targets, money, photos."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.fields import EncryptedTextField
from portal.core.history import HistoryTrigger
from portal.core.models import StoredFile
from requests.models.projects import ServiceProject, today
from requests.project_types import Gate, MemberRole, MoneySource, PhotoStage, Standing

MONEY = {"max_digits": 12, "decimal_places": 2}
CENT = Decimal("0.01")
NOT_NEGATIVE, POSITIVE = [MinValueValidator(Decimal(0))], [MinValueValidator(CENT)]


class ProjectMember(models.Model):
    """Somebody who works on a project or watches over it (人大代表, 党员…)."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="members", verbose_name=_("project"))
    name = models.CharField(_("name"), max_length=30)
    role = models.CharField(_("role"), max_length=10, choices=MemberRole.choices, default=MemberRole.MEMBER)
    standing = models.CharField(_("standing"), max_length=12, choices=Standing.choices)

    class Meta:
        verbose_name = _("person of a project")
        verbose_name_plural = _("people of projects")
        ordering = ["role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name", "role"], name="project_member_once",
                violation_error_message=_("This person is named already."),
            )
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["name"])]

    def __str__(self) -> str:
        return self.name


class Milestone(models.Model):
    """What is to be reached by a day. It is reached, or it is explained why not."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="milestones", verbose_name=_("project"))
    title = models.CharField(_("title"), max_length=60)
    due_on = models.DateField(_("due"))
    done_at = models.DateTimeField(_("reached"), null=True, editable=False)
    explanation = models.CharField(_("why not"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(explanation=""), name="milestone_reached_or_explained"
            )
        ]
        triggers = [HistoryTrigger(hidden=["explanation"])]

    def __str__(self) -> str:
        return self.title

    @property
    def is_settled(self) -> bool:
        return self.done_at is not None or self.explanation != ""

    @property
    def is_late(self) -> bool:
        return not self.is_settled and self.due_on < today()


class GateCheck(models.Model):
    """现场关、质量关、安全关: what a supervisor found. The last check of each gate counts."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="gates", verbose_name=_("project"))
    gate = models.CharField(_("gate"), max_length=8, choices=Gate.choices)
    supervisor = models.ForeignKey(ProjectMember, models.PROTECT, related_name="checks", verbose_name=_("supervisor"))
    passed = models.BooleanField(_("passed"))
    text = models.TextField(_("what was found"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("gate check")
        verbose_name_plural = _("gate checks")
        ordering = ["at", "pk"]
        triggers = [HistoryTrigger(hidden=["text"])]

    def __str__(self) -> str:
        return f"{self.project_id} {self.gate}"


class TargetQuerySet(models.QuerySet):
    def unmet(self) -> Self:
        return self.filter(reached__lt=F("target"))


class ProjectTarget(models.Model):
    """What a key project is measured by, in its own unit: 19.5 of 20 buildings."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="targets", verbose_name=_("project"))
    name = models.CharField(pgettext_lazy("of a target", "name"), max_length=60)
    stage = models.CharField(pgettext_lazy("of a target", "stage"), max_length=30, blank=True)
    target = models.DecimalField(_("target"), **MONEY, validators=POSITIVE)
    reached = models.DecimalField(pgettext_lazy("of a target", "reached"), **MONEY, default=0, validators=NOT_NEGATIVE)
    unit = models.CharField(_("unit of amount"), max_length=10)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(target__gt=0, reached__gte=0), name="target_above_zero",
                violation_error_message=_("A target is more than nothing."),
            ),
            models.UniqueConstraint(
                fields=["project", "name", "stage"], name="target_once",
                violation_error_message=_("This target is set already."),
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.name


class BudgetLine(models.Model):
    """What something may cost, who pays it, and what of it is spent."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="budget", verbose_name=_("project"))
    title = models.CharField(_("what for"), max_length=60)
    source = models.CharField(_("who pays"), max_length=14, choices=MoneySource.choices)
    amount = models.DecimalField(_("budget (yuan)"), **MONEY, validators=POSITIVE)
    spent = models.DecimalField(_("spent (yuan)"), **MONEY, default=0)

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, spent__gte=0, spent__lte=F("amount")), name="budget_line_not_overdrawn",
                violation_error_message=_("More cannot be spent than the line holds."),
            )
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.title


class Contribution(models.Model):
    """众筹: what one household, or somebody else, gives. The name is sealed; lists show its masked form."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="contributions", verbose_name=_("project"))
    household = models.CharField(_("household"), max_length=40, blank=True, help_text=_("Such as 3栋502"))
    name = EncryptedTextField(_("name"), blank=True, default="")
    name_masked = models.CharField(_("name"), max_length=30, blank=True, editable=False)
    pledged = models.DecimalField(_("pledged (yuan)"), **MONEY, validators=POSITIVE)
    paid = models.DecimalField(_("paid in (yuan)"), **MONEY, default=0)
    refunded = models.DecimalField(_("refunded (yuan)"), **MONEY, default=0)
    pledged_on = models.DateField(_("pledged on"), default=today)
    paid_on = models.DateField(_("last paid on"), null=True, editable=False)
    refunded_on = models.DateField(_("last refunded on"), null=True, editable=False)

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering = ["pledged_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(pledged__gt=0, paid__gte=0, paid__lte=F("pledged"), refunded__gte=0)
                & Q(refunded__lte=F("paid")),
                name="contribution_adds_up",
                violation_error_message=_("Not more is paid in than pledged, nor refunded than paid in."),
            ),
            models.CheckConstraint(
                condition=~Q(household="") | ~Q(name_masked=""), name="contribution_of_somebody",
                violation_error_message=_("Name the household, or who gives it."),
            ),
            models.UniqueConstraint(
                fields=["project", "household"], condition=~Q(household=""), name="contribution_once_a_household",
                violation_error_message=_("This household has pledged already."),
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["household", "name", "name_masked"])]

    def __str__(self) -> str:
        return f"{self.household} {self.name_masked}".strip()

    @property
    def owed(self) -> Decimal:
        """What was pledged and has not been paid in."""
        return self.pledged - self.paid

    @property
    def held(self) -> Decimal:
        """What the project has of it now."""
        return self.paid - self.refunded


class ProjectPhoto(models.Model):
    """Before, during and after the work, or found at a gate. Only those marked so are on the public page."""

    project = models.ForeignKey(ServiceProject, models.CASCADE, related_name="photos", verbose_name=_("project"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    stage = models.CharField(pgettext_lazy("photo of a project", "stage"), max_length=6, choices=PhotoStage.choices)
    caption = models.CharField(_("caption"), max_length=60, blank=True)
    is_public = models.BooleanField(_("shown to everybody"), default=False)
    milestone = models.ForeignKey(
        Milestone, models.SET_NULL, null=True, related_name="photos", verbose_name=_("milestone")
    )
    check_made = models.ForeignKey(GateCheck, models.CASCADE, null=True, related_name="files")
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("photo of a project")
        verbose_name_plural = _("photos of projects")
        ordering = ["pk"]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return self.caption or f"{self.project_id} {self.file_id}"
