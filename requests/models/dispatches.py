from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Person, Region
from requests.models.service_requests import ServiceRequest
from requests.types import HELD, DispatchOutcome, ReturnGround
from volunteers.models import VolunteerTeam


class Dispatch(models.Model):
    """One offer of a case to a unit, a team of volunteers or a person. Acceptance and return rates count these rows."""

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="dispatches", verbose_name=_("request"))
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="dispatches", verbose_name=_("unit")
    )
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="dispatches", verbose_name=_("staff member or volunteer")
    )
    # Any of its leaders takes the case; the first one wins.
    team = models.ForeignKey(
        VolunteerTeam, models.PROTECT, null=True, related_name="dispatches", verbose_name=_("volunteer team")
    )
    offered_at = models.DateTimeField(_("offered"), default=timezone.now)
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("dispatched by")
    )
    accept_due_at = models.DateTimeField(_("to be taken by"))
    taken_at = models.DateTimeField(_("taken"), null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken by")
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=DispatchOutcome.choices, default=DispatchOutcome.OFFERED
    )
    return_ground = models.CharField(_("ground"), max_length=30, choices=ReturnGround.choices, blank=True)
    # The whistle by which the case came to this unit, or to the one that handed it on.
    whistle = models.ForeignKey(
        "Approval", models.PROTECT, null=True, related_name="dispatches", verbose_name=_("whistle"), db_index=False
    )

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        ordering = ["-offered_at", "-id"]
        indexes = [
            models.Index(fields=["district", "offered_at"], name="dispatch_district_offered"),
            models.Index(
                fields=["accept_due_at"],
                condition=Q(outcome=DispatchOutcome.OFFERED),
                name="dispatch_to_be_taken",
            ),
            # For acceptance and return rates.
            models.Index(fields=["district", "accept_due_at"], name="dispatch_by_accept_due"),
            models.Index(
                fields=["district", "ended_at"],
                condition=Q(outcome__in=[DispatchOutcome.RETURNED, DispatchOutcome.EXPIRED]),
                name="dispatch_by_failed",
            ),
            models.Index(fields=["whistle"], condition=Q(whistle__isnull=False), name="dispatch_of_whistle"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(organization__isnull=False, person__isnull=True, team__isnull=True)
                | Q(organization__isnull=True, person__isnull=False, team__isnull=True)
                | Q(organization__isnull=True, person__isnull=True, team__isnull=False),
                name="dispatch_to_one",
            ),
            # Two dispatchers cannot hold one case out to two units at once, whatever path they take.
            models.UniqueConstraint(fields=["request"], condition=Q(outcome__in=HELD), name="dispatch_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(outcome=DispatchOutcome.RETURNED) & ~Q(return_ground="")
                | ~Q(outcome=DispatchOutcome.RETURNED) & Q(return_ground=""),
                name="dispatch_return_has_a_ground",
            ),
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return str(self.to)

    @property
    def to(self) -> Organization | VolunteerTeam | Person:
        to = self.organization or self.team or self.person
        assert to is not None, "a constraint says so"
        return to

    @property
    def is_held(self) -> bool:
        return self.outcome in HELD
