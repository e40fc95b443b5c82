"""Votes on a question of a deliberation, by seat or by household. The result is counted, never typed.

The questions of a household survey are such ones, too; one without options asks for words. Of a survey that takes the
vote of a deliberation, the question belongs to both.
"""

from datetime import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.history import HistoryTrigger
from portal.core.scope import Scope, ScopedQuerySet
from requests.deliberation_types import PollBy
from requests.models.deliberations import Deliberation, Participant
from requests.models.households import Household
from requests.models.surveys import Survey

PERCENT = [MinValueValidator(1), MaxValueValidator(100)]


class PollQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "PollQuerySet":
        """Seen with the deliberation, or with the survey."""
        discussed = Q(deliberation__in=Deliberation.objects.in_scope(scope).values("pk"))
        return self.filter(discussed | Q(survey__in=Survey.objects.in_scope(scope).values("pk")))


class Poll(models.Model):
    deliberation = models.ForeignKey(
        Deliberation, models.CASCADE, null=True, blank=True, related_name="polls", verbose_name=_("deliberation")
    )  # fmt: skip
    survey = models.ForeignKey(
        Survey, models.CASCADE, null=True, blank=True, related_name="questions", verbose_name=_("household survey")
    )  # fmt: skip
    question = models.CharField(_("question"), max_length=200)
    by = models.CharField(_("voted"), max_length=10, choices=PollBy.choices, default=PollBy.SEAT)
    # Shares of those entitled; of households by their number and, where it is known of all, by floor area.
    quorum = models.PositiveSmallIntegerField(_("quorum (% of those entitled)"), default=67, validators=PERCENT)
    majority = models.PositiveSmallIntegerField(_("majority (% of those who voted)"), default=51, validators=PERCENT)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects = PollQuerySet.as_manager()

    class Meta:
        verbose_name = _("vote on a question")
        verbose_name_plural = _("votes on questions")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quorum__range=(1, 100), majority__range=(1, 100)), name="poll_shares_are_percent"
            ),
            models.CheckConstraint(
                condition=Q(deliberation__isnull=False) | Q(survey__isnull=False, by=PollBy.HOUSEHOLD),
                name="poll_of_something",
            ),
        ]
        triggers = [HistoryTrigger(hidden=["question"])]

    def __str__(self) -> str:
        return self.question

    def has_begun(self, at: datetime | None = None) -> bool:
        """Whether those who have a voice can have voted: seats from when the meeting begins, households from the notice
        on, without which no question is put."""
        begins = self.deliberation.scheduled_for if self.by == PollBy.SEAT else None
        return begins is None or (at or timezone.now()) >= begins


class PollOption(models.Model):
    poll = models.ForeignKey(Poll, models.CASCADE, related_name="options", verbose_name=_("question"))
    text = models.CharField(_("option"), max_length=60)
    position = models.PositiveSmallIntegerField(_("order"))

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["poll", "position"]
        constraints = [models.UniqueConstraint(fields=["poll", "text"], name="poll_option_once")]

    def __str__(self) -> str:
        return self.text


class Vote(models.Model):
    """One voice, as staff took it down from paper, from hands or at the door. `option` None: they abstained, or the
    question asks for words."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="votes", verbose_name=_("question"))
    option = models.ForeignKey(
        PollOption, models.CASCADE, null=True, blank=True, related_name="votes", verbose_name=_("option")
    )
    words = models.CharField(_("answer in words"), max_length=300, blank=True)
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="votes", verbose_name=_("household")
    )
    participant = models.ForeignKey(
        Participant, models.PROTECT, null=True, blank=True, related_name="votes", verbose_name=_("seat")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta:
        verbose_name = pgettext_lazy("of a poll", "vote")
        verbose_name_plural = pgettext_lazy("of a poll", "votes")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(household__isnull=False, participant__isnull=True)
                | Q(household__isnull=True, participant__isnull=False),
                name="vote_of_one",
            ),
            models.CheckConstraint(condition=Q(option__isnull=True) | Q(words=""), name="vote_option_or_words"),
            models.UniqueConstraint(
                fields=["poll", "household", "participant"], nulls_distinct=False, name="vote_once",
                violation_error_message=_("They have voted on this question already."),
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["option_id", "words"])]

    def __str__(self) -> str:
        return f"{self.poll_id} {self.household_id or self.participant_id}"
