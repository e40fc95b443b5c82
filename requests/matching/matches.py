"""For a case the best resources, units, teams and volunteers, each with reasons: a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, Count, Exists, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When

from portal.core.geo import distance_expression
from portal.core.models import Organization, Region, User
from portal.core.models.regions import codes_on
from requests.candidates import teams_for, units_for, volunteers_for
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
LOOKED_AT = 60
# Of so many of the last cases of this sort in the street, and no older: who dealt with them.
RECENT, RECENT_SINCE = 100, timedelta(days=180)
HERE, IN_THE_STREET, AROUND = 0, 1, 2


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
    times = SpareTime(volunteers, since=need.days[0], until=need.days[-1])
    return Matches(
        resources=best((fit for fit in (fit_of_resource(need, row) for row in resources) if fit is not None), limit),
        units=best((_fit_of_unit(need, unit, records) for unit in units), limit),
        teams=best((_fit_of_team(need, team, records) for team in teams), limit),
        volunteers=best((_fit_of_volunteer(need, each, records, times, skills) for each in volunteers), limit),
    )  # fmt: skip


def fit_of_resource(need: Need, row: Resource) -> Fit | None:
    """None for what has nothing to do with the matter, however near it is."""
    about = by_category(need.exactness(row.fit)) + by_words(row.name, need.text)
    if not about:
        return None
    near = need.nearness(row.region.path, (row.latitude, row.longitude))
    return Fit(row, [*about, *near, *by_week(row.weekly, need.days)])


def _resources(need: Need, user: User) -> QuerySet[Resource]:
    through = Resource.categories.through.objects.filter(resource=OuterRef("pk"), category__in=need.categories)
    # The deepest of the categories that fit is the one that counts: levels grow from 1.
    fit = through.order_by().values("resource").annotate(level=Max("category__level")).values("level")
    rows = Resource.objects.for_user(user).available().with_givers()
    reach = Q(region__in=Region.objects.filter(_around(need)).values("pk"))
    if None not in need.point:
        reach |= Q(radius_m__gte=distance_expression(*need.point))  # type: ignore[arg-type]
    rows = rows.filter(reach).annotate(fit=Subquery(fit), closeness=_closeness(need, "region"))
    # A column of its own: of a case without a category it is one number for all, which ORDER BY would take for a place.
    rows = rows.annotate(unfit=Case(When(fit__isnull=True, then=1), default=0))
    return rows.order_by("unfit", "closeness", "-pk")[:LOOKED_AT]  # type: ignore[return-value]


def _units(need: Need, user: User) -> QuerySet[Organization]:
    """Those of the street, and of the regions around it."""
    rows = units_for(need.case, user).filter(region__in=Region.objects.filter(_around(need)).values("pk"))
    rows = rows.annotate(closeness=_closeness(need, "region")).select_related("region").defer("search", "notes")
    return rows.order_by("closeness", "pk")[:LOOKED_AT]


def _teams(need: Need, user: User) -> QuerySet[VolunteerTeam]:
    rows = teams_for(need.case, user).filter(region__in=Region.objects.filter(_around(need)).values("pk"))
    rows = rows.annotate(closeness=_closeness(need, "region")).select_related("region").defer("search")
    return rows.order_by("closeness", "pk")[:LOOKED_AT]


def _volunteers(need: Need, user: User, skills: Collection[Skill]) -> QuerySet[Volunteer]:
    held = VolunteerSkill.objects.valid_on(need.days[0]).filter(volunteer=OuterRef("pk"), skill__in=skills)
    rows = names.with_names(volunteers_for(need.case, user), user.scope)
    rows = rows.filter(home_region__path__startswith=need.street).select_related("home_region")
    rows = rows.annotate(is_able=Exists(held), closeness=_closeness(need, "home_region"))
    rows = rows.prefetch_related("skills__skill")
    return rows.order_by("-is_able", "closeness", "pk")[:LOOKED_AT]  # type: ignore[return-value]


def _around(need: Need) -> Q:
    """Of regions: the street with all that is in it, and those that it lies in."""
    return Q(path__startswith=need.street) | Q(code__in=codes_on(need.path))


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
    theirs = Q(organization__in=units) | Q(team__in=teams) | Q(person__in=[each.person_id for each in people])
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
    need: Need, volunteer: Volunteer, records: Records, times: SpareTime, skills: Collection[Skill]
) -> Fit:
    wanted = {skill.pk for skill in skills}
    able = [
        Reason(held.skill.name, SKILL)
        for held in volunteer.skills.all() if held.skill_id in wanted and held.counts_on(need.days[0])
    ]  # fmt: skip
    about = able or by_words(f"{volunteer.profession} {volunteer.interests}", need.text)
    free = [span for day in need.days for span in times.free_on(volunteer.pk, day, now=need.now)]
    reasons = [*about, *need.nearness(volunteer.home_region.path), *by_spare_time(free)]
    return Fit(volunteer, reasons + records.reasons("p", volunteer.person_id))
