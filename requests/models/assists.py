from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region
from portal.core.scope import NOTHING, Scope, ScopedQuerySet
from requests.models.dispatches import Dispatch
from requests.models.service_requests import ServiceRequest
from requests.types import OPEN_ASSISTS, AssistState, ReturnGround


class AssistQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "AssistQuerySet":
        """What is asked of my units, and what is asked for cases that my region handles."""
        if scope.sees_all_regions:
            return self
        condition = Q(organization__in=scope.organization_ids) if scope.organization_ids else NOTHING
        for path in scope.region_paths:
            condition |= Q(request__handling_region__path__startswith=path)
        return self.filter(condition)

    def open(self) -> "AssistQuerySet":
        return self.filter(state__in=OPEN_ASSISTS)


class Assist(models.Model):
    """协办: the part of a case that is asked of a unit beside the one that holds it.

    It belongs to the offer of whoever holds the case, and goes over with the case to whoever holds it next.
    """

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="assists", verbose_name=_("request"))
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    dispatch = models.ForeignKey(Dispatch, models.CASCADE, related_name="assists", verbose_name=_("dispatch"))
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="assists", verbose_name=_("unit"), db_index=False
    )
    asked = models.TextField(_("what is asked"))
    due_at = models.DateTimeField(_("due"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    state = models.CharField(
        _("state"), max_length=12, choices=AssistState.choices, default=AssistState.ASKED, editable=False
    )
    taken_at = models.DateTimeField(_("taken"), null=True, editable=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken by"),
        editable=False,
    )  # fmt: skip
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    decline_ground = models.CharField(_("ground"), max_length=30, choices=ReturnGround.choices, blank=True)
    # What was done, why it was declined, or why it was called off. Files are those of the step.
    result = models.TextField(_("result"), blank=True)

    objects = AssistQuerySet.as_manager()

    class Meta:
        verbose_name = _("assistance")
        verbose_name_plural = _("assistance by other units")
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["organization", "-asked_at"], name="assist_unit_newest"),
            models.Index(fields=["organization"], condition=Q(state__in=OPEN_ASSISTS), name="assist_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "organization"], condition=Q(state__in=OPEN_ASSISTS), name="assist_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_ASSISTS, ended_at__isnull=True)
                | (~Q(state__in=OPEN_ASSISTS) & Q(ended_at__isnull=False)),
                name="assist_ended_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AssistState.TAKEN, AssistState.DONE]) | Q(taken_at__isnull=False),
                name="assist_done_was_taken",
            ),
            models.CheckConstraint(
                condition=Q(state=AssistState.DECLINED) & ~Q(decline_ground="")
                | ~Q(state=AssistState.DECLINED) & Q(decline_ground=""),
                name="assist_declined_has_a_ground",
            ),
        ]
        triggers = [HistoryTrigger(hidden=["asked", "result"])]

    def __str__(self) -> str:
        return str(self.organization)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_ASSISTS
