"""入户摸底: a survey of the households of an estate, from door to door.

Each of its questions is a `Poll` by household, so that votes are counted by one rule; one without options asks for
words. A visit says how it went; there is one for each household and survey.
"""

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.history import HistoryTrigger
from portal.core.models import Estate
from portal.core.scope import Scope, ScopedQuerySet
from requests.deliberation_types import SurveyState, VisitOutcome
from requests.models.deliberations import Deliberation
from requests.models.households import Household


class SurveyQuerySet(ScopedQuerySet):
    def in_scope(self, scope: Scope) -> "SurveyQuerySet":
        return self.filter(scope.region_filter("estate__region__path"))

    def editable_by(self, user: object, capability: str) -> "SurveyQuerySet":
        scope = getattr(user, "scope", None)
        if scope is None or not scope.can(capability):
            return self.none()
        return self.filter(scope.granting(capability).region_filter("estate__region__path"))

    def open(self) -> "SurveyQuerySet":
        return self.filter(state=SurveyState.OPEN)

    def with_counts(self) -> "SurveyQuerySet":
        """With how many households there are, and how many have answered."""
        homes = Household.objects.filter(estate=OuterRef("estate")).order_by().values("estate").values(n=Count("pk"))
        answered = SurveyVisit.objects.filter(survey=OuterRef("pk"), outcome=VisitOutcome.ANSWERED).order_by()
        return self.annotate(
            household_count=Coalesce(Subquery(homes), 0),
            answered_count=Coalesce(Subquery(answered.values("survey").values(n=Count("pk"))), 0),
        )

    def with_places(self) -> "SurveyQuerySet":
        return self.select_related("estate__region", "deliberation", "appraisal")


class Survey(models.Model):
    # Set by `with_counts`.
    household_count: int
    answered_count: int

    estate = models.ForeignKey(Estate, models.PROTECT, related_name="surveys", verbose_name=_("estate"))
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(
        pgettext_lazy("of a deliberation", "what it is about"), blank=True, help_text=_("Whoever rings reads this out.")
    )
    deliberation = models.ForeignKey(
        Deliberation, models.PROTECT, null=True, blank=True, related_name="surveys", verbose_name=_("deliberation"),
        help_text=_("Its vote is taken by this survey, from door to door."),
    )  # fmt: skip
    ends_on = models.DateField(
        _("to be done by"), null=True, blank=True,
        help_text=_("Those who go from door to door are reminded two days before."),
    )  # fmt: skip
    # When they were reminded of that day.
    reminded_at = models.DateTimeField(null=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=SurveyState.choices, default=SurveyState.DRAFT, editable=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by"), editable=False
    )
    opened_at = models.DateTimeField(_("opened"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("household survey")
        verbose_name_plural = _("household surveys")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=SurveyState.DRAFT, opened_at__isnull=True, closed_at__isnull=True)
                | Q(state=SurveyState.OPEN, opened_at__isnull=False, closed_at__isnull=True)
                | Q(state=SurveyState.CLOSED, opened_at__isnull=False, closed_at__isnull=False),
                name="survey_opened_and_closed",
            )
        ]
        triggers = [HistoryTrigger(hidden=["title", "text"])]

    def __str__(self) -> str:
        return self.title

    @property
    def number(self) -> str:
        return f"MD{self.pk:06d}"


class OfASurvey(ScopedQuerySet):
    """Rows that are seen by whoever sees the survey."""

    def in_scope(self, scope: Scope) -> "OfASurvey":
        return self.filter(survey__in=Survey.objects.in_scope(scope).values("pk"))


class SurveyVisit(models.Model):
    """How it went at one door the last time. Answers themselves are votes, without a name."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="visits", verbose_name=_("household survey"))
    household = models.ForeignKey(Household, models.PROTECT, related_name="survey_visits", verbose_name=_("household"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=VisitOutcome.choices)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = OfASurvey.as_manager()

    class Meta:
        verbose_name = _("visit to a household")
        verbose_name_plural = _("visits to households")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "household"], name="survey_visit_once_a_household",
                violation_error_message=_("This household has answered already."),
            )
        ]  # fmt: skip
        triggers = [HistoryTrigger()]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.household_id}"
