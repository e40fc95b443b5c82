"""`survey-summary`: household surveys, appraisals of property companies and vettings of candidates of a place in a
period, and the rows behind. Of households a row tells the flat, of candidates nothing but the decision.

The figures of surveys, of who answered and of who consents are all about the same surveys: those closed in the period.
What was done at the doors in the period, also for surveys that go on, is a figure of its own.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.reports.by_region import ByRegion, Definition, Rows, Share, in_regions, moment
from portal.reports.definitions import Span, Unit
from portal.reports.places import Place
from portal.reports.rows import Field, moment_field
from requests import appraisals
from requests.deliberation_types import SurveyState, Verdict, VisitOutcome
from requests.models import Appraisal, Candidate, Poll, Survey, SurveyVisit, Vote

CENT = Decimal("0.01")


class Kind(models.TextChoices):
    SURVEYS = "surveys", _("Household surveys")
    VISITS = "visits", _("Visits to households")
    APPRAISALS = "appraisals", _("Appraisals")
    CANDIDATES = "candidates", _("Candidates")


class SurveyFigure(models.TextChoices):
    SURVEYS = "surveys", pgettext_lazy("figure of surveys", "Surveys held")
    ASKED = "asked", pgettext_lazy("figure of surveys", "Households asked")
    ANSWERED = "answered", pgettext_lazy("figure of surveys", "Households that answered")
    PROPOSED = "proposed", pgettext_lazy("figure of surveys", "Households that answered a proposal")
    CONSENTING = "consenting", pgettext_lazy("figure of surveys", "Households that consent")
    DOORS = "doors", pgettext_lazy("figure of surveys", "Doors called at in the period")
    APPRAISALS = "appraisals", pgettext_lazy("figure of surveys", "Appraisals finished")
    SUITABLE = "suitable", pgettext_lazy("figure of surveys", "Candidates found suitable")
    UNSUITABLE = "unsuitable", pgettext_lazy("figure of surveys", "Candidates found not suitable")


def _surveys(place: Place) -> QuerySet:
    return Survey.objects.filter(in_regions(place, "estate__region"), state=SurveyState.CLOSED)


def _visits(place: Place) -> QuerySet:
    """With `proposes`: whether the survey takes a deliberation's vote; and `consents`: whether the household is for
    what is proposed there."""
    votes = Poll.objects.filter(deliberation__isnull=False)
    put = votes.filter(survey=OuterRef(OuterRef("survey"))).order_by("pk")
    # The proposal is the first option of the first question.
    agreed = Vote.objects.filter(
        household=OuterRef("household"), option__position=1, poll=Subquery(put.values("pk")[:1])
    )
    proposes = Exists(votes.filter(survey=OuterRef("survey")))
    found = SurveyVisit.objects.annotate(proposes=proposes, consents=Exists(agreed))
    return found.filter(in_regions(place, "survey__estate__region"))


def _appraisals(place: Place) -> QuerySet:
    return Appraisal.objects.published().filter(in_regions(place, "estate__region"))


def _candidates(place: Place) -> QuerySet:
    return Candidate.objects.filter(in_regions(place, "election__estate__region"))


_CLOSED, _THE_DECISION = _("when the survey was closed"), _("the decision about the candidate")
_ANSWERED = Q(outcome=VisitOutcome.ANSWERED)
F_ = SurveyFigure
SURVEYS = ByRegion(
    figures=SurveyFigure,
    kinds=Kind,
    share=Share(
        "answer_rate", pgettext_lazy("figure of surveys", "Answered"), above=F_.ANSWERED, below=F_.ASKED
    ),
    definitions={
        F_.SURVEYS: Definition(
            _("Household surveys that were closed, also those of appraisals"), _("when it was closed"), Unit.TIMES,
            Kind.SURVEYS, moment("closed_at"),
        ),
        F_.ASKED: Definition(
            _("Households called at for these surveys, once each survey: they answered, refused or were out"), _CLOSED,
            Unit.HOUSEHOLDS, Kind.VISITS, moment("survey__closed_at"),
        ),
        F_.ANSWERED: Definition(
            _("Of these, those that answered"), _CLOSED, Unit.HOUSEHOLDS, Kind.VISITS,
            moment("survey__closed_at", _ANSWERED),
        ),
        F_.PROPOSED: Definition(
            _("Of these, those of surveys that take the vote of a deliberation"), _CLOSED, Unit.HOUSEHOLDS,
            Kind.VISITS, moment("survey__closed_at", _ANSWERED & Q(proposes=True)),
        ),
        F_.CONSENTING: Definition(
            _("Of these, those for the first option of the first question"), _CLOSED, Unit.HOUSEHOLDS, Kind.VISITS,
            moment("survey__closed_at", _ANSWERED & Q(consents=True)),
        ),
        F_.DOORS: Definition(
            _("Households called at, once each survey, also for surveys that are not closed yet"),
            _("when it was recorded at the door"), Unit.HOUSEHOLDS, Kind.VISITS, moment("recorded_at"),
        ),
        F_.APPRAISALS: Definition(
            _("Appraisals of property companies whose result was published"), _("when it was published"), Unit.TIMES,
            Kind.APPRAISALS, moment("published_at"),
        ),
        F_.SUITABLE: Definition(
            _("Candidates for owners' committees who were found suitable"), _THE_DECISION, Unit.PERSON_TIMES,
            Kind.CANDIDATES, moment("decided_at", Q(verdict=Verdict.SUITABLE)),
        ),
        F_.UNSUITABLE: Definition(
            _("Candidates for owners' committees who were found not suitable"), _THE_DECISION, Unit.PERSON_TIMES,
            Kind.CANDIDATES, moment("decided_at", Q(verdict=Verdict.UNSUITABLE)),
        ),
    },
    rows_of={
        Kind.SURVEYS: Rows(
            _surveys, "estate__region",
            (
                Field("title", _("title"), "title"),
                Field("estate", _("estate"), "estate__name"),
                Field("region", _("region"), "estate__region__short_name"),
                moment_field("opened_at", _("opened")),
                moment_field("closed_at", _("closed")),
            ),
        ),
        Kind.VISITS: Rows(
            _visits, "survey__estate__region",
            (
                Field("title", _("household survey"), "survey__title"),
                Field("estate", _("estate"), "survey__estate__name"),
                Field("flat", _("flat"), "household__label"),
                Field("region", _("region"), "survey__estate__region__short_name"),
                Field("outcome", _("outcome"), "outcome", VisitOutcome.choices),
                moment_field("recorded_at", _("recorded")),
                moment_field("closed_at", _("closed"), "survey__closed_at"),
            ),
        ),
        Kind.APPRAISALS: Rows(
            _appraisals, "estate__region",
            (
                Field("company", _("property company"), "organization__name"),
                Field("estate", _("estate"), "estate__name"),
                Field("region", _("region"), "estate__region__short_name"),
                Field("year", _("year"), "year", is_number=True),
                moment_field("published_at", pgettext_lazy("of an appraisal", "published on")),
            ),
        ),
        Kind.CANDIDATES: Rows(
            _candidates, "election__estate__region",
            (
                Field("estate", _("estate"), "election__estate__name"),
                Field("election", _("which committee"), "election__title"),
                Field("region", _("region"), "election__estate__region__short_name"),
                Field("verdict", _("decision"), "verdict", Verdict.choices),
                moment_field("decided_at", _("decided")),
            ),
        ),
    },
)  # fmt: skip


@dataclass(frozen=True)
class Company:
    """A property company with the mean of its results."""

    pk: int
    name: str
    appraisals: int
    mean: Decimal


def companies(place: Place, span: Span) -> list[Company]:
    """The best first; a few statements, however many there are."""
    found = SURVEYS.rows(place, span, figure=SurveyFigure.APPRAISALS).select_related("organization").order_by("pk")
    rows = list(found)
    points: dict[tuple[int, str], list[Decimal]] = {}
    for row, result in zip(rows, appraisals.results(rows), strict=True):
        # What is published has both parts.
        points.setdefault((row.organization_id, row.organization.name), []).append(result.total or Decimal(0))
    judged = [
        Company(pk, name, len(each), (sum(each, Decimal(0)) / len(each)).quantize(CENT))
        for (pk, name), each in points.items()
    ]
    return sorted(judged, key=lambda each: (-each.mean, each.name, each.pk))
