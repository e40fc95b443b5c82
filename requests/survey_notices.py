"""Whom surveys, appraisals and vettings of candidates concern, and how they are told.

No notice carries the words of a survey, the grounds of a score or anything of a candidate's: it names the estate.
"""

from collections.abc import Collection, Iterable

from django.db import models, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.core.models import Membership, Person, Region, User
from portal.core.models.regions import codes_on
from portal.core.notifications.kinds import Channel, Group, Kind, Text, register, register_group
from portal.core.notifications.outbox import notify
from portal.core.notifications.recipients import contacts_of
from portal.core.permissions import CAPABILITIES, Role
from requests import appraisals, elections, surveys
from requests.deliberation_types import AppraisalVerb, ElectionVerb, SurveyVerb, Verdict
from requests.models import Appraisal, Candidate, Election, Survey
from requests.models.deliberations import READ, WRITE
from requests.survey_steps import Done, after_verb

SURVEYS = register_group(
    Group(
        "surveys", gettext_lazy("Household surveys, appraisals and candidates that concern me"),
        roles=frozenset(CAPABILITIES[READ]),
    )
)  # fmt: skip
ESTATE = {"estate": "龙井小区"}
SURVEY = {"number": "MD000012", **ESTATE}
ELECTION = {"election": "龙井小区 第三届业委会"}


def _kind(name: str, label: str, subject: str, body: str, sample: dict[str, str]) -> Kind:
    text = Text(subject=subject, body=body)
    return register(
        Kind(
            name=name, label=label, group=SURVEYS.name, texts={Channel.DESK: text, Channel.EMAIL: text}, sample=sample
        )
    )  # fmt: skip


OPENED = _kind(
    "survey_opened",
    gettext_lazy("A household survey opens where I go from door to door"),
    gettext_lazy("{estate}: household survey {number} is open"),
    gettext_lazy("There are {households} households to call at. Sign in to the portal to see them by building."),
    {**SURVEY, "households": "504"},
)
ENDS_SOON = _kind(
    "survey_ends_soon",
    gettext_lazy("A household survey ends soon where I go from door to door"),
    gettext_lazy("{estate}: household survey {number} is to be done by {until}"),
    gettext_lazy("{left} households were not called at or were out. Sign in to the portal to see them by building."),
    {**SURVEY, "until": "2026-03-31", "left": "87"},
)
END_MOVED = _kind(
    "survey_end_moved",
    gettext_lazy("A household survey where I go from door to door is to be done by another day"),
    gettext_lazy("{estate}: household survey {number} is to be done by {until} now"),
    gettext_lazy("{left} households have not answered. Sign in to the portal to see them by building."),
    {**SURVEY, "until": "2026-03-31", "left": "87"},
)
CLOSED = _kind(
    "survey_closed",
    gettext_lazy("A household survey that I drafted, or that takes the vote of a deliberation of mine, is closed"),
    gettext_lazy("{estate}: household survey {number} is closed"),
    gettext_lazy("{answered} of {households} households have answered. Sign in to the portal to read the results."),
    {**SURVEY, "answered": "402", "households": "504"},
)
PUBLISHED = _kind(
    "appraisal_published",
    gettext_lazy("The appraisal of my unit is published"),
    gettext_lazy("{estate}: the appraisal of {year} is published"),
    gettext_lazy("It came to {points} of 100 points. Sign in to the portal to read what it is made of."),
    {**ESTATE, "year": "2026", "points": "82.00"},
)
TO_DECIDE = _kind(
    "candidate_to_decide",
    gettext_lazy("A candidate for an owners' committee waits for my decision"),
    gettext_lazy("{election}: a candidate waits for your decision"),
    gettext_lazy("All criteria have been checked. Who entered the candidate does not decide. Sign in to the portal."),
    ELECTION,
)
DECIDED = _kind(
    "candidate_decided",
    gettext_lazy("It is decided about a candidate whom I entered"),
    gettext_lazy("{election}: it has been decided about a candidate whom you entered"),
    gettext_lazy("Sign in to the portal to read the decision and its reasons."),
    ELECTION,
)
VETTED = _kind(
    "candidates_vetted",
    gettext_lazy("All candidates of an owners' committee are decided on"),
    gettext_lazy("{election}: all candidates are decided on"),
    gettext_lazy("{suitable} are suitable, {unsuitable} are not. The names of those suitable can be published."),
    {**ELECTION, "suitable": "7", "unsuitable": "2"},
)


@after_verb
def tell(done: Done) -> None:
    """Tell whom a verb concerns."""
    row = done.row
    if isinstance(row, Survey):
        if done.verb == SurveyVerb.OPEN_UP:
            _tell_opened(row, done.by)
        elif done.verb == SurveyVerb.MOVE_END:
            _tell_end_moved(row, done.by)
        elif done.verb == SurveyVerb.CLOSE:
            _tell_closed(row, done.by)
    elif isinstance(row, Appraisal):
        if done.verb == AppraisalVerb.PUBLISH:
            _tell_published(row)
    elif isinstance(row, Election):
        _tell_vetted(row, done.by)
    elif done.verb == ElectionVerb.CHECK:
        _tell_checked(row, done.by)
    elif done.verb == ElectionVerb.DECIDE:
        _tell_decided(row, done.by)


