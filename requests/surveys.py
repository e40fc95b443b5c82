"""入户摸底: a survey is drafted with its questions, opened, recorded door by door, closed.

Its questions are polls by household: who has a voice, what counts as a majority and how floor area counts is said in
`requests.deliberations.polls` alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, DomainError, NotAllowed, NotFound, telling
from portal.core.history import acting_as
from portal.core.models import Estate, User
from portal.core.text import clean_text
from requests.deliberation_types import PollBy, SurveyState, SurveyVerb, VisitOutcome
from requests.deliberations import polls
from requests.models import Deliberation, Household, Poll, PollOption, Survey, SurveyVisit, Vote
from requests.models.deliberations import WRITE
from requests.models.households import HouseholdQuerySet
from requests.survey_steps import done
from requests.workflow.tabling import TAKES_TOPICS
from volunteers.guards import refuse, refuse_outside, save

MAX_TEXT, MAX_QUESTION, MAX_WORDS = 2_000, 200, 300
MOST_QUESTIONS = 30
# So long before its last day those who go from door to door are reminded.
REMINDED_BEFORE = timedelta(days=2)
NUMBERS = re.compile(r"(\d+)")
# One answer: an option, words, or None for an abstention.
Answer = PollOption | str | None


def draft(
    *, by: User, estate: Estate, title: str, text: str = "", deliberation: Deliberation | None = None,
    ends_on: date | None = None, at: datetime | None = None,
) -> Survey:  # fmt: skip
    """A survey of an estate's households that one looks after; with a `deliberation`, it takes the vote of that."""
    refuse_outside(estate.region, by=by, field="estate", capability=WRITE)
    at = at or timezone.now()
    survey = Survey(estate=estate, created_by=by, created_at=at)
    with transaction.atomic(), acting_as(by.pk):
        _say(survey, by=by, title=title, text=text, deliberation=deliberation, ends_on=ends_on, at=at)
    return survey


def amend(
    survey: Survey, *, by: User, title: str, text: str = "", deliberation: Deliberation | None = None,
    ends_on: date | None = None,
) -> Survey:  # fmt: skip
    """Say it otherwise, until it is opened. The estate stays."""
    with kept(survey, by=by, expects=SurveyState.DRAFT) as locked:
        _say(
            locked, by=by, title=title, text=text, deliberation=deliberation, ends_on=ends_on, at=timezone.now()
        )  # fmt: skip
    survey.refresh_from_db()
    return survey


def ask(
    survey: Survey, *, by: User, question: str, options: Sequence[str] = (), quorum: int = 67, majority: int = 51
) -> Poll:
    """One more question; without options it asks for words."""
    with kept(survey, by=by, expects=SurveyState.DRAFT) as locked:
        if locked.questions.count() >= MOST_QUESTIONS:
            refuse("question", _("At most %(most)d questions.") % {"most": MOST_QUESTIONS})
        poll = Poll(
            survey=locked, question=clean_text(question, max_length=MAX_QUESTION), by=PollBy.HOUSEHOLD, quorum=quorum,
            majority=majority,
        )  # fmt: skip
        if any(each.strip() for each in options):
            polls.lay_out(poll, options)
        else:
            save(poll)
    return poll


def take_question_away(poll: Poll, *, by: User) -> None:
    with kept(poll.survey, by=by, expects=SurveyState.DRAFT) as locked:
        locked.questions.filter(pk=poll.pk).delete()


def open_up(survey: Survey, *, by: User, at: datetime | None = None) -> Survey:
    """From now on doors are knocked at, and what is asked stays as it is."""
    with kept(survey, by=by, expects=SurveyState.DRAFT) as locked:
        at = at or timezone.now()
        if not locked.questions.exists():
            raise Conflict(_("It asks nothing yet. Write a question first."), code="no_question")
        if not locked.estate.households.exists():
            raise Conflict(
                _("There is no list of the estate's households yet. Write it down first."), code="no_households"
            )
        if locked.ends_on is not None and locked.ends_on < _day(at):
            raise Conflict(_("The day by which it is to be done has passed. Change it first."), code="end_passed")
        locked.questions.update(opened_at=at)
        if locked.deliberation is not None:
            _refuse_unfit(locked, by=by)
            # What asks for words is no vote.
            chosen = PollOption.objects.filter(poll__survey=locked).values("poll")
            locked.questions.filter(pk__in=chosen).update(deliberation=locked.deliberation)
        locked.state, locked.opened_at = SurveyState.OPEN, at
        save(locked, fields=["state", "opened_at"])
        done(SurveyVerb.OPEN_UP, locked, by=by)
    survey.refresh_from_db()
    return survey


