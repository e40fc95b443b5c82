"""Cases of the 12345 hotline: by which number it knows them, and what is told back to it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import SendState
from portal.core.models.notifications import Outgoing, OutgoingQuerySet
from portal.core.scope import Scope, ScopedQuerySet
from requests.models.events import RequestEvent
from requests.models.service_requests import ServiceRequest
from requests.types import State

SYSTEM = "12345"
# With these a hotline has an answer for its caller; a case that is redone has another one later.
ANSWERED_STATES = (
    State.RESOLVED, State.CLOSED, State.REJECTED, State.REFERRED, State.WITHDRAWN, State.SPLIT,
)  # fmt: skip
MAX_NUMBER = 40


class ReturnState(models.TextChoices):
    """As of everything that leaves the portal (`SendState`), and one more: without a line to the hotline a result is
    prepared, and sent only when a person says so."""

    WAITING = SendState.WAITING.value, _("To be sent")
    PREPARED = "prepared", _("To be handed over")  # 待导出
    SENT = SendState.SENT.value, _("Has been sent")
    FAILED = SendState.FAILED.value, _("Failed")


class HotlineCaseQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Those whose case I see."""
        if scope.sees_all_regions:
            return self
        return self.filter(request__in=ServiceRequest.objects.in_scope(scope).order_by().values("pk"))


class HotlineCase(models.Model):
    """By which number a hotline knows a case. The hotline sends it again as often as it likes: it is one case."""

    request = models.OneToOneField(
        ServiceRequest, models.CASCADE, related_name="hotline", verbose_name=_("request"), editable=False
    )
    external_system = models.CharField(_("hotline"), max_length=20, default=SYSTEM)
    external_number = models.CharField(_("number at the hotline"), max_length=MAX_NUMBER)
    # When the hotline wants its answer: our limit to resolve holds, unless this is sooner.
    due_at = models.DateTimeField(_("result wanted by"), null=True, blank=True)

    objects = HotlineCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case of the hotline")
        verbose_name_plural = _("cases of the hotline")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["external_system", "external_number"], name="hotline_number_once",
                violation_error_message=_("This number of the hotline is known already."),
            ),
            models.CheckConstraint(condition=~Q(external_number=""), name="hotline_number_given"),
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.external_system} {self.external_number}"


class HotlineReturnQuerySet(OutgoingQuerySet, ScopedQuerySet):
    def in_scope(self, scope: Scope) -> Self:
        """Results of cases that I see."""
        if scope.sees_all_regions:
            return self
        return self.filter(hotline__request__in=ServiceRequest.objects.in_scope(scope).order_by().values("pk"))

    def unsent(self) -> Self:
        """What the hotline does not have yet, whether it is still tried or was given up."""
        return self.exclude(state=ReturnState.SENT)

    def with_cases(self) -> Self:
        return self.select_related(
            "hotline__request__region", "hotline__request__handling_region", "sent_by__person"
        ).defer("hotline__request__search")


class HotlineReturn(Outgoing):
    """结果回传: one result for the hotline, in the outbox from the moment it holds."""

    state = models.CharField(_("state"), max_length=10, choices=ReturnState.choices, default=ReturnState.WAITING)
    hotline = models.ForeignKey(HotlineCase, models.CASCADE, related_name="returns", verbose_name=_("case"))
    outcome = models.CharField(_("result"), max_length=12, choices=State.choices)
    text = models.TextField(_("what is told"), blank=True)
    at = models.DateTimeField(_("result since"), default=timezone.now)
    # The step that gave it: by it the hotline tells a repeat from a later result. One step may answer several callers.
    event = models.ForeignKey(RequestEvent, models.CASCADE, related_name="+", editable=False)
    # Who says that it was handed over in another way.
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("marked as sent by")
    )

    objects = HotlineReturnQuerySet.as_manager()

    class Meta:
        verbose_name = _("result for the hotline")
        verbose_name_plural = _("results for the hotline")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(state=ReturnState.WAITING), name="hotline_return_due")]
        constraints = [
            models.UniqueConstraint(fields=["hotline", "event"], name="hotline_return_once_a_step"),
            models.CheckConstraint(
                condition=Q(sent_by__isnull=True) | Q(state=ReturnState.SENT), name="hotline_return_marked_is_sent"
            ),
        ]
        triggers = [HistoryTrigger(hidden=["text"], ignored=["attempts", "due_at"])]

    def __str__(self) -> str:
        return f"{self.hotline} {self.get_outcome_display()}"

    @property
    def key(self) -> str:
        """The same at every attempt, so that the other side can tell a repeat."""
        return f"{self.hotline.external_system}-{self.hotline.external_number}-{self.event_id}"

    @property
    def payload(self) -> dict[str, Any]:
        """What the hotline is told."""
        return {
            "id": self.key,
            "external_system": self.hotline.external_system,
            "external_number": self.hotline.external_number,
            "number": self.hotline.request.number,
            "outcome": self.outcome,
            "outcome_label": str(self.get_outcome_display()),
            "text": self.text,
            "at": timezone.localtime(self.at).isoformat(),
        }