@transaction.atomic
def remind_of_surveys() -> int:
    """Tell those who go from door to door that a survey ends soon, once each; returns how many surveys."""
    soon = surveys.to_remind(timezone.now())
    for survey in soon:
        told = surveys.progress(survey)
        words = {**_of(survey), "until": str(survey.ends_on), "left": told.to_visit + told.not_reached}
        _tell(ENDS_SOON, nearest(survey.estate.region, roles=CAPABILITIES[WRITE]), words, about=survey)
    return len(soon)


def nearest(region: Region, *, roles: Collection[str], but: Collection[int] = ()) -> list[User]:
    """Accounts that hold one of the roles for the region or, where nobody does, for the nearest one above it. `but` are
    the accounts that do not count."""
    posts = Membership.objects.filter(
        role__in=roles, is_active=True, user__is_active=True, region__code__in=codes_on(region.path)
    )
    found = list(posts.exclude(user__in=but).select_related("user", "region").order_by("-region__depth", "pk"))
    return list({each.user_id: each.user for each in found if each.region == found[0].region}.values())


def _tell_opened(survey: Survey, by: User) -> None:
    words = {**_of(survey), "households": surveys.progress(survey).households}
    _tell(OPENED, nearest(survey.estate.region, roles=CAPABILITIES[WRITE]), words, about=survey, by=by)


def _tell_end_moved(survey: Survey, by: User) -> None:
    """Households have no account: whoever rings tells those who have not answered, and learns how many they are."""
    told = surveys.progress(survey)
    words = {**_of(survey), "until": str(survey.ends_on), "left": told.households - told.answered}
    people, once = nearest(survey.estate.region, roles=CAPABILITIES[WRITE]), timezone.now().isoformat()
    _tell(END_MOVED, people, words, about=survey, by=by, once=once)


def _tell_closed(survey: Survey, by: User) -> None:
    told = surveys.progress(survey)
    words = {**_of(survey), "answered": told.answered, "households": told.households}
    chair = None if survey.deliberation is None else survey.deliberation.chair_id
    people = Person.objects.filter(Q(pk=survey.created_by.person_id) | Q(pk=chair), user__is_active=True)
    _tell(CLOSED, people, words, about=survey, by=by)


def _tell_published(row: Appraisal) -> None:
    words = {"estate": row.estate, "year": row.year, "points": appraisals.result(row).total}
    _tell(PUBLISHED, contacts_of(row.organization_id), words, about=row)


def _tell_checked(candidate: Candidate, by: User) -> None:
    """The last criterion is checked: somebody decides who neither entered the candidate nor has just checked."""
    if elections.unchecked(candidate.checks.values_list("criterion", flat=True)):
        return
    region = candidate.election.estate.region
    people = nearest(region, roles=CAPABILITIES[elections.DECIDE], but={candidate.entered_by_id, by.pk})
    _tell(TO_DECIDE, people, {"election": candidate.election}, about=candidate)


def _tell_decided(candidate: Candidate, by: User) -> None:
    _tell(DECIDED, [candidate.entered_by], {"election": candidate.election}, about=candidate, by=by)
    _tell_vetted(candidate.election, by)


def _tell_vetted(election: Election, by: User) -> None:
    """Once nobody is left to decide about: the last one was decided on, or struck off the list."""
    verdicts = dict(election.candidates.order_by().values_list("verdict").annotate(Count("pk")))
    if not verdicts or "" in verdicts:
        return
    words = {
        "election": election, "suitable": verdicts.get(Verdict.SUITABLE, 0),
        "unsuitable": verdicts.get(Verdict.UNSUITABLE, 0),
    }  # fmt: skip
    people = nearest(election.estate.region, roles={Role.LEADER})
    # More may be entered afterwards, and decided on in their turn.
    _tell(VETTED, people, words, about=election, by=by, once=sum(verdicts.values()))


def _of(survey: Survey) -> dict[str, object]:
    return {"number": survey.number, "estate": survey.estate}


def _tell(
    kind: Kind, people: Iterable[User | Person], words: dict[str, object], *, about: models.Model,
    by: User | None = None, once: int | str = 0,
) -> None:  # fmt: skip
    """Who took the step knows of it."""
    told = [each for each in people if by is None or _person_id(each) != by.person_id]
    if told:
        notify(
            kind=kind.name, to=told, context=words, dedupe_key=f"{kind.name}:{about.pk}:{once}",
            about=f"{about._meta.db_table}/{about.pk}",
            link=reverse(f"requests:{about._meta.model_name}_detail", args=[about.pk]),
        )  # fmt: skip


def _person_id(each: User | Person) -> int:
    return each.person_id if isinstance(each, User) else each.pk