def record(
    survey: Survey, *, by: User, household: Household, outcome: str, answers: Mapping[int, Answer] | None = None,
    at: datetime | None = None,
) -> SurveyVisit:  # fmt: skip
    """How it went at one door. Who has answered is not asked again; who refused or was out may answer later."""
    with kept(survey, by=by, expects=SurveyState.OPEN) as locked:
        if household.estate_id != locked.estate_id:
            raise NotFound()
        if outcome not in VisitOutcome.values:
            refuse("outcome", _("Please say how it went."))
        visit = locked.visits.filter(household=household).first() or SurveyVisit(survey=locked, household=household)
        if visit.outcome == VisitOutcome.ANSWERED:
            message = _("%(flat)s has answered already. Take that answer back first, if it was recorded by mistake.")
            raise Conflict(message % {"flat": household}, code="answered_already")
        visit.outcome, visit.recorded_by, visit.recorded_at = outcome, by, at or timezone.now()
        save(visit)
        if outcome == VisitOutcome.ANSWERED:
            Vote.objects.bulk_create(_votes(visit, answers or {}))
    return visit


def take_back(visit: SurveyVisit, *, by: User) -> None:
    """It was recorded by mistake, or with the wrong household: as if nobody had been there."""
    with kept(visit.survey, by=by, expects=SurveyState.OPEN) as locked:
        Vote.objects.filter(poll__survey=locked, household=visit.household_id).delete()
        locked.visits.filter(pk=visit.pk).delete()


def move_end(survey: Survey, *, by: User, ends_on: date, at: datetime | None = None) -> Survey:
    """Another day by which an open survey is to be done: later, or earlier but not before today. Those who go from door
    to door are told, and reminded of the new day."""
    with kept(survey, by=by, expects=SurveyState.OPEN) as locked:
        if ends_on < _day(at or timezone.now()):
            refuse("ends_on", _("This day has passed already."))
        if ends_on == locked.ends_on:
            refuse("ends_on", _("It is to be done by this day already."))
        locked.ends_on, locked.reminded_at = ends_on, None
        save(locked, fields=["ends_on", "reminded_at"])
        done(SurveyVerb.MOVE_END, locked, by=by)
    survey.refresh_from_db()
    return survey


def close(survey: Survey, *, by: User, at: datetime | None = None) -> Survey:
    """No more answers: the results stand."""
    with kept(survey, by=by, expects=SurveyState.OPEN) as locked:
        at = at or timezone.now()
        locked.questions.update(closed_at=at)
        locked.state, locked.closed_at = SurveyState.CLOSED, at
        save(locked, fields=["state", "closed_at"])
        done(SurveyVerb.CLOSE, locked, by=by)
    survey.refresh_from_db()
    return survey


def to_remind(at: datetime) -> list[Survey]:
    """Marks the open surveys that end soon as reminded, and returns them: each one once."""
    soon = Survey.objects.open().filter(ends_on__lte=_day(at + REMINDED_BEFORE), reminded_at=None)
    rows = soon.select_for_update(of=("self",), skip_locked=True).select_related("estate__region")
    found = list(rows.order_by("pk")[:500])
    Survey.objects.filter(pk__in=[survey.pk for survey in found]).update(reminded_at=at)
    return found


@contextmanager
def kept(survey: Survey, *, by: User, expects: str) -> Iterator[Survey]:
    """The survey, locked, once it is sure that `by` runs it and that it stands where it is expected."""
    with transaction.atomic(), acting_as(by.pk):
        rows = Survey.objects.select_for_update(of=("self",)).select_related("estate__region", "deliberation")
        locked = rows.for_user(by).filter(pk=survey.pk).first()
        if locked is None:
            raise NotFound()
        with telling(lambda: allowed(survey, by=by)):
            if not keeps(locked, by=by):
                raise NotAllowed(code="not_yours_to_do")
            if locked.state != expects:
                message = _("The survey is “%(state)s” by now.") % {"state": locked.get_state_display()}
                raise Conflict(message, code="not_possible_now")
            yield locked


# What whoever runs a survey may do with it, in the words of the API's actions.
STEPS: dict[str, tuple[str, ...]] = {
    SurveyState.DRAFT: ("ask", "open_up"),
    SurveyState.OPEN: ("record", "take_back", "move_end", "close"),
    SurveyState.CLOSED: (),
}


