"""预警、催办、督办: the clock watches over open cases, and presses those who have to act.

Little time left: whoever has the case is told, once a clock. Passed: a reminder (催办), once a due time. Late by half
of the limit, and for every half more, after three redos, after three transfers: supervision (督办) by the community,
the street, the district, one after the other. What is due follows from the case as it stands, so that it does not
matter how often the clock comes by, or how long it has not.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.core import clock
from portal.core.clock import Limit
from portal.core.errors import Conflict
from requests import limits
from requests.models import ServiceRequest
from requests.models.service_requests import TIMES, TO_AND_FRO
from requests.types import WATCHED_STATES, Actor, Supervision, Verb
from requests.workflow.actors import CLOCK, By
from requests.workflow.step import step

# The last fifth of a limit.
WARN_SHARE = 5
BATCH = 1000

Hook = Callable[[Sequence[ServiceRequest]], None]
_after_warning: list[Hook] = []


def after_warning(hook: Hook) -> Hook:
    """Have `hook(cases)` run, in the transaction that notes it, when little time is left for these cases."""
    _after_warning.append(hook)
    return hook


def remind(
    case: ServiceRequest, *, by: By, text: str = "", version: int | None = None, at: datetime | None = None
) -> ServiceRequest:
    """催办: press whoever has the case. The clock does so once when it is overdue, people whenever they see reason."""
    with step(case, Verb.REMIND, by=by, version=version, text=text, at=at) as now:
        if now.actor == Actor.JOB and not _is_to_be_reminded(now.case, now.at):
            raise Conflict(code="not_due")
        now.is_public = False
        now.data["overdue"] = now.case.due_at is not None and now.case.due_at < now.at
        now.set(reminded_at=now.at)
    return case


def supervise(case: ServiceRequest, *, by: By = CLOCK, at: datetime | None = None) -> ServiceRequest:
    """督办: raise supervision by one level. It stays with the case until that is over."""
    with step(case, Verb.SUPERVISE, by=by, at=at) as now:
        level = now.case.supervision_level + 1
        if level > supervision_due(now.case, now.at):
            raise Conflict(code="not_due")
        now.is_public = False
        now.data.update(level=level, **_own_reason(now.case, now.at))
        now.set(supervision_level=level)
    return case


def supervision_due(case: ServiceRequest, at: datetime) -> int:
    """The level that a case has come to: one for each half of its limit that it has been late in all its rounds, one
    for three redos, one for three transfers."""
    return min(sum(_reasons(case, at).values()), max(Supervision.values))


def _reasons(case: ServiceRequest, at: datetime) -> dict[str, int]:
    """How many levels each reason has brought the case to."""
    half = limits.of_round(case).length / 2
    return {
        "halves": lateness(case, at) // half,
        "redos": case.redo_count // TIMES,
        "transfers": case.transfer_count // TIMES,
    }


def _own_reason(case: ServiceRequest, at: datetime) -> dict[str, int]:
    """What brings the case to this level and to none before: so many halves of its limit late, redos or transfers."""
    earlier = case.events.filter(verb=Verb.SUPERVISE).order_by("id").values_list("data", flat=True)
    told = Counter(map(_reason_told, earlier))
    # There are more reasons than levels that were told, so that one of them is still to be told.
    name = next(name for name, count in _reasons(case, at).items() if count > told[name])
    number = told[name] + 1
    return {name: number if name == "halves" else number * TIMES}


def _reason_told(data: dict[str, Any]) -> str:
    """Events of earlier versions name everything that was so at that time; the first of it brought the level."""
    if data.get("halves") or data.get("late"):
        return "halves"
    return "redos" if data.get("redos", 0) >= TIMES else "transfers"


def lateness(case: ServiceRequest, at: datetime) -> timedelta:
    """How long the case has been open and past due, on the clock of its limit."""
    limit, calendar = limits.of_round(case), limits.calendar()
    spans = list(case.late_during or ())
    if case.late_since is not None and case.late_since < at:
        spans.append((case.late_since, at))
    return sum((clock.elapsed(since, until, limit, calendar) for since, until in spans), timedelta())


def _is_to_be_reminded(case: ServiceRequest, at: datetime) -> bool:
    """Not since it is overdue: with more time, or a new round, it may become so again."""
    return case.due_at < at and (case.reminded_at is None or case.reminded_at <= case.due_at)


# The job


@dataclass
class _Moment:
    """What one look at all open cases goes by."""

    at: datetime
    # By limit: until when a case has to be due for little time to be left, and for half of the limit to have passed.
    _warn: dict[Limit, datetime] = field(default_factory=dict)
    _half: dict[Limit, datetime] = field(default_factory=dict)

    def little_left_until(self, limit: Limit) -> datetime:
        if limit not in self._warn:
            self._warn[limit] = clock.shift(self.at, limit.length / WARN_SHARE, limit, limits.calendar())
        return self._warn[limit]

    def half_over_at(self, limit: Limit) -> datetime:
        if limit not in self._half:
            self._half[limit] = clock.shift(self.at, -limit.length / 2, limit, limits.calendar())
        return self._half[limit]

    def is_to_be_warned(self, case: ServiceRequest) -> bool:
        return case.warned_at is None and self.at < case.due_at <= self.little_left_until(limits.of_round(case))

    def may_be_supervised(self, case: ServiceRequest) -> bool:
        """Whether it is worth to reckon exactly: few cases are."""
        if case.supervision_level >= max(Supervision.values):
            return False
        to_and_fro = case.redo_count >= TIMES or case.transfer_count >= TIMES
        return bool(to_and_fro or case.late_during) or case.due_at <= self.half_over_at(limits.of_round(case))


def watch(*, at: datetime | None = None, batch: int = BATCH) -> dict[str, int]:
    """Look over all open cases once, and do what is due; returns how many of each. Reads `batch` cases at a time."""
    now = _Moment(at or timezone.now())
    done = {"warned": 0, "reminded": 0, "supervised": 0}
    for cases in _batches(now, batch):
        done["warned"] += _warn([case.pk for case in cases if now.is_to_be_warned(case)], now.at)
        for case in cases:
            if _is_to_be_reminded(case, now.at):
                done["reminded"] += _try(remind, case, now.at)
            # After an outage several levels may be due: each is told to its own leaders.
            while now.may_be_supervised(case) and case.supervision_level < supervision_due(case, now.at):
                if not _try(supervise, case, now.at):
                    break
                done["supervised"] += 1
    return done


def _try(verb: Callable[..., ServiceRequest], case: ServiceRequest, at: datetime) -> bool:
    try:
        with transaction.atomic():
            verb(case, by=CLOCK, at=at)
    except Conflict:
        # Somebody acted in between; what they did stands.
        return False
    return True


def _warn(pks: list[int], at: datetime) -> int:
    """Tell whoever has these cases. It is no step of a case: nobody's open page becomes stale by it."""
    if not pks:
        return 0
    with transaction.atomic():
        # Rows that somebody holds wait for the next run.
        free = ServiceRequest.objects.select_for_update(skip_locked=True, of=("self",))
        still = free.filter(pk__in=pks, warned_at=None, state__in=WATCHED_STATES)
        cases = list(still.select_related("handling_region", "current_dispatch").defer("search", "description"))
        ServiceRequest.objects.filter(pk__in=[case.pk for case in cases]).update(warned_at=at)
        for hook in _after_warning:
            hook(cases)
    return len(cases)


