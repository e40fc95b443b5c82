"""The timeline that people read, the files on it, and the approvals that steps ask for."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.core.history import HistoryTrigger
from portal.core.models import Organization, Region, StoredFile
from requests.models.service_requests import ServiceRequest
from requests.types import (
    REVIEWED_VERBS,
    Actor,
    ExcludedRate,
    ExclusionGround,
    RejectGround,
    State,
    Verb,
    WhistleGround,
    verb_label,
)

# 重办, asked for or after a call-back: a step from resolved or closed back to somebody's desk.
BEGUN_AGAIN = Q(from_state__in=[State.RESOLVED, State.CLOSED], to_state__in=[State.ACCEPTED, State.DISPATCHED])


class RequestEvent(models.Model):
    """One step. `text` is what the person wrote, `data` the step's codes; residents see the public ones."""

    request = models.ForeignKey(
        ServiceRequest, models.CASCADE, related_name="events", verbose_name=_("request"), db_index=False
    )
    district = models.ForeignKey(Region, models.PROTECT, related_name="+", db_index=False, editable=False)
    at = models.DateTimeField(_("when"), default=timezone.now)
    verb = models.CharField(_("step"), max_length=20, choices=Verb.choices)
    from_state = models.CharField(max_length=12, choices=State.choices, blank=True)
    to_state = models.CharField(max_length=12, choices=State.choices)
    actor = models.CharField(_("as"), max_length=20, choices=Actor.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("who"),
        db_index=False,
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("unit"), db_index=False
    )
    text = models.TextField(_("text"), blank=True)
    data = models.JSONField(default=dict)
    is_public = models.BooleanField(_("shown to the resident"), default=True)
    version = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("timeline")
        ordering = ["request", "id"]
        indexes = [
            models.Index(fields=["request", "id"], name="event_timeline"),
            models.Index(fields=["district", "at"], condition=BEGUN_AGAIN, name="event_begun_again"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.verb}"

    @property
    def label(self) -> str | Promise:
        """What the step was called where it was taken."""
        return verb_label(self.verb, self.from_state)


class RequestAttachment(models.Model):
    """A photo (or, from staff, a PDF) that came with a step."""

    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="attachments")
    event = models.ForeignKey(RequestEvent, models.CASCADE, null=True, related_name="attachments")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    is_public = models.BooleanField(_("shown to the resident"), default=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.request_id} {self.file_id}"


class Approval(models.Model):
    """Somebody asked for something that somebody else decides."""

    class Kind(models.TextChoices):
        APPEAL = "appeal", _("Appeal against a rejection")  # 申诉
        EXTENSION = "extension", _("Extension of the time limit")  # 延期
        EXCLUSION = "exclusion", _("Leaving out of rates")  # 剔除
        WHISTLE = "whistle", _("Whistle for a level above")  # 吹哨
        REPLY = "reply", _("Reply to be reviewed")  # 回复审核

    class Outcome(models.TextChoices):
        PENDING = "pending", _("To be decided")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        # Nobody decided before the case went on without it.
        LAPSED = "lapsed", _("Lapsed")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="approvals", verbose_name=_("request"))
    # Whose decision is disputed, or who asks for a case to be left out: a leader of a level above it decides. Of an
    # extension or a whistle, who handles the case.
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    # 延期: from which due time to which.
    due_before = models.DateTimeField(_("due until then"), null=True)
    until = models.DateTimeField(_("asked for until"), null=True)
    # 剔除: out of which rates; the evidence are the files of the step.
    rates = ArrayField(
        models.CharField(max_length=30, choices=ExcludedRate.choices), verbose_name=_("rates"), null=True
    )  # fmt: skip
    # 回复审核: what the reply does once it is let through; `reason` is its text.
    reply_verb = models.CharField(
        _("reply"), max_length=20, choices=[(verb.value, verb.label) for verb in REVIEWED_VERBS], blank=True,
        db_default="",
    )  # fmt: skip
    # 剔除, 吹哨, 不予受理: why.
    ground = models.CharField(
        _("ground"), max_length=20, blank=True, db_default="",
        choices=[*ExclusionGround.choices, *WhistleGround.choices, *RejectGround.choices],
    )  # fmt: skip
    # 吹哨: whose departments are called, which of them is to hold the case and which are to assist, and when the first
    # of them took it.
    to_region = models.ForeignKey(
        Region, models.PROTECT, null=True, related_name="+", verbose_name=_("called to"), db_index=False
    )
    lead = models.ForeignKey(
        Organization, models.PROTECT, null=True, related_name="+", verbose_name=_("lead unit"), db_index=False
    )
    assisting = models.ManyToManyField(Organization, related_name="+", verbose_name=_("assisting units"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision = models.TextField(_("explanation"), blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind"], condition=Q(outcome="pending"), name="approval_one_pending_a_kind"
            ),
            models.CheckConstraint(
                condition=~Q(kind="extension") | Q(due_before__isnull=False, until__gt=F("due_before")),
                name="approval_extension_is_longer",
            ),
            models.CheckConstraint(
                condition=~Q(kind="exclusion") | (Q(rates__len__gt=0) & ~Q(ground="")),
                name="approval_exclusion_says_of_what",
            ),
            models.CheckConstraint(condition=Q(kind="reply") ^ Q(reply_verb=""), name="approval_reply_says_of_what"),
            models.CheckConstraint(
                condition=~Q(kind="whistle") | (Q(to_region__isnull=False) & ~Q(ground="")),
                name="approval_whistle_says_to_whom",
            ),
            models.CheckConstraint(
                condition=~Q(kind="whistle", outcome="granted") | Q(lead__isnull=False),
                name="approval_whistle_granted_to_one",
            ),
        ]
        indexes = [
            # The few whistles of a period.
            models.Index(fields=["asked_at"], condition=Q(kind="whistle"), name="approval_whistles"),
        ]
        triggers = [HistoryTrigger(hidden=["reason", "decision"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.request_id}"

    @property
    def rates_in_words(self) -> str:
        return "、".join(str(ExcludedRate(rate).label) for rate in self.rates or ())

    def is_pending(self, kind: str) -> bool:
        return self.kind == kind and self.outcome == self.Outcome.PENDING
