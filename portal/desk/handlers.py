"""Who can be given a case: units and teams that take requests, staff and volunteers with an account, nearest first."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core import chinese
from portal.core.models import Membership, Person, Region, User
from portal.core.permissions import Role
from requests.candidates import teams_for, units_for, volunteers_for
from requests.models import Absence, Dispatch, ServiceRequest
from requests.routing import RuleProposal
from requests.types import HELD

MOST_UNITS = 30
MOST_TEAMS = 8
MOST_STAFF = 12
MOST_VOLUNTEERS = 8
# Auditors and leaders handle no cases; a unit's contact is reached through the unit.
HANDLING_ROLES = [Role.DISTRICT, Role.STREET, Role.COMMUNITY, Role.STATION_KEEPER]


@dataclass(frozen=True)
class Handler:
    """One choice: `value` is what the form sends."""

    value: str
    name: str
    detail: str
    # Until when somebody is not there, and who stands in: nothing can be dispatched to them.
    away: str = ""

    @property
    def is_unit(self) -> bool:
        return self.value.startswith("unit:")


def handlers_for(case: ServiceRequest, user: User, q: str = "") -> list[Handler]:
    """The choices of a dispatch, at most a few dozen, those who are away last; `q` narrows them by name."""
    people = [*_staff(case, user, q), *_volunteers(case, user, q)]
    there, away = [each for each in people if not each.away], [each for each in people if each.away]
    return [*_units(case, user, q), *_teams(case, user, q), *there, *away]


def with_receiver(handlers: list[Handler], proposal: RuleProposal) -> list[Handler]:
    """The choices with the one that a rule proposes in front, be it among the nearest or not."""
    found = next((each for each in handlers if each.value == proposal.value), None)
    first = found or Handler(proposal.value, str(proposal.to), str(proposal.to.region))
    return [first, *(each for each in handlers if each.value != proposal.value)]


def _units(case: ServiceRequest, user: User, q: str) -> list[Handler]:
    units = units_for(case, user)
    if q:
        units = chinese.search(units, q, "search", ["name", "short_name", "address"])
    units = list(
        units.select_related("region").annotate(near=_near(case, "region")).order_by("near", "name")[:MOST_UNITS]
    )
    held = Dispatch.objects.filter(organization__in=[unit.pk for unit in units], outcome__in=HELD)
    open_cases = dict(held.values_list("organization").annotate(count=Count("pk")).order_by())
    return [Handler(f"unit:{unit.pk}", str(unit), _detail(unit.region, open_cases.get(unit.pk, 0))) for unit in units]


def _teams(case: ServiceRequest, user: User, q: str) -> list[Handler]:
    teams = teams_for(case, user)
    if q:
        teams = chinese.search(teams, q, "search", ["name", "slogan"])
    teams = list(
        teams.select_related("region").annotate(near=_near(case, "region")).order_by("near", "name")[:MOST_TEAMS]
    )
    held = Dispatch.objects.filter(team__in=[team.pk for team in teams], outcome__in=HELD)
    open_cases = dict(held.values_list("team").annotate(count=Count("pk")).order_by())
    return [Handler(f"team:{team.pk}", str(team), _detail(team.region, open_cases.get(team.pk, 0))) for team in teams]


def _volunteers(case: ServiceRequest, user: User, q: str) -> list[Handler]:
    rows = volunteers_for(case, user).select_related("home_region")
    if q:
        rows = rows.filter(Q(person__name__icontains=q) | Q(number=q))
    rows = list(rows.annotate(near=_near(case, "home_region")).order_by("near", "person__name")[:MOST_VOLUNTEERS])
    away = _away([row.person_id for row in rows])
    held = Dispatch.objects.filter(person__in=[row.person_id for row in rows], outcome__in=HELD)
    open_cases = dict(held.values_list("person").annotate(count=Count("pk")).order_by())
    return [
        Handler(
            f"volunteer:{row.pk}", row.person.name,
            f"{_('volunteer')} · {_detail(row.home_region, open_cases.get(row.person_id, 0))}",
            away.get(row.person_id, ""),
        )
        for row in rows
    ]  # fmt: skip


def _staff(case: ServiceRequest, user: User, q: str) -> list[Handler]:
    posts = (
        Membership.objects.for_user(user)
        .filter(is_active=True, user__is_active=True, role__in=HANDLING_ROLES)
        .select_related("user__person", "region", "station__region")
        .annotate(near=_near(case, "region"))
    )
    if q:
        posts = posts.filter(user__person__name__icontains=q)
    posts = list(posts.order_by("near", "user__person__name")[:MOST_STAFF])
    people = {post.user.person_id: post for post in reversed(posts)}
    away = _away(people)
    held = Dispatch.objects.filter(person__in=list(people), outcome__in=HELD)
    open_cases = dict(held.values_list("person").annotate(count=Count("pk")).order_by())
    return [
        Handler(
            f"person:{pk}",
            post.user.get_full_name(),
            f"{post.get_role_display()} · {_detail(post.place, open_cases.get(pk, 0))}",
            away.get(pk, ""),
        )
        for pk, post in reversed(people.items())
    ]


def _away(people: Collection[int]) -> dict[int, str]:
    """Of each of them who is away today, until when, and who stands in."""
    rows = Absence.objects.on(timezone.localdate()).filter(person__in=people).select_related("deputy")
    return {
        row.person_id: _("away until %(day)s, %(deputy)s stands in")
        % {"day": date_format(row.ends_on, "MONTH_DAY_FORMAT"), "deputy": row.deputy}
        for row in rows
    }


def _near(case: ServiceRequest, field: str) -> Case:
    """0 for the community of the matter, 1 for its street itself, 2 within the street, 3 elsewhere."""
    steps = [When(**{field: case.community_id}, then=Value(0))] if case.community_id else []
    if case.street is not None:
        steps.append(When(**{field: case.street_id}, then=Value(1)))
        steps.append(When(Q(**{f"{field}__path__startswith": case.street.path}), then=Value(2)))
    return Case(*steps, default=Value(3), output_field=IntegerField())


def _detail(place: Region | Person | None, count: int) -> str:
    cases = ngettext("%(count)d open case", "%(count)d open cases", count) % {"count": count}
    return f"{place} · {cases}" if place else cases
