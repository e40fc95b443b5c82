"""派单规则: which rule fits a matter and why, what a rule would have done with past cases, and switching it on.

`reasons` alone says whether a rule fits; the proposal at dispatch and the trial both ask it. The database only leaves
out what cannot fit.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.core.clock import ZONE
from portal.core.errors import Conflict, NotAllowed
from portal.core.history import acting_as
from portal.core.models import Organization, User
from requests.candidates import teams_for, units_for
from requests.models import RoutingRule, ServiceRequest
from requests.models.service_requests import format_number
from stations.models.hours import Weekday
from volunteers.models import VolunteerTeam

DAYS_OFFERED = (30, 90, 180)
# So many of the newest cases are tried, and so many are listed.
MOST_TRIED, MOST_LISTED = 5_000, 100
RULES = RoutingRule.objects.select_related("region", "category", "station", "unit__region", "team__region")


@dataclass(frozen=True)
class Facts:
    """What rules ask of a matter."""

    place: str
    categories: frozenset[int]
    station_id: int | None
    text: str
    at: datetime

    @classmethod
    def of_case(cls, case: ServiceRequest) -> Self:
        category = case.category
        above = (category.pk, category.parent_id, category.top_id) if category else ()
        text = f"{case.title}\n{case.description}"
        return cls(case.region.path, frozenset(filter(None, above)), case.station_id, text, case.submitted_at)


def reasons(rule: RoutingRule, facts: Facts) -> list[str] | None:
    """Why the rule fits, condition by condition; None where it does not."""
    if not facts.place.startswith(rule.region.path):
        return None
    why = []
    if rule.category is not None:
        if rule.category_id not in facts.categories:
            return None
        why.append(_("category %(name)s") % {"name": rule.category.name})
    if rule.station is not None:
        if rule.station_id != facts.station_id:
            return None
        why.append(_("station %(name)s") % {"name": rule.station.name})
    if words := rule.keywords.split():
        said = [word for word in words if word.lower() in facts.text.lower()]
        if not said:
            return None
        why.append(_("the words say %(words)s") % {"words": "、".join(said)})
    if when := in_hours(rule):
        if not _came_in_then(rule, facts.at.astimezone(ZONE)):
            return None
        why.append(_("came in within %(when)s") % {"when": when})
    return why or [_("every matter of %(place)s") % {"place": rule.region}]


def _came_in_then(rule: RoutingRule, at: datetime) -> bool:
    clock, day = at.time(), at.weekday()
    if rule.hour_from is None:
        return not rule.weekdays or day in rule.weekdays
    if rule.hour_from < rule.hour_until:
        is_then = rule.hour_from <= clock < rule.hour_until
    else:
        is_then = clock >= rule.hour_from or clock < rule.hour_until
        # The small hours belong to the evening before.
        if clock < rule.hour_until:
            day = (at - timedelta(days=1)).weekday()
    return is_then and (not rule.weekdays or day in rule.weekdays)


def in_hours(rule: RoutingRule) -> str:
    """When it holds, in words; empty: always."""
    days = "、".join(str(Weekday(day).label) for day in sorted(rule.weekdays))
    hours = f"{rule.hour_from:%H:%M}–{rule.hour_until:%H:%M}" if rule.hour_from else ""
    return " ".join(filter(None, [days, hours]))


def conditions(rule: RoutingRule) -> list[str]:
    """What the rule asks for, in words."""
    asked = [str(rule.region)]
    if rule.category is not None:
        asked.append(rule.category.path)
    if rule.station is not None:
        asked.append(rule.station.name)
    return [*asked, *filter(None, ["、".join(rule.keywords.split()), in_hours(rule)])]


def first_fitting(rules: Iterable[RoutingRule], facts: Facts) -> RoutingRule | None:
    return next((rule for rule in rules if reasons(rule, facts) is not None), None)


@dataclass(frozen=True)
class RuleProposal:
    """To whom the case should go by which rule, and why."""

    rule: RoutingRule
    to: Organization | VolunteerTeam
    reasons: list[str]

    @property
    def value(self) -> str:
        """The receiver as the form of a dispatch names it."""
        return f"unit:{self.to.pk}" if self.rule.unit_id else f"team:{self.to.pk}"


def proposed_for(case: ServiceRequest, user: User) -> RuleProposal | None:
    """What the first rule in force that fits proposes, if the person may give the case to its receiver."""
    facts = Facts.of_case(case)
    in_force = RULES.in_force(timezone.localdate()).over(case.region).first_first()
    fitting = [(rule, why) for rule in in_force if (why := reasons(rule, facts)) is not None]
    if not fitting:
        return None
    asked_units, asked_teams = (
        list(filter(None, [getattr(rule, name) for rule, _why in fitting])) for name in ("unit_id", "team_id")
    )
    units = set(units_for(case, user).filter(pk__in=asked_units).values_list("pk", flat=True))
    teams = set(teams_for(case, user).filter(pk__in=asked_teams).values_list("pk", flat=True))
    for rule, why in fitting:
        # One that has ended, or takes no cases any more, is passed over.
        if rule.unit_id in units or rule.team_id in teams:
            return RuleProposal(rule, rule.to, why)
    return None


@dataclass(frozen=True)
class Caught:
    """A past case that the rule would have caught, and to whom it really went."""

    pk: int
    title: str
    submitted_at: datetime
    reasons: list[str]
    went_to: str
    was_sent: bool
    is_hit: bool

    @property
    def number(self) -> str:
        return format_number(self.pk)


@dataclass(frozen=True)
class Trial:
    """What a rule would have done. `hits` went to the same unit or team anyway; `preceded` another rule takes first."""

    days: int
    looked_at: int
    caught: int
    sent: int
    hits: int
    preceded: int
    cases: list[Caught]

    @property
    def hit_rate(self) -> int | None:
        return round(100 * self.hits / self.sent) if self.sent else None


TRIED = (
    "pk", "title", "description", "submitted_at", "region__path", "category_id", "category__parent_id",
    "category__top_id", "station_id", "current_dispatch__organization_id", "current_dispatch__team_id",
    "current_dispatch__organization__name", "current_dispatch__team__name", "current_dispatch__person__name",
)  # fmt: skip


def trial(rule: RoutingRule, *, user: User, days: int) -> Trial:
    """The rule against the cases of the last days that the person may see, beside the rules that are in force."""
    rows = ServiceRequest.objects.for_user(user).filter(submitted_at__gte=timezone.now() - timedelta(days=days))
    looked_at = list(_may_fit(rule, rows).newest_first().values(*TRIED)[:MOST_TRIED])
    caught, preceded = [], 0
    before = _asked_before(rule)
    for row in looked_at:
        facts = _facts(row)
        why = reasons(rule, facts)
        if why is None:
            continue
        if first_fitting(before, facts) is not None:
            preceded += 1
        else:
            caught.append(_caught(rule, row, why))
    return Trial(
        days=days, looked_at=len(looked_at), caught=len(caught), sent=sum(each.was_sent for each in caught),
        hits=sum(each.is_hit for each in caught), preceded=preceded, cases=caught[:MOST_LISTED],
    )  # fmt: skip


def _asked_before(rule: RoutingRule) -> Sequence[RoutingRule]:
    """The other rules in force that may take a case of the region before this one does."""
    near = Q(region__path__startswith=rule.region.path) | Q(pk__in=RULES.over(rule.region).values("pk"))
    others = RULES.in_force(timezone.localdate()).filter(near).exclude(pk=rule.pk)
    mine = (rule.order, -rule.region.depth, rule.pk)
    return [each for each in others.first_first() if (each.order, -each.region.depth, each.pk) < mine]


def _may_fit(rule: RoutingRule, rows: Any) -> Any:
    """Leaves out what cannot fit; whether the rest does, `reasons` says."""
    rows = rows.at_place(rule.region)
    if rule.category_id:
        under = Q(category=rule.category_id) | Q(category__parent=rule.category_id) | Q(category__top=rule.category_id)
        rows = rows.filter(under)
    if rule.station_id:
        rows = rows.filter(station=rule.station_id)
    words = Q()
    for word in rule.keywords.split():
        words |= Q(title__icontains=word) | Q(description__icontains=word)
    return rows.filter(words)


def _facts(row: dict[str, Any]) -> Facts:
    above = (row["category_id"], row["category__parent_id"], row["category__top_id"])
    text = f"{row['title']}\n{row['description']}"
    return Facts(row["region__path"], frozenset(filter(None, above)), row["station_id"], text, row["submitted_at"])


def _caught(rule: RoutingRule, row: dict[str, Any], why: list[str]) -> Caught:
    unit, team = row["current_dispatch__organization_id"], row["current_dispatch__team_id"]
    names = (row[f"current_dispatch__{each}__name"] for each in ("organization", "team", "person"))
    went_to = next(filter(None, names), "")
    is_hit = (rule.unit_id is not None and rule.unit_id == unit) or (rule.team_id is not None and rule.team_id == team)
    return Caught(row["pk"], row["title"], row["submitted_at"], why, went_to, bool(went_to), is_hit)


@contextmanager
def _changing(rule: RoutingRule, by: User) -> Iterator[RoutingRule]:
    """The rule, locked, for somebody who may write it."""
    with transaction.atomic(), acting_as(by.pk):
        mine = RoutingRule.objects.editable_by(by, "routing:write").filter(pk=rule.pk)
        if not mine.exists():
            raise NotAllowed()
        yield RULES.select_for_update(of=("self",)).get(pk=rule.pk)


def switch_on(rule: RoutingRule, *, by: User, days: int) -> RoutingRule:
    """Have the rule propose from now on. It is tried once more; what came of it stays with the rule."""
    with _changing(rule, by) as locked:
        if locked.valid_until is not None and locked.valid_until < timezone.localdate():
            raise Conflict(_("The rule has ended. Give it a later end first."), code="ended")
        tried = trial(locked, user=by, days=days)
        locked.is_active, locked.tried_at, locked.tried_days = True, timezone.now(), days
        locked.tried_caught, locked.tried_sent, locked.tried_hits = tried.caught, tried.sent, tried.hits
        locked.save()
    return locked


def switch_off(rule: RoutingRule, *, by: User) -> RoutingRule:
    with _changing(rule, by) as locked:
        locked.is_active = False
        locked.save()
    return locked
