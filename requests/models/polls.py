"""Votes on a question of a deliberation, by seat or by household. The result is counted, never typed."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.history import HistoryTrigger
from requests.deliberation_types import PollBy
from requests.models.deliberations import Deliberation, OfADeliberation, Participant
from requests.models.households import Household

PERCENT = [MinValueValidator(1), MaxValueValidator(100)]


class Poll(models.Model):
    deliberation = models.ForeignKey(
        Deliberation, models.CASCADE, related_name="polls", verbose_name=_("deliberation")
    )  # fmt: skip
    question = models.CharField(_("question"), max_length=200)
    by = models.CharField(_("voted"), max_length=10, choices=PollBy.choices, default=PollBy.SEAT)
    # Shares of those entitled; of households by their number and, where it is known of all, by floor area.
    quorum = models.PositiveSmallIntegerField(_("quorum (% of those entitled)"), default=67, validators=PERCENT)
    majority = models.PositiveSmallIntegerField(_("majority (% of those who voted)"), default=51, validators=PERCENT)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects = OfADeliberation.as_manager()

    class Meta:
        verbose_name = _("vote on a question")
        verbose_name_plural = _("votes on questions")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quorum__range=(1, 100), majority__range=(1, 100)), name="poll_shares_are_percent"
            )
        ]
        triggers = [HistoryTrigger(hidden=["question"])]

    def __str__(self) -> str:
        return self.question


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
    """One voice, as staff took it down from paper or from hands. `option` None: they abstained."""

    poll = models.ForeignKey(Poll, models.CASCADE, related_name="votes", verbose_name=_("question"))
    option = models.ForeignKey(
        PollOption, models.CASCADE, null=True, blank=True, related_name="votes", verbose_name=_("option")
    )
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
            models.UniqueConstraint(
                fields=["poll", "household", "participant"], nulls_distinct=False, name="vote_once",
                violation_error_message=_("They have voted on this question already."),
            ),
        ]  # fmt: skip
        triggers = [HistoryTrigger(hidden=["option_id"])]

    def __str__(self) -> str:
        return f"{self.poll_id} {self.household_id or self.participant_id}"
