"""Every figure in one table: what it counts, by which date, in which unit, and the condition that says so.

The condition of a count serves the report and the rows behind it alike, so that the two cannot differ. A rate names
the counts above and below its line; it is published gross and net of approved exclusions (剔除), which are equal until
there are exclusions. Nothing divided by nothing is not applicable.

Rejected cases are in no count but their own. Withdrawn ones are counted as received, accepted, dispatched, finished
and withdrawn, for that work was done; in what is judged (every rate, above and below the line) they do not appear.
Limits count in the period that they fall in, once it is known whether they were kept: when the work was done, or when
the limit has passed without. What is open and due later this month is in no figure today; nor is a limit whose clock
stands still while the case waits for the resident.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.core.scope import NOTHING
from portal.reports.periods import Period
from portal.reports.sources import CASES, JUDGED_DEPARTMENTS, OFFERS, RATINGS, REDOS, WHISTLES, Source
from requests.types import GONE_STATES, OPEN_STATES, POSITIVE_RATINGS, DispatchOutcome, ExcludedRate, State


class Unit(models.TextChoices):
    CASES = "cases", pgettext_lazy("unit", "cases")  # 件
    TIMES = "times", pgettext_lazy("unit", "times")  # 次
    STATIONS = "stations", pgettext_lazy("unit", "stations")  # 个
    SHIFTS = "shifts", pgettext_lazy("unit", "shifts")  # 班
    PERSON_TIMES = "person_times", pgettext_lazy("unit", "people")  # 人次
    MINUTES = "minutes", pgettext_lazy("unit", "minutes")  # 分钟
    PROJECTS = "projects", pgettext_lazy("unit", "projects")  # 个
    HOUSEHOLDS = "households", pgettext_lazy("unit", "households")  # 户


@dataclass(frozen=True)
class Span:
    """A period as figures need it, seen at the moment of the data cut-off."""

    period: Period
    cut_off: datetime

    def within(self, column: str) -> Q:
        """Events of the period."""
        return Q(**{f"{column}__during": (self.period.start, self.period.end)})

    def has_come(self, column: str) -> Q:
        """Limits that have passed by now."""
        return Q(**{f"{column}__lt": self.asked_for})

    @cached_property
    def asked_for(self) -> datetime:
        """The moment at which open cases are judged: now, or the end of a period that is over."""
        return min(self.period.end, self.cut_off)

    @property
    def is_over(self) -> bool:
        return self.period.end <= self.cut_off

    @property
    def is_to_come(self) -> bool:
        """Nothing has happened in it yet; what is open and late today says nothing about a day to come."""
        return self.period.start > self.cut_off


Condition = Callable[[Span], Q]


@dataclass(frozen=True)
class Count:
    """A number of rows. `counted_by` says which date puts a row into a period, `counts` what is counted."""

    code: str
    name: str | Promise
    counts: str | Promise
    counted_by: str | Promise
    unit: Unit
    source: Source
    where: Condition
    # The count of which this is a part: its condition holds too.
    part_of: "Count | None" = None
    # Count cases, however many rows of the source each has.
    distinct_cases: bool = False

    def condition(self, span: Span) -> Q:
        own = self.where(span)
        return own if self.part_of is None else self.part_of.condition(span) & own


@dataclass(frozen=True)
class Rate:
    """A share of two counts."""

    code: str
    name: str | Promise
    numerator: Count
    denominator: Count
    # Whether more is better, as comparisons are read.
    higher_is_better: bool = True
    # Whether a case can be left out of it (`ExcludedRate`).
    is_excludable: bool = False

    @property
    def unit(self) -> Unit:
        return self.denominator.unit

    @cached_property
    def net(self) -> "Rate":
        """The same rate without the cases that were left out of it."""
        if not self.is_excludable:
            return self
        return replace(self, numerator=_kept(self.numerator, self.code), denominator=_kept(self.denominator, self.code))

    @property
    def counted_by(self) -> str | Promise:
        return self.numerator.counted_by


def _kept(count: Count, rate: str) -> Count:
    """The part of a count that is in the net figure of a rate."""
    left_out = Q(**{f"{count.source.of_case('excluded_from')}__contains": [rate]})
    return replace(count, code=f"{count.code}_net", where=lambda span: ~left_out, part_of=count)


def _known(source: Source) -> Q:
    """All but rejected cases, which are only in their own count, and those that are counted by their parts."""
    return ~Q(**{f"{source.of_case('state')}__in": [State.REJECTED, State.SPLIT]})


def _judged(source: Source) -> Q:
    """What rates are about: neither rejected nor withdrawn, merged or split."""
    return ~Q(**{f"{source.of_case('state')}__in": [State.REJECTED, *GONE_STATES]})


def _running(column: str) -> Q:
    """While a case waits its clock stands still: what had not passed when it stopped is not due."""
    return ~Q(waiting_since__lte=F(column))


def _contact_due(span: Span) -> Q:
    contacted, came = Q(contacted_at__isnull=False), span.has_come("contact_due_at") & _running("contact_due_at")
    return span.within("contact_due_at") & (contacted | came) & _judged(CASES)


def _completion_due(span: Span) -> Q:
    # What is unfinished and judged is open; saying so lets the index of open cases answer.
    unfinished = Q(state__in=OPEN_STATES, finished_at__isnull=True) & span.within("due_at")
    came = unfinished & span.has_come("due_at") & _running("due_at")
    return came | (span.within("finish_due_at") & _judged(CASES))


def _overdue(span: Span) -> Q:
    """Open and past due at the asked-for moment: in the round that goes on today, or in one that is over.

    A round is judged by the due time that it ended with: a pause moves it, and a correction holds from the beginning.
    """
    if span.is_to_come:
        return NOTHING
    at = span.asked_for
    still_open = Q(state__in=OPEN_STATES, due_at__lt=at) & _running("due_at")
    if not span.is_over:
        return still_open
    began = Q(reopened_at__isnull=True) | Q(reopened_at__lte=at)
    return still_open & began | Q(late_during__covers=at) & _known(CASES)


def _offer_due(span: Span) -> Q:
    taken = Q(taken_at__isnull=False)
    # Sent back, recalled or ended with the case before the limit: no offer was left to be taken.
    came = span.has_come("accept_due_at") & ~Q(ended_at__lt=F("accept_due_at"))
    return span.within("accept_due_at") & (taken | came) & _judged(OFFERS)


RECEIVED = Count(
    code="received",
    name=pgettext_lazy("figure", "Received"),
    counts=_("Cases submitted or recorded"),
    counted_by=pgettext_lazy("counted by", "submission"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: span.within("submitted_at") & _known(CASES),
)
ACCEPTED = Count(
    code="accepted",
    name=pgettext_lazy("figure", "Accepted"),
    counts=_("Cases accepted"),
    counted_by=pgettext_lazy("counted by", "acceptance"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: span.within("accepted_at") & _known(CASES),
)
DISPATCHED = Count(
    code="dispatched",
    name=pgettext_lazy("figure", "Dispatched"),
    counts=_("Offers made to units and staff; one case can be offered several times"),
    counted_by=pgettext_lazy("counted by", "offer"),
    unit=Unit.TIMES,
    source=OFFERS,
    where=lambda span: span.within("offered_at") & _known(OFFERS),
)
FINISHED = Count(
    code="finished",
    name=pgettext_lazy("figure", "Finished"),
    counts=_("Cases resolved for the first time"),
    counted_by=pgettext_lazy("counted by", "first resolve"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: span.within("finished_at") & _known(CASES),
)
CLOSED = Count(
    code="closed",
    name=pgettext_lazy("figure", "Closed"),
    counts=_("Cases closed, and not redone since"),
    counted_by=pgettext_lazy("counted by", "closing"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: span.within("ended_at") & Q(state=State.CLOSED),
)
REJECTED = Count(
    code="rejected",
    name=pgettext_lazy("figure", "Rejected"),
    counts=_("Cases rejected; they are in no other count"),
    counted_by=pgettext_lazy("counted by", "rejection"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: span.within("ended_at") & Q(state=State.REJECTED),
)
WITHDRAWN = Count(
    code="withdrawn",
    name=pgettext_lazy("figure", "Withdrawn"),
    counts=_("Cases withdrawn by the resident; they are in no rate"),
    counted_by=pgettext_lazy("counted by", "withdrawal"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: span.within("ended_at") & Q(state=State.WITHDRAWN),
)
CONTACT_DUE = Count(
    code="contact_due",
    name=pgettext_lazy("figure", "To be contacted"),
    counts=_("Cases whose resident was to be contacted by then"),
    counted_by=pgettext_lazy("counted by", "contact limit"),
    unit=Unit.CASES,
    source=CASES,
    where=_contact_due,
)
CONTACTED = Count(
    code="contacted_on_time",
    name=pgettext_lazy("figure", "Contacted in time"),
    counts=_("Of these, the resident was reached within the limit"),
    counted_by=pgettext_lazy("counted by", "contact limit"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: Q(contacted_at__lte=F("contact_due_at")),
    part_of=CONTACT_DUE,
)
OFFERS_DUE = Count(
    code="offers_due",
    name=pgettext_lazy("figure", "Offers to be taken"),
    counts=_("Offers that were taken, or whose limit came while they stood"),
    counted_by=pgettext_lazy("counted by", "acceptance limit"),
    unit=Unit.TIMES,
    source=OFFERS,
    where=_offer_due,
)
TAKEN = Count(
    code="taken_on_time",
    name=pgettext_lazy("figure", "Taken in time"),
    counts=_("Of these, taken within the limit"),
    counted_by=pgettext_lazy("counted by", "acceptance limit"),
    unit=Unit.TIMES,
    source=OFFERS,
    where=lambda span: Q(taken_at__lte=F("accept_due_at")),
    part_of=OFFERS_DUE,
)
EXPIRED = Count(
    code="expired",
    name=pgettext_lazy("figure", "Offers expired"),
    counts=_("Offers that nobody took within the limit, so that they went back"),
    counted_by=pgettext_lazy("counted by", "expiry"),
    unit=Unit.TIMES,
    source=OFFERS,
    where=lambda span: span.within("ended_at") & Q(outcome=DispatchOutcome.EXPIRED) & _judged(OFFERS),
)
DUE = Count(
    code="due",
    name=pgettext_lazy("figure", "Due"),
    counts=_("Cases due; the due time is frozen at the first resolve"),
    counted_by=pgettext_lazy("counted by", "due time"),
    unit=Unit.CASES,
    source=CASES,
    where=_completion_due,
)
ON_TIME = Count(
    code="on_time",
    name=pgettext_lazy("figure", "Finished in time"),
    counts=_("Of these, resolved for the first time by the due time"),
    counted_by=pgettext_lazy("counted by", "due time"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: Q(finished_at__lte=F("finish_due_at")),
    part_of=DUE,
)
OVERDUE = Count(
    code="overdue",
    name=pgettext_lazy("figure", "Overdue"),
    counts=_("Cases open and past due at the asked-for moment"),
    counted_by=_("asked-for moment: now, or the end of a period that is over"),
    unit=Unit.CASES,
    source=CASES,
    where=_overdue,
)
ANSWERED = Count(
    code="answered",
    name=pgettext_lazy("figure", "Answered"),
    counts=_("Cases whose resident said, last, whether it is solved"),
    counted_by=_("last answer (rating or call-back)"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: span.within("last_answer_at") & Q(last_solved__isnull=False) & _judged(CASES),
)
SOLVED = Count(
    code="solved",
    name=pgettext_lazy("figure", "Said to be solved"),
    counts=_("Of these, solved"),
    counted_by=_("last answer (rating or call-back)"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: Q(last_solved=True),
    part_of=ANSWERED,
)
RATED = Count(
    code="rated",
    name=pgettext_lazy("figure", "Rated"),
    counts=_("Cases rated, each by its last rating"),
    counted_by=pgettext_lazy("counted by", "rating"),
    unit=Unit.CASES,
    source=RATINGS,
    where=lambda span: span.within("at") & _judged(RATINGS),
)
SATISFIED = Count(
    code="satisfied",
    name=pgettext_lazy("figure", "Satisfied ratings"),
    counts=_("Of these, very satisfied, satisfied or basically satisfied"),
    counted_by=pgettext_lazy("counted by", "rating"),
    unit=Unit.CASES,
    source=RATINGS,
    where=lambda span: Q(code__in=POSITIVE_RATINGS),
    part_of=RATED,
)
OFFERED = Count(
    code="offered",
    name=pgettext_lazy("figure", "Offers made"),
    counts=_("Offers made, without those of withdrawn cases"),
    counted_by=pgettext_lazy("counted by", "offer"),
    unit=Unit.TIMES,
    source=OFFERS,
    where=lambda span: _judged(OFFERS),
    part_of=DISPATCHED,
)
RETURNED = Count(
    code="returned",
    name=pgettext_lazy("figure", "Returned"),
    counts=_("Offers that the unit sent back to the dispatcher"),
    counted_by=pgettext_lazy("counted by", "return"),
    unit=Unit.TIMES,
    source=OFFERS,
    where=lambda span: span.within("ended_at") & Q(outcome=DispatchOutcome.RETURNED) & _judged(OFFERS),
)
FINISHED_JUDGED = Count(
    code="finished_judged",
    name=pgettext_lazy("figure", "First resolved"),
    counts=_("Cases resolved for the first time, without withdrawn ones"),
    counted_by=pgettext_lazy("counted by", "first resolve"),
    unit=Unit.CASES,
    source=CASES,
    where=lambda span: _judged(CASES),
    part_of=FINISHED,
)
REDOS_MADE = Count(
    code="redos",
    name=pgettext_lazy("figure", "Redos"),
    counts=_("Every time that a case was redone"),
    counted_by=pgettext_lazy("counted by", "redo"),
    unit=Unit.TIMES,
    source=REDOS,
    where=lambda span: span.within("at") & _judged(REDOS),
)
REDONE = Count(
    code="redone",
    name=pgettext_lazy("figure", "Redone"),
    counts=_("Cases redone, each once however often"),
    counted_by=pgettext_lazy("counted by", "redo"),
    unit=Unit.CASES,
    source=REDOS,
    where=lambda span: Q(),
    part_of=REDOS_MADE,
    distinct_cases=True,
)

WHISTLED = Count(
    code="whistles",
    name=pgettext_lazy("figure", "Whistles"),
    counts=_("Every time that departments of a level above were called, granted or not"),
    counted_by=pgettext_lazy("counted by", "whistle"),
    unit=Unit.TIMES,
    source=WHISTLES,
    where=lambda span: span.within("asked_at") & _known(WHISTLES),
)
WHISTLES_ANSWERED = Count(
    code="whistles_answered",
    name=pgettext_lazy("figure", "Whistles answered"),
    counts=_("Of these, granted and taken by a department"),
    counted_by=pgettext_lazy("counted by", "whistle"),
    unit=Unit.TIMES,
    source=WHISTLES,
    where=lambda span: Q(answered_at__isnull=False),
    part_of=WHISTLED,
)
DEPARTMENTS_RATED = Count(
    code="departments_rated",
    name=pgettext_lazy("figure", "Departments rated"),
    counts=_("Departments rated by the community that whistled, each once a case"),
    counted_by=pgettext_lazy("counted by", "rating"),
    unit=Unit.TIMES,
    source=JUDGED_DEPARTMENTS,
    where=lambda span: span.within("at") & _judged(JUDGED_DEPARTMENTS),
)
DEPARTMENTS_POSITIVE = Count(
    code="departments_positive",
    name=pgettext_lazy("figure", "Departments rated well"),
    counts=_("Of these, very satisfied, satisfied or basically satisfied"),
    counted_by=pgettext_lazy("counted by", "rating"),
    unit=Unit.TIMES,
    source=JUDGED_DEPARTMENTS,
    where=lambda span: Q(code__in=POSITIVE_RATINGS),
    part_of=DEPARTMENTS_RATED,
)

COUNTS: tuple[Count, ...] = (
    RECEIVED, ACCEPTED, DISPATCHED, FINISHED, CLOSED, REJECTED, WITHDRAWN, ON_TIME, DUE, OVERDUE,
    RETURNED, OFFERED, EXPIRED, REDONE, REDOS_MADE, FINISHED_JUDGED,
    CONTACTED, CONTACT_DUE, TAKEN, OFFERS_DUE, SOLVED, ANSWERED, SATISFIED, RATED,
    WHISTLED, WHISTLES_ANSWERED, DEPARTMENTS_POSITIVE, DEPARTMENTS_RATED,
)  # fmt: skip


def _excludable(rate: ExcludedRate, numerator: Count, denominator: Count) -> Rate:
    return Rate(rate.value, rate.label, numerator, denominator, is_excludable=True)


RATES: tuple[Rate, ...] = (
    _excludable(ExcludedRate.RESPONSE, CONTACTED, CONTACT_DUE),
    _excludable(ExcludedRate.ACCEPTANCE, TAKEN, OFFERS_DUE),
    _excludable(ExcludedRate.COMPLETION, ON_TIME, DUE),
    _excludable(ExcludedRate.RESOLUTION, SOLVED, ANSWERED),
    _excludable(ExcludedRate.SATISFACTION, SATISFIED, RATED),
    Rate("return_rate", _("Return rate"), RETURNED, OFFERED, higher_is_better=False),
    Rate("redo_rate", _("Redo rate"), REDONE, FINISHED_JUDGED, higher_is_better=False),
    Rate("department_satisfaction_rate", _("Satisfaction with departments"), DEPARTMENTS_POSITIVE, DEPARTMENTS_RATED),
)
# What stands above and below the lines of net rates; they are no figures of their own.
NET_COUNTS: tuple[Count, ...] = tuple(
    count for rate in RATES if rate.is_excludable for count in (rate.net.numerator, rate.net.denominator)
)
BY_CODE: dict[str, Count | Rate] = {figure.code: figure for figure in (*COUNTS, *RATES)}
