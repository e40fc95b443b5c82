"""物业评议: one a year of each property company and estate. The households' part is a survey in five levels."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.errors import Conflict, NotAllowed, NotFound, telling
from portal.core.history import acting_as
from portal.core.models import Estate, Organization, User
from portal.core.text import clean_text
from requests import surveys
from requests.deliberation_types import AppraisalVerb, Level, SurveyState, VisitOutcome
from requests.models import Appraisal, SurveyVisit, Vote
from requests.models.appraisals import FULL
from requests.models.deliberations import WRITE
from requests.survey_steps import done
from volunteers.guards import refuse, save

MAX_TEXT = 2_000
CENT = Decimal("0.01")
# Of the best level; each below it is worth as much less as there are levels.
STEP = FULL / (len(Level) - 1)
# What may be done until the result is published, in the words of the API's actions.
STEPS = ("score", "publish")


def begin(
    *, by: User, estate: Estate, organization: Organization, year: int, questions: Sequence[str],
    branch_weight: int = 50, at: datetime | None = None,
) -> Appraisal:  # fmt: skip
    """Begin it, with the survey that asks the households; that is opened and recorded as every survey is."""
    at = at or timezone.now()
    with transaction.atomic(), acting_as(by.pk):
        title = _("Appraisal of %(company)s %(year)d") % {"company": organization, "year": year}
        survey = surveys.draft(by=by, estate=estate, title=title[:80], at=at)
        asked = list(dict.fromkeys(filter(None, (each.strip() for each in questions))))
        if not asked:
            refuse("questions", _("Write what the households are to judge, one a line."))
        for question in asked:
            surveys.ask(survey, by=by, question=question, options=[str(level.label) for level in Level])
        row = Appraisal(
            estate=estate, organization=organization, year=year, branch_weight=branch_weight, survey=survey,
            created_at=at,
        )  # fmt: skip
        save(row)
    return row


def weigh(row: Appraisal, *, by: User, branch_weight: int) -> Appraisal:
    """Weigh the two parts otherwise, until the result is published."""
    with _unpublished(row, by=by) as locked:
        locked.branch_weight = branch_weight
        save(locked, fields=["branch_weight"])
    row.refresh_from_db()
    return row


def score(row: Appraisal, *, by: User, branch_score: Decimal, branch_text: str) -> Appraisal:
    """The branch's score, with its grounds. It may be corrected until the result is published."""
    with _unpublished(row, by=by) as locked:
        locked.branch_text = clean_text(branch_text, max_length=MAX_TEXT, multiline=True)
        if not locked.branch_text:
            refuse("branch_text", _("Please write a few words."))
        if not 0 <= branch_score <= FULL:
            refuse("branch_score", _("Between 0 and 100 points."))
        locked.branch_score, locked.scored_by = branch_score, by
        save(locked, fields=["branch_score", "branch_text", "scored_by"])
    row.refresh_from_db()
    return row


def publish(row: Appraisal, *, by: User, at: datetime | None = None) -> Appraisal:
    """Everybody reads the result. It needs both parts, and an end of the survey."""
    with _unpublished(row, by=by) as locked:
        if locked.branch_score is None:
            raise Conflict(_("The branch has not given its score yet."), code="not_scored")
        if locked.survey.state != SurveyState.CLOSED:
            raise Conflict(_("The households are still being asked. Close the survey first."), code="survey_open")
        if result(locked).total is None:
            raise Conflict(_("No household has answered: there is nothing to publish."), code="no_answers")
        locked.published_at = at or timezone.now()
        save(locked, fields=["published_at"])
        done(AppraisalVerb.PUBLISH, locked, by=by)
    row.refresh_from_db()
    return row


@dataclass(frozen=True)
class Result:
    """Points of a hundred. None: that part is not known yet."""

    branch: Decimal | None
    households: Decimal | None
    total: Decimal | None
    answered: int
    # What the households say to each question: text, points, answers.
    questions: list[tuple[str, Decimal | None, int]]
    previous: "Result | None" = None

    @property
    def change(self) -> Decimal | None:
        """Against the year before."""
        if self.previous is None or self.previous.total is None or self.total is None:
            return None
        return self.total - self.previous.total


def result(row: Appraisal) -> Result:
    """With the year before beside it."""
    before = Appraisal.objects.published().filter(
        estate=row.estate_id, organization=row.organization_id, year=row.year - 1
    )
    current, *earlier = results([row, *before])
    return replace(current, previous=earlier[0]) if earlier else current


def results(rows: Iterable[Appraisal]) -> list[Result]:
    """In a few statements, however many there are; without the years before."""
    rows = list(rows)
    by_survey: dict[int, list[tuple[str, int, int]]] = {row.survey_id: [] for row in rows}
    votes = Vote.objects.filter(poll__survey__in=by_survey, option__isnull=False).order_by("poll")
    counted = votes.values_list("poll__survey", "poll__question", "poll").annotate(Count("pk"), Sum("option__position"))
    for survey, question, _poll, number, positions in counted:
        by_survey[survey].append((question, number, positions))
    answered = dict(
        SurveyVisit.objects.filter(Q(survey__in=by_survey, outcome=VisitOutcome.ANSWERED))
        .order_by()
        .values_list("survey")
        .annotate(Count("pk"))
    )
    return [_result(row, by_survey[row.survey_id], answered.get(row.survey_id, 0)) for row in rows]


def _result(row: Appraisal, counted: list[tuple[str, int, int]], answered: int) -> Result:
    number, positions = sum(each[1] for each in counted), sum(each[2] for each in counted)
    households = _points(number, positions)
    questions = [(question, _points(votes, places), votes) for question, votes, places in counted]
    total = None
    if row.branch_score is not None and households is not None:
        whole = row.branch_score * row.branch_weight + households * (100 - row.branch_weight)
        total = (whole / 100).quantize(CENT)
    return Result(row.branch_score, households, total, answered, questions)


def _points(number: int, positions: int) -> Decimal | None:
    """The mean of so many answers: the first of the levels is worth all, the last nothing."""
    return (FULL - (Decimal(positions) / number - 1) * STEP).quantize(CENT) if number else None


def keeps(row: Appraisal, *, by: User) -> bool:
    return Appraisal.objects.editable_by(by, WRITE).filter(pk=row.pk).exists()


@contextmanager
def _unpublished(row: Appraisal, *, by: User) -> Iterator[Appraisal]:
    """The appraisal, locked, once it is sure that `by` runs it and that nobody has read its result."""
    with transaction.atomic(), acting_as(by.pk):
        rows = Appraisal.objects.select_for_update(of=("self",)).select_related("survey", "estate__region")
        locked = rows.for_user(by).filter(pk=row.pk).first()
        if locked is None:
            raise NotFound()
        is_open, may = locked.published_at is None, keeps(locked, by=by)
        with telling(lambda: STEPS if may and is_open else ()):
            if not may:
                raise NotAllowed(code="not_yours_to_do")
            if not is_open:
                raise Conflict(_("The result has been published: it stays as it is."), code="not_possible_now")
            yield locked
