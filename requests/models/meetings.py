"""会商: a region's meeting with its 问题清单, and the cases that wait to be talked over.

A `Tabling` is the time that a case waits, on the agenda of a deliberation or, without one, on the open list for the
next meeting. While the case has left the loop (withdrawn, merged) its tabling stays, and counts for nothing.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.clock import ZONE
from portal.core.history import HistoryTrigger
from portal.core.models import Person, Region
from portal.core.scope import NOTHING, Scope, ScopedQuerySet
from requests.deliberation_types import MeetingState, TablingOutcome
from requests.models.deliberations import WRITE, Deliberation
from requests.models.service_requests import ServiceRequest
from requests.types import State


class TablingQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "TablingQuerySet":
        """Those of cases that I may see."""
        return self.filter(request__in=ServiceRequest.objects.in_scope(scope).values("pk"))

    def waiting(self) -> "TablingQuerySet":
        return self.filter(outcome=TablingOutcome.WAITING, request__state=State.DELIBERATING)

    def of(self, case: ServiceRequest) -> "TablingQuerySet":
        return self.filter(request=case.pk)

    def led_in(self, scope: Scope) -> "TablingQuerySet":
        """Of a deliberation that the person chairs, or on the list of a meeting that they chair; a machine token that
        may run deliberations takes its owner's chair."""
        if scope.person_id is not None:
            return self._led_by(scope.person_id)
        return self.led_by_owner_of(scope) if scope.can(WRITE) else self.filter(NOTHING)

    def led_by_owner_of(self, scope: Scope) -> "TablingQuerySet":
        """Which the owner of a machine token leads in its region. What is confidential is for people, signed in."""
        if scope.token_of is None:
            return self.filter(NOTHING)
        in_the_open = Q(deliberation__isnull=True) | Q(deliberation__is_confidential=False)
        return self._led_by(scope.token_of).in_scope(scope).filter(in_the_open)

    def _led_by(self, person_id: int) -> "TablingQuerySet":
        met = AgendaItem.objects.filter(meeting__chair=person_id, tabling__isnull=False)
        return self.filter(Q(deliberation__chair=person_id) | Q(pk__in=met.values("tabling")))


class Tabling(models.Model):
    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="tablings", verbose_name=_("request"))
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    deliberation = models.ForeignKey(
        Deliberation, models.SET_NULL, null=True, related_name="tablings", verbose_name=_("deliberation")
    )
    tabled_at = models.DateTimeField(_("tabled"), default=timezone.now)
    tabled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=TablingOutcome.choices, default=TablingOutcome.WAITING
    )

    objects = TablingQuerySet.as_manager()

    class Meta:
        verbose_name = _("tabled request")
        verbose_name_plural = _("tabled requests")
        ordering = ["tabled_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=Q(outcome=TablingOutcome.WAITING), name="tabling_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(outcome=TablingOutcome.WAITING, ended_at__isnull=True)
                | ~Q(outcome=TablingOutcome.WAITING) & Q(ended_at__isnull=False),
                name="tabling_ended_with_an_outcome",
            ),
        ]
        # Which deliberation, may be confidential.
        triggers = [HistoryTrigger(hidden=["deliberation_id"])]

    def __str__(self) -> str:
        return str(self.request_id)


class MeetingQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "MeetingQuerySet":
        own = NOTHING if scope.person_id is None else Q(chair=scope.person_id)
        return self.filter(scope.region_filter("region__path") | own)


class Meeting(models.Model):
    """会商 of one region, usually once a month."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="meetings", verbose_name=_("region"))
    held_on = models.DateField(_("day"))
    place = models.CharField(_("place of the meeting"), max_length=100, blank=True)
    chair = models.ForeignKey(Person, models.PROTECT, related_name="led_meetings", verbose_name=_("chair"))
    state = models.CharField(
        _("state"), max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED, editable=False
    )
    minutes = models.TextField(_("minutes of the meeting"), blank=True, editable=False)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("called by"), editable=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("monthly meeting")
        verbose_name_plural = _("monthly meetings")
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "held_on"], name="meeting_one_a_day",
                violation_error_message=_("There is a meeting of this region on this day already."),
            )
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["place", "minutes"])]

    def __str__(self) -> str:
        return f"{self.region} {self.held_on:%Y-%m-%d}"

    @property
    def lacks_minutes(self) -> bool:
        """Its day has passed, and nobody has written down what was said."""
        return self.state == MeetingState.PLANNED and self.held_on < timezone.localdate(timezone=ZONE)


class AgendaItem(models.Model):
    """A line of the 问题清单: a deliberation, or a tabled case. Never a confidential one: the list is read by many."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items", verbose_name=_("meeting"))
    position = models.PositiveSmallIntegerField(_("order"))
    deliberation = models.ForeignKey(
        Deliberation, models.CASCADE, null=True, related_name="agenda_items", verbose_name=_("deliberation")
    )
    tabling = models.ForeignKey(
        Tabling, models.CASCADE, null=True, related_name="agenda_items", verbose_name=_("tabled request")
    )

    class Meta:
        verbose_name = _("item of the agenda")
        verbose_name_plural = _("items of the agenda")
        ordering = ["meeting", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(deliberation__isnull=False, tabling__isnull=True)
                | Q(deliberation__isnull=True, tabling__isnull=False),
                name="agenda_item_is_one",
            ),
            models.UniqueConstraint(
                fields=["meeting", "deliberation", "tabling"], nulls_distinct=False, name="agenda_item_once_a_meeting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.position}"
