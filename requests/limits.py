"""Due times of a case: how long each step may take, and by which rule.

`LIMITS` are DOMAIN's ("How this work is measured"), one row a class of matter. A `LimitRule` of the district, or of
the whole portal, comes before them for the cases that it names. `decide` is the one place that says which holds.

To accept a request and to dispatch it count in service hours; the rest as the row says. The limit to accept runs from
submission, the limit to dispatch from acceptance and from each return to the dispatcher; `dispatch_due_at` of a case is
by when its dispatcher has to do the one or the other.
The limit to resolve runs from acceptance, the limit to contact the resident from the first time the case is taken.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from django.core.cache import caches

from portal.core import clock
from portal.core.clock import ZONE, Limit, WorkCalendar
from portal.core.holidays import announced_days
from requests.models import Category, LimitRule, ServiceRequest
from requests.models.limits import AT_HAND
from requests.types import URGENT, LimitStep, LimitUnit, TimeLimit


@dataclass(frozen=True)
class Limits:
    acknowledge: Limit
    dispatch: Limit
    accept: Limit
    contact: Limit
    resolve: Limit


_ORDINARY = {
    "acknowledge": Limit(120, "service_minutes"),
    "dispatch": Limit(120, "service_minutes"),
    "accept": Limit(1, "working_days"),
    "contact": Limit(1, "working_days"),
}
_URGENT = {
    "acknowledge": Limit(30, "service_minutes"),
    "dispatch": Limit(30, "service_minutes"),
    "accept": Limit(30, "minutes"),
    "contact": Limit(2, "hours"),
}

# An emergency does not wait for service hours.
_AT_ANY_HOUR = {"acknowledge": Limit(30, "minutes"), "dispatch": Limit(30, "minutes")}

LIMITS: dict[str, Limits] = {
    TimeLimit.EMERGENCY: Limits(**_URGENT | _AT_ANY_HOUR, resolve=Limit(2, "hours")),
    TimeLimit.UTILITY: Limits(**_URGENT, resolve=Limit(24, "hours")),
    TimeLimit.ENQUIRY: Limits(**_ORDINARY, resolve=Limit(3, "working_days")),
    TimeLimit.GENERAL: Limits(**_ORDINARY, resolve=Limit(7, "days")),
    TimeLimit.COMPLEX: Limits(**_ORDINARY, resolve=Limit(15, "days")),
}

# A resident who is asked has this long to answer; then the clock goes on, and after a second silence the case ends.
REPLY = Limit(5, "days")
# A case that is talked over goes on by itself after this long: nobody waits for a meeting that never comes.
DELIBERATION = Limit(30, "days")
# A resolved case waits this long for the resident's rating; a closed one can be redone this long after it was resolved.
RATING_WINDOW = Limit(15, "days")
CALL_BACK = Limit(2, "working_days")


class Timed(Protocol):
    """What of a case decides about its limits."""

    time_limit: str
    kind: str
    category_id: int | None
    district_id: int


@dataclass(frozen=True)
class Matter:
    """The same of a case that is not there yet."""

    time_limit: str
    kind: str
    category_id: int | None
    district_id: int


@dataclass(frozen=True)
class Rule:
    """A `LimitRule` as it is kept at hand. `categories` is its category with all under it; None: every one."""

    id: int
    step: str
    limit: Limit
    district_id: int | None
    categories: frozenset[int] | None
    category_level: int
    kind: str
    time_limit: str
    starts_on: dt.date
    ends_on: dt.date | None

    def names(self, case: Timed, on: dt.date) -> bool:
        """Whether it speaks of this case. Without a class it leaves urgent matters alone: they are never made to wait
        by a rule that was not meant for them."""
        return (
            self.starts_on <= on
            and (self.ends_on is None or on <= self.ends_on)
            and (case.time_limit not in URGENT if not self.time_limit else case.time_limit == self.time_limit)
            and self.kind in ("", case.kind)
            and self.district_id in (None, case.district_id)
            and (self.categories is None or case.category_id in self.categories)
        )

    @property
    def rank(self) -> tuple[int, bool, bool, bool]:
        """How particular it is: first by category (the deeper one), then by kind, by class, by district."""
        return self.category_level, bool(self.kind), bool(self.time_limit), self.district_id is not None


@dataclass(frozen=True)
class Decided:
    """A limit, and the rule that says so; None: the default of the case's class."""

    limit: Limit
    rule: Rule | None = None


