"""Who stands in when somebody on a published roster cannot come: swaps between two, and calls to those who fit."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.history import HistoryTrigger
from portal.core.scope import Scope, ScopedQuerySet
from volunteers.models.assignments import Assignment
from volunteers.models.duty import AtStationQuerySet, DutyShift
from volunteers.models.volunteers import Volunteer


class SwapQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "SwapQuerySet":
        """Swaps at my stations, and those that I asked for or am asked."""
        return self.filter(
            scope.region_filter("assignment__shift__station__region__path")
            | Q(assignment__shift__station__in=scope.station_ids)
            | Q(assignment__volunteer__person=scope.person_id)
            | Q(to__person=scope.person_id)
        )

    def open(self) -> "SwapQuerySet":
        return self.filter(status=Swap.Status.ASKED, assignment__shift__starts_at__gt=timezone.now())


class Swap(models.Model):
    """换班: somebody offers a place to one other person, for a place of theirs or for nothing."""

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked")  # 待对方确认
        DONE = "done", _("Swapped")  # 已换班
        REFUSED = "refused", pgettext_lazy("swap", "Refused")  # 对方不同意
        CANCELLED = "cancelled", _("Cancelled")  # 已撤回

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="swaps", verbose_name=pgettext_lazy("duty", "place")
    )
    to = models.ForeignKey(Volunteer, models.PROTECT, related_name="swaps_asked", verbose_name=_("asked"))
    # Empty: the other one takes the place over and gives none.
    wanted = models.ForeignKey(
        Assignment, models.PROTECT, null=True, blank=True, related_name="swaps_wanting", verbose_name=_("for")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    message = models.CharField(_("message"), max_length=100, blank=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = SwapQuerySet.as_manager()

    class Meta:
        verbose_name = _("swap")
        verbose_name_plural = _("swaps")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "to"], condition=Q(status="asked"), name="swap_asked_once",
                violation_error_message=_("This person has been asked already."),
            )
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["message"])]

    def __str__(self) -> str:
        return f"{self.assignment} → {self.to}"


class CallOut(models.Model):
    """找人顶班: a shift is short of people; those who fit are asked in waves until it is covered."""

    class Status(models.TextChoices):
        OPEN = "open", _("Asking")  # 正在找人
        FILLED = "filled", _("Filled")  # 已找到
        ENDED = "ended", _("Ended without enough")  # 未找齐
        STOPPED = "stopped", _("Stopped")  # 已停止

    shift = models.ForeignKey(DutyShift, models.PROTECT, related_name="call_outs", verbose_name=_("shift"))
    station = models.ForeignKey("stations.Station", models.PROTECT, related_name="+", editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    # Empty: the portal itself, when a place was given back shortly before.
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    waves = models.PositiveSmallIntegerField(_("waves"), default=0)
    next_wave_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = AtStationQuerySet.as_manager()

    class Meta:
        verbose_name = _("call-out")
        verbose_name_plural = _("call-outs")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["next_wave_at"], condition=Q(status="open"), name="call_out_next_wave")]
        constraints = [
            models.UniqueConstraint(fields=["shift"], condition=Q(status="open"), name="call_out_one_at_a_time")
        ]
        triggers = [HistoryTrigger(ignored=["next_wave_at"])]

    def __str__(self) -> str:
        return str(self.shift)


class CallOutAskQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "CallOutAskQuerySet":
        """Those in which I am asked."""
        return self.filter(volunteer__person=scope.person_id) if scope.person_id is not None else self.none()


class CallOutAsk(models.Model):
    """One person who was asked."""

    class Answer(models.TextChoices):
        NONE = "", _("No answer yet")  # 未答复
        YES = "yes", _("Takes it")  # 来顶班
        NO = "no", _("Cannot")  # 来不了
        LATE = "late", _("Too late: filled")  # 已有人顶班

    call_out = models.ForeignKey(CallOut, models.CASCADE, related_name="asks", verbose_name=_("call-out"))
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="call_out_asks", verbose_name=_("volunteer"))
    wave = models.PositiveSmallIntegerField(_("wave"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    answer = models.CharField(pgettext_lazy("call out", "answer"), max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = CallOutAskQuerySet.as_manager()

    class Meta:
        verbose_name = _("person asked")
        verbose_name_plural = _("people asked")
        ordering = ["wave", "pk"]
        indexes = [models.Index(fields=["volunteer", "asked_at"], name="call_out_asks_of")]
        constraints = [models.UniqueConstraint(fields=["call_out", "volunteer"], name="call_out_asks_once")]

    def __str__(self) -> str:
        return f"{self.call_out} {self.volunteer}"