# What decides about a case.
_COLUMNS = (
    "state", "kind", "category_id", "district_id", "time_limit", "accepted_at", "reopened_at", "due_at",
    "waiting_since", "late_during", "warned_at", "reminded_at", "supervision_level", "redo_count",
    "transfer_count", "version",
)  # fmt: skip


def _batches(now: _Moment, size: int) -> Iterator[list[ServiceRequest]]:
    """Open cases for which anything may be due: district by district in the order in which they are due, as the index
    has them, and then those that have gone to and fro."""
    watched = ServiceRequest.objects.filter(state__in=WATCHED_STATES).only(*_COLUMNS)
    horizon = max(now.little_left_until(limit) for limit in limits.known_limits())
    for district in ServiceRequest.objects.open().order_by().values_list("district", flat=True).distinct():
        rows = watched.filter(district=district, due_at__lte=horizon).order_by("due_at", "id")
        yield from _pages(rows, size, lambda last: Q(due_at__gte=last.due_at) & _after(last))
    rows = watched.filter(TO_AND_FRO, due_at__gt=horizon).order_by("id")
    yield from _pages(rows, size, lambda last: Q(id__gt=last.pk))


def _after(last: ServiceRequest) -> Q:
    return Q(due_at__gt=last.due_at) | Q(id__gt=last.pk)


def _pages(rows, size: int, after: Callable[[ServiceRequest], Q]) -> Iterator[list[ServiceRequest]]:
    page = list(rows[:size])
    while page:
        last = page[-1]
        # Taken before the steps: these do not move what the pages are ordered by, yet bring cases up to date.
        beyond = after(last)
        yield page
        page = list(rows.filter(beyond)[:size]) if len(page) == size else []
