"""For a case the best resources, units, teams and volunteers, each with reasons: a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When

from portal.core.geo import distance_expression
from portal.core.models import Organization, User
from portal.core.models.regions import codes_on
from requests.candidates import teams_for, units_for, volunteers_for
from requests.likeness import telling
from requests.matching.need import Need
from requests.matching.ranking import (
    SKILL,
    Fit,
    Reason,
    best,
    by_category,
    by_record,
    by_spare_time,
    by_week,
    by_words,
    common_words,
)
from requests.models import Dispatch, Resource, ServiceRequest
from requests.types import HELD, DispatchOutcome
from volunteers import names
from volunteers.models import Skill, Volunteer, VolunteerSkill, VolunteerTeam
from volunteers.spare_time import SpareTime

TOP = 5
# So many of each kind are looked at: the nearest, and first those that are about the matter.
LOOKED_AT = 30
# Of so many of the last cases of this sort in the street, and no older: who dealt with them.
RECENT, RECENT_SINCE = 100, timedelta(days=180)
HERE, IN_THE_STREET, AROUND = 0, 1, 2
# What reasons and pages read; to fetch a whole row for each candidate takes as long as to find them.
COLUMNS_OF_RESOURCES = (
    "code", "name", "amount", "claimed", "used", "unit", "weekly", "latitude", "longitude", "region__path",
    "organization__name", "organization__short_name", "team__name", "volunteer__person__name",
)  # fmt: skip
COLUMNS_OF_VOLUNTEERS = ("number", "profession", "interests", "person__name", "home_region__path")


@dataclass
class Matches:
    resources: list[Fit] = field(default_factory=list)
    units: list[Fit] = field(default_factory=list)
    teams: list[Fit] = field(default_factory=list)
    volunteers: list[Fit] = field(default_factory=list)


@dataclass
class Records:
    """What each unit, team and person has done of this sort, and has in hand."""

    done: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    held: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))

    def reasons(self, kind: str, pk: int) -> list[Reason]:
        return by_record(done=self.done[kind, pk], held=self.held[kind, pk])


def matches_for(case: ServiceRequest, *, user: User, limit: int = TOP, now: datetime | None = None) -> Matches:
    """`case` with what `Need.RELATED` names; as far as `user` may see and choose."""
    need = Need.of(case, now=now)
    resources = list(_resources(need, user))
    units, teams = list(_units(need, user)), list(_teams(need, user))
    skills = [skill for skill in Skill.objects.filter(is_active=True) if common_words(skill.name, need.text)]
    volunteers = list(_volunteers(need, user, skills))
    names.show_names([row.volunteer for row in resources if row.volunteer_id is not None], user.scope)
    records = _records(need, units, teams, volunteers)
    abilities = _abilities(need, volunteers, skills)
    times = SpareTime(volunteers, since=need.days[0], until=need.days[-1])
    return Matches(
        resources=best((fit for fit in (fit_of_resource(need, row) for row in resources) if fit is not None), limit),
        units=best((_fit_of_unit(need, unit, records) for unit in units), limit),
        teams=best((_fit_of_team(need, team, records) for team in teams), limit),
        volunteers=best(
            (_fit_of_volunteer(need, each, records, times, abilities[each.pk]) for each in volunteers), limit
        ),
    )  # fmt: skip


def fit_of_resource(need: Need, row: Resource) -> Fit | None:
    """None for what has nothing to do with the matter, however near it is."""
    about = by_category(need.exactness(row.fit)) + by_words(row.name, need.text)
    if not about:
        return None
    near = need.nearness(row.region.path, (row.latitude, row.longitude))
    return Fit(row, [*about, *near, *by_week(row.weekly, need.days)])


def _resources(need: Need, user: User) -> QuerySet[Resource]:
    rows = Resource.objects.for_user(user).available().with_givers().only(*COLUMNS_OF_RESOURCES)
    rows = rows.filter(pk__in=_about(need)).annotate(fit=_fit(need), closeness=_closeness(need, "region"))
    return rows.order_by(F("fit").desc(nulls_last=True), "closeness", "-pk")[:LOOKED_AT]  # type: ignore[return-value]


def _about(need: Need) -> set[int]:
    """What reaches the place and has a category of the need or a word in common with it: by two indexes, before
    anything else is asked."""
    reach = _around(need)
    if None not in need.point:
        reach |= Q(radius_m__gte=distance_expression(*need.point))  # type: ignore[arg-type]
    near = Resource.objects.order_by().filter(reach)
    given = near.filter(categories__in=need.chain).values("pk")
    speaking = near.filter(search__shares=telling(need.text)).values("pk")
    # Read at once: how many share a word the planner takes for a tenth of all.
    return set(given.union(speaking).values_list(flat=True))


def _fit(need: Need) -> Subquery:
    """The level of the most particular category of the need that a resource is for; null where none is."""
    given = Resource.categories.through.objects.filter(resource=OuterRef("pk"), category__in=need.chain)
    level = given.order_by().values("resource").annotate(level=Max("category__level")).values("level")
    return Subquery(level, output_field=IntegerField(null=True))


def _units(need: Need, user: User) -> QuerySet[Organization]:
    """Those of the street, and of the regions around it."""
    rows = units_for(need.case, user).filter(_around(need))
    rows = rows.annotate(closeness=_closeness(need, "region")).select_related("region")
    rows = rows.only("name", "short_name", "region__path")
    return rows.order_by("closeness", "pk")[:LOOKED_AT]


def _teams(need: Need, user: User) -> QuerySet[VolunteerTeam]:
    rows = teams_for(need.case, user).filter(_around(need))
    rows = rows.annotate(closeness=_closeness(need, "region")).select_related("region")
    rows = rows.only("name", "slogan", "introduction", "region__path")
    return rows.order_by("closeness", "pk")[:LOOKED_AT]


def _volunteers(need: Need, user: User, skills: Collection[Skill]) -> QuerySet[Volunteer]:
    rows = names.with_names(volunteers_for(need.case, user), user.scope)
    rows = rows.filter(home_region__path__startswith=need.street)
    rows = rows.annotate(is_able=_is_able(need, skills), closeness=_closeness(need, "home_region"))
    rows = rows.select_related(None).select_related("person", "home_region").only(*COLUMNS_OF_VOLUNTEERS)
    return rows.order_by("-is_able", "closeness", "pk")[:LOOKED_AT]  # type: ignore[return-value]


def _is_able(need: Need, skills: Collection[Skill]) -> Exists | Case:
    if not skills:
        # Not a plain False: ORDER BY takes no constant.
        return Case(When(pk__isnull=True, then=True), default=False)
    held = VolunteerSkill.objects.valid_on(need.days[0])
    return Exists(held.filter(volunteer=OuterRef("pk"), skill__in=skills))


def _abilities(need: Need, volunteers: Collection[Volunteer], skills: Collection[Skill]) -> dict[int, list[str]]:
    """Of each the skills that the case asks for."""
    found: dict[int, list[str]] = defaultdict(list)
    if skills:
        held = VolunteerSkill.objects.valid_on(need.days[0]).filter(volunteer__in=volunteers, skill__in=skills)
        for volunteer, skill in held.order_by("pk").values_list("volunteer", "skill__name"):
            found[volunteer].append(skill)
    return found


def _around(need: Need) -> Q:
    """What belongs to the street, with all that is in it, or to a region that it lies in."""
    return Q(region__path__startswith=need.street) | Q(region__code__in=codes_on(need.path))


def _closeness(need: Need, column: str) -> Case:
    here = [When(**{f"{column}__path__startswith": need.community}, then=Value(HERE))] if need.community else []
    street = When(**{f"{column}__path__startswith": need.street}, then=Value(IN_THE_STREET))
    return Case(*here, street, default=Value(AROUND), output_field=IntegerField())


def _records(
    need: Need, units: Collection[Organization], teams: Collection[VolunteerTeam], people: Collection[Volunteer]
) -> Records:
    """Two queries for all of them."""
    found, case = Records(), need.case
    if case.category is not None:
        same = Q(category__parent=case.category.parent_id) if case.category.parent_id else Q(category=case.category)
        recent = ServiceRequest.objects.filter(
            same, street=case.street_id, submitted_at__gte=need.now - RECENT_SINCE
        ).order_by("-submitted_at", "-id")  # fmt: skip
        done = Dispatch.objects.filter(request__in=recent.values("pk")[:RECENT], outcome=DispatchOutcome.DONE)
        _count(done, found.done)
    theirs = Q(organization__in=[each.pk for each in units]) | Q(team__in=[each.pk for each in teams])
    theirs |= Q(person__in=[each.person_id for each in people])
    _count(Dispatch.objects.filter(theirs, outcome__in=HELD), found.held)
    return found


def _count(rows: QuerySet[Dispatch], into: dict[tuple[str, int], int]) -> None:
    counted = rows.order_by().values_list("organization", "team", "person").annotate(count=Count("pk"))
    for organization, team, person, count in counted:
        kind, pk = next((kind, pk) for kind, pk in zip("utp", (organization, team, person), strict=True) if pk)
        into[kind, pk] += count


def _fit_of_unit(need: Need, unit: Organization, records: Records) -> Fit:
    return Fit(
        unit, [*by_words(unit.name, need.text), *need.nearness(unit.region.path), *records.reasons("u", unit.pk)]
    )


def _fit_of_team(need: Need, team: VolunteerTeam, records: Records) -> Fit:
    about = by_words(f"{team.name} {team.slogan} {team.introduction[:200]}", need.text)
    return Fit(team, [*about, *need.nearness(team.region.path), *records.reasons("t", team.pk)])


def _fit_of_volunteer(
    need: Need, volunteer: Volunteer, records: Records, times: SpareTime, skills: Collection[str]
) -> Fit:
    able = [Reason(skill, SKILL) for skill in skills]
    about = able or by_words(f"{volunteer.profession} {volunteer.interests}", need.text)
    free = (times.free_on(volunteer.pk, day, now=need.now) for day in need.days)
    reasons = [*about, *need.nearness(volunteer.home_region.path), *by_spare_time(next(filter(None, free), []))]
    return Fit(volunteer, reasons + records.reasons("p", volunteer.person_id))
