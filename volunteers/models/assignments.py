"""One person's place on one shift, from the offer to the check-out."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Region
from portal.core.scope import Scope, ScopedQuerySet
from volunteers.models.duty import CountChanges, DutyShift
from volunteers.models.volunteers import Volunteer
from volunteers.types import HOLDING, AssignmentSource, AssignmentStatus, CheckMethod


class AssignmentQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "AssignmentQuerySet":
        """Places on the shifts of my stations, and my own."""
        return self.filter(
            scope.region_filter("shift__station__region__path")
            | Q(shift__station__in=scope.station_ids)
            | Q(volunteer__person=scope.person_id)
        )

    def holding(self) -> "AssignmentQuerySet":
        """Those that take up a place and the person's time."""
        return self.filter(status__in=HOLDING)


class Assignment(models.Model):
    shift = models.ForeignKey(DutyShift, models.PROTECT, related_name="assignments", verbose_name=_("shift"))
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, related_name="assignments", verbose_name=_("volunteer"))
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", editable=False, db_index=False)
    # The shift's time, kept here so that the database itself refuses two duties of one person at one time.
    period = DateTimeRangeField(editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=AssignmentStatus.choices, default=AssignmentStatus.PROPOSED
    )
    source = models.CharField(
        _("came about"), max_length=10, choices=AssignmentSource.choices, default=AssignmentSource.STAFF
    )
    is_pinned = models.BooleanField(_("pinned"), default=False)  # a new roster leaves it alone
    answer_by = models.DateTimeField(_("to be answered by"), null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True)
    reason = models.CharField(_("reason"), max_length=100, blank=True)
    revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    checked_in_at = models.DateTimeField(_("checked in"), null=True)
    checked_in_how = models.CharField(max_length=10, choices=CheckMethod.choices, blank=True)
    checked_out_at = models.DateTimeField(_("checked out"), null=True)
    checked_out_how = models.CharField(max_length=10, choices=CheckMethod.choices, blank=True)
    is_no_show = models.BooleanField(_("did not come"), default=False)
    is_excused = models.BooleanField(_("excused"), default=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["shift__starts_at", "pk"]
        indexes = [
            models.Index(fields=["volunteer", "status"], name="assignment_of_volunteer"),
            models.Index(
                fields=["answer_by"], condition=Q(status=AssignmentStatus.PROPOSED), name="assignment_to_be_answered"
            ),
            models.Index(
                fields=["shift"],
                condition=Q(checked_in_at__isnull=False, checked_out_at__isnull=True),
                name="assignment_checked_in",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["shift", "volunteer"],
                condition=Q(status__in=[*HOLDING, AssignmentStatus.WAITING]),
                name="assignment_once_a_shift",
                violation_error_message=_("This person is on the shift already."),
            ),
            ExclusionConstraint(
                name="assignment_one_at_a_time",
                expressions=[(F("volunteer"), RangeOperators.EQUAL), (F("period"), RangeOperators.OVERLAPS)],
                condition=Q(status__in=HOLDING),
                violation_error_message=_("This person is on duty elsewhere at that time."),
            ),
            models.CheckConstraint(
                condition=Q(checked_out_at__isnull=True)
                | Q(checked_in_at__isnull=False, checked_out_at__gte=F("checked_in_at")),
                name="assignment_out_after_in",
                violation_error_message=_("The check-out comes before the check-in."),
            ),
            models.CheckConstraint(
                condition=Q(is_no_show=False) | Q(checked_in_at__isnull=True), name="assignment_came_or_not"
            ),
        ]
        triggers = [HistoryTrigger(hidden=["reason"], ignored=["revision"]), CountChanges("status", "period")]

    def __str__(self) -> str:
        return f"{self.volunteer} {self.shift}"
