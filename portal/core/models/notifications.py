"""What people are told in the portal, what goes out to them, how they want it, and what administrators word anew."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from portal.core.fields import EncryptedTextField
from portal.core.history import HistoryTrigger
from portal.core.models.people import Person
from portal.core.notifications.kinds import KINDS, Channel, label_of
from portal.core.scope import Scope, ScopedQuerySet


class Told(models.Model):
    """What rows have that tell of something: the kind, and what fills its placeholders (sealed: it may be personal)."""

    kind = models.CharField(_("kind"), max_length=40)
    context = EncryptedTextField(default="")
    # The row that it is about, as "table/id", so that it goes when that row's personal data goes.
    about = models.CharField(max_length=80, blank=True)
    dedupe_key = models.CharField(max_length=120)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        abstract = True

    @cached_property
    def values(self) -> dict[str, str]:
        return json.loads(self.context.reveal() or "{}")

    @property
    def kind_label(self) -> str:
        return label_of(self.kind)


class NotificationQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "NotificationQuerySet":
        """One's own. A machine token speaks for its region and is nobody's inbox: it has no person."""
        return self.filter(person=scope.person_id) if scope.person_id is not None else self.none()

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)


class Notification(Told):
    """One line of a person's notifications in the portal."""

    person = models.ForeignKey(
        Person, models.CASCADE, related_name="notifications", verbose_name=_("person"), db_index=False
    )
    link = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["person", "dedupe_key"], name="notification_once")]
        indexes = [
            models.Index(fields=["person", "-id"], name="notification_of_person"),
            models.Index(fields=["person"], condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index(fields=["about"], condition=~Q(about=""), name="notification_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id}"


class SendState(models.TextChoices):
    WAITING = "to_send", _("To be sent")
    SENT = "sent", _("Has been sent")
    FAILED = "failed", _("Failed")


class OutgoingQuerySet(models.QuerySet):
    def due(self, at: Any) -> Any:
        return self.filter(state=SendState.WAITING, due_at__lte=at)

    def claim(self, *, at: Any, limit: int, lease: Any) -> list[Any]:
        """Up to `limit` rows that are due, which nobody else gets before the lease ends.

        A worker that dies leaves its rows as they are: they come due again when their lease is over.
        """
        with transaction.atomic():
            rows = self.due(at).order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
            claimed = list(rows[:limit])
            for row in claimed:
                row.attempts, row.due_at = row.attempts + 1, at + lease
            self.model.objects.bulk_update(claimed, ["attempts", "due_at"])
        return claimed


class Outgoing(models.Model):
    """What is to leave the portal, and how far it has come (`portal.core.notifications.delivery`)."""

    state = models.CharField(_("state"), max_length=10, choices=SendState.choices, default=SendState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    # A code of ours, never what the other side said: that may quote the message.
    error = models.CharField(_("error"), max_length=40, blank=True)

    class Meta:
        abstract = True


class OutboxMessage(Told, Outgoing):
    """One e-mail or SMS. Address and content are sealed, and gone as soon as it is sent."""

    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+", verbose_name=_("person"))
    address = EncryptedTextField(_("address"), default="")
    address_masked = models.CharField(_("to"), max_length=60)
    address_hash = models.CharField(max_length=64)
    valid_until = models.DateTimeField(null=True)

    objects = OutgoingQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["address_hash", "channel", "dedupe_key"], name="message_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state=SendState.WAITING), name="message_due"),
            models.Index(fields=["about"], condition=~Q(about=""), name="message_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.address_masked}"


class NotificationChoice(models.Model):
    """How a person wants to be told. Who has no row gets what the kinds do by default."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="notification_choice", verbose_name=_("person"))
    # The outward channels by group of kinds: {"cases": ["email"]}. In the portal everything is told.
    channels = models.JSONField(_("channels"), default=dict)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    daily_digest = models.BooleanField(_("one e-mail a day instead of many"), default=False)

    class Meta:
        verbose_name = _("choice of notifications")
        verbose_name_plural = _("choices of notifications")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
                violation_error_message=_("Quiet hours need both a beginning and an end."),
            )
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return str(self.person_id)


class NotificationTemplate(models.Model):
    """The administrator's own wording of a kind on a channel, in one language, in place of the portal's."""

    kind = models.CharField(_("kind"), max_length=40)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    subject = models.CharField(_("heading"), max_length=120, blank=True)
    body = models.TextField(_("text"), max_length=2_000)

    class Meta:
        verbose_name = _("wording of a notification")
        verbose_name_plural = _("wordings of notifications")
        ordering = ["kind", "channel", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "channel", "language"],
                name="notification_template_once",
                violation_error_message=_("There is a wording for this kind, channel and language already."),
            )
        ]
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{label_of(self.kind)} · {self.get_channel_display()} · {self.get_language_display()}"

    def clean(self) -> None:
        kind = KINDS.get(self.kind)
        if kind is None or self.channel not in kind.texts:
            raise ValidationError({"channel": _("This kind is not sent on this channel.")})
        if kind.texts[self.channel].subject and not self.subject:
            raise ValidationError({"subject": _("This channel needs a heading.")})