def decide(case: Timed, step: str, at: datetime) -> Decided:
    """The limit of `step` for a clock of `case` that starts at `at`: the most particular rule of that day."""
    rules = _rules().get(step, ())
    if rules:
        on = at.astimezone(ZONE).date()
        # Sorted by rank: the first one that speaks of the case is the most particular one.
        if rule := next((rule for rule in rules if rule.names(case, on)), None):
            return Decided(rule.limit, rule)
    return Decided(getattr(LIMITS[case.time_limit], step))


def in_words(limit: Limit) -> str:
    """“3 working days”."""
    return f"{limit.amount} {LimitUnit(limit.unit).label}"


def limit_of(case: Timed, step: str, at: datetime) -> Limit:
    return decide(case, step, at).limit


def due_for(case: Timed, step: str, at: datetime) -> datetime:
    """When `step` is due at the latest, if its clock starts at `at`."""
    return due(at, limit_of(case, step, at))


Rules = dict[str, tuple[Rule, ...]]
# The rules as this process knows them, under the stamp by which the cache says that they are of this minute: to
# unpickle them for every step of every case would take longer than to look one up.
_held: dict[str, Rules] = {}


def of_round(case: ServiceRequest) -> Limit:
    """The limit by which a case under way is to be resolved."""
    return limit_of(case, LimitStep.RESOLVE, case.round_began)


def known_limits() -> set[Limit]:
    """Every limit to resolve that some case may have."""
    rules = _rules().get(LimitStep.RESOLVE, ())
    return {limits.resolve for limits in LIMITS.values()} | {rule.limit for rule in rules}


def _rules() -> Rules:
    """All rules by their step, the most particular first; read again every minute."""
    rules = _held.get(caches["local"].get(AT_HAND, ""))
    if rules is None:
        ranked = sorted(_read(), key=lambda rule: rule.rank, reverse=True)
        rules = {step: tuple(rule for rule in ranked if rule.step == step) for step in LimitStep.values}
        stamp = uuid4().hex
        _held.clear()
        _held[stamp] = rules
        caches["local"].set(AT_HAND, stamp)
    return rules


def _read() -> Iterable[Rule]:
    rows = list(LimitRule.objects.select_related("category"))
    below: dict[int, set[int]] = {}
    if any(row.category_id for row in rows):
        for pk, parent, top in Category.objects.values_list("pk", "parent", "top"):
            # Three levels: whatever stands above a category is its parent or its top.
            for above in {pk, parent, top} - {None}:
                below.setdefault(above, set()).add(pk)
    for row in rows:
        yield Rule(
            id=row.pk, step=row.step, limit=row.limit, district_id=row.district_id,
            categories=frozenset(below[row.category_id]) if row.category_id else None,
            category_level=row.category.level if row.category else 0,
            kind=row.kind, time_limit=row.time_limit, starts_on=row.starts_on, ends_on=row.ends_on,
        )  # fmt: skip


def calendar() -> WorkCalendar:
    """The official working days with the administrator's later announcements (read again every minute)."""
    kept: WorkCalendar | None = caches["local"].get("work-calendar")
    if kept is None:
        kept = WorkCalendar({date: is_working_day for date, (is_working_day, _reason) in announced_days().items()})
        caches["local"].set("work-calendar", kept)
    return kept


def due(start: datetime, limit: Limit) -> datetime:
    return clock.due_at(start, limit, calendar())


def after_pause(due_at: datetime | None, *, paused_at: datetime, resumed_at: datetime, limit: Limit) -> datetime | None:
    """`due_at` after the clock stood still from `paused_at` to `resumed_at`; what had passed stays passed."""
    # Stopped at the very limit it was in time: what is left of it then is nothing, but nothing has passed.
    if due_at is None or due_at < paused_at:
        return due_at
    return clock.resume(due_at, paused_at, resumed_at, limit, calendar())