def allowed(survey: Survey, *, by: User) -> Sequence[str]:
    """The steps that `by` may take with it as it stands."""
    standing = Survey.objects.editable_by(by, WRITE).filter(pk=survey.pk).values_list("state", flat=True).first()
    return STEPS[standing] if standing else ()


def keeps(survey: Survey, *, by: User) -> bool:
    """Whether `by` runs it, and knocks at its doors: staff who look after the estate's region."""
    return Survey.objects.editable_by(by, WRITE).filter(pk=survey.pk).exists()


@dataclass(frozen=True)
class Progress:
    """Of so many households, how many answered, refused, were out, and were not called at yet."""

    households: int
    answered: int
    refused: int
    not_reached: int

    @property
    def to_visit(self) -> int:
        return self.households - self.answered - self.refused - self.not_reached

    @property
    def percent(self) -> int:
        return round(self.answered * 100 / self.households) if self.households else 0


def progress(survey: Survey) -> Progress:
    return Progress(**homes(survey).aggregate(**_counts()))


def buildings(survey: Survey) -> list[tuple[str, Progress]]:
    """The progress of each building, in the order of the list."""
    rows = homes(survey).order_by().values("building").annotate(**_counts())
    counted = rows.values_list("building", "households", *VisitOutcome.values)
    told = [(building, Progress(*counts)) for building, *counts in counted]
    return sorted(told, key=lambda each: _natural(each[0]))


def doors(survey: Survey, building: str) -> list[Household]:
    """The households of a building, each with `went`: how it went there, or None."""
    return sorted(homes(survey).filter(building=building), key=lambda home: _natural(home.label))


def next_door(survey: Survey, after: Household) -> Household | None:
    """The next household of the building that nobody has called at, round the building once."""
    there = doors(survey, after.building)
    place = next((number for number, home in enumerate(there) if home.pk == after.pk), 0)
    return next((home for home in (*there[place + 1 :], *there[:place]) if home.went is None), None)


def homes(survey: Survey) -> HouseholdQuerySet:
    return Household.objects.filter(estate=survey.estate_id).with_visits(SurveyVisit.objects.filter(survey=survey))


def _counts() -> dict[str, Any]:
    counted = {outcome: Count("pk", filter=Q(went=outcome)) for outcome in VisitOutcome.values}
    return {"households": Count("pk"), **counted}


def _natural(text: str) -> list[tuple[int, str]]:
    """10栋 after 9栋."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in NUMBERS.split(text) if part]


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def _say(
    survey: Survey, *, by: User, title: str, text: str, deliberation: Deliberation | None, ends_on: date | None,
    at: datetime,
) -> None:  # fmt: skip
    if ends_on is not None and ends_on < _day(at):
        refuse("ends_on", _("This day has passed already."))
    survey.title = clean_text(title, max_length=80)
    survey.text = clean_text(text, max_length=MAX_TEXT, multiline=True)
    survey.deliberation, survey.ends_on = deliberation, ends_on
    if deliberation is not None:
        _refuse_unfit(survey, by=by)
    save(survey)


def _refuse_unfit(survey: Survey, *, by: User) -> None:
    """It takes the vote of an open deliberation of the same estate, which one runs."""
    asked, fit = survey.deliberation, Deliberation.objects.editable_by(by, WRITE).filter(state__in=TAKES_TOPICS)
    if not fit.filter(pk=asked.pk, estate=survey.estate_id, is_confidential=False).exists():
        refuse("deliberation", _("Choose a deliberation of this estate that you run and that is not resolved yet."))


def _votes(visit: SurveyVisit, answers: Mapping[int, Answer]) -> list[Vote]:
    """One vote a question. What has options is answered by one of them, or by an abstention that is said."""
    made, missing = [], {}
    for poll in visit.survey.questions.prefetch_related("options"):
        options, answer = {option.pk: option for option in poll.options.all()}, answers.get(poll.pk)
        if options and (poll.pk not in answers or isinstance(answer, str) or (answer and answer.pk not in options)):
            missing[f"question_{poll.pk}"] = [_("Please choose an answer.")]
            continue
        words = clean_text(answer, max_length=MAX_WORDS) if isinstance(answer, str) and not options else ""
        if not options and not words:
            continue
        made.append(
            Vote(
                poll=poll, option=answer if options else None, words=words, household_id=visit.household_id,
                recorded_by=visit.recorded_by, recorded_at=visit.recorded_at,
            )
        )  # fmt: skip
    if missing:
        raise DomainError("invalid", _("Some questions have no answer yet."), fields=missing)
    return made
